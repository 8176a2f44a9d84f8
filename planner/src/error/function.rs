//! Calls that fit no function, in PostgreSQL's words: `function abs(text) does not exist`.
//!
//! The engine says so in several ways, each with the types as Arrow writes them.

use super::SqlError;
use crate::query::rows::name_of_array;

const HINT: &str =
    "No function matches the given name and argument types. You might need to add explicit type casts.";

/// What the engine says of a call that fits no signature; None where it speaks of something else.
pub(super) fn unfit(reason: &str) -> Option<SqlError> {
    let mut call = written(reason).or_else(|| coerced(reason)).or_else(|| unmatched(reason))?;
    let (array, types) = call.split_at(call.find('(').unwrap_or(call.len()));
    if let Some(name) = name_of_array(array) {
        call = format!("{name}{types}");
    }
    Some(SqlError::new("42883", format!("function {call} does not exist")).with_hint(HINT))
}

/// `… No function matches the given name and argument types 'abs(Utf8View)'. You might …`
fn written(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("No function matches the given name and argument types '")?;
    let (call, _) = rest.split_once("'. ").or_else(|| rest.split_once('\''))?;
    let (name, types) = call.strip_suffix(')')?.split_once('(')?;
    Some(format!("{name}({})", listed(types)))
}

/// `Failed to coerce arguments to satisfy a call to 'sqrt' function: coercion from Utf8View to the signature …`
fn coerced(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("Failed to coerce arguments to satisfy a call to '")?;
    let (name, rest) = rest.split_once("' function: coercion from ")?;
    let (types, _) = rest.split_once(" to the signature ")?;
    Some(format!("{name}({})", listed(types)))
}

/// `Function 'sum' failed to match any signature, errors: …, but received String (DataType: Utf8View).`: of
/// several arguments only one is told, and then none is.
fn unmatched(reason: &str) -> Option<String> {
    let (before, rest) = reason.split_once("' failed to match any signature")?;
    let name = before.rsplit('\'').next()?;
    let of_several = rest.match_indices("but received ").any(|(place, word)| {
        rest[place + word.len()..].starts_with(|first: char| matches!(first, '2'..='9'))
    });
    let one = rest.split_once("(DataType: ").and_then(|(_, rest)| {
        let (end, _) = rest.match_indices(')').find(|(end, _)| is_balanced(&rest[..*end]))?;
        Some(listed(&rest[..end]))
    });
    Some(match one {
        Some(one) if !of_several => format!("{name}({one})"),
        _ => name.to_owned(),
    })
}

/// Types with commas between them, as PostgreSQL names them.
fn listed(types: &str) -> String {
    let mut words = Vec::new();
    let mut start = 0;
    for (place, _) in types.match_indices(',').chain([(types.len(), "")]) {
        if is_balanced(&types[start..place]) {
            words.push(word(types[start..place].trim()));
            start = place + 1;
        }
    }
    words.join(", ")
}

fn is_balanced(text: &str) -> bool {
    text.matches('(').count() == text.matches(')').count()
}

/// PostgreSQL's name of a type that Arrow writes. A literal whose type is still open is the engine's `Utf8`.
pub(super) fn word(arrow: &str) -> String {
    let inside = |prefix: &str| arrow.strip_prefix(prefix)?.strip_suffix(')');
    if let Some(element) = inside("List(").or_else(|| inside("LargeList(")) {
        return format!("{}[]", word(element));
    }
    let name = match arrow {
        "Utf8" | "Null" => "unknown",
        "Utf8View" | "LargeUtf8" => "text",
        "Boolean" => "boolean",
        "Int16" => "smallint",
        "Int32" => "integer",
        "Int64" | "UInt64" => "bigint",
        "Float32" => "real",
        "Float64" => "double precision",
        "Date32" => "date",
        "Binary" | "BinaryView" => "bytea",
        _ if arrow.starts_with("Decimal") => "numeric",
        _ if arrow.starts_with("Time64") => "time without time zone",
        _ if arrow.starts_with("Timestamp") && arrow.contains('"') => "timestamp with time zone",
        _ if arrow.starts_with("Timestamp") => "timestamp without time zone",
        _ if arrow.starts_with("Interval") || arrow.starts_with("Duration") => "interval",
        other => other,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::unfit;

    #[test]
    fn calls_are_told_with_the_types_of_their_arguments() {
        for (reason, expected) in [
            (
                "Function 'abs' expects Numeric but received String. No function matches the given name and \
                 argument types 'abs(Utf8View)'. You might need to add explicit type casts.",
                "function abs(text) does not exist",
            ),
            (
                "No function matches the given name and argument types 'f(Int32, Timestamp(µs, \"UTC\"), \
                 List(Utf8View), Decimal128(3, 1), Utf8)'. You might",
                "function f(integer, timestamp with time zone, text[], numeric, unknown) does not exist",
            ),
            (
                "Failed to coerce arguments to satisfy a call to 'sqrt' function: coercion from Date32 to the \
                 signature Uniform(1, [Float64]) failed",
                "function sqrt(date) does not exist",
            ),
            (
                "Function 'sum' failed to match any signature, errors: Error during planning: Function 'sum' \
                 requires Decimal, but received String (DataType: Decimal128(3, 1)).",
                "function sum(numeric) does not exist",
            ),
            (
                "Function 'substr' failed to match any signature, errors: requires String, but received Int32 \
                 (DataType: Int32).,Function 'substr' expects 3 arguments but received 2.",
                "function substr does not exist",
            ),
            (
                "'abs' does not support zero arguments. No function matches the given name and argument types 'abs()'. You",
                "function abs() does not exist",
            ),
        ] {
            assert_eq!(unfit(reason).map(|error| error.message), Some(expected.to_owned()), "{reason}");
        }
        assert!(unfit("something else").is_none());
    }
}
