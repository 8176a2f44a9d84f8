//! `format`: `%[n$][-][width]s|I|L`.
//!
//! <https://www.postgresql.org/docs/15/functions-string.html#FUNCTIONS-STRING-FORMAT>

use std::iter::Peekable;
use std::str::Chars;

use datafusion::common::Result;

use super::of_any::Texts;
use crate::error::SqlError;
use crate::function::overload::fail;
use crate::statement::{quote_identifier, quote_literal};

/// A field no wider than this can be asked for: a text of a row is not longer.
const WIDTH_MAX: u64 = 1 << 30;

/// One row of it.
pub(super) fn format(texts: &[Texts], row: usize, out: &mut String) -> Result<bool> {
    let Some(pattern) = texts[0].at(row) else { return Ok(false) };
    let mut rest = pattern.chars().peekable();
    let mut arguments = Arguments { texts, row, next: 1 };
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
        } else if rest.next_if_eq(&'%').is_some() {
            out.push('%');
        } else {
            field(&mut rest, &mut arguments, out)?;
        }
    }
    Ok(true)
}

struct Arguments<'a> {
    texts: &'a [Texts],
    row: usize,
    next: usize,
}

impl<'a> Arguments<'a> {
    /// The one of this number, or the one behind the last.
    fn take(&mut self, number: Option<u64>) -> Result<Option<&'a str>> {
        let index = number.map_or(self.next, |number| usize::try_from(number).unwrap_or(usize::MAX));
        self.next = index.saturating_add(1);
        match self.texts.get(index) {
            Some(texts) => Ok(texts.at(self.row)),
            None => fail("22023", "too few arguments for format()"),
        }
    }
}

fn field(rest: &mut Peekable<Chars<'_>>, arguments: &mut Arguments<'_>, out: &mut String) -> Result<()> {
    let mut position = None;
    let mut width = Width::default();
    let leading = number(rest)?;
    match leading {
        Some(number) if rest.next_if_eq(&'$').is_some() => position = Some(at_least_one(number)?),
        _ => {}
    }
    if position.is_some() || leading.is_none() {
        width.is_left = rest.next_if_eq(&'-').is_some();
        if rest.next_if_eq(&'*').is_some() {
            let by = match number(rest)? {
                Some(number) if rest.next_if_eq(&'$').is_some() => Some(at_least_one(number)?),
                Some(_) => return fail("22023", "width argument position must be ended by \"$\""),
                None => None,
            };
            width.set(arguments.take(by)?)?;
        } else {
            width.characters = number(rest)?.unwrap_or(0);
        }
    } else {
        width.characters = leading.unwrap_or(0);
    }
    if width.characters > WIDTH_MAX {
        return fail("54000", "requested length too large");
    }
    match rest.next() {
        Some(kind @ ('s' | 'I' | 'L')) => {
            let value = arguments.take(position)?;
            let text = match (kind, value) {
                ('s', value) => value.unwrap_or_default().to_owned(),
                ('I', Some(name)) => quote_identifier(name),
                ('I', None) => return fail("22004", "null values cannot be formatted as an SQL identifier"),
                (_, Some(text)) => quote_literal(text),
                (_, None) => "NULL".to_owned(),
            };
            width.pad(&text, out);
            Ok(())
        }
        Some(other) => {
            let error = SqlError::new("22023", format!("unrecognized format() type specifier \"{other}\""))
                .with_hint("For a single \"%\" use \"%%\".");
            Err(error.into())
        }
        None => {
            let error = SqlError::new("22023", "unterminated format() type specifier")
                .with_hint("For a single \"%\" use \"%%\".");
            Err(error.into())
        }
    }
}

#[derive(Default)]
struct Width {
    characters: u64,
    is_left: bool,
}

impl Width {
    /// From an argument; a negative one aligns to the left.
    fn set(&mut self, argument: Option<&str>) -> Result<()> {
        let Some(argument) = argument else { return Ok(()) };
        let Ok(width) = argument.trim().parse::<i32>() else {
            return fail("22P02", format!("invalid input syntax for type integer: \"{argument}\""));
        };
        self.is_left |= width < 0;
        self.characters = u64::from(width.unsigned_abs());
        Ok(())
    }

    fn pad(&self, text: &str, out: &mut String) {
        let missing = (self.characters as usize).saturating_sub(text.chars().count());
        let blanks = std::iter::repeat_n(' ', missing);
        if self.is_left {
            out.push_str(text);
            out.extend(blanks);
        } else {
            out.extend(blanks);
            out.push_str(text);
        }
    }
}

fn number(rest: &mut Peekable<Chars<'_>>) -> Result<Option<u64>> {
    let mut number: Option<u64> = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        rest.next();
        let value = number.unwrap_or(0) * 10 + u64::from(digit);
        if value > i32::MAX as u64 {
            return fail("22003", "number is out of range");
        }
        number = Some(value);
    }
    Ok(number)
}

fn at_least_one(number: u64) -> Result<u64> {
    match number {
        0 => fail("22023", "format specifies argument 0, but arguments are numbered from 1"),
        number => Ok(number),
    }
}
