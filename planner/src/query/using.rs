//! Columns that a join merges: `USING (…)` and `NATURAL`.
//!
//! The engine takes the left side's column, which is null for the rows that only the right side has, finds
//! the merged name ambiguous in conditions, and leaves the merged columns of `*` where they stood. In PostgreSQL
//! a merged column is the left side's in an inner and a left join, the right side's in a right join, the first
//! that is not null in a full join, and stands first. (PostgreSQL 15, 7.2.1.1.)

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use sqlparser::ast::{
    self, BinaryOperator, ExcludeSelectItem, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator,
    ObjectName, OrderByKind, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableFactor,
    Visit, VisitMut, Visitor, VisitorMut, WildcardAdditionalOptions,
};

use super::names::{alias_name, common_tables};
use super::{own, records};
use crate::error::{Result, SqlError, finished, translate};
use crate::pg_catalog::call;

/// The columns of the relations that a statement names.
pub(super) type Relations = HashMap<String, Vec<String>>;

/// The columns of what a statement names that has `NATURAL`, or rows as values; of others nothing is asked.
pub(super) async fn relations(
    statement: &ast::Statement,
    named: &[TableReference],
    state: &SessionState,
) -> Result<Relations> {
    let mut relations = Relations::new();
    if !is_natural(statement) && !records::are_named(statement) {
        return Ok(relations);
    }
    let mut twice = Vec::new();
    for name in named {
        let failed = |error| translate(error, "");
        let schema = state.schema_for_ref(name.clone()).map_err(failed)?;
        if let Some(table) = schema.table(name.table()).await.map_err(failed)? {
            let columns = table.schema().fields().iter().map(|field| field.name().clone()).collect();
            if relations.insert(name.table().to_owned(), columns).is_some() {
                // Of two schemas: which one a name means is not known here.
                twice.push(name.table());
            }
        }
    }
    relations.retain(|name, _| !twice.contains(&name.as_str()));
    // A name of a WITH hides a table's.
    for ast::Cte { alias, query, .. } in common_tables(statement) {
        let name = alias_name(&alias.name);
        match columns_of_query(&query, &relations).filter(|_| alias.columns.is_empty()) {
            Some(columns) => relations.insert(name, columns),
            None => relations.remove(&name),
        };
    }
    Ok(relations)
}

fn is_natural(statement: &ast::Statement) -> bool {
    struct Finder;
    impl Visitor for Finder {
        type Break = ();

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            let mut joins = select.from.iter().flat_map(|from| &from.joins);
            let natural =
                joins.any(|join| matches!(constraint(&join.join_operator), Some(JoinConstraint::Natural)));
            if natural { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    statement.visit(&mut Finder).is_break()
}

/// Writes out what merged columns are. `relations` need only be filled for a statement with `NATURAL`.
pub(super) fn rewrite(statement: &mut ast::Statement, relations: &Relations) -> Result<()> {
    finished(VisitMut::visit(statement, &mut Rewriter { relations }))
}

struct Rewriter<'a> {
    relations: &'a Relations,
}

impl VisitorMut for Rewriter<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<SqlError> {
        let ast::Query { body, order_by, .. } = query;
        let SetExpr::Select(select) = body.as_mut() else { return ControlFlow::Continue(()) };
        let merged = match Merged::of(select, self.relations) {
            Ok(merged) => merged,
            Err(error) => return ControlFlow::Break(error),
        };
        // A name of the select list comes before one of the tables.
        let listed: Vec<String> = select.projection.iter().filter_map(listed_name).collect();
        if let Some(ast::OrderBy { kind: OrderByKind::Expressions(exprs), .. }) = order_by {
            let is_listed =
                |expr: &Expr| matches!(expr, Expr::Identifier(name) if listed.contains(&alias_name(name)));
            exprs
                .iter_mut()
                .filter(|order| !is_listed(&order.expr))
                .for_each(|order| merged.write(&mut order.expr));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        match Merged::of(select, self.relations) {
            Ok(merged) => merged.write_select(select),
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

/// What the joins of one FROM merge.
#[derive(Default)]
struct Merged {
    /// In the order of `*`; None where the engine's own reading is right and ours is not known.
    columns: Vec<(Ident, Option<Expr>)>,
    /// Each relation with the columns of it that were merged; None where it has no name.
    relations: Vec<(Option<Ident>, Vec<Ident>)>,
    /// Conditions in place of USING, by the places of the item of FROM and of its join.
    conditions: Vec<((usize, usize), Expr)>,
}

impl Merged {
    fn of(select: &mut Select, relations: &Relations) -> Result<Self> {
        let mut merged = Self::default();
        for (from_index, from) in select.from.iter_mut().enumerate() {
            let first = merged.relations.len();
            merged.relations.push((name_of(&from.relation), Vec::new()));
            let mut known = columns_of(&from.relation, relations);
            for (join_index, join) in from.joins.iter_mut().enumerate() {
                let right = columns_of(&join.relation, relations);
                if let (Some(JoinConstraint::Natural), Some(left), Some(right)) =
                    (constraint(&join.join_operator), &known, &right)
                {
                    let shared = left.iter().filter(|name| right.contains(name));
                    let shared: Vec<ObjectName> =
                        shared.map(|name| vec![Ident::with_quote('"', name)].into()).collect();
                    if let Some(constraint) =
                        constraint_mut(&mut join.join_operator).filter(|_| !shared.is_empty())
                    {
                        *constraint = JoinConstraint::Using(shared);
                    }
                }
                let name = name_of(&join.relation);
                merged.relations.push((name, Vec::new()));
                if let Some(JoinConstraint::Using(columns)) = constraint(&join.join_operator) {
                    let condition = merged.join(first, &join.join_operator, columns)?;
                    merged
                        .conditions
                        .extend(condition.map(|condition| ((from_index, join_index), condition)));
                }
                if let Some(JoinConstraint::Natural) = constraint(&join.join_operator)
                    && (known.is_none() || right.is_none())
                    && !is_of_left(&join.join_operator)
                {
                    let message = "a natural right or full join of such relations is not supported";
                    return Err(SqlError::new("0A000", message).with_hint("Write USING."));
                }
                known = known.zip(right).map(|(left, right)| {
                    let more = right.into_iter().filter(|name| !left.contains(name)).collect::<Vec<_>>();
                    [left, more].concat()
                });
            }
        }
        Ok(merged)
    }

    /// Merges the relation that came last with those from `first`. Gives the condition where one of the
    /// columns was merged before: the engine would compare with one of its parts.
    fn join(
        &mut self,
        first: usize,
        operator: &JoinOperator,
        columns: &[ObjectName],
    ) -> Result<Option<Expr>> {
        let last = self.relations.len() - 1;
        let (mut added, mut condition, mut again) = (Vec::new(), None, false);
        for column in columns {
            let Some(column) = column.0.last().and_then(|part| part.as_ident()) else { continue };
            let of = |relation: &Option<Ident>| {
                relation.clone().map(|relation| Expr::CompoundIdentifier(vec![relation, column.clone()]))
            };
            let earlier = self.columns.iter().position(|(name, _)| alias_name(name) == alias_name(column));
            let left = match earlier {
                Some(place) => {
                    again = true;
                    self.columns.remove(place).1
                }
                None if last - first == 1 => {
                    self.relations[first].1.push(column.clone());
                    of(&self.relations[first].0)
                }
                None => None,
            };
            self.relations[last].1.push(column.clone());
            let right = of(&self.relations[last].0);
            let pair =
                left.clone().zip(right.clone()).map(|(left, right)| binary(left, BinaryOperator::Eq, right));
            condition = match (condition, pair) {
                (Some(condition), Some(pair)) => Some(binary(condition, BinaryOperator::And, pair)),
                (condition, pair) => condition.or(pair),
            };
            let value = match operator {
                JoinOperator::Right(_) | JoinOperator::RightOuter(_) => right,
                JoinOperator::FullOuter(_) => {
                    left.zip(right).map(|(left, right)| call("coalesce", vec![left, right]))
                }
                _ => left,
            };
            if value.is_none() && matches!(operator, JoinOperator::FullOuter(_)) {
                let message =
                    format!("a full join cannot merge column \"{}\" of several tables", column.value);
                return Err(
                    SqlError::new("0A000", message).with_hint("Write ON, and coalesce of the columns.")
                );
            }
            added.push((column.clone(), value));
        }
        self.columns.splice(0..0, added);
        Ok(condition.filter(|_| again))
    }

    fn write_select(&self, select: &mut Select) {
        if self.columns.is_empty() {
            return;
        }
        for ((from, join), condition) in &self.conditions {
            if let Some(constraint) = constraint_mut(&mut select.from[*from].joins[*join].join_operator) {
                *constraint = JoinConstraint::On(condition.clone());
            }
        }
        let items = std::mem::take(&mut select.projection);
        for item in items {
            match item {
                SelectItem::UnnamedExpr(mut expr) => {
                    let name = match &expr {
                        Expr::Identifier(name) => Some(name.clone()),
                        _ => None,
                    };
                    let before = expr.clone();
                    self.write(&mut expr);
                    select.projection.push(match name.filter(|_| expr != before) {
                        Some(alias) => SelectItem::ExprWithAlias { expr, alias },
                        None => SelectItem::UnnamedExpr(expr),
                    });
                }
                SelectItem::ExprWithAlias { mut expr, alias } => {
                    self.write(&mut expr);
                    select.projection.push(SelectItem::ExprWithAlias { expr, alias });
                }
                SelectItem::Wildcard(options) => select.projection.extend(self.star(options)),
                other => select.projection.push(other),
            }
        }
        let mut group = Vec::new();
        if let GroupByExpr::Expressions(exprs, _) = &mut select.group_by {
            group.extend(exprs);
        }
        let conditions = select.selection.iter_mut().chain(&mut select.having).chain(group);
        conditions.for_each(|expr| self.write(expr));
        if let Some(ast::Distinct::On(exprs)) = &mut select.distinct {
            exprs.iter_mut().for_each(|expr| self.write(expr));
        }
    }

    /// `*`: the merged columns, then the others of each relation. As it was where a part is not known.
    fn star(&self, options: WildcardAdditionalOptions) -> Vec<SelectItem> {
        let columns = self.columns.iter().map(|(name, value)| {
            Some(SelectItem::ExprWithAlias { expr: value.clone()?, alias: name.clone() })
        });
        let relations = self.relations.iter().map(|(relation, merged)| {
            let kind = SelectItemQualifiedWildcardKind::ObjectName(vec![relation.clone()?].into());
            let merged = merged.iter().map(|name| vec![name.clone()].into()).collect::<Vec<ObjectName>>();
            let exclude = (!merged.is_empty()).then_some(ExcludeSelectItem::Multiple(merged));
            let options = WildcardAdditionalOptions { opt_exclude: exclude, ..Default::default() };
            Some(SelectItem::QualifiedWildcard(kind, options))
        });
        let items: Option<Vec<SelectItem>> = columns.chain(relations).collect();
        items.unwrap_or_else(|| vec![SelectItem::Wildcard(options)])
    }

    /// Merged columns of an expression by what they are. Names within its subqueries are the subqueries' own.
    fn write(&self, expr: &mut Expr) {
        own::visit(expr, 0, |expr| {
            if let Expr::Identifier(name) = &*expr {
                let mut columns = self.columns.iter();
                let column = columns.find(|(column, _)| alias_name(column) == alias_name(name));
                if let Some((_, Some(value))) = column {
                    *expr = value.clone();
                }
            }
        });
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

pub(super) fn constraint_mut(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

fn is_of_left(operator: &JoinOperator) -> bool {
    !matches!(operator, JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_))
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// What a relation is called by.
pub(super) fn name_of(factor: &TableFactor) -> Option<Ident> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::Function { alias: Some(alias), .. }
        | TableFactor::NestedJoin { alias: Some(alias), .. } => Some(alias.name.clone()),
        TableFactor::Table { name, alias: None, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

/// The columns of a relation that is in the catalog, or that tells them.
pub(super) fn columns_of(factor: &TableFactor, relations: &Relations) -> Option<Vec<String>> {
    match factor {
        TableFactor::Table { name, args: None, alias, .. }
            if alias.as_ref().is_none_or(|alias| alias.columns.is_empty()) =>
        {
            relations.get(&alias_name(name.0.last()?.as_ident()?)).cloned()
        }
        TableFactor::Derived { subquery, alias: Some(alias), .. } if alias.columns.is_empty() => {
            columns_of_query(subquery, relations)
        }
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::UNNEST { alias: Some(alias), .. } => {
            Some(alias.columns.iter().map(|column| alias_name(&column.name)).collect())
        }
        _ => None,
    }
}

/// The names of a select list; None where one is not known.
fn columns_of_query(query: &ast::Query, relations: &Relations) -> Option<Vec<String>> {
    let mut body = query.body.as_ref();
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let SetExpr::Select(select) = body else { return None };
    let mut columns = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(options) if *options == WildcardAdditionalOptions::default() => {
                for from in &select.from {
                    columns.extend(columns_of(&from.relation, relations)?);
                    for join in &from.joins {
                        columns.extend(columns_of(&join.relation, relations)?);
                    }
                }
            }
            item => columns.push(listed_name(item)?),
        }
    }
    Some(columns)
}

fn listed_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias_name(alias)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(alias_name(name)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().map(alias_name),
        _ => None,
    }
}
