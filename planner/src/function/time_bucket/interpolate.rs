//! `locf(value)` and `interpolate(value)`: what to show where there is none, as window functions in the order
//! of time. In a query with `time_bucket_gapfill` their window is written for them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, TimestampMicrosecondArray};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

use super::{micros, time};
use crate::function::native::{TIMESTAMP, missing};

pub(super) fn functions() -> [WindowUDF; 2] {
    [Filling::Last, Filling::Linear].map(|filling| {
        let signature = Signature::user_defined(Volatility::Immutable);
        WindowUDF::from(Gap { filling, signature })
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Filling {
    /// With the last value before; any type.
    Last,
    /// On the line between the values before and after, by time; `double precision`.
    Linear,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gap {
    filling: Filling,
    signature: Signature,
}

impl WindowUDFImpl for Gap {
    fn name(&self) -> &str {
        match self.filling {
            Filling::Last => "locf",
            Filling::Linear => "interpolate",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match (self.filling, types) {
            (Filling::Last, [_]) => Ok(types.to_vec()),
            (Filling::Linear, [value, at])
                if (value.is_numeric() || value.is_null()) && time(at).is_some() =>
            {
                Ok(vec![DataType::Float64, time(at).unwrap_or(TIMESTAMP)])
            }
            (Filling::Linear, [value, ..]) => {
                plan_err!("{}", missing(self.name(), std::slice::from_ref(value)))
            }
            _ => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let Some(value) = args.get_input_field(0) else { return plan_err!("{}", missing(self.name(), &[])) };
        let field = match self.filling {
            Filling::Last => Field::clone(&value).with_name(args.name()).with_nullable(true),
            Filling::Linear => Field::new(args.name(), DataType::Float64, true),
        };
        Ok(Arc::new(field))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator { filling: self.filling }))
    }
}

#[derive(Debug)]
struct Evaluator {
    filling: Filling,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let column = &values[0];
        match self.filling {
            Filling::Last => {
                let mut last = None;
                let places = (0..rows as u64).map(|row| {
                    if column.is_valid(row as usize) {
                        last = Some(row);
                    }
                    last
                });
                Ok(take(column, &places.collect::<arrow::array::UInt64Array>(), None)?)
            }
            Filling::Linear => {
                let times = micros(&values[1])?;
                Ok(Arc::new(linear(column.as_primitive::<Float64Type>(), &times)))
            }
        }
    }
}

/// Nulls before the first value and behind the last one stay.
fn linear(values: &Float64Array, times: &TimestampMicrosecondArray) -> Float64Array {
    let mut filled: Vec<Option<f64>> = values.iter().collect();
    let mut before: Option<usize> = None;
    for row in (0..values.len()).filter(|row| values.is_valid(*row) && times.is_valid(*row)) {
        if let Some(before) = before {
            let (from, to) = (values.value(before), values.value(row));
            let since = |row: usize| (times.value(row) - times.value(before)) as f64;
            for (gap, filled) in filled.iter_mut().enumerate().take(row).skip(before + 1) {
                // Rows of one time lie where they begin.
                let part = if since(row) > 0.0 { since(gap) / since(row) } else { 0.0 };
                *filled = filled.or(Some(from + (to - from) * part));
            }
        }
        before = Some(row);
    }
    Float64Array::from(filled)
}
