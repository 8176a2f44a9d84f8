//! `to_char` of numbers. PostgreSQL 15, 9.8.
//!
//! A number is first written plainly, with the digits behind the point that the template has room for
//! ([`NumberTemplate::write`] takes it so), and then laid out over the template's places from the left.

use super::number_template::{Key, NumberTemplate, Shape, SignPlace};
use super::template::Node;
use crate::error::SqlError;

/// As wide as the longest numeral, `MMMDCCCLXXXVIII`.
const ROMAN_WIDTH: usize = 15;

/// A number, written plainly, and how far its shape follows the template's.
pub(super) struct Plain<'a> {
    /// Digits with a point between them, without a sign, or `NaN` or `Infinity`.
    pub(super) digits: &'a str,
    pub(super) is_negative: bool,
    /// Digits before the point that the template has room for.
    pub(super) before: usize,
    /// Digits behind it.
    pub(super) behind: usize,
}

impl NumberTemplate {
    /// Appends a number that is written plainly, in the places of the template.
    ///
    /// # Errors
    /// 22P02 where an ordinal of what is no number is asked for.
    pub(super) fn write(&self, plain: &Plain<'_>, output: &mut String) -> Result<(), SqlError> {
        let digits_before = plain.digits.find('.').unwrap_or(plain.digits.len());
        let overflowed: String;
        let (digits, padding) = if digits_before > plain.before {
            overflowed = format!("{}.{}", "#".repeat(plain.before), "#".repeat(plain.behind));
            (overflowed.as_bytes(), 0)
        } else {
            (plain.digits.as_bytes(), plain.before - digits_before)
        };
        let start = output.len();
        Layout::new(&self.shape, plain, digits, padding).write(&self.nodes, output)?;
        // Where a number was cut to its significant digits, what follows it is lost with them, as in
        // PostgreSQL.
        if let Some(end) = output[start..].find('\0') {
            output.truncate(start + end);
        }
        Ok(())
    }

    /// Appends a numeral, or `#` where there is none.
    pub(super) fn write_roman(&self, number: Option<i64>, output: &mut String) {
        let numeral = match number {
            Some(number @ 1..=3999) => roman(number),
            _ => "#".repeat(ROMAN_WIDTH),
        };
        for node in &self.nodes {
            match node {
                Node::Pattern(pattern, _) => match pattern.key {
                    Key::Roman { is_upper } => {
                        let padding = if self.shape.fill { 0 } else { ROMAN_WIDTH - numeral.len() };
                        output.extend(std::iter::repeat_n(' ', padding));
                        match is_upper {
                            true => output.push_str(&numeral),
                            false => output.push_str(&numeral.to_ascii_lowercase()),
                        }
                    }
                    Key::Group if !self.shape.fill => output.push(' '),
                    Key::Currency => output.push(' '),
                    Key::Minus | Key::Plus if !self.shape.fill => output.push(' '),
                    // A sign that was never set ends the text.
                    Key::PlusMinus => return,
                    _ => {}
                },
                Node::Separator(character) | Node::Space(character) | Node::Character(character) => {
                    output.push(*character);
                }
            }
        }
    }
}

fn roman(mut number: i64) -> String {
    const NUMERALS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut numeral = String::with_capacity(ROMAN_WIDTH);
    for (value, letters) in NUMERALS {
        while number >= value {
            numeral.push_str(letters);
            number -= value;
        }
    }
    numeral
}

/// The state of one number on its way through the template.
struct Layout<'a> {
    shape: &'a Shape,
    digits: &'a [u8],
    /// The next of `digits`.
    next: usize,
    /// Places before the first digit.
    padding: usize,
    sign: u8,
    sign_place: SignPlace,
    brackets: bool,
    is_sign_written: bool,
    /// With `FM`, the last of `digits` that is written.
    last: Option<usize>,
    behind: usize,
    /// The place that is being written, from 0.
    place: usize,
    /// The place with which the number ends.
    end: usize,
    is_in_number: bool,
}

impl<'a> Layout<'a> {
    fn new(shape: &'a Shape, plain: &Plain<'_>, digits: &'a [u8], padding: usize) -> Self {
        let sign = if plain.is_negative { b'-' } else { b'+' };
        let has_own_sign = shape.plus || shape.minus;
        let is_sign_written = if has_own_sign {
            shape.minus
        } else {
            sign == b'+' && shape.fill && shape.sign == SignPlace::None
        };
        let brackets = shape.brackets && (has_own_sign || sign == b'-' || !shape.fill);
        let sign_place = if has_own_sign { shape.sign } else { shape.written_sign_of(plain.before) };
        let for_sign = usize::from(!is_sign_written && padding == 0);
        let places = plain.behind + plain.before + for_sign;
        Self {
            shape,
            digits,
            next: 0,
            padding,
            sign,
            sign_place,
            brackets,
            is_sign_written,
            last: (shape.fill && shape.has_point).then(|| last_digit(shape, digits, padding)).flatten(),
            behind: plain.behind,
            place: 0,
            end: (places + usize::from(padding > 0) + usize::from(shape.has_point)).saturating_sub(1),
            is_in_number: false,
        }
    }

    fn write(mut self, nodes: &[Node<Key>], output: &mut String) -> Result<(), SqlError> {
        for node in nodes {
            let key = match node {
                Node::Pattern(pattern, _) => pattern.key,
                Node::Separator(character) | Node::Space(character) | Node::Character(character) => {
                    output.push(*character);
                    continue;
                }
            };
            match key {
                Key::Nine | Key::Zero | Key::Point => self.write_place(key, output),
                Key::Group if self.is_in_number => output.push(','),
                Key::Group if !self.shape.fill => output.push(' '),
                Key::Currency => output.push(' '),
                Key::Ordinal(ordinal) if self.takes_ordinal() => {
                    if !self.digits.last().is_some_and(u8::is_ascii_digit) {
                        let message = format!("\"{}\" is not a number", String::from_utf8_lossy(self.digits));
                        return Err(SqlError::new("22P02", message));
                    }
                    output.push_str(ordinal.ending(self.digits));
                }
                Key::Minus | Key::Plus => {
                    let sign = if key == Key::Minus { b'-' } else { b'+' };
                    if self.sign == sign {
                        output.push(sign.into());
                    } else if !self.shape.fill {
                        output.push(' ');
                    }
                }
                Key::PlusMinus => output.push(self.sign.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Only of a number that fits, is not below zero and has no point.
    fn takes_ordinal(&self) -> bool {
        self.digits.first() != Some(&b'#') && self.sign != b'-' && !self.shape.has_point
    }

    /// Whether the one digit before the point is a zero that no `0` asks for: ` .1`.
    fn is_blank_zero(&self) -> bool {
        self.shape.zero_begin.is_none()
            && self.next == 0
            && self.digits.first() == Some(&b'0')
            && self.behind != 0
    }

    fn is_last_the_point(&self) -> bool {
        self.last.is_some_and(|last| self.digits[last] == b'.')
    }

    fn write_place(&mut self, key: Key, output: &mut String) {
        self.is_in_number = false;
        let is_zero_here = self.shape.zero_begin.is_some_and(|begin| begin <= self.place);
        let begins = self.place >= self.padding || self.shape.zero_begin == Some(self.place);
        if !self.is_sign_written && begins && (!self.is_blank_zero() || self.is_last_the_point()) {
            self.write_sign_before(output);
        }
        if self.place < self.padding {
            if is_zero_here {
                output.push('0');
                self.is_in_number = true;
            } else if !self.shape.fill {
                output.push(' ');
            }
        } else {
            self.write_digit(key, output);
        }
        let end = if self.last == Some(self.next) { self.place } else { self.end };
        if self.place + 1 == end {
            self.write_sign_after(output);
        }
        self.place += 1;
    }

    fn write_digit(&mut self, key: Key, output: &mut String) {
        let digit = self.digits.get(self.next).copied().unwrap_or(b'\0');
        if digit == b'.' {
            if !self.is_last_the_point() || self.shape.fill {
                output.push('.');
            }
        } else if self.last.is_some_and(|last| self.next > last) && key != Key::Zero {
            // A zero behind the last digit.
        } else if self.is_blank_zero() {
            if !self.shape.fill {
                output.push(' ');
            } else if self.is_last_the_point() {
                output.push('0');
            }
        } else {
            output.push(digit.into());
            self.is_in_number = true;
        }
        self.next = self.digits.len().min(self.next + 1);
    }

    fn write_sign_before(&mut self, output: &mut String) {
        if self.shape.sign != SignPlace::None {
            if self.sign_place == SignPlace::Before {
                output.push(self.sign.into());
                self.is_sign_written = true;
            }
            return;
        }
        self.is_sign_written = true;
        match (self.brackets, self.sign) {
            (true, b'+') => output.push(' '),
            (true, _) => output.push('<'),
            (false, b'+') if self.shape.fill => {}
            (false, b'+') => output.push(' '),
            (false, _) => output.push('-'),
        }
    }

    fn write_sign_after(&mut self, output: &mut String) {
        if self.is_sign_written && self.brackets {
            output.push(if self.sign == b'+' { ' ' } else { '>' });
        } else if self.sign_place == SignPlace::After {
            output.push(self.sign.into());
        }
    }
}

/// With `FM`: the last digit that says something, or that a `0` asks for; None without a point.
fn last_digit(shape: &Shape, digits: &[u8], padding: usize) -> Option<usize> {
    let point = digits.iter().position(|digit| *digit == b'.')?;
    let last = digits.iter().rposition(|digit| *digit != b'0').map_or(point, |last| last.max(point));
    if shape.zero_end <= padding {
        return Some(last);
    }
    Some(last.max((digits.len() - 1).min(shape.zero_end - padding)))
}
