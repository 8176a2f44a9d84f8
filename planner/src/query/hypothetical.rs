//! Hypothetical-set aggregates: where a row would stand among those of a group, counted.
//!
//! | written | becomes |
//! |---|---|
//! | `rank(v) WITHIN GROUP (ORDER BY x)` | `count(*) FILTER (WHERE x < v) + 1` |
//! | `dense_rank(v) …` | `count(DISTINCT x) FILTER (WHERE x < v) + 1` |
//! | `percent_rank(v) …` | `count(*) FILTER (WHERE x < v) / count(*)`, of nothing 0 |
//! | `cume_dist(v) …` | `(count(*) FILTER (WHERE x <= v) + 1) / (count(*) + 1)` |
//!
//! `<` here is the order that is asked for, of several columns and with its nulls. PostgreSQL 15, 9.21.

use sqlparser::ast::{
    self, BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, OrderByExpr, Value,
};

use crate::pg_catalog::call;

/// Rewrites one call; None of what is none, or has not as many arguments as columns.
pub(super) fn rewrite(function: &Function) -> Option<Expr> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let FunctionArguments::List(list) = &function.args else { return None };
    let arguments = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    });
    let arguments = arguments.collect::<Option<Vec<Expr>>>()?;
    let orders = &function.within_group;
    if orders.is_empty() || orders.len() != arguments.len() {
        return None;
    }
    let pairs: Vec<_> = orders.iter().zip(&arguments).collect();
    let counted = |condition: Option<Expr>| counted(call_of_all(), function, condition);
    let rewritten = match name.as_str() {
        "rank" => plus_one(counted(Some(before(&pairs, false)))),
        "dense_rank" => plus_one(distinct(&pairs, function)),
        "percent_rank" => {
            let share = divided(counted(Some(before(&pairs, false))), nullif_zero(counted(None)));
            call("coalesce", vec![share, float(number("0"))])
        }
        "cume_dist" => divided(plus_one(counted(Some(before(&pairs, true)))), plus_one(counted(None))),
        _ => return None,
    };
    Some(Expr::Nested(Box::new(rewritten)))
}

/// Whether a row stands before the hypothetical one, or, where asked for, with it.
fn before(pairs: &[(&OrderByExpr, &Expr)], or_equal: bool) -> Expr {
    let [(order, value), rest @ ..] = pairs else {
        return Expr::Value(Value::Boolean(or_equal).into());
    };
    let is_descending = order.options.asc == Some(false);
    let nulls_first = order.options.nulls_first.unwrap_or(is_descending);
    let (column, value) = (nested(&order.expr), nested(value));
    let op = if is_descending { BinaryOperator::Gt } else { BinaryOperator::Lt };
    let boolean = |value: bool| Expr::Value(Value::Boolean(value).into());
    let is_null = |expr: &Expr| Expr::IsNull(Box::new(expr.clone()));
    let both_null = binary(is_null(&column), BinaryOperator::And, is_null(&value));
    let equal = binary(column.clone(), BinaryOperator::Eq, value.clone());
    let when = |condition, result| ast::CaseWhen { condition, result };
    let rest = before(rest, or_equal);
    Expr::Nested(Box::new(Expr::Case {
        case_token: ast::helpers::attached_token::AttachedToken::empty(),
        end_token: ast::helpers::attached_token::AttachedToken::empty(),
        operand: None,
        conditions: vec![
            when(both_null, rest.clone()),
            when(is_null(&column), boolean(nulls_first)),
            when(is_null(&value), boolean(!nulls_first)),
            when(equal, rest),
        ],
        else_result: Some(Box::new(binary(column, op, value))),
    }))
}

/// How many different rows stand before it; of one column null is a row too, which DISTINCT passes over.
fn distinct(pairs: &[(&OrderByExpr, &Expr)], function: &Function) -> Expr {
    let condition = before(pairs, false);
    let counting = |columns: Vec<Expr>| {
        let mut counting = call("count", columns);
        if let Expr::Function(function) = &mut counting
            && let FunctionArguments::List(list) = &mut function.args
        {
            list.duplicate_treatment = Some(ast::DuplicateTreatment::Distinct);
        }
        counting
    };
    match pairs {
        [(order, _)] => {
            let column = nested(&order.expr);
            let is_null = Expr::IsNull(Box::new(column.clone()));
            let null = binary(condition.clone(), BinaryOperator::And, is_null);
            let of_nulls = call("least", vec![counted(call_of_all(), function, Some(null)), number("1")]);
            let others = counted(counting(vec![column]), function, Some(condition));
            binary(others, BinaryOperator::Plus, of_nulls)
        }
        pairs => {
            let columns = pairs.iter().map(|(order, _)| order.expr.clone()).collect();
            counted(counting(vec![Expr::Tuple(columns)]), function, Some(condition))
        }
    }
}

fn call_of_all() -> Expr {
    let mut all = call("count", Vec::new());
    if let Expr::Function(function) = &mut all
        && let FunctionArguments::List(list) = &mut function.args
    {
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
    }
    all
}

/// With the filter of the call, and a further condition.
fn counted(mut counting: Expr, function: &Function, condition: Option<Expr>) -> Expr {
    let given = function.filter.as_deref().map(nested);
    let filter = match (given, condition) {
        (Some(given), Some(condition)) => Some(binary(given, BinaryOperator::And, condition)),
        (given, condition) => given.or(condition),
    };
    if let Expr::Function(counting) = &mut counting {
        counting.filter = filter.map(Box::new);
    }
    counting
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }))
}

fn plus_one(expr: Expr) -> Expr {
    binary(expr, BinaryOperator::Plus, number("1"))
}

fn nullif_zero(expr: Expr) -> Expr {
    call("nullif", vec![expr, number("0")])
}

fn divided(dividend: Expr, divisor: Expr) -> Expr {
    binary(float(dividend), BinaryOperator::Divide, float(divisor))
}

fn float(expr: Expr) -> Expr {
    super::spelling::cast(expr, ast::DataType::DoublePrecision)
}

fn nested(expr: &Expr) -> Expr {
    Expr::Nested(Box::new(expr.clone()))
}

fn number(digits: &str) -> Expr {
    Expr::Value(Value::Number(digits.to_owned(), false).into())
}
