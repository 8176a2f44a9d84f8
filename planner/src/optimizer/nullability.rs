//! Casts that name a type (`numeric(10,2)`) say whether they may be null as what they cast does.
//!
//! The engine takes a plan's word for it, and of such a cast's operator the type's own, which may always be
//! null: where the two differ it finds an aggregation's input to be another than it planned for. Behind all
//! other rules: an outer join that becomes an inner one changes what may be null.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// The rule.
#[derive(Debug)]
pub(super) struct Nullability;

impl OptimizerRule for Nullability {
    fn name(&self) -> &str {
        "nullability_of_casts"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let mut changed = false;
        let plan = super::map_expressions(plan, |expr, schema| {
            let Expr::Cast(mut cast) = expr else { return Ok(Transformed::no(expr)) };
            if let Ok(nullable) = cast.expr.nullable(schema)
                && !cast.field.metadata().is_empty()
                && cast.field.is_nullable() != nullable
            {
                changed = true;
                cast.field = Arc::new(Field::clone(&cast.field).with_nullable(nullable));
            }
            Ok(Transformed::no(Expr::Cast(cast)))
        })?;
        Ok(Transformed::new_transformed(plan, changed))
    }
}
