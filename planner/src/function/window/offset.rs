//! `lag` and `lead`, with any offset and any default.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

use super::value::is_integer;
use crate::function::native::missing;
use crate::query::category;

pub(super) fn functions() -> [WindowUDF; 2] {
    [("lag", false), ("lead", true)].map(|(name, forwards)| {
        WindowUDF::from(Offset { name, forwards, signature: Signature::user_defined(Volatility::Immutable) })
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Offset {
    name: &'static str,
    forwards: bool,
    signature: Signature,
}

impl Offset {
    /// The type of the values and the default: `anycompatible`.
    fn common(&self, value: &DataType, default: &DataType) -> Option<DataType> {
        let is_open = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::Null);
        if value == default || is_open(default) {
            return Some(value.clone());
        }
        if is_open(value) {
            return Some(default.clone());
        }
        category::is_one(value, default).then(|| type_union_coercion(value, default))?
    }
}

impl WindowUDFImpl for Offset {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let taken = match types {
            [value] => Some(vec![value.clone()]),
            [value, offset] if is_integer(offset) => Some(vec![value.clone(), DataType::Int32]),
            [value, offset, default] if is_integer(offset) => {
                self.common(value, default).map(|common| vec![common.clone(), DataType::Int32, common])
            }
            _ => None,
        };
        match taken {
            Some(taken) => Ok(taken),
            None => plan_err!("{}", missing(self.name, types)),
        }
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<_> = args.input_fields().iter().map(|field| field.data_type().clone()).collect();
        let (Some(value), Some(data_type)) =
            (args.get_input_field(0), self.coerce_types(&types)?.into_iter().next())
        else {
            return plan_err!("{}", missing(self.name, &[]));
        };
        let field = Field::new(args.name(), data_type, true);
        // `jsonb` and its like: what the metadata says holds as long as the type is the value's.
        let same = value.data_type() == field.data_type();
        let metadata = if same { value.metadata().clone() } else { Default::default() };
        Ok(Arc::new(field.with_metadata(metadata)))
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Shifting { forwards: self.forwards }))
    }
}

#[derive(Debug)]
struct Shifting {
    forwards: bool,
}

impl PartitionEvaluator for Shifting {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let null = new_null_array(values[0].data_type(), 1);
        let offsets = values.get(1).map(|column| column.as_primitive::<Int32Type>());
        let default = values.get(2);
        // Of the values, of the defaults, and of null.
        let (of_values, of_defaults, of_null) = (0, 1, 2);
        let place = |row: usize| {
            let offset = match offsets {
                Some(offsets) if offsets.is_null(row) => return (of_null, 0),
                Some(offsets) => i64::from(offsets.value(row)),
                None => 1,
            };
            let offset = if self.forwards { offset } else { -offset };
            // A partition of rows fits into memory.
            match usize::try_from(row as i64 + offset) {
                Ok(target) if target < rows => (of_values, target),
                _ if default.is_some() => (of_defaults, row),
                _ => (of_null, 0),
            }
        };
        let places: Vec<_> = (0..rows).map(place).collect();
        let columns = [values[0].as_ref(), default.unwrap_or(&null).as_ref(), null.as_ref()];
        Ok(interleave(&columns, &places)?)
    }
}
