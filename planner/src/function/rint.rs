//! The nearest whole number, and of two the even one: so PostgreSQL casts a float to an integer.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_column;

/// The function, of floats, and of arrays of floats and numerics.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(Rint { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Rint {
    signature: Signature,
}

impl ScalarUDFImpl for Rint {
    fn name(&self) -> &str {
        "rint"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(whole(&types[0]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_column(&args, rint)
    }
}

/// The type of the results: a decimal loses what is behind its point.
fn whole(data_type: &DataType) -> DataType {
    match data_type {
        DataType::List(element) => DataType::new_list(whole(element.data_type()), true),
        DataType::Decimal128(..) => DataType::Decimal128(38, 0),
        DataType::Decimal256(..) => DataType::Decimal256(76, 0),
        data_type => data_type.clone(),
    }
}

fn rint(values: &ArrayRef) -> Result<ArrayRef> {
    let to = whole(values.data_type());
    Ok(match values.data_type() {
        DataType::Float32 => {
            Arc::new(values.as_primitive::<Float32Type>().unary::<_, Float32Type>(f32::round_ties_even))
        }
        DataType::Float64 => {
            Arc::new(values.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::round_ties_even))
        }
        // Half away from zero.
        DataType::Decimal128(..) | DataType::Decimal256(..) => cast(values, &to)?,
        DataType::List(_) => {
            let list = values.as_list::<i32>();
            let elements = rint(list.values())?;
            let field = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
            Arc::new(ListArray::try_new(field, list.offsets().clone(), elements, list.nulls().cloned())?)
        }
        other => return internal_err!("rint of {other}"),
    })
}
