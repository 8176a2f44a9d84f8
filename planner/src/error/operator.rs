//! Operators that fit no types, in PostgreSQL's words: `operator does not exist: date * integer`.

use super::SqlError;
use super::function::word;

const HINT: &str =
    "No operator matches the given name and argument types. You might need to add explicit type casts.";
const AMBIGUOUS: &str =
    "Could not choose a best candidate operator. You might need to add explicit type casts.";

/// How the engine begins and ends what it says of an operator between two types.
const FORMS: [(&str, &str); 6] = [
    ("Cannot coerce arithmetic expression ", " to valid types"),
    ("Cannot get result type for temporal operation ", ": Invalid"),
    ("Cannot get result type for arithmetic operation ", ": Invalid"),
    ("Cannot infer common string type for string concat operation ", ""),
    ("Cannot infer common type for bitwise operation ", ""),
    ("Cannot infer common argument type for comparison operation ", ""),
];

/// What the engine says of an operator; None where it speaks of something else.
pub(super) fn unfit(reason: &str) -> Option<SqlError> {
    if let Some(rest) =
        reason.strip_prefix("Cannot infer common argument type for logical boolean operation ")
    {
        let (left, op, right) = parts(rest)?;
        let found = if left == "Boolean" { right } else { left };
        let message = format!("argument of {op} must be type boolean, not type {}", word(found));
        return Some(SqlError::new("42804", message));
    }
    if let Some(rest) = reason.strip_prefix("There isn't a common type to coerce ") {
        let (types, _) = rest.split_once(" in LIKE expression")?;
        let (left, right) = types.split_once(" and ")?;
        return Some(missing(left, "~~", right));
    }
    let rest = FORMS.iter().find_map(|(prefix, suffix)| {
        let rest = reason.strip_prefix(prefix)?;
        if suffix.is_empty() { Some(rest) } else { rest.split_once(suffix).map(|(rest, _)| rest) }
    })?;
    let (left, op, right) = parts(rest)?;
    Some(missing(left, symbol(op), right))
}

fn missing(left: &str, op: &str, right: &str) -> SqlError {
    let (left, right) = (word(left), word(right));
    if left == "unknown" && right == "unknown" {
        let message = format!("operator is not unique: {left} {op} {right}");
        return SqlError::new("42725", message).with_hint(AMBIGUOUS);
    }
    SqlError::new("42883", format!("operator does not exist: {left} {op} {right}")).with_hint(HINT)
}

/// `Timestamp(µs, "UTC") + Int32`: the space within a type stands in parentheses.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let is_outside = |place: usize| text[..place].matches('(').count() == text[..place].matches(')').count();
    let mut spaces = text.match_indices(' ').map(|(place, _)| place).filter(|place| is_outside(*place));
    let first = spaces.next()?;
    let last = spaces.next_back()?;
    Some((&text[..first], &text[first + 1..last], &text[last + 1..]))
}

/// The engine's word of an operator as PostgreSQL writes it.
fn symbol(op: &str) -> &str {
    match op {
        "BIT_XOR" => "#",
        "!=" => "<>",
        "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => "=",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::unfit;

    #[test]
    fn operators_are_told_with_their_types() {
        for (reason, expected) in [
            (
                "Cannot coerce arithmetic expression Timestamp(µs, \"UTC\") + Int32 to valid types",
                "operator does not exist: timestamp with time zone + integer",
            ),
            (
                "Cannot get result type for temporal operation Date32 * Int32: Invalid argument error: …",
                "operator does not exist: date * integer",
            ),
            (
                "Cannot get result type for arithmetic operation Utf8 - Utf8: Invalid argument error: …",
                "operator is not unique: unknown - unknown",
            ),
            (
                "There isn't a common type to coerce Int32 and Utf8 in LIKE expression",
                "operator does not exist: integer ~~ unknown",
            ),
            (
                "Cannot infer common argument type for logical boolean operation Int32 AND Boolean",
                "argument of AND must be type boolean, not type integer",
            ),
            (
                "Cannot infer common argument type for comparison operation Date32 IS DISTINCT FROM Decimal128(3, 1)",
                "operator does not exist: date = numeric",
            ),
        ] {
            assert_eq!(unfit(reason).map(|error| error.message), Some(expected.to_owned()), "{reason}");
        }
    }
}
