//! A domain joined into a query from below: the query's rows for each row of the domain, and its columns.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema, NullEquality, Result, ScalarValue, TableReference};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::logical_plan::builder::build_join_schema;
use datafusion::logical_expr::{
    Aggregate, Distinct, DistinctOn, Expr, ExprFunctionExt, Filter, Join, JoinType, Limit, LogicalPlan,
    LogicalPlanBuilder, Operator, Projection, Sort, SortExpr, SubqueryAlias, Union, Unnest, Values, Window,
    WindowFrame, WindowFrameBound, WindowFrameUnits, binary_expr, cast, lit, when,
};

use super::domain::Domain;
use super::{Numbers, outer};
use crate::error::SqlError;

/// The rows of a query for each row of a domain. What depends on other rows of the query (aggregation, order)
/// needs a domain whose rows are distinct.
pub(super) fn push(domain: &Domain, plan: &LogicalPlan, numbers: &Numbers) -> Result<LogicalPlan> {
    Pusher { domain, numbers }.push(plan)
}

/// The same query under another name, but for the columns of its domain.
pub(super) fn requalified(plan: LogicalPlan, own: Vec<Expr>, alias: &TableReference) -> Result<LogicalPlan> {
    let others = plan
        .schema()
        .columns()
        .into_iter()
        .filter(|column| !own.iter().any(|own| matches!(own, Expr::Column(own) if own == column)));
    let others = others.map(|column| {
        let name = column.name.clone();
        Expr::Column(column).alias_qualified(Some(alias.clone()), name)
    });
    let exprs = own.iter().cloned().chain(others).collect::<Vec<_>>();
    LogicalPlanBuilder::from(plan).project(exprs)?.build()
}

/// The columns of the domain under a qualifier.
pub(super) fn requalified_own(plan: LogicalPlan, domain: &Domain, qualifier: &str) -> Result<LogicalPlan> {
    let exprs = plan.schema().columns().into_iter().map(|column| {
        if domain.own().contains(&column) {
            let name = column.name.clone();
            Expr::Column(column).alias_qualified(Some(qualifier), name)
        } else {
            Expr::Column(column)
        }
    });
    let exprs = exprs.collect::<Vec<_>>();
    LogicalPlanBuilder::from(plan).project(exprs)?.build()
}

struct Pusher<'a> {
    domain: &'a Domain,
    numbers: &'a Numbers,
}

impl Pusher<'_> {
    fn push(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        if !self.is_correlated(plan)? {
            return match plan {
                LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => Ok(self.domain.plan.clone()),
                plan => LogicalPlanBuilder::from(self.domain.plan.clone()).cross_join(plan.clone())?.build(),
            };
        }
        match plan {
            LogicalPlan::Projection(Projection { expr, input, .. }) => {
                let input = self.push(input)?;
                LogicalPlanBuilder::from(input).project(self.with_own(self.exprs(expr)?))?.build()
            }
            LogicalPlan::Filter(Filter { predicate, input, .. }) => {
                let input = Arc::new(self.push(input)?);
                Filter::try_new(self.expr(predicate)?, input).map(LogicalPlan::Filter)
            }
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
                requalified(self.push(input)?, self.domain.own_columns().collect(), alias)
            }
            LogicalPlan::Subquery(subquery) => self.push(&subquery.subquery),
            LogicalPlan::Unnest(Unnest { input, exec_columns, options, .. }) => {
                let input = Arc::new(self.push(input)?);
                Unnest::try_new(input, exec_columns.clone(), options.clone()).map(LogicalPlan::Unnest)
            }
            LogicalPlan::Values(values) => self.values(values),
            LogicalPlan::Union(union) => self.union(union),
            LogicalPlan::Join(join) => self.join(join),
            plan if !self.domain.is_distinct => unsupported(plan),
            LogicalPlan::Sort(Sort { expr, input, fetch: None }) => {
                let input = Arc::new(self.push(input)?);
                Ok(LogicalPlan::Sort(Sort { expr: self.order(expr)?, input, fetch: None }))
            }
            LogicalPlan::Limit(limit) => self.limit(limit, &limit.input),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Window(Window { window_expr, input, .. }) => {
                let input = Arc::new(self.push(input)?);
                let exprs = window_expr.iter().map(|expr| self.partitioned(expr));
                let window = Window::try_new(exprs.collect::<Result<_>>()?, input)?;
                Ok(LogicalPlan::Window(window))
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(self.push(input)?))))
            }
            LogicalPlan::Distinct(Distinct::On(on)) => self.distinct_on(on),
            plan => unsupported(plan),
        }
    }

    /// Whether a query refers to the domain.
    fn is_correlated(&self, plan: &LogicalPlan) -> Result<bool> {
        Ok(outer::references(plan)?.iter().any(|column| self.domain.column_of(column).is_some()))
    }

    fn expr(&self, expr: &Expr) -> Result<Expr> {
        let replaced = outer::replaced(expr.clone(), &|column| self.domain.column_of(column))?;
        Ok(replaced.data)
    }

    /// Expressions under the names that they have.
    fn exprs(&self, exprs: &[Expr]) -> Result<Vec<Expr>> {
        let exprs = exprs.iter().map(|expr| {
            let (qualifier, name) = expr.qualified_name();
            let replaced = self.expr(expr)?;
            Ok(if &replaced == expr { replaced } else { replaced.alias_qualified(qualifier, name) })
        });
        exprs.collect()
    }

    fn order(&self, order: &[SortExpr]) -> Result<Vec<SortExpr>> {
        order
            .iter()
            .map(|sort| Ok(SortExpr::new(self.expr(&sort.expr)?, sort.asc, sort.nulls_first)))
            .collect()
    }

    fn with_own(&self, exprs: Vec<Expr>) -> Vec<Expr> {
        self.domain.own_columns().chain(exprs).collect()
    }

    /// Rows of values are a query each.
    fn values(&self, values: &Values) -> Result<LogicalPlan> {
        let names = values.schema.columns();
        let rows = values.values.iter().map(|row| {
            let row = row.iter().zip(&names).map(|(value, name)| Ok(self.expr(value)?.alias(&name.name)));
            let row = self.with_own(row.collect::<Result<_>>()?);
            LogicalPlanBuilder::from(self.domain.plan.clone()).project(row)?.build()
        });
        let rows = rows.map(|row| row.map(Arc::new)).collect::<Result<Vec<_>>>()?;
        self.united(rows, &names)
    }

    fn union(&self, union: &Union) -> Result<LogicalPlan> {
        let inputs = union.inputs.iter().map(|input| {
            let pushed = self.push(input)?;
            let columns = input.schema().columns().into_iter().zip(union.schema.columns());
            let columns = columns.map(|(column, name)| Expr::Column(column).alias(name.name));
            let exprs = self.with_own(columns.collect());
            LogicalPlanBuilder::from(pushed).project(exprs)?.build().map(Arc::new)
        });
        self.united(inputs.collect::<Result<_>>()?, &union.schema.columns())
    }

    /// The rows of several queries with the domain's columns before those of the names.
    fn united(&self, inputs: Vec<Arc<LogicalPlan>>, names: &[Column]) -> Result<LogicalPlan> {
        let mut inputs = inputs.into_iter();
        let Some(first) = inputs.next() else { return unsupported_values() };
        let all = inputs.try_fold(LogicalPlanBuilder::new_from_arc(first), |all, input| {
            all.union(Arc::unwrap_or_clone(input))
        })?;
        let columns = all.schema().columns().into_iter().zip(self.domain.own().iter().chain(names));
        let columns: Vec<Expr> = columns
            .map(|(column, name)| match column == *name {
                true => Expr::Column(column),
                false => Expr::Column(column).alias_qualified(name.relation.clone(), name.name.clone()),
            })
            .collect();
        all.project(columns)?.build()
    }

    /// The domain goes to the sides that refer to it; where both do, they are joined by it.
    fn join(&self, join: &Join) -> Result<LogicalPlan> {
        let (in_left, in_right) = (self.is_correlated(&join.left)?, self.is_correlated(&join.right)?);
        use JoinType::{Inner, Left, LeftAnti, LeftMark, LeftSemi, Right, RightAnti, RightMark, RightSemi};
        let keeps_left = matches!(join.join_type, Inner | Left | LeftSemi | LeftAnti | LeftMark);
        let keeps_right = matches!(join.join_type, Inner | Right | RightSemi | RightAnti | RightMark);
        let on = join.on.iter().map(|(left, right)| Ok((self.expr(left)?, self.expr(right)?)));
        let on = on.collect::<Result<Vec<_>>>()?;
        let mut filter = join.filter.as_ref().map(|filter| self.expr(filter)).transpose()?;
        let (left, right) = if !in_right && keeps_left {
            (self.push(&join.left)?, join.right.as_ref().clone())
        } else if !in_left && keeps_right {
            (join.left.as_ref().clone(), self.push(&join.right)?)
        } else if self.domain.is_distinct && (keeps_left || keeps_right) {
            let other = self.domain.renamed(self.numbers.next())?;
            let pushed = Pusher { domain: &other, numbers: self.numbers };
            // The domain may have nulls, which the join's own keys need not take for equal.
            let same = self.domain.own_columns().zip(other.own_columns());
            let same = same.map(|(own, other)| binary_expr(own, Operator::IsNotDistinctFrom, other));
            filter = filter.into_iter().chain(same).reduce(Expr::and);
            if keeps_left {
                (self.push(&join.left)?, pushed.push(&join.right)?)
            } else {
                (pushed.push(&join.left)?, self.push(&join.right)?)
            }
        } else {
            return unsupported(&LogicalPlan::Join(join.clone()));
        };
        let schema = build_join_schema(left.schema(), right.schema(), &join.join_type)?;
        let (left, right) = (Arc::new(left), Arc::new(right));
        let joined = LogicalPlan::Join(Join {
            left,
            right,
            on,
            filter,
            schema: Arc::new(schema),
            join_type: join.join_type,
            join_constraint: join.join_constraint,
            null_equality: join.null_equality,
            null_aware: join.null_aware,
        });
        let columns = join.schema.columns().into_iter().map(Expr::Column).collect();
        LogicalPlanBuilder::from(joined).project(self.with_own(columns))?.build()
    }

    /// The first rows for each row of the domain: those with the first numbers.
    fn limit(&self, limit: &Limit, input: &LogicalPlan) -> Result<LogicalPlan> {
        // A projection changes no row's place: the order stands below it.
        match input {
            LogicalPlan::Projection(Projection { expr, input, .. }) => {
                let limited = self.limit(limit, input)?;
                return LogicalPlanBuilder::from(limited).project(self.with_own(self.exprs(expr)?))?.build();
            }
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
                let limited = self.limit(limit, input)?;
                return requalified(limited, self.domain.own_columns().collect(), alias);
            }
            _ => {}
        }
        let (order, input) = match input {
            LogicalPlan::Sort(sort) => (self.order(&sort.expr)?, sort.input.as_ref()),
            input => (Vec::new(), input),
        };
        let rows = self.push(input)?;
        let columns: Vec<Expr> = rows.schema().columns().into_iter().map(Expr::Column).collect();
        let name = format!("__row_{}", self.numbers.next());
        let number = row_number()
            .partition_by(self.domain.own_columns().collect())
            .order_by(order)
            .window_frame(WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::CurrentRow,
            ))
            .build()?;
        let rows = LogicalPlanBuilder::from(rows).window([number.alias(&name)])?;
        let number = || Expr::Column(Column::new_unqualified(&name));
        let count = |expr: &Option<Box<Expr>>| -> Result<Option<Expr>> {
            let expr = expr.as_ref().map(|expr| self.expr(expr)).transpose()?;
            Ok(expr.map(|expr| cast(expr, DataType::Int64)))
        };
        let number_of = || cast(number(), DataType::Int64);
        let zero = lit(0_i64);
        let skip = match count(&limit.skip)? {
            Some(skip) => when(skip.clone().is_null(), zero.clone()).otherwise(skip)?,
            None => zero,
        };
        let mut kept = number_of().gt(skip.clone());
        if let Some(fetch) = count(&limit.fetch)? {
            // Null is no limit.
            kept = kept.and(fetch.clone().is_null().or((number_of() - skip).lt_eq(fetch)));
        }
        rows.filter(kept)?.project(columns)?.build()
    }

    /// Grouped by the domain too. An aggregation without groups has a row of its own where it reads nothing:
    /// the domain is joined once more, and what the aggregates are of nothing stands there.
    fn aggregate(&self, aggregate: &Aggregate) -> Result<LogicalPlan> {
        if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
            return unsupported(&LogicalPlan::Aggregate(aggregate.clone()));
        }
        let input = self.push(&aggregate.input)?;
        let groups = self.with_own(self.exprs(&aggregate.group_expr)?);
        let computed = self.exprs(&aggregate.aggr_expr)?;
        let grouped = LogicalPlanBuilder::from(input).aggregate(groups, computed)?.build()?;
        if !aggregate.group_expr.is_empty() {
            return Ok(grouped);
        }
        let other = self.domain.renamed(self.numbers.next())?;
        let renamed = self.domain.own_columns().zip(other.own()).map(|(own, name)| own.alias(&name.name));
        let results = aggregate.schema.columns();
        let renamed = renamed.chain(results.iter().cloned().map(Expr::Column)).collect::<Vec<_>>();
        let grouped = LogicalPlanBuilder::from(grouped).project(renamed)?.build()?;
        let keys = (self.domain.own().to_vec(), other.own().to_vec());
        let nulls = NullEquality::NullEqualsNull;
        let joined = LogicalPlanBuilder::from(self.domain.plan.clone()).join_detailed(
            grouped,
            JoinType::Left,
            keys,
            None,
            nulls,
        )?;
        let restored = results.into_iter().zip(&aggregate.aggr_expr).map(|(column, expr)| {
            let name = (column.relation.clone(), column.name.clone());
            let data_type = aggregate.schema.field_from_column(&column)?.data_type();
            let column = Expr::Column(column);
            let of_nothing = match expr.clone().unalias_nested().data {
                Expr::AggregateFunction(AggregateFunction { func, .. }) => func.default_value(data_type)?,
                _ => ScalarValue::Null,
            };
            if of_nothing.is_null() {
                return Ok(column);
            }
            let restored = when(column.clone().is_null(), lit(of_nothing)).otherwise(column)?;
            Ok(restored.alias_qualified(name.0, name.1))
        });
        let restored = restored.collect::<Result<Vec<_>>>()?;
        joined.project(self.with_own(restored))?.build()
    }

    /// A window's rows are those of one row of the domain.
    fn partitioned(&self, expr: &Expr) -> Result<Expr> {
        let (qualifier, name) = expr.qualified_name();
        let expr = self.expr(expr)?.unalias_nested().data.transform_up(|expr| match expr {
            Expr::WindowFunction(mut function) => {
                let WindowFunction { params, .. } = function.as_mut();
                params.partition_by.extend(self.domain.own_columns());
                Ok(Transformed::yes(Expr::WindowFunction(function)))
            }
            expr => Ok(Transformed::no(expr)),
        })?;
        Ok(expr.data.alias_qualified(qualifier, name))
    }

    fn distinct_on(&self, on: &DistinctOn) -> Result<LogicalPlan> {
        let input = self.push(&on.input)?;
        let order = on.sort_expr.as_ref().map(|order| -> Result<Vec<SortExpr>> {
            let own = self.domain.own_columns().map(|own| own.sort(true, false));
            Ok(own.chain(self.order(order)?).collect())
        });
        LogicalPlanBuilder::from(input)
            .distinct_on(
                self.with_own(self.exprs(&on.on_expr)?),
                self.with_own(self.exprs(&on.select_expr)?),
                order.transpose()?,
            )?
            .build()
    }
}

fn unsupported(plan: &LogicalPlan) -> Result<LogicalPlan> {
    let what = plan.display().to_string();
    let what = what.split([':', ' ']).next().unwrap_or_default().to_lowercase();
    let message = format!("a subquery that refers to the query about it from within {what} is not supported");
    Err(SqlError::new("0A000", message).into())
}

fn unsupported_values() -> Result<LogicalPlan> {
    Err(SqlError::new("0A000", "a subquery without rows refers to the query about it").into())
}
