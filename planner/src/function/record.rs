//! `ROW(…)`, and a relation's row as a value: an Arrow struct whose fields keep PostgreSQL's types.
//! <https://www.postgresql.org/docs/15/sql-expressions.html#SQL-SYNTAX-ROW-CONSTRUCTORS>

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_columns;

pub(crate) const NAME: &str = "record";

/// `record('a', x, 'b', y)`: a row with these columns.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Record { signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Record {
    signature: Signature,
}

impl ScalarUDFImpl for Record {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{NAME} has its type by its arguments")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let pairs = args.scalar_arguments.chunks(2).zip(args.arg_fields.chunks(2));
        let fields = pairs.map(|(values, fields)| {
            match (values[0].and_then(|name| name.try_as_str().flatten()), fields) {
                (Some(name), [_, field]) => {
                    let field = field.as_ref().clone().with_name(name).with_nullable(true);
                    Ok(Arc::new(match field.data_type() {
                        // A literal without a type is a text.
                        DataType::Null => field.with_data_type(DataType::Utf8View),
                        _ => field,
                    }))
                }
                _ => plan_err!("{NAME} takes names and values"),
            }
        });
        let fields = fields.collect::<Result<Vec<FieldRef>>>()?;
        Ok(Arc::new(Field::new(NAME, DataType::Struct(fields.into()), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let DataType::Struct(fields) = args.return_type().clone() else {
            return plan_err!("{NAME} is a row");
        };
        call_columns(&args, |arrays, rows| -> Result<ArrayRef> {
            let values = arrays
                .chunks(2)
                .zip(&fields)
                .map(|(pair, field)| Ok(arrow::compute::cast(&pair[1], field.data_type())?));
            let values = values.collect::<Result<Vec<_>>>()?;
            Ok(Arc::new(StructArray::try_new_with_length(fields, values, None, rows)?))
        })
    }
}
