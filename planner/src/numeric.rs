//! Numerics whose digits behind the point are known with each value only.
//!
//! A column of decimals has one scale; PostgreSQL's numerics have one each. What is computed with as
//! many digits as its value asks for is carried with more than any value shows, and the scale of the
//! column says how its values are written:
//!
//! | scale | values of | written with |
//! |---|---|---|
//! | 38 | quotients, averages, and what is computed from them | at least 16 significant digits |
//! | 37 | texts and floats cast to `numeric` | the digits up to the last that is not zero |
//! | fewer | columns, literals, sums | all digits |
//!
//! A quotient's digits follow from its operands in PostgreSQL, and here from its value: where both
//! begin with the same digits of base 10,000 it may show four zeros less.

use std::sync::LazyLock;

use arrow::datatypes::{DataType, i256};

/// Of quotients and averages.
pub(crate) const QUOTIENT: DataType = DataType::Decimal256(DIGITS_MAX, QUOTIENT_SCALE);
/// Of texts and floats.
pub(crate) const READ: DataType = DataType::Decimal256(DIGITS_MAX, READ_SCALE);

pub(crate) const DIGITS_MAX: u8 = 76;
pub(crate) const QUOTIENT_SCALE: i8 = 38;
pub(crate) const READ_SCALE: i8 = 37;

/// PostgreSQL's `NUMERIC_MIN_SIG_DIGITS`.
const SIGNIFICANT_MIN: i32 = 16;

/// Whether a type's scale is more than its values show.
pub(crate) fn is_carried(data_type: &DataType) -> bool {
    *data_type == QUOTIENT || *data_type == READ
}

/// `10^exponent`, for all exponents up to 76.
pub(crate) fn power_of_ten(exponent: u32) -> i256 {
    static POWERS: LazyLock<Vec<i256>> = LazyLock::new(|| {
        let ten = i256::from_i128(10);
        std::iter::successors(Some(i256::ONE), |power| power.checked_mul(ten)).collect()
    });
    POWERS[exponent as usize]
}

/// What is written of a value of a column with a scale: the value, and its own scale.
pub fn shown(value: i256, scale: i8) -> (i256, i8) {
    match scale {
        QUOTIENT_SCALE => quotient(value),
        READ_SCALE => without_zeros(value),
        scale => (value, scale),
    }
}

/// As `select_div_scale` of PostgreSQL's `numeric.c` chooses, told by the quotient alone.
fn quotient(value: i256) -> (i256, i8) {
    let magnitude = value.wrapping_abs();
    if magnitude == i256::ZERO {
        // Nothing, divided by a number below 10,000.
        return (value, 20);
    }
    // The place of the first digit of base 10,000.
    let highest = (-9..=9).rev().find(|place| magnitude >= unit_of(*place)).unwrap_or(-9);
    let mut digits = (SIGNIFICANT_MIN - 4 * highest).clamp(0, QUOTIENT_SCALE.into());
    // Of equal operands, or of such with the same first digits.
    if magnitude == unit_of(highest) {
        digits += 4;
    }
    while digits < QUOTIENT_SCALE.into() && value.wrapping_rem(dropped(digits)) != i256::ZERO {
        digits += 4;
    }
    let digits = digits.min(QUOTIENT_SCALE.into());
    (value.wrapping_div(dropped(digits)), digits as i8)
}

/// `10000^place` as a value of scale 38.
fn unit_of(place: i32) -> i256 {
    power_of_ten((i32::from(QUOTIENT_SCALE) + 4 * place).unsigned_abs())
}

/// What a value of scale 38 is divided by to have so many digits.
fn dropped(digits: i32) -> i256 {
    power_of_ten((i32::from(QUOTIENT_SCALE) - digits).unsigned_abs())
}

fn without_zeros(mut value: i256) -> (i256, i8) {
    if value == i256::ZERO {
        return (value, 0);
    }
    let mut scale = READ_SCALE;
    for step in [32, 16, 8, 4, 2, 1] {
        let power = power_of_ten(step);
        if scale >= step as i8 && value.wrapping_rem(power) == i256::ZERO {
            value = value.wrapping_div(power);
            scale -= step as i8;
        }
    }
    (value, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decimal as it is written, at a scale.
    fn at(scale: i8, text: &str) -> i256 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}{}", "0".repeat(scale as usize - fraction.len()));
        i256::from_string(&digits).expect("digits")
    }

    #[test]
    fn quotients_show_sixteen_significant_digits() {
        for (text, digits) in [
            ("0", 20),
            ("1", 20),
            ("-1", 20),
            ("1.5", 16),
            ("3", 16),
            ("9999", 16),
            ("10000", 16),
            ("12345.5", 12),
            ("123456789", 8),
            ("12345678901234567890", 0),
            ("0.5", 20),
            ("0.00001", 24),
            ("0.33333333333333333333", 20),
            ("1.02880000000000000003", 20),
        ] {
            assert_eq!(quotient(at(38, text)).1, digits, "{text}");
            let (value, scale) = shown(at(38, text), 38);
            assert_eq!(value.wrapping_mul(dropped(scale.into())), at(38, text), "{text}");
        }
    }

    #[test]
    fn what_was_read_shows_no_zeros_behind() {
        for (text, digits) in [("0", 0), ("1.50", 1), ("100", 0), ("-0.001", 3), ("0.1234567890123", 13)] {
            assert_eq!(shown(at(37, text), 37).1, digits, "{text}");
        }
        assert_eq!(shown(i256::from_i128(150), 2), (i256::from_i128(150), 2));
    }
}
