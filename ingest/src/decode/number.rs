//! Numbers of a message as integers, `numeric` and floating point, each exactly or not at all.

use storage::jsonb::Number;

use super::error::Problem;

/// Digits of the largest `numeric`, and a few more than any integer has.
const DIGITS_MAX: usize = 38;

/// Powers of ten that an `i128` holds.
const POWERS: [i128; DIGITS_MAX + 1] = {
    let mut powers = [1; DIGITS_MAX + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// A whole number within the range of `T`; `1e3` and `5.0` are whole.
#[inline]
pub(super) fn integer<T: TryFrom<i128> + Into<i64>>(number: &Number<'_>) -> Result<i64, Problem> {
    let value = if number.fits && number.exponent == 0 {
        i128::from(number.mantissa)
    } else {
        let (value, exact) = scaled(number, 0)?;
        if !exact {
            return Err(Problem::Mismatch);
        }
        value
    };
    let value = if number.negative { -value } else { value };
    T::try_from(value).map(T::into).map_err(|_| Problem::OutOfRange)
}

/// A number in units of 10^-scale, rounded half away from zero as `numeric` rounds.
#[inline]
pub(super) fn decimal(number: &Number<'_>, precision: u8, scale: i8) -> Result<i128, Problem> {
    let (value, _) = scaled(number, i64::from(scale))?;
    if value >= POWERS[usize::from(precision).min(DIGITS_MAX)] {
        return Err(Problem::OutOfRange);
    }
    Ok(if number.negative { -value } else { value })
}

/// The absolute value in units of 10^-scale, rounded half up, and whether it is exact.
pub(super) fn scaled(number: &Number<'_>, scale: i64) -> Result<(i128, bool), Problem> {
    let shift = i64::from(number.exponent) + scale;
    if !number.fits {
        return scaled_digits(number, shift);
    }
    let mantissa = i128::from(number.mantissa);
    if mantissa == 0 {
        return Ok((0, true));
    }
    let Some(power) = usize::try_from(shift.unsigned_abs()).ok().and_then(|shift| POWERS.get(shift)) else {
        return if shift > 0 { Err(Problem::OutOfRange) } else { Ok((0, false)) };
    };
    if shift >= 0 {
        let value = mantissa.checked_mul(*power).ok_or(Problem::OutOfRange)?;
        return Ok((value, true));
    }
    let (quotient, remainder) = (mantissa / power, mantissa % power);
    // remainder * 2 can't overflow: it is below 2 * mantissa, a 65-bit number.
    Ok((quotient + i128::from(remainder * 2 >= *power), remainder == 0))
}

/// As [`scaled`], for numbers of more digits than [`Number::mantissa`] holds.
#[cold]
fn scaled_digits(number: &Number<'_>, shift: i64) -> Result<(i128, bool), Problem> {
    let significant = || number.digits().skip_while(|digit| *digit == b'0');
    let count = significant().count() as i64;
    // How many of the digits stand before the point once the number is scaled.
    let whole = count + shift;
    if count == 0 {
        return Ok((0, true));
    }
    if whole > DIGITS_MAX as i64 {
        return Err(Problem::OutOfRange);
    }
    if whole < 0 {
        return Ok((0, false));
    }
    let mut value = 0_i128;
    for digit in significant().chain(std::iter::repeat(b'0')).take(whole as usize) {
        value = value * 10 + i128::from(digit - b'0');
    }
    let mut rest = significant().skip(whole as usize);
    let round_up = rest.next().is_some_and(|digit| digit >= b'5');
    let exact = significant().skip(whole as usize).all(|digit| digit == b'0');
    Ok((value + i128::from(round_up), exact))
}

/// The nearest `double precision`.
#[inline]
pub(super) fn double(number: &Number<'_>) -> Result<f64, Problem> {
    // Clinger's fast path: where both are exact, one operation rounds once, which is right.
    const EXACT: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    if number.fits
        && number.mantissa <= 1 << 53
        && let Some(power) = EXACT.get(number.exponent.unsigned_abs() as usize)
    {
        let mantissa = number.mantissa as f64;
        let value = if number.exponent < 0 { mantissa / power } else { mantissa * power };
        return Ok(if number.negative { -value } else { value });
    }
    let value: f64 = number.text.parse().map_err(|_| Problem::Mismatch)?;
    in_range(value.is_finite(), value == 0.0, number).map(|()| value)
}

/// The nearest `real`, rounded once.
pub(super) fn real(number: &Number<'_>) -> Result<f32, Problem> {
    let value: f32 = number.text.parse().map_err(|_| Problem::Mismatch)?;
    in_range(value.is_finite(), value == 0.0, number).map(|()| value)
}

/// As PostgreSQL has it, infinity and zero are no roundings of other numbers.
fn in_range(finite: bool, zero: bool, number: &Number<'_>) -> Result<(), Problem> {
    if !finite || (zero && number.digits().any(|digit| digit != b'0')) {
        return Err(Problem::OutOfRange);
    }
    Ok(())
}

/// A `double precision` in a string, where NaN and infinity are as well.
pub(super) fn double_from_text(text: &str) -> Result<f64, Problem> {
    match Number::parse(text) {
        Some(number) => double(&number),
        None => special(text),
    }
}

/// A `real` in a string, where NaN and infinity are as well.
pub(super) fn real_from_text(text: &str) -> Result<f32, Problem> {
    match Number::parse(text) {
        Some(number) => real(&number),
        None => special(text).map(|value| value as f32),
    }
}

fn special(text: &str) -> Result<f64, Problem> {
    let text = text.trim_ascii();
    if text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    let (sign, word) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if ["infinity", "inf"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
        return Ok(sign * f64::INFINITY);
    }
    Err(Problem::Mismatch)
}
