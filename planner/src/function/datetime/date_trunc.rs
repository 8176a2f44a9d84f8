//! `date_trunc`: the begin of the unit that a time lies in, in the session's zone or in one that is named.
//!
//! Times without a zone and those in UTC go the engine's short way, where it knows the unit.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::is_open;
use super::unit::{Unit, unsupported};
use crate::error::SqlError;
use crate::function::calendar::{self, DAY_MICROS, HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS, UNIX_EPOCH};
use crate::function::columns::call_columns;
use crate::function::native::{INTERVAL, TIME, TIMESTAMP, missing, timestamptz};
use crate::function::timestamp::{Moment, out_of_range};
use crate::function::zone::{Zone, Zones};
use crate::query::types::name_of;

/// The function, for sessions in this zone, around the engine's.
pub(crate) fn function(engine: Arc<ScalarUDF>, zone: &str) -> ScalarUDF {
    ScalarUDF::from(DateTrunc {
        engine,
        zone: zone.into(),
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

/// The same for sessions in another zone.
pub(crate) fn in_zone(known: &ScalarUDF, zone: &str) -> Option<ScalarUDF> {
    let known: &dyn Any = known.inner().as_ref();
    known.downcast_ref::<DateTrunc>().map(|known| function(Arc::clone(&known.engine), zone))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateTrunc {
    engine: Arc<ScalarUDF>,
    /// The session's.
    zone: Arc<str>,
    signature: Signature,
}

impl ScalarUDFImpl for DateTrunc {
    fn name(&self) -> &str {
        "date_trunc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let taken = match types {
            [unit, time] if is_open(unit) => match time {
                DataType::Timestamp(_, None) => Some(vec![DataType::Utf8, TIMESTAMP]),
                DataType::Timestamp(_, Some(zone)) => Some(vec![DataType::Utf8, timestamptz(zone)]),
                DataType::Date32 => Some(vec![DataType::Utf8, timestamptz(&self.zone)]),
                DataType::Interval(_) | DataType::Duration(_) => Some(vec![DataType::Utf8, INTERVAL]),
                DataType::Time64(_) => Some(vec![DataType::Utf8, TIME]),
                _ => None,
            },
            [unit, DataType::Timestamp(..) | DataType::Date32, zone] if is_open(unit) && is_open(zone) => {
                Some(vec![DataType::Utf8, timestamptz(&self.zone), DataType::Utf8View])
            }
            _ => None,
        };
        match taken {
            Some(taken) => Ok(taken),
            None => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        // A time is a length of hours.
        Ok(if types[1] == TIME { INTERVAL } else { types[1].clone() })
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        match inputs {
            [_, _] => self.engine.inner().output_ordering(inputs),
            _ => Ok(SortProperties::Unordered),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if let Some(short) = self.short_way(&args) {
            return short;
        }
        let kind = name_of(&args.arg_fields[1]);
        call_columns(&args, |arguments, rows| {
            let names = arguments[0].as_string::<i32>();
            let mut units = Units { kind: &kind, last: None };
            let mut zones = Zones::default();
            match arguments[1].data_type() {
                DataType::Interval(_) | DataType::Time64(_) => {
                    let lengths = lengths(&arguments[1]);
                    let values = lengths.as_primitive::<IntervalMonthDayNanoType>();
                    let mut cut = Vec::with_capacity(rows);
                    for row in 0..rows {
                        let is_null = names.is_null(row) || values.is_null(row);
                        cut.push(match is_null {
                            true => None,
                            false => {
                                let unit = units.of(names.value(row))?;
                                Some(
                                    cut_interval(values.value(row), unit)
                                        .ok_or_else(|| units.unsupported())?,
                                )
                            }
                        });
                    }
                    Ok(Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::from_iter(cut)) as ArrayRef)
                }
                DataType::Timestamp(_, zone) => {
                    let own = zone.as_deref().map_or(Ok(Zone::UTC), Zone::of_session)?;
                    let values = arguments[1].as_primitive::<TimestampMicrosecondType>();
                    let named = arguments.get(2).map(|names| names.as_string_view());
                    let mut cut = Vec::with_capacity(rows);
                    for row in 0..rows {
                        if names.is_null(row)
                            || values.is_null(row)
                            || named.is_some_and(|name| name.is_null(row))
                        {
                            cut.push(None);
                            continue;
                        }
                        let unit = units.of(names.value(row))?;
                        let zone = named.map_or(Ok(own), |names| zones.of(names.value(row)))?;
                        let is_unit = is_of_timestamps(unit);
                        if !is_unit {
                            return Err(units.unsupported());
                        }
                        cut.push(Some(cut_instant(values.value(row), unit, zone).ok_or_else(out_of_range)?));
                    }
                    let cut = PrimitiveArray::<TimestampMicrosecondType>::from_iter(cut);
                    Ok(Arc::new(cut.with_data_type(arguments[1].data_type().clone())))
                }
                _ => Err(SqlError::new("42883", "date_trunc takes times")),
            }
        })
    }
}

impl DateTrunc {
    /// By the engine, whose own calendar goes row by row where there is a zone. None where it does not
    /// know how.
    fn short_way(&self, args: &ScalarFunctionArgs) -> Option<Result<ColumnarValue>> {
        let [ColumnarValue::Scalar(unit), ColumnarValue::Array(times)] = args.args.as_slice() else {
            return None;
        };
        let unit = unit.try_as_str().flatten().and_then(|name| Unit::of(name, "").ok())?;
        let name = match unit {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
            _ => return None,
        };
        let zone = match times.data_type() {
            DataType::Timestamp(_, zone) => zone.as_deref(),
            _ => return None,
        };
        matches!(zone, None | Some("UTC" | "Etc/UTC" | "+00:00")).then_some(())?;
        let local = times.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>);
        let mut args = args.clone();
        let result = args.return_field.data_type().clone();
        args.args =
            vec![ColumnarValue::Scalar(ScalarValue::from(name)), ColumnarValue::Array(Arc::new(local))];
        // Not through the wrapper, which would miss the zone.
        let cut = self.engine.inner().invoke_with_args(args).and_then(|cut| match cut {
            ColumnarValue::Array(cut) => {
                let cut = cut.as_primitive::<TimestampMicrosecondType>().clone();
                Ok(ColumnarValue::Array(Arc::new(cut.with_data_type(result))))
            }
            ColumnarValue::Scalar(_) => datafusion::common::internal_err!("date_trunc of an array is one"),
        });
        Some(cut)
    }
}

/// Units by their names, where as a rule all rows have the same.
struct Units<'a> {
    kind: &'a str,
    last: Option<(&'a str, Unit)>,
}

impl<'a> Units<'a> {
    fn of<'b: 'a>(&mut self, name: &'b str) -> Result<Unit, SqlError> {
        match self.last {
            Some((last, unit)) if last == name => Ok(unit),
            _ => {
                let unit = Unit::of(name, self.kind)?;
                self.last = Some((name, unit));
                Ok(unit)
            }
        }
    }

    fn unsupported(&self) -> SqlError {
        unsupported(self.last.map_or("", |(name, _)| name), self.kind)
    }
}

fn is_of_timestamps(unit: Unit) -> bool {
    !matches!(
        unit,
        Unit::Epoch
            | Unit::DayOfWeek
            | Unit::IsoDayOfWeek
            | Unit::DayOfYear
            | Unit::IsoYear
            | Unit::Julian
            | Unit::Timezone
            | Unit::TimezoneHour
            | Unit::TimezoneMinute
    )
}

/// Times are lengths of hours.
fn lengths(values: &ArrayRef) -> ArrayRef {
    match values.as_primitive_opt::<Time64MicrosecondType>() {
        Some(times) => {
            Arc::new(times.unary::<_, IntervalMonthDayNanoType>(|micros| {
                IntervalMonthDayNano::new(0, 0, micros * 1000)
            }))
        }
        None => Arc::clone(values),
    }
}

/// None where it leaves the range.
fn cut_instant(instant: i64, unit: Unit, zone: Zone) -> Option<i64> {
    let offset = i64::from(zone.offset_at(instant)) * SECOND_MICROS;
    let local = instant.checked_add(offset)?;
    let width = match unit {
        Unit::Microsecond => 1,
        Unit::Millisecond => 1000,
        Unit::Second => SECOND_MICROS,
        Unit::Minute => MINUTE_MICROS,
        Unit::Hour => HOUR_MICROS,
        // The clock may have been set since the day began.
        _ => return zone.instant(cut_day(local, unit)?),
    };
    Some(local - local.rem_euclid(width) - offset)
}

fn cut_day(local: i64, unit: Unit) -> Option<i64> {
    let moment = Moment::of(local);
    let year = |year: i32| calendar::julian_day(year, 1, 1);
    let day = match unit {
        Unit::Day => moment.julian_day,
        Unit::Week => moment.julian_day - i64::from((calendar::weekday(moment.julian_day) + 6) % 7),
        Unit::Month => calendar::julian_day(moment.year, moment.month, 1),
        Unit::Quarter => calendar::julian_day(moment.year, (moment.month - 1) / 3 * 3 + 1, 1),
        Unit::Year => year(moment.year),
        // Before Christ PostgreSQL's decades begin with the year that ends in 1.
        Unit::Decade if moment.year > 0 => year(moment.year / 10 * 10),
        Unit::Decade => year(-((8 - (moment.year - 1)) / 10 * 10)),
        Unit::Century => year(begin_of_years(moment.year, 100)),
        _ => year(begin_of_years(moment.year, 1000)),
    };
    (day - UNIX_EPOCH).checked_mul(DAY_MICROS)
}

/// Centuries and millennia begin with a year 1.
fn begin_of_years(year: i32, years: i32) -> i32 {
    match year {
        1.. => (year + years - 1) / years * years - (years - 1),
        _ => -((years - 1 - (year - 1)) / years * years) + 1,
    }
}

/// None of a unit that an interval does not have.
fn cut_interval(value: IntervalMonthDayNano, unit: Unit) -> Option<IntervalMonthDayNano> {
    let months = |months: i32| Some(IntervalMonthDayNano::new(value.months / months * months, 0, 0));
    let nanos = |micros: i64| {
        let width = micros * 1000;
        let cut = value.nanoseconds / width * width;
        Some(IntervalMonthDayNano::new(value.months, value.days, cut))
    };
    match unit {
        Unit::Microsecond => nanos(1),
        Unit::Millisecond => nanos(1000),
        Unit::Second => nanos(SECOND_MICROS),
        Unit::Minute => nanos(MINUTE_MICROS),
        Unit::Hour => nanos(HOUR_MICROS),
        Unit::Day => Some(IntervalMonthDayNano::new(value.months, value.days, 0)),
        Unit::Month => months(1),
        Unit::Quarter => months(3),
        Unit::Year => months(12),
        Unit::Decade => months(120),
        Unit::Century => months(1200),
        Unit::Millennium => months(12_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn units_of_years() {
        let cut = |year: i32, unit| {
            let local = (calendar::julian_day(year, 6, 15) - UNIX_EPOCH) * DAY_MICROS;
            Moment::of(cut_day(local, unit).unwrap()).year
        };
        for (year, decade, century, millennium) in
            [(2026, 2020, 2001, 2001), (2000, 2000, 1901, 1001), (1, 0, 1, 1), (-43, -50, -99, -999)]
        {
            assert_eq!(cut(year, Unit::Decade), decade, "{year}");
            assert_eq!(cut(year, Unit::Century), century, "{year}");
            assert_eq!(cut(year, Unit::Millennium), millennium, "{year}");
        }
    }

    #[test]
    fn a_day_begins_by_the_clock_there() {
        let zone = Zone::of("America/New_York").unwrap();
        // 2026-11-01 06:30 UTC is 01:30 for the second time.
        let instant = 1_793_514_600_000_000;
        assert_eq!(cut_instant(instant, Unit::Hour, zone), Some(instant - 30 * MINUTE_MICROS));
        assert_eq!(cut_instant(instant, Unit::Day, zone), Some(instant - 150 * MINUTE_MICROS));
    }
}
