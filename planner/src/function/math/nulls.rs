//! `num_nulls` and `num_nonnulls`: <https://www.postgresql.org/docs/15/functions-comparison.html>.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Both.
pub(super) fn functions() -> [ScalarUDF; 2] {
    [true, false].map(|nulls| {
        ScalarUDF::from(Count { nulls, signature: Signature::variadic_any(Volatility::Immutable) })
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Count {
    nulls: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Count {
    fn name(&self) -> &str {
        if self.nulls { "num_nulls" } else { "num_nonnulls" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut counts = vec![0; args.number_rows];
        for value in &args.args {
            let array = value.to_array(args.number_rows)?;
            let nulls = array.logical_nulls();
            for (row, count) in counts.iter_mut().enumerate() {
                let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                *count += i32::from(is_null == self.nulls);
            }
        }
        Ok(ColumnarValue::Array(Arc::new(Int32Array::from(counts)) as ArrayRef))
    }
}
