//! `to_number`: a text is read as a template says. PostgreSQL 15, 9.8.

use super::number_template::{Key, NumberTemplate, Shape, SignPlace};
use super::template::Node;
use crate::error::SqlError;

/// Digits behind the point that PostgreSQL's division by a power of ten adds.
const SHIFTED_SCALE: usize = 16;

/// A decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Without its point.
    pub(crate) value: i128,
    /// Digits behind the point.
    pub(crate) scale: usize,
}

impl NumberTemplate {
    /// Digits behind the point of what is read, at most.
    pub(crate) fn scale(&self) -> usize {
        self.shape.behind + self.shift().map_or(0, |_| SHIFTED_SCALE)
    }

    /// Reads the number that a text holds.
    ///
    /// # Errors
    /// 22P02 where there is none, 22003 where it is too large, 0A000 for templates that can only be
    /// written.
    pub(crate) fn read(&self, text: &str) -> Result<Decimal, SqlError> {
        let only_written = match (self.shape.exponent, self.shape.roman) {
            (true, _) => Some("\"EEEE\" not supported for input"),
            (_, Some(_)) => Some("\"RN\" not supported for input"),
            _ => None,
        };
        if let Some(message) = only_written {
            return Err(SqlError::new("0A000", message));
        }
        let mut scanner = Scanner::new(&self.shape, text);
        for node in &self.nodes {
            if scanner.is_at_end() {
                break;
            }
            match node {
                Node::Pattern(pattern, _) => scanner.pattern(pattern.key),
                // One character for one, whichever.
                Node::Separator(_) | Node::Space(_) | Node::Character(_) => scanner.skip(),
            }
        }
        self.decimal(&scanner)
    }

    fn decimal(&self, scanner: &Scanner<'_>) -> Result<Decimal, SqlError> {
        if scanner.before + scanner.behind == 0 {
            let sign = scanner.sign;
            let message = format!("invalid input syntax for type numeric: \"{sign}\"");
            return Err(SqlError::new("22P02", message));
        }
        let overflow = || SqlError::new("22003", "numeric field overflow");
        let room = 10_i128.checked_pow((self.shape.before + self.shape.shift + scanner.behind) as u32);
        let digits = scanner.value.ok_or_else(overflow)?;
        if room.is_some_and(|room| digits >= room) {
            return Err(overflow());
        }
        let mut read =
            Decimal { value: if scanner.sign == '-' { -digits } else { digits }, scale: scanner.behind };
        if let Some(shift) = self.shift() {
            // A shift beyond these digits leaves nothing.
            let factor = SHIFTED_SCALE.checked_sub(shift).map_or(0, |zeros| 10_i128.pow(zeros as u32));
            read.value = read.value.checked_mul(factor).ok_or_else(overflow)?;
            read.scale += SHIFTED_SCALE;
        }
        Ok(read)
    }
}

struct Scanner<'a> {
    shape: &'a Shape,
    text: &'a [u8],
    at: usize,
    /// A space where there is none.
    sign: char,
    /// Digits read before the point, and behind it.
    before: usize,
    behind: usize,
    has_point: bool,
    /// Of all digits. None where they are too many.
    value: Option<i128>,
}

impl<'a> Scanner<'a> {
    fn new(shape: &'a Shape, text: &'a str) -> Self {
        Self {
            shape,
            text: text.as_bytes(),
            at: 0,
            sign: ' ',
            before: 0,
            behind: 0,
            has_point: false,
            value: Some(0),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Skips a character of UTF-8.
    fn skip(&mut self) {
        self.at += match self.peek() {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            _ => 1,
        };
    }

    /// Skips so many characters, but no part of a number.
    fn skip_foreign(&mut self, count: usize) {
        for _ in 0..count {
            match self.peek() {
                None | Some(b'0'..=b'9' | b'.' | b',' | b'+' | b'-') => return,
                Some(_) => self.skip(),
            }
        }
    }

    fn pattern(&mut self, key: Key) {
        match key {
            Key::Nine | Key::Zero | Key::Point => self.place(key),
            // With `FM` a separator of groups is not expected.
            Key::Group if !self.shape.fill && self.peek() == Some(b',') => self.at += 1,
            Key::Currency => self.skip_foreign(1),
            Key::Ordinal(_) if !self.shape.has_point => self.skip_foreign(2),
            Key::Minus => self.own_sign(b"-"),
            Key::Plus => self.own_sign(b"+"),
            Key::PlusMinus => self.own_sign(b"-+"),
            _ => {}
        }
    }

    fn own_sign(&mut self, signs: &[u8]) {
        match self.peek() {
            Some(sign) if signs.contains(&sign) => {
                self.sign = sign.into();
                self.at += 1;
            }
            _ => self.skip_foreign(1),
        }
    }

    /// One place of the number, and the sign that stands beside it. A byte that is no part of a number
    /// is passed over.
    fn place(&mut self, key: Key) {
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        if self.sign == ' ' && key != Key::Point && self.before + self.behind == 0 {
            self.sign_before();
        }
        let Some(next) = self.peek() else { return };
        let mut is_read = true;
        if next.is_ascii_digit() {
            if self.has_point && self.behind == self.shape.behind {
                self.at += 1;
                return;
            }
            self.push(next);
        } else if self.shape.has_point && !self.has_point && next == b'.' {
            self.has_point = true;
        } else {
            is_read = false;
        }
        if self.sign == ' ' && self.before + self.behind > 0 {
            self.sign_after(is_read);
        }
        self.at += 1;
    }

    fn push(&mut self, digit: u8) {
        let added = |value: i128| value.checked_mul(10)?.checked_add(i128::from(digit - b'0'));
        self.value = self.value.and_then(added);
        match self.has_point {
            true => self.behind += 1,
            false => self.before += 1,
        }
    }

    fn sign_before(&mut self) {
        self.sign = match self.peek() {
            Some(b'<') if self.shape.sign != SignPlace::Before && self.shape.brackets => '-',
            Some(sign @ (b'+' | b'-')) => sign.into(),
            _ => return,
        };
        self.at += 1;
    }

    /// The sign of `S` is anchored to the last digit. The others may come earlier than their place in
    /// the template, where a number has fewer digits than that.
    fn sign_after(&mut self, is_read: bool) {
        let sign = |byte: Option<&u8>| byte.copied().filter(|byte| matches!(byte, b'+' | b'-'));
        if self.shape.sign != SignPlace::None {
            if is_read && let Some(sign) = sign(self.text.get(self.at + 1)) {
                self.sign = sign.into();
                self.at += 1;
            }
        } else if !is_read
            && (self.shape.plus || self.shape.minus)
            && let Some(sign) = sign(self.text.get(self.at))
        {
            self.sign = sign.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn numbers() {
        for (text, template, value, scale) in [
            ("12,454.8-", "99G999D9S", -124_548, 1),
            ("<15.3>", "99.9PR", -153, 1),
            ("$ 1.5", "L9.99", 15, 1),
            ("123", "99V9", 123_000_000_000_000_000, 16),
            ("1th", "9th", 1, 0),
        ] {
            let read = NumberTemplate::new(template).unwrap().read(text);
            assert_eq!(read, Ok(Decimal { value, scale }), "{text} {template}");
        }
        let template = NumberTemplate::new("9.9").unwrap();
        assert_eq!(template.read("").unwrap_err().sqlstate, "22P02");
        assert_eq!(template.read("123").unwrap_err().sqlstate, "22003");
    }
}
