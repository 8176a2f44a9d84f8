//! A pull scanner over JSON text. It checks the whole grammar of RFC 8259 and allocates nothing.

use super::number::{self, Number};
use super::{JsonError, JsonType};

/// How deep objects and arrays may nest: recursion is bounded by it.
pub const DEPTH_MAX: usize = 128;

/// The text between the quotes of a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawString<'a> {
    /// As written, escapes and all.
    pub text: &'a str,
    /// Whether there are escapes, so that [`super::unescape_into`] is needed.
    pub escaped: bool,
}

/// Reads one JSON text from front to back.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    #[inline]
    pub fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    /// How many bytes were read.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Skips white space and looks at the next byte.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.position) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.position += 1,
                Some(&byte) => return Some(byte),
                None => return None,
            }
        }
    }

    /// What kind of value comes next.
    #[inline]
    pub fn peek_type(&mut self) -> Result<JsonType, JsonError> {
        match self.peek() {
            Some(byte) => JsonType::of_first_byte(byte).ok_or_else(|| self.error("expected a value")),
            None => Err(self.error("expected a value, found the end")),
        }
    }

    /// Takes the byte that [`Self::peek`] saw.
    #[inline]
    pub fn advance(&mut self) {
        self.position += 1;
    }

    /// Skips white space and takes `byte` where it comes next.
    #[inline]
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Takes `text` where it comes next, without skipping white space. `text` must be valid
    /// where it stands: its last byte ends a character.
    #[inline]
    pub fn take_exactly(&mut self, text: &[u8]) -> bool {
        let found = self.text.as_bytes()[self.position..].starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    /// Reads a string; its opening quote comes next.
    #[inline]
    pub fn string(&mut self) -> Result<RawString<'a>, JsonError> {
        if !self.take(b'"') {
            return Err(self.error("expected a string"));
        }
        let bytes = self.text.as_bytes();
        let start = self.position;
        let mut escaped = false;
        loop {
            self.position = find_special(bytes, self.position);
            match bytes.get(self.position) {
                Some(b'"') => {
                    let text = &self.text[start..self.position];
                    self.position += 1;
                    return Ok(RawString { text, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("string has no end")),
            }
        }
    }

    /// Checks and skips one escape sequence.
    #[cold]
    fn escape(&mut self) -> Result<(), JsonError> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.position + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.position += 2,
            Some(b'u') => {
                let digits = bytes.get(self.position + 2..self.position + 6);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.error("\\u needs four hexadecimal digits"));
                }
                self.position += 6;
            }
            _ => return Err(self.error("unknown escape in a string")),
        }
        Ok(())
    }

    /// Reads a number.
    #[inline]
    pub fn number(&mut self) -> Result<Number<'a>, JsonError> {
        let number = number::scan(self.text, self.position)
            .map_err(|(position, reason)| JsonError { position, reason })?;
        self.position += number.text.len();
        Ok(number)
    }

    /// Reads `true`, `false` or `null`, whichever `literal` is.
    #[inline]
    pub fn literal(&mut self, literal: &'static str) -> Result<(), JsonError> {
        if self.take_exactly(literal.as_bytes()) { Ok(()) } else { Err(self.error("expected a value")) }
    }

    /// Reads any value and returns its text.
    pub fn value(&mut self) -> Result<&'a str, JsonError> {
        self.peek();
        let start = self.position;
        self.skip_value(0)?;
        Ok(&self.text[start..self.position])
    }

    /// Skips a value that stands inside `depth` objects and arrays.
    pub fn skip_value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek_type()? {
            JsonType::String => self.string().map(drop),
            JsonType::Number => self.number().map(drop),
            JsonType::Null => self.literal("null"),
            JsonType::Boolean => self.boolean().map(drop),
            JsonType::Array => {
                self.enter(depth)?;
                let mut more = !self.take(b']');
                while more {
                    self.skip_value(depth + 1)?;
                    more = self.more(b']')?;
                }
                Ok(())
            }
            JsonType::Object => {
                self.enter(depth)?;
                let mut more = !self.take(b'}');
                while more {
                    self.string()?;
                    self.colon()?;
                    self.skip_value(depth + 1)?;
                    more = self.more(b'}')?;
                }
                Ok(())
            }
        }
    }

    /// The text of the next value of a text that was checked before: no more is looked at than where it ends.
    /// None where the text ends within it.
    pub fn pass_value(&mut self) -> Option<&'a str> {
        self.peek();
        let bytes = self.text.as_bytes();
        let (start, mut at, mut depth) = (self.position, self.position, 0_usize);
        loop {
            match bytes.get(at) {
                Some(b'"') => at = end_of_string(bytes, at + 1)?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                Some(b'}' | b']' | b',') if depth == 0 => break,
                Some(_) => at += 1,
                None if depth == 0 => break,
                None => return None,
            }
        }
        self.position = at;
        self.text.get(start..at).map(str::trim_ascii_end)
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        let value = self.peek() == Some(b't');
        self.literal(if value { "true" } else { "false" }).map(|()| value)
    }

    /// Takes the bracket that opens an object or array inside `depth` others.
    #[inline]
    pub fn enter(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth >= DEPTH_MAX {
            return Err(self.error("objects and arrays nest too deep"));
        }
        self.advance();
        Ok(())
    }

    /// Takes the colon between key and value.
    #[inline]
    pub fn colon(&mut self) -> Result<(), JsonError> {
        if self.take(b':') { Ok(()) } else { Err(self.error("expected \":\"")) }
    }

    /// After an element: takes a comma (another follows, true) or the closing bracket (false).
    #[inline]
    pub fn more(&mut self, close: u8) -> Result<bool, JsonError> {
        match self.peek() {
            Some(b',') => {
                self.advance();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.advance();
                Ok(false)
            }
            _ if close == b'}' => Err(self.error("expected \",\" or \"}\"")),
            _ => Err(self.error("expected \",\" or \"]\"")),
        }
    }

    /// Checks that nothing but white space is left.
    #[inline]
    pub fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("something follows the value")),
        }
    }

    /// An error where the scanner stands.
    #[cold]
    pub fn error(&self, reason: &'static str) -> JsonError {
        JsonError { position: self.position, reason }
    }
}

/// Where the string ends that goes on at `at`: behind its quote.
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = find_special(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The position, from `at` on, of the first quote, backslash or control character, or the end.
#[inline]
pub(super) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    // Eight bytes at a time: (x - n) & !x has the top bit of each byte below n set, and of bytes
    // above such a one at most; the lowest is always right. x ^ c is zero where x is c.
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let found = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let found = found & TOPS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}
