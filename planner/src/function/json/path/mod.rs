//! SQL/JSON paths: `jsonb_path_…`, `@?`, `@@` and the type `jsonpath`.
//!
//! | file | what |
//! |---|---|
//! | `lexer.rs`, `parser.rs`, `syntax.rs` | a path's text as a tree, of a bounded depth |
//! | `print.rs` | a tree as PostgreSQL writes it |
//! | `evaluate.rs` | from item to item |
//! | `predicate.rs`, `method.rs` | filters and comparisons, what is called of an item |
//! | `number.rs` | exact arithmetic |
//! | `layout.rs` | the numbers that `.keyvalue()` gives objects |
//!
//! A value is its canonical text, and an item as a rule a part of it: nothing is copied on the way. A path is
//! read once for all rows that have the same.
//!
//! <https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-PATH>

mod evaluate;
mod layout;
mod lexer;
mod method;
mod number;
mod parser;
mod predicate;
mod print;
mod syntax;
#[cfg(test)]
mod tests;

use arrow::array::ArrayRef;
use datafusion::common::{DataFusionError, Result};
use storage::jsonb::{JsonType, type_of};

use self::evaluate::{Evaluator, Fail, Items, Out};
use self::syntax::Path;
use super::expand::lists;
use crate::error::SqlError;
use crate::function::overload::{Definition, Kind, Rows, fail, overload};

use Kind::{Bool, Jsonb, JsonbArray, Jsonpath};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "jsonpath",
        overloads: &[overload(&[Jsonpath], 0, Jsonpath, |rows| {
            rows.to_texts(|row, out| {
                out.push_str(&print::print(&parser::parse(rows.texts(0).value(row))?));
                Ok(true)
            })
        })],
    },
    Definition {
        name: "jsonb_path_exists",
        overloads: &[overload(CALL, 2, Bool, |rows| exists(rows, Call::Function))],
    },
    Definition {
        name: "jsonb_path_exists_tz",
        overloads: &[overload(CALL, 2, Bool, |rows| exists(rows, Call::Function))],
    },
    Definition {
        name: "jsonb_path_match",
        overloads: &[overload(CALL, 2, Bool, |rows| matches(rows, Call::Function))],
    },
    Definition {
        name: "jsonb_path_match_tz",
        overloads: &[overload(CALL, 2, Bool, |rows| matches(rows, Call::Function))],
    },
    Definition { name: "jsonb_path_query_items", overloads: &[overload(CALL, 2, JsonbArray, query)] },
    Definition { name: "jsonb_path_query_array", overloads: &[overload(CALL, 2, Jsonb, array)] },
    Definition { name: "jsonb_path_query_array_tz", overloads: &[overload(CALL, 2, Jsonb, array)] },
    Definition { name: "jsonb_path_query_first", overloads: &[overload(CALL, 2, Jsonb, first)] },
    Definition { name: "jsonb_path_query_first_tz", overloads: &[overload(CALL, 2, Jsonb, first)] },
    // What operators call.
    Definition {
        name: "jsonb_path_exists_opr",
        overloads: &[overload(&[Jsonb, Jsonpath], 0, Bool, |rows| exists(rows, Call::Operator))],
    },
    Definition {
        name: "jsonb_path_match_opr",
        overloads: &[overload(&[Jsonb, Jsonpath], 0, Bool, |rows| matches(rows, Call::Operator))],
    },
];

/// Reads a path that a call has as a constant, so that what is wrong with it is told where there are no rows too.
pub(in crate::function) fn check(text: &str) -> Result<()> {
    Ok(parser::parse(text).map(drop)?)
}

/// A value, a path, variables, and whether errors are none.
const CALL: &[Kind] = &[Jsonb, Jsonpath, Jsonb, Bool];

/// Runs what calls itself by way of other calls, with a stack that grows.
fn deep<T>(run: impl FnOnce() -> T) -> T {
    const LEFT_MIN: usize = 64 << 10;
    const STEP: usize = 1 << 20;
    stacker::maybe_grow(LEFT_MIN, STEP, run)
}

/// Reads the paths of a column, of which there is as a rule one.
#[derive(Default)]
struct Reader<'t> {
    last: Option<(&'t str, Path)>,
}

impl<'t> Reader<'t> {
    fn path(&mut self, text: &'t str) -> Result<&Path> {
        let path = match self.last.take() {
            Some((last, path)) if last == text => path,
            _ => parser::parse(text)?,
        };
        Ok(&self.last.insert((text, path)).1)
    }
}

/// How a row's path is evaluated.
#[derive(Clone, Copy)]
enum Call {
    /// With variables, and silently where the arguments say so.
    Function,
    /// Without variables, and always silently.
    Operator,
}

impl Call {
    fn is_silent(self, rows: &Rows, row: usize) -> bool {
        matches!(self, Self::Operator) || rows.flag_or(3, row, false)
    }
}

/// Evaluates the path of a row. None where something is wrong that a silent call does not tell.
fn evaluate<'a>(
    rows: &'a Rows,
    row: usize,
    path: &'a Path,
    call: Call,
    out: &mut Out<'_, 'a>,
) -> Result<Option<bool>> {
    let is_silent = call.is_silent(rows, row);
    let variables = matches!(call, Call::Function).then(|| rows.text_or(2, row, "{}"));
    if variables.is_some_and(|variables| type_of(variables) != JsonType::Object) {
        let detail = "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.";
        let error = SqlError::new("22023", "\"vars\" argument is not an object");
        return Err(error.with_detail(detail).into());
    }
    let mut evaluator = Evaluator::new(path, rows.texts(0).value(row), variables, !is_silent);
    match evaluator.node(&path.node, out) {
        Ok(is_found) => Ok(Some(is_found)),
        Err(Fail::Hard(error)) => Err(*error),
        Err(Fail::Soft(_)) if is_silent => Ok(None),
        Err(Fail::Soft(error)) => Err(error.map_or_else(unheard, |error| (*error).into())),
    }
}

fn unheard() -> DataFusionError {
    SqlError::new("XX000", "an error of a path was not told").into()
}

fn exists(rows: &Rows, call: Call) -> Result<ArrayRef> {
    let mut reader = Reader::default();
    rows.to_flags_or_null(|row| {
        let path = reader.path(rows.texts(1).value(row))?;
        if !path.is_strict {
            return evaluate(rows, row, path, call, &mut Out::Any);
        }
        // Something may be wrong with what comes later.
        let mut items = Items::default();
        evaluate(rows, row, path, call, &mut Out::All(&mut items))
    })
}

fn matches(rows: &Rows, call: Call) -> Result<ArrayRef> {
    let mut reader = Reader::default();
    rows.to_flags_or_null(|row| {
        let path = reader.path(rows.texts(1).value(row))?;
        let mut items = Items::default();
        evaluate(rows, row, path, call, &mut Out::All(&mut items))?;
        match items.single().map(AsRef::as_ref) {
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some("null") => Ok(None),
            _ if call.is_silent(rows, row) => Ok(None),
            _ => fail("22038", "single boolean result is expected"),
        }
    })
}

fn query(rows: &Rows) -> Result<ArrayRef> {
    let mut reader = Reader::default();
    lists(rows, JsonbArray, |row, out| {
        let path = reader.path(rows.texts(1).value(row))?;
        let mut items = Items::default();
        evaluate(rows, row, path, Call::Function, &mut Out::All(&mut items))?;
        items.iter().for_each(|item| out.append_value(item));
        Ok(())
    })
}

fn array(rows: &Rows) -> Result<ArrayRef> {
    let mut reader = Reader::default();
    rows.to_texts(|row, out| {
        let path = reader.path(rows.texts(1).value(row))?;
        let mut items = Items::default();
        evaluate(rows, row, path, Call::Function, &mut Out::All(&mut items))?;
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            out.extend([if index == 0 { "" } else { ", " }, item]);
        }
        out.push(']');
        Ok(true)
    })
}

fn first(rows: &Rows) -> Result<ArrayRef> {
    let mut reader = Reader::default();
    rows.to_texts(|row, out| {
        let path = reader.path(rows.texts(1).value(row))?;
        let mut items = Items::default();
        evaluate(rows, row, path, Call::Function, &mut Out::All(&mut items))?;
        let first = items.first();
        first.into_iter().for_each(|first| out.push_str(first));
        Ok(first.is_some())
    })
}
