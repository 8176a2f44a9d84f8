//! Expressions of a query itself: names within its subqueries are the subqueries' own.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, VisitMut, VisitorMut};

/// Calls for each expression of a node that stands in so many queries within it: 0 of an expression, 1 of a
/// query. What a call puts in its place is visited too.
pub(super) fn visit(node: &mut impl VisitMut, queries: usize, call: impl FnMut(&mut Expr)) {
    let ControlFlow::Continue(()) = node.visit(&mut Own { queries, open: 0, call });
}

struct Own<F> {
    queries: usize,
    open: usize,
    call: F,
}

impl<F: FnMut(&mut Expr)> VisitorMut for Own<F> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<Self::Break> {
        self.open += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Self::Break> {
        self.open -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if self.open == self.queries {
            (self.call)(expr);
        }
        ControlFlow::Continue(())
    }
}
