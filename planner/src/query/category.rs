//! Which types can be compared, chosen among and united: those of one of PostgreSQL's categories.
//!
//! The engine brings everything together as texts, where PostgreSQL says that there is no such operator
//! or that the types cannot be matched. <https://www.postgresql.org/docs/15/typeconv-overview.html>

use arrow::datatypes::{DataType, Field};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::types::name_of;
use crate::error::SqlError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Category {
    Array,
    Boolean,
    Bytes,
    /// Dates and timestamps.
    Date,
    Interval,
    Number,
    /// Also `uuid` and `jsonb`, of which the engine forgets what they are on some ways.
    Text,
    Time,
}

/// None of what is in none, such as NULL.
fn category(data_type: &DataType) -> Option<Category> {
    Some(match data_type {
        DataType::Boolean => Category::Boolean,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Category::Bytes,
        DataType::Date32 | DataType::Timestamp(..) => Category::Date,
        DataType::Time32(_) | DataType::Time64(_) => Category::Time,
        DataType::Interval(_) | DataType::Duration(_) => Category::Interval,
        other if other.is_numeric() => Category::Number,
        other if other.is_string() => Category::Text,
        other if other.is_list() => Category::Array,
        _ => return None,
    })
}

/// Whether values of the types are of one category.
pub(crate) fn is_one(left: &DataType, right: &DataType) -> bool {
    category(left) == category(right)
}

fn differ(left: &Field, right: &Field) -> bool {
    // An `oid` compares with the names that `regclass` and its like are carried as.
    if name_of(left) == "oid" || name_of(right) == "oid" {
        return false;
    }
    match (category(left.data_type()), category(right.data_type())) {
        (Some(left), Some(right)) => left != right,
        _ => false,
    }
}

/// Errors with 42883 where two sides of a comparison are of two categories.
pub(super) fn check_compared(left: &Field, symbol: &str, right: &Field) -> Result<()> {
    if !differ(left, right) {
        return Ok(());
    }
    let message = format!("operator does not exist: {} {symbol} {}", name_of(left), name_of(right));
    let hint =
        "No operator matches the given name and argument types. You might need to add explicit type casts.";
    Err(SqlError::new("42883", message).with_hint(hint).into())
}

/// As [`check_compared`], of two expressions.
pub(super) fn check_exprs(left: &Expr, symbol: &str, right: &Expr, schema: &DFSchema) -> Result<()> {
    match (left.to_field(schema), right.to_field(schema)) {
        (Ok((_, left)), Ok((_, right))) => check_compared(&left, symbol, &right),
        _ => Ok(()),
    }
}

/// Errors with 42804 where a construct such as COALESCE gives values of two categories.
pub(super) fn check_matched<'a>(construct: &str, fields: impl IntoIterator<Item = &'a Field>) -> Result<()> {
    let mut fields = fields.into_iter().filter(|field| category(field.data_type()).is_some());
    let Some(first) = fields.next() else { return Ok(()) };
    match fields.find(|field| differ(first, field)) {
        None => Ok(()),
        Some(other) => {
            let (first, other) = (name_of(first), name_of(other));
            let message = format!("{construct} types {first} and {other} cannot be matched");
            Err(SqlError::new("42804", message).into())
        }
    }
}

/// Errors with 42846 where PostgreSQL has no cast from one type to the other.
pub(super) fn check_cast(from: &Field, to: &Field) -> Result<()> {
    use Category::{Array, Boolean, Bytes, Date, Interval, Number, Text, Time};
    let (Some(given), Some(wanted)) = (category(from.data_type()), category(to.data_type())) else {
        return Ok(());
    };
    let exists = match (given, wanted) {
        (given, wanted) if given == wanted => true,
        // Texts are read, and what is carried as one may be another type.
        (Text, _) | (_, Text) => true,
        (Boolean, Number) => *to.data_type() == DataType::Int32,
        (Number, Boolean) => *from.data_type() == DataType::Int32,
        (Date, Time) => *from.data_type() != DataType::Date32,
        (Time, Interval) | (Interval, Time) => true,
        (Array | Boolean | Bytes | Date | Interval | Number | Time, _) => false,
    };
    if exists {
        return Ok(());
    }
    let message = format!("cannot cast type {} to {}", name_of(from), name_of(to));
    Err(SqlError::new("42846", message).into())
}
