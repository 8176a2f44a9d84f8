//! `like_escape`: the pattern of `LIKE … ESCAPE` as one that escapes by backslash, the only one
//! that the engine knows. PostgreSQL plans it by a function of this name too.
//!
//! <https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-LIKE>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::SqlError;

pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8View; 2], Volatility::Immutable);
    ScalarUDF::from(LikeEscape { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LikeEscape {
    signature: Signature,
}

impl ScalarUDFImpl for LikeEscape {
    fn name(&self) -> &str {
        "like_escape"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (patterns, escapes) = (arrays[0].as_string_view(), arrays[1].as_string_view());
        let mut plain = StringViewBuilder::with_capacity(patterns.len());
        for (pattern, escape) in patterns.iter().zip(escapes) {
            match (pattern, escape) {
                (Some(pattern), Some(escape)) => plain.append_value(with_backslash(pattern, escape)?),
                _ => plain.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(plain.finish()) as ArrayRef))
    }
}

fn with_backslash(pattern: &str, escape: &str) -> Result<String> {
    let invalid = |message, hint: Option<&str>| {
        let error = SqlError::new("22025", message);
        let error = if let Some(hint) = hint { error.with_hint(hint) } else { error };
        Err(error.into())
    };
    let mut characters = escape.chars();
    let escape = characters.next();
    if characters.next().is_some() {
        return invalid("invalid escape string", Some("Escape string must be empty or one character."));
    }
    let mut plain = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if Some(character) == escape {
            match rest.next() {
                Some(next @ ('%' | '_' | '\\')) => plain.extend(['\\', next]),
                Some(next) => plain.push(next),
                None => return invalid("LIKE pattern must not end with escape character", None),
            }
        } else {
            // Here it is a character like any other.
            if character == '\\' {
                plain.push('\\');
            }
            plain.push(character);
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::with_backslash;

    #[test]
    fn escapes_become_backslashes() {
        for (pattern, escape, plain) in [
            ("a/%b%", "/", r"a\%b%"),
            ("a//b/_", "/", r"a/b\_"),
            (r"a\b", "/", r"a\\b"),
            (r"a\%", "", r"a\\%"),
            (r"a\%", r"\", r"a\%"),
        ] {
            assert_eq!(with_backslash(pattern, escape).unwrap(), plain);
        }
        assert!(with_backslash("a/", "/").is_err());
        assert!(with_backslash("a", "//").is_err());
    }
}
