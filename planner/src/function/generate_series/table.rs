//! A series of integers as a table: its rows are counted as they are read, however many they are.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::{TableFunction, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, col, lit};

use super::step_is_zero;

/// The name under which the engine's series is scanned.
const NAME: &str = "generate_series()";

/// Wraps the engine's function, whose result is a `bigint` always.
#[derive(Debug)]
pub(in crate::function) struct GenerateSeries {
    pub(in crate::function) engine: Arc<TableFunction>,
}

impl TableFunctionImpl for GenerateSeries {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let integers =
            args.exprs().iter().map(|expr| expr.as_literal().filter(|value| value.data_type().is_integer()));
        let Some(integers) = integers.collect::<Option<Vec<_>>>() else {
            return plan_err!("a series of other than integers is an array");
        };
        let is_long = integers.iter().any(|value| value.data_type() == DataType::Int64);
        let result = if is_long { DataType::Int64 } else { DataType::Int32 };
        let taken =
            integers.into_iter().map(|value| value.cast_to(&DataType::Int64)).collect::<Result<Vec<_>>>()?;
        if taken.get(2) == Some(&ScalarValue::Int64(Some(0))) {
            return Err(step_is_zero().into());
        }
        let exprs: Vec<Expr> = taken.into_iter().map(lit).collect();
        let inner =
            self.engine.create_table_provider_with_args(TableFunctionArgs::new(&exprs, args.session()))?;
        let name = inner.schema().field(0).name().clone();
        let plan = LogicalPlanBuilder::scan(NAME, provider_as_source(inner), None)?
            .project([cast(col(&name), result).alias("generate_series")])?
            .build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}
