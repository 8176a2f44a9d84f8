//! What is written of times in words of its own, as calls of functions.
//!
//! | written | becomes |
//! |---|---|
//! | `interval '1' day`, `'02:03'::interval` | the literal in a form that the engine reads |
//! | `- interval '1 day'` | the negative of the literal, where the parser negates its first number |
//! | `(a, b) OVERLAPS (c, d)` | `overlaps(a, b, c, d)` |
//! | `extract(field FROM time)` | `extract('field', time)` |
//! | `time AT TIME ZONE zone` | `timezone(zone, time)` |
//! | `age(time)` | `age(current_date, time)` |
//! | `make_interval(days => 1)` | all seven arguments |
//! | `localtime`, `localtimestamp`, `current_timestamp(3)` | the time of the statement, cast |
//! | `timestamp(3)` | rounded to so many digits |

use sqlparser::ast::{
    self, BinaryOperator, DataType, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgOperator, FunctionArguments, Interval, TimezoneInfo, UnaryOperator, Value,
};

use super::dialect::{literal, text_literal};
use crate::function::datetime::interval_input;
use crate::pg_catalog::call;

/// The arguments of `make_interval`.
const INTERVAL_FIELDS: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];

/// Rewrites an expression whose parts are rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Interval(interval) => {
            if let Some(written) = interval_literal(interval) {
                *expr = written;
            }
        }
        Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } if matches!(**inner, Expr::Interval(_)) => {
            **inner = Expr::Nested(Box::new(take(inner)));
        }
        Expr::BinaryOp { left, op: BinaryOperator::Overlaps, right } => {
            if let (Expr::Tuple(first), Expr::Tuple(second)) = (left.as_mut(), right.as_mut())
                && let ([_, _], [_, _]) = (first.as_slice(), second.as_slice())
            {
                let arguments = first.drain(..).chain(second.drain(..)).collect();
                *expr = call("overlaps", arguments);
            }
        }
        Expr::Extract { field, expr: inner, .. } => {
            let field = field.to_string().trim_matches('\'').to_lowercase();
            *expr = call("extract", vec![text_literal(&field), take(inner)]);
        }
        Expr::AtTimeZone { timestamp, time_zone } => {
            *expr = call("timezone", vec![take(time_zone), take(timestamp)]);
        }
        Expr::Identifier(name) if name.quote_style.is_none() => {
            if let Some(now) = now(&name.value.to_ascii_lowercase(), None) {
                *expr = now;
            }
        }
        Expr::Function(function) => {
            if let Some(written) = function_call(function) {
                *expr = written;
            }
        }
        Expr::Cast { data_type, .. } => {
            if let Some(digits) = precision(data_type) {
                let digits = number(digits);
                *expr = call("with_precision", vec![take(expr), digits]);
            }
        }
        _ => {}
    }
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Value(Value::Null.into()))
}

fn number(number: u64) -> Expr {
    Expr::Value(Value::Number(number.to_string(), false).into())
}

/// Digits of a second that a type has; None of one that has all.
fn precision(data_type: &DataType) -> Option<u64> {
    let digits = match data_type {
        DataType::Timestamp(digits, _) | DataType::Time(digits, _) => *digits,
        DataType::Interval { precision, .. } => *precision,
        _ => None,
    };
    digits.filter(|digits| *digits < 6)
}

/// A cast of a text literal to an interval, or None of what is none.
pub(super) fn interval_cast(text: &str) -> Option<Expr> {
    canonical(text, None)
}

/// None where the engine's own reader has to tell what is wrong, or where the value is no literal.
fn interval_literal(interval: &Interval) -> Option<Expr> {
    let text = literal(&interval.value)?;
    let last = interval.last_field.as_ref().or(interval.leading_field.as_ref());
    let last = last.map(|field: &DateTimeField| field.to_string());
    let seconds = interval.fractional_seconds_precision.filter(|digits| *digits < 6);
    let read = canonical(text, last.as_deref()).unwrap_or_else(|| call("interval", vec![text_literal(text)]));
    Some(match seconds {
        Some(digits) => call("with_precision", vec![read, number(digits)]),
        None => read,
    })
}

fn canonical(text: &str, last: Option<&str>) -> Option<Expr> {
    let value = interval_input::read(text, last).ok()?;
    let micros = value.nanoseconds / 1000;
    let text = format!("{} mons {} days {micros} microseconds", value.months, value.days);
    Some(Expr::Interval(Interval {
        value: Box::new(text_literal(&text)),
        leading_field: None,
        leading_precision: None,
        last_field: None,
        fractional_seconds_precision: None,
    }))
}

fn function_call(function: &mut Function) -> Option<Expr> {
    let [name] = function.name.0.as_slice() else { return None };
    let name = name.as_ident()?.value.to_ascii_lowercase();
    let arguments = match &mut function.args {
        FunctionArguments::None => return now(&name, None),
        FunctionArguments::List(list) => &mut list.args,
        FunctionArguments::Subquery(_) => return None,
    };
    match (name.as_str(), arguments.as_mut_slice()) {
        ("age", [FunctionArg::Unnamed(FunctionArgExpr::Expr(time))]) => {
            Some(call("age", vec![call("current_date", Vec::new()), take(time)]))
        }
        ("make_interval", given) => all_fields(given).map(|fields| call("make_interval", fields)),
        (name, [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))]) => match &value.value {
            Value::Number(digits, _) => now(name, digits.parse().ok()),
            _ => None,
        },
        (name @ ("localtime" | "localtimestamp"), []) => now(name, None),
        _ => None,
    }
}

/// What is not given is 0. None where all are given, or one is unknown.
fn all_fields(given: &mut [FunctionArg]) -> Option<Vec<Expr>> {
    if given.len() >= INTERVAL_FIELDS.len() {
        return None;
    }
    let mut fields: Vec<Expr> = INTERVAL_FIELDS.iter().map(|_| number(0)).collect();
    for (index, argument) in given.iter_mut().enumerate() {
        let (index, value) = match argument {
            FunctionArg::Unnamed(value) => (index, value),
            FunctionArg::Named {
                name,
                arg,
                operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
            } => {
                let name = name.value.to_ascii_lowercase();
                (INTERVAL_FIELDS.iter().position(|field| *field == name)?, arg)
            }
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                let name = name.value.to_ascii_lowercase();
                (INTERVAL_FIELDS.iter().position(|field| *field == name)?, arg)
            }
            _ => return None,
        };
        let FunctionArgExpr::Expr(value) = value else { return None };
        fields[index] = take(value);
    }
    Some(fields)
}

/// The time of the statement under its other names, with so many digits of a second.
fn now(name: &str, digits: Option<u64>) -> Option<Expr> {
    let cast_to = match name {
        "localtime" => Some(DataType::Time(None, TimezoneInfo::None)),
        "localtimestamp" => Some(DataType::Timestamp(None, TimezoneInfo::None)),
        "current_timestamp" if digits.is_some() => None,
        _ => return None,
    };
    let now = call("now", Vec::new());
    let now = match cast_to {
        None => now,
        Some(data_type) => Expr::Cast {
            kind: ast::CastKind::Cast,
            expr: Box::new(now),
            data_type,
            array: false,
            format: None,
        },
    };
    Some(match digits {
        Some(digits) => call("with_precision", vec![now, number(digits)]),
        None => now,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_become_calls() {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        for (sql, expected) in [
            ("interval '1' day", "INTERVAL '0 mons 1 days 0 microseconds'"),
            ("interval '1 day 02:03:04' day to minute", "INTERVAL '0 mons 1 days 7380000000 microseconds'"),
            ("interval 'x'", "interval('x')"),
            ("'1-2'::interval", "INTERVAL '14 mons 0 days 0 microseconds'"),
            ("- interval '1 day'", "-(INTERVAL '0 mons 1 days 0 microseconds')"),
            ("(a, b) OVERLAPS (c, d)", "overlaps(a, b, c, d)"),
            ("extract(year FROM a)", "extract('year', a)"),
            ("a AT TIME ZONE 'UTC'", "timezone('UTC', a)"),
            ("age(a)", "age(current_date(), a)"),
            ("make_interval(days => 3)", "make_interval(0, 0, 0, 3, 0, 0, 0)"),
            ("localtimestamp(2)", "with_precision(CAST(now() AS TIMESTAMP), 2)"),
            ("a::timestamp(0)", "with_precision(CAST(a AS TIMESTAMP(0)), 0)"),
        ] {
            let sql = format!("SELECT {sql}");
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, &sql).expect("valid SQL");
            crate::query::dialect::rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), format!("SELECT {expected}"));
        }
    }
}
