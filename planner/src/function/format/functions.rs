//! The functions, over columns. A template is parsed anew only where a row has another one than the row
//! before it.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Builder, Decimal256Array, PrimitiveArray, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::Volatility;

use super::datetime_fields::Read;
use super::datetime_output::Fields;
use super::datetime_template::DateTimeTemplate;
use super::number_template::NumberTemplate;
use crate::error::SqlError;
use crate::function::calendar::{self, DAY_MICROS, HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS};
use crate::function::native::{Call, Definition, INTERVAL, Resolved, TIMESTAMP, timestamptz};
use crate::function::timestamp::{self, Moment};
use crate::function::zone::Zone;

type Result<T> = std::result::Result<T, SqlError>;

/// `to_char(value, template)`.
pub(crate) const TO_CHAR: Definition = Definition {
    name: "to_char",
    volatility: Volatility::Stable,
    is_zoned: true,
    resolve: resolve_to_char,
    call: to_char,
};

/// `to_date(text, template)`.
pub(crate) const TO_DATE: Definition = Definition {
    name: "to_date",
    volatility: Volatility::Stable,
    is_zoned: true,
    resolve: |types, _| texts(types, DataType::Date32),
    call: to_date,
};

/// `to_timestamp(text, template)`, and `to_timestamp(seconds since 1970)`.
pub(crate) const TO_TIMESTAMP: Definition = Definition {
    name: "to_timestamp",
    // Of seconds it gives one instant, in every zone.
    volatility: Volatility::Immutable,
    is_zoned: true,
    resolve: |types, zone| match types {
        [seconds] if seconds.is_numeric() || is_text(seconds) || seconds.is_null() => {
            Some((vec![DataType::Float64], timestamptz(zone)))
        }
        _ => texts(types, timestamptz(zone)),
    },
    call: to_timestamp,
};

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Two texts.
pub(super) fn texts(types: &[DataType], result: DataType) -> Option<Resolved> {
    let [text, template] = types else { return None };
    let is_text = |given: &DataType| is_text(given) || given.is_null();
    (is_text(text) && is_text(template)).then(|| (vec![DataType::Utf8View; 2], result))
}

fn resolve_to_char(types: &[DataType], zone: &Arc<str>) -> Option<Resolved> {
    use DataType::{
        Date32, Decimal128, Decimal256, Duration, Float16, Float32, Float64, Int8, Int16, Int32, Int64,
        Interval, Time64, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8View,
    };
    let [value, template] = types else { return None };
    (is_text(template) || template.is_null()).then_some(())?;
    let taken = match value {
        Timestamp(_, None) => TIMESTAMP,
        Timestamp(_, Some(_)) => timestamptz(zone),
        // A date is the time at which it begins in the session's zone, a time a length of hours: not cast
        // by the engine, which has other rules.
        Date32 | Time64(_) => value.clone(),
        Interval(_) | Duration(_) => INTERVAL,
        // PostgreSQL prefers this one for what it has no function for.
        Int8 | Int16 | UInt8 | Float16 | Float64 => Float64,
        Int32 | UInt16 => Int32,
        Int64 | UInt32 | UInt64 => Int64,
        Float32 => Float32,
        Decimal128(..) | Decimal256(..) => value.clone(),
        _ => return None,
    };
    Some((vec![taken, Utf8View], Utf8View))
}

/// Templates by their text, where as a rule all rows have the same.
struct Templates<'a, T> {
    parse: fn(&str) -> Result<T>,
    last: Option<(&'a str, T)>,
}

impl<'a, T> Templates<'a, T> {
    fn new(parse: fn(&str) -> Result<T>) -> Self {
        Self { parse, last: None }
    }

    fn of(&mut self, text: &'a str) -> Result<&T> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != text) {
            self.last = None;
        }
        let parsed = match self.last.take() {
            Some(last) => last,
            None => (text, (self.parse)(text)?),
        };
        Ok(&self.last.insert(parsed).1)
    }
}

fn datetime_templates<'a>() -> Templates<'a, DateTimeTemplate> {
    Templates::new(|text| Ok(DateTimeTemplate::new(text)))
}

fn to_char(call: &Call<'_>) -> Result<ArrayRef> {
    let values = &call.arguments[0];
    match values.data_type() {
        DataType::Timestamp(_, None) => {
            let values = values.as_primitive::<TimestampMicrosecondType>();
            datetimes(call, |row, _, write| write(&of_timestamp(values.value(row))))
        }
        DataType::Timestamp(_, Some(_)) => {
            let values = values.as_primitive::<TimestampMicrosecondType>();
            instants(call, |row, _| Some(values.value(row)))
        }
        DataType::Date32 => {
            let values = values.as_primitive::<Date32Type>();
            instants(call, |row, zone| zone.instant(i64::from(values.value(row)).checked_mul(DAY_MICROS)?))
        }
        DataType::Time64(_) => {
            let values = values.as_primitive::<Time64MicrosecondType>();
            datetimes(call, |row, _, write| write(&of_interval(0, 0, values.value(row))))
        }
        DataType::Interval(_) => {
            let values = values.as_primitive::<IntervalMonthDayNanoType>();
            datetimes(call, |row, _, write| {
                let value = values.value(row);
                write(&of_interval(value.months, value.days, value.nanoseconds / 1000))
            })
        }
        DataType::Int32 => numbers::<Int32Type>(call, NumberTemplate::write_integer),
        DataType::Int64 => numbers::<Int64Type>(call, NumberTemplate::write_bigint),
        DataType::Float32 => numbers::<Float32Type>(call, NumberTemplate::write_real),
        DataType::Float64 => numbers::<Float64Type>(call, NumberTemplate::write_double),
        DataType::Decimal128(..) => {
            let values = values.as_primitive::<Decimal128Type>();
            decimals(call, |row| values.value_as_string(row))
        }
        _ => {
            let values: &Decimal256Array = values.as_primitive();
            decimals(call, |row| values.value_as_string(row))
        }
    }
}

/// Writes what is an instant, None of one that is out of range.
fn instants(call: &Call<'_>, instant: impl Fn(usize, Zone) -> Option<i64>) -> Result<ArrayRef> {
    let zone = Zone::of_session(call.zone)?;
    let mut name = String::new();
    datetimes(call, |row, template, write| {
        let instant = instant(row, zone).ok_or_else(timestamp::out_of_range)?;
        let offset = zone.offset_at(instant);
        let local = instant.checked_add(i64::from(offset) * SECOND_MICROS);
        if template.names_zone() {
            zone.abbreviation_at(instant, &mut name);
        }
        let fields = of_timestamp(local.ok_or_else(timestamp::out_of_range)?);
        write(&Fields { offset, zone: Some(&name), ..fields })
    })
}

type Write<'a> = &'a mut dyn FnMut(&Fields<'_>) -> Result<()>;

/// `fields` writes those of a row.
fn datetimes(
    call: &Call<'_>,
    mut fields: impl FnMut(usize, &DateTimeTemplate, Write<'_>) -> Result<()>,
) -> Result<ArrayRef> {
    let mut templates = datetime_templates();
    // An empty template gives no value, of a number an empty one, as in PostgreSQL.
    written(call, |row, template, output| {
        if template.is_empty() {
            return Ok(false);
        }
        let template = templates.of(template)?;
        fields(row, template, &mut |fields| template.write(fields, output))?;
        Ok(true)
    })
}

fn numbers<T: ArrowPrimitiveType>(
    call: &Call<'_>,
    write: fn(&NumberTemplate, T::Native, &mut String) -> Result<()>,
) -> Result<ArrayRef> {
    let values = call.arguments[0].as_primitive::<T>();
    let mut templates = Templates::new(NumberTemplate::new);
    written(call, |row, template, output| {
        write(templates.of(template)?, values.value(row), output).map(|()| true)
    })
}

fn decimals(call: &Call<'_>, text: impl Fn(usize) -> String) -> Result<ArrayRef> {
    let mut templates = Templates::new(NumberTemplate::new);
    written(call, |row, template, output| {
        templates.of(template)?.write_decimal(&text(row), output).map(|()| true)
    })
}

/// A text for each row in which nothing is null; null where `write` gives false.
fn written<'a>(
    call: &'a Call<'_>,
    mut write: impl FnMut(usize, &'a str, &mut String) -> Result<bool>,
) -> Result<ArrayRef> {
    let templates = call.text(1);
    let mut texts = StringViewBuilder::with_capacity(call.rows);
    let mut text = String::new();
    for row in 0..call.rows {
        text.clear();
        match !call.is_null(row) && write(row, templates.value(row), &mut text)? {
            true => texts.append_value(&text),
            false => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn of_timestamp(micros: i64) -> Fields<'static> {
    let moment = Moment::of(micros);
    let day = moment.julian_day;
    Fields {
        year: moment.year,
        month: moment.month,
        day: moment.day,
        weekday: calendar::weekday(day),
        day_of_year: (day - calendar::julian_day(moment.year, 1, 1) + 1) as i32,
        ..of_time(moment.micros)
    }
}

fn of_interval(months: i32, days: i32, micros: i64) -> Fields<'static> {
    Fields {
        is_interval: true,
        year: months / 12,
        month: months % 12,
        day: days,
        day_of_year: months.wrapping_mul(30).wrapping_add(days),
        ..of_time(micros)
    }
}

fn of_time(micros: i64) -> Fields<'static> {
    Fields {
        hour: micros / HOUR_MICROS,
        minute: (micros % HOUR_MICROS / MINUTE_MICROS) as i32,
        second: (micros % MINUTE_MICROS / SECOND_MICROS) as i32,
        micros: (micros % SECOND_MICROS) as i32,
        ..Fields::default()
    }
}

/// Calls `add` with what each row says, None where something is null.
fn reads(call: &Call<'_>, mut add: impl FnMut(&str, Option<Read>) -> Result<()>) -> Result<()> {
    let (texts, patterns) = (call.text(0), call.text(1));
    let mut templates = datetime_templates();
    for row in 0..call.rows {
        match call.is_null(row) {
            true => add("", None)?,
            false => {
                let read = templates.of(patterns.value(row))?.read(texts.value(row))?;
                add(texts.value(row), Some(read))?;
            }
        }
    }
    Ok(())
}

fn to_date(call: &Call<'_>) -> Result<ArrayRef> {
    let mut dates = Date32Builder::with_capacity(call.rows);
    reads(call, |text, read| {
        let Some(read) = read else {
            dates.append_null();
            return Ok(());
        };
        let day = calendar::julian_day(read.year, read.month, read.day);
        if !calendar::is_valid_julian(read.year, read.month) || day < 0 {
            return Err(SqlError::new("22008", format!("date out of range: \"{text}\"")));
        }
        dates.append_value((day - calendar::UNIX_EPOCH) as i32);
        Ok(())
    })?;
    Ok(Arc::new(dates.finish()))
}

fn to_timestamp(call: &Call<'_>) -> Result<ArrayRef> {
    if call.arguments.len() == 1 {
        return timestamps_of_seconds(call);
    }
    let zone = Zone::of_session(call.zone)?;
    let mut times = TimestampMicrosecondBuilder::with_capacity(call.rows);
    reads(call, |_, read| {
        let time = read.map(|read| instant(&read, zone).ok_or_else(timestamp::out_of_range));
        times.append_option(time.transpose()?);
        Ok(())
    })?;
    Ok(Arc::new(times.finish().with_data_type(call.result.clone())))
}

fn instant(read: &Read, zone: Zone) -> Option<i64> {
    let local = timestamp::micros_of(read.year, read.month, read.day, read.micros)?;
    let zone = read.offset.map_or(zone, Zone::Fixed);
    let instant = zone.instant(local)?;
    let instant = match read.precision {
        None => instant,
        Some(digits) => timestamp::rounded(instant, digits)?,
    };
    timestamp::in_range(instant)
}

fn timestamps_of_seconds(call: &Call<'_>) -> Result<ArrayRef> {
    let seconds = call.arguments[0].as_primitive::<Float64Type>();
    let times: PrimitiveArray<TimestampMicrosecondType> = seconds.try_unary(|seconds| {
        if seconds.is_nan() {
            return Err(SqlError::new("22008", "timestamp cannot be NaN"));
        }
        // Counted from 2000, as PostgreSQL does it, so that it rounds alike.
        let since_2000 = seconds - timestamp::POSTGRES_EPOCH_SECONDS as f64;
        let micros = (since_2000 * 1e6).round_ties_even();
        let instant = (micros.abs() < 9.2e18)
            .then(|| (micros as i64).checked_add(timestamp::POSTGRES_EPOCH_SECONDS * SECOND_MICROS));
        instant.flatten().and_then(timestamp::in_range).ok_or_else(|| {
            let mut shown = String::new();
            let _ = write!(shown, "timestamp out of range: \"{seconds}\"");
            SqlError::new("22008", shown)
        })
    })?;
    Ok(Arc::new(times.with_data_type(call.result.clone())))
}
