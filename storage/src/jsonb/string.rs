//! Escapes of JSON strings, both ways.

use super::JsonError;
use super::scan::{RawString, find_special};

/// Appends what a JSON string stands for. `position` is where its text begins, for errors.
/// A zero character is refused: no text of PostgreSQL holds one.
pub fn unescape_into(raw: RawString<'_>, position: usize, out: &mut String) -> Result<(), JsonError> {
    let mut rest = raw.text;
    while let Some(backslash) = rest.find('\\') {
        out.push_str(&rest[..backslash]);
        let at = position + raw.text.len() - rest.len() + backslash;
        let (character, length) =
            escape(&rest.as_bytes()[backslash..]).map_err(|reason| JsonError { position: at, reason })?;
        out.push(character);
        rest = &rest[backslash + length..];
    }
    out.push_str(rest);
    Ok(())
}

/// The character that an escape sequence stands for, and the sequence's length.
fn escape(bytes: &[u8]) -> Result<(char, usize), &'static str> {
    const LONE: &str = "half of a surrogate pair";
    let simple = match bytes.get(1) {
        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        _ => {
            let first = code_unit(bytes).ok_or("unknown escape in a string")?;
            return match first {
                0 => Err("\\u0000 can't be stored as text"),
                0xD800..0xDC00 => {
                    let second =
                        bytes.get(6..).and_then(code_unit).filter(|unit| (0xDC00..0xE000).contains(unit));
                    let low = second.ok_or(LONE)? - 0xDC00;
                    let scalar = 0x10000 + ((first - 0xD800) << 10) + low;
                    Ok((char::from_u32(scalar).ok_or(LONE)?, 12))
                }
                _ => Ok((char::from_u32(first).ok_or(LONE)?, 6)),
            };
        }
    };
    Ok((simple, 2))
}

/// The value of `\uXXXX`.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Appends a text as a JSON string, with the escapes that PostgreSQL writes.
pub fn quote_into(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        let special = find_special(rest.as_bytes(), 0);
        out.push_str(&rest[..special]);
        let Some(&byte) = rest.as_bytes().get(special) else { break };
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                const HEX: [char; 16] =
                    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
                out.push_str("\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
        }
        rest = &rest[special + 1..];
    }
    out.push('"');
}
