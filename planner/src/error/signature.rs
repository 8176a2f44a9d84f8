//! What the engine says of a call that fits none of a function's signatures, in PostgreSQL's words.

use super::SqlError;

/// `… No function matches the given name and argument types 'length(Int32)'. …`, or a function that tells
/// what it requires and not what it was given.
pub(super) fn mismatch(reason: &str) -> Option<SqlError> {
    const TYPES: &str = "No function matches the given name and argument types '";
    let call = match reason.split_once(TYPES) {
        Some((_, rest)) => {
            let (call, _) = rest.split_once("'. ")?;
            let (name, types) = call.split_once('(')?;
            let types: Vec<_> = arguments(types.strip_suffix(')')?).map(type_name).collect();
            format!("{name}({})", types.join(", "))
        }
        None => {
            let (_, rest) = reason.split_once("Function '")?;
            let (name, rest) = rest.split_once('\'')?;
            let is_mismatch = rest.starts_with(" requires ")
                || rest.starts_with(" expects ")
                || rest.starts_with(" failed to match any signature");
            if !is_mismatch {
                return None;
            }
            name.to_owned()
        }
    };
    Some(SqlError::new("42883", format!("function {call} does not exist")).with_hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    ))
}

/// The types between the parentheses: commas within a type's own do not divide.
fn arguments(types: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let divides = move |character: char| {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    };
    types.split(divides).map(str::trim).filter(|written| !written.is_empty())
}

fn type_name(arrow: &str) -> String {
    if let Some(element) = arrow.strip_prefix("List(").and_then(|rest| rest.strip_suffix(')')) {
        return format!("{}[]", type_name(element).trim_end_matches("[]"));
    }
    let name = match arrow {
        "Boolean" => "boolean",
        "Int16" => "smallint",
        "Int32" => "integer",
        "Int64" | "UInt64" => "bigint",
        "Float32" => "real",
        "Float64" => "double precision",
        "Utf8" | "Null" => "unknown",
        "Utf8View" | "LargeUtf8" => "text",
        "Binary" | "BinaryView" | "LargeBinary" => "bytea",
        "Date32" => "date",
        _ if arrow.starts_with("Decimal") => "numeric",
        _ if arrow.starts_with("Time64") => "time without time zone",
        _ if arrow.starts_with("Timestamp") && arrow.ends_with(", None)") => "timestamp without time zone",
        _ if arrow.starts_with("Timestamp(") && !arrow.contains(',') => "timestamp without time zone",
        _ if arrow.starts_with("Timestamp") => "timestamp with time zone",
        _ if arrow.starts_with("Interval") => "interval",
        other => other,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::mismatch;

    #[test]
    fn calls_are_named_with_their_types() {
        for (types, expected) in [
            ("'length(Int32)'. You", "function length(integer) does not exist"),
            ("'concat()'. You", "function concat() does not exist"),
            (
                "'f(Utf8, List(Decimal128(2, 2)), Timestamp(Microsecond, None))'. You",
                "function f(unknown, numeric[], timestamp without time zone) does not exist",
            ),
        ] {
            let reason = format!("x. No function matches the given name and argument types {types}");
            let error = mismatch(&reason).unwrap();
            assert_eq!((error.sqlstate.as_ref(), error.message.as_str()), ("42883", expected));
        }
        assert!(mismatch("something else").is_none());
    }
}
