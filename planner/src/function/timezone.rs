//! `AT TIME ZONE`, which is `timezone(zone, time)`: an instant becomes the time that a clock shows
//! there, and a clock's time the instant. The engine's own only changes the zone of display.
//!
//! <https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::SqlError;

/// How far before a gap its clock is still on the old time: no gap is longer than a day.
const BEFORE_GAP: Duration = Duration::days(1);

/// The function, for sessions in this zone, in which instants are shown.
pub(crate) fn function(zone: &str) -> ScalarUDF {
    ScalarUDF::from(Timezone { zone: zone.into(), signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Timezone {
    zone: Arc<str>,
    signature: Signature,
}

impl ScalarUDFImpl for Timezone {
    fn name(&self) -> &str {
        "timezone"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [_, time] = types else { return plan_err!("timezone takes a zone and a time") };
        let zone = match time {
            DataType::Timestamp(_, zone) => zone.clone(),
            _ => Some(Arc::clone(&self.zone)),
        };
        Ok(vec![DataType::Utf8View, DataType::Timestamp(TimeUnit::Microsecond, zone)])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let zone = match &types[1] {
            DataType::Timestamp(_, Some(_)) => None,
            _ => Some(Arc::clone(&self.zone)),
        };
        Ok(DataType::Timestamp(TimeUnit::Microsecond, zone))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let (zones, times) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let convert = match times.data_type() {
            DataType::Timestamp(_, Some(_)) => shown,
            _ => instant,
        };
        let (zones, times) = (zones.as_string_view(), times.as_primitive::<TimestampMicrosecondType>());
        // As a rule all rows have the same.
        let mut last: Option<(&str, Tz)> = None;
        let mut converted = Vec::with_capacity(rows);
        for row in 0..rows {
            if zones.is_null(row) || times.is_null(row) {
                converted.push(None);
                continue;
            }
            let name = zones.value(row);
            let zone = match last {
                Some((before, zone)) if before == name => zone,
                _ => zone_of(name)?,
            };
            last = Some((name, zone));
            let Some(time) = DateTime::from_timestamp_micros(times.value(row)) else {
                return exec_err!("timestamp out of range");
            };
            converted.push(Some(convert(zone, time.naive_utc()).and_utc().timestamp_micros()));
        }
        let converted = TimestampMicrosecondArray::from(converted).with_data_type(args.return_type().clone());
        if is_scalar {
            let value = datafusion::common::ScalarValue::try_from_array(&converted, 0)?;
            return Ok(ColumnarValue::Scalar(value));
        }
        Ok(ColumnarValue::Array(Arc::new(converted) as ArrayRef))
    }
}

fn zone_of(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        let error = SqlError::new("22023", format!("time zone \"{name}\" not recognized"))
            .with_hint("Write a name such as 'Europe/Berlin'.");
        DataFusionError::External(Box::new(error))
    })
}

/// What a clock there shows at an instant.
fn shown(zone: Tz, utc: NaiveDateTime) -> NaiveDateTime {
    utc + Duration::seconds(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into())
}

/// The instant at which a clock there shows a time. Of two such instants the second, as in
/// PostgreSQL; where a clock is set forward over it, as if it had not been.
fn instant(zone: Tz, local: NaiveDateTime) -> NaiveDateTime {
    let offset = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(_, offset) => offset.fix(),
        LocalResult::None => zone.offset_from_utc_datetime(&(local - BEFORE_GAP)).fix(),
    };
    local - Duration::seconds(offset.local_minus_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn clocks_that_are_set_forward_and_back() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let time = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        for (local, utc) in [
            ("2026-01-15 12:00", "2026-01-15 11:00"),
            ("2026-07-15 12:00", "2026-07-15 10:00"),
            ("2026-03-29 02:30", "2026-03-29 01:30"),
            ("2026-10-25 02:30", "2026-10-25 01:30"),
        ] {
            assert_eq!(instant(berlin, time(local)), time(utc), "{local}");
        }
        assert_eq!(shown(berlin, time("2026-03-29 01:00")), time("2026-03-29 03:00"));
        assert_eq!(shown(berlin, time("2026-10-25 00:30")), time("2026-10-25 02:30"));
        assert!(zone_of("Nowhere/Land").is_err());
    }
}
