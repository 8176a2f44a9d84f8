//! `now()` in microseconds, as columns are: DataFusion's own counts nanoseconds, and a filter on
//! a time column would have to convert the column.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The function, for sessions in this zone.
pub(super) fn function(zone: &str) -> ScalarUDF {
    let aliases = ["current_timestamp", "transaction_timestamp", "statement_timestamp"];
    ScalarUDF::from(Now {
        zone: zone.into(),
        signature: Signature::nullary(Volatility::Stable),
        aliases: aliases.map(str::to_owned).to_vec(),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Now {
    zone: Arc<str>,
    signature: Signature,
    aliases: Vec<String>,
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &str {
        "now"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(&self.zone))))
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        // One time for the whole statement.
        let Some(now) = context.query_execution_start_time() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        let now =
            ScalarValue::TimestampMicrosecond(Some(now.timestamp_micros()), Some(Arc::clone(&self.zone)));
        Ok(ExprSimplifyResult::Simplified(Expr::Literal(now, None)))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("now() was not replaced by the statement's time")
    }
}
