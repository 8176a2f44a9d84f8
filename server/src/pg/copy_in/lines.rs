//! Text and CSV: <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2>.

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use bytes::{Buf, BytesMut};
use chrono_tz::Tz;
use planner::SqlError;
use planner::statement::{CopyFormat, CopyOptions, Header, SomeColumns};

use super::{BYTES_MAX, Decode, ROWS_MAX, convert};
use crate::pg::message::invalid_utf8;
use crate::pg::types::PgType;

/// Reads lines, which may go over several messages.
#[derive(Debug)]
pub(super) struct Lines {
    table: String,
    types: Vec<(String, PgType, DataType)>,
    zone: Tz,
    options: CopyOptions,
    force_null: Vec<bool>,
    force_not_null: Vec<bool>,
    columns: Vec<StringViewBuilder>,
    /// The line on which each row begins, from 1.
    rows: Vec<u64>,
    bytes: usize,
    /// The line that comes next, from 1.
    line: u64,
    header_due: bool,
    /// Behind `\.`.
    ended: bool,
    /// How far the unfinished line was looked through, and whether that is within quotes.
    scanned: usize,
    quoted: bool,
    field: Vec<u8>,
}

impl Lines {
    pub(super) fn new(
        table: String,
        types: Vec<(String, PgType, DataType)>,
        zone: Tz,
        options: CopyOptions,
    ) -> Result<Self, SqlError> {
        let chosen = |columns: &SomeColumns| -> Result<Vec<bool>, SqlError> {
            match columns {
                SomeColumns::None => Ok(vec![false; types.len()]),
                SomeColumns::All => Ok(vec![true; types.len()]),
                SomeColumns::Columns(names) => {
                    let mut chosen = vec![false; types.len()];
                    for name in names {
                        let place =
                            types.iter().position(|(known, ..)| *known == name.value).ok_or_else(|| {
                                let message =
                                    format!("column \"{}\" is not among those that are copied", name.value);
                                SqlError::new("42P10", message).at(name.position)
                            })?;
                        chosen[place] = true;
                    }
                    Ok(chosen)
                }
            }
        };
        Ok(Self {
            force_null: chosen(&options.force_null)?,
            force_not_null: chosen(&options.force_not_null)?,
            columns: types.iter().map(|_| StringViewBuilder::new()).collect(),
            header_due: options.header != Header::No,
            table,
            types,
            zone,
            options,
            rows: Vec::new(),
            bytes: 0,
            line: 1,
            ended: false,
            scanned: 0,
            quoted: false,
            field: Vec::new(),
        })
    }

    fn is_csv(&self) -> bool {
        self.options.format == CopyFormat::Csv
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX
    }

    /// The length of the next line without its end, and with it; None until it is whole.
    fn next_line(&mut self, buffer: &[u8], is_end: bool) -> Option<(usize, usize)> {
        while let Some(&byte) = buffer.get(self.scanned) {
            self.scanned += 1;
            if self.is_csv() {
                if byte == self.options.quote {
                    self.quoted = !self.quoted;
                } else if byte == self.options.escape && self.quoted {
                    // What follows is a character of the value.
                    self.scanned += 1;
                }
            } else if byte == b'\\' {
                // An escaped line break is a part of a value.
                self.scanned += 1;
            }
            if byte == b'\n' && !self.quoted {
                let end = self.scanned - 1;
                let end = if buffer[..end].ends_with(b"\r") { end - 1 } else { end };
                let next = self.scanned;
                self.scanned = 0;
                return Some((end, next));
            }
        }
        if is_end && !buffer.is_empty() {
            self.scanned = 0;
            return Some((buffer.len(), buffer.len()));
        }
        None
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), SqlError> {
        if self.header_due {
            self.header_due = false;
            if self.options.header == Header::Match {
                self.check_header(line)?;
            }
            return Ok(());
        }
        let mut rest = Some(line);
        for index in 0..self.types.len() {
            let Some(from) = rest else {
                let message = format!("missing data for column \"{}\"", self.types[index].0);
                return Err(self.failed("22P04", message, line));
            };
            let (is_null, after) = self.next_field(from, index, line)?;
            rest = after;
            if is_null {
                self.columns[index].append_null();
            } else {
                match std::str::from_utf8(&self.field) {
                    Ok(text) => self.columns[index].append_value(text),
                    Err(error) => {
                        let error = invalid_utf8(&self.field[error.valid_up_to()..]);
                        return Err(error.within(format!("COPY {}, line {}", self.table, self.line)));
                    }
                }
            }
        }
        if rest.is_some() {
            return Err(self.failed("22P04", "extra data after last expected column", line));
        }
        self.rows.push(self.line);
        self.bytes += line.len();
        Ok(())
    }

    /// Reads a field into `self.field`. Returns whether it is null, and what follows the delimiter
    /// behind it.
    fn next_field<'a>(
        &mut self,
        from: &'a [u8],
        index: usize,
        line: &[u8],
    ) -> Result<(bool, Option<&'a [u8]>), SqlError> {
        self.field.clear();
        let (mut at, mut was_quoted) = (0, false);
        let CopyOptions { delimiter, quote, escape, .. } = self.options;
        if self.is_csv() {
            let mut quoted = false;
            while let Some(&byte) = from.get(at) {
                at += 1;
                if quoted
                    && byte == escape
                    && from.get(at).is_some_and(|next| *next == quote || *next == escape)
                {
                    self.field.push(from[at]);
                    at += 1;
                } else if byte == quote {
                    quoted = !quoted;
                    was_quoted = true;
                } else if byte == delimiter && !quoted {
                    at -= 1;
                    break;
                } else {
                    self.field.push(byte);
                }
            }
            if quoted {
                return Err(self.failed("22P04", "unterminated CSV quoted field", line));
            }
            let is_like_null = self.field == self.options.null.as_bytes();
            let is_null =
                is_like_null && if was_quoted { self.force_null[index] } else { !self.force_not_null[index] };
            return Ok((is_null, from.get(at).map(|_| &from[at + 1..])));
        }
        while let Some(&byte) = from.get(at) {
            if byte == delimiter {
                break;
            }
            at += 1 + usize::from(byte == b'\\');
        }
        let at = at.min(from.len());
        let raw = &from[..at];
        let after = from.get(at).map(|_| &from[at + 1..]);
        if raw == self.options.null.as_bytes() {
            return Ok((true, after));
        }
        unescape(raw, &mut self.field);
        Ok((false, after))
    }

    fn check_header(&mut self, line: &[u8]) -> Result<(), SqlError> {
        let mut rest = Some(line);
        for index in 0..self.types.len() {
            let expected = self.types[index].0.clone();
            let Some(from) = rest else {
                let message = format!(
                    "wrong number of fields in header line: field count is {index}, expected {}",
                    self.types.len()
                );
                return Err(self.failed("22P04", message, line));
            };
            let (_, after) = self.next_field(from, index, line)?;
            rest = after;
            if self.field != expected.as_bytes() {
                let got = String::from_utf8_lossy(&self.field).into_owned();
                let message = format!(
                    "column name mismatch in header line field {}: got \"{got}\", expected \"{expected}\"",
                    index + 1
                );
                return Err(self.failed("22P04", message, line));
            }
        }
        match rest {
            None => Ok(()),
            Some(_) => Err(self.failed("22P04", "wrong number of fields in header line", line)),
        }
    }

    fn failed(&self, sqlstate: &'static str, message: impl Into<String>, line: &[u8]) -> SqlError {
        let shown: String = String::from_utf8_lossy(line).chars().take(100).collect();
        SqlError::new(sqlstate, message)
            .within(format!("COPY {}, line {}: \"{shown}\"", self.table, self.line))
    }
}

impl Decode for Lines {
    fn decode(&mut self, buffer: &mut BytesMut, is_end: bool) -> Result<(), SqlError> {
        while !self.is_full() {
            if self.ended {
                buffer.clear();
                break;
            }
            let Some((end, next)) = self.next_line(buffer, is_end) else { break };
            let whole = buffer.split_to(next);
            let line = &whole[..end];
            // The end of data, for clients that still write it.
            if line == b"\\." {
                self.ended = true;
                continue;
            }
            self.quoted = false;
            self.take_line(line)?;
            self.line += 1 + whole[..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        if is_end && buffer.has_remaining() && !self.is_full() {
            buffer.clear();
        }
        Ok(())
    }

    fn size(&self) -> (usize, usize) {
        (self.rows.len(), self.bytes)
    }

    fn take(&mut self) -> Result<Vec<ArrayRef>, SqlError> {
        let mut arrays = Vec::with_capacity(self.types.len());
        for (builder, (name, pg, target)) in self.columns.iter_mut().zip(&self.types) {
            let texts = builder.finish();
            let shown = texts.clone();
            let array = convert::column(texts, *pg, target, self.zone).map_err(|(row, error)| {
                let line = self.rows.get(row).copied().unwrap_or_default();
                let mut context = format!("COPY {}, line {line}, column {name}", self.table);
                if let Some(value) = shown.iter().nth(row).flatten() {
                    let value: String = value.chars().take(100).collect();
                    context.push_str(&format!(": \"{value}\""));
                }
                (*error).within(context)
            })?;
            arrays.push(array);
        }
        self.rows.clear();
        self.bytes = 0;
        Ok(arrays)
    }
}

/// Undoes the escapes of the text format.
fn unescape(raw: &[u8], value: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            value.push(byte);
            continue;
        }
        let Some((&letter, after)) = rest.split_first() else {
            value.push(b'\\');
            return;
        };
        rest = after;
        let digits = |rest: &[u8], most: usize, radix: u32| {
            let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
            rest.iter().take(most).take_while(is_digit).count()
        };
        match letter {
            b'b' => value.push(0x08),
            b'f' => value.push(0x0c),
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            b'v' => value.push(0x0b),
            b'0'..=b'7' => {
                let count = digits(rest, 2, 8);
                let number = rest[..count]
                    .iter()
                    .fold(u32::from(letter - b'0'), |number, digit| number * 8 + u32::from(digit - b'0'));
                value.push(number as u8);
                rest = &rest[count..];
            }
            b'x' if digits(rest, 1, 16) == 1 => {
                let count = digits(rest, 2, 16);
                let number = rest[..count].iter().fold(0, |number, digit| {
                    number * 16 + char::from(*digit).to_digit(16).unwrap_or_default()
                });
                value.push(number as u8);
                rest = &rest[count..];
            }
            other => value.push(other),
        }
    }
}
