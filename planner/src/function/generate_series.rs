//! `generate_series` in FROM, with PostgreSQL's types: the engine's counts in `bigint` and in
//! nanoseconds only. <https://www.postgresql.org/docs/15/functions-srf.html>

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::catalog::{TableFunction, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, col};

use crate::error::SqlError;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// The name under which the engine's series is scanned.
const NAME: &str = "generate_series()";

/// Wraps the engine's function.
#[derive(Debug)]
pub(super) struct GenerateSeries {
    pub(super) engine: Arc<TableFunction>,
}

impl TableFunctionImpl for GenerateSeries {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let given = args.exprs();
        if !(2..=3).contains(&given.len()) {
            let message = format!("function generate_series with {} arguments does not exist", given.len());
            return Err(SqlError::new("42883", message).into());
        }
        let types: Vec<DataType> = given
            .iter()
            .filter_map(|expr| expr.as_literal().map(ScalarValue::data_type))
            .filter(|data_type| data_type != &DataType::Null)
            .collect();
        let is_number = types.iter().all(DataType::is_integer);
        let (taken, result) = if is_number {
            let is_short =
                types.iter().all(|data_type| matches!(data_type, DataType::Int16 | DataType::Int32));
            (DataType::Int64, if is_short { DataType::Int32 } else { DataType::Int64 })
        } else {
            match types.first() {
                Some(DataType::Timestamp(_, zone)) => (
                    DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()),
                    DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
                ),
                // Dates are counted as timestamps with the session's zone in PostgreSQL.
                Some(DataType::Date32) => (
                    DataType::Timestamp(TimeUnit::Nanosecond, None),
                    DataType::Timestamp(TimeUnit::Microsecond, None),
                ),
                _ => {
                    let message = "function generate_series of these types does not exist";
                    return Err(SqlError::new("42883", message).into());
                }
            }
        };
        let mut exprs = Vec::with_capacity(given.len());
        for (index, expr) in given.iter().enumerate() {
            let is_step = index == 2;
            exprs.push(match expr {
                // A step that is written as a text.
                Expr::Literal(value, metadata) if !is_number && value.data_type().is_string() => {
                    Expr::Literal(value.cast_to(&INTERVAL)?, metadata.clone())
                }
                Expr::Literal(value, metadata) if !is_step || is_number => {
                    Expr::Literal(value.cast_to(&taken)?, metadata.clone())
                }
                other => other.clone(),
            });
            let is_zero = |value: &ScalarValue| matches!(value, ScalarValue::Int64(Some(0)));
            if is_step && exprs[index].as_literal().is_some_and(is_zero) {
                return Err(SqlError::new("22023", "step size cannot equal zero").into());
            }
        }
        let inner =
            self.engine.create_table_provider_with_args(TableFunctionArgs::new(&exprs, args.session()))?;
        let name = inner.schema().field(0).name().clone();
        let plan = LogicalPlanBuilder::scan(NAME, provider_as_source(inner), None)?
            .project([cast(col(&name), result).alias("generate_series")])?
            .build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}
