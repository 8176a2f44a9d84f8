//! Texts of a column to its type: by Arrow's kernels where texts are as we would write them, and
//! one by one where not, which is slower and knows every spelling.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use crate::pg::encode::Format;
use crate::pg::parameters;
use crate::pg::types::{PgType, Scalar};

/// The column, or the row that can't be of its type and why.
pub(super) fn column(
    texts: StringViewArray,
    pg: PgType,
    target: &DataType,
    zone: Tz,
) -> Result<ArrayRef, (usize, Box<SqlError>)> {
    if target == &DataType::Utf8View && matches!(pg.scalar, Scalar::Text | Scalar::Varchar) && !pg.array {
        return Ok(Arc::new(texts));
    }
    let is_number = matches!(
        target,
        DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Float32 | DataType::Float64
    );
    if is_number {
        let options = CastOptions { safe: false, ..Default::default() };
        if let Ok(numbers) = cast_with_options(&texts, target, &options) {
            return Ok(numbers);
        }
    }
    let mut values = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let text = text.map(str::as_bytes);
        let value = parameters::decode(text, pg, Format::Text, target, zone, 1);
        values.push(value.map_err(|error| (row, Box::new(error)))?);
    }
    ScalarValue::iter_to_array(values).map_err(|error| (0, Box::new(SqlError::from(error))))
}
