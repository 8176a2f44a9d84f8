//! A function's call by whole columns, where the engine gives constants and columns.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// Calls with columns of all arguments, and how many rows they have: one where all are constants, and
/// then the result is a constant too.
pub(crate) fn call_columns<E: Into<DataFusionError>>(
    args: &ScalarFunctionArgs,
    call: impl FnOnce(Vec<ArrayRef>, usize) -> Result<ArrayRef, E>,
) -> Result<ColumnarValue> {
    let is_constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    // A volatile function without arguments has a value for each row.
    let is_constant = is_constant && !args.args.is_empty();
    let rows = if is_constant { 1 } else { args.number_rows };
    let arguments = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<_>>()?;
    let result = call(arguments, rows).map_err(Into::into)?;
    debug_assert_eq!(result.len(), rows);
    Ok(match is_constant {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?),
        false => ColumnarValue::Array(result),
    })
}

/// The same of one argument.
pub(crate) fn call_column(
    args: &ScalarFunctionArgs,
    call: impl FnOnce(&ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    call_columns(args, |arguments, _| call(&arguments[0]))
}
