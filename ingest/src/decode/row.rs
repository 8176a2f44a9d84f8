//! The values of one row on their way from a message into the builders.

use std::ops::Range;

use storage::catalog::TimestampFormat;
use storage::schema::{Column, ColumnOrigin, MessagePart, TableSchema};

use super::error::{DecodeError, Problem, describe};

/// A value that fits its column.
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
    /// `numeric`, in units of its scale.
    Decimal(i128),
    /// `uuid`
    Uuid(u128),
    /// Every kind of text.
    Text(TextRef),
    /// `bytea`: a range of [`Row::bytes`].
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
    /// Decoded `bytea`.
    pub(super) bytes: Vec<u8>,
    /// Elements of arrays.
    pub(super) elements: Vec<Option<TextRef>>,
}

impl Row {
    /// An empty row of these columns.
    pub(crate) fn new(schema: &TableSchema, timestamp_format: TimestampFormat) -> Self {
        let columns = schema.columns.clone();
        let includes = columns.iter().enumerate().filter_map(|(index, column)| match column.origin {
            ColumnOrigin::Include(part) => Some((index, part)),
            ColumnOrigin::Field { .. } | ColumnOrigin::Generated { .. } => None,
        });
        Self {
            timestamp_format,
            includes: includes.collect(),
            values: vec![Value::Null; columns.len()],
            matches: vec![Match::None; columns.len()],
            problems: vec![None; columns.len()],
            failed: false,
            text: String::new(),
            bytes: Vec::new(),
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
        self.bytes.clear();
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
        &self.bytes[span.range()]
    }

    /// The elements of a value.
    pub(crate) fn elements(&self, span: Span) -> &[Option<TextRef>] {
        &self.elements[span.range()]
    }
}
