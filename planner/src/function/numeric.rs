//! Texts and floats as `numeric` without a precision, with all digits that they have.
//! <https://www.postgresql.org/docs/15/datatype-numeric.html>

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal256Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, i256};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_column;
use crate::error::SqlError;
use crate::numeric::{READ, READ_SCALE, power_of_ten};

/// The cast of a text, a `real` or a `double precision`.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(Read { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Read {
    signature: Signature,
}

impl ScalarUDFImpl for Read {
    fn name(&self) -> &str {
        "numeric"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(READ)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new("numeric", READ, args.arg_fields[0].is_nullable())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_column(&args, read)
    }
}

fn read(given: &ArrayRef) -> Result<ArrayRef> {
    let mut numbers = Decimal256Builder::with_capacity(given.len()).with_data_type(READ);
    // As `float4_numeric` and `float8_numeric`: the digits that the type is sure of.
    let digits = match given.data_type() {
        DataType::Float32 => Some(6),
        DataType::Float64 => Some(15),
        _ => None,
    };
    if let Some(digits) = digits {
        let floats = cast(given, &DataType::Float64)?;
        let mut text = String::new();
        for float in floats.as_primitive::<Float64Type>() {
            let number = float.map(|float| {
                text.clear();
                // Writing to a string does not fail.
                let _ = write!(text, "{float:.*e}", digits - 1);
                parse(&text)
            });
            numbers.append_option(number.transpose()?);
        }
    } else {
        let texts = cast(given, &DataType::Utf8View)?;
        for text in texts.as_string_view() {
            numbers.append_option(text.map(parse).transpose()?);
        }
    }
    Ok(Arc::new(numbers.finish()))
}

/// A number as `numeric_in` reads it, at the scale of [`READ`]; digits beyond are rounded.
///
/// Errors: 22P02 for what is no number; 22003 for more than 39 digits before the point, and for NaN
/// and infinity, which no decimal holds.
fn parse(text: &str) -> Result<i256> {
    let invalid = || SqlError::new("22P02", format!("invalid input syntax for type numeric: \"{text}\""));
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let (negative, unsigned) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    if ["nan", "inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Err(SqlError::new("22003", format!("\"{trimmed}\" cannot be held by a numeric here")).into());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| invalid())?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits.clone().all(|digit| digit.is_ascii_digit()) {
        return Err(invalid().into());
    }
    // Of the last digit, and of the last that is kept.
    let last = i64::from(exponent) - fraction.len() as i64;
    let kept = (last + i64::from(READ_SCALE)).min(0);
    let count = (whole.len() + fraction.len()) as i64 + kept;
    let overflows = || SqlError::new("22003", "value overflows numeric format");
    let mut value = i256::ZERO;
    for digit in digits.by_ref().take(usize::try_from(count).unwrap_or(0)) {
        let digit = i256::from_i128(i128::from(digit - b'0'));
        value = value
            .checked_mul(i256::from_i128(10))
            .and_then(|value| value.checked_add(digit))
            .ok_or_else(overflows)?;
    }
    if count >= 0 && digits.next().is_some_and(|digit| digit >= b'5') {
        value = value.wrapping_add(i256::ONE);
    }
    if value != i256::ZERO {
        let zeros = u32::try_from((last + i64::from(READ_SCALE)).max(0)).map_err(|_| overflows())?;
        let shifted = (zeros <= 76).then(|| value.checked_mul(power_of_ten(zeros))).flatten();
        value = shifted.filter(|value| *value < power_of_ten(76)).ok_or_else(overflows)?;
    }
    Ok(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::shown;

    #[test]
    fn numbers_are_read_as_postgresql_reads_them() {
        for (text, expected) in [
            ("1", Some((1, 0))),
            (" -1.50 ", Some((-15, 1))),
            ("1e5", Some((100_000, 0))),
            ("+1.5E-3", Some((15, 4))),
            (".5", Some((5, 1))),
            ("5.", Some((5, 0))),
            ("1e-37", Some((1, 37))),
            ("6e-38", Some((1, 37))),
            ("4e-38", Some((0, 0))),
            ("1e-400", Some((0, 0))),
            ("0e400", Some((0, 0))),
            ("1e400", None),
            ("", None),
            (".", None),
            ("e5", None),
            ("1e", None),
            ("1 2", None),
            ("--1", None),
            ("NaN", None),
        ] {
            let read = parse(text).ok().map(|value| shown(value, READ_SCALE));
            let expected = expected.map(|(value, scale)| (i256::from_i128(value), scale));
            assert_eq!(read, expected, "{text}");
        }
    }
}
