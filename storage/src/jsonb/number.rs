//! Numbers of JSON: read exactly, and printed as PostgreSQL's `numeric` prints them.

use super::JsonError;

/// The number of digits that always fit into [`Number::mantissa`].
const MANTISSA_DIGITS_MAX: usize = 19;
/// Digits before the point that `numeric` holds.
const INTEGER_DIGITS_MAX: usize = 131_072;
/// Digits after the point that `numeric` holds.
const SCALE_MAX: usize = 16_383;

/// A number as written: `(-1)^negative × mantissa × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a> {
    /// Its text.
    pub text: &'a str,
    /// Whether a minus stands before it (also before a zero).
    pub negative: bool,
    /// All its digits as one integer, where [`Self::fits`].
    pub mantissa: u64,
    /// The power of ten by which they count.
    pub exponent: i32,
    /// Whether `mantissa` holds all digits.
    pub fits: bool,
}

impl<'a> Number<'a> {
    /// The number that a text spells: as in JSON, but spaces around it, a plus and leading zeros
    /// do no harm.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_ascii();
        let text = text.strip_prefix('+').filter(|rest| !rest.starts_with('-')).unwrap_or(text);
        scan_leniently(text, 0).ok().filter(|number| number.text.len() == text.len())
    }

    /// The digits before the exponent, in order, without the point.
    pub fn digits(&self) -> impl Iterator<Item = u8> {
        let unsigned = self.text.strip_prefix('-').unwrap_or(self.text);
        unsigned.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).filter(|byte| *byte != b'.')
    }
}

/// Reads the number that begins at `start`; an error says where and why.
#[inline]
pub(super) fn scan(text: &str, start: usize) -> Result<Number<'_>, (usize, &'static str)> {
    let number = scan_leniently(text, start)?;
    let integer = number.text.strip_prefix('-').unwrap_or(number.text).as_bytes();
    if integer[0] == b'0' && integer.get(1).is_some_and(u8::is_ascii_digit) {
        return Err((start, "a number begins with a needless zero"));
    }
    Ok(number)
}

/// As [`scan`], but with any number of zeros in front.
#[inline]
fn scan_leniently(text: &str, start: usize) -> Result<Number<'_>, (usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut at = start;
    let negative = bytes.get(at) == Some(&b'-');
    at += usize::from(negative);

    let mut mantissa = 0_u64;
    let mut digits = |at: &mut usize| {
        let first = *at;
        while let Some(digit) = bytes.get(*at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10)
        {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            *at += 1;
        }
        *at - first
    };
    let mut count = digits(&mut at);
    if count == 0 {
        return Err((at, "expected a digit"));
    }
    let mut exponent = 0_i64;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        let fraction = digits(&mut at);
        if fraction == 0 {
            return Err((at, "expected a digit"));
        }
        count += fraction;
        exponent = -(fraction as i64);
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        let minus = bytes.get(at) == Some(&b'-');
        at += usize::from(matches!(bytes.get(at), Some(b'-' | b'+')));
        let first = at;
        let mut explicit = 0_i64;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            // Far beyond any type's range the value no longer matters.
            explicit = (explicit * 10 + i64::from(digit - b'0')).min(i64::from(i32::MAX / 2));
            at += 1;
        }
        if at == first {
            return Err((at, "expected a digit"));
        }
        exponent += if minus { -explicit } else { explicit };
    }
    Ok(Number {
        text: &text[start..at],
        negative,
        mantissa,
        exponent: exponent.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32,
        fits: count <= MANTISSA_DIGITS_MAX,
    })
}

/// Appends a number as `numeric` prints it: no exponent, trailing zeros kept, no negative zero.
/// `expansion_bytes_left` bounds what exponents may add to a whole document.
pub(super) fn print(
    number: &Number<'_>,
    position: usize,
    expansion_bytes_left: &mut usize,
    out: &mut String,
) -> Result<(), JsonError> {
    let error = |reason| JsonError { position, reason };
    let zero = number.digits().all(|digit| digit == b'0');
    let unsigned = number.text.strip_prefix('-').unwrap_or(number.text);
    if number.negative && !zero {
        out.push('-');
    }
    let plain = !unsigned.bytes().any(|byte| matches!(byte, b'e' | b'E'));
    let digits = number.digits().skip_while(|digit| *digit == b'0');
    let count = digits.count();
    let scale = usize::try_from(-i64::from(number.exponent)).unwrap_or(0);
    let zeros_after = usize::try_from(number.exponent).unwrap_or(0);
    if scale > SCALE_MAX || (!zero && (count + zeros_after).saturating_sub(scale) > INTEGER_DIGITS_MAX) {
        return Err(error("number is out of the range of numeric"));
    }
    if plain {
        out.push_str(unsigned);
        return Ok(());
    }
    if zero && scale == 0 {
        out.push('0');
        return Ok(());
    }
    let expansion = zeros_after + scale;
    *expansion_bytes_left = expansion_bytes_left
        .checked_sub(expansion)
        .ok_or_else(|| error("exponents make the value too long"))?;
    let zeros_before = (scale + 1).saturating_sub(count);
    let digits = number.digits().skip_while(|digit| *digit == b'0');
    let all =
        std::iter::repeat_n(b'0', zeros_before).chain(digits).chain(std::iter::repeat_n(b'0', zeros_after));
    let point = zeros_before + count + zeros_after - scale;
    for (index, digit) in all.enumerate() {
        if index == point {
            out.push('.');
        }
        out.push(char::from(digit));
    }
    Ok(())
}
