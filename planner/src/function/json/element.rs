//! Values that are JSON already, on their way through `array_agg`: its elements have Arrow's type alone, which
//! does not tell `jsonb` from a text. A struct's field does.

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

use crate::function::columns::call_column;

/// The field of such a struct.
pub(super) const FIELD: &str = "\u{1}json";

/// `json_element(x)`: `json` and `jsonb` within a struct, anything else as it is.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Element { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Element {
    signature: Signature,
}

impl ScalarUDFImpl for Element {
    fn name(&self) -> &str {
        "json_element"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("json_element has its type by its argument")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let given = &args.arg_fields[0];
        let is_json = given.metadata().get(PG_TYPE_KEY).is_some_and(|name| name.starts_with("json"));
        if !is_json || !given.data_type().is_string() {
            return Ok(Arc::clone(given));
        }
        let inner = Field::new(FIELD, DataType::Utf8View, true).with_metadata(given.metadata().clone());
        Ok(Arc::new(Field::new(self.name(), DataType::Struct(vec![inner].into()), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_column(&args, |values| {
            match args.return_type() {
                // A row is one already.
                DataType::Struct(fields) if values.data_type().is_string() => {
                    let texts = cast(values, &DataType::Utf8View)?;
                    Ok(Arc::new(StructArray::try_new(fields.clone(), vec![texts], None)?) as ArrayRef)
                }
                _ => Ok(Arc::clone(values)),
            }
        })
    }
}
