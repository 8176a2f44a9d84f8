//! Arrays that are made to be unnested, and what is made of arrays that nothing was collected in.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Builder, Int64Builder, ListArray, ListBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::Result;

use super::{Call, Definition, flattened, innermost};

pub(super) static FUNCTIONS: &[Definition] = &[
    // Of all dimensions the values; of null nothing.
    Definition {
        name: "unnest_array",
        takes: |types| match types {
            [list @ DataType::List(_)] => Some(vec![list.clone()]),
            [DataType::Null] => Some(vec![DataType::new_list(DataType::Utf8View, true)]),
            _ => None,
        },
        gives: |fields| match fields[0].data_type() {
            DataType::List(element) => Field::new("", DataType::List(Arc::clone(innermost(element))), true),
            other => Field::new("", other.clone(), true),
        },
        run: |call| {
            let list = flattened(call.arrays[0].as_list());
            Ok(Arc::new(without_nulls(&list)?))
        },
    },
    Definition {
        name: "array_or_empty",
        takes: |types| match types {
            [list @ DataType::List(_)] => Some(vec![list.clone()]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| Ok(Arc::new(without_nulls(call.arrays[0].as_list())?)),
    },
    // As many numbers from 1 as the longest array has values.
    Definition {
        name: "ordinality_array",
        takes: |types| Some(types.to_vec()),
        gives: |_| Field::new("", DataType::new_list(DataType::Int64, true), true),
        run: ordinality,
    },
    Definition {
        name: "generate_subscripts_array",
        takes: |types| match types {
            [list @ DataType::List(_), _] => Some(vec![list.clone(), DataType::Int32]),
            [list @ DataType::List(_), _, _] => Some(vec![list.clone(), DataType::Int32, DataType::Boolean]),
            _ => None,
        },
        gives: |_| Field::new("", DataType::new_list(DataType::Int32, true), true),
        run: subscripts,
    },
];

/// Null as an array without values.
fn without_nulls(list: &ListArray) -> Result<ListArray> {
    let DataType::List(element) = list.data_type() else { return Ok(list.clone()) };
    if list.null_count() == 0 {
        return Ok(list.clone());
    }
    // A null may still have values behind it.
    let lengths =
        (0..list.len()).map(|row| if list.is_null(row) { 0 } else { list.value_length(row) as usize });
    let offsets = OffsetBuffer::from_lengths(lengths);
    let indices = (0..list.len()).filter(|row| list.is_valid(*row)).flat_map(|row| {
        let first = list.value_offsets()[row];
        first..first + list.value_length(row)
    });
    let values = take(list.values(), &arrow::array::Int32Array::from_iter_values(indices), None)?;
    Ok(ListArray::try_new(Arc::clone(element), offsets, values, None)?)
}

fn ordinality(call: &Call) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(Int64Builder::new());
    for row in 0..call.rows {
        let lengths = call
            .arrays
            .iter()
            .filter(|array| array.is_valid(row))
            .map(|array| array.as_list_opt::<i32>().map_or(0, |list| i64::from(list.value_length(row))));
        let length = lengths.max().unwrap_or_default();
        (1..=length).for_each(|number| out.values().append_value(number));
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn subscripts(call: &Call) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(Int32Builder::new());
    let (list, dimensions) = (call.arrays[0].as_list::<i32>(), call.arrays[1].as_primitive::<Int32Type>());
    for row in 0..call.rows {
        let is_reverse = call.arrays.get(2).is_some_and(|flags| flags.as_boolean().value(row));
        if list.is_valid(row) && dimensions.is_valid(row) {
            let mut inner = list.value(row);
            for _ in 1..dimensions.value(row) {
                inner = match inner.as_list_opt::<i32>().filter(|inner| !inner.is_empty()) {
                    Some(nested) => nested.value(0),
                    None => inner.slice(0, 0),
                };
            }
            let length = if dimensions.value(row) < 1 { 0 } else { inner.len() as i32 };
            for number in 1..=length {
                out.values().append_value(if is_reverse { length + 1 - number } else { number });
            }
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}
