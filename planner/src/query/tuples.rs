//! Comparisons of rows, taken apart into those of their columns.
//!
//! | written | is |
//! |---|---|
//! | `(a, b) = (c, d)`, `<>` | `a = c AND b = d`, `a <> c OR b <> d` |
//! | `(a, b) < (c, d)`, `<=`, `>`, `>=` | `a < c OR a = c AND b < d`, and so on |
//! | `(a, b) IN ((1, 2), (3, 4))` | one equality or the other |
//! | `(a, b) IN (SELECT …)` | true where a row is equal, null where one might be, else false |
//! | `(a, b) IS NULL` | `a IS NULL AND b IS NULL` |
//!
//! <https://www.postgresql.org/docs/15/functions-comparisons.html#ROW-WISE-COMPARISON>

use std::borrow::Cow;
use std::ops::ControlFlow;

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    self, BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, SelectItem,
    SetExpr, TableAlias, TableAliasColumnDef, TableFactor, UnaryOperator, Value, VisitMut, VisitorMut,
};

use super::spelling::select_from;

/// Rows that are longer stay as they are: what is written for each column grows with its place.
const COLUMNS_MAX: usize = 64;

/// Takes them apart.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let rewritten = match &*expr {
            Expr::BinaryOp { left, op, right } => match (row(left), row(right)) {
                (Some(left), Some(right)) => compared(&left, op, &right),
                _ => None,
            },
            Expr::InList { expr, list, negated } => row(expr).and_then(|left| {
                let equal = list.iter().map(|right| compared(&left, &BinaryOperator::Eq, &row(right)?));
                let found = joined(equal.collect::<Option<_>>()?, &BinaryOperator::Or)?;
                Some(if *negated { not(found) } else { found })
            }),
            Expr::InSubquery { expr, subquery, negated } => row(expr).map(|left| {
                let found = found(&left, subquery);
                if *negated { not(found) } else { found }
            }),
            Expr::IsNull(inner) => row(inner).and_then(|columns| {
                let tests = columns.iter().map(|column| Expr::IsNull(Box::new(column.clone())));
                joined(tests.collect(), &BinaryOperator::And)
            }),
            Expr::IsNotNull(inner) => row(inner).and_then(|columns| {
                let tests = columns.iter().map(|column| Expr::IsNotNull(Box::new(column.clone())));
                joined(tests.collect(), &BinaryOperator::And)
            }),
            _ => None,
        };
        if let Some(rewritten) = rewritten {
            *expr = nested(rewritten);
        }
        ControlFlow::Continue(())
    }
}

/// The columns of a row: `(a, b)` or `ROW(a, b)`.
fn row(expr: &Expr) -> Option<Cow<'_, [Expr]>> {
    match expr {
        Expr::Tuple(columns) if columns.len() <= COLUMNS_MAX => Some(Cow::Borrowed(columns)),
        Expr::Nested(inner) => row(inner),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
            let FunctionArguments::List(list) = &function.args else { return None };
            let columns = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(column)) => Some(column.clone()),
                _ => None,
            });
            columns.collect::<Option<Vec<_>>>().filter(|columns| columns.len() <= COLUMNS_MAX).map(Cow::Owned)
        }
        _ => None,
    }
}

/// `CASE WHEN EXISTS (a row that is equal) THEN true WHEN EXISTS (one that might be) THEN null ELSE false END`
fn found(left: &[Expr], subquery: &ast::Query) -> Expr {
    let names: Vec<Ident> = (1..=left.len()).map(|number| Ident::new(format!("__column_{number}"))).collect();
    let columns = names.iter().map(|name| TableAliasColumnDef { name: name.clone(), data_type: None });
    let alias =
        TableAlias { explicit: true, name: Ident::new("__rows"), columns: columns.collect(), at: None };
    let right: Vec<Expr> = names.into_iter().map(Expr::Identifier).collect();
    let equal = compared(left, &BinaryOperator::Eq, &right);
    let exists = |condition: Option<Expr>| {
        let rows = TableFactor::Derived {
            lateral: false,
            subquery: Box::new(subquery.clone()),
            alias: Some(alias.clone()),
            sample: None,
        };
        let one = SelectItem::UnnamedExpr(value(Value::Number("1".to_owned(), false)));
        let mut query = select_from(vec![one], rows);
        if let SetExpr::Select(select) = query.body.as_mut() {
            select.selection = condition;
        }
        Expr::Exists { subquery: Box::new(query), negated: false }
    };
    let might_be = equal.clone().map(|equal| Expr::IsNull(Box::new(nested(equal))));
    let when = |condition, result| CaseWhen { condition, result };
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![
            when(exists(equal), value(Value::Boolean(true))),
            when(exists(might_be), value(Value::Null)),
        ],
        else_result: Some(Box::new(value(Value::Boolean(false)))),
    }
}

fn value(value: Value) -> Expr {
    Expr::value(value)
}

fn compared(left: &[Expr], op: &BinaryOperator, right: &[Expr]) -> Option<Expr> {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    if left.len() != right.len() {
        return None;
    }
    let pairs = || left.iter().zip(right);
    let each = |op: &BinaryOperator| pairs().map(|(left, right)| operation(left, op, right)).collect();
    let strict = match op {
        Eq => return joined(each(&Eq), &And),
        NotEq => return joined(each(&NotEq), &Or),
        Lt | LtEq => Lt,
        Gt | GtEq => Gt,
        _ => return None,
    };
    // From the last column to the first: what decides where all before are equal.
    let mut pairs = pairs().rev();
    let (last_left, last_right) = pairs.next()?;
    let mut decided = operation(last_left, op, last_right);
    for (left, right) in pairs {
        let equal = Expr::BinaryOp {
            left: Box::new(operation(left, &Eq, right)),
            op: And,
            right: Box::new(nested(decided)),
        };
        decided = Expr::BinaryOp {
            left: Box::new(operation(left, &strict, right)),
            op: Or,
            right: Box::new(nested(equal)),
        };
    }
    Some(decided)
}

fn operation(left: &Expr, op: &BinaryOperator, right: &Expr) -> Expr {
    let side = |expr: &Expr| Box::new(nested(expr.clone()));
    nested(Expr::BinaryOp { left: side(left), op: op.clone(), right: side(right) })
}

fn joined(exprs: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
    exprs.into_iter().reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: op.clone(),
        right: Box::new(right),
    })
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested(expr)) }
}

/// A value needs no brackets, and what looks for literals sees it.
fn nested(expr: Expr) -> Expr {
    match expr {
        Expr::Value(ref value) if !matches!(value.value, Value::Placeholder(_)) => expr,
        Expr::Nested(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) => expr,
        other => Expr::Nested(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rows_are_compared_by_column() {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        for (sql, expected) in [
            ("(a, b) = (1, 2)", "((a = 1) AND (b = 2))"),
            ("(a, b) <> (1, 2)", "((a <> 1) OR (b <> 2))"),
            ("(a, b) < (1, 2)", "((a < 1) OR ((a = 1) AND (b < 2)))"),
            ("(a, b) >= (1, 2)", "((a > 1) OR ((a = 1) AND (b >= 2)))"),
            ("(a, b) IN ((1, 2), (3, 4))", "((a = 1) AND (b = 2) OR (a = 3) AND (b = 4))"),
            ("(a, b) NOT IN ((1, 2))", "(NOT ((a = 1) AND (b = 2)))"),
            ("(a, b) IS NULL", "(a IS NULL AND b IS NULL)"),
            ("(a, b) = (1, 2, 3)", "(a, b) = (1, 2, 3)"),
            ("a = 1", "a = 1"),
        ] {
            let sql = format!("SELECT {sql}");
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, &sql).expect("valid SQL");
            super::rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), format!("SELECT {expected}"));
        }
    }
}
