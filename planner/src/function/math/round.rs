//! `round` and `trunc`: of a float to a whole number, half to even; of a numeric to so many digits.
//!
//! PostgreSQL takes an integer alone for a float. It has no `round(double precision, integer)`; the engine's
//! stays here.

use std::sync::Arc;

use crate::function::columns::call_column;
use arrow::array::AsArray;
use arrow::compute::unary;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The function, over the engine's own of numerics.
pub(super) fn function(engine: Arc<ScalarUDF>) -> ScalarUDF {
    ScalarUDF::from(Round { engine, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Round {
    engine: Arc<ScalarUDF>,
    signature: Signature,
}

impl ScalarUDFImpl for Round {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let is_decimal =
            |given: &DataType| matches!(given, DataType::Decimal128(..) | DataType::Decimal256(..));
        // The engine's two take the number of digits in two types.
        let count = if self.name() == "round" { DataType::Int32 } else { DataType::Int64 };
        Ok(match types {
            [given] if is_decimal(given) => vec![given.clone()],
            [DataType::Utf8 | DataType::Null | DataType::Float32 | DataType::Float64] => {
                vec![DataType::Float64]
            }
            [given] if given.is_integer() => vec![DataType::Float64],
            [given, digits] if digits.is_integer() || digits.is_null() => match given {
                given if is_decimal(given) => vec![given.clone(), count],
                given if given.is_integer() => vec![DataType::Decimal128(20, 0), count],
                DataType::Null => vec![DataType::Decimal128(38, 10), count],
                // An average of exact numbers is one until the whole is planned.
                DataType::Float32 | DataType::Float64 => vec![DataType::Float64, count],
                _ => return plan_err!("no {} of these types", self.name()),
            },
            _ => return plan_err!("no {} of these types", self.name()),
        })
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{} has its type by its arguments", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<Arc<arrow::datatypes::Field>> {
        match args.arg_fields[0].data_type() {
            DataType::Float64 => {
                Ok(Arc::new(arrow::datatypes::Field::new(self.name(), DataType::Float64, true)))
            }
            _ => self.engine.inner().return_field_from_args(args),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.args.len() > 1 || args.args[0].data_type() != DataType::Float64 {
            return self.engine.inner().invoke_with_args(args);
        }
        let to_whole = if self.name() == "round" { f64::round_ties_even } else { f64::trunc };
        call_column(&args, |values| {
            Ok(Arc::new(unary::<_, _, Float64Type>(values.as_primitive::<Float64Type>(), to_whole)))
        })
    }
}
