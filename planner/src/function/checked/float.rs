//! What PostgreSQL calls an error in arithmetic of floats, and IEEE 754 infinity, NaN or zero.
//! <https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-FLOAT>

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Operator};

use crate::error::SqlError;

/// Errors with 22003 where a result left the range of finite operands, with 22012 where a divisor is 0.
pub(super) fn check(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
    result: &ColumnarValue,
) -> Result<()> {
    let result = result.to_array(1)?;
    let (left, right) = (Operand::new(left)?, Operand::new(right)?);
    match result.data_type() {
        DataType::Float32 => check_rows::<Float32Type>(operator, &left, &right, &result),
        _ => check_rows::<Float64Type>(operator, &left, &right, &result),
    }
}

/// A column, or one value for all rows.
struct Operand {
    values: ArrayRef,
    is_scalar: bool,
}

impl Operand {
    fn new(column: &ColumnarValue) -> Result<Self> {
        let is_scalar = matches!(column, ColumnarValue::Scalar(_));
        Ok(Self { values: column.to_array(1)?, is_scalar })
    }

    fn at<T: ArrowPrimitiveType<Native: Into<f64>>>(&self, row: usize) -> f64 {
        self.values.as_primitive::<T>().value(if self.is_scalar { 0 } else { row }).into()
    }
}

fn check_rows<T: ArrowPrimitiveType<Native: Into<f64>>>(
    operator: Operator,
    left: &Operand,
    right: &Operand,
    result: &ArrayRef,
) -> Result<()> {
    let results = result.as_primitive::<T>();
    for (row, value) in results.values().iter().enumerate() {
        let value: f64 = (*value).into();
        // Almost all of them.
        if value.is_finite() && value != 0.0 || results.is_null(row) {
            continue;
        }
        check_row(operator, left.at::<T>(row), right.at::<T>(row), value)?;
    }
    Ok(())
}

/// As `float8_pl`, `float8_mi`, `float8_mul` and `float8_div` of PostgreSQL's `float.h`.
fn check_row(operator: Operator, left: f64, right: f64, result: f64) -> Result<()> {
    let divides = operator == Operator::Divide;
    let error = if divides && right == 0.0 && !left.is_nan() {
        SqlError::new("22012", "division by zero")
    } else if result.is_infinite() && !left.is_infinite() && (divides || !right.is_infinite()) {
        SqlError::new("22003", "value out of range: overflow")
    } else if result == 0.0 && underflows(operator, left, right) {
        SqlError::new("22003", "value out of range: underflow")
    } else {
        return Ok(());
    };
    Err(error.into())
}

fn underflows(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Multiply => left != 0.0 && right != 0.0,
        Operator::Divide => left != 0.0 && !right.is_infinite(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::DataFusionError;

    use super::*;

    #[test]
    fn errors_are_those_of_postgresql() {
        use Operator::{Divide, Multiply, Plus};
        let infinity = f64::INFINITY;
        for (operator, left, right, result, expected) in [
            (Plus, 1e308, 1e308, infinity, Some("22003")),
            (Plus, infinity, 1.0, infinity, None),
            (Plus, 1.0, -1.0, 0.0, None),
            (Multiply, 1e-200, 1e-200, 0.0, Some("22003")),
            (Multiply, 0.0, 5.0, 0.0, None),
            (Divide, 1.0, 0.0, infinity, Some("22012")),
            (Divide, 0.0, 0.0, f64::NAN, Some("22012")),
            (Divide, f64::NAN, 0.0, f64::NAN, None),
            (Divide, 1.0, infinity, 0.0, None),
            (Divide, 1e-200, 1e200, 0.0, Some("22003")),
            (Divide, 1e200, 1e-200, infinity, Some("22003")),
        ] {
            let error = check_row(operator, left, right, result).err();
            let sqlstate = error.as_ref().and_then(|error| match error {
                DataFusionError::External(error) => error.downcast_ref::<SqlError>(),
                _ => None,
            });
            assert_eq!(sqlstate.map(|error| error.sqlstate.as_ref()), expected, "{operator} {left} {right}");
        }
    }
}
