//! Numbers of JSON as they are written, compared and computed with as PostgreSQL's `numeric`.

use std::cmp::Ordering;

use arrow::datatypes::i256;
use storage::jsonb::canonicalize;

use super::syntax::Operator;
use crate::error::SqlError;
use crate::function::quotient::Number;
use crate::numeric::{DIGITS_MAX, power_of_ten};

type Result<T> = std::result::Result<T, SqlError>;

/// The order of two plain decimals, of any length.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left_sign, right_sign) = (sign(left), sign(right));
    if left_sign != right_sign {
        return left_sign.cmp(&right_sign);
    }
    let order = magnitude(left).cmp(&magnitude(right));
    if left_sign < 0 { order.reverse() } else { order }
}

fn sign(number: &str) -> i8 {
    match number.strip_prefix('-') {
        _ if is_zero(number) => 0,
        Some(_) => -1,
        None => 1,
    }
}

fn is_zero(number: &str) -> bool {
    number.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'))
}

/// What orders decimals without a sign: how many digits stand before the point, they, and those behind it.
fn magnitude(number: &str) -> (usize, &str, &str) {
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    (whole.len(), whole, fraction.trim_end_matches('0'))
}

/// `-x`
pub(super) fn negated(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(positive) => positive.to_owned(),
        None if is_zero(number) => number.to_owned(),
        None => format!("-{number}"),
    }
}

/// `left operator right`
pub(super) fn compute(operator: Operator, left: &str, right: &str) -> Result<String> {
    let (left, right) = (read(left)?, read(right)?);
    let scale = left.scale.max(right.scale);
    let (value, scale) = match operator {
        Operator::Multiply => {
            let product = left.value.checked_mul(right.value).ok_or_else(too_large)?;
            (product, i32::from(left.scale) + i32::from(right.scale))
        }
        Operator::Divide => left.quotient(right).map_err(SqlError::from)?,
        _ => {
            let (one, other) = (at_scale(left, scale)?, at_scale(right, scale)?);
            let value = match operator {
                Operator::Add => one.checked_add(other),
                Operator::Subtract => one.checked_sub(other),
                _ if other == i256::ZERO => return Err(SqlError::new("22012", "division by zero")),
                _ => Some(one.wrapping_rem(other)),
            };
            (value.ok_or_else(too_large)?, i32::from(scale))
        }
    };
    Ok(written(value, scale.unsigned_abs() as usize))
}

/// The largest integer that is not above a number, or the smallest that is not below it.
pub(super) fn rounded(number: &str, is_up: bool) -> String {
    let Some((whole, fraction)) = number.split_once('.') else { return number.to_owned() };
    let is_away = number.starts_with('-') != is_up && !is_zero(fraction);
    let whole = if is_away { away_from_zero(whole) } else { whole.to_owned() };
    if is_zero(&whole) { "0".to_owned() } else { whole }
}

/// The integer that is farther from zero by one.
fn away_from_zero(integer: &str) -> String {
    let (sign, digits) = integer.strip_prefix('-').map_or(("", integer), |digits| ("-", digits));
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    match kept.as_bytes().split_last() {
        Some((last, first)) => {
            format!("{sign}{}{}{zeros}", &kept[..first.len()], char::from(last + 1))
        }
        None => format!("{sign}1{zeros}"),
    }
}

/// A number as a subscript: what is behind the point does not count. None where it is no `integer`.
pub(super) fn subscript(number: &str) -> Option<i64> {
    let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
    whole.parse::<i32>().ok().map(i64::from)
}

/// The float that a text is; None of what is none, or out of its range.
pub(super) fn double(text: &str) -> Option<f64> {
    let text = text.trim_ascii();
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let is_lost = value == 0.0 && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    (!is_lost).then_some(value)
}

/// A float with the 15 digits that it has as `numeric`.
pub(super) fn of_double(value: f64) -> String {
    let written = format!("{value:.14e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    canonicalize(&format!("{mantissa}e{exponent}")).unwrap_or(written)
}

fn read(text: &str) -> Result<Number> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = i8::try_from(fraction.len()).ok().filter(|scale| *scale <= DIGITS_MAX.cast_signed());
    let value = match fraction {
        "" => i256::from_string(whole),
        _ if text.len() > 80 => None,
        fraction => i256::from_string(&format!("{whole}{fraction}")),
    };
    match (value, scale) {
        (Some(value), Some(scale)) => Ok(Number { value, scale }),
        _ => Err(too_large()),
    }
}

fn at_scale(number: Number, scale: i8) -> Result<i256> {
    let power = power_of_ten((scale - number.scale).unsigned_abs().into());
    number.value.checked_mul(power).ok_or_else(too_large)
}

fn written(value: i256, scale: usize) -> String {
    let digits = value.to_string();
    if scale == 0 {
        return digits;
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn too_large() -> SqlError {
    SqlError::new("22003", "value overflows numeric format")
}
