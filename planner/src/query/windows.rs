//! Windows of a select: named ones are written where they are used, and what PostgreSQL refuses is refused in
//! its words. The engine drops the name of `OVER (w ORDER BY x)`, and leaves windows in places where none
//! can be.
//!
//! <https://www.postgresql.org/docs/15/sql-expressions.html#SYNTAX-WINDOW-FUNCTIONS>

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, JoinConstraint,
    JoinOperator, LimitClause, NamedWindowExpr, OrderByKind, Query, Select, SetExpr, Spanned, Value, Visit,
    VisitMut, Visitor, VisitorMut, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};
use sqlparser::tokenizer::Span;

use super::dialect::literal;
use crate::error::{Result, SqlError, finished, position_of};
use crate::statement::EXCLUDE_MARK;

/// Rewrites the windows of a statement, whose text this is.
pub(super) fn rewrite(statement: &mut ast::Statement, text: &str) -> Result<()> {
    finished(VisitMut::visit(statement, &mut Selects { text }))
}

struct Selects<'a> {
    text: &'a str,
}

impl VisitorMut for Selects<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        match self.query(query) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Selects<'_> {
    fn query(&self, query: &mut Query) -> Result<()> {
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            self.refuse("LIMIT", limit.iter())?;
            self.refuse("OFFSET", offset.iter().map(|offset| &offset.value))?;
        }
        let orders = match &mut query.order_by {
            Some(ast::OrderBy { kind: OrderByKind::Expressions(orders), .. }) => orders.as_mut_slice(),
            _ => &mut [],
        };
        self.body(&mut query.body, orders)
    }

    fn body(&self, body: &mut SetExpr, orders: &mut [ast::OrderByExpr]) -> Result<()> {
        match body {
            SetExpr::Select(select) => self.select(select, orders),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, &mut [])?;
                self.body(right, &mut [])
            }
            _ => Ok(()),
        }
    }

    fn select(&self, select: &mut Select, orders: &mut [ast::OrderByExpr]) -> Result<()> {
        self.refuse("WHERE", select.selection.iter())?;
        self.refuse("HAVING", select.having.iter())?;
        if let GroupByExpr::Expressions(groups, _) = &select.group_by {
            self.refuse("GROUP BY", groups.iter())?;
        }
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if let Some(JoinConstraint::On(condition)) = constraint(&join.join_operator) {
                self.refuse("JOIN conditions", std::iter::once(condition))?;
            }
        }
        let mut named: HashMap<String, WindowSpec> = HashMap::new();
        for definition in std::mem::take(&mut select.named_window) {
            let ast::NamedWindowDefinition(name, window) = definition;
            if named.contains_key(&folded(&name)) {
                let message = format!("window \"{}\" is already defined", folded(&name));
                let failed = self.failed("42P20", message, name.span);
                let behind = failed.position.unwrap_or(0);
                let bracket = self.text.chars().skip(behind).position(|letter| letter == '(');
                return Err(placed(failed, bracket.map(|place| behind + place + 1)));
            }
            let spec = match window {
                NamedWindowExpr::NamedWindow(base) => self.find(&base, &named)?.clone(),
                NamedWindowExpr::WindowSpec(spec) => self.complete(spec, &named)?,
            };
            named.insert(folded(&name), spec);
        }
        let mut uses = Uses { selects: self, named: &named, depth: 0 };
        let flow = VisitMut::visit(&mut select.projection, &mut uses);
        let flow = if flow.is_continue() {
            orders.iter_mut().try_for_each(|order| VisitMut::visit(order, &mut uses))
        } else {
            flow
        };
        finished(flow)
    }

    fn find<'n>(&self, name: &ast::Ident, named: &'n HashMap<String, WindowSpec>) -> Result<&'n WindowSpec> {
        named.get(&folded(name)).ok_or_else(|| {
            self.failed("42704", format!("window \"{}\" does not exist", folded(name)), name.span)
        })
    }

    /// A window with what it takes from the one that it names, checked.
    fn complete(&self, mut spec: WindowSpec, named: &HashMap<String, WindowSpec>) -> Result<WindowSpec> {
        let bracket = || self.bracket(&spec);
        if let Some(name) = &spec.window_name {
            let base = match named.get(&folded(name)) {
                Some(base) => base.clone(),
                None => {
                    let message = format!("window \"{}\" does not exist", folded(name));
                    return Err(placed(SqlError::new("42704", message), bracket()));
                }
            };
            let refused = |message: String| SqlError::new("42P20", message);
            let name = folded(name);
            if !spec.partition_by.iter().all(is_mark) {
                let message = format!("cannot override PARTITION BY clause of window \"{name}\"");
                return Err(placed(refused(message), bracket()));
            }
            if !spec.order_by.is_empty() && !base.order_by.is_empty() {
                let message = format!("cannot override ORDER BY clause of window \"{name}\"");
                return Err(placed(refused(message), bracket()));
            }
            if base.window_frame.is_some() {
                let message = format!("cannot copy window \"{name}\" because it has a frame clause");
                let mut error = refused(message);
                if spec.order_by.is_empty() && spec.window_frame.is_none() {
                    error = error.with_hint("Omit the parentheses in this OVER clause.");
                }
                return Err(placed(error, bracket()));
            }
            spec.partition_by.extend(base.partition_by);
            if spec.order_by.is_empty() {
                spec.order_by = base.order_by;
            }
        }
        if let Some(frame) = &mut spec.window_frame {
            self.frame(frame)?;
        }
        if let Some(frame) = &spec.window_frame {
            let has_offset = bounds(frame).any(|bound| offset(bound).is_some());
            let message = match frame.units {
                WindowFrameUnits::Range if has_offset && spec.order_by.len() != 1 => {
                    "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column"
                }
                WindowFrameUnits::Groups if spec.order_by.is_empty() => {
                    "GROUPS mode requires an ORDER BY clause"
                }
                _ => "",
            };
            if !message.is_empty() {
                return Err(placed(SqlError::new("42P20", message), self.bracket(&spec)));
            }
        }
        if spec.window_frame.as_ref().is_some_and(is_empty) {
            // The engine has no such frame: of any other all rows are excluded.
            spec.window_frame = None;
            let mark = Expr::value(Value::SingleQuotedString(format!("{EXCLUDE_MARK}all")));
            spec.partition_by.push(Expr::IsNull(Box::new(mark)));
        }
        spec.window_name = None;
        Ok(spec)
    }

    /// What the grammar and the executor of PostgreSQL say of bounds.
    fn frame(&self, frame: &mut WindowFrame) -> Result<()> {
        use WindowFrameBound::{CurrentRow, Following, Preceding};
        let of_end = match (&frame.start_bound, &frame.end_bound) {
            (Following(None), _) => Some("frame start cannot be UNBOUNDED FOLLOWING"),
            (_, Some(Preceding(None))) => Some("frame end cannot be UNBOUNDED PRECEDING"),
            (CurrentRow, Some(Preceding(_))) => {
                Some("frame starting from current row cannot have preceding rows")
            }
            (Following(_), Some(Preceding(_) | CurrentRow)) => {
                Some("frame starting from following row cannot have preceding rows")
            }
            (Following(_), None) => Some("frame starting from following row cannot end with current row"),
            _ => None,
        };
        if let Some(message) = of_end {
            return Err(placed(SqlError::new("42P20", message), self.bound_of(message)));
        }
        let units = frame.units;
        let WindowFrame { start_bound, end_bound, .. } = frame;
        for (bound, word) in
            std::iter::once((start_bound, "starting")).chain(end_bound.iter_mut().map(|end| (end, "ending")))
        {
            if let Preceding(Some(size)) | Following(Some(size)) = bound {
                self.size(size, units, word)?;
            }
        }
        Ok(())
    }

    /// How many rows, groups, or what range.
    fn size(&self, size: &mut Expr, units: WindowFrameUnits, word: &str) -> Result<()> {
        let mut columns = Columns { first: None };
        let _ = Visit::visit(&*size, &mut columns);
        if let Some(span) = columns.first {
            let message = format!("argument of {units} must not contain variables");
            return Err(self.failed("42P10", message, span));
        }
        if units == WindowFrameUnits::Range {
            return match size {
                Expr::UnaryOp { op: ast::UnaryOperator::Minus, .. } => {
                    Err(SqlError::new("22013", "invalid preceding or following size in window function"))
                }
                _ => Ok(()),
            };
        }
        if matches!(size, Expr::Value(value) if value.value == Value::Null) {
            return Err(SqlError::new("22004", format!("frame {word} offset must not be null")));
        }
        let Some(number) = number(size) else {
            let message = format!("the offset of {units} must be a constant");
            return Err(SqlError::new("0A000", message).with_hint("Write the number of rows itself."));
        };
        if number < 0 {
            return Err(SqlError::new("22013", format!("frame {word} offset must not be negative")));
        }
        *size = Expr::value(Value::Number(number.to_string(), false));
        Ok(())
    }

    /// Errors with 42P20 where one of the expressions has a window.
    fn refuse<'e>(&self, place: &str, exprs: impl Iterator<Item = &'e Expr>) -> Result<()> {
        for expr in exprs {
            let mut calls = Calls { depth: 0, found: None };
            let _ = expr.visit(&mut calls);
            if let Some(span) = calls.found {
                let message = format!("window functions are not allowed in {place}");
                return Err(self.failed("42P20", message, span));
            }
        }
        Ok(())
    }

    fn failed(&self, sqlstate: &'static str, message: impl Into<String>, span: Span) -> SqlError {
        placed(SqlError::new(sqlstate, message), position_of(span, self.text))
    }

    /// Where the bracket of a window opens, as far as something within it has a place.
    fn bracket(&self, spec: &WindowSpec) -> Option<usize> {
        let frame = spec.window_frame.iter().flat_map(bounds).filter_map(offset).map(Spanned::span);
        let name = spec.window_name.iter().map(|name| name.span);
        let orders = spec.order_by.iter().map(|order| order.expr.span());
        let within = name.chain(orders).chain(frame).find(|span| *span != Span::empty());
        let end = within.and_then(|span| position_of(span, self.text)).or_else(|| self.bound_of(""))?;
        let before: Vec<char> = self.text.chars().take(end).collect();
        before.iter().rposition(|letter| *letter == '(').map(|place| place + 1)
    }

    /// Where the bound stands that an error speaks of, in a text with one BETWEEN of frames.
    fn bound_of(&self, message: &str) -> Option<usize> {
        let lower = self.text.to_ascii_lowercase();
        let mut units = lower
            .match_indices("rows ")
            .chain(lower.match_indices("range "))
            .chain(lower.match_indices("groups "));
        let (begin, unit) = units.next()?;
        if units.next().is_some() {
            return None;
        }
        let mut place = begin + unit.len();
        if let Some(rest) = lower[place..].strip_prefix("between ") {
            place = lower.len() - rest.len();
            if !message.starts_with("frame start cannot") {
                place += rest.find(" and ")? + 5;
            }
        }
        Some(self.text.get(..place)?.chars().count() + 1)
    }
}

/// Writes windows where they are used: not in subqueries, which have their own.
struct Uses<'a> {
    selects: &'a Selects<'a>,
    named: &'a HashMap<String, WindowSpec>,
    depth: usize,
}

impl VisitorMut for Uses<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<SqlError> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<SqlError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        if self.depth > 0 || function.over.is_none() {
            return ControlFlow::Continue(());
        }
        match self.call(function) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Uses<'_> {
    fn call(&self, function: &mut Function) -> Result<()> {
        let span = function.name.span();
        let failed = |sqlstate, message: &str| self.selects.failed(sqlstate, message, span);
        if !function.within_group.is_empty() {
            let name = function.name.to_string().to_lowercase();
            let message = format!("OVER is not supported for ordered-set aggregate {name}");
            return Err(failed("0A000", &message));
        }
        if let FunctionArguments::List(list) = &function.args {
            if list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct) {
                return Err(failed("0A000", "DISTINCT is not implemented for window functions"));
            }
            if list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_))) {
                return Err(failed("0A000", "aggregate ORDER BY is not implemented for window functions"));
            }
        }
        let spec = match function.over.take() {
            Some(WindowType::NamedWindow(name)) => self.selects.find(&name, self.named)?.clone(),
            Some(WindowType::WindowSpec(spec)) => self.selects.complete(spec, self.named)?,
            None => return Ok(()),
        };
        let within = || spec.partition_by.iter().chain(spec.order_by.iter().map(|order| &order.expr));
        self.nested(within(), "window functions are not allowed in window definitions")?;
        if let FunctionArguments::List(list) = &function.args {
            let arguments = list.args.iter().filter_map(|argument| match argument {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            });
            self.nested(arguments, "window function calls cannot be nested")?;
        }
        function.over = Some(WindowType::WindowSpec(spec));
        Ok(())
    }

    fn nested<'e>(&self, exprs: impl Iterator<Item = &'e Expr>, message: &str) -> Result<()> {
        for expr in exprs {
            let mut calls = Calls { depth: 0, found: None };
            let _ = expr.visit(&mut calls);
            if let Some(span) = calls.found {
                return Err(self.selects.failed("42P20", message, span));
            }
        }
        Ok(())
    }
}

/// The first call with a window, outside of subqueries.
struct Calls {
    depth: usize,
    found: Option<Span>,
}

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if self.depth == 0 && function.over.is_some() => {
                self.found = Some(function.name.span());
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

struct Columns {
    first: Option<Span>,
}

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.first = Some(expr.span());
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

fn constraint(join: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator::{FullOuter, Inner, Join, Left, LeftOuter, Right, RightOuter};
    match join {
        Join(on) | Inner(on) | Left(on) | LeftOuter(on) | Right(on) | RightOuter(on) | FullOuter(on) => {
            Some(on)
        }
        _ => None,
    }
}

fn bounds(frame: &WindowFrame) -> impl Iterator<Item = &WindowFrameBound> {
    std::iter::once(&frame.start_bound).chain(&frame.end_bound)
}

fn offset(bound: &WindowFrameBound) -> Option<&Expr> {
    match bound {
        WindowFrameBound::Preceding(size) | WindowFrameBound::Following(size) => size.as_deref(),
        WindowFrameBound::CurrentRow => None,
    }
}

/// Whether a frame ends before it begins: `1 PRECEDING AND 2 PRECEDING`.
fn is_empty(frame: &WindowFrame) -> bool {
    use WindowFrameBound::{Following, Preceding};
    let size = |size: &Option<Box<Expr>>| size.as_deref().and_then(number);
    if frame.units == WindowFrameUnits::Range {
        return false;
    }
    match (&frame.start_bound, &frame.end_bound) {
        (Preceding(start), Some(Preceding(end))) => {
            size(start).zip(size(end)).is_some_and(|(start, end)| start < end)
        }
        (Following(start), Some(Following(end))) => {
            size(start).zip(size(end)).is_some_and(|(start, end)| start > end)
        }
        _ => false,
    }
}

/// A whole number that is written out, or computed from such.
fn number(expr: &Expr) -> Option<i64> {
    use ast::{BinaryOperator as Op, UnaryOperator};
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) | Value::SingleQuotedString(digits) => digits.trim().parse().ok(),
            _ => None,
        },
        Expr::Nested(inner) => number(inner),
        Expr::Cast { expr, data_type, .. } => {
            use ast::DataType::{BigInt, Int, Int4, Int8, Integer};
            let is_integer = matches!(data_type, Int(_) | Integer(_) | BigInt(_) | Int4(_) | Int8(_));
            if is_integer { number(expr) } else { None }
        }
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr)?.checked_neg(),
        Expr::BinaryOp { left, op, right } => {
            let (left, right) = (number(left)?, number(right)?);
            match op {
                Op::Plus => left.checked_add(right),
                Op::Minus => left.checked_sub(right),
                Op::Multiply => left.checked_mul(right),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_mark(expr: &Expr) -> bool {
    matches!(expr, Expr::IsNull(mark) if literal(mark).is_some_and(|text| text.starts_with(EXCLUDE_MARK)))
}

fn folded(name: &ast::Ident) -> String {
    super::names::alias_name(name)
}

fn placed(error: SqlError, position: Option<usize>) -> SqlError {
    match position {
        Some(position) => error.at(position),
        None => error,
    }
}
