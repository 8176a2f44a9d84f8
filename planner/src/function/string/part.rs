//! Parts of texts and of bytes: lengths, positions, substrings, and what stands in their place.

use std::ops::Range;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use crate::function::overload::{Definition, Kind, Overload, Rows, fail, overload};

use Kind::{Bytea, Int4, Text};

/// The longest text that PostgreSQL makes.
const BYTES_MAX: usize = (1 << 30) - 1;

/// The overloads of a function that takes characters, or bytes, off the ends.
macro_rules! trims {
    ($left:literal, $right:literal) => {
        [
            overload(&[Text, Text], 1, Text, |rows| {
                rows.to_texts(|row, out| {
                    let mut text = rows.texts(0).value(row);
                    let set = rows.text_or(1, row, " ");
                    if $left {
                        text = text.trim_start_matches(|c| set.contains(c));
                    }
                    if $right {
                        text = text.trim_end_matches(|c| set.contains(c));
                    }
                    out.push_str(text);
                    Ok(true)
                })
            }),
            overload(&[Bytea, Bytea], 0, Bytea, |rows| {
                rows.to_bytes(|row, out| {
                    let (mut bytes, set) = (rows.bytes(0).value(row), rows.bytes(1).value(row));
                    while let ([first, rest @ ..], true) = (bytes, $left) {
                        if !set.contains(first) {
                            break;
                        }
                        bytes = rest;
                    }
                    while let ([rest @ .., last], true) = (bytes, $right) {
                        if !set.contains(last) {
                            break;
                        }
                        bytes = rest;
                    }
                    out.extend_from_slice(bytes);
                    Ok(())
                })
            }),
        ]
    };
}
pub(super) static DEFINITIONS: &[Definition] = &[
    Definition { name: "length", overloads: &[CHARACTERS, BYTES, ENCODED] },
    Definition { name: "char_length", overloads: &[CHARACTERS] },
    Definition { name: "character_length", overloads: &[CHARACTERS] },
    Definition {
        name: "octet_length",
        overloads: &[overload(&[Text], 0, Int4, |rows| length(rows, 1)), BYTES],
    },
    Definition {
        name: "bit_length",
        overloads: &[
            overload(&[Text], 0, Int4, |rows| length(rows, 8)),
            overload(&[Bytea], 0, Int4, |rows| length(rows, 8)),
        ],
    },
    // Without a third argument a pattern is what follows the text: see `regex`.
    Definition { name: "substr", overloads: &[SUBSTRING_TEXT, SUBSTRING_BYTES] },
    Definition {
        name: "substring",
        overloads: &[
            overload(&[Text, Text], 0, Text, crate::function::regex::substring),
            overload(&[Text, Text, Text], 0, Text, crate::function::regex::substring_similar),
            SUBSTRING_TEXT,
            SUBSTRING_BYTES,
        ],
    },
    Definition {
        name: "overlay",
        overloads: &[
            overload(&[Text, Text, Int4, Int4], 1, Text, |rows| {
                rows.to_texts(|row, out| {
                    let (text, new) = (rows.texts(0).value(row), rows.texts(1).value(row));
                    let (before, after) = replaced(rows, row, new.chars().count())?;
                    out.extend(text.chars().take(before));
                    out.push_str(new);
                    out.extend(text.chars().skip(after));
                    Ok(true)
                })
            }),
            overload(&[Bytea, Bytea, Int4, Int4], 1, Bytea, |rows| {
                rows.to_bytes(|row, out| {
                    let (bytes, new) = (rows.bytes(0).value(row), rows.bytes(1).value(row));
                    let (before, after) = replaced(rows, row, new.len())?;
                    out.extend(bytes.iter().take(before));
                    out.extend_from_slice(new);
                    out.extend(bytes.iter().skip(after));
                    Ok(())
                })
            }),
        ],
    },
    Definition { name: "strpos", overloads: &[POSITION_TEXT] },
    Definition {
        name: "position",
        overloads: &[
            POSITION_TEXT,
            overload(&[Bytea, Bytea], 0, Int4, |rows| {
                rows.to_ints(|row| {
                    let (bytes, part) = (rows.bytes(0).value(row), rows.bytes(1).value(row));
                    let found = match part.len() {
                        0 => Some(0),
                        length => bytes.windows(length).position(|window| window == part),
                    };
                    Ok(Some(found.map_or(0, |at| at as i32 + 1)))
                })
            }),
        ],
    },
    Definition {
        name: "repeat",
        overloads: &[overload(&[Text, Int4], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                let (text, count) = (rows.texts(0).value(row), rows.ints(1).value(row).max(0) as usize);
                if text.len().saturating_mul(count) > BYTES_MAX {
                    return fail("54000", "requested length too large");
                }
                (0..count).for_each(|_| out.push_str(text));
                Ok(true)
            })
        })],
    },
    Definition { name: "btrim", overloads: &trims!(true, true) },
    // What the engine looks for where the ends are not said.
    Definition { name: "trim", overloads: &trims!(true, true) },
    Definition { name: "ltrim", overloads: &trims!(true, false) },
    Definition { name: "rtrim", overloads: &trims!(false, true) },
];

const CHARACTERS: Overload = overload(&[Text], 0, Int4, |rows| {
    rows.to_ints(|row| {
        let text = rows.texts(0).value(row);
        Ok(Some(if text.is_ascii() { text.len() } else { text.chars().count() } as i32))
    })
});

const BYTES: Overload = overload(&[Bytea], 0, Int4, |rows| length(rows, 1));

/// In an encoding that the bytes are of.
const ENCODED: Overload = overload(&[Bytea, Text], 0, Int4, |rows| {
    rows.to_ints(|row| match std::str::from_utf8(rows.bytes(0).value(row)) {
        Ok(text) => Ok(Some(text.chars().count() as i32)),
        Err(_) => fail("22021", "invalid byte sequence for encoding \"UTF8\""),
    })
});

const POSITION_TEXT: Overload = overload(&[Text, Text], 0, Int4, |rows| {
    rows.to_ints(|row| {
        let (text, part) = (rows.texts(0).value(row), rows.texts(1).value(row));
        let found = text.find(part).map(|at| text[..at].chars().count() + 1);
        Ok(Some(found.unwrap_or(0) as i32))
    })
});

const SUBSTRING_TEXT: Overload = overload(&[Text, Int4, Int4], 1, Text, |rows| {
    rows.to_texts(|row, out| {
        let text = rows.texts(0).value(row);
        let Range { start, end } = part(rows, row)?;
        if text.is_ascii() {
            out.push_str(&text[start.min(text.len())..end.min(text.len())]);
        } else {
            out.extend(text.chars().skip(start).take(end - start));
        }
        Ok(true)
    })
});

const SUBSTRING_BYTES: Overload = overload(&[Bytea, Int4, Int4], 1, Bytea, |rows| {
    rows.to_bytes(|row, out| {
        let bytes = rows.bytes(0).value(row);
        let Range { start, end } = part(rows, row)?;
        out.extend_from_slice(&bytes[start.min(bytes.len())..end.min(bytes.len())]);
        Ok(())
    })
});

fn length(rows: &Rows, of_one: i32) -> Result<ArrayRef> {
    let bytes = |row: usize| match rows.array(0).data_type() {
        arrow::datatypes::DataType::BinaryView => rows.bytes(0).value(row).len(),
        _ => rows.texts(0).value(row).len(),
    };
    rows.to_ints(|row| Ok(Some(bytes(row) as i32 * of_one)))
}

/// What `substring(x, from, for)` takes, counted from 0: from may lie before the start, and then
/// takes of the count.
fn part(rows: &Rows, row: usize) -> Result<Range<usize>> {
    let from = i64::from(rows.ints(1).value(row)) - 1;
    let end = match rows.has(2).then(|| i64::from(rows.ints(2).value(row))) {
        None => i64::MAX,
        Some(count) if count < 0 => return fail("22011", "negative substring length not allowed"),
        Some(count) => from + count,
    };
    let start = from.max(0) as usize;
    Ok(start..(end.max(0) as usize).max(start))
}

/// How much `overlay` keeps of the front, and where it goes on.
fn replaced(rows: &Rows, row: usize, new: usize) -> Result<(usize, usize)> {
    let from = i64::from(rows.ints(2).value(row));
    let count = i64::from(rows.int_or(3, row, new as i32));
    if from <= 0 {
        return fail("22011", "negative substring length not allowed");
    }
    Ok((from as usize - 1, (from - 1 + count).max(0) as usize))
}
