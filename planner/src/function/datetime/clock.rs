//! The time as it is when a row is computed.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::clock::Clock;

use crate::error::SqlError;
use crate::function::calendar::{self, DAYS, MONTHS};
use crate::function::native::timestamptz;
use crate::function::timestamp::{Moment, out_of_range};
use crate::function::zone::Zone;

/// `clock_timestamp()`, and `timeofday()`, the same as a text of its own form.
pub(crate) fn functions(clock: &Arc<dyn Clock>, zone: &str) -> [ScalarUDF; 2] {
    [false, true].map(|is_text| {
        ScalarUDF::from(Now {
            is_text,
            clock: Arc::clone(clock),
            zone: zone.into(),
            signature: Signature::nullary(Volatility::Volatile),
        })
    })
}

#[derive(Debug)]
struct Now {
    is_text: bool,
    clock: Arc<dyn Clock>,
    zone: Arc<str>,
    signature: Signature,
}

impl PartialEq for Now {
    fn eq(&self, other: &Self) -> bool {
        (self.is_text, &self.zone) == (other.is_text, &other.zone)
    }
}

impl Eq for Now {}

impl Hash for Now {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.is_text, &self.zone).hash(state);
    }
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &str {
        if self.is_text { "timeofday" } else { "clock_timestamp" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.is_text { DataType::Utf8View } else { timestamptz(&self.zone) })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let now = self.clock.now_micros();
        let rows = args.number_rows;
        let column: ArrayRef = if self.is_text {
            let text = shown(now, &self.zone)?;
            Arc::new(StringViewArray::from(vec![text.as_str(); rows]))
        } else {
            let times = TimestampMicrosecondArray::from(vec![now; rows]);
            Arc::new(times.with_data_type(args.return_type().clone()))
        };
        Ok(ColumnarValue::Array(column))
    }
}

/// As `Sun May 03 04:05:06.789012 2026 UTC`.
fn shown(now: i64, zone: &str) -> Result<String, SqlError> {
    let zone = Zone::of_session(zone)?;
    let moment = Moment::of(zone.local(now).ok_or_else(out_of_range)?);
    let mut name = String::new();
    zone.abbreviation_at(now, &mut name);
    let (seconds, micros) = (moment.micros / 1_000_000, moment.micros % 1_000_000);
    Ok(format!(
        "{} {} {:02} {:02}:{:02}:{:02}.{micros:06} {:04} {name}",
        &DAYS[calendar::weekday(moment.julian_day) as usize][..3],
        &MONTHS[moment.month as usize - 1][..3],
        moment.day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        moment.year,
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_as_a_text() {
        let shown = super::shown(1_777_781_106_789_012, "America/New_York").unwrap();
        assert_eq!(shown, "Sun May 03 00:05:06.789012 2026 EDT");
    }
}
