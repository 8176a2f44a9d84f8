//! The casts to `varchar(n)` and `character(n)`: the first characters, and the type for the row description.
//!
//! A `character(n)` is carried without the blanks at its end, which mean nothing in comparisons and which a
//! cast to text loses; the wire fills it up. <https://www.postgresql.org/docs/15/datatype-character.html>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

/// The functions of a text and, as a text too, the number of characters.
pub(super) fn functions() -> [ScalarUDF; 2] {
    [false, true].map(|is_filled| {
        ScalarUDF::from(Character { is_filled, signature: Signature::any(2, Volatility::Immutable) })
    })
}

/// Texts without the blanks at their ends.
pub(crate) fn trimmed(texts: &ArrayRef) -> ArrayRef {
    let Some(values) = texts.as_string_view_opt() else { return Arc::clone(texts) };
    if !values.iter().flatten().any(|text| text.ends_with(' ')) {
        return Arc::clone(texts);
    }
    let values = values.iter().map(|text| text.map(|text| text.trim_end_matches(' ')));
    Arc::new(StringViewArray::from_iter(values))
}

/// Whether a column is a `character(n)`.
pub(crate) fn is_filled(field: &Field) -> bool {
    field.metadata().get(PG_TYPE_KEY).is_some_and(|name| name.starts_with("character("))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Character {
    /// With blanks, to its length.
    is_filled: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Character {
    fn name(&self) -> &str {
        if self.is_filled { "bpchar" } else { "varchar" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let length = args.scalar_arguments.get(1).copied().flatten().and_then(length);
        let base = if self.is_filled { "character" } else { "character varying" };
        let name = match length {
            Some(length) => format!("{base}({length})"),
            None => base.to_owned(),
        };
        let field = Field::new(self.name(), DataType::Utf8View, true);
        Ok(Arc::new(field.with_metadata([(PG_TYPE_KEY.to_owned(), name)].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts, ColumnarValue::Scalar(given)] = args.args.as_slice() else {
            return internal_err!("{} takes a text and a number", self.name());
        };
        let Some(length) = length(given) else {
            return internal_err!("{} takes a text and a number", self.name());
        };
        let is_scalar = matches!(texts, ColumnarValue::Scalar(_));
        let texts =
            cast(&texts.to_array(if is_scalar { 1 } else { args.number_rows })?, &DataType::Utf8View)?;
        let cut = texts.as_string_view().iter().map(|text| {
            text.map(|text| text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end]))
        });
        let cut = StringViewArray::from_iter(cut);
        debug_assert_eq!(cut.len(), texts.len());
        let cut: ArrayRef = Arc::new(cut);
        let cut = if self.is_filled { trimmed(&cut) } else { cut };
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&cut, 0)?),
            false => ColumnarValue::Array(cut),
        })
    }
}

fn length(value: &ScalarValue) -> Option<usize> {
    value.try_as_str().flatten()?.parse().ok()
}
