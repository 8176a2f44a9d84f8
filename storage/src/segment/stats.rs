//! Statistics of a segment's columns, kept in the log, so that segments are pruned and counted
//! without being opened.

use serde::{Deserialize, Serialize};

/// What is known of a column in one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnStats {
    /// Nulls.
    pub null_count: u64,
    /// The smallest value that is not null; None where all are, or where the type has no bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The largest value that is not null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
}

/// A bound of a column's values: nothing lies beyond it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The bound, in the column's order.
    pub value: BoundValue,
    /// Whether a row has this very value. Long texts are cut (a maximum is then rounded up), and
    /// a column with NaN has no exact maximum: only an exact bound answers `min` or `max`.
    pub exact: bool,
}

/// A bound's value, by the column's Arrow type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundValue {
    /// `Boolean`.
    Bool(bool),
    /// Integers, dates, times and timestamps in their own unit.
    Int(i64),
    /// Floating point; never NaN.
    Float(f64),
    /// The unscaled value of a decimal, in decimal digits (JSON has no 128-bit numbers).
    Decimal(String),
    /// `Utf8View`, by bytes.
    Text(String),
}
