//! `(start, end) OVERLAPS (start, end)`, where a length may stand for an end.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanBuilder, PrimitiveArray};
use arrow::datatypes::{DataType, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType};
use datafusion::logical_expr::Volatility;

use super::arguments::{common_time, is_open, taken, times};
use crate::error::SqlError;
use crate::function::calendar::DAY_MICROS;
use crate::function::native::{Call, Definition, INTERVAL, TIME, TIMESTAMP};
use crate::function::timestamp::{out_of_range, plus};
use crate::function::zone::Zone;

pub(super) const OVERLAPS: Definition = Definition {
    name: "overlaps",
    volatility: Volatility::Stable,
    is_zoned: true,
    resolve: |types, zone| {
        let [start, end, other_start, other_end] = types else { return None };
        let is_length = |end: &DataType| end == &INTERVAL;
        let ends = [end, other_end].into_iter().filter(|end| !is_length(end));
        let all: Vec<DataType> = [start, other_start].into_iter().chain(ends).cloned().collect();
        let is_time = |given: &DataType| given == &TIME || is_open(given);
        let common =
            if all.contains(&TIME) && all.iter().all(is_time) { TIME } else { common_time(&all, zone)? };
        let end_of = |end: &DataType| if is_length(end) { INTERVAL } else { taken(end, &common) };
        let start_of = |start: &DataType| taken(start, &common);
        let arguments = vec![start_of(start), end_of(end), start_of(other_start), end_of(other_end)];
        Some((arguments, DataType::Boolean))
    },
    call: overlaps,
};

fn overlaps(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let (first, second) = (period(call, 0)?, period(call, 2)?);
    let mut answers = BooleanBuilder::with_capacity(call.rows);
    for row in 0..call.rows {
        answers.append_option(overlap(first.at(row), second.at(row)));
    }
    Ok(Arc::new(answers.finish()))
}

struct Periods {
    starts: Vec<Option<i64>>,
    ends: Vec<Option<i64>>,
}

impl Periods {
    /// In order, with what is missing behind. None where nothing is given.
    fn at(&self, row: usize) -> Option<(i64, Option<i64>)> {
        match (self.starts[row], self.ends[row]) {
            (Some(start), Some(end)) => Some((start.min(end), Some(start.max(end)))),
            (one, other) => one.or(other).map(|one| (one, None)),
        }
    }
}

fn period(call: &Call<'_>, index: usize) -> Result<Periods, SqlError> {
    let is_time = call.arguments[index].data_type() == &TIME;
    let types = || call.arguments.iter().map(|argument| argument.data_type());
    let is_local = types().any(|given| given == &TIMESTAMP)
        && !types().any(|given| matches!(given, DataType::Timestamp(_, Some(_))));
    let column = |index: usize| -> Result<PrimitiveArray<TimestampMicrosecondType>, SqlError> {
        match is_time {
            true => Ok(call.arguments[index].as_primitive::<Time64MicrosecondType>().reinterpret_cast()),
            false => times(call, index, is_local),
        }
    };
    let starts: Vec<Option<i64>> = column(index)?.iter().collect();
    if call.arguments[index + 1].data_type() != &INTERVAL {
        return Ok(Periods { starts, ends: column(index + 1)?.iter().collect() });
    }
    let zone = if is_local { Zone::UTC } else { Zone::of_session(call.zone)? };
    let lengths = call.arguments[index + 1].as_primitive::<IntervalMonthDayNanoType>();
    let end = |(start, length): (&Option<i64>, _)| {
        let (Some(start), Some(length)) = (*start, length) else { return Ok(None) };
        let end = match is_time {
            // A clock goes round.
            true => Some((start + arrow_micros(length)).rem_euclid(DAY_MICROS)),
            false => plus(start, length, zone),
        };
        end.map(Some).ok_or_else(out_of_range)
    };
    let ends = starts.iter().zip(lengths).map(end).collect::<Result<_, _>>()?;
    Ok(Periods { starts, ends })
}

fn arrow_micros(length: arrow::datatypes::IntervalMonthDayNano) -> i64 {
    length.nanoseconds / 1000 % DAY_MICROS
}

/// As the standard has it: `start1 < end2 and start2 < end1`, or both begin together. Null where an end
/// that is missing would decide.
fn overlap(first: Option<(i64, Option<i64>)>, second: Option<(i64, Option<i64>)>) -> Option<bool> {
    let ((start, end), (other_start, other_end)) = (first?, second?);
    if start == other_start {
        return end.and(other_end).map(|_| true);
    }
    // The end of the one that begins first decides, then whether the other has one.
    let (end, later_start, later_end) =
        if start > other_start { (other_end, start, end) } else { (end, other_start, other_end) };
    if later_start < end? { Some(true) } else { later_end.map(|_| false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_that_touch_do_not_overlap() {
        let period = |start, end| Some((start, Some(end)));
        assert_eq!(overlap(period(1, 3), period(2, 4)), Some(true));
        assert_eq!(overlap(period(1, 2), period(2, 4)), Some(false));
        assert_eq!(overlap(period(2, 2), period(2, 4)), Some(true));
        assert_eq!(overlap(Some((1, None)), period(2, 4)), None);
        assert_eq!(overlap(period(1, 9), Some((2, None))), Some(true));
        assert_eq!(overlap(period(1, 2), Some((5, None))), None);
        assert_eq!(overlap(None, period(2, 4)), None);
    }
}
