//! `to_number`, whose result has as many digits behind the point as the template, or, where the text is
//! known, as the text.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::functions::texts;
use super::number_input::Decimal;
use super::number_template::NumberTemplate;
use crate::error::SqlError;
use crate::function::columns::call_columns;
use crate::function::native::missing;

/// What the engine's numbers hold.
const DIGITS_MAX: u8 = 38;
/// Digits behind the point where the template is not known before its rows.
const SCALE_OPEN: i8 = 10;

/// The function.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(ToNumber { signature: Signature::user_defined(Volatility::Stable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToNumber {
    signature: Signature,
}

impl ScalarUDFImpl for ToNumber {
    fn name(&self) -> &str {
        "to_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        // Texts of every kind are taken: a cast would hide from the planner what they are.
        let open = |given: &DataType| if given.is_null() { DataType::Utf8View } else { given.clone() };
        match texts(types, DataType::Null) {
            Some(_) => Ok(types.iter().map(open).collect()),
            None => plan_err!("{}", missing("to_number", types)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(DIGITS_MAX, SCALE_OPEN))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let text = |index: usize| -> Option<&str> {
            let value: Option<&ScalarValue> = args.scalar_arguments.get(index).copied().flatten();
            value.and_then(|value| value.try_as_str().flatten())
        };
        let template = text(1).and_then(|template| NumberTemplate::new(template).ok());
        let scale = template.map(|template| match text(0).map(|text| template.read(text)) {
            Some(Ok(read)) => read.scale,
            _ => template.scale(),
        });
        let scale = scale.map_or(SCALE_OPEN, |scale| i8::try_from(scale.min(38)).unwrap_or(SCALE_OPEN));
        Ok(Arc::new(Field::new("to_number", DataType::Decimal128(DIGITS_MAX, scale), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let DataType::Decimal128(_, scale) = *args.return_type() else {
            return plan_err!("to_number gives a numeric");
        };
        call_columns(&args, |arguments, rows| -> Result<_, SqlError> {
            let (texts, templates) =
                (cast(&arguments[0], &DataType::Utf8View)?, cast(&arguments[1], &DataType::Utf8View)?);
            let (texts, templates) = (texts.as_string_view(), templates.as_string_view());
            let mut numbers =
                Decimal128Builder::with_capacity(rows).with_data_type(args.return_type().clone());
            let mut last: Option<(&str, NumberTemplate)> = None;
            for row in 0..rows {
                // An empty template gives nothing, as in PostgreSQL.
                if texts.is_null(row) || templates.is_null(row) || templates.value(row).is_empty() {
                    numbers.append_null();
                    continue;
                }
                let text = templates.value(row);
                let template = match last.take() {
                    Some(last) if last.0 == text => last,
                    _ => (text, NumberTemplate::new(text)?),
                };
                let read = last.insert(template).1.read(texts.value(row))?;
                numbers.append_value(with_scale(read, scale)?);
            }
            Ok(Arc::new(numbers.finish()))
        })
    }
}

fn with_scale(read: Decimal, scale: i8) -> Result<i128, SqlError> {
    let wanted = usize::try_from(scale).unwrap_or_default();
    let overflow = || SqlError::new("22003", "numeric field overflow");
    let factor = |digits: usize| 10_i128.checked_pow(digits as u32).ok_or_else(overflow);
    if read.scale > wanted {
        let unit = factor(read.scale - wanted)?;
        // Halves are rounded away from zero.
        return Ok((read.value + read.value.signum() * unit / 2) / unit);
    }
    read.value.checked_mul(factor(wanted - read.scale)?).ok_or_else(overflow)
}
