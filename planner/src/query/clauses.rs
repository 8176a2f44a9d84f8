//! Clauses of a query that the engine does not plan, or passes over.
//!
//! | written | becomes |
//! |---|---|
//! | `WHERE 'true'`, `NOT 'f'`, `LIMIT '1'` | the literal of the type that its place asks for |
//! | `FROM ONLY t` | `FROM t`: no table has others below it |
//! | `FROM t TABLESAMPLE BERNOULLI (10)` | `FROM (SELECT * FROM t WHERE random() < 0.1) AS t` |
//! | `ORDER BY x FETCH FIRST 3 ROWS WITH TIES` | `ORDER BY x LIMIT with_ties(3)`, see [`super::ties`] |

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, BinaryOperator, CastKind, DataType, Expr, Ident, JoinConstraint, LimitClause, ObjectName, Query,
    Select, SelectItem, TableAlias, TableFactor, TableSampleKind, TableSampleMethod, UnaryOperator, Value,
    VisitMut, VisitorMut, WildcardAdditionalOptions,
};

use super::spelling::{select_from, take};
use super::{record_functions, ties, using};
use crate::error::{Result, SqlError, finished};
use crate::pg_catalog::call;

/// Rewrites them in a statement.
///
/// Errors: 2202H where a sample is not of 0 to 100 percent, 42601 for ties without an order.
pub(super) fn rewrite(statement: &mut ast::Statement) -> Result<()> {
    finished(VisitMut::visit(statement, &mut Rewriter))
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
            let count = |expr: &mut Expr| read(expr, || DataType::BigInt(None));
            limit.iter_mut().for_each(count);
            offset.iter_mut().for_each(|offset| count(&mut offset.value));
        }
        match ties_as_limit(query) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        let joins = select.from.iter_mut().flat_map(|from| &mut from.joins);
        for join in joins {
            if let Some(JoinConstraint::On(condition)) = using::constraint_mut(&mut join.join_operator) {
                truth(condition);
            }
        }
        select.selection.iter_mut().chain(&mut select.having).for_each(truth);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<SqlError> {
        without_only(table);
        match sampled(table).and_then(|()| record_functions::rewrite(table)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        match expr {
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => truth(expr),
            Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
                truth(left);
                truth(right);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// A condition that is a text is a boolean.
fn truth(condition: &mut Expr) {
    read(condition, || DataType::Boolean);
}

fn read(literal: &mut Expr, to: impl Fn() -> DataType) {
    if matches!(literal, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_))) {
        *literal = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(take(literal)),
            data_type: to(),
            array: false,
            format: None,
        };
    }
}

fn ties_as_limit(query: &mut Query) -> Result<()> {
    let offset = match &query.limit_clause {
        None => None,
        Some(LimitClause::LimitOffset { limit: None, offset, .. }) => offset.clone(),
        Some(_) => return Ok(()),
    };
    let Some(fetch) = query.fetch.take_if(|fetch| fetch.with_ties && !fetch.percent) else { return Ok(()) };
    if query.order_by.is_none() {
        return Err(SqlError::new("42601", "WITH TIES cannot be specified without ORDER BY clause"));
    }
    let one = || Expr::value(Value::Number("1".to_owned(), false));
    let limit = Some(call(ties::NAME, vec![fetch.quantity.unwrap_or_else(one)]));
    query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by: Vec::new() });
    Ok(())
}

/// The parser takes `ONLY` for a table, and the table for its alias.
fn without_only(table: &mut TableFactor) {
    let TableFactor::Table { name, alias, args: None, .. } = table else { return };
    let is_only = |name: &ObjectName| {
        let [part] = name.0.as_slice() else { return false };
        part.as_ident()
            .is_some_and(|ident| ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("only"))
    };
    if is_only(name)
        && let Some(of) = alias.take_if(|alias| !alias.explicit && alias.columns.is_empty())
    {
        *name = ObjectName::from(vec![of.name]);
    }
}

/// Each row by itself has the chance that is asked for, whichever method is named.
fn sampled(table: &mut TableFactor) -> Result<()> {
    let TableFactor::Table { name, alias, sample, .. } = table else { return Ok(()) };
    let Some(TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) =
        sample.take()
    else {
        return Ok(());
    };
    let method = match &sample.name {
        Some(TableSampleMethod::Bernoulli | TableSampleMethod::System) => sample.quantity,
        _ => return Err(SqlError::new("42704", "tablesample method does not exist")),
    };
    let percent = method.map(|quantity| quantity.value.to_string()).unwrap_or_default();
    let Ok(percent) = percent.parse::<f64>() else {
        return Err(SqlError::new("0A000", "the percentage of TABLESAMPLE is not a number"));
    };
    if !(0.0..=100.0).contains(&percent) {
        return Err(SqlError::new("2202H", "sample percentage must be between 0 and 100"));
    }
    if sample.seed.is_some() && percent > 0.0 && percent < 100.0 {
        return Err(SqlError::new("0A000", "REPEATABLE is not supported")
            .with_hint("Without it each query takes another sample."));
    }
    let alias = alias.take().or_else(|| {
        let name = name.0.last()?.as_ident()?.clone();
        Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None })
    });
    let all = SelectItem::Wildcard(WildcardAdditionalOptions::default());
    let inner = std::mem::replace(table, empty());
    let mut subquery = Box::new(select_from(vec![all], inner));
    if let ast::SetExpr::Select(select) = subquery.body.as_mut() {
        let chance = Expr::value(Value::Number((percent / 100.0).to_string(), false));
        select.selection = Some(Expr::BinaryOp {
            left: Box::new(call("random", Vec::new())),
            op: BinaryOperator::Lt,
            right: Box::new(chance),
        });
    }
    *table = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
    Ok(())
}

fn empty() -> TableFactor {
    TableFactor::UNNEST {
        alias: None,
        array_exprs: Vec::new(),
        with_offset: false,
        with_offset_alias: None::<Ident>,
        with_ordinality: false,
    }
}
