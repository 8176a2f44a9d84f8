//! Statistics of a segment's columns, kept in the log, so that segments are pruned and counted
//! without being opened.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::compute::{max, max_boolean, max_string_view, min, min_boolean, min_string_view};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use serde::{Deserialize, Serialize};

use crate::ids::ColumnId;
use crate::schema::{ColumnType, TableSchema};

/// Bytes of a text that a bound keeps: the log is read at every start, a long text prunes no
/// better than its beginning.
pub const TEXT_BOUND_BYTES_MAX: usize = 64;

/// What is known of a column in one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnStats {
    /// Nulls.
    pub null_count: u64,
    /// The smallest value that is not null; None where all are, or where the type has no bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The largest value that is not null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
}

/// A bound of a column's values: nothing lies beyond it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The bound, in the column's order.
    pub value: BoundValue,
    /// Whether a row has this very value: only an exact bound answers `min` or `max`. Long texts
    /// are cut (a maximum is then rounded up). Where a column has both zeros, neither says which
    /// of them `min` gives. A column with NaN has no bounds at all: engines differ on its order.
    pub exact: bool,
}

/// A bound's value, by the column's Arrow type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundValue {
    /// `Boolean`.
    Bool(bool),
    /// Integers, dates, times and timestamps in their own unit.
    Int(i64),
    /// Floating point; never NaN.
    Float(#[serde(with = "float")] f64),
    /// The unscaled value of a decimal, in decimal digits (JSON has no 128-bit numbers).
    Decimal(String),
    /// `Utf8View`, by bytes.
    Text(String),
}

/// JSON has no infinities: they are written as texts, all other numbers as numbers.
mod float {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.collect_str(value) }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(value) => Ok(value),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

/// Gathers the statistics of rows as they pass.
#[derive(Debug, Default)]
pub(crate) struct StatsCollector {
    columns: Vec<(ColumnId, Column)>,
}

#[derive(Debug)]
struct Column {
    nulls: u64,
    range: Range,
}

/// The bounds seen so far.
#[derive(Debug)]
enum Range {
    /// The type has no bounds: bytes, arrays and documents are not compared by zone.
    Unbounded,
    Bool(Option<(bool, bool)>),
    Int(ColumnType, Option<(i64, i64)>),
    Float {
        bounds: Option<(f64, f64)>,
        nan: bool,
        negative_zero: bool,
    },
    Decimal(Option<(i128, i128)>),
    Text(Option<(String, String)>),
}

impl StatsCollector {
    /// For rows in the stored schema of `schema`.
    pub(crate) fn new(schema: &TableSchema) -> Self {
        let columns = schema.columns.iter().map(|column| {
            let range = match column.column_type {
                ColumnType::Boolean => Range::Bool(None),
                ColumnType::SmallInt
                | ColumnType::Integer
                | ColumnType::BigInt
                | ColumnType::Date
                | ColumnType::Time
                | ColumnType::Timestamp
                | ColumnType::TimestampTz => Range::Int(column.column_type, None),
                ColumnType::Real | ColumnType::Double => {
                    Range::Float { bounds: None, nan: false, negative_zero: false }
                }
                ColumnType::Numeric { .. } => Range::Decimal(None),
                ColumnType::Text
                | ColumnType::Varchar { .. }
                | ColumnType::Character { .. }
                | ColumnType::Uuid => Range::Text(None),
                ColumnType::Bytea | ColumnType::Jsonb | ColumnType::TextArray => Range::Unbounded,
            };
            (column.id, Column { nulls: 0, range })
        });
        Self { columns: columns.collect() }
    }

    /// Takes in a batch whose columns stand as in the schema.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        debug_assert_eq!(batch.num_columns(), self.columns.len());
        for ((_, column), array) in self.columns.iter_mut().zip(batch.columns()) {
            column.nulls += array.null_count() as u64;
            column.range.add(array);
        }
    }

    /// What was seen.
    pub(crate) fn finish(self) -> BTreeMap<ColumnId, ColumnStats> {
        let stats = |column: Column| {
            let (min, max) = column.range.bounds();
            ColumnStats { null_count: column.nulls, min, max }
        };
        self.columns.into_iter().map(|(id, column)| (id, stats(column))).collect()
    }
}

impl Range {
    fn add(&mut self, array: &ArrayRef) {
        match self {
            Self::Unbounded => {}
            Self::Bool(bounds) => {
                let array = array.as_boolean();
                widen(bounds, min_boolean(array).zip(max_boolean(array)));
            }
            Self::Int(column_type, bounds) => widen(bounds, int_bounds(*column_type, array)),
            Self::Float { bounds, nan, negative_zero } => {
                let mut see = |value: f64| {
                    *nan |= value.is_nan();
                    *negative_zero |= value == 0.0 && value.is_sign_negative();
                    if !value.is_nan() {
                        let (low, high) = bounds.get_or_insert((value, value));
                        *low = low.min(value);
                        *high = high.max(value);
                    }
                };
                if let Some(array) = array.as_primitive_opt::<Float64Type>() {
                    array.iter().flatten().for_each(see);
                } else {
                    array
                        .as_primitive::<Float32Type>()
                        .iter()
                        .flatten()
                        .for_each(|value| see(f64::from(value)));
                }
            }
            Self::Decimal(bounds) => {
                let array = array.as_primitive::<Decimal128Type>();
                widen(bounds, min(array).zip(max(array)));
            }
            Self::Text(bounds) => {
                let array = array.as_string_view();
                if let Some((low, high)) = min_string_view(array).zip(max_string_view(array)) {
                    match bounds {
                        None => *bounds = Some((low.to_owned(), high.to_owned())),
                        Some((lowest, highest)) => {
                            if low < lowest.as_str() {
                                *lowest = low.to_owned();
                            }
                            if high > highest.as_str() {
                                *highest = high.to_owned();
                            }
                        }
                    }
                }
            }
        }
    }

    fn bounds(self) -> (Option<Bound>, Option<Bound>) {
        let exact = |value| Some(Bound { value, exact: true });
        match self {
            Self::Unbounded
            | Self::Float { nan: true, .. }
            | Self::Bool(None)
            | Self::Int(_, None)
            | Self::Float { bounds: None, .. }
            | Self::Decimal(None)
            | Self::Text(None) => (None, None),
            Self::Bool(Some((low, high))) => (exact(BoundValue::Bool(low)), exact(BoundValue::Bool(high))),
            Self::Int(_, Some((low, high))) => (exact(BoundValue::Int(low)), exact(BoundValue::Int(high))),
            Self::Float { bounds: Some((low, high)), negative_zero, .. } => {
                // The zeros are equal in SQL and -0.0 < 0.0 to a total order: the bounds hold for both.
                let zero = |value: f64, signed: f64| {
                    let either = value == 0.0 && negative_zero;
                    Some(Bound {
                        value: BoundValue::Float(if either { signed } else { value }),
                        exact: !either,
                    })
                };
                (zero(low, -0.0), zero(high, 0.0))
            }
            Self::Decimal(Some((low, high))) => {
                (exact(BoundValue::Decimal(low.to_string())), exact(BoundValue::Decimal(high.to_string())))
            }
            Self::Text(Some((low, high))) => (Some(text_min(low)), text_max(high)),
        }
    }
}

fn widen<T: PartialOrd + Copy>(bounds: &mut Option<(T, T)>, seen: Option<(T, T)>) {
    let Some((low, high)) = seen else { return };
    let (lowest, highest) = bounds.get_or_insert((low, high));
    if low < *lowest {
        *lowest = low;
    }
    if high > *highest {
        *highest = high;
    }
}

fn int_bounds(column_type: ColumnType, array: &ArrayRef) -> Option<(i64, i64)> {
    fn of<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<(i64, i64)>
    where
        T::Native: Into<i64>,
    {
        Some((min(array)?.into(), max(array)?.into()))
    }
    match column_type {
        ColumnType::SmallInt => of(array.as_primitive::<Int16Type>()),
        ColumnType::Integer => of(array.as_primitive::<Int32Type>()),
        ColumnType::Date => of(array.as_primitive::<Date32Type>()),
        ColumnType::Time => of(array.as_primitive::<Time64MicrosecondType>()),
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            of(array.as_primitive::<TimestampMicrosecondType>())
        }
        _ => of(array.as_primitive::<Int64Type>()),
    }
}

/// A lower bound of a text: its beginning is never greater than itself.
fn text_min(mut text: String) -> Bound {
    let exact = text.len() <= TEXT_BOUND_BYTES_MAX;
    text.truncate(text.floor_char_boundary(TEXT_BOUND_BYTES_MAX));
    Bound { value: BoundValue::Text(text), exact }
}

/// An upper bound of a text: its beginning, the last character that can be replaced by its
/// successor. None where there is no such character.
fn text_max(mut text: String) -> Option<Bound> {
    if text.len() <= TEXT_BOUND_BYTES_MAX {
        return Some(Bound { value: BoundValue::Text(text), exact: true });
    }
    text.truncate(text.floor_char_boundary(TEXT_BOUND_BYTES_MAX));
    while let Some(last) = text.pop() {
        // The gap of the surrogates has no characters; UTF-8 keeps the order of code points.
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(Bound { value: BoundValue::Text(text), exact: false });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, StringViewArray};

    use super::*;

    fn bounds(range: Range, array: ArrayRef) -> (Option<Bound>, Option<Bound>) {
        let mut range = range;
        range.add(&array);
        range.bounds()
    }

    #[test]
    fn floats_are_bounded_unless_there_is_nan() {
        let check = |values: &[f64], expected: Option<[(f64, bool); 2]>| {
            let range = Range::Float { bounds: None, nan: false, negative_zero: false };
            let found = bounds(range, Arc::new(Float64Array::from(values.to_vec())));
            let (min, max) = found.0.zip(found.1).map_or((None, None), |(min, max)| (Some(min), Some(max)));
            let found = min.zip(max).map(|(min, max)| {
                [min, max].map(|bound| match bound.value {
                    BoundValue::Float(value) => (value.to_bits(), bound.exact),
                    other => panic!("{other:?}"),
                })
            });
            let expected = expected.map(|bounds| bounds.map(|(value, exact)| (value.to_bits(), exact)));
            assert_eq!(found, expected, "{values:?}");
        };
        check(&[], None);
        check(&[1.0, -2.0], Some([(-2.0, true), (1.0, true)]));
        check(&[f64::INFINITY, f64::NEG_INFINITY], Some([(f64::NEG_INFINITY, true), (f64::INFINITY, true)]));
        check(&[1.0, f64::NAN], None);
        check(&[-f64::NAN], None);
        check(&[0.0, 1.0], Some([(0.0, true), (1.0, true)]));
        check(&[0.0, -0.0], Some([(-0.0, false), (0.0, false)]));
        check(&[-0.0, 1.0], Some([(-0.0, false), (1.0, true)]));
    }

    #[test]
    fn long_texts_are_cut_and_maxima_rounded_up() {
        let check = |text: &str, min: &str, max: Option<&str>, exact: bool| {
            let array: ArrayRef = Arc::new(StringViewArray::from(vec![Some(text), None]));
            let (found_min, found_max) = bounds(Range::Text(None), array);
            let bound = |text: &str| Bound { value: BoundValue::Text(text.to_owned()), exact };
            assert_eq!(found_min, Some(bound(min)), "{text:?}");
            assert_eq!(found_max, max.map(bound), "{text:?}");
        };
        check("", "", Some(""), true);
        check("short", "short", Some("short"), true);
        let a64 = "a".repeat(64);
        check(&a64, &a64, Some(&a64), true);
        check(&"a".repeat(65), &a64, Some(&format!("{}b", "a".repeat(63))), false);
        // A character that does not fit is cut whole.
        let euro = format!("{}€", "a".repeat(63));
        check(&euro, &"a".repeat(63), Some(&format!("{}b", "a".repeat(62))), false);
        let top = "\u{10FFFF}".repeat(17);
        check(&top, &"\u{10FFFF}".repeat(16), None, false);
        let surrogates = format!("{}\u{D7FF}x", "a".repeat(61));
        check(
            &surrogates,
            &format!("{}\u{D7FF}", "a".repeat(61)),
            Some(&format!("{}\u{E000}", "a".repeat(61))),
            false,
        );
    }
}
