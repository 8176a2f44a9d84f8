//! `AT TIME ZONE`, which is `timezone(zone, time)`: an instant becomes the time that a clock shows
//! there, and a clock's time the instant. The engine's own only changes the zone of display.
//!
//! <https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Date32Type, IntervalMonthDayNanoType, TimestampMicrosecondType};
use datafusion::logical_expr::{ScalarUDF, Volatility};

use super::calendar::{DAY_MICROS, SECOND_MICROS};
use super::native::{Call, Definition, INTERVAL, TIMESTAMP, timestamptz};
use super::timestamp::{in_range, out_of_range};
use super::zone::{Zone, Zones};
use crate::error::SqlError;

/// The function, for sessions in this zone, in which instants are shown.
pub(crate) fn function(zone: &str) -> ScalarUDF {
    TIMEZONE.function(zone)
}

/// The zone is a name, or an interval.
const TIMEZONE: Definition = Definition {
    name: "timezone",
    volatility: Volatility::Immutable,
    is_zoned: true,
    resolve: |types, session| {
        let [zone, time] = types else { return None };
        let zone = match zone {
            DataType::Interval(_) => INTERVAL,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8View,
            _ => return None,
        };
        let (time, result) = match time {
            DataType::Timestamp(_, None) => (TIMESTAMP, timestamptz(session)),
            DataType::Timestamp(_, Some(shown)) => (timestamptz(shown), TIMESTAMP),
            DataType::Date32 => (DataType::Date32, TIMESTAMP),
            DataType::Utf8 | DataType::Utf8View | DataType::Null => (timestamptz(session), TIMESTAMP),
            _ => return None,
        };
        Some((vec![zone, time], result))
    },
    call: convert,
};

fn convert(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let session = Zone::of_session(call.zone)?;
    let (zones, times) = (&call.arguments[0], &call.arguments[1]);
    let mut named = Zones::default();
    let mut converted = TimestampMicrosecondBuilder::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.is_null(row) {
            converted.append_null();
            continue;
        }
        let zone = match zones.data_type() {
            DataType::Interval(_) => of_interval(zones, row)?,
            _ => named.of(zones.as_string_view().value(row))?,
        };
        let time = match times.data_type() {
            // The instant at which it begins in the session's zone.
            DataType::Date32 => i64::from(times.as_primitive::<Date32Type>().value(row))
                .checked_mul(DAY_MICROS)
                .and_then(|local| zone.local(session.instant(local)?)),
            DataType::Timestamp(_, None) => {
                zone.instant(times.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            _ => zone.local(times.as_primitive::<TimestampMicrosecondType>().value(row)),
        };
        converted.append_value(time.and_then(in_range).ok_or_else(out_of_range)?);
    }
    Ok(Arc::new(converted.finish().with_data_type(call.result.clone())))
}

fn of_interval(zones: &ArrayRef, row: usize) -> Result<Zone, SqlError> {
    let offset = zones.as_primitive::<IntervalMonthDayNanoType>().value(row);
    if offset.months != 0 || offset.days != 0 {
        return Err(SqlError::new("22023", "interval time zone must not include months or days"));
    }
    let seconds = offset.nanoseconds / 1000 / SECOND_MICROS;
    i32::try_from(seconds).map(Zone::Fixed).map_err(|_| out_of_range())
}
