//! The types that a statement itself gives its parameters: in `$1::bigint` it is bigint, as in
//! PostgreSQL. (The planner finds those that follow from comparisons.)

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Statement, Value, visit_expressions};

use crate::pg::types::PgType;

/// Fills what the client left open in `declared` from casts in the statement.
pub fn by_casts(statement: &Statement, declared: &mut Vec<Option<PgType>>) {
    // Nothing breaks off, so there is nothing to return.
    let _ = visit_expressions(statement, |expression| {
        if let Some((index, pg)) = cast_parameter(expression) {
            if declared.len() <= index {
                declared.resize(index + 1, None);
            }
            declared[index].get_or_insert(PgType { modifier: -1, ..pg });
        }
        ControlFlow::<()>::Continue(())
    });
}

fn cast_parameter(expression: &Expr) -> Option<(usize, PgType)> {
    let Expr::Cast { expr, data_type, .. } = expression else { return None };
    let Expr::Value(value) = expr.as_ref() else { return None };
    let Value::Placeholder(name) = &value.value else { return None };
    // The protocol counts parameters in 16 bits.
    let number: u16 = name.strip_prefix('$')?.parse().ok()?;
    // asyncpg writes `"pg_catalog"."int8"`.
    let name = data_type.to_string().to_ascii_lowercase().replace('"', "");
    let pg = PgType::parse(name.strip_prefix("pg_catalog.").unwrap_or(&name))?;
    Some((usize::from(number.checked_sub(1)?), pg))
}
