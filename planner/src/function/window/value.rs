//! `first_value`, `last_value` and `nth_value`.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

use super::frame::{Exclusion, Frames};
use crate::error::SqlError;
use crate::function::native::missing;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Which {
    First,
    Last,
    Nth,
}

/// All three, of whole frames.
pub(super) fn functions() -> impl Iterator<Item = WindowUDF> {
    [Which::First, Which::Last, Which::Nth].into_iter().map(|which| function(which, Exclusion::NoOthers))
}

/// The one of that name, of frames without some rows; None of another name.
pub(crate) fn excluding(name: &str, exclusion: Exclusion) -> Option<WindowUDF> {
    let all = [Which::First, Which::Last, Which::Nth];
    all.into_iter().find(|which| which.name() == name).map(|which| function(which, exclusion))
}

fn function(which: Which, exclusion: Exclusion) -> WindowUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    WindowUDF::from(FrameValue { which, exclusion, signature })
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::First => "first_value",
            Self::Last => "last_value",
            Self::Nth => "nth_value",
        }
    }
}

#[derive(Debug)]
struct FrameValue {
    which: Which,
    exclusion: Exclusion,
    signature: Signature,
}

impl PartialEq for FrameValue {
    fn eq(&self, other: &Self) -> bool {
        (self.which, self.exclusion) == (other.which, other.exclusion)
    }
}

impl Eq for FrameValue {}

impl Hash for FrameValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.which, self.exclusion).hash(state);
    }
}

impl WindowUDFImpl for FrameValue {
    fn name(&self) -> &str {
        self.which.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match (self.which, types) {
            (Which::First | Which::Last, [_]) => Ok(types.to_vec()),
            (Which::Nth, [value, number]) if is_integer(number) => Ok(vec![value.clone(), DataType::Int32]),
            _ => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let Some(value) = args.get_input_field(0) else {
            return plan_err!("{}", missing(self.name(), &[]));
        };
        Ok(Arc::new(Field::clone(&value).with_name(args.name()).with_nullable(true)))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Choosing { which: self.which, frames: Frames::new(self.exclusion), row: 0 }))
    }
}

/// Whether a value of the type is taken where PostgreSQL wants an `integer`; a literal's is still open.
pub(super) fn is_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int16 | DataType::Int32 | DataType::Utf8 | DataType::Null)
}

#[derive(Debug)]
struct Choosing {
    which: Which,
    frames: Frames,
    row: usize,
}

impl PartitionEvaluator for Choosing {
    fn uses_window_frame(&self) -> bool {
        true
    }

    fn evaluate(&mut self, values: &[ArrayRef], frame: &Range<usize>) -> Result<ScalarValue> {
        let arguments = if self.which == Which::Nth { 2 } else { 1 };
        let Some((column, order)) = values.first().zip(values.get(arguments..)) else {
            return internal_err!("{} has no argument", self.which.name());
        };
        let parts = self.frames.next(frame, order, column.len())?;
        let row = self.row;
        self.row += 1;
        let place = match self.which {
            Which::First => parts.into_iter().find(|part| !part.is_empty()).map(|part| part.start),
            Which::Last => parts.into_iter().rfind(|part| !part.is_empty()).map(|part| part.end - 1),
            Which::Nth => {
                let numbers = values[1].as_primitive::<Int32Type>();
                match numbers.is_valid(row).then(|| numbers.value(row)) {
                    None => None,
                    Some(number) if number > 0 => {
                        parts.into_iter().flatten().nth(number.unsigned_abs() as usize - 1)
                    }
                    Some(_) => {
                        let message = "argument of nth_value must be greater than zero";
                        return Err(SqlError::new("22016", message).into());
                    }
                }
            }
        };
        match place {
            Some(place) => ScalarValue::try_from_array(column, place),
            None => ScalarValue::try_from(column.data_type()),
        }
    }
}
