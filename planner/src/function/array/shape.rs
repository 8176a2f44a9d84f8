//! How long an array is, and in how many dimensions.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::Result;

use super::build::ValuesOf;
use super::{Call, Definition, flattened};

pub(super) static FUNCTIONS: &[Definition] = &[
    of_dimension("array_length", length),
    of_dimension("array_upper", length),
    of_dimension("array_lower", |call| bound(call, |_| 1)),
    Definition {
        name: "array_ndims",
        takes: of_list,
        gives: |_| Field::new("", DataType::Int32, true),
        run: |call| {
            let counts =
                (0..call.rows).map(|row| lengths(&call.arrays[0], row).map(|lengths| lengths.len() as i32));
            Ok(Arc::new(counts.collect::<Int32Array>()))
        },
    },
    Definition {
        name: "array_dims",
        takes: of_list,
        gives: |_| Field::new("", DataType::Utf8View, true),
        run: |call| {
            let texts = (0..call.rows).map(|row| {
                lengths(&call.arrays[0], row).map(|lengths| {
                    lengths.iter().fold(String::new(), |mut text, length| {
                        let _ = write!(text, "[1:{length}]");
                        text
                    })
                })
            });
            Ok(Arc::new(texts.collect::<StringViewArray>()))
        },
    },
    Definition {
        name: "cardinality",
        takes: of_list,
        gives: |_| Field::new("", DataType::Int32, true),
        run: |call| {
            let list = flattened(call.list(0));
            let counts =
                (0..call.rows).map(|row| list.is_valid(row).then(|| list.values_of(row).len() as i32));
            Ok(Arc::new(counts.collect::<Int32Array>()))
        },
    },
];

fn of_list(types: &[DataType]) -> Option<Vec<DataType>> {
    match types {
        [list @ DataType::List(_)] => Some(vec![list.clone()]),
        _ => None,
    }
}

/// A function of an array and the number of a dimension.
const fn of_dimension(name: &'static str, run: fn(&Call) -> Result<ArrayRef>) -> Definition {
    Definition {
        name,
        takes: |types| match types {
            [list @ DataType::List(_), _] => Some(vec![list.clone(), DataType::Int32]),
            _ => None,
        },
        gives: |_| Field::new("", DataType::Int32, true),
        run,
    }
}

fn length(call: &Call) -> Result<ArrayRef> {
    bound(call, |length| length)
}

fn bound(call: &Call, of: impl Fn(i32) -> i32) -> Result<ArrayRef> {
    let dimensions = call.arrays[1].as_primitive::<Int32Type>();
    let bounds = (0..call.rows).map(|row| {
        let lengths = lengths(&call.arrays[0], row)?;
        let dimension = dimensions
            .is_valid(row)
            .then(|| dimensions.value(row))
            .and_then(|number| number.checked_sub(1))?;
        lengths.get(usize::try_from(dimension).ok()?).map(|length| of(*length))
    });
    Ok(Arc::new(bounds.collect::<Int32Array>()))
}

/// The length in each dimension; None of null, and of an array without values, which has none.
fn lengths(array: &ArrayRef, row: usize) -> Option<Vec<i32>> {
    let mut lengths = Vec::new();
    let mut array = Arc::clone(array);
    let mut row = row;
    while let Some(list) = array.as_list_opt::<i32>() {
        let values = list.values_of(row);
        if list.is_null(row) || values.is_empty() {
            return None;
        }
        lengths.push(values.len() as i32);
        row = values.start;
        let values = Arc::clone(list.values());
        array = values;
    }
    Some(lengths)
}
