//! A window that builds on a named one: `OVER (w ORDER BY x)`, `WINDOW v AS (w ORDER BY x)`. The engine
//! drops the name; here what it stands for is written in its place.
//!
//! <https://www.postgresql.org/docs/15/sql-select.html#SQL-WINDOW>

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, NamedWindowExpr, Select, VisitMut, VisitorMut, WindowSpec, WindowType};

/// Rewrites the windows of one select.
pub(super) fn rewrite(select: &mut Select) {
    let mut named: HashMap<String, WindowSpec> = HashMap::new();
    for definition in &mut select.named_window {
        if let NamedWindowExpr::WindowSpec(spec) = &mut definition.1 {
            build_on(spec, &named);
            named.insert(definition.0.value.clone(), spec.clone());
        }
    }
    if named.is_empty() {
        return;
    }
    for item in &mut select.projection {
        let ControlFlow::Continue(()) = item.visit(&mut Builder { named: &named });
    }
}

struct Builder<'a> {
    named: &'a HashMap<String, WindowSpec>,
}

impl VisitorMut for Builder<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(function) = expr
            && let Some(WindowType::WindowSpec(spec)) = &mut function.over
        {
            build_on(spec, self.named);
        }
        ControlFlow::Continue(())
    }
}

/// The partition is the named one's, and the order too where it has one.
fn build_on(spec: &mut WindowSpec, named: &HashMap<String, WindowSpec>) {
    let Some(base) = spec.window_name.as_ref().and_then(|name| named.get(&name.value)) else { return };
    spec.partition_by.clone_from(&base.partition_by);
    if spec.order_by.is_empty() {
        spec.order_by.clone_from(&base.order_by);
    }
    spec.window_name = None;
}
