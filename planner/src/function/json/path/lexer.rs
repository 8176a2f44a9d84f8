//! A path's text as tokens.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html#DATATYPE-JSONPATH>

use crate::error::SqlError;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    End,
    /// A name without quotes, which may be a word of the language.
    Name(String),
    /// A name or a text between quotes.
    Quoted(String),
    /// `$name` and `$"name"`
    Variable(String),
    /// Digits alone.
    Integer(&'a str),
    /// With a point or an exponent.
    Number(&'a str),
    /// Anything else, of one or two characters.
    Symbol(&'a str),
}

/// A token, and what PostgreSQL says an error is near: the text that its scanner saw last, which is what
/// ended a name.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    near: &'a str,
}

impl Token<'_> {
    /// That it can't stand where it does.
    pub(super) fn error(&self) -> SqlError {
        error("syntax error", self.near)
    }
}

fn error(what: &str, near: &str) -> SqlError {
    let message = match near {
        "" => format!("{what} at end of jsonpath input"),
        near => format!("{what} at or near \"{near}\" of jsonpath input"),
    };
    SqlError::new("42601", message)
}

/// Reads one token after the other.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// What can be part of a name.
fn is_other(c: char) -> bool {
    !matches!(
        c,
        '?' | '%'
            | '$'
            | '.'
            | '['
            | ']'
            | '{'
            | '}'
            | '('
            | ')'
            | '|'
            | '&'
            | '!'
            | '='
            | '<'
            | '>'
            | '@'
            | '#'
            | ','
            | '*'
            | ':'
            | '-'
            | '+'
            | '/'
            | '\\'
            | '"'
    ) && !is_blank(c)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

const PAIRS: [&str; 8] = ["&&", "||", "**", "<=", "==", "<>", "!=", ">="];

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>, SqlError> {
        self.skip_blanks()?;
        let rest = self.rest();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return Ok(Token { kind: Kind::End, near: "" }) };
        let second = characters.next();
        match first {
            '"' => {
                self.at += 1;
                Ok(Token { kind: Kind::Quoted(self.quoted()?), near: "\"" })
            }
            '$' if second == Some('"') => {
                self.at += 2;
                Ok(Token { kind: Kind::Variable(self.quoted()?), near: "\"" })
            }
            '$' if second.is_some_and(is_other) => {
                let name = self.take_while(1, is_other);
                Ok(Token { kind: Kind::Variable(name[1..].to_owned()), near: name })
            }
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            first if first == '\\' || is_other(first) => self.name(),
            _ => {
                let length = if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { 1 };
                self.at += length;
                Ok(Token { kind: Kind::Symbol(&rest[..length]), near: &rest[..length] })
            }
        }
    }

    fn skip_blanks(&mut self) -> Result<(), SqlError> {
        loop {
            self.take_while(0, is_blank);
            let Some(comment) = self.rest().strip_prefix("/*") else { return Ok(()) };
            let Some(end) = comment.find("*/") else { return Err(error("unexpected end of comment", "")) };
            self.at += end + 4;
        }
    }

    /// Takes the characters behind the first ones as long as they are such.
    fn take_while(&mut self, first: usize, is_such: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest[first..].find(|c| !is_such(c)).map_or(rest.len(), |end| first + end);
        self.at += end;
        &rest[..end]
    }

    fn number(&mut self) -> Result<Token<'a>, SqlError> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let digits = |from: usize| {
            bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        // A number does not begin with a zero that another digit follows.
        let mut end = if bytes[0] == b'0' { 1 } else { digits(0) };
        let mut is_integer = true;
        if bytes.get(end) == Some(&b'.') {
            is_integer = false;
            end += 1 + digits(end + 1);
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                is_integer = false;
                end += 1 + sign + exponent;
            } else if sign > 0 {
                return Err(error("invalid numeric literal", &rest[..end + 2]));
            }
        }
        // The longest token is meant, which may be a name that begins with digits.
        let name = rest.find(|c| !is_other(c)).unwrap_or(rest.len());
        if name > end + 1 {
            return self.name();
        }
        if let Some(junk) = rest[end..].chars().next().filter(|c| is_other(*c)) {
            return Err(error("trailing junk after numeric literal", &rest[..end + junk.len_utf8()]));
        }
        self.at += end;
        let text = &rest[..end];
        let kind = if is_integer { Kind::Integer(text) } else { Kind::Number(text) };
        Ok(Token { kind, near: text })
    }

    fn name(&mut self) -> Result<Token<'a>, SqlError> {
        let mut name = String::new();
        loop {
            name.push_str(self.take_while(0, is_other));
            if !self.rest().starts_with('\\') {
                break;
            }
            self.escape(&mut name)?;
        }
        let rest = self.rest();
        let blanks = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
        Ok(Token { kind: Kind::Name(name), near: &rest[..blanks] })
    }

    /// What stands before the quote that ends it.
    fn quoted(&mut self) -> Result<String, SqlError> {
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(0, |c| !matches!(c, '"' | '\\')));
            match self.rest().bytes().next() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(_) => self.escape(&mut text)?,
                None => return Err(error("unexpected end of quoted string", "")),
            }
        }
    }

    /// Reads an escape sequence, of `\u` all that follow each other.
    fn escape(&mut self, out: &mut String) -> Result<(), SqlError> {
        let rest = self.rest();
        let Some(escaped) = rest[1..].chars().next().filter(|c| *c != '\n') else {
            return Err(error("unexpected end after backslash", "\\"));
        };
        self.at += 1 + escaped.len_utf8();
        match escaped {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            'x' => {
                let digits = rest[2..].bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                if digits < 2 {
                    return Err(error("invalid hex character sequence", &rest[..2 + digits]));
                }
                push(hexadecimal(&rest[2..4]), out)?;
                self.at += 2;
            }
            'u' => {
                self.at -= 2;
                self.unicode(out)?;
            }
            other => out.push(other),
        }
        Ok(())
    }

    fn unicode(&mut self, out: &mut String) -> Result<(), SqlError> {
        let run = self.rest();
        let invalid = |detail: &str| {
            SqlError::new("22P02", "invalid input syntax for type jsonpath").with_detail(detail)
        };
        const LONE: &str = "Unicode low surrogate must follow a high surrogate.";
        let mut high = None;
        while let Some(behind) = self.rest().strip_prefix("\\u") {
            let is_braced = behind.starts_with('{');
            let written = behind.strip_prefix('{').unwrap_or(behind);
            let most = if is_braced { 6 } else { 4 };
            let digits = written.bytes().take(most).take_while(u8::is_ascii_hexdigit).count();
            let is_whole =
                if is_braced { digits > 0 && written[digits..].starts_with('}') } else { digits == 4 };
            let taken = 2 + digits + usize::from(is_braced);
            if !is_whole {
                let end = run.len() - self.rest().len() + taken;
                return Err(error("invalid unicode sequence", &run[..end]));
            }
            self.at += taken + usize::from(is_braced);
            let unit = hexadecimal(&written[..digits]);
            match (unit, high.take()) {
                (0xD800..=0xDBFF, None) => high = Some((unit & 0x3FF) << 10),
                (0xD800..=0xDBFF, Some(_)) => {
                    return Err(invalid("Unicode high surrogate must not follow a high surrogate."));
                }
                (0xDC00..=0xDFFF, Some(high)) => push(0x10000 + high + (unit & 0x3FF), out)?,
                (0xDC00..=0xDFFF, None) | (_, Some(_)) => return Err(invalid(LONE)),
                (unit, None) => push(unit, out)?,
            }
        }
        if high.is_some() { Err(invalid(LONE)) } else { Ok(()) }
    }
}

fn hexadecimal(digits: &str) -> u32 {
    digits.chars().fold(0, |value, digit| value << 4 | digit.to_digit(16).unwrap_or(0))
}

fn push(scalar: u32, out: &mut String) -> Result<(), SqlError> {
    match char::from_u32(scalar) {
        Some('\0') => Err(SqlError::new("22P05", "unsupported Unicode escape sequence")
            .with_detail("\\u0000 cannot be converted to text.")),
        Some(character) => {
            out.push(character);
            Ok(())
        }
        None => Err(SqlError::new("42601", "invalid Unicode code point")),
    }
}
