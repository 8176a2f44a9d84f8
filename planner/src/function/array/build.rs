//! Arrays made of others and of single values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use datafusion::common::Result;

use super::{Call, Definition, list_and_value, two_lists};
use crate::function::overload::fail;

pub(super) static FUNCTIONS: &[Definition] = &[
    Definition {
        name: "array_append",
        takes: |types| match types {
            [list, value] => list_and_value(list, value).map(|(list, value)| vec![list, value]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            joined(call, |row, picks| {
                picks.all(0, call.list(0), row);
                picks.one(1, row);
                true
            })
        },
    },
    Definition {
        name: "array_prepend",
        takes: |types| match types {
            [value, list] => list_and_value(list, value).map(|(list, value)| vec![value, list]),
            _ => None,
        },
        gives: |fields| fields[1].as_ref().clone(),
        run: |call| {
            joined(call, |row, picks| {
                picks.one(0, row);
                picks.all(1, call.list(1), row);
                true
            })
        },
    },
    // A null beside an array is an array without values.
    Definition {
        name: "array_cat",
        takes: two_lists,
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            joined(call, |row, picks| {
                picks.all(0, call.list(0), row);
                picks.all(1, call.list(1), row);
                call.list(0).is_valid(row) || call.list(1).is_valid(row)
            })
        },
    },
    Definition {
        name: "array_remove",
        takes: |types| match types {
            [list, value] => list_and_value(list, value).map(|(list, value)| vec![list, value]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let order = call.order(0, 1)?;
            joined(call, |row, picks| {
                for index in call.list(0).values_of(row) {
                    if order(index, row).is_ne() {
                        picks.one(0, index);
                    }
                }
                call.list(0).is_valid(row)
            })
        },
    },
    Definition {
        name: "array_replace",
        takes: |types| match types {
            [list, from, to] => {
                let (list, from) = list_and_value(list, from)?;
                let (list, to) = list_and_value(&list, to)?;
                Some(vec![list, from, to])
            }
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let order = call.order(0, 1)?;
            joined(call, |row, picks| {
                for index in call.list(0).values_of(row) {
                    if order(index, row).is_eq() { picks.one(2, row) } else { picks.one(0, index) }
                }
                call.list(0).is_valid(row)
            })
        },
    },
    Definition {
        name: "trim_array",
        takes: |types| match types {
            [list @ DataType::List(_), _] => Some(vec![list.clone(), DataType::Int32]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let (list, counts) = (call.list(0), call.arrays[1].as_primitive::<Int32Type>());
            for row in (0..call.rows).filter(|row| list.is_valid(*row) && counts.is_valid(*row)) {
                let length = list.value_length(row);
                if !(0..=length).contains(&counts.value(row)) {
                    let message = format!("number of elements to trim must be between 0 and {length}");
                    return fail("2202E", message);
                }
            }
            joined(call, |row, picks| {
                let is_whole = list.is_valid(row) && counts.is_valid(row);
                if is_whole {
                    let left = list.value_length(row) - counts.value(row);
                    list.values_of(row).take(left as usize).for_each(|index| picks.one(0, index));
                }
                is_whole
            })
        },
    },
    // Both bounds belong to it; what lies outside of the array is left out.
    Definition {
        name: "array_slice",
        takes: |types| match types {
            [list @ DataType::List(_), _, _] => Some(vec![list.clone(), DataType::Int32, DataType::Int32]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let list = call.list(0);
            let (from, to) =
                (call.arrays[1].as_primitive::<Int32Type>(), call.arrays[2].as_primitive::<Int32Type>());
            joined(call, |row, picks| {
                let is_whole = list.is_valid(row) && from.is_valid(row) && to.is_valid(row);
                if is_whole {
                    let bounds = from.value(row)..=to.value(row);
                    let numbered = (1..).zip(list.values_of(row));
                    numbered
                        .filter(|(number, _)| bounds.contains(number))
                        .for_each(|(_, index)| picks.one(0, index));
                }
                is_whole
            })
        },
    },
    Definition {
        name: "array_fill",
        takes: |types| match types {
            [value, _] => Some(vec![value.clone(), DataType::new_list(DataType::Int32, true)]),
            _ => None,
        },
        gives: |fields| {
            let element = Field::new_list_field(fields[0].data_type().clone(), true);
            Field::new("", DataType::List(Arc::new(element)), true)
        },
        run: |call| {
            let lengths = call.list(1);
            for row in (0..call.rows).filter(|row| lengths.is_valid(*row)) {
                if lengths.value_length(row) > 1 {
                    return fail("0A000", "arrays of several dimensions are not supported by array_fill");
                }
            }
            let counts = lengths.values().as_primitive::<Int32Type>();
            joined(call, |row, picks| {
                for index in lengths.values_of(row) {
                    (0..counts.value(index).max(0)).for_each(|_| picks.one(0, row));
                }
                lengths.is_valid(row)
            })
        },
    },
];

/// Which values of which arguments a row's array has.
struct Picks(Vec<(usize, usize)>);

impl Picks {
    /// One value of an argument, or, where it is a list, of its values.
    fn one(&mut self, argument: usize, index: usize) {
        self.0.push((argument, index));
    }

    fn all(&mut self, argument: usize, list: &ListArray, row: usize) {
        self.0.extend(list.values_of(row).map(|index| (argument, index)));
    }
}

/// Builds an array a row; false makes it null.
fn joined(call: &Call, mut row_of: impl FnMut(usize, &mut Picks) -> bool) -> Result<ArrayRef> {
    let mut picks = Picks(Vec::new());
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let before = picks.0.len();
        valid.push(row_of(row, &mut picks));
        lengths.push(picks.0.len() - before);
    }
    let DataType::List(element) = &call.gives else {
        return fail("XX000", "an array function gives no array");
    };
    let sources: Vec<ArrayRef> = call
        .arrays
        .iter()
        .map(|array| match array.as_list_opt::<i32>() {
            Some(list) if array.data_type() == &call.gives => Arc::clone(list.values()),
            _ => Arc::clone(array),
        })
        .collect();
    // Arguments that nothing is picked of may be of other types.
    let used: Vec<usize> =
        (0..sources.len()).filter(|index| sources[*index].data_type() == element.data_type()).collect();
    let place = |argument: usize| used.iter().position(|index| *index == argument).unwrap_or_default();
    let picked: Vec<_> = picks.0.iter().map(|(argument, index)| (place(*argument), *index)).collect();
    let values: Vec<&dyn Array> = used.iter().map(|index| sources[*index].as_ref()).collect();
    let values = if picked.is_empty() {
        arrow::array::new_empty_array(element.data_type())
    } else {
        interleave(&values, &picked)?
    };
    let nulls = NullBuffer::from(valid);
    let list = ListArray::try_new(
        FieldRef::clone(element),
        OffsetBuffer::from_lengths(lengths),
        values,
        Some(nulls),
    )?;
    Ok(Arc::new(list))
}

/// The places of a row's values among all values.
pub(super) trait ValuesOf {
    fn values_of(&self, row: usize) -> std::ops::Range<usize>;
}

impl ValuesOf for ListArray {
    fn values_of(&self, row: usize) -> std::ops::Range<usize> {
        // What stands behind a null is none of it.
        if self.is_null(row) {
            return 0..0;
        }
        let offsets = self.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    }
}
