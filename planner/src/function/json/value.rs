//! Values of every type as JSON.
//!
//! <https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-JSON-CREATION-TABLE>

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StringViewArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use storage::jsonb::quote_into;
use storage::schema::PG_TYPE_KEY;

use super::element::FIELD;
use crate::function::text::Writer;

/// A column, ready to be written row by row.
pub(super) enum Column {
    Null,
    Flags(BooleanArray),
    /// What is JSON already: numbers, and values of its own types.
    Plain(StringViewArray),
    /// Numbers, of which some may be none: NaN is a string.
    Floats(StringViewArray),
    /// Strings.
    Texts(StringViewArray),
    /// Times, with a `T` between date and time.
    Moments(StringViewArray),
    List(ListArray, Box<Column>),
    Row(StructArray, Vec<(String, Column)>),
}

impl Column {
    /// Of the values of a field.
    pub(super) fn new(values: &ArrayRef, field: &Field, writer: &Writer) -> Result<Self> {
        let texts = |values: &ArrayRef| -> Result<StringViewArray> {
            let texts = writer.texts(values, field)?;
            Ok(cast(&texts, &DataType::Utf8View)?.as_string_view().clone())
        };
        let plain = || {
            Ok::<_, datafusion::common::DataFusionError>(
                cast(values, &DataType::Utf8View)?.as_string_view().clone(),
            )
        };
        let is_json = || field.metadata().get(PG_TYPE_KEY).is_some_and(|name| name.starts_with("json"));
        Ok(match values.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Flags(values.as_boolean().clone()),
            given if given.is_integer() || matches!(given, DataType::Decimal128(..)) => Self::Plain(plain()?),
            // Which may be carried with more digits than they show.
            DataType::Decimal256(..) => Self::Plain(texts(values)?),
            DataType::Float32 | DataType::Float64 => Self::Floats(texts(values)?),
            given if given.is_string() && is_json() => Self::Plain(plain()?),
            given if given.is_string() => Self::Texts(plain()?),
            DataType::Timestamp(..) => Self::Moments(texts(values)?),
            DataType::List(element) => {
                let list = values.as_list::<i32>().clone();
                let inner = Self::new(list.values(), element, writer)?;
                Self::List(list, Box::new(inner))
            }
            DataType::Struct(fields) if fields.len() == 1 && fields[0].name() == FIELD => {
                Self::new(values.as_struct().column(0), &fields[0], writer)?
            }
            DataType::Struct(fields) => {
                let row = values.as_struct().clone();
                let columns = fields.iter().zip(row.columns());
                let columns = columns
                    .map(|(field, values)| Ok((field.name().clone(), Self::new(values, field, writer)?)))
                    .collect::<Result<_>>()?;
                Self::Row(row, columns)
            }
            _ => Self::Texts(texts(values)?),
        })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Flags(values) => values.is_null(row),
            Self::Plain(values) | Self::Floats(values) | Self::Texts(values) | Self::Moments(values) => {
                values.is_null(row)
            }
            Self::List(list, _) => list.is_null(row),
            Self::Row(values, _) => values.is_null(row),
        }
    }

    /// Appends the value of a row.
    pub(super) fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str("null");
            return;
        }
        match self {
            Self::Null => {}
            Self::Flags(values) => out.push_str(if values.value(row) { "true" } else { "false" }),
            Self::Plain(values) => out.push_str(values.value(row)),
            Self::Floats(values) => match values.value(row) {
                number if number.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()) => {
                    out.push_str(number);
                }
                other => quote_into(other, out),
            },
            Self::Texts(values) => quote_into(values.value(row), out),
            Self::Moments(values) => {
                let text = values.value(row);
                let zone = text.len().checked_sub(3).map(|at| text.split_at(at));
                let is_hours = zone.is_some_and(|(_, zone)| zone.starts_with(['+', '-']));
                let text = text.replacen(' ', "T", 1);
                quote_into(&if is_hours { format!("{text}:00") } else { text }, out);
            }
            Self::List(list, inner) => {
                let offsets = list.value_offsets();
                out.push('[');
                for (index, element) in (offsets[row]..offsets[row + 1]).enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    inner.write(element as usize, out);
                }
                out.push(']');
            }
            Self::Row(_, columns) => {
                out.push('{');
                for (index, (name, column)) in columns.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    quote_into(name, out);
                    out.push(':');
                    column.write(row, out);
                }
                out.push('}');
            }
        }
    }

    /// Appends the value of a row as a key, which is always a string.
    pub(super) fn write_key(&self, row: usize, out: &mut String) {
        match self {
            Self::Texts(_) => self.write(row, out),
            Self::Plain(values) | Self::Floats(values) | Self::Moments(values) => {
                quote_into(values.value(row), out)
            }
            _ => {
                let mut text = String::new();
                self.write(row, &mut text);
                quote_into(&text, out);
            }
        }
    }
}
