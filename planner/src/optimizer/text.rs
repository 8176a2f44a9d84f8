//! Casts to text write what PostgreSQL writes.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use crate::catalog::StatementContext;
use crate::function::text;

/// The rule, of one statement. It comes behind type coercion, which casts what `||` is given.
#[derive(Debug)]
pub(crate) struct CastToText(pub(crate) Arc<StatementContext>);

impl AnalyzerRule for CastToText {
    fn name(&self) -> &str {
        "cast_to_text"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        super::map_expressions(plan, |expr, schema| Ok(self.map(expr, schema)))
    }
}

impl CastToText {
    fn map(&self, expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
        let Expr::Cast(cast) = &expr else { return Transformed::no(expr) };
        let target = cast.field.data_type();
        let is_text = matches!(target, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if !is_text || !cast.expr.get_type(schema).is_ok_and(|from| text::is_different(&from)) {
            return Transformed::no(expr);
        }
        let function = Arc::new(text::function(&self.0, target));
        let Expr::Cast(cast) = expr else { return Transformed::no(expr) };
        Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![*cast.expr])))
    }
}
