//! What is in an array: values, other arrays, comparisons with all or any of them.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int32Builder, ListBuilder};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::Result;

use super::build::ValuesOf;
use super::{Call, Definition, flattened, innermost, list_and_value, two_lists};
use crate::function::overload::fail;

pub(super) static FUNCTIONS: &[Definition] = &[
    // Nulls are alike here.
    Definition {
        name: "array_position",
        takes: |types| match types {
            [list, value] => list_and_value(list, value).map(|(list, value)| vec![list, value]),
            [list, value, _] => {
                list_and_value(list, value).map(|(list, value)| vec![list, value, DataType::Int32])
            }
            _ => None,
        },
        gives: |_| Field::new("", DataType::Int32, true),
        run: |call| {
            let (list, order) = (call.list(0), call.order(0, 1)?);
            let from = call.arrays.get(2).map(|from| from.as_primitive::<Int32Type>());
            let found = (0..call.rows).map(|row| {
                let from = from.map_or(1, |from| from.value(row));
                let mut numbered = (1..).zip(list.values_of(row));
                numbered
                    .find(|(number, index)| *number >= from && order(*index, row).is_eq())
                    .map(|(number, _)| number)
            });
            Ok(Arc::new(found.collect::<Int32Array>()))
        },
    },
    Definition {
        name: "array_positions",
        takes: |types| match types {
            [list, value] => list_and_value(list, value).map(|(list, value)| vec![list, value]),
            _ => None,
        },
        gives: |_| Field::new("", DataType::new_list(DataType::Int32, true), true),
        run: |call| {
            let (list, order) = (call.list(0), call.order(0, 1)?);
            let mut out = ListBuilder::new(Int32Builder::new());
            for row in 0..call.rows {
                for (number, index) in (1..).zip(list.values_of(row)) {
                    if order(index, row).is_eq() {
                        out.values().append_value(number);
                    }
                }
                out.append(list.is_valid(row));
            }
            Ok(Arc::new(out.finish()))
        },
    },
    // Whether the first holds every value of the second; a null is in nothing.
    Definition {
        name: "arraycontains",
        takes: two_lists,
        gives: |_| Field::new("", DataType::Boolean, true),
        run: |call| {
            matched(call, |wanted, held, same| {
                wanted.clone().all(|wanted| held.clone().any(|held| same(held, wanted)))
            })
        },
    },
    Definition {
        name: "arrayoverlap",
        takes: two_lists,
        gives: |_| Field::new("", DataType::Boolean, true),
        run: |call| {
            matched(call, |wanted, held, same| {
                wanted.clone().any(|wanted| held.clone().any(|held| same(held, wanted)))
            })
        },
    },
    // `value op ANY (array)` with the operator as a text, which is the same in every row.
    Definition {
        name: "compare_any",
        takes: compared,
        gives: |_| Field::new("", DataType::Boolean, true),
        run: |call| compare(call, true),
    },
    Definition {
        name: "compare_all",
        takes: compared,
        gives: |_| Field::new("", DataType::Boolean, true),
        run: |call| compare(call, false),
    },
    // Beyond either end there is null.
    Definition {
        name: "array_subscript",
        takes: |types| match types {
            [list @ DataType::List(_), _] => Some(vec![list.clone(), DataType::Int32]),
            _ => None,
        },
        gives: |fields| match fields[0].data_type() {
            DataType::List(element) => element.as_ref().clone(),
            _ => fields[0].as_ref().clone(),
        },
        run: |call| {
            let (list, numbers) = (call.list(0), call.arrays[1].as_primitive::<Int32Type>());
            let indices = (0..call.rows).map(|row| {
                let index = numbers
                    .is_valid(row)
                    .then(|| numbers.value(row))
                    .and_then(|number| number.checked_sub(1));
                let index = index.and_then(|index| usize::try_from(index).ok());
                index.and_then(|index| list.values_of(row).nth(index)).map(|index| index as i32)
            });
            let indices: Int32Array = indices.collect();
            Ok(take(list.values(), &indices, None)?)
        },
    },
];

/// Compares the values of the first list with those of the second one, rows that have both.
fn matched(
    call: &Call,
    holds: impl Fn(&std::ops::Range<usize>, &std::ops::Range<usize>, &dyn Fn(usize, usize) -> bool) -> bool,
) -> Result<ArrayRef> {
    let (left, right) = (flattened(call.list(0)), flattened(call.list(1)));
    let order = super::order_of(left.values(), right.values())?;
    let (own, other) = (left.values().logical_nulls(), right.values().logical_nulls());
    let is_null = |nulls: &Option<arrow::buffer::NullBuffer>, index| {
        nulls.as_ref().is_some_and(|nulls| nulls.is_null(index))
    };
    let same = |held: usize, wanted: usize| {
        !is_null(&own, held) && !is_null(&other, wanted) && order(held, wanted).is_eq()
    };
    let flags = (0..call.rows).map(|row| {
        let is_whole = left.is_valid(row) && right.is_valid(row);
        is_whole.then(|| holds(&right.values_of(row), &left.values_of(row), &same))
    });
    Ok(Arc::new(flags.collect::<BooleanArray>()))
}

fn compared(types: &[DataType]) -> Option<Vec<DataType>> {
    let [value, list, _] = types else { return None };
    let (list, value) = match list {
        // A literal that nobody has given a type is an array of what it is compared with.
        DataType::Utf8 | DataType::Null => {
            let value = if value == &DataType::Utf8 { DataType::Utf8View } else { value.clone() };
            (DataType::new_list(value.clone(), true), value)
        }
        DataType::List(element) => {
            let flat = DataType::List(Arc::clone(innermost(element)));
            let (_, value) = list_and_value(&flat, value)?;
            let list = if element.data_type().is_nested() {
                list.clone()
            } else {
                DataType::new_list(value.clone(), true)
            };
            (list, value)
        }
        _ => return None,
    };
    Some(vec![value, list, DataType::Utf8View])
}

/// True or false where one comparison decides, null where it might have been a null that does.
fn compare(call: &Call, is_any: bool) -> Result<ArrayRef> {
    let values = &call.arrays[0];
    let list = flattened(call.list(1));
    let operators = call.arrays[2].as_string_view();
    if operators.is_empty() {
        return Ok(Arc::new(BooleanArray::from(Vec::<bool>::new())));
    }
    let holds: fn(Ordering) -> bool = match operators.value(0) {
        "=" => Ordering::is_eq,
        "<>" => Ordering::is_ne,
        "<" => Ordering::is_lt,
        "<=" => Ordering::is_le,
        ">" => Ordering::is_gt,
        ">=" => Ordering::is_ge,
        other => return fail("42883", format!("operator does not exist: {other} of an array's values")),
    };
    let order = super::order_of(values, list.values())?;
    let nulls = list.values().logical_nulls();
    let flags = (0..call.rows).map(|row| {
        if list.is_null(row) {
            return None;
        }
        let mut has_null = false;
        for index in list.values_of(row) {
            if values.is_null(row) || nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
                has_null = true;
            } else if holds(order(row, index)) == is_any {
                return Some(is_any);
            }
        }
        (!has_null).then_some(!is_any)
    });
    Ok(Arc::new(flags.collect::<BooleanArray>()))
}
