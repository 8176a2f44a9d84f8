//! JSON made of values: `to_json`, `json_build_array`, `json_build_object`, `json_object` and their `jsonb`.
//!
//! `json` has the blanks that PostgreSQL writes there, which differ from function to function.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::function::columns::call_columns;
use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::jsonb::canonicalize;
use storage::schema::PG_TYPE_KEY;

use super::parts::invalid;
use super::value::Column;
use crate::function::overload::fail;
use crate::function::text::Writer;

/// The functions: how a value is written may depend on the session's zone.
pub(in crate::function) fn functions(writer: &Writer) -> Vec<ScalarUDF> {
    MAKERS
        .iter()
        .flat_map(|maker| [maker.names.0, maker.names.1].map(|name| (name, maker)))
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, maker)| {
            let writer = writer.clone();
            let signature = Signature::user_defined(Volatility::Stable);
            ScalarUDF::from(Build { name, maker, writer, signature })
        })
        .collect()
}

/// One function under its names for `json` and for `jsonb`.
struct Maker {
    names: (&'static str, &'static str),
    arguments: std::ops::RangeInclusive<usize>,
    /// Writes a row, or says that it is null.
    write: fn(&[Column], usize, &mut String) -> Result<bool>,
}

const MANY: usize = usize::MAX;

static MAKERS: &[Maker] = &[
    Maker { names: ("to_json", "to_jsonb"), arguments: 1..=1, write: one },
    Maker { names: ("array_to_json", ""), arguments: 1..=1, write: one },
    Maker { names: ("row_to_json", ""), arguments: 1..=1, write: one },
    Maker {
        names: ("json_build_array", "jsonb_build_array"),
        arguments: 0..=MANY,
        write: |columns, row, out| {
            out.push('[');
            for (index, column) in columns.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                column.write(row, out);
            }
            out.push(']');
            Ok(true)
        },
    },
    Maker {
        names: ("json_build_object", "jsonb_build_object"),
        arguments: 0..=MANY,
        write: |columns, row, out| {
            let (pairs, []) = columns.as_chunks::<2>() else {
                return fail("22023", "argument list must have even number of elements");
            };
            out.push('{');
            for (index, [key, value]) in pairs.iter().enumerate() {
                if key.is_null(row) {
                    return fail("22023", format!("argument {}: key must not be null", 2 * index + 1));
                }
                out.push_str(if index == 0 { "" } else { ", " });
                key.write_key(row, out);
                out.push_str(" : ");
                value.write(row, out);
            }
            out.push('}');
            Ok(true)
        },
    },
    // An array of keys and values in turn, or one of each.
    Maker { names: ("json_object", "jsonb_object"), arguments: 1..=2, write: object },
    // What `json_agg` and `json_object_agg` make of what `array_agg` has collected.
    Maker {
        names: ("json_of_array", "jsonb_of_array"),
        arguments: 1..=1,
        write: |columns, row, out| {
            let Column::List(list, elements) = &columns[0] else { return Ok(false) };
            if list.is_null(row) {
                return Ok(false);
            }
            let offsets = list.value_offsets();
            // Rows stand on lines of their own.
            let between = if matches!(**elements, Column::Row(..)) { ", \n " } else { ", " };
            out.push('[');
            for (index, element) in (offsets[row]..offsets[row + 1]).enumerate() {
                out.push_str(if index == 0 { "" } else { between });
                elements.write(element as usize, out);
            }
            out.push(']');
            Ok(true)
        },
    },
    Maker {
        names: ("json_of_arrays", "jsonb_of_arrays"),
        arguments: 2..=2,
        write: |columns, row, out| {
            let [Column::List(list, keys), Column::List(others, values)] = columns else { return Ok(false) };
            if list.is_null(row) || others.is_null(row) {
                return Ok(false);
            }
            let (keys_from, values_from) = (list.value_offsets()[row], others.value_offsets()[row]);
            out.push_str("{ ");
            for index in 0..list.value_length(row) {
                let (key, value) = ((keys_from + index) as usize, (values_from + index) as usize);
                if keys.is_null(key) {
                    return fail("22023", "field name must not be null");
                }
                out.push_str(if index == 0 { "" } else { ", " });
                keys.write_key(key, out);
                out.push_str(" : ");
                values.write(value, out);
            }
            out.push_str(" }");
            Ok(true)
        },
    },
];

fn one(columns: &[Column], row: usize, out: &mut String) -> Result<bool> {
    columns[0].write(row, out);
    Ok(!columns[0].is_null(row))
}

fn object(columns: &[Column], row: usize, out: &mut String) -> Result<bool> {
    let mut lists = Vec::with_capacity(2);
    for column in columns {
        match column {
            Column::List(list, texts) if !list.is_null(row) => {
                lists.push((list.value_offsets()[row] as usize, list.value_length(row) as usize, texts));
            }
            _ => return Ok(false),
        }
    }
    let count = match lists.as_slice() {
        [(_, length, _)] if length % 2 == 1 => {
            return fail("2202E", "array must have even number of elements");
        }
        [(_, length, _)] => length / 2,
        [(_, keys, _), (_, values, _)] if keys != values => {
            return fail("2202E", "mismatched array dimensions");
        }
        [(_, keys, _), ..] => *keys,
        [] => return Ok(false),
    };
    out.push('{');
    for index in 0..count {
        let ((keys_from, _, keys), (values_from, _, values)) = (&lists[0], &lists[lists.len() - 1]);
        let (key, value) = match lists.len() {
            1 => (keys_from + 2 * index, values_from + 2 * index + 1),
            _ => (keys_from + index, values_from + index),
        };
        if keys.is_null(key) {
            return fail("22004", "null value not allowed for object key");
        }
        out.push_str(if index == 0 { "" } else { ", " });
        keys.write_key(key, out);
        out.push_str(" : ");
        values.write(value, out);
    }
    out.push('}');
    Ok(true)
}

struct Build {
    name: &'static str,
    maker: &'static Maker,
    writer: Writer,
    signature: Signature,
}

impl Build {
    fn is_jsonb(&self) -> bool {
        self.name == self.maker.names.1
    }
}

impl std::fmt::Debug for Build {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Build {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.writer.is_like(&other.writer)
    }
}

impl Eq for Build {}

impl Hash for Build {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Build {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if !self.maker.arguments.contains(&types.len()) {
            return plan_err!("no {} of so many arguments", self.name);
        }
        let takes_texts = self.name.ends_with("_object") && !self.name.contains("build");
        let takes_array = takes_texts || self.name == "array_to_json";
        let given = types.iter().map(|given| match given {
            _ if takes_texts => Ok(DataType::new_list(DataType::Utf8View, true)),
            DataType::List(_) => Ok(given.clone()),
            _ if takes_array => plan_err!("no {} of these types", self.name),
            given => Ok(given.clone()),
        });
        given.collect()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let name = if self.is_jsonb() { "jsonb" } else { "json" };
        let field = Field::new(self.name, DataType::Utf8View, true);
        Ok(Arc::new(field.with_metadata([(PG_TYPE_KEY.to_owned(), name.to_owned())].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_columns(&args, |arrays, rows| self.written(&arrays, &args.arg_fields, rows))
    }
}

impl Build {
    fn written(&self, arrays: &[ArrayRef], fields: &[FieldRef], rows: usize) -> Result<ArrayRef> {
        let columns = arrays.iter().zip(fields);
        let columns = columns
            .map(|(values, field)| Column::new(values, field, &self.writer))
            .collect::<Result<Vec<_>>>()?;
        let mut out = StringViewBuilder::with_capacity(rows);
        let mut buffer = String::new();
        for row in 0..rows {
            buffer.clear();
            if !(self.maker.write)(&columns, row, &mut buffer)? {
                out.append_null();
            } else if self.is_jsonb() {
                out.append_value(canonicalize(&buffer).map_err(invalid)?);
            } else {
                out.append_value(&buffer);
            }
        }
        Ok(Arc::new(out.finish()))
    }
}
