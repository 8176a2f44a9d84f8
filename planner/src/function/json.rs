//! `->`, `->>`, `#>` and `#>>` on `jsonb`, which is canonical text.
//!
//! <https://www.postgresql.org/docs/15/functions-json.html>

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{DFSchema, Result, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use sqlparser::ast::BinaryOperator;
use storage::jsonb;
use storage::schema::PG_TYPE_KEY;

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
    name: &'static str,
    step: Step,
    /// Text rather than `jsonb`.
    as_text: bool,
    signature: Signature,
}

impl JsonGet {
    fn new(name: &'static str, step: Step, as_text: bool) -> Self {
        Self { name, step, as_text, signature: Signature::user_defined(Volatility::Immutable) }
    }
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

/// Turns the operators into calls.
#[derive(Debug)]
pub(super) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        _schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let (name, step, as_text) = match expr.op {
            BinaryOperator::Arrow => (ARROW, Step::One, false),
            BinaryOperator::LongArrow => (LONG_ARROW, Step::One, true),
            BinaryOperator::HashArrow => (HASH_ARROW, Step::Path, false),
            BinaryOperator::HashLongArrow => (HASH_LONG_ARROW, Step::Path, true),
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let function = Arc::new(ScalarUDF::from(JsonGet::new(name, step, as_text)));
        let call = ScalarFunction::new_udf(function, vec![expr.left, expr.right]);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &str {
        self.name
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

    fn return_field_from_args(&self, _args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = Field::new(self.name, DataType::Utf8View, true);
        let type_name = if self.as_text { "text" } else { "jsonb" };
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
        let mut out = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            let found = if values.is_null(row) { None } else { keys.find(values.value(row), row)? };
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

    fn find<'a>(&self, value: &'a str, row: usize) -> Result<Option<&'a str>> {
        Ok(match self {
            Self::Field(keys) => {
                let keys = keys.as_string_view();
                if keys.is_null(row) { None } else { jsonb::get_field(value, keys.value(row)) }
            }
            Self::Index(indices) => {
                let indices = indices.as_primitive::<Int64Type>();
                let index = if indices.is_null(row) { None } else { i32::try_from(indices.value(row)).ok() };
                index.and_then(|index| jsonb::get_index(value, index))
            }
            Self::Constant(path) => path.as_ref().and_then(|path| at_path(value, path)),
            Self::Literals(literals) => {
                let literals = literals.as_string_view();
                if literals.is_null(row) { None } else { at_path(value, &parse_path(literals.value(row))?) }
            }
            Self::Arrays(paths) => {
                let paths = paths.as_list::<i32>();
                if paths.is_null(row) {
                    return Ok(None);
                }
                let path = paths.value(row);
                let path = path.as_string_view();
                // A null within the path finds nothing.
                let keys = path.iter().collect::<Option<Vec<_>>>();
                keys.and_then(|keys| jsonb::get_path(value, keys))
            }
        })
    }
}

fn at_path<'a>(value: &'a str, path: &[String]) -> Option<&'a str> {
    jsonb::get_path(value, path.iter().map(String::as_str))
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
