//! Optimizer rules that know what only this database knows.

mod coverage;
mod statistics;

use std::sync::Arc;

use datafusion::optimizer::OptimizerRule;

/// Rules that run behind DataFusion's own: they match plans whose filters are pushed down.
pub(crate) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    vec![Arc::new(statistics::AnswerFromStatistics)]
}
