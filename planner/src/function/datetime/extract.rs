//! `extract(field FROM time)`, a numeric, and `date_part`, the same as `double precision`.
//! <https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-EXTRACT>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array};
use arrow::datatypes::{
    DataType, Date32Type, Field, FieldRef, IntervalMonthDayNano, IntervalMonthDayNanoType,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::is_open;
use super::unit::{Unit, counted_year, period_of_year, unsupported};
use crate::error::SqlError;
use crate::function::calendar::{self, DAY_MICROS, HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS, UNIX_EPOCH};
use crate::function::columns::call_columns;
use crate::function::native::{INTERVAL, TIME, TIMESTAMP, missing};
use crate::function::timestamp::{Moment, out_of_range};
use crate::function::zone::Zone;
use crate::query::types::name_of;

/// Digits that every part fits into.
const DIGITS: u8 = 38;
/// Digits behind the point of a Julian day with a time.
const JULIAN_SCALE: u32 = 20;

/// Both, for sessions in this zone.
pub(crate) fn functions() -> [ScalarUDF; 2] {
    [true, false].map(|is_numeric| {
        ScalarUDF::from(Part { is_numeric, signature: Signature::user_defined(Volatility::Immutable) })
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Part {
    is_numeric: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Part {
    fn name(&self) -> &str {
        if self.is_numeric { "extract" } else { "date_part" }
    }

    fn aliases(&self) -> &[String] {
        &[]
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let taken = match types {
            [field, time] if is_open(field) => match time {
                // The parts of a date are those of its midnight, of which `extract` does not know hours.
                DataType::Date32 if self.is_numeric => Some(DataType::Date32),
                DataType::Date32 | DataType::Timestamp(_, None) => Some(TIMESTAMP),
                DataType::Timestamp(_, Some(zone)) => Some(crate::function::native::timestamptz(zone)),
                DataType::Time64(_) => Some(TIME),
                DataType::Interval(_) | DataType::Duration(_) => Some(INTERVAL),
                _ => None,
            },
            _ => None,
        };
        match taken {
            Some(time) => Ok(vec![types[0].clone(), time]),
            None => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.is_numeric { DataType::Decimal128(DIGITS, 6) } else { DataType::Float64 })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let name = args.scalar_arguments.first().copied().flatten();
        let unit = name.and_then(|name| name.try_as_str().flatten()).and_then(|name| Unit::of(name, "").ok());
        let result = match (self.is_numeric, unit) {
            (true, Some(unit)) => {
                DataType::Decimal128(DIGITS, scale(unit, args.arg_fields[1].data_type()) as i8)
            }
            _ => self.return_type(&[])?,
        };
        Ok(Arc::new(Field::new(self.name(), result, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kind = name_of(&args.arg_fields[1]);
        let result = args.return_type().clone();
        call_columns(&args, |arguments, rows| -> Result<_, SqlError> {
            let names = arrow::compute::cast(&arguments[0], &DataType::Utf8View)?;
            let names = names.as_string_view();
            let parts = Parts::new(&arguments[1])?;
            let mut values = Vec::with_capacity(rows);
            let mut last: Option<(&str, Unit)> = None;
            for row in 0..rows {
                if names.is_null(row) || arguments[1].is_null(row) {
                    values.push(None);
                    continue;
                }
                let name = names.value(row);
                let unit = match last {
                    Some((known, unit)) if known == name => unit,
                    _ => Unit::of(name, &kind)?,
                };
                last = Some((name, unit));
                let value = parts.of(row, unit)?.ok_or_else(|| unsupported(name, &kind))?;
                values.push(Some((value, scale(unit, arguments[1].data_type()))));
            }
            Ok(column(values, &result))
        })
    }
}

/// Digits behind the point.
fn scale(unit: Unit, of: &DataType) -> u32 {
    match (unit, of) {
        (_, DataType::Date32) => 0,
        (Unit::Second | Unit::Epoch, _) => 6,
        (Unit::Millisecond, _) => 3,
        (Unit::Julian, _) => JULIAN_SCALE,
        _ => 0,
    }
}

/// Values with their scales, as what is asked for.
fn column(values: Vec<Option<(i128, u32)>>, result: &DataType) -> ArrayRef {
    if let DataType::Decimal128(_, wanted) = *result {
        let with_scale = |(value, scale): (i128, u32)| {
            let wanted = u32::from(wanted.unsigned_abs());
            match wanted.checked_sub(scale) {
                Some(zeros) => value * 10_i128.pow(zeros),
                None => value / 10_i128.pow(scale - wanted),
            }
        };
        let values: Decimal128Array = values.into_iter().map(|value| value.map(with_scale)).collect();
        return Arc::new(values.with_data_type(result.clone()));
    }
    let float = |(value, scale): (i128, u32)| value as f64 / 10_f64.powi(scale as i32);
    let values: Float64Array = values.into_iter().map(|value| value.map(float)).collect();
    Arc::new(values)
}

/// A column of times.
enum Parts<'a> {
    Dates(&'a arrow::array::Date32Array),
    /// With a zone of instants.
    Timestamps(&'a arrow::array::TimestampMicrosecondArray, Option<Zone>),
    Times(&'a arrow::array::Time64MicrosecondArray),
    Intervals(&'a arrow::array::IntervalMonthDayNanoArray),
}

impl<'a> Parts<'a> {
    fn new(times: &'a ArrayRef) -> Result<Self, SqlError> {
        Ok(match times.data_type() {
            DataType::Date32 => Self::Dates(times.as_primitive::<Date32Type>()),
            DataType::Timestamp(_, zone) => {
                let zone = zone.as_deref().map(Zone::of_session).transpose()?;
                Self::Timestamps(times.as_primitive::<TimestampMicrosecondType>(), zone)
            }
            DataType::Time64(_) => Self::Times(times.as_primitive::<Time64MicrosecondType>()),
            _ => Self::Intervals(times.as_primitive::<IntervalMonthDayNanoType>()),
        })
    }

    /// The part of a row, times ten to the power of its scale; None of a unit that it does not have.
    fn of(&self, row: usize, unit: Unit) -> Result<Option<i128>, SqlError> {
        Ok(match self {
            Self::Dates(dates) => {
                let days = i64::from(dates.value(row));
                match unit {
                    Unit::Epoch => Some(i128::from(days) * i128::from(DAY_MICROS / SECOND_MICROS)),
                    Unit::Julian => Some(i128::from(days + UNIX_EPOCH)),
                    _ => {
                        let (year, month, day) = calendar::date_of(days + UNIX_EPOCH);
                        of_date(unit, days + UNIX_EPOCH, year, month, day)
                    }
                }
            }
            Self::Timestamps(times, zone) => {
                let instant = times.value(row);
                let offset = zone.map_or(0, |zone| zone.offset_at(instant));
                let local =
                    instant.checked_add(i64::from(offset) * SECOND_MICROS).ok_or_else(out_of_range)?;
                of_timestamp(unit, instant, local, zone.map(|_| offset))
            }
            Self::Times(times) => match unit {
                Unit::Epoch => Some(times.value(row).into()),
                unit => of_time(unit, times.value(row)),
            },
            Self::Intervals(intervals) => of_interval(unit, intervals.value(row)),
        })
    }
}

fn of_timestamp(unit: Unit, instant: i64, local: i64, offset: Option<i32>) -> Option<i128> {
    let offset = |part: fn(i32) -> i32| offset.map(|offset| i128::from(part(offset)));
    match unit {
        Unit::Epoch => return Some(instant.into()),
        Unit::Timezone => return offset(|offset| offset),
        Unit::TimezoneHour => return offset(|offset| offset / 3600),
        Unit::TimezoneMinute => return offset(|offset| offset / 60 % 60),
        Unit::Julian => {
            let days = i128::from(local.div_euclid(DAY_MICROS) + UNIX_EPOCH) * 10_i128.pow(JULIAN_SCALE);
            let day = i128::from(DAY_MICROS);
            let numerator = i128::from(local.rem_euclid(DAY_MICROS)) * 10_i128.pow(JULIAN_SCALE);
            return Some(days + (numerator + day / 2) / day);
        }
        _ => {}
    }
    let time = of_time(unit, local.rem_euclid(DAY_MICROS));
    time.or_else(|| {
        let moment = Moment::of(local);
        of_date(unit, moment.julian_day, moment.year, moment.month, moment.day)
    })
}

/// Of microseconds, which are below zero in intervals only.
fn of_time(unit: Unit, micros: i64) -> Option<i128> {
    Some(i128::from(match unit {
        // Each to its own scale: all are microseconds of the minute.
        Unit::Microsecond | Unit::Millisecond | Unit::Second => micros % MINUTE_MICROS,
        Unit::Minute => micros % HOUR_MICROS / MINUTE_MICROS,
        Unit::Hour => micros / HOUR_MICROS,
        _ => return None,
    }))
}

fn of_date(unit: Unit, julian_day: i64, year: i32, month: i32, day: i32) -> Option<i128> {
    let value = match unit {
        Unit::Day => day.into(),
        Unit::Month => month.into(),
        Unit::Quarter => i64::from((month - 1) / 3 + 1),
        Unit::Week => calendar::iso_week(year, month, day).1.into(),
        Unit::Year => counted_year(year),
        Unit::IsoYear => counted_year(calendar::iso_week(year, month, day).0),
        Unit::Decade => period_of_year(year, 10),
        Unit::Century => period_of_year(year, 100),
        Unit::Millennium => period_of_year(year, 1000),
        Unit::DayOfWeek => calendar::weekday(julian_day).into(),
        Unit::IsoDayOfWeek => i64::from((calendar::weekday(julian_day) + 6) % 7 + 1),
        Unit::DayOfYear => julian_day - calendar::julian_day(year, 1, 1) + 1,
        _ => return None,
    };
    Some(value.into())
}

fn of_interval(unit: Unit, value: IntervalMonthDayNano) -> Option<i128> {
    let micros = value.nanoseconds / 1000;
    let years = value.months / 12;
    let part = match unit {
        Unit::Day => value.days,
        Unit::Month => value.months % 12,
        Unit::Quarter => value.months % 12 / 3 + 1,
        Unit::Year => years,
        Unit::Decade => years / 10,
        Unit::Century => years / 100,
        Unit::Millennium => years / 1000,
        // A year has 365.25 days here, a month 30.
        Unit::Epoch => {
            let quarter_days =
                i128::from(years) * 1461 + i128::from(value.months % 12) * 120 + i128::from(value.days) * 4;
            return Some(quarter_days * i128::from(DAY_MICROS / 4) + i128::from(micros));
        }
        unit => return of_time(unit, micros),
    };
    Some(part.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn years_are_counted_in_their_eras() {
        for (year, counted, decade, century, millennium) in [
            (2026, 2026, 202, 21, 3),
            (2000, 2000, 200, 20, 2),
            (1, 1, 0, 1, 1),
            (0, -1, 0, -1, -1),
            (-9, -10, -1, -1, -1),
            (-99, -100, -10, -1, -1),
            (-100, -101, -10, -2, -1),
        ] {
            let of = |unit| of_date(unit, 0, year, 1, 1).unwrap();
            let found = [Unit::Year, Unit::Decade, Unit::Century, Unit::Millennium].map(of);
            assert_eq!(found, [counted, decade, century, millennium], "{year}");
        }
    }
}
