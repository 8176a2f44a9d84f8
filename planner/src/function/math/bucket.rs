//! `width_bucket`: in which of equal parts, or between which bounds, a value lies.

use std::cmp::Ordering;

use arrow::array::{Array, make_comparator};
use arrow::compute::{SortOptions, cast};
use datafusion::common::Result;

use crate::function::overload::{Definition, Kind, Rows, fail, overload};

use Kind::{Any, Float8, Int4};

pub(super) static DEFINITIONS: &[Definition] = &[Definition {
    name: "width_bucket",
    overloads: &[
        overload(&[Float8, Float8, Float8, Int4], 0, Int4, |rows| {
            rows.to_ints(|row| {
                let (value, low, high) =
                    (rows.floats(0).value(row), rows.floats(1).value(row), rows.floats(2).value(row));
                bucket(value, low, high, rows.ints(3).value(row)).map(Some)
            })
        }),
        overload(&[Any, Any], 0, Int4, |rows: &Rows| {
            let Some(bounds) = rows.array(1).as_any().downcast_ref::<arrow::array::ListArray>() else {
                return fail("42883", "function width_bucket of these types does not exist");
            };
            let values = cast(rows.array(0), bounds.values().data_type())?;
            let order = make_comparator(&values, bounds.values(), SortOptions::default())?;
            let offsets = bounds.value_offsets();
            rows.to_ints(|row| {
                let (first, mut end) = (offsets[row] as usize, offsets[row + 1] as usize);
                if bounds.value(row).null_count() > 0 {
                    return fail("22004", "thresholds array must not contain NULLs");
                }
                let mut start = first;
                while start < end {
                    let middle = start.midpoint(end);
                    if order(row, middle) == Ordering::Less { end = middle } else { start = middle + 1 }
                }
                Ok(Some((start - first) as i32))
            })
        }),
    ],
}];

/// From 1 to `count`; 0 and one more for what lies outside. `high` is the larger end, or the smaller one.
fn bucket(value: f64, low: f64, high: f64, count: i32) -> Result<i32> {
    const CODE: &str = "2201G";
    if count <= 0 {
        return fail(CODE, "count must be greater than zero");
    }
    if value.is_nan() || low.is_nan() || high.is_nan() {
        return fail(CODE, "operand, lower bound, and upper bound cannot be NaN");
    }
    if low.is_infinite() || high.is_infinite() {
        return fail(CODE, "lower and upper bounds must be finite");
    }
    if low == high {
        return fail(CODE, "lower bound cannot equal upper bound");
    }
    let (distance, width) = if low < high { (value - low, high - low) } else { (low - value, low - high) };
    if distance < 0.0 {
        return Ok(0);
    }
    if distance >= width {
        return count.checked_add(1).map_or_else(|| fail("22003", "integer out of range"), Ok);
    }
    // A quotient may round up to 1.
    Ok((f64::from(count) * (distance / width)).floor().min(f64::from(count - 1)) as i32 + 1)
}
