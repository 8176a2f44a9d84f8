//! `ntile`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

use super::value::is_integer;
use crate::error::SqlError;
use crate::function::native::missing;

pub(super) fn function() -> WindowUDF {
    WindowUDF::from(Ntile { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ntile {
    signature: Signature,
}

impl WindowUDFImpl for Ntile {
    fn name(&self) -> &'static str {
        "ntile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [number] if is_integer(number) => Ok(vec![DataType::Int32]),
            _ => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Int32, true)))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Dividing))
    }
}

#[derive(Debug)]
struct Dividing;

impl PartitionEvaluator for Dividing {
    /// The first number that is not null decides for its row and all after it, of all rows of the
    /// partition: as `window_ntile`.
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let numbers = values[0].as_primitive::<Int32Type>();
        let Some(first) = (0..rows).find(|row| numbers.is_valid(*row)) else {
            return Ok(Arc::new(Int32Array::new_null(rows)));
        };
        let count = numbers.value(first);
        if count <= 0 {
            let message = "argument of ntile must be greater than zero";
            return Err(SqlError::new("22014", message).into());
        }
        let count_of_rows = count.unsigned_abs() as usize;
        // The first ones have one more, until the rest is used up.
        let (size, larger) = (rows / count_of_rows, rows % count_of_rows);
        let number = |row: usize| {
            let place = row - first;
            let bucket = match place.checked_sub(larger * (size + 1)) {
                Some(behind) if size > 0 => larger + behind / size,
                _ => place / (size + 1),
            };
            bucket as i32 + 1
        };
        let numbers = (0..rows).map(|row| (row >= first).then(|| number(row)));
        Ok(Arc::new(numbers.collect::<Int32Array>()))
    }
}
