//! Parameters as PostgreSQL's `recv` functions read them.

use arrow::datatypes::IntervalMonthDayNano;
use bytes::Buf;
use datafusion::common::ScalarValue;
use planner::SqlError;

use super::text::decimal;
use crate::pg::message::invalid_utf8;
use crate::pg::types::Scalar;

const EPOCH_DAYS: i32 = 10_957; // from 1970 to 2000
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// None where the bytes do not have the type's form.
pub(super) fn scalar(bytes: &[u8], scalar: Scalar) -> Option<Result<ScalarValue, SqlError>> {
    Some(Ok(match scalar {
        Scalar::Bool => ScalarValue::Boolean(Some(fixed::<1>(bytes)? != [0])),
        Scalar::Int2 => ScalarValue::Int16(Some(i16::from_be_bytes(fixed(bytes)?))),
        Scalar::Int4 => ScalarValue::Int32(Some(i32::from_be_bytes(fixed(bytes)?))),
        Scalar::Int8 => ScalarValue::Int64(Some(i64::from_be_bytes(fixed(bytes)?))),
        Scalar::Oid => ScalarValue::Int64(Some(i64::from(u32::from_be_bytes(fixed(bytes)?)))),
        Scalar::Float4 => ScalarValue::Float32(Some(f32::from_be_bytes(fixed(bytes)?))),
        Scalar::Float8 => ScalarValue::Float64(Some(f64::from_be_bytes(fixed(bytes)?))),
        Scalar::Numeric => return numeric(bytes),
        Scalar::Bytea => ScalarValue::BinaryView(Some(bytes.to_vec())),
        Scalar::Uuid => {
            let bits = u128::from_be_bytes(fixed(bytes)?);
            let digits = format!("{bits:032x}");
            let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
            ScalarValue::Utf8View(Some(parts.join("-")))
        }
        Scalar::Date => {
            let days = i32::from_be_bytes(fixed(bytes)?);
            ScalarValue::Date32(Some(days.checked_add(EPOCH_DAYS)?))
        }
        Scalar::Time => ScalarValue::Time64Microsecond(Some(i64::from_be_bytes(fixed(bytes)?))),
        Scalar::Timestamp => ScalarValue::TimestampMicrosecond(Some(micros(bytes)?), None),
        Scalar::TimestampTz => ScalarValue::TimestampMicrosecond(Some(micros(bytes)?), Some("UTC".into())),
        Scalar::Interval => {
            let mut bytes: &[u8] = &fixed::<16>(bytes)?;
            let (micros, days, months) = (bytes.get_i64(), bytes.get_i32(), bytes.get_i32());
            let nanos = micros.checked_mul(1000)?;
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanos)))
        }
        Scalar::Jsonb | Scalar::Jsonpath => match bytes {
            [1, text @ ..] => return Some(utf8(text)),
            _ => return None,
        },
        Scalar::Name | Scalar::Char | Scalar::Text | Scalar::Varchar | Scalar::Bpchar | Scalar::Json => {
            return Some(utf8(bytes));
        }
        Scalar::Record => {
            let message = "input of anonymous composite types is not implemented";
            return Some(Err(SqlError::new("0A000", message)));
        }
    }))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn micros(bytes: &[u8]) -> Option<i64> {
    i64::from_be_bytes(fixed(bytes)?).checked_add(EPOCH_MICROS)
}

fn utf8(bytes: &[u8]) -> Result<ScalarValue, SqlError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(ScalarValue::Utf8View(Some(text.to_owned()))),
        Err(error) => Err(invalid_utf8(&bytes[error.valid_up_to()..])),
    }
}

/// Count of base-10,000 digits, weight of the first, sign, scale, digits.
fn numeric(bytes: &[u8]) -> Option<Result<ScalarValue, SqlError>> {
    const NEGATIVE: u16 = 0x4000;
    let mut header: &[u8] = bytes.get(..8)?;
    let (count, weight) = (header.get_u16(), header.get_i16());
    let (sign, scale) = (header.get_u16(), header.get_u16());
    let digits = bytes.get(8..)?;
    if digits.len() != usize::from(count) * 2 || !matches!(sign, 0 | NEGATIVE) {
        return None;
    }
    let too_large = || SqlError::new("22003", "a numeric parameter may have at most 38 digits");
    let mut unscaled = 0_i128;
    for (index, digit) in digits.chunks_exact(2).enumerate() {
        let digit = i128::from(u16::from_be_bytes([digit[0], digit[1]]));
        // The digit stands for digit * 10,000^(weight - index), the result for 10^-scale.
        let power = (i32::from(weight) - index as i32) * 4 + i32::from(scale);
        let scaled = if power >= 0 {
            10_i128.checked_pow(power.unsigned_abs()).and_then(|factor| digit.checked_mul(factor))
        } else {
            // Digits behind the scale are zero: PostgreSQL writes whole groups.
            10_i128.checked_pow(power.unsigned_abs()).map(|factor| digit / factor)
        };
        match scaled.and_then(|scaled| unscaled.checked_add(scaled)) {
            Some(sum) => unscaled = sum,
            None => return Some(Err(too_large())),
        }
    }
    let signed = if sign == NEGATIVE { -unscaled } else { unscaled };
    Some(decimal(signed, i32::from(scale)).ok_or_else(too_large))
}
