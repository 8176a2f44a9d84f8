//! Which segments pass a filter whole, told from the statistics in the log.
//!
//! A filter over a segment's rows can come out true, false or null. Statistics rule some of these
//! out; what remains is an [`Outcomes`]. Where false and null are ruled out, the filter holds for
//! every row, and statistics can answer for all of them. Whatever is not understood may come out
//! as anything.

use std::cmp::Ordering;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use storage::catalog::TableDefinition;
use storage::schema::Column;
use storage::segment::SegmentMeta;
use storage::segment::stats::{Bound, BoundValue, ColumnStats};

/// What a filter may come out as for the rows of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcomes {
    can_be_true: bool,
    can_be_false: bool,
    can_be_null: bool,
}

/// Whether every row of the segment passes all filters.
pub(super) fn always(table: &TableDefinition, segment: &SegmentMeta, filters: &[Expr]) -> bool {
    let reader = Reader { table, segment };
    filters.iter().all(|filter| reader.outcomes(filter) == Outcomes::TRUE)
}

impl Outcomes {
    const TRUE: Self = Self { can_be_true: true, can_be_false: false, can_be_null: false };
    const FALSE: Self = Self { can_be_true: false, can_be_false: true, can_be_null: false };
    const NULL: Self = Self { can_be_true: false, can_be_false: false, can_be_null: true };
    /// Nothing is known.
    const ANY: Self = Self { can_be_true: true, can_be_false: true, can_be_null: true };

    fn and(self, other: Self) -> Self {
        Self {
            can_be_true: self.can_be_true && other.can_be_true,
            can_be_false: self.can_be_false || other.can_be_false,
            can_be_null: self.can_be_null && (other.can_be_true || other.can_be_null)
                || other.can_be_null && (self.can_be_true || self.can_be_null),
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    fn not(self) -> Self {
        Self { can_be_true: self.can_be_false, can_be_false: self.can_be_true, ..self }
    }
}

/// Reads the statistics of one segment.
#[derive(Clone, Copy)]
struct Reader<'a> {
    table: &'a TableDefinition,
    segment: &'a SegmentMeta,
}

impl Reader<'_> {
    fn outcomes(&self, filter: &Expr) -> Outcomes {
        match filter {
            Expr::Alias(alias) => self.outcomes(&alias.expr),
            Expr::Literal(ScalarValue::Boolean(Some(true)), _) => Outcomes::TRUE,
            Expr::Literal(ScalarValue::Boolean(Some(false)), _) => Outcomes::FALSE,
            Expr::Literal(value, _) if value.is_null() => Outcomes::NULL,
            Expr::Not(inner) => self.outcomes(inner).not(),
            Expr::IsNull(inner) => self.is_null(inner),
            Expr::IsNotNull(inner) => self.is_null(inner).not(),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                self.outcomes(left).and(self.outcomes(right))
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                self.outcomes(left).or(self.outcomes(right))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
                (column, Expr::Literal(value, _)) => self.comparison(column, *op, value),
                (Expr::Literal(value, _), column) => match op.swap() {
                    Some(op) => self.comparison(column, op, value),
                    None => Outcomes::ANY,
                },
                _ => Outcomes::ANY,
            },
            Expr::Between(Between { expr, negated, low, high }) => match (low.as_ref(), high.as_ref()) {
                (Expr::Literal(low, _), Expr::Literal(high, _)) => {
                    let within = self.comparison(expr, Operator::GtEq, low).and(self.comparison(
                        expr,
                        Operator::LtEq,
                        high,
                    ));
                    if *negated { within.not() } else { within }
                }
                _ => Outcomes::ANY,
            },
            Expr::InList(InList { expr, list, negated }) => {
                let any = list.iter().fold(Outcomes::FALSE, |any, item| {
                    any.or(match item {
                        Expr::Literal(value, _) => self.comparison(expr, Operator::Eq, value),
                        _ => Outcomes::ANY,
                    })
                });
                if *negated { any.not() } else { any }
            }
            Expr::Column(_) => self.comparison(filter, Operator::Eq, &ScalarValue::Boolean(Some(true))),
            _ => Outcomes::ANY,
        }
    }

    fn column(&self, expr: &Expr) -> Option<&Column> {
        let Expr::Column(column) = expr else { return None };
        self.table.schema.column(&column.name)
    }

    /// Nulls of a column, and what else is known of it. A column that the segment lacks was added
    /// later.
    fn stats(&self, column: &Column) -> (u64, Option<&ColumnStats>) {
        let stats = self.segment.columns.get(&column.id);
        (stats.map_or(self.segment.rows, |stats| stats.null_count), stats)
    }

    fn is_null(&self, expr: &Expr) -> Outcomes {
        let Some(column) = self.column(expr) else {
            return Outcomes { can_be_null: false, ..Outcomes::ANY };
        };
        let (nulls, _) = self.stats(column);
        Outcomes { can_be_true: nulls > 0, can_be_false: nulls < self.segment.rows, can_be_null: false }
    }

    fn comparison(&self, expr: &Expr, op: Operator, value: &ScalarValue) -> Outcomes {
        if value.is_null() {
            return match op {
                Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => Outcomes::ANY,
                _ => Outcomes::NULL,
            };
        }
        let Some(column) = self.column(expr) else { return Outcomes::ANY };
        let (nulls, stats) = self.stats(column);
        if nulls == self.segment.rows {
            return match op {
                Operator::IsDistinctFrom => Outcomes::TRUE,
                Operator::IsNotDistinctFrom => Outcomes::FALSE,
                _ => Outcomes::NULL,
            };
        }
        let order = |bound: &Option<Bound>| compare(&bound.as_ref()?.value, column, value);
        let (min, max) = match stats {
            Some(stats) => (order(&stats.min), order(&stats.max)),
            None => (None, None),
        };
        // Of the values that are not null; an unknown bound rules nothing out.
        let below = min.is_none_or(Ordering::is_lt);
        let above = max.is_none_or(Ordering::is_gt);
        let equal = min.is_none_or(Ordering::is_le) && max.is_none_or(Ordering::is_ge);
        let (can_be_true, can_be_false) = match op {
            Operator::Lt => (below, equal || above),
            Operator::LtEq => (below || equal, above),
            Operator::Gt => (above, below || equal),
            Operator::GtEq => (above || equal, below),
            Operator::Eq => (equal, below || above),
            Operator::NotEq => (below || above, equal),
            _ => return Outcomes::ANY,
        };
        Outcomes { can_be_true, can_be_false, can_be_null: nulls > 0 }
    }
}

/// How a bound stands to a value. None where the two can't be compared, or where an engine's
/// order could differ from ours.
fn compare(bound: &BoundValue, column: &Column, value: &ScalarValue) -> Option<Ordering> {
    let compare_floats = |a: f64, b: f64| a.partial_cmp(&b).filter(|_| a != 0.0 || b != 0.0);
    match (bound, value) {
        (BoundValue::Bool(a), ScalarValue::Boolean(Some(b))) => Some(a.cmp(b)),
        (BoundValue::Int(a), value) => Some(a.cmp(&int(column, value)?)),
        (BoundValue::Float(a), ScalarValue::Float64(Some(b))) => compare_floats(*a, *b),
        (BoundValue::Float(a), ScalarValue::Float32(Some(b))) => compare_floats(*a, f64::from(*b)),
        (BoundValue::Decimal(a), ScalarValue::Decimal128(Some(b), _, scale)) => {
            match column.column_type.arrow() {
                DataType::Decimal128(_, own) if own == *scale => Some(a.parse::<i128>().ok()?.cmp(b)),
                _ => None,
            }
        }
        (
            BoundValue::Text(a),
            ScalarValue::Utf8View(Some(b)) | ScalarValue::Utf8(Some(b)) | ScalarValue::LargeUtf8(Some(b)),
        ) => Some(a.as_str().cmp(b.as_str())),
        _ => None,
    }
}

/// A value in the unit of an integer, date, time or timestamp column.
fn int(column: &Column, value: &ScalarValue) -> Option<i64> {
    let own = column.column_type.arrow();
    match (value, own) {
        (ScalarValue::Int16(value), DataType::Int16) => value.map(i64::from),
        (ScalarValue::Int32(value), DataType::Int32) => value.map(i64::from),
        (ScalarValue::Int64(value), DataType::Int64) => *value,
        (ScalarValue::Date32(value), DataType::Date32) => value.map(i64::from),
        (ScalarValue::Time64Microsecond(value), DataType::Time64(TimeUnit::Microsecond)) => *value,
        (
            ScalarValue::TimestampMicrosecond(value, zone),
            DataType::Timestamp(TimeUnit::Microsecond, own_zone),
        ) if zone.is_some() == own_zone.is_some() => *value,
        _ => None,
    }
}
