//! References of a subquery to columns of the query about it.
//!
//! A reference tells its column and not how far out it is: it is of the nearest query that has such a column.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};

/// The columns further out that a subquery refers to, each once.
pub(super) fn references(plan: &LogicalPlan) -> Result<Vec<Column>> {
    let mut found = Vec::new();
    collect(plan, &mut found)?;
    Ok(found)
}

fn collect(plan: &LogicalPlan, found: &mut Vec<Column>) -> Result<()> {
    plan.apply(|node| {
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::OuterReferenceColumn(_, column) = expr
                    && !found.contains(column)
                {
                    found.push(column.clone());
                }
                if let Some(subquery) = subquery_of(expr) {
                    for column in references(&subquery.subquery)? {
                        if !schema.has_column(&column) && !found.contains(&column) {
                            found.push(column);
                        }
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(())
}

/// Whether a subquery within this one refers to what is about this one.
pub(super) fn has_nested(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| {
        let schema = merge_schema(&node.inputs());
        let mut is_nested = matches!(node, LogicalPlan::Subquery(_));
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Some(subquery) = subquery_of(expr) {
                    let references = references(&subquery.subquery)?;
                    is_nested |= references.iter().any(|column| !schema.has_column(column));
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(is_nested)
    })
}

/// An expression with its references to a domain as columns of it.
pub(super) fn replaced(
    expr: Expr,
    column_of: &dyn Fn(&Column) -> Option<Column>,
) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| match &expr {
        Expr::OuterReferenceColumn(_, column) => Ok(match column_of(column) {
            Some(column) => Transformed::yes(Expr::Column(column)),
            None => Transformed::no(expr),
        }),
        _ => Ok(Transformed::no(expr)),
    })
}

fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::Exists(Exists { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => Some(subquery),
        _ => None,
    }
}
