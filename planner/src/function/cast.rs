//! Casts to the types that share Arrow's representation with `text`: the value is checked and
//! brought into its canonical form, and the result says which type it is.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, ListBuilder, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use storage::jsonb::{JsonError, Scanner, canonicalize};
use storage::schema::PG_TYPE_KEY;

use super::columns::call_column;
use crate::array_literal::array_elements;
use crate::error::SqlError;

/// The functions.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [Target::Uuid, Target::Json, Target::Jsonb, Target::Bytea]
        .into_iter()
        .map(|target| ScalarUDF::from(CastTo::new(target)))
        .collect()
}

/// What is written in texts as bytes; bytes as they are.
pub(super) fn bytea_of(values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            Ok(cast(values, &DataType::BinaryView)?)
        }
        _ => CastTo::new(Target::Bytea).convert(values),
    }
}

/// Texts as canonical `jsonb`.
pub(super) fn jsonb_of(values: &ArrayRef) -> Result<ArrayRef> {
    CastTo::new(Target::Jsonb).convert(values)
}

/// The cast of a text to `text[]`.
pub(crate) fn text_array() -> ScalarUDF {
    ScalarUDF::from(CastTo::new(Target::TextArray))
}

/// The cast of what is of a type already, where the engine has forgotten that it is: its text stays.
pub(crate) fn kept(name: &str) -> Option<ScalarUDF> {
    let target = match name {
        "uuid" => Target::Uuid,
        "json" => Target::Json,
        "jsonb" => Target::Jsonb,
        _ => return None,
    };
    Some(ScalarUDF::from(CastTo { is_kept: true, ..CastTo::new(target) }))
}

/// The cast of a text to one of these types.
pub(crate) fn read(name: &str) -> Option<ScalarUDF> {
    functions().into_iter().find(|function| function.name() == name)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    Uuid,
    Json,
    Jsonb,
    Bytea,
    TextArray,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CastTo {
    target: Target,
    /// Whether the text is one of that type whatever its field says.
    is_kept: bool,
    signature: Signature,
}

impl ScalarUDFImpl for CastTo {
    fn name(&self) -> &str {
        match self.target {
            Target::Uuid => "uuid",
            Target::Json => "json",
            Target::Jsonb => "jsonb",
            Target::Bytea => "bytea",
            Target::TextArray => "text[]",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(match self.target {
            Target::Uuid | Target::Json | Target::Jsonb => DataType::Utf8View,
            Target::Bytea => DataType::BinaryView,
            Target::TextArray => DataType::new_list(DataType::Utf8View, true),
        })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = Field::new(self.name(), self.return_type(&[])?, args.arg_fields[0].is_nullable());
        let metadata = [(PG_TYPE_KEY.to_owned(), self.name().to_owned())];
        Ok(Arc::new(field.with_metadata(metadata.into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let from = args.args[0].data_type();
        let is_there_already = self.is_kept
            || args.arg_fields[0].metadata().get(PG_TYPE_KEY).map(String::as_str) == Some(self.name())
            || self.target == Target::Bytea && matches!(from, DataType::Binary | DataType::BinaryView);
        call_column(&args, |input| {
            if is_there_already { Ok(cast(input, args.return_type())?) } else { self.convert(input) }
        })
    }
}

impl CastTo {
    fn new(target: Target) -> Self {
        Self { target, is_kept: false, signature: Signature::any(1, Volatility::Immutable) }
    }

    fn convert(&self, input: &ArrayRef) -> Result<ArrayRef> {
        let input = cast(input, &DataType::Utf8View)?;
        let input = input.as_string_view();
        if self.target == Target::TextArray {
            let mut output = ListBuilder::new(StringViewBuilder::new());
            for text in input {
                if let Some(text) = text {
                    for element in array_elements(text)? {
                        output.values().append_option(element);
                    }
                }
                output.append(text.is_some());
            }
            return Ok(Arc::new(output.finish()));
        }
        if self.target == Target::Bytea {
            let mut output = BinaryViewBuilder::with_capacity(input.len());
            for text in input {
                output.append_option(text.map(bytes).transpose()?);
            }
            return Ok(Arc::new(output.finish()));
        }
        let canonical = match self.target {
            Target::Uuid => uuid,
            Target::Json => json,
            _ => jsonb,
        };
        let mut output = StringViewBuilder::with_capacity(input.len());
        for text in input {
            output.append_option(text.map(canonical).transpose()?);
        }
        Ok(Arc::new(output.finish()))
    }
}

/// <https://www.postgresql.org/docs/15/datatype-uuid.html>: digits in any case, braces around them
/// and hyphens after any group of four are taken.
fn uuid(text: &str) -> Result<String, SqlError> {
    let invalid = || SqlError::new("22P02", format!("invalid input syntax for type uuid: \"{text}\""));
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or_else(invalid)?,
        None => text,
    };
    let mut canonical = String::with_capacity(36);
    let mut digits = 0;
    for character in inner.chars() {
        match character {
            '-' if digits > 0 && digits % 4 == 0 && digits < 32 => {}
            digit if digit.is_ascii_hexdigit() && digits < 32 => {
                if matches!(digits, 8 | 12 | 16 | 20) {
                    canonical.push('-');
                }
                canonical.push(digit.to_ascii_lowercase());
                digits += 1;
            }
            _ => return Err(invalid()),
        }
    }
    if digits == 32 && !inner.contains("--") { Ok(canonical) } else { Err(invalid()) }
}

/// Text as it is written.
fn json(text: &str) -> Result<String, SqlError> {
    let mut scanner = Scanner::new(text);
    scanner.skip_value(0).and_then(|()| scanner.end()).map_err(invalid_json)?;
    Ok(text.to_owned())
}

fn jsonb(text: &str) -> Result<String, SqlError> {
    canonicalize(text).map_err(invalid_json)
}

fn invalid_json(error: JsonError) -> SqlError {
    SqlError::new("22P02", "invalid input syntax for type json").with_detail(error.to_string())
}

/// <https://www.postgresql.org/docs/15/datatype-binary.html>: `\x` and hexadecimal digits, or text
/// with `\\` and octal escapes.
pub(super) fn bytes(text: &str) -> Result<Cow<'_, [u8]>, SqlError> {
    let invalid = || SqlError::new("22P02", "invalid input syntax for type bytea");
    if let Some(digits) = text.strip_prefix("\\x") {
        let digits: Vec<u8> = digits
            .chars()
            .filter(|character| !character.is_ascii_whitespace())
            .map(|digit| {
                digit
                    .to_digit(16)
                    .map(|digit| digit as u8)
                    .ok_or_else(|| SqlError::new("22023", format!("invalid hexadecimal digit: \"{digit}\"")))
            })
            .collect::<Result<_, _>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(SqlError::new("22023", "invalid hexadecimal data: odd number of digits"));
        }
        return Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect::<Vec<_>>().into());
    }
    if !text.contains('\\') {
        return Ok(text.as_bytes().into());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, left) = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => (b'\\', after),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), after)
            }
            (b'\\', _) => return Err(invalid()),
            (byte, after) => (byte, after),
        };
        bytes.push(byte);
        rest = left;
    }
    Ok(bytes.into())
}
