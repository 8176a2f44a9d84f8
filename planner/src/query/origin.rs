//! Where a result's column comes from: drivers look nullability and names up by it.
//!
//! As in PostgreSQL the origin of a column goes through subqueries, joins, sorting and grouping,
//! and is lost in every expression.

use datafusion::common::JoinType;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, TableScan};

use crate::pg_catalog::relations::made_up;
use crate::system_table::PG_CATALOG;
use crate::table_provider::SnapshotTable;

/// The key of a result field's metadata that names its table's OID and the number of its column
/// there, from 1: `16384.2`.
pub const ORIGIN_KEY: &str = "tidegate:origin";

/// The table and the number of each column that a plan gives. Of a plan as it was written: what is made of
/// subqueries is no longer theirs.
pub(super) fn all(plan: &LogicalPlan) -> Vec<Option<(u32, usize)>> {
    (0..plan.schema().fields().len()).map(|index| of(plan, index)).collect()
}

fn of(plan: &LogicalPlan, index: usize) -> Option<(u32, usize)> {
    match plan {
        LogicalPlan::Projection(projection) => of_expr(projection.expr.get(index)?, &projection.input),
        LogicalPlan::Aggregate(aggregate) => match aggregate.group_expr.as_slice() {
            [Expr::GroupingSet(sets)] => of_expr(sets.distinct_expr().get(index)?, &aggregate.input),
            exprs => of_expr(exprs.get(index)?, &aggregate.input),
        },
        LogicalPlan::Distinct(Distinct::All(input)) => of(input, index),
        LogicalPlan::Distinct(Distinct::On(on)) => of_expr(on.select_expr.get(index)?, &on.input),
        LogicalPlan::TableScan(scan) => of_scan(scan, index),
        LogicalPlan::SubqueryAlias(alias) => of(&alias.input, index),
        LogicalPlan::Subquery(subquery) => of(&subquery.subquery, index),
        LogicalPlan::Filter(filter) => of(&filter.input, index),
        LogicalPlan::Sort(sort) => of(&sort.input, index),
        LogicalPlan::Limit(limit) => of(&limit.input, index),
        // Its own columns come behind those of its input.
        LogicalPlan::Window(window) => {
            (index < window.input.schema().fields().len()).then(|| of(&window.input, index)).flatten()
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                let left = join.left.schema().fields().len();
                if index < left { of(&join.left, index) } else { of(&join.right, index - left) }
            }
            // Before subqueries are joined, these are INTERSECT and EXCEPT.
            _ => None,
        },
        _ => None,
    }
}

fn of_expr(expr: &Expr, input: &LogicalPlan) -> Option<(u32, usize)> {
    match expr {
        // A view's own column.
        Expr::Alias(alias) if alias.metadata.is_some() => {
            alias.metadata.as_ref()?.inner().get(ORIGIN_KEY).and_then(|origin| parse(origin))
        }
        Expr::Alias(alias) => of_expr(&alias.expr, input),
        Expr::Column(column) => of(input, input.schema().maybe_index_of_column(column)?),
        _ => None,
    }
}

/// A table's OID and a column's number as [`ORIGIN_KEY`] has them.
pub(crate) fn write(table: u32, column: usize) -> String {
    format!("{table}.{column}")
}

fn parse(origin: &str) -> Option<(u32, usize)> {
    let (table, column) = origin.split_once('.')?;
    Some((table.parse().ok()?, column.parse().ok()?))
}

fn of_scan(scan: &TableScan, index: usize) -> Option<(u32, usize)> {
    let column = scan.projection.as_ref().map_or(Some(index), |columns| columns.get(index).copied())?;
    let provider = source_as_provider(&scan.source).ok()?;
    if let Some(table) = provider.downcast_ref::<SnapshotTable>() {
        let column = table.definition.schema.columns.get(column)?;
        return Some((table.definition.id.oid(), column.id.0 as usize));
    }
    let schema = scan.table_name.schema().unwrap_or(PG_CATALOG);
    let (_, _, table) =
        made_up().find(|(_, name, table)| *name == schema && table.name == scan.table_name.table())?;
    Some((table.oid, column + 1))
}
