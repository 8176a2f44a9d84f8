//! Arithmetic that ends in an error where the engine's own wraps around or turns to infinity: PostgreSQL
//! says `bigint out of range`. [`crate::optimizer`] puts it in place of the operators.

mod float;

use std::any::Any;
use std::sync::Arc;

use arrow::compute::kernels::numeric::{add, div, mul, sub};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use crate::error::SqlError;

/// The function for `+`, `-`, `*` or `/` of two integers or floats of one type; None for other operators
/// and types.
pub(crate) fn function(operator: Operator, data_type: DataType) -> Option<ScalarUDF> {
    if integer_name(&data_type).is_none() && !data_type.is_floating() {
        return None;
    }
    let name = match operator {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        _ => return None,
    };
    let signature = Signature::any(2, Volatility::Immutable);
    Some(ScalarUDF::from(Checked { name, operator, data_type, signature }))
}

/// The type of an expression that is such a function, without a look at its arguments: to ask each
/// term of a long sum for its type by its arguments would take a time that grows with the square.
pub(crate) fn known_type(expr: &Expr) -> Option<DataType> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let function: &dyn Any = call.func.inner().as_ref();
    function.downcast_ref::<Checked>().map(|function| function.data_type.clone())
}

/// What PostgreSQL calls a type in which the engine would wrap around; None for others.
pub(crate) fn integer_name(data_type: &DataType) -> Option<&'static str> {
    match data_type {
        DataType::Int16 => Some("smallint"),
        DataType::Int32 => Some("integer"),
        DataType::Int64 => Some("bigint"),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    name: &'static str,
    operator: Operator,
    data_type: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name, self.data_type.clone(), nullable)))
    }

    /// What is made of it (`abs`) may be ordered by where it lies: nothing is known, but the type.
    fn evaluate_bounds(&self, _: &[&Interval]) -> Result<Interval> {
        Interval::make_unbounded(&self.data_type)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else { return exec_err!("an operator takes two arguments") };
        let kernel = match self.operator {
            Operator::Plus => add,
            Operator::Minus => sub,
            Operator::Divide => div,
            _ => mul,
        };
        if self.data_type.is_floating() {
            let result = apply(left, right, kernel)?;
            float::check(self.operator, left, right, &result)?;
            return Ok(result);
        }
        apply(left, right, kernel).map_err(|error| match error.find_root() {
            DataFusionError::ArrowError(arrow, _) if matches!(**arrow, ArrowError::ArithmeticOverflow(_)) => {
                let name = integer_name(&self.data_type).unwrap_or("value");
                SqlError::new("22003", format!("{name} out of range")).into()
            }
            _ => error,
        })
    }
}
