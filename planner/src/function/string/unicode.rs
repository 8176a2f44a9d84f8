//! Characters and their numbers, escapes and normal forms.

use datafusion::common::Result;
use unicode_normalization::UnicodeNormalization;

use crate::function::overload::{Definition, Kind, fail, overload};

use Kind::{Bool, Int4, Int8, Text};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "chr",
        overloads: &[overload(&[Int4], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                out.push(match rows.ints(0).value(row) {
                    0 => return fail("54000", "null character not permitted"),
                    ..0 => return fail("22023", "character number must be positive"),
                    number @ 1.. => match char::from_u32(number as u32) {
                        Some(character) => character,
                        None if number < 0x11_0000 => {
                            return fail(
                                "54000",
                                format!("requested character not valid for encoding: {number}"),
                            );
                        }
                        None => {
                            let message = format!("requested character too large for encoding: {number}");
                            return fail("54000", message);
                        }
                    },
                });
                Ok(true)
            })
        })],
    },
    Definition {
        name: "to_hex",
        overloads: &[
            overload(&[Int4], 0, Text, |rows| {
                rows.to_texts(|row, out| {
                    out.push_str(&format!("{:x}", rows.ints(0).value(row)));
                    Ok(true)
                })
            }),
            overload(&[Int8], 0, Text, |rows| {
                rows.to_texts(|row, out| {
                    out.push_str(&format!("{:x}", rows.longs(0).value(row)));
                    Ok(true)
                })
            }),
        ],
    },
    Definition {
        name: "unistr",
        overloads: &[overload(&[Text], 0, Text, |rows| {
            rows.to_texts(|row, out| unistr(rows.texts(0).value(row), out).map(|()| true))
        })],
    },
    Definition {
        name: "normalize",
        overloads: &[overload(&[Text, Text], 1, Text, |rows| {
            rows.to_texts(|row, out| {
                normalize(rows.texts(0).value(row), rows.text_or(1, row, "NFC"), out).map(|()| true)
            })
        })],
    },
    Definition {
        name: "is_normalized",
        overloads: &[overload(&[Text, Text], 1, Bool, |rows| {
            let mut normal = String::new();
            rows.to_flags(|row| {
                let text = rows.texts(0).value(row);
                normal.clear();
                normalize(text, rows.text_or(1, row, "NFC"), &mut normal)?;
                Ok(normal == text)
            })
        })],
    },
];

fn normalize(text: &str, form: &str, out: &mut String) -> Result<()> {
    match form.to_ascii_uppercase().as_str() {
        "NFC" => out.extend(text.nfc()),
        "NFD" => out.extend(text.nfd()),
        "NFKC" => out.extend(text.nfkc()),
        "NFKD" => out.extend(text.nfkd()),
        _ => return fail("22023", format!("invalid normalization form: {form}")),
    }
    Ok(())
}

/// `\XXXX`, `\uXXXX`, `\+XXXXXX` and `\UXXXXXXXX`, and pairs of surrogates in any of them.
fn unistr(text: &str, out: &mut String) -> Result<()> {
    const INVALID: &str = "invalid Unicode escape";
    let mut rest = text;
    let mut high: Option<u32> = None;
    while let Some(character) = rest.chars().next() {
        let escape = (character == '\\').then(|| &rest[1..]);
        let Some(escape) = escape.filter(|escape| !escape.starts_with('\\')) else {
            if high.is_some() {
                return fail("42601", "invalid Unicode surrogate pair");
            }
            out.push(character);
            rest = &rest[character.len_utf8() * if character == '\\' { 2 } else { 1 }..];
            continue;
        };
        let (skipped, length) = match escape.bytes().next() {
            Some(b'u') => (1, 4),
            Some(b'U') => (1, 8),
            Some(b'+') => (1, 6),
            _ => (0, 4),
        };
        let digits = escape.get(skipped..skipped + length);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(number) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            let error = crate::error::SqlError::new("42601", INVALID)
                .with_hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
            return Err(error.into());
        };
        rest = &escape[skipped + length..];
        let number = match (high.take(), number) {
            (None, 0xD800..=0xDBFF) => {
                high = Some(number);
                continue;
            }
            (Some(high), 0xDC00..=0xDFFF) => 0x1_0000 + ((high & 0x3FF) << 10) + (number & 0x3FF),
            (Some(_), _) | (None, 0xDC00..=0xDFFF) => return fail("42601", "invalid Unicode surrogate pair"),
            (None, number) => number,
        };
        match char::from_u32(number).filter(|character| *character != '\0') {
            Some(character) => out.push(character),
            None => return fail("22023", format!("invalid Unicode code point: {number:04X}")),
        }
    }
    if high.is_some() { fail("42601", "invalid Unicode surrogate pair") } else { Ok(()) }
}
