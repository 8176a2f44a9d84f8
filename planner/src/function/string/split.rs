//! Texts cut into parts.

use datafusion::common::Result;

use crate::function::overload::{Definition, Kind, Rows, fail, overload};

use Kind::{Int4, Text, TextArray};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "split_part",
        overloads: &[overload(&[Text, Text, Int4], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                let (text, delimiter) = (rows.texts(0).value(row), rows.texts(1).value(row));
                out.push_str(split_part(text, delimiter, rows.ints(2).value(row))?);
                Ok(true)
            })
        })],
    },
    Definition {
        name: "string_to_array",
        overloads: &[overload(&[Text, Text, Text], 1, TextArray, |rows| {
            let mut out = arrow::array::ListBuilder::new(arrow::array::StringViewBuilder::new());
            let of = |index: usize, row: usize| {
                let texts = rows.has(index).then(|| rows.texts(index));
                texts.filter(|texts| arrow::array::Array::is_valid(texts, row)).map(|texts| texts.value(row))
            };
            for row in 0..rows.len() {
                let Some(text) = of(0, row) else {
                    out.append_null();
                    continue;
                };
                let (delimiter, null) = (of(1, row), of(2, row));
                let mut append =
                    |part: &str| out.values().append_option((Some(part) != null).then_some(part));
                match delimiter {
                    _ if text.is_empty() => {}
                    None => {
                        let mut buffer = [0; 4];
                        text.chars().for_each(|character| append(character.encode_utf8(&mut buffer)));
                    }
                    Some("") => append(text),
                    Some(delimiter) => text.split(delimiter).for_each(append),
                }
                out.append(true);
            }
            Ok(std::sync::Arc::new(out.finish()))
        })],
    },
    Definition {
        name: "starts_with",
        overloads: &[overload(&[Text, Text], 0, Kind::Bool, |rows: &Rows| {
            rows.to_flags(|row| Ok(rows.texts(0).value(row).starts_with(rows.texts(1).value(row))))
        })],
    },
];

/// The nth part, from the end where n is negative; empty where there is none.
fn split_part<'a>(text: &'a str, delimiter: &str, field: i32) -> Result<&'a str> {
    let nth = field.unsigned_abs() as usize;
    if nth == 0 {
        return fail("22023", "field position must not be zero");
    }
    if delimiter.is_empty() {
        return Ok(if nth == 1 { text } else { "" });
    }
    let part =
        if field > 0 { text.split(delimiter).nth(nth - 1) } else { text.rsplit(delimiter).nth(nth - 1) };
    Ok(part.unwrap_or_default())
}
