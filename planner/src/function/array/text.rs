//! `array_to_string`: the values as they are put out, one behind the other.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::build::ValuesOf;
use super::{flattened, innermost};
use crate::function::text::Writer;

/// The function: times are those of the session's zone.
pub(in crate::function) fn function(writer: &Writer) -> ScalarUDF {
    let signature = Signature::user_defined(Volatility::Stable);
    ScalarUDF::from(ToString { writer: writer.clone(), signature })
}

#[derive(Debug)]
struct ToString {
    writer: Writer,
    signature: Signature,
}

impl PartialEq for ToString {
    fn eq(&self, other: &Self) -> bool {
        self.writer.is_like(&other.writer)
    }
}

impl Eq for ToString {}

impl Hash for ToString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for ToString {
    fn name(&self) -> &str {
        "array_to_string"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let list = match types.first() {
            Some(list @ DataType::List(_)) => list.clone(),
            Some(DataType::Null) => DataType::new_list(DataType::Utf8View, true),
            _ => return plan_err!("array_to_string takes an array"),
        };
        match types.len() {
            2 | 3 => Ok(std::iter::once(list).chain(vec![DataType::Utf8View; types.len() - 1]).collect()),
            _ => plan_err!("array_to_string takes two or three arguments"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays =
            args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let list = flattened(arrays[0].as_list());
        let DataType::List(element) = arrays[0].data_type() else {
            return plan_err!("array_to_string takes an array");
        };
        let texts: ArrayRef = match list.values().as_boolean_opt() {
            Some(flags) => {
                let letters = flags.iter().map(|flag| flag.map(|flag| if flag { "t" } else { "f" }));
                Arc::new(letters.collect::<StringViewArray>())
            }
            None => self.writer.texts(list.values(), innermost(element))?,
        };
        let texts = cast(&texts, &DataType::Utf8View)?;
        let (texts, delimiters) = (texts.as_string_view(), arrays[1].as_string_view());
        let nulls = arrays.get(2).map(|nulls| nulls.as_string_view());
        let mut out = StringViewBuilder::with_capacity(args.number_rows);
        let mut buffer = String::new();
        for row in 0..args.number_rows {
            if list.is_null(row) || delimiters.is_null(row) {
                out.append_null();
                continue;
            }
            buffer.clear();
            let null = nulls.filter(|nulls| nulls.is_valid(row)).map(|nulls| nulls.value(row));
            let values = list.values_of(row);
            let parts = values
                .filter_map(|index| if texts.is_valid(index) { Some(texts.value(index)) } else { null });
            for (index, part) in parts.enumerate() {
                buffer.push_str(if index == 0 { "" } else { delimiters.value(row) });
                buffer.push_str(part);
            }
            out.append_value(&buffer);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish()) as ArrayRef))
    }
}
