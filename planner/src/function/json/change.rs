//! Changed copies of values. Keys come in any order into them; the canonical form puts them right.

use arrow::array::{Array, AsArray};
use datafusion::common::Result;
use storage::jsonb::{JsonType, canonicalize, quote_into};

use super::parts::{Member, elements, invalid, is_key, key_into, members, type_of};
use crate::function::overload::{Definition, Kind, Overload, Rows, fail, overload};

use Kind::{Bool, Int4, Json, Jsonb, Text, TextArray};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "jsonb_concat",
        overloads: &[overload(&[Jsonb, Jsonb], 0, Jsonb, |rows| {
            rows.to_texts(|row, out| {
                concat(rows.texts(0).value(row), rows.texts(1).value(row), out).map(|()| true)
            })
        })],
    },
    Definition { name: "jsonb_delete", overloads: &[DELETE_KEY, DELETE_INDEX, DELETE_KEYS] },
    Definition {
        name: "jsonb_delete_path",
        overloads: &[overload(&[Jsonb, TextArray], 0, Jsonb, |rows| {
            rows.to_texts(|row, out| change(rows, row, Change::Delete, out))
        })],
    },
    Definition {
        name: "jsonb_set",
        overloads: &[overload(&[Jsonb, TextArray, Jsonb, Bool], 1, Jsonb, |rows| {
            rows.to_texts(|row, out| {
                let value = rows.texts(2).value(row);
                change(rows, row, Change::Set { value, create: rows.flag_or(3, row, true) }, out)
            })
        })],
    },
    Definition {
        name: "jsonb_insert",
        overloads: &[overload(&[Jsonb, TextArray, Jsonb, Bool], 1, Jsonb, |rows| {
            rows.to_texts(|row, out| {
                let value = rows.texts(2).value(row);
                change(rows, row, Change::Insert { value, after: rows.flag_or(3, row, false) }, out)
            })
        })],
    },
    Definition {
        name: "jsonb_strip_nulls",
        overloads: &[overload(&[Jsonb], 0, Jsonb, |rows| {
            rows.to_texts(|row, out| strip_nulls(rows.texts(0).value(row), JSONB, out).map(|()| true))
        })],
    },
    Definition {
        name: "json_strip_nulls",
        overloads: &[overload(&[Json], 0, Json, |rows| {
            rows.to_texts(|row, out| strip_nulls(rows.texts(0).value(row), JSON, out).map(|()| true))
        })],
    },
];

/// What stands between elements, and between key and value.
type Signs = (&'static str, &'static str);

const JSONB: Signs = (", ", ": ");
const JSON: Signs = (",", ":");

fn concat(left: &str, right: &str, out: &mut String) -> Result<()> {
    if let (Some(left), Some(right)) = (members(left)?, members(right)?) {
        let mut joined = String::new();
        write_object(left.iter().chain(&right).map(|(key, value)| (key.text, *value)), &mut joined);
        out.push_str(&canonicalize(&joined).map_err(invalid)?);
        return Ok(());
    }
    // What is no array counts as one of itself alone.
    let (left, right) = (elements(left)?.unwrap_or(vec![left]), elements(right)?.unwrap_or(vec![right]));
    write_array(left.iter().chain(&right).copied(), out);
    Ok(())
}

fn write_array<'a>(elements: impl Iterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (index, element) in elements.enumerate() {
        out.push_str(if index == 0 { "" } else { JSONB.0 });
        out.push_str(element);
    }
    out.push(']');
}

/// Keys as they are written between quotes.
fn write_object<'a>(members: impl Iterator<Item = (&'a str, &'a str)>, out: &mut String) {
    out.push('{');
    for (index, (key, value)) in members.enumerate() {
        out.push_str(if index == 0 { "" } else { JSONB.0 });
        out.extend(["\"", key, "\"", JSONB.1, value]);
    }
    out.push('}');
}

const DELETE_KEY: Overload = overload(&[Jsonb, Text], 0, Jsonb, |rows| {
    rows.to_texts(|row, out| {
        let key = rows.texts(1).value(row);
        delete(rows.texts(0).value(row), |other| Ok(other == key), out).map(|()| true)
    })
});

const DELETE_KEYS: Overload = overload(&[Jsonb, TextArray], 0, Jsonb, |rows| {
    rows.to_texts(|row, out| {
        let keys = rows.lists(1).value(row);
        let keys = keys.as_string_view();
        delete(rows.texts(0).value(row), |other| Ok(keys.iter().flatten().any(|key| key == other)), out)
            .map(|()| true)
    })
});

const DELETE_INDEX: Overload = overload(&[Jsonb, Int4], 0, Jsonb, |rows| {
    rows.to_texts(|row, out| {
        let (value, index) = (rows.texts(0).value(row), rows.ints(1).value(row));
        match elements(value)? {
            Some(mut elements) => {
                let index = if index < 0 { i64::from(index) + elements.len() as i64 } else { index.into() };
                if let Ok(index) = usize::try_from(index)
                    && index < elements.len()
                {
                    elements.remove(index);
                }
                write_array(elements.into_iter(), out);
                Ok(true)
            }
            None if type_of(value)? == JsonType::Object => {
                fail("22023", "cannot delete from object using integer index")
            }
            None => fail("22023", "cannot delete from scalar"),
        }
    })
});

fn delete(value: &str, mut goes: impl FnMut(&str) -> Result<bool>, out: &mut String) -> Result<()> {
    let mut text = String::new();
    if let Some(members) = members(value)? {
        let mut kept = Vec::with_capacity(members.len());
        for (key, value) in members {
            text.clear();
            key_into(key, &mut text)?;
            if !goes(&text)? {
                kept.push((key.text, value));
            }
        }
        write_object(kept.into_iter(), out);
        return Ok(());
    }
    let Some(elements) = elements(value)? else { return fail("22023", "cannot delete from scalar") };
    let mut kept = Vec::with_capacity(elements.len());
    for element in elements {
        let string =
            (type_of(element)? == JsonType::String).then(|| storage::jsonb::as_text(element)).flatten();
        if string.is_none_or(|string| !goes(&string).unwrap_or(false)) {
            kept.push(element);
        }
    }
    write_array(kept.into_iter(), out);
    Ok(())
}

/// What is done at the end of a path.
#[derive(Clone, Copy)]
enum Change<'a> {
    Delete,
    Set { value: &'a str, create: bool },
    Insert { value: &'a str, after: bool },
}

fn change(rows: &Rows, row: usize, change: Change<'_>, out: &mut String) -> Result<bool> {
    let value = rows.texts(0).value(row);
    let path = rows.lists(1).value(row);
    let path = path.as_string_view();
    if let Some(null) = (0..path.len()).find(|step| path.is_null(*step)) {
        return fail("22004", format!("path element at position {} is null", null + 1));
    }
    if !matches!(type_of(value)?, JsonType::Object | JsonType::Array) {
        return match change {
            Change::Delete => fail("22023", "cannot delete path in scalar"),
            _ => fail("22023", "cannot set path in scalar"),
        };
    }
    let path: Vec<&str> = path.iter().flatten().collect();
    if path.is_empty() {
        out.push_str(value);
        return Ok(true);
    }
    let mut changed = String::new();
    at_path(value, &path, 1, change, &mut changed)?;
    out.push_str(&canonicalize(&changed).map_err(invalid)?);
    Ok(true)
}

fn at_path(value: &str, path: &[&str], position: usize, change: Change<'_>, out: &mut String) -> Result<()> {
    let Some((step, rest)) = path.split_first() else {
        out.push_str(value);
        return Ok(());
    };
    if let Some(members) = members(value)? {
        return in_object(&members, step, rest, position, change, out);
    }
    let Some(elements) = elements(value)? else {
        out.push_str(value);
        return Ok(());
    };
    let Ok(index) = step.trim().parse::<i32>() else {
        return fail("22P02", format!("path element at position {position} is not an integer: \"{step}\""));
    };
    let length = elements.len() as i64;
    let index = if index < 0 { i64::from(index) + length } else { index.into() };
    let found = usize::try_from(index).ok().filter(|index| *index < elements.len());
    let mut parts: Vec<std::borrow::Cow<'_, str>> = elements.into_iter().map(Into::into).collect();
    match (found, change, rest) {
        (Some(index), Change::Delete, []) => {
            parts.remove(index);
        }
        (Some(index), Change::Set { value, .. }, []) => parts[index] = value.into(),
        (Some(index), Change::Insert { value, after }, []) => {
            parts.insert(index + usize::from(after), value.into());
        }
        (Some(index), ..) => {
            let mut inner = String::new();
            at_path(&parts[index], rest, position + 1, change, &mut inner)?;
            parts[index] = inner.into();
        }
        // Beyond either end.
        (None, Change::Set { value, create: true } | Change::Insert { value, .. }, []) => {
            parts.insert(if index < 0 { 0 } else { parts.len() }, value.into());
        }
        _ => {}
    }
    write_array(parts.iter().map(AsRef::as_ref), out);
    Ok(())
}

fn in_object(
    members: &[Member<'_>],
    step: &str,
    rest: &[&str],
    position: usize,
    change: Change<'_>,
    out: &mut String,
) -> Result<()> {
    let mut found = None;
    for (index, (key, _)) in members.iter().enumerate() {
        if is_key(*key, step)? {
            found = Some(index);
        }
    }
    let mut inner = String::new();
    let mut quoted = String::new();
    let mut parts: Vec<(&str, &str)> = members.iter().map(|(key, value)| (key.text, *value)).collect();
    match (found, change, rest) {
        (Some(index), Change::Delete, []) => {
            parts.remove(index);
        }
        (Some(index), Change::Set { value, .. }, []) => parts[index].1 = value,
        (Some(_), Change::Insert { .. }, []) => return fail("22023", "cannot replace existing key"),
        (Some(index), ..) => {
            at_path(parts[index].1, rest, position + 1, change, &mut inner)?;
            parts[index].1 = &inner;
        }
        (None, Change::Set { value, create: true } | Change::Insert { value, .. }, []) => {
            quote_into(step, &mut quoted);
            parts.push((&quoted[1..quoted.len() - 1], value));
        }
        _ => {}
    }
    write_object(parts.into_iter(), out);
    Ok(())
}

/// Without the members of objects that are null.
fn strip_nulls(value: &str, signs: Signs, out: &mut String) -> Result<()> {
    if let Some(members) = members(value)? {
        out.push('{');
        let kept = members.iter().filter(|(_, value)| *value != "null");
        for (index, (key, value)) in kept.enumerate() {
            out.push_str(if index == 0 { "" } else { signs.0 });
            out.extend(["\"", key.text, "\"", signs.1]);
            strip_nulls(value, signs, out)?;
        }
        out.push('}');
    } else if let Some(elements) = elements(value)? {
        out.push('[');
        for (index, element) in elements.into_iter().enumerate() {
            out.push_str(if index == 0 { "" } else { signs.0 });
            strip_nulls(element, signs, out)?;
        }
        out.push(']');
    } else {
        out.push_str(value.trim());
    }
    Ok(())
}
