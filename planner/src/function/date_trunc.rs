//! `date_trunc` of times in UTC by the engine's short way: it takes that one for times without a zone
//! only, and for all others a calendar's, row by row. The two give the same.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, FieldRef, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// Wraps the engine's function.
pub(super) fn function(engine: Arc<ScalarUDF>) -> ScalarUDF {
    ScalarUDF::from(DateTrunc { engine })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateTrunc {
    engine: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for DateTrunc {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn aliases(&self) -> &[String] {
        self.engine.aliases()
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.engine.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.engine.return_field_from_args(args)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.engine.inner().output_ordering(inputs)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [_, ColumnarValue::Array(times)] = args.args.as_mut_slice() else {
            return self.engine.invoke_with_args(args);
        };
        let DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) = times.data_type().clone() else {
            return self.engine.invoke_with_args(args);
        };
        if !matches!(zone.as_ref(), "UTC" | "Etc/UTC" | "+00:00") {
            return self.engine.invoke_with_args(args);
        }
        *times = Arc::new(
            times.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>),
        );
        // Not through the wrapper, which would miss the zone.
        match self.engine.inner().invoke_with_args(args)? {
            ColumnarValue::Array(times) => {
                let times = times.as_primitive::<TimestampMicrosecondType>().clone();
                Ok(ColumnarValue::Array(Arc::new(times.with_timezone(zone))))
            }
            ColumnarValue::Scalar(_) => internal_err!("date_trunc of an array is one"),
        }
    }
}
