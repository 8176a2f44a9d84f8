//! Parameters as text: PostgreSQL's input syntax.

use arrow::array::StringArray;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit};
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use crate::pg::types::{PgType, Scalar};

pub(super) fn scalar(text: &str, scalar: Scalar, zone: Tz) -> Result<ScalarValue, SqlError> {
    let trimmed = text.trim();
    let invalid =
        || SqlError::new("22P02", format!("invalid input syntax for type {}: \"{text}\"", scalar.name()));
    Ok(match scalar {
        Scalar::Bool => ScalarValue::Boolean(Some(boolean(trimmed).ok_or_else(invalid)?)),
        Scalar::Int2 => ScalarValue::Int16(Some(integer(trimmed, text, scalar)?)),
        Scalar::Int4 => ScalarValue::Int32(Some(integer(trimmed, text, scalar)?)),
        Scalar::Int8 => ScalarValue::Int64(Some(integer(trimmed, text, scalar)?)),
        Scalar::Oid => ScalarValue::Int64(Some(i64::from(integer::<u32>(trimmed, text, scalar)?))),
        Scalar::Float4 => ScalarValue::Float32(Some(trimmed.parse().map_err(|_| invalid())?)),
        Scalar::Float8 => ScalarValue::Float64(Some(trimmed.parse().map_err(|_| invalid())?)),
        Scalar::Numeric => numeric(trimmed).ok_or_else(invalid)?,
        Scalar::Bytea => ScalarValue::BinaryView(Some(bytea(text).ok_or_else(invalid)?)),
        Scalar::Uuid => ScalarValue::Utf8View(Some(uuid(trimmed).ok_or_else(invalid)?)),
        Scalar::Interval => ScalarValue::IntervalMonthDayNano(Some(planner::interval_of_text(text)?)),
        Scalar::Date | Scalar::Time | Scalar::Timestamp => {
            by_arrow(trimmed, &PgType::new(scalar).arrow()).ok_or_else(|| bad_datetime(text, scalar))?
        }
        Scalar::TimestampTz => {
            // A text without offset means the session's zone; the instant is then kept in UTC.
            let local = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.name().into()));
            let value = by_arrow(trimmed, &local).ok_or_else(|| bad_datetime(text, scalar))?;
            value.cast_to(&PgType::new(scalar).arrow()).map_err(SqlError::from)?
        }
        Scalar::Name
        | Scalar::Char
        | Scalar::Text
        | Scalar::Varchar
        | Scalar::Bpchar
        | Scalar::Json
        | Scalar::Jsonb
        | Scalar::Jsonpath => ScalarValue::Utf8View(Some(text.to_owned())),
        Scalar::Record => {
            return Err(SqlError::new("0A000", "input of anonymous composite types is not implemented"));
        }
    })
}

/// Any unambiguous beginning of the words, as in PostgreSQL.
fn boolean(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str, at_least: usize| lower.len() >= at_least && word.starts_with(&lower);
    if begins("true", 1) || begins("yes", 1) || begins("on", 2) || lower == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || lower == "0" {
        Some(false)
    } else {
        None
    }
}

fn integer<T: TryFrom<i128>>(trimmed: &str, text: &str, scalar: Scalar) -> Result<T, SqlError> {
    let wide: i128 = trimmed.parse().map_err(|_| {
        SqlError::new("22P02", format!("invalid input syntax for type {}: \"{text}\"", scalar.name()))
    })?;
    T::try_from(wide).map_err(|_| {
        SqlError::new("22003", format!("value \"{text}\" is out of range for type {}", scalar.name()))
    })
}

/// The digits as written, so that the scale is the writer's.
fn numeric(text: &str) -> Option<ScalarValue> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut unscaled: i128 = digits.parse().ok()?;
    let mut scale = i32::try_from(fraction.len()).ok()? - exponent;
    if scale < 0 {
        unscaled = unscaled.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
        scale = 0;
    }
    decimal(unscaled, scale)
}

/// A decimal of the widest precision; None beyond 38 digits.
pub(super) fn decimal(unscaled: i128, scale: i32) -> Option<ScalarValue> {
    const DIGITS_MAX: u32 = 38;
    let fits = unscaled.unsigned_abs() < 10_u128.pow(DIGITS_MAX);
    let scale = i8::try_from(scale).ok().filter(|scale| *scale <= DIGITS_MAX as i8)?;
    fits.then_some(ScalarValue::Decimal128(Some(unscaled), DIGITS_MAX as u8, scale))
}

/// `\x` and hex digits, or characters with `\\` and octal escapes.
fn bytea(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let pairs = digits.chunks(2);
        return pairs
            .map(|pair| {
                u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()
            })
            .collect();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (bytes, rest) = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => (push(bytes, b'\\'), tail),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                (push(bytes, (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0')), tail)
            }
            (b'\\', _) => return None,
            (byte, tail) => (push(bytes, *byte), tail),
        };
    }
    Some(bytes)
}

fn push(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

/// Canonical lower-case text from 32 digits, with hyphens anywhere and braces around.
fn uuid(text: &str) -> Option<String> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let digits: String = inner.chars().filter(|character| *character != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    Some([&lower[..8], &lower[8..12], &lower[12..16], &lower[16..20], &lower[20..]].join("-"))
}

fn by_arrow(text: &str, target: &DataType) -> Option<ScalarValue> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let array = cast_with_options(&StringArray::from(vec![text]), target, &options).ok()?;
    ScalarValue::try_from_array(&array, 0).ok()
}

fn bad_datetime(text: &str, scalar: Scalar) -> SqlError {
    SqlError::new("22007", format!("invalid input syntax for type {}: \"{text}\"", scalar.name()))
}
