//! Bytes as text and back: `encode` and `decode`, `convert_to` and `convert_from`.
//!
//! <https://www.postgresql.org/docs/15/functions-binarystring.html#FUNCTIONS-BINARYSTRING-CONVERSIONS>

use std::fmt::Write;

use datafusion::common::Result;

use super::cast::bytes;
use super::overload::{Definition, Kind, fail, overload};

use Kind::{Bytea, Text};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "encode",
        overloads: &[overload(&[Bytea, Text], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                let bytes = rows.bytes(0).value(row);
                match Format::of(rows.texts(1).value(row))? {
                    Format::Hex => hex_into(bytes, out),
                    Format::Base64 => base64_into(bytes, out),
                    Format::Escape => escape_into(bytes, out),
                }
                Ok(true)
            })
        })],
    },
    Definition {
        name: "decode",
        overloads: &[overload(&[Text, Text], 0, Bytea, |rows| {
            rows.to_bytes(|row, out| {
                let text = rows.texts(0).value(row);
                match Format::of(rows.texts(1).value(row))? {
                    Format::Hex => hex_from(text, out),
                    Format::Base64 => base64_from(text, out),
                    Format::Escape => {
                        // A text that begins like hexadecimal digits is no exception here.
                        let escaped =
                            if text.starts_with("\\x") { format!("\\{text}") } else { text.to_owned() };
                        out.extend_from_slice(&bytes(&escaped)?);
                        Ok(())
                    }
                }
            })
        })],
    },
    Definition {
        name: "convert_from",
        overloads: &[overload(&[Bytea, Text], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                let bytes = rows.bytes(0).value(row);
                match Charset::of(rows.texts(1).value(row))? {
                    Charset::Utf8 => match std::str::from_utf8(bytes) {
                        Ok(text) => out.push_str(text),
                        Err(error) => {
                            let at = error.valid_up_to();
                            let length = error.error_len().unwrap_or(bytes.len() - at);
                            let mut hex = String::new();
                            for byte in &bytes[at..at + length] {
                                let _ = write!(hex, " 0x{byte:02x}");
                            }
                            return fail(
                                "22021",
                                format!("invalid byte sequence for encoding \"UTF8\":{hex}"),
                            );
                        }
                    },
                    Charset::Latin1 => out.extend(bytes.iter().map(|byte| char::from(*byte))),
                }
                Ok(true)
            })
        })],
    },
    Definition {
        name: "convert_to",
        overloads: &[overload(&[Text, Text], 0, Bytea, |rows| {
            rows.to_bytes(|row, out| {
                let text = rows.texts(0).value(row);
                match Charset::of(rows.texts(1).value(row))? {
                    Charset::Utf8 => out.extend_from_slice(text.as_bytes()),
                    Charset::Latin1 => {
                        for character in text.chars() {
                            match u8::try_from(u32::from(character)) {
                                Ok(byte) => out.push(byte),
                                Err(_) => {
                                    let mut bytes = String::new();
                                    for byte in character.to_string().bytes() {
                                        let _ = write!(bytes, " 0x{byte:02x}");
                                    }
                                    let message = format!(
                                        "character with byte sequence{bytes} in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\""
                                    );
                                    return fail("22P05", message);
                                }
                            }
                        }
                    }
                }
                Ok(())
            })
        })],
    },
];

enum Format {
    Hex,
    Base64,
    Escape,
}

impl Format {
    fn of(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "hex" => Self::Hex,
            "base64" => Self::Base64,
            "escape" => Self::Escape,
            _ => return fail("22023", format!("unrecognized encoding: \"{name}\"")),
        })
    }
}

/// The character sets that are converted. PostgreSQL has many more.
enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    fn of(name: &str) -> Result<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        Ok(match plain.to_ascii_lowercase().as_str() {
            "utf8" | "unicode" => Self::Utf8,
            "latin1" | "iso88591" => Self::Latin1,
            _ => return fail("22023", format!("invalid source encoding name \"{name}\"")),
        })
    }
}

/// Appends two digits a byte.
pub(super) fn hex_into(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

fn hex_from(text: &str, out: &mut Vec<u8>) -> Result<()> {
    let mut high = None;
    for character in text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')) {
        let Some(digit) = character.to_digit(16) else {
            return fail("22023", format!("invalid hexadecimal digit: \"{character}\""));
        };
        match high.take() {
            None => high = Some(digit as u8),
            Some(high) => out.push(high << 4 | digit as u8),
        }
    }
    match high {
        None => Ok(()),
        Some(_) => fail("22023", "invalid hexadecimal data: odd number of digits"),
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// A line of MIME's.
const BASE64_LINE: usize = 76;

fn base64_into(bytes: &[u8], out: &mut String) {
    let mut in_line = 0;
    for group in bytes.chunks(3) {
        if in_line == BASE64_LINE {
            out.push('\n');
            in_line = 0;
        }
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= group.len() { char::from(digit) } else { '=' });
        }
        in_line += 4;
    }
}

fn base64_from(text: &str, out: &mut Vec<u8>) -> Result<()> {
    const INCOMPLETE: &str = "invalid base64 end sequence";
    let (mut bits, mut count, mut padding) = (0_u32, 0, 0);
    for character in text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')) {
        let digit = match character {
            '=' if padding > 0 || count >= 2 => {
                padding += 1;
                0
            }
            '=' => return fail("22023", "unexpected \"=\" while decoding base64 sequence"),
            _ => match BASE64.iter().position(|known| char::from(*known) == character) {
                Some(digit) => digit as u32,
                None => {
                    let message =
                        format!("invalid symbol \"{character}\" found while decoding base64 sequence");
                    return fail("22023", message);
                }
            },
        };
        bits = bits << 6 | digit;
        count += 1;
        if count == 4 {
            let group = bits.to_be_bytes();
            match 3_usize.checked_sub(padding) {
                Some(length @ 1..) => out.extend_from_slice(&group[1..=length]),
                _ => return fail("22023", INCOMPLETE),
            }
            (bits, count) = (0, 0);
        }
    }
    if count == 0 {
        return Ok(());
    }
    let error = crate::error::SqlError::new("22023", INCOMPLETE)
        .with_hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
    Err(error.into())
}

/// Zero and what is not ASCII as `\ooo`, a backslash as two.
fn escape_into(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            0 | 128.. => {
                let _ = write!(out, "\\{byte:03o}");
            }
            b'\\' => out.push_str("\\\\"),
            byte => out.push(char::from(*byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_there_and_back() {
        for (bytes, text) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            let (mut encoded, mut decoded) = (String::new(), Vec::new());
            base64_into(bytes.as_bytes(), &mut encoded);
            assert_eq!(encoded, text);
            base64_from(text, &mut decoded).unwrap();
            assert_eq!(decoded, bytes.as_bytes());
        }
        for wrong in ["Y", "YQ", "YQ=", "=", "Y$==", "YQ==="] {
            assert!(base64_from(wrong, &mut Vec::new()).is_err(), "{wrong}");
        }
    }
}
