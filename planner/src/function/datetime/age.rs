//! `age`, in years, months and days of the calendar, and `isfinite`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, IntervalMonthDayNanoBuilder};
use arrow::datatypes::{DataType, IntervalMonthDayNano};
use datafusion::logical_expr::Volatility;

use super::arguments::{common_time, taken, times};
use crate::error::SqlError;
use crate::function::calendar::{self, DAY_MICROS};
use crate::function::native::{Call, Definition, INTERVAL};
use crate::function::timestamp::{Moment, out_of_range};
use crate::function::zone::Zone;

/// `age(later, earlier)`; that of one argument is written as `age(current_date, earlier)` by
/// [`crate::query::dialect`].
pub(super) const AGE: Definition = Definition {
    name: "age",
    volatility: Volatility::Stable,
    is_zoned: true,
    resolve: |types, zone| {
        let [one, other] = types else { return None };
        let common = common_time(types, zone)?;
        Some((vec![taken(one, &common), taken(other, &common)], INTERVAL))
    },
    call: age,
};

/// There is no infinite time here.
pub(super) const ISFINITE: Definition = Definition {
    name: "isfinite",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| match types {
        [DataType::Date32 | DataType::Timestamp(..) | DataType::Interval(_) | DataType::Duration(_)] => {
            Some((types.to_vec(), DataType::Boolean))
        }
        _ => None,
    },
    call: |call| {
        let given = call.arguments[0].nulls().cloned();
        Ok(Arc::new(BooleanArray::new(arrow::buffer::BooleanBuffer::new_set(call.rows), given)))
    },
};

fn age(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let is_instant = |array: &ArrayRef| matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
    let is_local =
        call.arguments.iter().any(|array| array.data_type() == &crate::function::native::TIMESTAMP)
            && !call.arguments.iter().any(is_instant);
    let (laters, earliers) = (times(call, 0, is_local)?, times(call, 1, is_local)?);
    let zone = if is_local { Zone::UTC } else { Zone::of_session(call.zone)? };
    let mut ages = IntervalMonthDayNanoBuilder::with_capacity(call.rows);
    for (later, earlier) in laters.iter().zip(&earliers) {
        let (Some(later), Some(earlier)) = (later, earlier) else {
            ages.append_null();
            continue;
        };
        let shown = |time: i64| zone.local(time).map(Moment::of).ok_or_else(out_of_range);
        let (one, other) = (shown(later)?, shown(earlier)?);
        ages.append_value(if later < earlier {
            negated(between(&other, &one))
        } else {
            between(&one, &other)
        });
    }
    Ok(Arc::new(ages.finish()))
}

fn negated(value: IntervalMonthDayNano) -> IntervalMonthDayNano {
    IntervalMonthDayNano::new(-value.months, -value.days, -value.nanoseconds)
}

/// Days are borrowed from the earlier one's month.
fn between(later: &Moment, earlier: &Moment) -> IntervalMonthDayNano {
    let mut micros = later.micros - earlier.micros;
    let mut days = later.day - earlier.day;
    let mut months = (later.year - earlier.year) * 12 + later.month - earlier.month;
    if micros < 0 {
        micros += DAY_MICROS;
        days -= 1;
    }
    while days < 0 {
        days += calendar::days_in_month(earlier.year, earlier.month);
        months -= 1;
    }
    IntervalMonthDayNano::new(months, days, micros * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn days_are_borrowed_from_the_earlier_month() {
        let day = |year, month, day| Moment {
            julian_day: calendar::julian_day(year, month, day),
            year,
            month,
            day,
            micros: 0,
        };
        let check = |later: Moment, earlier: Moment, months, days| {
            assert_eq!(between(&later, &earlier), IntervalMonthDayNano::new(months, days, 0));
        };
        check(day(2026, 3, 31), day(2026, 2, 28), 1, 3);
        check(day(2026, 3, 1), day(2024, 2, 29), 24, 1);
        check(day(2026, 4, 10), day(1957, 6, 13), 12 * 68 + 9, 27);
    }
}
