//! Arguments that may be dates or timestamps of either kind.

use std::sync::Arc;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};

use crate::error::SqlError;
use crate::function::calendar::DAY_MICROS;
use crate::function::native::{Call, TIMESTAMP, timestamptz};
use crate::function::timestamp::out_of_range;
use crate::function::zone::Zone;

pub(super) fn is_open(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
}

/// The one type that PostgreSQL casts such arguments to: `timestamptz`, unless one is a `timestamp` and
/// none a `timestamptz`. None where one is something else, or all are open.
pub(super) fn common_time(types: &[DataType], zone: &Arc<str>) -> Option<DataType> {
    let mut found = None;
    for data_type in types {
        let rank = match data_type {
            DataType::Date32 => 0,
            DataType::Timestamp(_, None) => 1,
            DataType::Timestamp(_, Some(_)) => 2,
            data_type if is_open(data_type) => continue,
            _ => return None,
        };
        found = found.max(Some(rank));
    }
    found.map(|rank| if rank == 1 { TIMESTAMP } else { timestamptz(zone) })
}

/// What an argument is taken as, where `common` is wanted: dates and timestamps as they are, since the
/// engine's casts between them do not know PostgreSQL's rules; [`times`] does.
pub(super) fn taken(data_type: &DataType, common: &DataType) -> DataType {
    match (data_type, common) {
        (DataType::Date32, _) => DataType::Date32,
        (DataType::Timestamp(_, None), _) => TIMESTAMP,
        _ => common.clone(),
    }
}

/// An argument as instants, or, where `is_local`, as what a clock shows.
pub(super) fn times(
    call: &Call<'_>,
    index: usize,
    is_local: bool,
) -> Result<PrimitiveArray<TimestampMicrosecondType>, SqlError> {
    let argument = &call.arguments[index];
    let local: PrimitiveArray<TimestampMicrosecondType> = match argument.data_type() {
        DataType::Date32 => argument
            .as_primitive::<Date32Type>()
            .try_unary(|day| i64::from(day).checked_mul(DAY_MICROS).ok_or_else(out_of_range))?,
        DataType::Timestamp(_, None) => argument.as_primitive::<TimestampMicrosecondType>().clone(),
        _ => {
            let times = argument.as_primitive::<TimestampMicrosecondType>().clone();
            return Ok(times.with_timezone_opt(None::<&str>));
        }
    };
    if is_local {
        return Ok(local);
    }
    let zone = Zone::of_session(call.zone)?;
    local.try_unary(|time| zone.instant(time).ok_or_else(out_of_range))
}
