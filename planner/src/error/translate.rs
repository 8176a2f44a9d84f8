//! The engine's errors in PostgreSQL's words.

use arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use sqlparser::tokenizer::Span;

use super::{SqlError, function, operator, place, similar};

/// Translates an error of the statement `text`.
pub(crate) fn translate(error: DataFusionError, text: &str) -> SqlError {
    let mut position = None;
    let mut translated = find(&error, text, &mut position);
    translated.position = place::of(&translated, text).or(translated.position).or(position);
    translated
}

/// Translates an error of a running query.
pub fn from_datafusion(error: &DataFusionError) -> SqlError {
    find(error, "", &mut None)
}

/// A place in the syntax tree, in characters of `text` from 1. Spans count lines and, within a
/// line, characters, both from 1; 0 stands for nowhere.
pub(crate) fn position_of(span: Span, text: &str) -> Option<usize> {
    let (line, column) = (span.start.line as usize, span.start.column as usize);
    if line == 0 || column == 0 {
        return None;
    }
    let before: usize = text.split_inclusive('\n').take(line - 1).map(|line| line.chars().count()).sum();
    Some(before + column)
}

fn find(error: &DataFusionError, text: &str, position: &mut Option<usize>) -> SqlError {
    match error {
        DataFusionError::Diagnostic(diagnostic, inner) => {
            if let Some(span) = diagnostic.span {
                // DataFusion's own span, of the same shape as the parser's.
                let start = sqlparser::tokenizer::Location::new(span.start.line, span.start.column);
                *position = position_of(Span::new(start, start), text);
            }
            find(inner, text, position)
        }
        DataFusionError::Context(_, inner) => find(inner, text, position),
        DataFusionError::Shared(inner) => find(inner, text, position),
        DataFusionError::Collection(errors) => match errors.first() {
            Some(first) => find(first, text, position),
            None => internal("an empty collection of errors"),
        },
        DataFusionError::SchemaError(error, _) => schema_error(error),
        DataFusionError::ArrowError(error, _) => arrow_error(error),
        DataFusionError::External(error) => match error.downcast_ref::<SqlError>() {
            Some(error) => error.clone(),
            None => match error.downcast_ref::<DataFusionError>() {
                Some(inner) => find(inner, text, position),
                None => internal(&error.to_string()),
            },
        },
        DataFusionError::ResourcesExhausted(reason) => {
            SqlError::new("53200", "out of memory").with_detail(first_line(reason)).with_hint(
                "The query needs more memory than all queries together may use; narrow it, or raise query_memory.",
            )
        }
        DataFusionError::NotImplemented(reason) => not_implemented(reason),
        DataFusionError::SQL(error, _) => SqlError::new("42601", first_line(&error.to_string())),
        DataFusionError::Plan(reason) | DataFusionError::Execution(reason) | DataFusionError::Internal(reason)
            if let Some(error) = function::unfit(reason) =>
        {
            error
        }
        DataFusionError::Plan(reason) => plan_error(reason),
        DataFusionError::Execution(reason) => execution_error(reason),
        DataFusionError::Configuration(reason) => SqlError::new("22023", first_line(reason)),
        other => internal(&other.to_string()),
    }
}

fn not_implemented(reason: &str) -> SqlError {
    let reason = first_line(reason);
    let types = reason.strip_prefix("Unsupported CAST from ").and_then(|rest| rest.split_once(" to "));
    match types.map(|(from, to)| (type_word(from), type_word(to))) {
        Some((Some(from), Some(to))) => SqlError::new("42846", format!("cannot cast type {from} to {to}")),
        _ => SqlError::new("0A000", reason),
    }
}

fn schema_error(error: &SchemaError) -> SqlError {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => missing_column(field, valid_fields),
        SchemaError::AmbiguousReference { field } => {
            SqlError::new("42702", format!("column reference \"{}\" is ambiguous", field.name))
        }
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            SqlError::new("42701", format!("column \"{name}\" specified more than once"))
        }
    }
}

fn missing_column(field: &Column, valid: &[Column]) -> SqlError {
    let shown = match &field.relation {
        Some(relation) => format!("{}.{}", relation.table(), field.name),
        None => format!("\"{}\"", field.name),
    };
    if let Some(relation) = &field.relation
        && !valid
            .iter()
            .any(|known| known.relation.as_ref().is_some_and(|known| known.table() == relation.table()))
    {
        let message = format!("missing FROM-clause entry for table \"{}\"", relation.table());
        return SqlError::new("42P01", message);
    }
    let error = SqlError::new("42703", format!("column {shown} does not exist"));
    match similar(&field.name, valid.iter().map(|column| column.name.as_str())) {
        Some(similar) => error.with_hint(format!("Did you mean \"{similar}\"?")),
        None => error,
    }
}

fn arrow_error(error: &ArrowError) -> SqlError {
    match error {
        ArrowError::DivideByZero => SqlError::new("22012", "division by zero"),
        ArrowError::ComputeError(reason) if reason.contains("verflow") => {
            let of = [("Int16", "smallint"), ("Int32", "integer"), ("Int64", "bigint")];
            let name =
                of.iter().find(|(arrow, _)| reason.starts_with(arrow)).map_or("value", |(_, name)| name);
            SqlError::new("22003", format!("{name} out of range"))
        }
        ArrowError::ArithmeticOverflow(_) => SqlError::new("22003", "value out of range"),
        ArrowError::CastError(reason) | ArrowError::ParseError(reason) => {
            decimal_overflow(reason).unwrap_or_else(|| cast_error(reason))
        }
        ArrowError::InvalidArgumentError(reason) => {
            decimal_overflow(reason).unwrap_or_else(|| SqlError::new("22023", first_line(reason)))
        }
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => find(inner, "", &mut None),
            None => internal(&inner.to_string()),
        },
        other => internal(&other.to_string()),
    }
}

/// `Cannot cast string 'x' to value of Int64 type` and its kin in PostgreSQL's words.
fn cast_error(reason: &str) -> SqlError {
    let reason = first_line(reason);
    if let Some((_, target)) =
        reason.strip_prefix("Can't cast value ").and_then(|rest| rest.split_once(" to type "))
    {
        return match type_word(target) {
            Some(target) => SqlError::new("22003", format!("{target} out of range")),
            None => SqlError::new("22003", reason),
        };
    }
    let Some((value, target)) = cast_parts(&reason) else { return SqlError::new("22P02", reason) };
    let is_moment = matches!(target, "date" | "timestamp" | "time" | "interval");
    let looks_like_numbers = value.starts_with(|first: char| first.is_ascii_digit())
        && value.contains(['-', ':'])
        && value.chars().all(|c| c.is_ascii_digit() || "-:. +TZ".contains(c));
    if is_moment && looks_like_numbers {
        return SqlError::new("22008", format!("date/time field value out of range: \"{value}\""));
    }
    let is_whole = |text: &str| {
        let digits = text.trim().trim_start_matches(['-', '+']);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if matches!(target, "smallint" | "integer" | "bigint") && is_whole(value) {
        return SqlError::new("22003", format!("value \"{value}\" is out of range for type {target}"));
    }
    let sqlstate = if is_moment { "22007" } else { "22P02" };
    SqlError::new(sqlstate, format!("invalid input syntax for type {target}: \"{value}\""))
}

/// The text that was to be cast, and the type.
fn cast_parts(reason: &str) -> Option<(&str, &'static str)> {
    if let Some(rest) = reason.strip_prefix("Error parsing timestamp from '") {
        return rest.rsplit_once("': ").map(|(value, _)| (value, "timestamp"));
    }
    let reason_of_text = ["Cannot cast string '", "Cannot cast value '"];
    if let Some(rest) = reason.strip_prefix("Invalid input syntax for type interval: \"") {
        return Some((rest.trim_end_matches('"'), "interval"));
    }
    let (value, target) = reason_of_text
        .iter()
        .find_map(|prefix| reason.strip_prefix(prefix))?
        .rsplit_once("' to value of ")?;
    Some((value, type_word(target.trim_end_matches(" type"))?))
}

fn type_word(arrow: &str) -> Option<&'static str> {
    Some(match arrow {
        "Int16" => "smallint",
        "Int32" => "integer",
        "Int64" => "bigint",
        "Float32" => "real",
        "Float64" => "double precision",
        "Boolean" => "boolean",
        "Date32" => "date",
        _ if arrow.starts_with("Time64") => "time",
        _ if arrow.starts_with("Timestamp") => "timestamp",
        _ if arrow.starts_with("Interval") => "interval",
        _ if arrow.starts_with("Decimal") => "numeric",
        _ => return None,
    })
}

/// `1234567 is too large to store in a Decimal128 of precision 5. Max is 99999`.
fn decimal_overflow(reason: &str) -> Option<SqlError> {
    let is_it = reason.contains(" to store in a Decimal");
    is_it.then(|| SqlError::new("22003", "numeric field overflow"))
}

/// `function f(integer) does not exist`, which a function says that takes no such types.
fn missing_function(reason: &str) -> Option<SqlError> {
    let (_, told) =
        reason.split_once("user-defined coercion failed with: Error during planning: function ")?;
    let end = told.find(") ")? + 1;
    if told[end..].starts_with(" is not unique") {
        let message = format!("function {} is not unique", &told[..end]);
        return Some(SqlError::new("42725", message).with_hint(
            "Could not choose a best candidate function. You might need to add explicit type casts.",
        ));
    }
    let message = format!("function {} does not exist", &told[..end]);
    Some(SqlError::new("42883", message).with_hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    ))
}

/// What the engine begins to say, and what PostgreSQL says.
const FIXED: [(&str, &str, &str); 7] = [
    ("Invalid window frame: start bound", "0A000", "a RANGE that ends before it begins is not supported"),
    (
        "Aggregate function calls cannot contain window function calls",
        "42803",
        "aggregate function calls cannot contain window function calls",
    ),
    (
        "FILTER clause can only be used with aggregate window functions",
        "0A000",
        "FILTER is not implemented for non-aggregate window functions",
    ),
    ("Aggregate function calls cannot be nested", "42803", "aggregate function calls cannot be nested"),
    (
        "For SELECT DISTINCT, ORDER BY expressions",
        "42P10",
        "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
    ),
    (
        "SELECT DISTINCT ON expressions must match",
        "42P10",
        "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
    ),
    (
        "Too many columns! The subquery should only return one column",
        "42601",
        "subquery must return only one column",
    ),
];

/// What the engine knows in windows only.
const WINDOW_FUNCTIONS: [&str; 10] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "locf",
    "interpolate",
];

fn plan_error(reason: &str) -> SqlError {
    let reason = first_line(reason);
    if let Some(rest) = reason.strip_prefix("Percentile value must be between 0.0 and 1.0 inclusive, ") {
        let value = rest.split(' ').next().unwrap_or_default();
        return SqlError::new("22003", format!("percentile value {value} is not between 0 and 1"));
    }
    if reason.contains(" to grouping function is not in grouping columns") {
        let message = "arguments to GROUPING must be grouping expressions of the associated query level";
        return SqlError::new("42803", message);
    }
    if reason.starts_with("Percentile value for ") {
        return SqlError::new("0A000", "the fraction of a percentile must be a constant number");
    }
    if let Some(missing) = missing_function(&reason) {
        return missing;
    }
    if let Some(name) = reason.strip_prefix("Invalid function '").and_then(|rest| rest.split('\'').next()) {
        if WINDOW_FUNCTIONS.contains(&name) {
            return SqlError::new("42809", format!("window function {name} requires an OVER clause"));
        }
        let error = SqlError::new("42883", format!("function {name} does not exist"));
        return match reason.split("Did you mean '").nth(1).and_then(|rest| rest.split('\'').next()) {
            Some(similar) => error.with_hint(format!("Did you mean \"{similar}\"?")),
            None => error,
        };
    }
    if reason.contains("must appear in the GROUP BY clause") || reason.contains("must be part of GROUP BY") {
        let column = reason.split('"').nth(1).map(|name| format!("column \"{name}\""));
        return SqlError::new(
            "42803",
            format!(
                "{} must appear in the GROUP BY clause or be used in an aggregate function",
                column.as_deref().unwrap_or("column")
            ),
        );
    }
    if reason.starts_with("Aggregate functions are not allowed in the WHERE clause") {
        return SqlError::new("42803", "aggregate functions are not allowed in WHERE");
    }
    if let Some(rest) = reason.strip_prefix("Order by column out of bounds, specified: ") {
        let place = rest.split(',').next().unwrap_or_default();
        return SqlError::new("42P10", format!("ORDER BY position {place} is not in select list"));
    }
    if reason.starts_with("Inconsistent data length across values list") {
        return SqlError::new("42601", "VALUES lists must all be the same length");
    }
    if reason.starts_with("LIMIT must be >= 0") {
        return SqlError::new("2201W", "LIMIT must not be negative");
    }
    if reason.starts_with("OFFSET must be >=0") || reason.starts_with("OFFSET must be >= 0") {
        return SqlError::new("2201X", "OFFSET must not be negative");
    }
    if let Some(error) = operator::unfit(&reason) {
        return error;
    }
    if let Some(error) = function::unfit(&reason) {
        return error;
    }
    if let Some((_, sqlstate, message)) = FIXED.iter().find(|(prefix, ..)| reason.starts_with(prefix)) {
        return SqlError::new(sqlstate, *message);
    }
    if let Some(name) = reason.strip_prefix("Invalid qualifier ") {
        return SqlError::new("42P01", format!("missing FROM-clause entry for table \"{name}\""));
    }
    if let Some(name) =
        reason.strip_prefix("The window ").and_then(|rest| rest.strip_suffix(" is not defined!"))
    {
        return SqlError::new("42704", format!("window \"{name}\" does not exist"));
    }
    if reason.starts_with("WITH query name ") {
        return SqlError::new("42712", reason);
    }
    if let Some(arrow) = reason.strip_prefix("Join condition must be boolean type, but got ") {
        let found = function::word(arrow);
        return SqlError::new("42804", format!("argument of JOIN/ON must be type boolean, not type {found}"));
    }
    if let Some(place) = reason.strip_prefix("Cannot find column with position ") {
        let place = place.split(' ').next().unwrap_or_default();
        return SqlError::new("42P10", format!("GROUP BY position {place} is not in select list"));
    }
    if let Some((_, arrow)) = reason
        .strip_prefix("Cannot create filter with non-boolean predicate '")
        .and_then(|rest| rest.rsplit_once("' returning "))
    {
        let found = function::word(arrow);
        return SqlError::new("42804", format!("argument of WHERE must be type boolean, not type {found}"));
    }
    if let Some(arrow) = reason.strip_prefix("Unary operator 'NOT' requires a boolean expression, got ") {
        let found = function::word(arrow);
        return SqlError::new("42804", format!("argument of NOT must be type boolean, not type {found}"));
    }
    if reason.contains("Cannot infer common argument type") || reason.contains("type_coercion") {
        return SqlError::new("42883", reason);
    }
    SqlError::new("42601", reason)
}

fn execution_error(reason: &str) -> SqlError {
    let reason = first_line(reason);
    if reason.starts_with("In an aggregate with DISTINCT, ORDER BY") {
        let message = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list";
        return SqlError::new("42P10", message);
    }
    if reason.contains("ivide by zero") || reason.contains("ivision by zero") {
        return SqlError::new("22012", "division by zero");
    }
    if reason.starts_with("Scalar subquery returned more than one row") {
        return SqlError::new("21000", "more than one row returned by a subquery used as an expression");
    }
    if reason.contains("verflow") {
        return SqlError::new("22003", "value out of range");
    }
    SqlError::new("22000", reason)
}

fn internal(reason: &str) -> SqlError {
    SqlError::new("XX000", format!("internal error: {}", first_line(reason)))
}

/// Without the back trace that the engine may append.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
