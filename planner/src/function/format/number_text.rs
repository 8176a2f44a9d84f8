//! Numbers written plainly, for [`super::number_output`]: each type has its own ways.

use std::fmt::Write as _;

use super::number_output::Plain;
use super::number_template::NumberTemplate;
use crate::error::SqlError;

impl NumberTemplate {
    /// Appends an `integer`.
    pub(crate) fn write_integer(&self, value: i32, output: &mut String) -> Result<(), SqlError> {
        if self.shape.roman.is_some() {
            self.write_roman(Some(value.into()), output);
            return Ok(());
        }
        if self.shape.exponent {
            self.write_float_exponent(value.into(), output);
            return Ok(());
        }
        // PostgreSQL multiplies in 32 bits, and beyond them by its smallest integer.
        let factor = self.shift().map_or(1, |digits| match 10_i64.checked_pow(digits as u32) {
            Some(factor) => i32::try_from(factor).unwrap_or(i32::MIN),
            None => i32::MIN,
        });
        self.write_whole(value.wrapping_mul(factor).into(), output)
    }

    /// Appends a `bigint`.
    ///
    /// # Errors
    /// 22003 where `V` shifts it out of range, or where a numeral is asked of more than an `integer`.
    pub(crate) fn write_bigint(&self, value: i64, output: &mut String) -> Result<(), SqlError> {
        if self.shape.roman.is_some() {
            let value = i32::try_from(value).map_err(|_| SqlError::new("22003", "integer out of range"))?;
            self.write_roman(Some(value.into()), output);
            return Ok(());
        }
        if self.shape.exponent {
            return self.write_decimal_exponent(&value.to_string(), output);
        }
        let shifted = match self.shift() {
            None => Some(value),
            Some(digits) => {
                let factor = 10_i64.checked_pow(u32::try_from(digits).unwrap_or(u32::MAX));
                factor.and_then(|factor| value.checked_mul(factor))
            }
        };
        self.write_whole(shifted.ok_or_else(|| SqlError::new("22003", "bigint out of range"))?, output)
    }

    fn write_whole(&self, value: i64, output: &mut String) -> Result<(), SqlError> {
        let mut digits = value.unsigned_abs().to_string();
        if self.shape.behind > 0 {
            digits.push('.');
            digits.extend(std::iter::repeat_n('0', self.shape.behind));
        }
        self.write_plain(&digits, value < 0, self.shape.behind, output)
    }

    /// Appends a `numeric`, which is given as it is written.
    ///
    /// # Errors
    /// 22003 where a numeral is asked of more than an `integer`.
    pub(crate) fn write_decimal(&self, text: &str, output: &mut String) -> Result<(), SqlError> {
        if self.shape.roman.is_some() {
            let whole = rounded(text, 0, 0);
            let out_of_range = |_| SqlError::new("22003", "integer out of range");
            let value: i32 = whole.parse().map_err(out_of_range)?;
            self.write_roman(Some(value.into()), output);
            return Ok(());
        }
        if self.shape.exponent {
            return self.write_decimal_exponent(text, output);
        }
        let rounded = rounded(text, self.shape.shift, self.shape.behind);
        let is_negative = rounded.starts_with('-');
        let digits = rounded.trim_start_matches('-');
        self.write_plain(digits, is_negative, self.shape.behind, output)
    }

    /// Appends a `double precision`.
    pub(crate) fn write_double(&self, value: f64, output: &mut String) -> Result<(), SqlError> {
        let shifted = |digits: usize| value * 10_f64.powi(digits as i32);
        self.write_float(value, self.shift().map_or(value, shifted), 15, output)
    }

    /// Appends a `real`.
    pub(crate) fn write_real(&self, value: f32, output: &mut String) -> Result<(), SqlError> {
        let shifted = |digits: usize| value * 10_f64.powi(digits as i32) as f32;
        let shifted = self.shift().map_or(value, shifted);
        self.write_float(value.into(), shifted.into(), 6, output)
    }

    /// `digits_max`: how many of the type are significant.
    fn write_float(
        &self,
        value: f64,
        shifted: f64,
        digits_max: usize,
        output: &mut String,
    ) -> Result<(), SqlError> {
        if self.shape.roman.is_some() {
            let whole = value.round_ties_even();
            self.write_roman((whole.abs() < 4000.0).then_some(whole as i64), output);
            return Ok(());
        }
        if self.shape.exponent {
            self.write_float_exponent(value, output);
            return Ok(());
        }
        let whole = plain_float(shifted.abs(), 0).len();
        let behind = self.shape.behind.min(digits_max.saturating_sub(whole));
        let text = plain_float(shifted, behind);
        let is_negative = text.starts_with('-');
        self.write_plain(text.trim_start_matches('-'), is_negative, behind, output)
    }

    fn write_plain(
        &self,
        digits: &str,
        is_negative: bool,
        behind: usize,
        output: &mut String,
    ) -> Result<(), SqlError> {
        let before = self.shape.before + self.shape.shift;
        self.write(&Plain { digits, is_negative, before, behind }, output)
    }

    fn write_float_exponent(&self, value: f64, output: &mut String) {
        if !value.is_finite() {
            self.write_no_number(output);
            return;
        }
        let text = format!("{value:.*e}", self.shape.behind);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        if !value.is_sign_negative() {
            output.push(' ');
        }
        let _ = write!(output, "{digits}e{exponent:+03}");
    }

    /// Rounded before it is known how many digits there will be: `9.99` gives `10.0e+00`, as in
    /// PostgreSQL.
    fn write_decimal_exponent(&self, text: &str, output: &mut String) -> Result<(), SqlError> {
        let unsigned = text.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = format!("{whole}{fraction}");
        let first = digits.find(|digit| digit != '0');
        let exponent = first.map_or(0, |first| whole.len() as i64 - 1 - first as i64);
        let significant = &digits[first.unwrap_or(0)..];
        let (one, more) = significant.split_at(1.min(significant.len()));
        let significand = rounded(&format!("{one}.{more}"), 0, self.shape.behind);
        output.push(if text.starts_with('-') { '-' } else { ' ' });
        let _ = write!(output, "{significand}e{exponent:+03}");
        Ok(())
    }

    fn write_no_number(&self, output: &mut String) {
        output.push(' ');
        for index in 1..self.shape.before + self.shape.behind + 6 {
            output.push(if index == self.shape.before + 1 { '.' } else { '#' });
        }
    }
}

/// So many digits behind the point, as C's `%.*f` writes them.
fn plain_float(value: f64, behind: usize) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        format!("{value:.behind$}")
    }
}

/// A decimal number, `shift` places to the left, rounded to `scale` digits behind the point: halves away
/// from zero. Zero has no sign.
fn rounded(text: &str, shift: usize, scale: usize) -> String {
    let unsigned = text.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: Vec<u8> = Vec::with_capacity(whole.len() + shift + scale + 1);
    digits.push(b'0');
    digits.extend_from_slice(whole.as_bytes());
    let mut fraction = fraction.bytes();
    digits.extend((0..shift + scale).map(|_| fraction.next().unwrap_or(b'0')));
    if fraction.next().is_some_and(|next| next >= b'5') {
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let point = digits.len() - scale;
    let first = digits[..point].iter().position(|digit| *digit != b'0').unwrap_or(point - 1);
    let mut written = String::with_capacity(digits.len() + 2);
    if text.starts_with('-') && digits.iter().any(|digit| *digit != b'0') {
        written.push('-');
    }
    for (index, digit) in digits.iter().enumerate().skip(first) {
        if index == point {
            written.push('.');
        }
        written.push(char::from(*digit));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    type Write<T> = fn(&NumberTemplate, T, &mut String) -> Result<(), SqlError>;

    fn check<T: Copy + std::fmt::Debug>(write: Write<T>, cases: &[(T, &str, &str)]) {
        for (value, template, expected) in cases {
            let mut text = String::new();
            write(&NumberTemplate::new(template).unwrap(), *value, &mut text).unwrap();
            assert_eq!(text, *expected, "{value:?} {template}");
        }
    }

    /// As PostgreSQL 15 answers.
    #[test]
    fn whole_numbers() {
        check(
            NumberTemplate::write_integer,
            &[
                (-485, "999", "-485"),
                (-485, "999S", "485-"),
                (485, "999PR", " 485 "),
                (-485, "FM999PR", "<485>"),
                (42, "0999", " 0042"),
                (1234, "99", " ##"),
                (482, "999th", " 482nd"),
                (485, "L999MI", " 485 "),
                (12, "99V9", " 120"),
                (1994, "FMRN", "MCMXCIV"),
                (1485, "9G999D99", " 1,485.00"),
            ],
        );
        let template = NumberTemplate::new("9V9").unwrap();
        assert_eq!(template.write_bigint(i64::MAX, &mut String::new()).unwrap_err().sqlstate, "22003");
    }

    #[test]
    fn numerics_are_rounded_away_from_zero() {
        check(
            NumberTemplate::write_decimal,
            &[
                ("-0.1", "99.99", "  -.10"),
                ("-0.1", "FM9.99", "-.1"),
                ("148.5", "FM999.990", "148.500"),
                ("9.995", "9.99", " #.##"),
                ("0.0004859", "9.99EEEE", " 4.86e-04"),
                ("9.99", "9.9EEEE", " 10.0e+00"),
                ("0", "FM9.9", "0."),
                ("12.45", "99V9", " 125"),
            ],
        );
    }

    #[test]
    fn floats_are_cut_to_their_digits() {
        check(
            NumberTemplate::write_double,
            &[(f64::NAN, "999.9", " NaN"), (2.5, "9", " 2"), (9.99, "9.9EEEE", " 1.0e+01")],
        );
        check(NumberTemplate::write_real, &[(1_234_567.9, "9999999.999 x", " 1234568")]);
    }
}
