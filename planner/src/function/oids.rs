//! `oids`: an array of numbers as the `oid[]` that it is. Columns say that they are OIDs, but what
//! `array_agg` makes of them does not; drivers that read an array's type by its OID need to know.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Oids { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Oids {
    signature: Signature,
}

fn element() -> Field {
    let metadata = [(PG_TYPE_KEY.to_owned(), "oid".to_owned())];
    Field::new_list_field(DataType::Int64, true).with_metadata(metadata.into())
}

impl ScalarUDFImpl for Oids {
    fn name(&self) -> &str {
        "oids"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(element())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let plain = DataType::new_list(DataType::Int64, true);
        let (_, offsets, values, nulls) =
            cast(&args.args[0].to_array(args.number_rows)?, &plain)?.as_list::<i32>().clone().into_parts();
        let marked = ListArray::try_new(Arc::new(element()), offsets, values, nulls)?;
        Ok(ColumnarValue::Array(Arc::new(marked) as ArrayRef))
    }
}
