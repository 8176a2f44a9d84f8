//! Functions of arrays: <https://www.postgresql.org/docs/15/functions-array.html>.
//!
//! An array is a list; one of several dimensions a list of lists. Arrays here begin at 1.

mod build;
mod operators;
mod ordered;
mod rows;
mod search;
mod shape;
mod text;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::function::columns::call_columns;
use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::array::{DynComparator, make_comparator};
use arrow::buffer::OffsetBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

pub(super) use operators::Operators;
pub(super) use text::function as to_string;

/// The functions.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    let functions = build::FUNCTIONS.iter().chain(rows::FUNCTIONS).chain(search::FUNCTIONS);
    functions.chain(ordered::FUNCTIONS).chain(shape::FUNCTIONS).map(Definition::function)
}

/// A function whose types follow from those of its arguments.
struct Definition {
    name: &'static str,
    /// What the arguments are cast to; None where there is no such function.
    takes: fn(&[DataType]) -> Option<Vec<DataType>>,
    /// The type of the result, of such arguments.
    gives: fn(&[FieldRef]) -> Field,
    run: fn(&Call) -> Result<ArrayRef>,
}

/// The arguments of a call, and the type that its result has.
struct Call {
    arrays: Vec<ArrayRef>,
    rows: usize,
    gives: DataType,
}

impl Call {
    fn list(&self, index: usize) -> &ListArray {
        self.arrays[index].as_list()
    }

    /// The order of the values of a list beside those of a column, by their places. Nulls are alike.
    fn order(&self, list: usize, column: usize) -> Result<DynComparator> {
        order_of(self.list(list).values(), &self.arrays[column])
    }
}

fn order_of(left: &ArrayRef, right: &ArrayRef) -> Result<DynComparator> {
    Ok(make_comparator(left, right, SortOptions::default())?)
}

/// What a list and a value beside it are cast to: of one type, as the engine compares them.
fn list_and_value(list: &DataType, value: &DataType) -> Option<(DataType, DataType)> {
    let list = match list {
        DataType::List(element) => element.data_type(),
        DataType::Null => &DataType::Null,
        _ => return None,
    };
    let common = match (list, value) {
        (DataType::Null, DataType::Null) => DataType::Utf8View,
        (DataType::Null, known) | (known, DataType::Null) => known.clone(),
        // A literal that nobody has given a type is of the other's.
        (known, DataType::Utf8) if !known.is_nested() => known.clone(),
        (list, value) if list == value => list.clone(),
        (list, value) => comparison_coercion(list, value)?,
    };
    Some((DataType::new_list(common.clone(), true), common))
}

/// What two lists are cast to.
fn two_lists(types: &[DataType]) -> Option<Vec<DataType>> {
    let common = match types {
        [DataType::List(left), DataType::List(right)] => {
            let (list, _) = list_and_value(&types[0], right.data_type())?;
            if left.data_type() == right.data_type() { types[0].clone() } else { list }
        }
        [list @ DataType::List(_), DataType::Null | DataType::Utf8]
        | [DataType::Null | DataType::Utf8, list @ DataType::List(_)] => list.clone(),
        _ => return None,
    };
    Some(vec![common.clone(), common])
}

impl Definition {
    fn function(&'static self) -> ScalarUDF {
        ScalarUDF::from(ArrayFunction {
            definition: self,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    }
}

struct ArrayFunction {
    definition: &'static Definition,
    signature: Signature,
}

impl std::fmt::Debug for ArrayFunction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.definition.name)
    }
}

impl PartialEq for ArrayFunction {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}

impl Eq for ArrayFunction {}

impl Hash for ArrayFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl ScalarUDFImpl for ArrayFunction {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match (self.definition.takes)(types) {
            Some(types) => Ok(types),
            None => plan_err!("no {} of these types", self.name()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{} has its type by its arguments", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let mut field = (self.definition.gives)(args.arg_fields).with_name(self.name()).with_nullable(true);
        // Of the text that an array was read from.
        if matches!(field.data_type(), DataType::List(element) if !element.data_type().is_string()) {
            field.metadata_mut().remove(PG_TYPE_KEY);
        }
        Ok(Arc::new(field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_columns(&args, |arrays, rows| {
            let gives = args.return_field.data_type().clone();
            (self.definition.run)(&Call { arrays, rows, gives })
        })
    }
}

/// The values of the innermost dimension in order, and those of a row: as if there were but one.
fn flattened(list: &ListArray) -> ListArray {
    let mut list = list.clone();
    while let Some(inner) = list.values().as_list_opt::<i32>() {
        let offsets: Vec<i32> =
            list.offsets().iter().map(|offset| inner.value_offsets()[*offset as usize]).collect();
        let DataType::List(element) = Array::data_type(inner) else { break };
        let offsets = OffsetBuffer::new(offsets.into());
        list =
            ListArray::new(Arc::clone(element), offsets, Arc::clone(inner.values()), list.nulls().cloned());
    }
    list
}

/// The type of an array's innermost values.
fn innermost(element: &FieldRef) -> &FieldRef {
    match element.data_type() {
        DataType::List(inner) => innermost(inner),
        _ => element,
    }
}
