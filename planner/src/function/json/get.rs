//! `->`, `->>`, `#>` and `#>>`, and `jsonb_extract_path`, which takes the path as arguments.
//!
//! <https://www.postgresql.org/docs/15/functions-json.html>

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use sqlparser::ast::BinaryOperator;
use storage::jsonb::{self, JsonType};
use storage::schema::PG_TYPE_KEY;

use super::parts::{is_key, members, type_of};

/// How an operator finds its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// A key or an index.
    One,
    /// A path of both.
    Path,
}

/// One of the four operators.
#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonGet {
    /// With the steps before, so that other steps are another function.
    name: String,
    /// What `-> 'a' -> 0` leads to before this operator comes: of `jsonb` only.
    before: Vec<Before>,
    step: Step,
    /// Text rather than `jsonb`.
    as_text: bool,
    signature: Signature,
}

/// A step that is the same in all rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Before {
    Key(String),
    Index(i32),
}

impl Before {
    fn step(&self) -> jsonb::Step<'_> {
        match self {
            Self::Key(key) => jsonb::Step::Key(key),
            Self::Index(index) => jsonb::Step::Index(*index),
        }
    }
}

impl JsonGet {
    fn new(name: &str, step: Step, as_text: bool) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { name: name.to_owned(), before: Vec::new(), step, as_text, signature }
    }
}

/// `value -> 'a' ->> 'b'` as one call, which reads the value once; None of what is not such a chain. The
/// value in the middle is `jsonb`.
pub(super) fn chained(function: &ScalarUDF, left: &Expr) -> Option<(ScalarUDF, Expr)> {
    let Expr::ScalarFunction(inner) = left else { return None };
    let of = |function: &ScalarUDF| -> Option<Arc<dyn ScalarUDFImpl>> { Some(Arc::clone(function.inner())) };
    let (outer, first) = (of(function)?, of(&inner.func)?);
    let outer = (outer.as_ref() as &dyn Any).downcast_ref::<JsonGet>()?;
    let first = (first.as_ref() as &dyn Any).downcast_ref::<JsonGet>()?;
    let ([value, key], Step::One, false) = (inner.args.as_slice(), first.step, first.as_text) else {
        return None;
    };
    let key = match key.as_literal()? {
        ScalarValue::Utf8(Some(key)) | ScalarValue::Utf8View(Some(key)) => Before::Key(key.clone()),
        integer => match integer.cast_to(&DataType::Int64).ok()? {
            ScalarValue::Int64(Some(index)) => Before::Index(i32::try_from(index).ok()?),
            _ => return None,
        },
    };
    let before: Vec<Before> = first.before.iter().cloned().chain([key]).collect();
    let plain = outer.name.split(' ').next().unwrap_or_default();
    let name = before.iter().fold(plain.to_owned(), |name, step| format!("{name} {step:?}"));
    let call = JsonGet { before, ..JsonGet::new(&name, outer.step, outer.as_text) };
    Some((ScalarUDF::from(call), value.clone()))
}

const ARROW: &str = "jsonb_get";
const LONG_ARROW: &str = "jsonb_get_text";
const HASH_ARROW: &str = "jsonb_extract_path_array";
const HASH_LONG_ARROW: &str = "jsonb_extract_path_array_text";

/// The functions behind the operators.
pub(super) fn functions() -> [ScalarUDF; 4] {
    [
        JsonGet::new(ARROW, Step::One, false),
        JsonGet::new(LONG_ARROW, Step::One, true),
        JsonGet::new(HASH_ARROW, Step::Path, false),
        JsonGet::new(HASH_LONG_ARROW, Step::Path, true),
    ]
    .map(ScalarUDF::from)
}

/// The function behind one of the operators.
pub(super) fn operator(operator: &BinaryOperator) -> Option<ScalarUDF> {
    let (name, step, as_text) = match operator {
        BinaryOperator::Arrow => (ARROW, Step::One, false),
        BinaryOperator::LongArrow => (LONG_ARROW, Step::One, true),
        BinaryOperator::HashArrow => (HASH_ARROW, Step::Path, false),
        BinaryOperator::HashLongArrow => (HASH_LONG_ARROW, Step::Path, true),
        _ => return None,
    };
    Some(ScalarUDF::from(JsonGet::new(name, step, as_text)))
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [value, key] = arg_types else {
            return plan_err!("{} takes two arguments", self.name);
        };
        if !matches!(value, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null) {
            return plan_err!("operator does not exist: {value} -> …, the left side is no jsonb");
        }
        let key = match (key, self.step) {
            (integer, Step::One) if integer.is_integer() => DataType::Int64,
            (DataType::List(_), Step::Path) => {
                DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))
            }
            _ => DataType::Utf8View,
        };
        Ok(vec![DataType::Utf8View, key])
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = Field::new(self.name(), DataType::Utf8View, true);
        let type_name = match (self.as_text, is_json(&args.arg_fields[0])) {
            (true, _) => "text",
            (false, true) => "json",
            (false, false) => "jsonb",
        };
        let metadata = HashMap::from([(PG_TYPE_KEY.to_owned(), type_name.to_owned())]);
        Ok(Arc::new(field.with_metadata(metadata)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [value, key] = args.args.as_slice() else {
            return exec_err!("{} takes two arguments", self.name);
        };
        let values = value.to_array(rows)?;
        let keys = Keys::new(key, rows, self.step)?;
        let values = values.as_string_view();
        let in_order = !is_json(&args.arg_fields[0]);
        let mut out = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            let found = match values.is_valid(row).then(|| values.value(row)) {
                Some(value) if in_order => keys.find(value, row, &self.before)?,
                Some(value) => keys.find_in_json(value, row)?,
                None => None,
            };
            match found {
                Some(found) if self.as_text => out.append_option(jsonb::as_text(found)),
                found => out.append_option(found),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// The right side.
enum Keys {
    Field(ArrayRef),
    Index(ArrayRef),
    /// One path for all rows, the usual case; None is SQL's null.
    Constant(Option<Vec<String>>),
    /// Paths as array literals.
    Literals(ArrayRef),
    /// Paths as arrays.
    Arrays(ArrayRef),
}

impl Keys {
    fn new(key: &ColumnarValue, rows: usize, step: Step) -> Result<Self> {
        if let (ColumnarValue::Scalar(scalar), Step::Path) = (key, step)
            && let Some(text) = scalar.try_as_str()
        {
            return text.map(parse_path).transpose().map(Self::Constant);
        }
        let array = key.to_array(rows)?;
        Ok(match (key.data_type(), step) {
            (DataType::Int64, Step::One) => Self::Index(array),
            (_, Step::One) => Self::Field(array),
            (DataType::List(_), Step::Path) => Self::Arrays(array),
            (_, Step::Path) => Self::Literals(array),
        })
    }

    /// In canonical text, behind the steps before; `json` has to be looked through.
    fn find<'a>(&self, value: &'a str, row: usize, before: &[Before]) -> Result<Option<&'a str>> {
        let at = |key: jsonb::Step<'_>| jsonb::get(value, before.iter().map(Before::step).chain([key]));
        let along = |path: &mut dyn Iterator<Item = &str>| {
            let path: Vec<jsonb::Step<'_>> = path.map(jsonb::Step::Name).collect();
            jsonb::get(value, before.iter().map(Before::step).chain(path))
        };
        Ok(match self {
            Self::Field(keys) => {
                let keys = keys.as_string_view();
                if keys.is_null(row) { None } else { at(jsonb::Step::Key(keys.value(row))) }
            }
            Self::Index(indices) => {
                let indices = indices.as_primitive::<Int64Type>();
                let index = if indices.is_null(row) { None } else { i32::try_from(indices.value(row)).ok() };
                index.and_then(|index| at(jsonb::Step::Index(index)))
            }
            Self::Constant(path) => {
                path.as_ref().and_then(|path| along(&mut path.iter().map(String::as_str)))
            }
            Self::Literals(literals) => {
                let literals = literals.as_string_view();
                if literals.is_null(row) {
                    return Ok(None);
                }
                along(&mut parse_path(literals.value(row))?.iter().map(String::as_str))
            }
            Self::Arrays(paths) => {
                let paths = paths.as_list::<i32>();
                if paths.is_null(row) {
                    return Ok(None);
                }
                let path = paths.value(row);
                let path = path.as_string_view();
                // A null within the path finds nothing.
                if path.null_count() > 0 { None } else { along(&mut path.iter().flatten()) }
            }
        })
    }
}

impl Keys {
    fn find_in_json<'a>(&self, value: &'a str, row: usize) -> Result<Option<&'a str>> {
        let path: Option<Vec<String>> = match self {
            Self::Field(keys) => {
                let keys = keys.as_string_view();
                let key = keys.is_valid(row).then(|| keys.value(row));
                return key.map_or(Ok(None), |key| field_of_json(value, key));
            }
            Self::Index(_) => return self.find(value, row, &[]),
            Self::Constant(path) => path.clone(),
            Self::Literals(literals) => {
                let literals = literals.as_string_view();
                literals.is_valid(row).then(|| parse_path(literals.value(row))).transpose()?
            }
            Self::Arrays(paths) => {
                let paths = paths.as_list::<i32>();
                let path = paths.is_valid(row).then(|| paths.value(row));
                path.and_then(|path| {
                    path.as_string_view().iter().map(|step| step.map(str::to_owned)).collect()
                })
            }
        };
        let Some(path) = path else { return Ok(None) };
        let mut found = Some(value);
        for step in &path {
            let Some(value) = found else { break };
            found = match type_of(value)? {
                JsonType::Object => field_of_json(value, step)?,
                JsonType::Array => step.trim().parse().ok().and_then(|index| jsonb::get_index(value, index)),
                _ => None,
            };
        }
        Ok(found)
    }
}

/// The last member of a key.
fn field_of_json<'a>(value: &'a str, key: &str) -> Result<Option<&'a str>> {
    let mut found = None;
    for (name, value) in members(value)?.unwrap_or_default() {
        if is_key(name, key)? {
            found = Some(value);
        }
    }
    Ok(found)
}

/// Whether values are text as it was written.
fn is_json(field: &Field) -> bool {
    field.metadata().get(PG_TYPE_KEY).is_some_and(|name| name == "json")
}

/// The elements of a one-dimensional array literal: `{a,"b c",3}`.
fn parse_path(literal: &str) -> Result<Vec<String>> {
    let malformed = || exec_datafusion_err!("malformed array literal: \"{literal}\"");
    let inner =
        literal.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(malformed)?;
    let mut elements = Vec::new();
    if inner.trim().is_empty() {
        return Ok(elements);
    }
    let mut characters = inner.chars();
    let (mut element, mut quoted) = (String::new(), false);
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' => element.push(characters.next().ok_or_else(malformed)?),
            ',' if !quoted => elements.push(std::mem::take(&mut element)),
            // Blanks around an element do not count.
            ' ' if !quoted && element.is_empty() => {}
            other => element.push(other),
        }
    }
    if quoted {
        return Err(malformed());
    }
    elements.push(element);
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::parse_path;

    #[test]
    fn paths_are_array_literals() {
        for (literal, expected) in [
            ("{}", vec![]),
            ("{a}", vec!["a"]),
            ("{a, b,3}", vec!["a", "b", "3"]),
            (r#"{"a,b","c\"d"}"#, vec!["a,b", "c\"d"]),
        ] {
            assert_eq!(parse_path(literal).unwrap(), expected, "{literal}");
        }
        assert!(parse_path("a").is_err());
        assert!(parse_path("{\"a}").is_err());
    }
}
