//! Functions as PostgreSQL knows them: one name, several lists of argument types, null where an
//! argument is null.
//!
//! Which list a call means is decided as in PostgreSQL, as far as functions here need it: the one with
//! the most types that fit exactly, and of equals the first. A literal without a type fits everything.
//!
//! <https://www.postgresql.org/docs/15/typeconv-func.html>

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray, BooleanBuilder,
    Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, ListBuilder, PrimitiveBuilder,
    StringViewArray, StringViewBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Field, FieldRef, Float64Type, Int32Type, Int64Type,
};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

use super::cast::{bytea_of, jsonb_of};
use super::json::check_path;
use crate::error::SqlError;

/// A type of PostgreSQL that an argument or a result has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int4,
    Int8,
    Float8,
    /// With the scale that it comes with.
    Numeric,
    /// A numeric without digits behind the point.
    Whole,
    Text,
    Bytea,
    /// Text as it was written.
    Json,
    /// Canonical text.
    Jsonb,
    /// A path over it, as it was written.
    Jsonpath,
    TextArray,
    /// Arrays of them, one for each row of a function that gives rows.
    TextArrays,
    /// `json[]`
    JsonArray,
    /// `jsonb[]`
    JsonbArray,
    /// As it comes.
    Any,
}

/// One list of argument types, and what a call of it does.
pub(super) struct Overload {
    pub(super) takes: &'static [Kind],
    /// How many of the last ones may be missing.
    pub(super) optional: usize,
    pub(super) gives: Kind,
    pub(super) run: fn(&Rows) -> Result<ArrayRef>,
}

/// `f(takes) -> gives`, of which the last `optional` may be missing.
pub(super) const fn overload(
    takes: &'static [Kind],
    optional: usize,
    gives: Kind,
    run: fn(&Rows) -> Result<ArrayRef>,
) -> Overload {
    Overload { takes, optional, gives, run }
}

/// A name with its overloads.
pub(crate) struct Definition {
    pub(super) name: &'static str,
    pub(super) overloads: &'static [Overload],
}

impl Definition {
    /// The function for the engine.
    pub(crate) fn function(&'static self) -> ScalarUDF {
        // A constant of the engine's loses what a list says of the type of its elements: such a call is
        // not made one.
        let is_constant = self.overloads.iter().all(|overload| !overload.gives.is_list_of_json());
        let volatility = if is_constant { Volatility::Immutable } else { Volatility::Volatile };
        ScalarUDF::from(Overloaded { definition: self, signature: Signature::user_defined(volatility) })
    }
}

/// An error of PostgreSQL's out of a function.
pub(super) fn fail<T>(sqlstate: &'static str, message: impl Into<String>) -> Result<T> {
    Err(SqlError::new(sqlstate, message).into())
}

struct Overloaded {
    definition: &'static Definition,
    signature: Signature,
}

impl std::fmt::Debug for Overloaded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.definition.name)
    }
}

impl PartialEq for Overloaded {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}

impl Eq for Overloaded {}

impl Hash for Overloaded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl Kind {
    /// What an argument is cast to, and what a result is.
    pub(super) fn arrow(self, given: &DataType) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int4 => DataType::Int32,
            Self::Int8 => DataType::Int64,
            Self::Float8 => DataType::Float64,
            Self::Numeric if given.is_decimal() => given.clone(),
            Self::Numeric if given.is_integer() => DataType::Decimal128(20, 0),
            Self::Numeric => DataType::Decimal128(38, 10),
            Self::Whole => DataType::Decimal128(38, 0),
            // A literal's bytes are read by us: the engine would take its characters.
            Self::Bytea if given == &DataType::Utf8 => DataType::Utf8,
            Self::Bytea => DataType::BinaryView,
            Self::Text | Self::Json | Self::Jsonb | Self::Jsonpath => DataType::Utf8View,
            Self::TextArray => DataType::new_list(DataType::Utf8View, true),
            Self::TextArrays => DataType::new_list(DataType::new_list(DataType::Utf8View, true), true),
            Self::JsonArray => DataType::List(Arc::new(marked("json"))),
            Self::JsonbArray => DataType::List(Arc::new(marked("jsonb"))),
            Self::Any => given.clone(),
        }
    }

    fn is_list_of_json(self) -> bool {
        matches!(self, Self::JsonArray | Self::JsonbArray)
    }

    /// How well an argument fits; None where it does not.
    fn fit(self, given: &DataType) -> Option<u32> {
        use DataType::{Binary, BinaryView, Decimal128, Decimal256, LargeUtf8, Utf8View};
        const EXACT: u32 = 100;
        if is_unknown(given) {
            // A literal is rather a text than something else.
            return Some(if self == Self::Text { 2 } else { 1 });
        }
        let is_small = matches!(given, DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16);
        let is_integer = given.is_integer();
        Some(match self {
            Self::Any => 1,
            Self::Bool if given == &DataType::Boolean => EXACT,
            Self::Int4 if given == &DataType::Int32 => EXACT,
            Self::Int4 if is_small => 3,
            Self::Int8 if matches!(given, DataType::Int64 | DataType::UInt64) => EXACT,
            Self::Int8 if is_integer => 3,
            Self::Float8 if given == &DataType::Float64 => EXACT,
            Self::Float8
                if is_integer || matches!(given, DataType::Float32 | Decimal128(..) | Decimal256(..)) =>
            {
                3
            }
            Self::Numeric if matches!(given, Decimal128(..)) => EXACT,
            Self::Numeric if is_integer => 2,
            Self::Text | Self::Json | Self::Jsonb | Self::Jsonpath
                if matches!(given, Utf8View | LargeUtf8) =>
            {
                EXACT
            }
            Self::Bytea if matches!(given, BinaryView | Binary | DataType::LargeBinary) => EXACT,
            Self::TextArray => match given {
                DataType::List(element) if element.data_type().is_string() => EXACT,
                // `ARRAY[]` and `ARRAY[NULL]`.
                DataType::List(element) if element.data_type().is_null() => 3,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// As `pg_typeof` names it, where Arrow's type does not tell.
    fn mark(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("json"),
            Self::Jsonb => Some("jsonb"),
            Self::Jsonpath => Some("jsonpath"),
            Self::Text => Some("text"),
            Self::JsonArray => Some("json[]"),
            Self::JsonbArray => Some("jsonb[]"),
            _ => None,
        }
    }
}

/// An element of a list that is of this type.
fn marked(name: &str) -> Field {
    let field = Field::new_list_field(DataType::Utf8View, true);
    field.with_metadata([(PG_TYPE_KEY.to_owned(), name.to_owned())].into())
}

/// Whether a value may be a literal that nobody has given a type.
fn is_unknown(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::Null)
}

impl Overloaded {
    fn find(&self, types: &[DataType]) -> Option<&'static Overload> {
        let mut best: Option<(u32, &Overload)> = None;
        for overload in self.definition.overloads {
            if types.len() > overload.takes.len() || types.len() + overload.optional < overload.takes.len() {
                continue;
            }
            let fits = types.iter().zip(overload.takes).map(|(given, kind)| kind.fit(given));
            let Some(fits) = fits.sum::<Option<u32>>() else { continue };
            if best.is_none_or(|(most, _)| fits > most) {
                best = Some((fits, overload));
            }
        }
        best.map(|(_, overload)| overload)
    }

    /// The overload of a call whose arguments are coerced.
    fn called(&self, types: &[DataType]) -> Result<&'static Overload> {
        match self.find(types) {
            Some(overload) => Ok(overload),
            None => plan_err!("no {} of these types", self.definition.name),
        }
    }
}

impl ScalarUDFImpl for Overloaded {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let overload = self.called(types)?;
        Ok(types.iter().zip(overload.takes).map(|(given, kind)| kind.arrow(given)).collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(self.called(types)?.gives.arrow(&DataType::Null))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let Overload { gives, takes, .. } = self.called(&types)?;
        for (kind, constant) in takes.iter().zip(args.scalar_arguments) {
            if let (Kind::Jsonpath, Some(Some(path))) = (kind, constant.and_then(ScalarValue::try_as_str)) {
                check_path(path)?;
            }
        }
        let mut field = Field::new(self.name(), self.return_type(&types)?, true);
        if let Some(name) = gives.mark() {
            field.metadata_mut().insert(PG_TYPE_KEY.to_owned(), name.to_owned());
        }
        Ok(Arc::new(field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let overload = self.called(&types)?;
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)))
            && !overload.gives.is_list_of_json();
        let len = if is_scalar { 1 } else { args.number_rows };
        let mut arrays = Vec::with_capacity(args.args.len());
        for ((value, kind), field) in args.args.iter().zip(overload.takes).zip(&args.arg_fields) {
            let array = value.to_array(len)?;
            arrays.push(match kind {
                Kind::Bytea => bytea_of(&array)?,
                Kind::Jsonb if field.metadata().get(PG_TYPE_KEY).is_none_or(|name| name != "jsonb") => {
                    jsonb_of(&array)?
                }
                _ => cast(&array, &kind.arrow(array.data_type()))?,
            });
        }
        let result = (overload.run)(&Rows { arrays, len })?;
        debug_assert_eq!(result.len(), len);
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?),
            false => ColumnarValue::Array(result),
        })
    }
}

/// The arguments of a call, row by row. What is made row by row is null where an argument is.
pub(super) struct Rows {
    arrays: Vec<ArrayRef>,
    len: usize,
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the call has this argument.
    pub(super) fn has(&self, index: usize) -> bool {
        index < self.arrays.len()
    }

    pub(super) fn array(&self, index: usize) -> &ArrayRef {
        &self.arrays[index]
    }

    pub(super) fn texts(&self, index: usize) -> &StringViewArray {
        self.arrays[index].as_string_view()
    }

    pub(super) fn bytes(&self, index: usize) -> &BinaryViewArray {
        self.arrays[index].as_binary_view()
    }

    pub(super) fn ints(&self, index: usize) -> &Int32Array {
        self.arrays[index].as_primitive()
    }

    pub(super) fn longs(&self, index: usize) -> &Int64Array {
        self.arrays[index].as_primitive()
    }

    pub(super) fn floats(&self, index: usize) -> &Float64Array {
        self.arrays[index].as_primitive()
    }

    /// The values, and how many of their digits are behind the point.
    pub(super) fn decimals(&self, index: usize) -> (&Decimal128Array, i8) {
        let values: &Decimal128Array = self.arrays[index].as_primitive();
        (values, values.scale())
    }

    pub(super) fn flags(&self, index: usize) -> &BooleanArray {
        self.arrays[index].as_boolean()
    }

    pub(super) fn lists(&self, index: usize) -> &ListArray {
        self.arrays[index].as_list()
    }

    /// A text argument, or what it is when the call does not have it.
    pub(super) fn text_or<'a>(&'a self, index: usize, row: usize, default: &'a str) -> &'a str {
        if self.has(index) { self.texts(index).value(row) } else { default }
    }

    /// A number, or what it is when the call does not have it.
    pub(super) fn int_or(&self, index: usize, row: usize, default: i32) -> i32 {
        if self.has(index) { self.ints(index).value(row) } else { default }
    }

    /// A flag, or what it is when the call does not have it.
    pub(super) fn flag_or(&self, index: usize, row: usize, default: bool) -> bool {
        if self.has(index) { self.flags(index).value(row) } else { default }
    }

    /// Whether no argument is null in a row.
    pub(super) fn is_whole(&self, row: usize) -> bool {
        self.arrays.iter().all(|array| array.is_valid(row) && !array.data_type().is_null())
    }

    /// A text a row, written into a buffer that is empty at first; false makes it null.
    pub(super) fn to_texts(
        &self,
        mut write: impl FnMut(usize, &mut String) -> Result<bool>,
    ) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.len);
        let mut buffer = String::new();
        for row in 0..self.len {
            buffer.clear();
            let is_value = self.is_whole(row) && write(row, &mut buffer)?;
            out.append_option(is_value.then_some(buffer.as_str()));
        }
        Ok(Arc::new(out.finish()))
    }

    /// Bytes a row, written into a buffer that is empty at first.
    pub(super) fn to_bytes(
        &self,
        mut write: impl FnMut(usize, &mut Vec<u8>) -> Result<()>,
    ) -> Result<ArrayRef> {
        let mut out = BinaryViewBuilder::with_capacity(self.len);
        let mut buffer = Vec::new();
        for row in 0..self.len {
            buffer.clear();
            if self.is_whole(row) {
                write(row, &mut buffer)?;
                out.append_value(&buffer);
            } else {
                out.append_null();
            }
        }
        Ok(Arc::new(out.finish()))
    }

    fn to_primitives<T: ArrowPrimitiveType>(
        &self,
        mut value: impl FnMut(usize) -> Result<Option<T::Native>>,
    ) -> Result<ArrayRef> {
        let mut out = PrimitiveBuilder::<T>::with_capacity(self.len);
        for row in 0..self.len {
            out.append_option(if self.is_whole(row) { value(row)? } else { None });
        }
        Ok(Arc::new(out.finish()))
    }

    /// An `integer` a row.
    pub(super) fn to_ints(&self, value: impl FnMut(usize) -> Result<Option<i32>>) -> Result<ArrayRef> {
        self.to_primitives::<Int32Type>(value)
    }

    /// A `bigint` a row.
    pub(super) fn to_longs(&self, value: impl FnMut(usize) -> Result<Option<i64>>) -> Result<ArrayRef> {
        self.to_primitives::<Int64Type>(value)
    }

    /// A `double precision` a row.
    pub(super) fn to_floats(&self, value: impl FnMut(usize) -> Result<Option<f64>>) -> Result<ArrayRef> {
        self.to_primitives::<Float64Type>(value)
    }

    /// A `numeric` without digits behind the point a row.
    pub(super) fn to_wholes(&self, mut value: impl FnMut(usize) -> Result<i128>) -> Result<ArrayRef> {
        let mut out = PrimitiveBuilder::<Decimal128Type>::with_capacity(self.len)
            .with_data_type(Kind::Whole.arrow(&DataType::Null));
        for row in 0..self.len {
            out.append_option(if self.is_whole(row) { Some(value(row)?) } else { None });
        }
        Ok(Arc::new(out.finish()))
    }

    /// A `boolean` a row.
    pub(super) fn to_flags(&self, mut value: impl FnMut(usize) -> Result<bool>) -> Result<ArrayRef> {
        self.to_flags_or_null(|row| value(row).map(Some))
    }

    /// A `boolean` a row, which may be null.
    pub(super) fn to_flags_or_null(
        &self,
        mut value: impl FnMut(usize) -> Result<Option<bool>>,
    ) -> Result<ArrayRef> {
        let mut out = BooleanBuilder::with_capacity(self.len);
        for row in 0..self.len {
            out.append_option(if self.is_whole(row) { value(row)? } else { None });
        }
        Ok(Arc::new(out.finish()))
    }

    /// A `text[]` a row, its elements appended to the builder of all; false makes it null, and then
    /// nothing may have been appended.
    pub(super) fn to_text_arrays(
        &self,
        mut write: impl FnMut(usize, &mut StringViewBuilder) -> Result<bool>,
    ) -> Result<ArrayRef> {
        let mut out = ListBuilder::new(StringViewBuilder::new());
        for row in 0..self.len {
            let is_value = self.is_whole(row) && write(row, out.values())?;
            out.append(is_value);
        }
        Ok(Arc::new(out.finish()))
    }
}
