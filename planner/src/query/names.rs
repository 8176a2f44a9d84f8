//! Names as PostgreSQL gives and misses them: output columns, and relations that do not exist.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use sqlparser::ast::{
    self, AccessExpr, DataType as SqlType, Expr, Ident, LimitClause, ObjectName, ObjectNamePart, Select,
    SelectItem, SetExpr, Spanned, TableFactor, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use crate::catalog::{StatementContext, names_within, visible_names};
use crate::error::{Result, SqlError, position_of, similar};

/// Begins the part of an internal name that only keeps it apart from others of the same name.
const APART: char = '\u{1}';

/// The name without what kept it apart.
pub(super) fn shown(name: &str) -> &str {
    name.split(APART).next().unwrap_or(name)
}

/// A name that is told apart from others of the same name, and shown like them.
pub(super) fn apart(name: &str, number: usize) -> Ident {
    Ident::with_quote('"', format!("{name}{APART}{number}"))
}

/// Gives every select list the names that PostgreSQL gives it. The engine refuses a list in which
/// two expressions have one name; PostgreSQL does not.
pub(super) fn name_outputs(statement: &mut ast::Statement) {
    struct Namer;
    impl VisitorMut for Namer {
        type Break = ();

        fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<()> {
            name_set(&mut query.body);
            fetch_as_limit(query);
            ControlFlow::Continue(())
        }
    }
    let _ = statement.visit(&mut Namer);
}

/// `FETCH FIRST n ROWS ONLY` is the standard's word for LIMIT; the engine knows only this one.
fn fetch_as_limit(query: &mut ast::Query) {
    let plain = |fetch: &ast::Fetch| !fetch.with_ties && !fetch.percent;
    let offset = match &query.limit_clause {
        None => None,
        Some(LimitClause::LimitOffset { limit: None, offset, .. }) => offset.clone(),
        Some(_) => return,
    };
    if !query.fetch.as_ref().is_some_and(plain) {
        return;
    }
    let one = || Expr::value(Value::Number("1".to_owned(), false));
    let limit = query.fetch.take().map(|fetch| fetch.quantity.unwrap_or_else(one));
    query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by: Vec::new() });
}

fn name_set(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => name_select(select),
        SetExpr::SetOperation { left, right, .. } => {
            name_set(left);
            name_set(right);
        }
        _ => {}
    }
}

fn name_select(select: &mut Select) {
    let mut taken: Vec<String> = Vec::with_capacity(select.projection.len());
    // Which may be one of those that the star stands for.
    let star = select
        .projection
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    for item in &mut select.projection {
        let is_column = |expr: &Expr| matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let (name, expr, is_plain, is_own) = match item {
            SelectItem::UnnamedExpr(expr) => {
                (output_name(expr), expr.clone(), is_column(expr), is_column(expr))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let name = alias_name(alias);
                let is_own = is_column(expr) && output_name(expr) == name;
                (name, expr.clone(), true, is_own)
            }
            _ => continue,
        };
        let same = taken.iter().filter(|other| **other == name).count() + usize::from(star && is_own);
        taken.push(name.clone());
        // Which becomes a call, under a name of its own.
        let is_keyword = matches!(&expr, Expr::Identifier(ident) if is_current_schema(ident));
        let alias = match same {
            0 if is_plain && !is_keyword => continue,
            0 => Ident::with_quote('"', name),
            _ => apart(&name, same),
        };
        *item = SelectItem::ExprWithAlias { expr, alias };
    }
}

/// `current_schema`, a keyword that may have no brackets.
pub(crate) fn is_current_schema(ident: &Ident) -> bool {
    ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("current_schema")
}

pub(super) fn alias_name(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// PostgreSQL's `FigureColname`: a column's or function's own name, or, where there is none, a cast's
/// type or `case`; everything else is `?column?`.
fn output_name(expr: &Expr) -> String {
    figure(expr).map_or_else(|| "?column?".to_owned(), Figured::name)
}

/// A name that an expression suggests.
enum Figured {
    /// Of a column, a function, or what is like one.
    Own(String),
    /// Only of its kind: a cast around it knows better.
    Kind(String),
}

impl Figured {
    fn name(self) -> String {
        match self {
            Self::Own(name) | Self::Kind(name) => name,
        }
    }
}

fn figure(expr: &Expr) -> Option<Figured> {
    let own = |name: &str| Some(Figured::Own(name.to_owned()));
    let cast = |inner: Option<Figured>, data_type: &SqlType| match inner {
        Some(Figured::Own(name)) => Some(Figured::Own(name)),
        _ => Some(Figured::Kind(type_name(data_type))),
    };
    match expr {
        Expr::Identifier(ident) => Some(Figured::Own(alias_name(ident))),
        Expr::CompoundIdentifier(idents) => idents.last().map(alias_name).map(Figured::Own),
        Expr::Nested(inner) => figure(inner),
        Expr::Function(function) => function.name.0.last().and_then(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(Figured::Own(alias_name(ident))),
            ObjectNamePart::Function(_) => None,
        }),
        Expr::Cast { expr, data_type, .. } => cast(figure(expr), data_type),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(figure) {
            Some(Figured::Own(name)) => Some(Figured::Own(name)),
            _ => Some(Figured::Kind("case".to_owned())),
        },
        Expr::Extract { .. } => own("extract"),
        Expr::Ceil { .. } => own("ceil"),
        Expr::Floor { .. } => own("floor"),
        Expr::Position { .. } => own("position"),
        Expr::Substring { shorthand: true, .. } => own("substr"),
        Expr::Substring { .. } => own("substring"),
        Expr::Overlay { .. } => own("overlay"),
        Expr::Trim { trim_where, .. } => own(match trim_where {
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::AtTimeZone { .. } => own("timezone"),
        Expr::BinaryOp { op: ast::BinaryOperator::Overlaps, .. } => own("overlaps"),
        Expr::Collate { expr, .. } => figure(expr),
        Expr::Exists { negated: false, .. } => own("exists"),
        Expr::Array(_) => own("array"),
        Expr::Tuple(_) => own("row"),
        Expr::Interval(_) => Some(Figured::Kind("interval".to_owned())),
        Expr::TypedString(typed) => Some(Figured::Kind(type_name(&typed.data_type))),
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.last() {
            Some(AccessExpr::Dot(Expr::Identifier(field))) => Some(Figured::Own(alias_name(field))),
            _ => figure(root),
        },
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.first() {
                Some(SelectItem::UnnamedExpr(expr)) => {
                    figure(expr).map(|figured| Figured::Own(figured.name()))
                }
                Some(SelectItem::ExprWithAlias { alias, .. }) => Some(Figured::Own(alias_name(alias))),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The type's name in PostgreSQL's catalog.
fn type_name(data_type: &SqlType) -> String {
    match data_type {
        SqlType::Boolean | SqlType::Bool => "bool".to_owned(),
        SqlType::SmallInt(_) | SqlType::Int2(_) => "int2".to_owned(),
        SqlType::Int(_) | SqlType::Integer(_) | SqlType::Int4(_) => "int4".to_owned(),
        SqlType::BigInt(_) | SqlType::Int8(_) => "int8".to_owned(),
        SqlType::Real | SqlType::Float4 => "float4".to_owned(),
        SqlType::Double(_) | SqlType::DoublePrecision | SqlType::Float8 | SqlType::Float(_) => {
            "float8".to_owned()
        }
        SqlType::Numeric(_) | SqlType::Decimal(_) | SqlType::Dec(_) => "numeric".to_owned(),
        SqlType::Varchar(_) | SqlType::CharacterVarying(_) | SqlType::CharVarying(_) => "varchar".to_owned(),
        SqlType::Char(_) | SqlType::Character(_) => "bpchar".to_owned(),
        SqlType::Timestamp(_, ast::TimezoneInfo::WithTimeZone | ast::TimezoneInfo::Tz) => {
            "timestamptz".to_owned()
        }
        SqlType::Timestamp(..) => "timestamp".to_owned(),
        SqlType::Time(..) => "time".to_owned(),
        SqlType::Interval { .. } => "interval".to_owned(),
        SqlType::Custom(name, _) => {
            name.0.last().map(|part| part.to_string().to_lowercase()).unwrap_or_default()
        }
        other => other.to_string().to_lowercase(),
    }
}

/// Refuses a statement with a relation that does not exist, at its place, with the name that the
/// user may have meant. Returns the relations.
pub(super) fn check_relations(
    statement: &ast::Statement,
    state: &SessionState,
    context: &Arc<StatementContext>,
    text: &str,
) -> Result<Vec<TableReference>> {
    let mut named = Vec::new();
    let parsed = datafusion::sql::parser::Statement::Statement(Box::new(statement.clone()));
    let references =
        state.resolve_table_references(&parsed).map_err(|error| crate::error::translate(error, text))?;
    let recursive = recursive_names(statement);
    for reference in references {
        let table = reference.table().to_owned();
        if reference.catalog().is_some_and(|name| name != context.session.database) {
            let message = format!("cross-database references are not implemented: \"{reference}\"");
            let mut error = SqlError::new("0A000", message);
            error.position = relation_position(statement, &table, text);
            return Err(error);
        }
        if reference.schema().is_none() && recursive.contains(&table) {
            continue;
        }
        // `FROM generate_series(…)`: its arguments are checked where it is planned.
        if reference.schema().is_none() && state.table_functions().contains_key(&table) {
            continue;
        }
        let schema = state.schema_for_ref(reference.clone());
        if schema.is_ok_and(|schema| schema.table_exist(&table)) {
            named.push(reference);
            continue;
        }
        let shown = match reference.schema() {
            Some(schema) => format!("{schema}.{table}"),
            None => table.clone(),
        };
        let position = relation_position(statement, &table, text);
        if is_called(statement, &table) {
            let mut error = SqlError::new("42883", format!("function {shown} does not exist"));
            error.position = position;
            return Err(error);
        }
        let mut error = SqlError::new("42P01", format!("relation \"{shown}\" does not exist"));
        error.position = position;
        let candidates = match reference.schema() {
            None => visible_names(context),
            Some(schema) => names_within(context, schema),
        };
        if let Some(similar) = similar(&table, candidates.iter().map(String::as_str)) {
            error = error.with_hint(format!("Did you mean \"{similar}\"?"));
        }
        return Err(error);
    }
    Ok(named)
}

/// What `WITH RECURSIVE` names: inside itself it is a relation like any other. Where it is named
/// without being in scope, planning says so.
fn recursive_names(statement: &ast::Statement) -> Vec<String> {
    let recursive = withs(statement).into_iter().filter(|with| with.recursive);
    let tables = recursive.flat_map(|with| with.cte_tables);
    tables.map(|table| alias_name(&table.alias.name)).collect()
}

/// Every table of a WITH.
pub(super) fn common_tables(statement: &ast::Statement) -> Vec<ast::Cte> {
    withs(statement).into_iter().flat_map(|with| with.cte_tables).collect()
}

fn withs(statement: &ast::Statement) -> Vec<ast::With> {
    struct Finder(Vec<ast::With>);
    impl Visitor for Finder {
        type Break = ();

        fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<()> {
            self.0.extend(query.with.clone());
            ControlFlow::Continue(())
        }
    }
    let mut finder = Finder(Vec::new());
    let _ = statement.visit(&mut finder);
    finder.0
}

/// Whether a relation is written with arguments: `FROM f(1)`.
fn is_called(statement: &ast::Statement, table: &str) -> bool {
    struct Finder<'a>(&'a str);
    impl Visitor for Finder<'_> {
        type Break = ();

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table { name, args: Some(_), .. } = factor
                && let Some(ObjectNamePart::Identifier(last)) = name.0.last()
                && alias_name(last) == self.0
            {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }
    statement.visit(&mut Finder(table)).is_break()
}

fn relation_position(statement: &ast::Statement, table: &str, text: &str) -> Option<usize> {
    let mut found = None;
    let _ = ast::visit_relations(statement, |name: &ObjectName| {
        if let Some(ObjectNamePart::Identifier(last)) = name.0.last()
            && alias_name(last) == table
        {
            found = position_of(name.span(), text);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(sql: &str) -> Vec<String> {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
        name_outputs(&mut statements[0]);
        let ast::Statement::Query(query) = &statements[0] else { panic!("a query") };
        let SetExpr::Select(select) = query.body.as_ref() else { panic!("a select") };
        let name = |item: &SelectItem| match item {
            SelectItem::ExprWithAlias { alias, .. } => shown(&alias.value).to_owned(),
            SelectItem::UnnamedExpr(expr) => output_name(expr),
            other => other.to_string(),
        };
        select.projection.iter().map(name).collect()
    }

    #[test]
    fn outputs_are_named_as_postgresql_names_them() {
        for (sql, expected) in [
            ("SELECT 1, 'a', 1 + 1", vec!["?column?", "?column?", "?column?"]),
            ("SELECT count(*), COUNT(a), a AS \"B\"", vec!["count", "count", "B"]),
            ("SELECT '1'::int, a::text, CAST(1 AS bigint)", vec!["int4", "a", "int8"]),
            ("SELECT CASE WHEN a THEN 1 END, true, (a)", vec!["case", "?column?", "a"]),
            ("SELECT t.a, t.a, extract(year FROM ts)", vec!["a", "a", "extract"]),
            ("SELECT (SELECT max(x) FROM u), EXISTS (SELECT 1)", vec!["max", "exists"]),
        ] {
            assert_eq!(names_of(sql), expected, "{sql}");
        }
    }
}
