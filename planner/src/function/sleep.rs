//! `pg_sleep`: waits without keeping a thread, so that sleepers delay nobody.
//!
//! <https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-DELAY>

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use async_trait::async_trait;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Float64], Volatility::Volatile);
    AsyncScalarUDF::new(Arc::new(Sleep { signature })).into_scalar_udf()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sleep {
    signature: Signature,
}

impl ScalarUDFImpl for Sleep {
    fn name(&self) -> &str {
        "pg_sleep"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("pg_sleep can only be called where it can wait")
    }
}

#[async_trait]
impl AsyncScalarUDFImpl for Sleep {
    /// Sleeps once for each row, and answers as a function that returns nothing does: an empty text.
    async fn invoke_async_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let seconds = args.args[0].to_array(args.number_rows)?;
        let seconds = seconds.as_primitive::<Float64Type>();
        for row in 0..seconds.len() {
            if seconds.is_valid(row)
                && let Ok(time) = Duration::try_from_secs_f64(seconds.value(row))
            {
                tokio::time::sleep(time).await;
            }
        }
        let result = ScalarValue::Utf8View(Some(String::new())).to_array_of_size(args.number_rows)?;
        Ok(ColumnarValue::Array(result))
    }
}
