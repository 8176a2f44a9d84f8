//! Pattern matching: `~` and its kin, `SIMILAR TO`, the `regexp_…` functions.
//!
//! | file | what |
//! |---|---|
//! | `syntax.rs` | PostgreSQL's expressions in the regex crate's syntax |
//! | `similar.rs` | the standard's patterns as such expressions |
//! | `pattern.rs` | compiled expressions, and where matches end |
//!
//! <https://www.postgresql.org/docs/15/functions-matching.html>

mod operators;
mod pattern;
mod similar;
mod syntax;

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringViewBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

pub(super) use operators::Operators;
pub(super) use pattern::Pattern;
use pattern::{Compiler, Matcher};
pub(super) use syntax::Options;

use super::overload::{Definition, Kind, Overload, Rows, fail, overload};

use Kind::{Bool, Int4, Text, TextArray};

/// What `regexp_matches` gives: see [`all_matches`].
const ALL_MATCHES: &str = "regexp_matches_array";

/// The functions.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    DEFINITIONS.iter().map(Definition::function)
}

static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "textregexeq",
        overloads: &[overload(&[Text, Text], 0, Bool, |rows| test(rows, false, true))],
    },
    Definition {
        name: "texticregexeq",
        overloads: &[overload(&[Text, Text], 0, Bool, |rows| test(rows, true, true))],
    },
    Definition {
        name: "textregexne",
        overloads: &[overload(&[Text, Text], 0, Bool, |rows| test(rows, false, false))],
    },
    Definition {
        name: "texticregexne",
        overloads: &[overload(&[Text, Text], 0, Bool, |rows| test(rows, true, false))],
    },
    Definition {
        name: "similar_to_escape",
        overloads: &[overload(&[Text, Text], 1, Text, |rows| {
            rows.to_texts(|row, out| {
                let (pattern, escape) = (rows.texts(0).value(row), rows.text_or(1, row, "\\"));
                out.push_str(&similar::translate(pattern, escape)?);
                Ok(true)
            })
        })],
    },
    Definition {
        name: "regexp_match",
        overloads: &[overload(&[Text, Text, Text], 1, TextArray, first_match)],
    },
    Definition {
        name: ALL_MATCHES,
        overloads: &[overload(&[Text, Text, Text], 1, Kind::TextArrays, all_matches)],
    },
    Definition { name: "regexp_replace", overloads: &[REPLACE, REPLACE_FROM] },
    Definition {
        name: "regexp_split_to_array",
        overloads: &[overload(&[Text, Text, Text], 1, TextArray, split)],
    },
    Definition {
        name: "regexp_count",
        overloads: &[overload(&[Text, Text, Int4, Text], 2, Int4, |rows| {
            let mut compiler = Compiler::default();
            rows.to_ints(|row| {
                let text = rows.texts(0).value(row);
                let from = start(text, rows.int_or(2, row, 1))?;
                let flags = options(rows.text_or(3, row, ""), "regexp_count()")?;
                let matcher = compiled(&mut compiler, rows, row, flags)?;
                let mut count = 0;
                matcher.each(text, from, |_, _| {
                    count += 1;
                    true
                });
                Ok(Some(count))
            })
        })],
    },
    Definition {
        name: "regexp_like",
        overloads: &[overload(&[Text, Text, Text], 1, Bool, |rows| {
            let mut compiler = Compiler::default();
            rows.to_flags(|row| {
                let flags = options(rows.text_or(2, row, ""), "regexp_like()")?;
                let matcher = compiled(&mut compiler, rows, row, flags)?;
                Ok(matcher.pattern().matches(rows.texts(0).value(row)))
            })
        })],
    },
    Definition {
        name: "regexp_substr",
        overloads: &[overload(&[Text, Text, Int4, Int4, Text, Int4], 4, Text, |rows| {
            let mut compiler = Compiler::default();
            rows.to_texts(|row, out| {
                let text = rows.texts(0).value(row);
                let from = start(text, rows.int_or(2, row, 1))?;
                let flags = options(rows.text_or(4, row, ""), "regexp_substr()")?;
                let group = natural(rows.int_or(5, row, 0), "subexpr", 0)?;
                let nth = natural(rows.int_or(3, row, 1), "n", 1)?;
                let matcher = compiled(&mut compiler, rows, row, flags)?;
                let found = nth_match(matcher, text, from, nth, group);
                found.clone().into_iter().for_each(|found| out.push_str(&text[found]));
                Ok(found.is_some())
            })
        })],
    },
    Definition {
        name: "regexp_instr",
        overloads: &[overload(&[Text, Text, Int4, Int4, Int4, Text, Int4], 5, Int4, |rows| {
            let mut compiler = Compiler::default();
            rows.to_ints(|row| {
                let text = rows.texts(0).value(row);
                let from = start(text, rows.int_or(2, row, 1))?;
                let nth = natural(rows.int_or(3, row, 1), "n", 1)?;
                let end_option = natural(rows.int_or(4, row, 0), "endoption", 0)?;
                if end_option > 1 {
                    return fail("22023", format!("invalid value for parameter \"endoption\": {end_option}"));
                }
                let flags = options(rows.text_or(5, row, ""), "regexp_instr()")?;
                let group = natural(rows.int_or(6, row, 0), "subexpr", 0)?;
                let matcher = compiled(&mut compiler, rows, row, flags)?;
                let found = nth_match(matcher, text, from, nth, group);
                let at = found.map(|found| if end_option == 1 { found.end } else { found.start });
                Ok(Some(at.map_or(0, |at| text[..at].chars().count() as i32 + 1)))
            })
        })],
    },
];

/// `substring(text FROM pattern)`: the first group, or the whole where there is none.
pub(super) fn substring(rows: &Rows) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    rows.to_texts(|row, out| {
        let matcher = compiled(&mut compiler, rows, row, Options::default())?;
        Ok(first_group(matcher, rows.texts(0).value(row), out))
    })
}

/// `substring(text SIMILAR pattern ESCAPE character)`.
pub(super) fn substring_similar(rows: &Rows) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    rows.to_texts(|row, out| {
        let pattern = similar::translate(rows.texts(1).value(row), rows.texts(2).value(row))?;
        let matcher = compiler.matcher(&pattern, Options::default())?;
        Ok(first_group(matcher, rows.texts(0).value(row), out))
    })
}

fn first_group(matcher: &mut Matcher, text: &str, out: &mut String) -> bool {
    let whole = matcher.find(text, 0);
    let part =
        whole.and_then(|whole| if matcher.pattern().groups() > 0 { matcher.group(1) } else { Some(whole) });
    part.clone().into_iter().for_each(|part| out.push_str(&text[part]));
    part.is_some()
}

fn test(rows: &Rows, ignore_case: bool, is_wanted: bool) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    rows.to_flags(|row| {
        let matcher = compiled(&mut compiler, rows, row, Options::of_case(ignore_case))?;
        Ok(matcher.pattern().matches(rows.texts(0).value(row)) == is_wanted)
    })
}

/// The matcher of a row's pattern, which is the second argument.
fn compiled<'a>(
    compiler: &'a mut Compiler,
    rows: &Rows,
    row: usize,
    options: Options,
) -> Result<&'a mut Matcher> {
    Ok(compiler.matcher(rows.texts(1).value(row), options)?)
}

/// The options of a function that knows no `g`.
fn options(flags: &str, function: &str) -> Result<Options> {
    let options = Options::of_flags(flags)?;
    if options.global {
        return fail("22023", format!("{function} does not support the \"global\" option"));
    }
    Ok(options)
}

fn natural(value: i32, name: &str, least: i32) -> Result<usize> {
    match usize::try_from(value) {
        Ok(natural) if value >= least => Ok(natural),
        _ => fail("22023", format!("invalid value for parameter \"{name}\": {value}")),
    }
}

/// The byte at which a character stands, counted from 1. Behind the text is a place without matches.
fn start(text: &str, from: i32) -> Result<usize> {
    let from = natural(from, "start", 1)? - 1;
    let at_end = || if text.chars().count() == from { text.len() } else { text.len() + 1 };
    Ok(text.char_indices().nth(from).map_or_else(at_end, |(at, _)| at))
}

fn nth_match(
    matcher: &mut Matcher,
    text: &str,
    from: usize,
    nth: usize,
    group: usize,
) -> Option<std::ops::Range<usize>> {
    let (mut seen, mut result) = (0, None);
    matcher.each(text, from, |matcher, whole| {
        seen += 1;
        if seen == nth {
            result = if group == 0 { Some(whole) } else { matcher.group(group) };
        }
        seen < nth
    });
    result
}

/// The groups of a match, or the whole where there are none.
fn append(matcher: &Matcher, text: &str, whole: std::ops::Range<usize>, out: &mut StringViewBuilder) {
    match matcher.pattern().groups() {
        0 => out.append_value(&text[whole]),
        groups => {
            (1..=groups).for_each(|group| out.append_option(matcher.group(group).map(|range| &text[range])))
        }
    }
}

fn first_match(rows: &Rows) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    rows.to_text_arrays(|row, out| {
        let flags = Options::of_flags(rows.text_or(2, row, ""))?;
        if flags.global {
            let error =
                crate::error::SqlError::new("22023", "regexp_match() does not support the \"global\" option");
            return Err(error.with_hint("Use the regexp_matches function instead.").into());
        }
        let matcher = compiled(&mut compiler, rows, row, flags)?;
        let text = rows.texts(0).value(row);
        let found = matcher.find(text, 0);
        let is_found = found.is_some();
        found.into_iter().for_each(|whole| append(matcher, text, whole, out));
        Ok(is_found)
    })
}

/// The rows of `regexp_matches` as an array of arrays, empty where an argument is null.
fn all_matches(rows: &Rows) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    let mut out = ListBuilder::new(ListBuilder::new(StringViewBuilder::new()));
    for row in 0..rows.len() {
        if rows.is_whole(row) {
            let flags = Options::of_flags(rows.text_or(2, row, ""))?;
            let matcher = compiled(&mut compiler, rows, row, flags)?;
            let text = rows.texts(0).value(row);
            matcher.each(text, 0, |matcher, whole| {
                append(matcher, text, whole, out.values().values());
                out.values().append(true);
                flags.global
            });
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

/// Empty matches at the ends of the text and right behind another match divide nothing.
fn split(rows: &Rows) -> Result<ArrayRef> {
    let mut compiler = Compiler::default();
    rows.to_text_arrays(|row, out| {
        let flags = options(rows.text_or(2, row, ""), "regexp_split_to_array()")?;
        let matcher = compiled(&mut compiler, rows, row, flags)?;
        let text = rows.texts(0).value(row);
        let (mut from, mut last_end) = (0, 0);
        matcher.each(text, 0, |_, found| {
            if found.start < text.len() && found.end > last_end {
                out.append_value(&text[from..found.start]);
                from = found.end;
            }
            last_end = found.end;
            true
        });
        out.append_value(&text[from..]);
        Ok(true)
    })
}

/// `regexp_replace(text, pattern, by [, flags])`.
const REPLACE: Overload = overload(&[Text, Text, Text, Text], 1, Text, |rows| {
    let mut compiler = Compiler::default();
    rows.to_texts(|row, out| {
        let flags = rows.text_or(3, row, "");
        if flags.starts_with(|c: char| c.is_ascii_digit()) {
            let error = crate::error::SqlError::new("22023", format!("invalid regular expression option: \"{}\"", &flags[..1]));
            return Err(error.with_hint(
                "If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.",
            ).into());
        }
        let options = Options::of_flags(flags)?;
        let matcher = compiled(&mut compiler, rows, row, options)?;
        let nth = if options.global { 0 } else { 1 };
        replace(matcher, rows.texts(0).value(row), rows.texts(2).value(row), 0, nth, out);
        Ok(true)
    })
});

/// `regexp_replace(text, pattern, by, start [, nth [, flags]])`: the nth match, or all for 0.
const REPLACE_FROM: Overload = overload(&[Text, Text, Text, Int4, Int4, Text], 2, Text, |rows| {
    let mut compiler = Compiler::default();
    rows.to_texts(|row, out| {
        let text = rows.texts(0).value(row);
        let from = start(text, rows.ints(3).value(row))?;
        let options = Options::of_flags(rows.text_or(5, row, ""))?;
        // Without a number `g` decides.
        let nth = match rows.has(4) {
            true => natural(rows.ints(4).value(row), "n", 0)?,
            false if options.global => 0,
            false => 1,
        };
        let matcher = compiled(&mut compiler, rows, row, options)?;
        replace(matcher, text, rows.texts(2).value(row), from, nth, out);
        Ok(true)
    })
});

fn replace(matcher: &mut Matcher, text: &str, by: &str, from: usize, nth: usize, out: &mut String) {
    let (mut copied, mut seen) = (0, 0);
    matcher.each(text, from, |matcher, found| {
        seen += 1;
        if nth != 0 && seen < nth {
            return true;
        }
        out.push_str(&text[copied..found.start]);
        copied = found.end;
        substitute(matcher, text, found, by, out);
        nth == 0
    });
    out.push_str(&text[copied..]);
}

/// `\1` to `\9` are groups, `\&` the whole, `\\` a backslash; another backslash is one itself.
fn substitute(matcher: &Matcher, text: &str, whole: std::ops::Range<usize>, by: &str, out: &mut String) {
    let mut rest = by;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (part, taken) = match behind.bytes().next() {
            Some(digit @ b'1'..=b'9') => {
                let group = usize::from(digit - b'0');
                (if group <= matcher.pattern().groups() { matcher.group(group) } else { None }, 1)
            }
            Some(b'&') => (Some(whole.clone()), 1),
            Some(b'\\') => {
                out.push('\\');
                (None, 1)
            }
            _ => {
                out.push('\\');
                (None, 0)
            }
        };
        part.into_iter().for_each(|part| out.push_str(&text[part]));
        rest = &behind[taken..];
    }
    out.push_str(rest);
}
