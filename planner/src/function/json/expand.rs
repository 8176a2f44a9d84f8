//! Values taken apart: the arrays behind functions that give rows, and what tells about a value.
//!
//! Every function is there for `json` and for `jsonb`; only what the first gives is text as it was written.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use storage::jsonb::{self, JsonType};

use super::parts::{elements, key_into, members, type_of};
use crate::function::overload::{Definition, Kind, Rows, fail, overload};

use Kind::{Int4, Json, JsonArray, Jsonb, JsonbArray, Text, TextArray};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition { name: "json_typeof", overloads: &[overload(&[Json], 0, Text, type_name)] },
    Definition { name: "jsonb_typeof", overloads: &[overload(&[Jsonb], 0, Text, type_name)] },
    Definition { name: "json_array_length", overloads: &[overload(&[Json], 0, Int4, array_length)] },
    Definition { name: "jsonb_array_length", overloads: &[overload(&[Jsonb], 0, Int4, array_length)] },
    Definition {
        name: "json_array_elements_array",
        overloads: &[overload(&[Json], 0, JsonArray, |rows| all_elements(rows, JsonArray, false))],
    },
    Definition {
        name: "json_array_elements_text_array",
        overloads: &[overload(&[Json], 0, TextArray, |rows| all_elements(rows, TextArray, true))],
    },
    Definition {
        name: "jsonb_array_elements_array",
        overloads: &[overload(&[Jsonb], 0, JsonbArray, |rows| all_elements(rows, JsonbArray, false))],
    },
    Definition {
        name: "jsonb_array_elements_text_array",
        overloads: &[overload(&[Jsonb], 0, TextArray, |rows| all_elements(rows, TextArray, true))],
    },
    Definition {
        name: "json_each_keys",
        overloads: &[overload(&[Json], 0, TextArray, |rows| keys(rows, "json"))],
    },
    Definition {
        name: "jsonb_each_keys",
        overloads: &[overload(&[Jsonb], 0, TextArray, |rows| keys(rows, "jsonb"))],
    },
    Definition {
        name: "json_each_values",
        overloads: &[overload(&[Json], 0, JsonArray, |rows| values(rows, JsonArray, false))],
    },
    Definition {
        name: "json_each_texts",
        overloads: &[overload(&[Json], 0, TextArray, |rows| values(rows, TextArray, true))],
    },
    Definition {
        name: "jsonb_each_values",
        overloads: &[overload(&[Jsonb], 0, JsonbArray, |rows| values(rows, JsonbArray, false))],
    },
    Definition {
        name: "jsonb_each_texts",
        overloads: &[overload(&[Jsonb], 0, TextArray, |rows| values(rows, TextArray, true))],
    },
];

fn type_name(rows: &Rows) -> Result<ArrayRef> {
    rows.to_texts(|row, out| {
        out.push_str(type_of(rows.texts(0).value(row))?.name());
        Ok(true)
    })
}

fn array_length(rows: &Rows) -> Result<ArrayRef> {
    rows.to_ints(|row| {
        let value = rows.texts(0).value(row);
        match elements(value)? {
            Some(elements) => Ok(Some(elements.len() as i32)),
            None if type_of(value)? == JsonType::Object => {
                fail("22023", "cannot get array length of a non-array")
            }
            None => fail("22023", "cannot get array length of a scalar"),
        }
    })
}

/// A list a row, empty where an argument is null.
pub(super) fn lists(
    rows: &Rows,
    kind: Kind,
    mut append: impl FnMut(usize, &mut StringViewBuilder) -> Result<()>,
) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(StringViewBuilder::new());
    if let DataType::List(element) = kind.arrow(&DataType::Null) {
        out = out.with_field(element);
    }
    for row in 0..rows.len() {
        if rows.is_whole(row) {
            append(row, out.values())?;
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn append(value: &str, as_text: bool, out: &mut StringViewBuilder) {
    match as_text {
        true => out.append_option(jsonb::as_text(value)),
        false => out.append_value(value),
    }
}

fn all_elements(rows: &Rows, kind: Kind, as_text: bool) -> Result<ArrayRef> {
    lists(rows, kind, |row, out| match elements(rows.texts(0).value(row))? {
        Some(elements) => {
            elements.into_iter().for_each(|element| append(element, as_text, out));
            Ok(())
        }
        None if type_of(rows.texts(0).value(row))? == JsonType::Object => {
            fail("22023", "cannot extract elements from an object")
        }
        None => fail("22023", "cannot extract elements from a scalar"),
    })
}

fn keys(rows: &Rows, name: &str) -> Result<ArrayRef> {
    let mut key = String::new();
    lists(rows, TextArray, |row, out| {
        let value = rows.texts(0).value(row);
        let Some(members) = members(value)? else {
            let what = if type_of(value)? == JsonType::Array { "an array" } else { "a scalar" };
            return fail("22023", format!("cannot call {name}_object_keys on {what}"));
        };
        for (raw, _) in members {
            key.clear();
            key_into(raw, &mut key)?;
            out.append_value(&key);
        }
        Ok(())
    })
}

fn values(rows: &Rows, kind: Kind, as_text: bool) -> Result<ArrayRef> {
    lists(rows, kind, |row, out| match members(rows.texts(0).value(row))? {
        Some(members) => {
            members.into_iter().for_each(|(_, value)| append(value, as_text, out));
            Ok(())
        }
        None => fail("22023", "cannot deconstruct what is not an object"),
    })
}
