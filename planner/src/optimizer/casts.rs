//! Casts that mean in PostgreSQL what they do not mean in the engine.
//!
//! | cast | the engine | PostgreSQL |
//! |---|---|---|
//! | anything to text | its own form | the form of the wire |
//! | numeric, float to integer | cuts off | rounds: half away from zero, and half to even |
//! | numeric to numeric without precision | 38 digits, 10 of them behind the point | as it is |
//! | numeric to float | by a division of floats | the nearest |
//! | timestamptz to timestamp, to time | in UTC | in the session's zone |
//! | text to an interval | a few forms | every form |
//! | text to an array | an array of the one text | the array that the text writes |

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF, cast, lit};
use datafusion::optimizer::AnalyzerRule;
use storage::schema::PG_TYPE_KEY;

use crate::catalog::StatementContext;
use crate::function::datetime::interval_input::INTERVAL_OF_TEXT;
use crate::function::{cast as casts, float8, rint, text, timezone};

/// The rule, of one statement. It comes behind type coercion, which casts what `||` is given.
#[derive(Debug)]
pub(crate) struct Casts(pub(crate) Arc<StatementContext>);

impl AnalyzerRule for Casts {
    fn name(&self) -> &str {
        "postgresql_casts"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        super::map_expressions(plan, |expr, schema| Ok(self.map(expr, schema)))
    }
}

impl Casts {
    fn map(&self, expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
        let Expr::Cast(written) = expr else { return Transformed::no(expr) };
        let Ok((_, from)) = written.expr.to_field(schema) else {
            return Transformed::no(Expr::Cast(written));
        };
        let target = written.field.data_type().clone();
        let is_text = |data_type: &DataType| {
            matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        let mapped = match (from.data_type(), &target) {
            (given, to) if is_text(to) => {
                // What is carried as text has to lose its own type.
                let is_other = is_text(given)
                    && from
                        .metadata()
                        .get(PG_TYPE_KEY)
                        .is_some_and(|name| matches!(name.as_str(), "uuid" | "json" | "jsonb" | "jsonpath"));
                if !is_other && !text::is_different(given) {
                    return Transformed::no(Expr::Cast(written));
                }
                called(text::function(&self.0, to), vec![*written.expr])
            }
            (given, DataType::Interval(_)) if is_text(given) => {
                called(INTERVAL_OF_TEXT.function("UTC"), vec![*written.expr])
            }
            (given, DataType::List(_)) if is_text(given) => {
                let array = called(casts::text_array(), vec![*written.expr]);
                Expr::Cast(Cast { expr: Box::new(array), field: written.field })
            }
            (DataType::Decimal128(..) | DataType::Decimal256(..), to) if to.is_integer() => {
                let rounded = datafusion::functions::math::expr_fn::round(vec![*written.expr]);
                cast(rounded, target)
            }
            (given, DataType::Float64) if given.is_decimal() => {
                called(float8::function(), vec![*written.expr])
            }
            (given, DataType::Float32) if given.is_decimal() => {
                cast(called(float8::function(), vec![*written.expr]), target)
            }
            (DataType::Float32 | DataType::Float64, to) if to.is_integer() => {
                cast(called(rint::function(), vec![*written.expr]), target)
            }
            (DataType::List(given), DataType::List(to))
                if to.data_type().is_integer()
                    && (given.data_type().is_floating() || given.data_type().is_decimal()) =>
            {
                cast(called(rint::function(), vec![*written.expr]), target)
            }
            (DataType::Timestamp(unit, Some(_)), DataType::Timestamp(_, None) | DataType::Time64(_)) => {
                let zone = lit(ScalarValue::Utf8View(Some(self.0.session.time_zone.clone())));
                let micros = cast(*written.expr, DataType::Timestamp(*unit, Some("UTC".into())));
                let local = called(timezone::function("UTC"), vec![zone, micros]);
                cast(local, target)
            }
            (DataType::Decimal128(..), DataType::Decimal128(..)) if is_open(&written) => *written.expr,
            (given, DataType::Decimal128(..)) if given.is_integer() && is_open(&written) => {
                let digits = match given {
                    DataType::Int8 | DataType::UInt8 => 3,
                    DataType::Int16 | DataType::UInt16 => 5,
                    DataType::Int32 | DataType::UInt32 => 10,
                    _ => 20,
                };
                cast(*written.expr, DataType::Decimal128(digits, 0))
            }
            _ => return Transformed::no(Expr::Cast(written)),
        };
        Transformed::yes(mapped)
    }
}

/// Whether a cast is to `numeric` without a precision.
pub(crate) fn is_open(cast: &Cast) -> bool {
    cast.field.metadata().get(PG_TYPE_KEY).is_some_and(|name| name == "numeric")
}

fn called(function: ScalarUDF, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function), arguments))
}
