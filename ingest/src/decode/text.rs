//! Strings of a message as `varchar(n)`, `character(n)`, `boolean`, `uuid` and `bytea`.

use storage::schema::ColumnType;

use super::error::Problem;
use super::row::{Span, TextRef, Value};

/// A text in a text column. As in PostgreSQL, spaces beyond the length of a `varchar` or a `character` are
/// cut off, and anything else there is an error; all at the end of a `character` are no part of it.
pub(super) fn fit(column_type: ColumnType, text: &str, reference: TextRef) -> Result<Value, Problem> {
    let (ColumnType::Varchar { length } | ColumnType::Character { length }) = column_type else {
        return Ok(Value::Text(reference));
    };
    let beyond = text.char_indices().nth(length as usize).map_or(text.len(), |(end, _)| end);
    if text.as_bytes()[beyond..].iter().any(|byte| *byte != b' ') {
        return Err(Problem::TooLong);
    }
    let end = match column_type {
        ColumnType::Character { .. } => text.trim_end_matches(' ').len(),
        _ => beyond,
    };
    if end == text.len() {
        return Ok(Value::Text(reference));
    }
    let cut = |span: Span| Span::from(span.range().start..span.range().start + end);
    Ok(Value::Text(match reference {
        TextRef::Message(span) => TextRef::Message(cut(span)),
        TextRef::Scratch(span) => TextRef::Scratch(cut(span)),
    }))
}

/// The words that PostgreSQL takes for a boolean, in any case.
pub(super) fn boolean(text: &str) -> Result<bool, Problem> {
    let text = text.trim_ascii();
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if ["true", "t", "yes", "y", "on", "1"].iter().any(is) {
        Ok(true)
    } else if ["false", "f", "no", "n", "off", "0"].iter().any(is) {
        Ok(false)
    } else {
        Err(Problem::Mismatch)
    }
}

/// 32 hexadecimal digits in any case, with a hyphen after any group of four, in braces or not.
pub(super) fn uuid(text: &str) -> Result<u128, Problem> {
    let digits = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let (mut value, mut count) = (0_u128, 0);
    let mut hyphen = false;
    for byte in digits.bytes() {
        if byte == b'-' {
            if hyphen || count == 0 || count == 32 || count % 4 != 0 {
                return Err(Problem::Mismatch);
            }
            hyphen = true;
            continue;
        }
        let digit = hex(byte)?;
        if count == 32 {
            return Err(Problem::Mismatch);
        }
        (value, count, hyphen) = (value << 4 | u128::from(digit), count + 1, false);
    }
    if count == 32 { Ok(value) } else { Err(Problem::Mismatch) }
}

/// The canonical text of a uuid: lower case, in groups of 8, 4, 4, 4 and 12.
pub(crate) fn format_uuid(value: u128) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut at = 0;
    for nibble in 0..32 {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text[at] = DIGITS[(value >> (124 - 4 * nibble)) as usize & 15];
        at += 1;
    }
    text
}

/// Appends the bytes that a string stands for: hexadecimal after `\x`, else base64, whose
/// alphabet has no backslash.
pub(super) fn bytea(text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    match text.strip_prefix("\\x") {
        Some(digits) => hexadecimal(digits.as_bytes(), out),
        None => base64(text.as_bytes(), out),
    }
}

fn hexadecimal(digits: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Problem::Mismatch);
    }
    for [high, low] in pairs {
        out.push(hex(*high)? << 4 | hex(*low)?);
    }
    Ok(())
}

/// RFC 4648, with the standard alphabet or the one for URLs; padding may be left out.
fn base64(text: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let unpadded = match text {
        [rest @ .., b'=', b'='] | [rest @ .., b'='] if text.len().is_multiple_of(4) => rest,
        _ => text,
    };
    if unpadded.len() % 4 == 1 {
        return Err(Problem::Mismatch);
    }
    for group in unpadded.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return Err(Problem::Mismatch),
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - group.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Ok(())
}

fn hex(byte: u8) -> Result<u8, Problem> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(Problem::Mismatch),
    }
}
