//! What ordered-set aggregates make of the values that `array_agg` has collected in their order.
//!
//! <https://www.postgresql.org/docs/15/functions-aggregate.html#FUNCTIONS-ORDEREDSET-TABLE>

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewBuilder, Float64Array, Float64Builder, Int32Array,
    IntervalMonthDayNanoArray, ListArray, ListBuilder, StringViewArray,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, IntervalMonthDayNanoType};
use datafusion::common::Result;

use super::Definition;
use super::build::ValuesOf;
use crate::function::interval;
use crate::function::overload::fail;

pub(super) static FUNCTIONS: &[Definition] = &[
    // The most frequent value, of several the first.
    Definition {
        name: "array_mode",
        takes: |types| match types {
            [list @ DataType::List(_)] => Some(vec![list.clone()]),
            _ => None,
        },
        gives: element,
        run: |call| {
            let (list, order) =
                (call.list(0), super::order_of(call.list(0).values(), call.list(0).values())?);
            let modes = (0..call.rows).map(|row| {
                let (mut best, mut most) = (None, 0);
                let (mut first, mut count) = (None, 0);
                for index in valid(list, row) {
                    if first.is_some_and(|first| order(first, index).is_eq()) {
                        count += 1;
                    } else {
                        (first, count) = (Some(index), 1);
                    }
                    if count > most {
                        (best, most) = (first, count);
                    }
                }
                best.map(|index| index as i32)
            });
            let modes: Int32Array = modes.collect();
            Ok(take(list.values(), &modes, None)?)
        },
    },
    // `string_agg`: null where there was no text.
    Definition {
        name: "string_of_array",
        takes: |types| match types {
            [DataType::List(_), _] => {
                Some(vec![DataType::new_list(DataType::Utf8View, true), DataType::Utf8View])
            }
            _ => None,
        },
        gives: |_| Field::new("", DataType::Utf8View, true),
        run: |call| {
            let (list, delimiters) = (call.list(0), call.arrays[1].as_string_view());
            let texts = list.values().as_string_view();
            let joined = (0..call.rows).map(|row| {
                let delimiter = if delimiters.is_valid(row) { delimiters.value(row) } else { "" };
                let parts = list.values_of(row).filter(|index| texts.is_valid(*index));
                parts
                    .map(|index| texts.value(index).to_owned())
                    .reduce(|joined, part| joined + delimiter + &part)
            });
            Ok(Arc::new(joined.collect::<StringViewArray>()))
        },
    },
    // The same with a delimiter before each value but the first, of texts or bytes.
    Definition {
        name: "string_of_arrays",
        takes: |types| match types {
            [DataType::List(values), DataType::List(_)] => {
                let of_bytes = matches!(values.data_type(), DataType::Binary | DataType::BinaryView);
                let element = if of_bytes { DataType::BinaryView } else { DataType::Utf8View };
                Some(vec![DataType::new_list(element, true); 2])
            }
            _ => None,
        },
        gives: element,
        run: |call| {
            let (list, delimiters) = (call.list(0), call.list(1));
            let values = cast(list.values(), &DataType::BinaryView)?;
            let between = cast(delimiters.values(), &DataType::BinaryView)?;
            let (values, between) = (values.as_binary_view(), between.as_binary_view());
            let mut joined = BinaryViewBuilder::with_capacity(call.rows);
            let mut text = Vec::new();
            for row in 0..call.rows {
                text.clear();
                let (parts, before) = (list.values_of(row), delimiters.values_of(row));
                if parts.is_empty() {
                    joined.append_null();
                    continue;
                }
                for (number, (part, before)) in parts.zip(before).enumerate() {
                    if number > 0 && between.is_valid(before) {
                        text.extend_from_slice(between.value(before));
                    }
                    text.extend_from_slice(values.value(part));
                }
                joined.append_value(&text);
            }
            let joined: ArrayRef = Arc::new(joined.finish());
            // Texts one behind the other are text.
            Ok(if call.gives == DataType::BinaryView { joined } else { cast(&joined, &call.gives)? })
        },
    },
    // The first value at whose place so large a part of all has been seen.
    Definition {
        name: "array_percentile_disc",
        takes: |types| match types {
            [list @ DataType::List(_), _] => Some(vec![list.clone(), DataType::Float64]),
            _ => None,
        },
        gives: element,
        run: |call| {
            let (list, parts) = (call.list(0), call.arrays[1].as_primitive::<Float64Type>());
            let mut places = Vec::with_capacity(call.rows);
            for row in 0..call.rows {
                let part = parts.is_valid(row).then(|| parts.value(row));
                places.push(part.map(|part| discrete(valid(list, row), part)).transpose()?.flatten());
            }
            Ok(take(list.values(), &Int32Array::from(places), None)?)
        },
    },
    Definition {
        name: "array_percentiles_disc",
        takes: |types| match types {
            [list @ DataType::List(_), _] => {
                Some(vec![list.clone(), DataType::new_list(DataType::Float64, true)])
            }
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let (list, parts) = (call.list(0), call.list(1));
            let fractions = parts.values().as_primitive::<Float64Type>();
            let (mut places, mut lengths, mut nulls) = (Vec::new(), Vec::new(), Vec::new());
            for row in 0..call.rows {
                let before = places.len();
                for index in parts.values_of(row) {
                    places.push(match fractions.is_valid(index) {
                        true => discrete(valid(list, row), fractions.value(index))?,
                        false => None,
                    });
                }
                lengths.push(places.len() - before);
                nulls.push(list.is_valid(row));
            }
            let values = take(list.values(), &Int32Array::from(places), None)?;
            let DataType::List(element) = &call.gives else {
                return fail("XX000", "percentiles are an array");
            };
            let offsets = arrow::buffer::OffsetBuffer::from_lengths(lengths);
            Ok(Arc::new(ListArray::try_new(FieldRef::clone(element), offsets, values, Some(nulls.into()))?))
        },
    },
    // Between two values the part of the way that the fraction says.
    Definition {
        name: "array_percentiles_cont",
        takes: |types| match types {
            [DataType::List(_), _] => Some(vec![DataType::new_list(DataType::Float64, true); 2]),
            _ => None,
        },
        gives: |fields| fields[0].as_ref().clone(),
        run: |call| {
            let (list, parts) = (call.list(0), call.list(1));
            let (values, fractions) =
                (list.values().as_primitive::<Float64Type>(), parts.values().as_primitive::<Float64Type>());
            let mut out = ListBuilder::new(Float64Builder::new());
            for row in 0..call.rows {
                let places = valid(list, row);
                for index in parts.values_of(row) {
                    let part = checked(fractions.value(index))?;
                    let at = part * (places.len().max(1) - 1) as f64;
                    let low = places.start + at.floor() as usize;
                    let high = places.start + at.ceil() as usize;
                    out.values().append_option(places.contains(&high).then(|| {
                        let (low, high) = (values.value(low), values.value(high));
                        low + (at - at.floor()) * (high - low)
                    }));
                }
                out.append(list.is_valid(row));
            }
            Ok(Arc::new(out.finish()) as ArrayRef)
        },
    },
    Definition {
        name: "array_percentile_cont",
        takes: |types| match types {
            [list @ DataType::List(values), _] => {
                let is_interval = matches!(values.data_type(), DataType::Interval(_));
                let list =
                    if is_interval { list.clone() } else { DataType::new_list(DataType::Float64, true) };
                Some(vec![list, DataType::Float64])
            }
            _ => None,
        },
        gives: element,
        run: |call| {
            let (list, parts) = (call.list(0), call.arrays[1].as_primitive::<Float64Type>());
            let mut places = Vec::with_capacity(call.rows);
            for row in 0..call.rows {
                let values = valid(list, row);
                let part = parts.is_valid(row).then(|| checked(parts.value(row))).transpose()?;
                places.push(part.filter(|_| !values.is_empty()).map(|part| {
                    let at = part * (values.len() - 1) as f64;
                    (values.start + at.floor() as usize, values.start + at.ceil() as usize, at - at.floor())
                }));
            }
            if let Some(values) = list.values().as_primitive_opt::<Float64Type>() {
                let between = |(low, high, part): (usize, usize, f64)| {
                    let (low, high) = (values.value(low), values.value(high));
                    low + part * (high - low)
                };
                let found = places.into_iter().map(|place| place.map(between));
                return Ok(Arc::new(found.collect::<Float64Array>()));
            }
            let values = list.values().as_primitive::<IntervalMonthDayNanoType>();
            let found = places.into_iter().map(|place| {
                let between = |(low, high, part): (usize, usize, f64)| {
                    Ok(interval::between(values.value(low), values.value(high), part)?)
                };
                place.map(between).transpose()
            });
            Ok(Arc::new(found.collect::<Result<IntervalMonthDayNanoArray>>()?))
        },
    },
];

fn element(fields: &[FieldRef]) -> Field {
    match fields[0].data_type() {
        DataType::List(element) => element.as_ref().clone(),
        _ => fields[0].as_ref().clone(),
    }
}

/// The places of a row's values but for nulls, which stand at one end.
fn valid(list: &ListArray, row: usize) -> Range<usize> {
    let Range { mut start, mut end } = list.values_of(row);
    while start < end && list.values().is_null(start) {
        start += 1;
    }
    while start < end && list.values().is_null(end - 1) {
        end -= 1;
    }
    start..end
}

fn discrete(places: Range<usize>, part: f64) -> Result<Option<i32>> {
    let nth = (checked(part)? * places.len() as f64).ceil().max(1.0) as usize;
    Ok((!places.is_empty()).then(|| (places.start + nth - 1).min(places.end - 1) as i32))
}

fn checked(part: f64) -> Result<f64> {
    match part {
        0.0..=1.0 => Ok(part),
        _ => fail("22003", format!("percentile value {part} is not between 0 and 1")),
    }
}
