//! The cast to `varchar(n)`: the first characters, and the type for the row description.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

/// The function of a text and, as a text too, the number of characters.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Varchar { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Varchar {
    signature: Signature,
}

impl ScalarUDFImpl for Varchar {
    fn name(&self) -> &str {
        "varchar"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let length = args.scalar_arguments.get(1).copied().flatten().and_then(length);
        let name = match length {
            Some(length) => format!("character varying({length})"),
            None => "character varying".to_owned(),
        };
        let field = Field::new(self.name(), DataType::Utf8View, true);
        Ok(Arc::new(field.with_metadata([(PG_TYPE_KEY.to_owned(), name)].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts, ColumnarValue::Scalar(given)] = args.args.as_slice() else {
            return internal_err!("varchar takes a text and a number");
        };
        let Some(length) = length(given) else { return internal_err!("varchar takes a text and a number") };
        let is_scalar = matches!(texts, ColumnarValue::Scalar(_));
        let texts =
            cast(&texts.to_array(if is_scalar { 1 } else { args.number_rows })?, &DataType::Utf8View)?;
        let cut = texts.as_string_view().iter().map(|text| {
            text.map(|text| text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end]))
        });
        let cut = StringViewArray::from_iter(cut);
        debug_assert_eq!(cut.len(), texts.len());
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&cut, 0)?),
            false => ColumnarValue::Array(Arc::new(cut)),
        })
    }
}

fn length(value: &ScalarValue) -> Option<usize> {
    value.try_as_str().flatten()?.parse().ok()
}
