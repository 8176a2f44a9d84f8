//! Sorting rows by the cluster columns, in little memory: a flush sorts millions of rows beside the
//! hot rows themselves.
//!
//! Each column gives a few bits a row that compare as its values do: integers and floating point
//! by their distance from the smallest, texts of few distinct values by their rank. Where all
//! columns and the row's number fit into 128 bits, as metric, host and time do, sorting rows is
//! sorting integers. Anything else is sorted by Arrow's row format.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch, StringViewArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::SortOptions;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::row::{RowConverter, Rows, SortField};

use super::arrange::{Place, column};
use crate::error::Result;
use crate::ids::ColumnId;

/// Distinct texts that are ranked at most; with more, ranking costs more than it saves.
const RANKS_MAX: usize = 1 << 16;
/// The bits of a row's number.
const ROW_BITS: u32 = 32;

/// The keys of all rows, ready to sort any subset of them.
pub(crate) enum SortKeys {
    /// Fit into 128 bits together with the row's number.
    Packed(Vec<Lane>),
    /// Byte strings that compare as the rows do, per batch.
    Rows(Vec<Rows>),
}

impl SortKeys {
    /// Ascending, nulls last, by these columns.
    pub(crate) fn new(columns: &[ColumnId], batches: &[RecordBatch]) -> Result<Self> {
        let columns: Vec<Vec<ArrayRef>> = columns
            .iter()
            .map(|&id| batches.iter().map(|batch| column(batch, id).cloned()).collect())
            .collect::<Result<_>>()?;
        let lanes: Option<Vec<Lane>> = columns.iter().map(|arrays| Lane::new(arrays)).collect();
        match lanes {
            Some(lanes) if lanes.iter().map(|lane| lane.bits).sum::<u32>() <= u128::BITS - ROW_BITS => {
                Ok(Self::Packed(lanes))
            }
            _ => Ok(Self::Rows(row_format(&columns)?)),
        }
    }

    /// Sorts rows, stable.
    pub(crate) fn sort(&self, places: &mut Vec<Place>) {
        match self {
            Self::Packed(lanes) => {
                let mut keys = vec![0_u128; places.len()];
                for lane in lanes {
                    lane.append(places, &mut keys);
                }
                for (row, key) in (0_u32..).zip(&mut keys) {
                    *key = (*key << ROW_BITS) | u128::from(row);
                }
                // The row's number makes keys distinct, and the order stable.
                keys.sort_unstable();
                let row = |key: &u128| *key as u32 as usize;
                *places = keys.iter().map(|key| places[row(key)]).collect();
            }
            Self::Rows(rows) => {
                let key = |(batch, row): Place| rows[batch as usize].row(row as usize);
                places.sort_by(|&a, &b| key(a).cmp(&key(b)));
            }
        }
    }
}

fn row_format(columns: &[Vec<ArrayRef>]) -> Result<Vec<Rows>> {
    let options = SortOptions { descending: false, nulls_first: false };
    let fields = columns
        .iter()
        .filter_map(|arrays| arrays.first())
        .map(|array| SortField::new_with_options(array.data_type().clone(), options))
        .collect();
    let converter = RowConverter::new(fields)?;
    let batches = columns.first().map_or(0, Vec::len);
    (0..batches)
        .map(|batch| {
            let of_batch: Vec<_> = columns.iter().map(|arrays| ArrayRef::clone(&arrays[batch])).collect();
            Ok(converter.convert_columns(&of_batch)?)
        })
        .collect()
}

/// One column as numbers from 0 on; null is the largest.
pub(crate) struct Lane {
    bits: u32,
    null: u64,
    values: LaneValues,
}

enum LaneValues {
    /// Per batch, to be counted from `min`.
    Ints {
        batches: Vec<(ScalarBuffer<i64>, Option<NullBuffer>)>,
        min: i64,
    },
    Texts {
        batches: Vec<StringViewArray>,
        ranks: HashMap<String, u64>,
    },
}

impl Lane {
    /// None for types that don't fit.
    fn new(arrays: &[ArrayRef]) -> Option<Self> {
        match arrays.first()?.data_type() {
            DataType::Utf8View => Self::texts(arrays),
            _ => Self::ints(arrays),
        }
    }

    fn ints(arrays: &[ArrayRef]) -> Option<Self> {
        let batches: Vec<_> = arrays
            .iter()
            .map(|array| Some((integers(array)?, array.nulls().cloned())))
            .collect::<Option<_>>()?;
        let (mut min, mut max) = (i64::MAX, i64::MIN);
        for (values, nulls) in &batches {
            for (row, &value) in values.iter().enumerate() {
                if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                    min = min.min(value);
                    max = max.max(value);
                }
            }
        }
        // All null: everything is equal.
        let span = if min <= max { min.abs_diff(max) } else { 0 };
        let null = span.checked_add(1)?;
        Some(Self { bits: bits(null), null, values: LaneValues::Ints { batches, min } })
    }

    fn texts(arrays: &[ArrayRef]) -> Option<Self> {
        let batches: Vec<_> = arrays.iter().map(|array| array.as_string_view().clone()).collect();
        let mut distinct = HashSet::new();
        for text in batches.iter().flatten().flatten() {
            if !distinct.contains(text) {
                distinct.insert(text.to_owned());
                if distinct.len() > RANKS_MAX {
                    return None;
                }
            }
        }
        let null = distinct.len() as u64;
        let mut distinct: Vec<String> = distinct.into_iter().collect();
        distinct.sort_unstable();
        let ranks = distinct.into_iter().zip(0..).collect();
        Some(Self { bits: bits(null), null, values: LaneValues::Texts { batches, ranks } })
    }

    /// Appends this lane's bits to the keys of these rows.
    fn append(&self, places: &[Place], keys: &mut [u128]) {
        match &self.values {
            LaneValues::Ints { batches, min } => self.append_each(places, keys, |batch, row| {
                let (values, nulls) = &batches[batch];
                let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                valid.then(|| min.abs_diff(values[row]))
            }),
            LaneValues::Texts { batches, ranks } => self.append_each(places, keys, |batch, row| {
                let texts = &batches[batch];
                if texts.is_null(row) { None } else { ranks.get(texts.value(row)).copied() }
            }),
        }
    }

    fn append_each(&self, places: &[Place], keys: &mut [u128], value: impl Fn(usize, usize) -> Option<u64>) {
        for (&(batch, row), key) in places.iter().zip(keys) {
            let value = value(batch as usize, row as usize).unwrap_or(self.null);
            *key = (*key << self.bits) | u128::from(value);
        }
    }
}

/// The bits that numbers up to `max` take.
fn bits(max: u64) -> u32 {
    u64::BITS - max.leading_zeros()
}

/// A column's values as integers that compare as they do; None for other types.
fn integers(array: &ArrayRef) -> Option<ScalarBuffer<i64>> {
    fn of<T: ArrowPrimitiveType>(
        array: &PrimitiveArray<T>,
        key: impl Fn(T::Native) -> i64,
    ) -> ScalarBuffer<i64> {
        array.values().iter().map(|&value| key(value)).collect()
    }
    Some(match array.data_type() {
        DataType::Int16 => of(array.as_primitive::<Int16Type>(), i64::from),
        DataType::Int32 => of(array.as_primitive::<Int32Type>(), i64::from),
        DataType::Date32 => of(array.as_primitive::<Date32Type>(), i64::from),
        DataType::Int64 => array.as_primitive::<Int64Type>().values().clone(),
        DataType::Time64(TimeUnit::Microsecond) => {
            array.as_primitive::<Time64MicrosecondType>().values().clone()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().values().clone()
        }
        // As total_cmp does: negative numbers with their bits turned over.
        DataType::Float32 => of(array.as_primitive::<Float32Type>(), |value| total_order(f64::from(value))),
        DataType::Float64 => of(array.as_primitive::<Float64Type>(), total_order),
        DataType::Boolean => array.as_boolean().values().iter().map(i64::from).collect(),
        _ => return None,
    })
}

fn total_order(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};
    use arrow::datatypes::{Field, Schema};
    use proptest::prelude::*;

    use super::*;

    /// Packed keys sort as Arrow's rows do.
    fn check(columns: Vec<ArrayRef>, packed: bool) {
        let fields: Vec<_> = (1..)
            .zip(&columns)
            .map(|(id, column)| Field::new(ColumnId(id).stored_name(), column.data_type().clone(), true))
            .collect();
        let ids: Vec<_> = (1..=columns.len() as u32).map(ColumnId).collect();
        let rows = columns[0].len();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.clone()).unwrap();
        let half = rows / 2;
        let batches = [batch.slice(0, half), batch.slice(half, rows - half)];
        let keys = SortKeys::new(&ids, &batches).unwrap();
        assert_eq!(matches!(keys, SortKeys::Packed(_)), packed);
        let mut found: Vec<Place> =
            (0..half).map(|row| (0, row as u32)).chain((0..rows - half).map(|row| (1, row as u32))).collect();
        let mut expected = found.clone();
        keys.sort(&mut found);
        let columns: Vec<Vec<_>> = ids
            .iter()
            .map(|&id| batches.iter().map(|batch| column(batch, id).unwrap().clone()).collect())
            .collect();
        SortKeys::Rows(row_format(&columns).unwrap()).sort(&mut expected);
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn packed_keys_sort_as_rows_do(
            rows in prop::collection::vec((prop::option::of(-3..3_i64), prop::option::of("[ab]{0,2}"), any::<f64>()), 1..60)
        ) {
            let ints: Int64Array = rows.iter().map(|row| row.0).collect();
            let texts: StringViewArray = rows.iter().map(|row| row.1.clone()).collect();
            let floats: Float64Array = rows.iter().map(|row| Some(row.2)).collect();
            check(vec![Arc::new(ints), Arc::new(texts), Arc::new(floats)], true);
        }
    }

    #[test]
    fn extremes_and_nulls_keep_their_order() {
        let extremes = [Some(i64::MAX), None, Some(i64::MIN), Some(0)];
        // The whole range leaves no number for null.
        check(vec![Arc::new(Int64Array::from(extremes.to_vec()))], false);
        check(vec![Arc::new(Int64Array::from(vec![Some(i64::MAX), None, Some(1), Some(0)]))], true);
        check(vec![Arc::new(Int64Array::from(vec![None::<i64>, None]))], true);
        let floats =
            vec![Some(-0.0), Some(0.0), Some(f64::NAN), Some(-f64::NAN), Some(f64::NEG_INFINITY), None];
        check(vec![Arc::new(Float64Array::from(floats))], true);
        let wide =
            || -> ArrayRef { Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(1), Some(5), Some(1)])) };
        check(vec![wide(), wide()], false);
    }
}
