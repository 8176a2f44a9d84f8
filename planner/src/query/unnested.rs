//! Rows of arrays: what was unique in the rows that had them no longer is.
//!
//! The engine's plan keeps what it knew of its input: of `SELECT DISTINCT g` unnested beside an array it goes on
//! to believe that there is one row for each `g`, and drops the other keys of a grouping or an order. A column
//! that is computed is unique to nobody.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Unnest, Volatility,
};

/// Puts computed columns below what is unnested, where something below makes rows unique. Elsewhere conditions
/// on them go on down to what is scanned.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Unnest(unnest) if makes_unique(&unnest.input)? => {
            let function = ScalarUDF::from(Computed { signature: Signature::any(1, Volatility::Immutable) });
            let columns = unnest.input.schema().columns().into_iter().map(|column| {
                let (relation, name) = (column.relation.clone(), column.name.clone());
                match unnest.exec_columns.contains(&column) {
                    true => Expr::Column(column),
                    false => function.call(vec![Expr::Column(column)]).alias_qualified(relation, name),
                }
            });
            let columns: Vec<Expr> = columns.collect();
            let input = LogicalPlanBuilder::new_from_arc(unnest.input).project(columns)?.build()?;
            let unnest = Unnest::try_new(Arc::new(input), unnest.exec_columns, unnest.options)?;
            Ok(Transformed::yes(LogicalPlan::Unnest(unnest)))
        }
        node => Ok(Transformed::no(node.recompute_schema()?)),
    })
    .map(|plan| plan.data)
}

fn makes_unique(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_))))
}

/// Its argument.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Computed {
    signature: Signature,
}

impl ScalarUDFImpl for Computed {
    fn name(&self) -> &str {
        "computed"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::clone(&args.arg_fields[0]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.into_iter().next() {
            Some(value) => Ok(value),
            None => internal_err!("computed takes a value"),
        }
    }
}
