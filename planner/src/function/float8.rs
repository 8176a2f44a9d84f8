//! Numerics as floats: the nearest one, where the engine divides by a power of ten that is none itself.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, i256};
use datafusion::common::{Result, exec_datafusion_err, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_column;
use crate::numeric::shown;

/// The cast of a numeric to `double precision`.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(Float8 { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Float8 {
    signature: Signature,
}

impl ScalarUDFImpl for Float8 {
    fn name(&self) -> &str {
        "float8"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_column(&args, floats)
    }
}

fn floats(values: &ArrayRef) -> Result<ArrayRef> {
    let mut text = String::new();
    let floats: Float64Array = match *values.data_type() {
        DataType::Decimal128(_, scale) => values
            .as_primitive::<Decimal128Type>()
            .iter()
            .map(|value| value.map(|value| nearest(value, scale, &mut text)).transpose())
            .collect::<Result<_>>()?,
        DataType::Decimal256(_, scale) => values
            .as_primitive::<Decimal256Type>()
            .iter()
            .map(|value| value.map(|value| nearest_wide(value, scale, &mut text)).transpose())
            .collect::<Result<_>>()?,
        ref other => return internal_err!("float8 of {other}"),
    };
    Ok(Arc::new(floats))
}

/// Whole numbers up to here are floats, and so are the powers of ten up to this one: a quotient of
/// two floats is rounded once.
const EXACT_MAX: u128 = 1 << 53;
const EXACT_POWER_MAX: i8 = 22;

fn nearest(value: i128, scale: i8, text: &mut String) -> Result<f64> {
    if value.unsigned_abs() <= EXACT_MAX && (0..=EXACT_POWER_MAX).contains(&scale) {
        return Ok(value as f64 / 10_f64.powi(scale.into()));
    }
    parsed(value, scale, text)
}

fn nearest_wide(value: i256, scale: i8, text: &mut String) -> Result<f64> {
    let (value, scale) = shown(value, scale);
    match value.to_i128() {
        Some(value) => nearest(value, scale, text),
        None => parsed(value, scale, text),
    }
}

/// By way of the text, which the standard library reads without an error in the last digit.
fn parsed(value: impl std::fmt::Display, scale: i8, text: &mut String) -> Result<f64> {
    text.clear();
    // Writing to a string does not fail.
    let _ = write!(text, "{value}e{}", -i32::from(scale));
    text.parse().map_err(|_| exec_datafusion_err!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_float_is_found() {
        let mut text = String::new();
        for (value, scale, expected) in [
            (15, 1, 1.5),
            (0, 5, 0.0),
            (-1, 0, -1.0),
            (1, 23, 1e-23),
            (9_007_199_254_740_993, 2, 90071992547409.93),
        ] {
            assert_eq!(nearest(value, scale, &mut text).ok(), Some(expected), "{value} {scale}");
        }
        assert_eq!(parsed(i256::from_i128(55), 1, &mut text).ok(), Some(5.5));
    }
}
