//! The values that Bind brings, as the planner takes them.

mod array;
mod binary;
pub mod declared;
mod text;

use arrow::datatypes::DataType;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use super::encode::Format;
use super::message::invalid_utf8;
use super::types::{PgType, Scalar};

/// Reads a value of type `pg` as the type that the planner gave the parameter. `number` counts
/// from 1, for messages.
pub fn decode(
    value: Option<&[u8]>,
    pg: PgType,
    format: Format,
    target: &DataType,
    zone: Tz,
    number: usize,
) -> Result<ScalarValue, SqlError> {
    let Some(value) = value else {
        return ScalarValue::try_from(target).map_err(SqlError::from);
    };
    let scalar = match format {
        Format::Text => {
            let text =
                std::str::from_utf8(value).map_err(|error| invalid_utf8(&value[error.valid_up_to()..]))?;
            text_value(text, pg, zone)?
        }
        Format::Binary => binary_value(value, pg, zone).ok_or_else(|| {
            SqlError::new(
                "22P03",
                format!("incorrect binary data format in bind parameter {number} of type {}", pg.name()),
            )
        })??,
    };
    let scalar = match scalar {
        // The blanks that fill it up mean nothing.
        ScalarValue::Utf8View(Some(text)) if pg.scalar == Scalar::Bpchar => {
            ScalarValue::Utf8View(Some(text.trim_end_matches(' ').to_owned()))
        }
        scalar => scalar,
    };
    if scalar.data_type() == *target { Ok(scalar) } else { scalar.cast_to(target).map_err(SqlError::from) }
}

fn text_value(text: &str, pg: PgType, zone: Tz) -> Result<ScalarValue, SqlError> {
    if pg.array { array::from_text(text, pg, zone) } else { text::scalar(text, pg.scalar, zone) }
}

/// None where the bytes do not have the type's form.
fn binary_value(value: &[u8], pg: PgType, zone: Tz) -> Option<Result<ScalarValue, SqlError>> {
    if pg.array { array::from_binary(value, zone) } else { binary::scalar(value, pg.scalar) }
}

#[cfg(test)]
mod tests;
