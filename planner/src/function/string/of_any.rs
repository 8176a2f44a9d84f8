//! Functions that take values of every type, as text: `concat`, `concat_ws`, `format`, `quote_literal`,
//! `quote_nullable`.
//!
//! Their arguments are cast, and a rule of the optimizer gives such casts PostgreSQL's form. Booleans
//! have two: `t` where a value is put out, `true` where it is cast.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::format;
use crate::function::columns::call_columns;
use crate::statement::quote_literal;

/// The functions.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    let many = usize::MAX;
    [
        OfAny::new("concat", 1, many, true, concat),
        OfAny::new("concat_ws", 2, many, true, concat_ws),
        OfAny::new("format", 1, many, true, format::format),
        OfAny::new("quote_literal", 1, 1, false, |texts, row, out| {
            let text = texts[0].at(row);
            text.into_iter().for_each(|text| out.push_str(&quote_literal(text)));
            Ok(text.is_some())
        }),
        OfAny::new("quote_nullable", 1, 1, false, |texts, row, out| {
            match texts[0].at(row) {
                Some(text) => out.push_str(&quote_literal(text)),
                None => out.push_str("NULL"),
            }
            Ok(true)
        }),
    ]
    .into_iter()
    .map(ScalarUDF::from)
}

/// Writes the text of one row, or says that it is null.
type Write = fn(&[Texts], usize, &mut String) -> Result<bool>;

#[derive(Debug)]
struct OfAny {
    name: &'static str,
    least: usize,
    most: usize,
    puts_out: bool,
    write: Write,
    signature: Signature,
}

impl OfAny {
    fn new(name: &'static str, least: usize, most: usize, puts_out: bool, write: Write) -> Self {
        Self { name, least, most, puts_out, write, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl PartialEq for OfAny {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OfAny {}

impl std::hash::Hash for OfAny {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OfAny {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if !(self.least..=self.most).contains(&types.len()) {
            return plan_err!("{} takes at least {} arguments", self.name, self.least);
        }
        let given = types.iter().map(|given| match given {
            DataType::Boolean if self.puts_out => DataType::Boolean,
            _ => DataType::Utf8View,
        });
        Ok(given.collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_columns(&args, |arrays, rows| -> Result<_> {
            let texts = arrays.iter().map(Texts::of).collect::<Result<Vec<_>>>()?;
            let mut out = StringViewBuilder::with_capacity(rows);
            let mut buffer = String::new();
            for row in 0..rows {
                buffer.clear();
                let is_value = (self.write)(&texts, row, &mut buffer)?;
                out.append_option(is_value.then_some(buffer.as_str()));
            }
            Ok(Arc::new(out.finish()))
        })
    }
}

/// One argument.
pub(super) struct Texts(StringViewArray);

impl Texts {
    fn of(array: &ArrayRef) -> Result<Self> {
        Ok(Self(match array.as_boolean_opt() {
            Some(flags) => flags.iter().map(|flag| flag.map(|flag| if flag { "t" } else { "f" })).collect(),
            None => cast(array, &DataType::Utf8View)?.as_string_view().clone(),
        }))
    }

    pub(super) fn at(&self, row: usize) -> Option<&str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

fn concat(texts: &[Texts], row: usize, out: &mut String) -> Result<bool> {
    out.extend(texts.iter().filter_map(|texts| texts.at(row)));
    Ok(true)
}

fn concat_ws(texts: &[Texts], row: usize, out: &mut String) -> Result<bool> {
    let Some(separator) = texts[0].at(row) else { return Ok(false) };
    for (index, text) in texts[1..].iter().filter_map(|texts| texts.at(row)).enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(text);
    }
    Ok(true)
}
