//! Optimizer rules that know what only this database knows.

mod coverage;
mod overflow;
mod statistics;

use std::sync::Arc;

use datafusion::optimizer::{AnalyzerRule, OptimizerRule};

/// Rules that run behind DataFusion's own: they match plans whose filters are pushed down.
pub(crate) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    vec![Arc::new(statistics::AnswerFromStatistics)]
}

/// What decides on the meaning of a plan, behind DataFusion's own.
pub(crate) fn meaning() -> Arc<dyn AnalyzerRule + Send + Sync> {
    Arc::new(overflow::CheckOverflow)
}
