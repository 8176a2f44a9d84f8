//! What `RETURNING` may not have: it is computed row by row.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use sqlparser::ast::{Expr, Function, ObjectNamePart, Query, Spanned, Statement, Visit, Visitor};

use crate::error::{Result, SqlError, position_of};

/// Checks the query that a `RETURNING` is.
///
/// # Errors
/// 42803 where it has an aggregate, 42P20 where it has a window.
pub(super) fn check(statement: &Statement, text: &str, state: &SessionState) -> Result<()> {
    let mut checker = Checker { state, text, depth: 0 };
    match Visit::visit(statement, &mut checker) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refused) => Err(refused),
    }
}

struct Checker<'a> {
    state: &'a SessionState,
    text: &'a str,
    /// The query itself is the first; those below it may have what they want.
    depth: usize,
}

impl Checker<'_> {
    fn refused(&self, call: &Function) -> Option<SqlError> {
        let ObjectNamePart::Identifier(name) = call.name.0.last()? else { return None };
        let folded = match name.quote_style {
            Some(_) => name.value.clone(),
            None => name.value.to_ascii_lowercase(),
        };
        let (sqlstate, what) = if call.over.is_some() {
            ("42P20", "window functions")
        } else if folded == "grouping" {
            ("42803", "grouping operations")
        } else if self.state.aggregate_functions().contains_key(&folded) {
            ("42803", "aggregate functions")
        } else {
            return None;
        };
        let error = SqlError::new(sqlstate, format!("{what} are not allowed in RETURNING"));
        Some(SqlError { position: position_of(call.name.span(), self.text), ..error })
    }
}

impl Visitor for Checker<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<SqlError> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<SqlError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<SqlError> {
        match expr {
            Expr::Function(call) if self.depth == 1 => match self.refused(call) {
                Some(refused) => ControlFlow::Break(refused),
                None => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}
