//! `gen_random_uuid`: <https://www.postgresql.org/docs/15/functions-uuid.html>.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

/// The engine's function under PostgreSQL's name and of its type.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Random { signature: Signature::nullary(Volatility::Volatile) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Random {
    signature: Signature,
}

impl ScalarUDFImpl for Random {
    fn name(&self) -> &str {
        "gen_random_uuid"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = Field::new(self.name(), DataType::Utf8View, true);
        Ok(Arc::new(field.with_metadata([(PG_TYPE_KEY.to_owned(), "uuid".to_owned())].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = datafusion::functions::string::uuid().invoke_with_args(args)?;
        texts.cast_to(&DataType::Utf8View, None)
    }
}
