//! Subqueries that refer to the query about them, wherever the engine makes no join of them itself.
//!
//! The engine pulls a correlated comparison up out of a subquery and joins by it. That is good where it can
//! be done: comparisons for equality, in a filter, below one aggregation. Everything else is done here, as
//! T. Neumann and A. Kemper do it ("Unnesting Arbitrary Queries", 2015): the distinct values that the
//! subquery refers to, its domain, are joined into it from below ([`push`]), so that it computes its rows for
//! all of them at once, and its result is joined by them to the query about it.
//!
//! | written | planned |
//! |---|---|
//! | `SELECT (SELECT q(t.a)) FROM t` | `t LEFT JOIN q' ON t.a IS NOT DISTINCT FROM q'.a`, `q'` of the domain `SELECT DISTINCT a FROM t` |
//! | `FROM t, LATERAL (q(t.a))` | `t JOIN q'` by the same |
//! | `FROM t, unnest(t.a)` | each row of `t` is its own domain, and nothing is joined |
//!
//! The domain and what it is joined to are two readings of one query, which must give the same rows: where
//! they might not (LIMIT, `random()`), it is an error.

mod domain;
mod outer;
mod push;
mod single_value;

use std::cell::Cell;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, TableReference};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    Distinct, DistinctOn, Expr, Filter, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Subquery,
    SubqueryAlias,
};
use datafusion::optimizer::decorrelate::PullUpCorrelatedExpr;

use self::domain::Domain;

/// Rewrites a plan whose types are not yet coerced.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    let numbers = Numbers::default();
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Join(join) => lateral(join, &numbers),
        node => scalar(node, &numbers),
    })
    .map(|plan| plan.data)
}

/// Whether the engine makes a join of `EXISTS` or `IN` with this subquery in a filter of rows of a schema.
pub(super) fn is_joined_by_engine(subquery: &Subquery, schema: &DFSchema, is_exists: bool) -> Result<bool> {
    let plan = &subquery.subquery;
    let references = outer::references(plan)?;
    if references.is_empty() {
        return Ok(true);
    }
    let pull_up = PullUpCorrelatedExpr::new().with_exists_sub_query(is_exists);
    let kind = if is_exists { Kind::Exists } else { Kind::In };
    Ok(references.iter().all(|column| schema.has_column(column)) && can_pull_up(plan, pull_up, kind)?)
}

/// Whether a subquery refers to the query about it.
pub(super) fn refers_outside(subquery: &Subquery) -> Result<bool> {
    Ok(!outer::references(&subquery.subquery)?.is_empty())
}

/// What a subquery stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Exists,
    In,
    /// A value, or rows of a LATERAL.
    Rows,
}

/// Numbers that tell domains of one statement apart.
#[derive(Default)]
struct Numbers(Cell<usize>);

impl Numbers {
    fn next(&self) -> usize {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

fn can_pull_up(plan: &LogicalPlan, mut pull_up: PullUpCorrelatedExpr, kind: Kind) -> Result<bool> {
    // One name for a column of both sides it takes for one column.
    let references = outer::references(plan)?;
    let is_mixed =
        plan.exists(|node| Ok(references.iter().any(|column| node.schema().has_column(column))))?;
    let is_direct = !is_mixed && !outer::has_nested(plan)? && compares_at_top(plan, kind)?;
    // Where it gives up it may also fail.
    Ok(is_direct && plan.clone().rewrite(&mut pull_up).is_ok() && pull_up.can_pull_up)
}

/// Whether the references are in the WHERE of the subquery itself, below at most one aggregation: those of a
/// subquery in its FROM the engine pulls up under names that are hidden there, and what an aggregation gives of
/// nothing it forgets for `EXISTS` and `IN`.
fn compares_at_top(plan: &LogicalPlan, kind: Kind) -> Result<bool> {
    match plan {
        LogicalPlan::Filter(filter) => compares_at_top(&filter.input, kind),
        LogicalPlan::Aggregate(aggregate) if kind == Kind::Rows && aggregate.group_expr.is_empty() => {
            compares_at_top(&aggregate.input, Kind::Exists)
        }
        LogicalPlan::Limit(limit) if kind == Kind::Exists && limit.skip.is_none() => {
            compares_at_top(&limit.input, kind)
        }
        LogicalPlan::Projection(_) | LogicalPlan::Distinct(_) | LogicalPlan::Sort(_) => {
            let inputs = plan.inputs().into_iter();
            inputs.map(|input| compares_at_top(input, kind)).try_fold(true, |all, is_so| Ok(all && is_so?))
        }
        plan => Ok(outer::references(plan)?.is_empty()),
    }
}

/// The scalar subqueries of one node.
fn scalar(node: LogicalPlan, numbers: &Numbers) -> Result<Transformed<LogicalPlan>> {
    let [input] = node.inputs()[..] else { return Ok(Transformed::no(node)) };
    let columns = input.schema().columns();
    let input = &with_columns_of_order(&node, input)?;
    let mut rows = input.clone();
    let schema = Arc::clone(rows.schema());
    let names = NamePreserver::new(&node);
    let rewritten = node.clone().map_expressions(|expr| {
        let name = names.save(&expr);
        let expr = expr.transform_down(|expr| {
            let Expr::ScalarSubquery(subquery) = &expr else { return Ok(Transformed::no(expr)) };
            let references = outer::references(&subquery.subquery)?;
            if references.is_empty() || is_scalar_of_engine(&node, subquery, &references, &schema)? {
                return Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump));
            }
            let domain = Domain::distinct(input, &references, numbers.next())?;
            let (joined, value) = joined_value(rows.clone(), &domain, subquery, numbers)?;
            rows = joined;
            Ok(Transformed::new(Expr::Column(value), true, TreeNodeRecursion::Jump))
        })?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })?;
    if !rewritten.transformed {
        return Ok(Transformed::no(node));
    }
    let node = match rewritten.data {
        // Which has no such way of its own.
        LogicalPlan::Distinct(Distinct::On(on)) => {
            let on = DistinctOn::try_new(on.on_expr, on.select_expr, on.sort_expr, Arc::new(rows))?;
            return Ok(Transformed::yes(LogicalPlan::Distinct(Distinct::On(on))));
        }
        rewritten => rewritten.with_new_exprs(rewritten.expressions(), vec![rows])?,
    };
    // What passes its rows on passes on only those that it had.
    let kept: Vec<Column> = match &node {
        LogicalPlan::Projection(_) => return Ok(Transformed::yes(node)),
        LogicalPlan::Window(window) => {
            let added = window.schema.columns().into_iter().skip(window.input.schema().fields().len());
            columns.into_iter().chain(added).collect()
        }
        _ => columns,
    };
    let kept = kept.into_iter().map(Expr::Column);
    LogicalPlanBuilder::from(node).project(kept)?.build().map(Transformed::yes)
}

/// The rows that a node has, and those columns with them which only a subquery of its order refers to: a
/// selection has left them out.
fn with_columns_of_order(node: &LogicalPlan, input: &LogicalPlan) -> Result<LogicalPlan> {
    let (LogicalPlan::Sort(sort), LogicalPlan::Projection(projection)) = (node, input) else {
        return Ok(input.clone());
    };
    let mut exprs = projection.expr.clone();
    for sort in &sort.expr {
        sort.expr.apply(|expr| {
            let Expr::ScalarSubquery(subquery) = expr else { return Ok(TreeNodeRecursion::Continue) };
            for column in outer::references(&subquery.subquery)? {
                let is_left_out = !input.schema().has_column(&column);
                let column_expr = Expr::Column(column.clone());
                if is_left_out
                    && projection.input.schema().has_column(&column)
                    && !exprs.contains(&column_expr)
                {
                    exprs.push(column_expr);
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    LogicalPlanBuilder::new_from_arc(Arc::clone(&projection.input)).project(exprs)?.build()
}

/// The engine joins them to projections and filters, by what is compared for equality.
fn is_scalar_of_engine(
    node: &LogicalPlan,
    subquery: &Subquery,
    references: &[Column],
    schema: &DFSchema,
) -> Result<bool> {
    let pull_up = PullUpCorrelatedExpr::new().with_need_handle_count_bug(true);
    Ok(matches!(node, LogicalPlan::Projection(_) | LogicalPlan::Filter(_))
        && has_one_row(&subquery.subquery)
        && references.iter().all(|column| schema.has_column(column))
        && can_pull_up(&subquery.subquery, pull_up, Kind::Rows)?)
}

/// Whether a query gives one row whatever it reads.
fn has_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(empty) => empty.produce_one_row,
        LogicalPlan::Projection(projection) => has_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => has_one_row(&alias.input),
        LogicalPlan::Sort(sort) => has_one_row(&sort.input),
        _ => false,
    }
}

/// Rows with the one value that a subquery gives for each of them; null where it gives none.
fn joined_value(
    rows: LogicalPlan,
    domain: &Domain,
    subquery: &Subquery,
    numbers: &Numbers,
) -> Result<(LogicalPlan, Column)> {
    let alias = format!("__scalar_{}", numbers.next());
    let plan = push::push(domain, &subquery.subquery, numbers)?;
    let value = Expr::Column(subquery.subquery.schema().columns().swap_remove(0));
    let own: Vec<Expr> = domain.own_columns().collect();
    let result = LogicalPlanBuilder::from(plan);
    let result = if has_one_row(&subquery.subquery) {
        result.project(own.into_iter().chain([value.alias("value")]))?
    } else {
        result.aggregate(own, [single_value::single_value(value).alias("value")])?
    };
    let result = result.alias(alias.as_str())?.build()?;
    let value = Column::new(Some(alias.as_str()), "value");
    let joined = domain.join(rows, result, &alias, JoinType::Left, None)?;
    Ok((joined, value))
}

/// A join with a subquery that refers to its other side.
fn lateral(join: Join, numbers: &Numbers) -> Result<Transformed<LogicalPlan>> {
    let Some((subquery, alias)) = lateral_subquery(&join.right) else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let plan = Arc::clone(&subquery.subquery);
    let references = outer::references(&plan)?;
    let schema = Arc::clone(join.left.schema());
    let pull_up = PullUpCorrelatedExpr::new().with_need_handle_count_bug(true);
    if references.iter().all(|column| schema.has_column(column)) && can_pull_up(&plan, pull_up, Kind::Rows)? {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let named = |plan: LogicalPlan, own: Vec<Expr>| match &alias {
        Some(alias) => push::requalified(plan, own, alias),
        None => Ok(plan),
    };
    let on = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
    let condition = on.chain(join.filter.clone()).reduce(Expr::and);
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    if join.join_type == JoinType::Inner
        && let Ok(joined) = by_row(&join.left, &plan, numbers, &named)
    {
        let joined = match condition {
            Some(condition) => LogicalPlan::Filter(Filter::try_new(condition, Arc::new(joined))?),
            None => joined,
        };
        return LogicalPlanBuilder::from(joined).project(columns)?.build().map(Transformed::yes);
    }
    let number = numbers.next();
    let domain = Domain::distinct(&join.left, &references, number)?;
    let result = push::push(&domain, &plan, numbers)?;
    let result = named(result, domain.own_columns().collect())?;
    let own = format!("__lateral_{number}");
    let result = push::requalified_own(result, &domain, &own)?;
    let joined = domain.join(join.left.as_ref().clone(), result, &own, join.join_type, condition)?;
    LogicalPlanBuilder::from(joined).project(columns)?.build().map(Transformed::yes)
}

/// Each row of the one side as its own domain. An error where what is computed depends on other rows, or
/// names of the two sides meet within it.
fn by_row(
    rows: &LogicalPlan,
    plan: &LogicalPlan,
    numbers: &Numbers,
    named: &dyn Fn(LogicalPlan, Vec<Expr>) -> Result<LogicalPlan>,
) -> Result<LogicalPlan> {
    let domain = Domain::rows(rows);
    named(push::push(&domain, plan, numbers)?, domain.own_columns().collect())
}

fn lateral_subquery(plan: &LogicalPlan) -> Option<(&Subquery, Option<TableReference>)> {
    match plan {
        LogicalPlan::Subquery(subquery) => Some((subquery, None)),
        LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => match input.as_ref() {
            LogicalPlan::Subquery(subquery) => Some((subquery, Some(alias.clone()))),
            _ => None,
        },
        _ => None,
    }
}
