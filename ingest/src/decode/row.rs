//! The values of one row on their way from a message into the builders.

use std::ops::Range;

use storage::catalog::TimestampFormat;
use storage::schema::{Column, ColumnOrigin, MessagePart, TableSchema};

use super::error::{DecodeError, Problem, describe};

/// A value that fits its column. Sixteen bytes, so that it moves in two registers: what is wider
/// stands in the row's buffers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    /// Null, or not in the message.
    Null,
    /// `boolean`
    Boolean(bool),
    /// The integers, and what is one in Arrow: dates, times, timestamps.
    Integer(i64),
    /// `real`
    Real(f32),
    /// `double precision`
    Double(f64),
    /// `numeric`, in units of its scale: an index of [`Wide::numbers`].
    Decimal(u32),
    /// `uuid`: an index of [`Wide::numbers`].
    Uuid(u32),
    /// Every kind of text.
    Text(TextRef),
    /// `bytea`: a range of [`Wide::bytes`].
    Bytes(Span),
    /// `text[]`: a range of [`Row::elements`].
    List(Span),
}

/// A range of some buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The range.
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Messages and what is made of them are far smaller than 4 GiB.
impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        let end = u32::try_from(range.end).expect("a message is smaller than 4 GiB");
        Self { start: range.start as u32, end }
    }
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextRef {
    /// In the message, as it is.
    Message(Span),
    /// In [`Row::text`].
    Scratch(Span),
}

/// Values that are wider than a [`Value`].
#[derive(Debug, Default)]
pub(super) struct Wide {
    /// `numeric`, and the bits of `uuid`.
    numbers: Vec<i128>,
    /// `bytea`.
    bytes: Vec<u8>,
}

impl Wide {
    /// Keeps a `numeric`.
    pub(super) fn decimal(&mut self, value: i128) -> Value {
        Value::Decimal(self.number(value))
    }

    /// Keeps a `uuid`.
    pub(super) fn uuid(&mut self, value: u128) -> Value {
        Value::Uuid(self.number(value as i128))
    }

    fn number(&mut self, value: i128) -> u32 {
        self.numbers.push(value);
        // Each takes some bytes of a message, which is smaller than 4 GiB.
        self.numbers.len() as u32 - 1
    }

    /// Keeps what `write` appends as a `bytea`.
    pub(super) fn bytes(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), Problem>,
    ) -> Result<Value, Problem> {
        let start = self.bytes.len();
        write(&mut self.bytes)?;
        Ok(Value::Bytes((start..self.bytes.len()).into()))
    }
}

/// How a value found its column: an exact name beats one that only folds to the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// No value yet.
    #[default]
    None,
    /// The same but for case and underscores.
    Folded,
    /// The same.
    Exact,
}

/// The values of one row, and the room for those that do not stand in the message as they are.
#[derive(Debug)]
pub(crate) struct Row {
    pub(super) columns: Vec<Column>,
    pub(super) timestamp_format: TimestampFormat,
    pub(super) includes: Vec<(usize, MessagePart)>,
    /// One a column.
    values: Vec<Value>,
    matches: Vec<Match>,
    /// One a column; only looked at where `failed` is not empty.
    problems: Vec<Option<DecodeError>>,
    failed: bool,
    /// Text with its escapes undone, and canonical JSON.
    pub(super) text: String,
    pub(super) wide: Wide,
    /// Elements of arrays.
    pub(super) elements: Vec<Option<TextRef>>,
}

impl Row {
    /// An empty row of these columns.
    pub(crate) fn new(schema: &TableSchema, timestamp_format: TimestampFormat) -> Self {
        let columns = schema.columns.clone();
        let includes = columns.iter().enumerate().filter_map(|(index, column)| match column.origin {
            ColumnOrigin::Include(part) => Some((index, part)),
            _ => None,
        });
        Self {
            timestamp_format,
            includes: includes.collect(),
            values: vec![Value::Null; columns.len()],
            matches: vec![Match::None; columns.len()],
            problems: vec![None; columns.len()],
            failed: false,
            text: String::new(),
            wide: Wide::default(),
            elements: Vec::new(),
            columns,
        }
    }

    /// Whether a column is filled from the headers.
    pub(crate) fn reads_headers(&self) -> bool {
        self.includes.iter().any(|(_, part)| *part == MessagePart::Headers)
    }

    /// Forgets all values.
    pub(crate) fn clear(&mut self) {
        self.values.fill(Value::Null);
        self.matches.fill(Match::None);
        self.text.clear();
        self.wide.numbers.clear();
        self.wide.bytes.clear();
        self.elements.clear();
        if std::mem::take(&mut self.failed) {
            self.problems.fill(None);
        }
    }

    /// Forgets the values of these columns: an object came a second time.
    pub(crate) fn clear_columns(&mut self, columns: &[usize]) {
        for &column in columns {
            self.values[column] = Value::Null;
            self.matches[column] = Match::None;
            self.problems[column] = None;
        }
    }

    /// Takes note that a value comes for a column; false where a better one is there.
    #[inline]
    pub(crate) fn accept(&mut self, column: usize, by: Match) -> bool {
        let better = by >= self.matches[column];
        if better {
            self.matches[column] = by;
        }
        better
    }

    /// Sets a column's value, or notes why it has none. `found` is the value's JSON text.
    #[inline]
    pub(crate) fn set(&mut self, column: usize, value: Result<Value, Problem>, found: &str) {
        match value {
            Ok(value) => {
                self.values[column] = value;
                if self.failed {
                    self.problems[column] = None;
                }
            }
            Err(problem) => self.fail(column, problem, found),
        }
    }

    #[cold]
    fn fail(&mut self, index: usize, problem: Problem, found: &str) {
        let column = &self.columns[index];
        self.failed = true;
        self.problems[index] = Some(DecodeError::Column {
            column: column.name.clone(),
            column_type: column.column_type,
            problem,
            found: describe(found),
        });
    }

    /// The first column's problem, where one has any.
    pub(crate) fn check(&self) -> Result<(), DecodeError> {
        if self.failed
            && let Some(problem) = self.problems.iter().flatten().next()
        {
            return Err(problem.clone());
        }
        Ok(())
    }

    /// The values, one a column.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// A text of a value.
    #[inline]
    pub(crate) fn text<'a>(&'a self, text: TextRef, message: &'a str) -> &'a str {
        match text {
            TextRef::Message(span) => &message[span.range()],
            TextRef::Scratch(span) => &self.text[span.range()],
        }
    }

    /// The bytes of a value.
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.wide.bytes[span.range()]
    }

    /// The number of a value.
    pub(crate) fn number(&self, index: u32) -> i128 {
        self.wide.numbers[index as usize]
    }

    /// The elements of a value.
    pub(crate) fn elements(&self, span: Span) -> &[Option<TextRef>] {
        &self.elements[span.range()]
    }
}
