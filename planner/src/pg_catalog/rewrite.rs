//! SQL of tools that look into the catalog, as the engine can plan it.
//!
//! | written | becomes |
//! |---|---|
//! | `a OPERATOR(pg_catalog.~) b` | `a ~ b` |
//! | `x COLLATE pg_catalog.default` | `x`: there is one collation, by bytes |
//! | `pg_catalog.f(x)` | `f(x)` |
//! | `x::pg_catalog.text`, `x::oid` | the engine's own type |
//! | `'t'::regclass`, `c.oid::regclass` | a function that finds the OID, or the name |
//! | a subquery of one value that depends on the row around it | `(SELECT max(…) …)` |
//! | `(SELECT array_agg(a.atttypid) …)` | the same as `oid[]` |
//! | psql's subqueries for a column's default and collation | a function, and null |
//! | a query of tables that are always empty | no rows |
//! | `ARRAY(SELECT …)` | an empty array: only what does not exist here is asked for so |
//!
//! What depends on the shape of a subquery, as the last six do, is only done to statements that
//! read nothing but the catalog: there the shape is that of a tool, and not a user's own.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, GroupByExpr, Ident, JoinOperator, ObjectName, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor, TimezoneInfo, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use super::empty;
use crate::query::names::is_current_schema;

/// Rewrites a statement in place. Result columns have got their names before. `schemas` tells how many schemas
/// `current_schemas(…)` names.
pub(crate) fn rewrite(statement: &mut Statement, schemas: &dyn Fn(bool) -> usize) {
    let of_catalog = reads_catalog_only(statement);
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter { of_catalog, schemas });
}

/// Whether there are relations and all of them are the catalog's.
fn reads_catalog_only(statement: &Statement) -> bool {
    let mut relations = Relations::default();
    statement.visit(&mut relations).is_continue() && relations.count > 0
}

/// Breaks off at a relation that is not the catalog's.
#[derive(Default)]
struct Relations {
    /// The names that `WITH` gives.
    own: Vec<String>,
    count: usize,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own.extend(tables.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        self.count += 1;
        let names: Vec<_> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let is_catalogs = match names.as_slice() {
            [table] if self.own.contains(&table.value) => true,
            [table] => empty::TABLES
                .iter()
                .chain(super::TABLES)
                .any(|known| known.name.eq_ignore_ascii_case(&table.value)),
            [schema, _] => ["pg_catalog", "information_schema"]
                .iter()
                .any(|known| schema.value.eq_ignore_ascii_case(known)),
            _ => false,
        };
        if is_catalogs { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

struct Rewriter<'a> {
    of_catalog: bool,
    schemas: &'a dyn Fn(bool) -> usize,
}

impl VisitorMut for Rewriter<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        if self.of_catalog && empty_selects(&mut query.body) {
            query.order_by = None;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if self.of_catalog
            && let Expr::Subquery(query) = expr
        {
            if let Some(replacement) = known_subquery(query) {
                *expr = replacement;
            } else {
                at_most_one_row(query);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::BinaryOp { op: BinaryOperator::PGCustomBinaryOperator(path), .. } => {
                if let Some(plain) = path.last().and_then(|name| operator(name)) {
                    set_operator(expr, plain);
                }
            }
            Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right }
                if self.of_catalog && is_call(right, "make_array") =>
            {
                *expr = take(left);
            }
            Expr::Collate { expr: inner, collation } => {
                let name = collation.0.last().and_then(|part| part.as_ident());
                if matches!(
                    name.map(|name| name.value.as_str()),
                    Some("default" | "C" | "POSIX" | "ucs_basic")
                ) {
                    *expr = take(inner);
                }
            }
            Expr::Function(function) => {
                if function.name.0.len() == 2 && is_pg_catalog(&function.name) {
                    function.name.0.remove(0);
                }
                // Of a function in FROM, whose arguments the engine wants to be constants.
                if is_named(&function.name, "array_upper")
                    && let FunctionArguments::List(list) = &function.args
                    && let [first, _] = list.args.as_slice()
                    && let Some(implied) = of_implied_schemas(&first.to_string())
                {
                    let schemas = (self.schemas)(implied);
                    *expr = Expr::Value(Value::Number(schemas.to_string(), false).into());
                    return ControlFlow::Continue(());
                }
                let is_array = is_named(&function.name, "array");
                if self.of_catalog && is_array && matches!(function.args, FunctionArguments::Subquery(_)) {
                    *expr = call("make_array", Vec::new());
                }
            }
            // A keyword, which is written without brackets too.
            Expr::Identifier(name) if is_current_schema(name) => {
                *expr = call("current_schema", Vec::new());
            }
            Expr::Cast { expr: inner, data_type, .. } => {
                if let Some(replacement) = cast(inner, data_type) {
                    *expr = replacement;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// An operator that was written with its schema.
fn operator(name: &str) -> Option<BinaryOperator> {
    Some(match name {
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "!~~" => BinaryOperator::PGNotLikeMatch,
        "=" => BinaryOperator::Eq,
        "<>" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        "<=" => BinaryOperator::LtEq,
        ">" => BinaryOperator::Gt,
        ">=" => BinaryOperator::GtEq,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "||" => BinaryOperator::StringConcat,
        _ => return None,
    })
}

fn set_operator(expr: &mut Expr, plain: BinaryOperator) {
    if let Expr::BinaryOp { op, .. } = expr {
        *op = plain;
    }
}

/// A cast to a type that only the catalog has; None leaves it as it is. Types are taken off their
/// schema in place.
fn cast(inner: &mut Box<Expr>, data_type: &mut DataType) -> Option<Expr> {
    let name = match data_type {
        DataType::Custom(name, _) => name.0.last()?.as_ident()?.value.to_ascii_lowercase(),
        DataType::Regclass => "regclass".to_owned(),
        DataType::Text if is_call(inner, "regclassin") || is_call(inner, "to_regclass") => {
            return Some(call("regclassout", vec![take(inner)]));
        }
        DataType::Text if is_call(inner, "regtypein") => return Some(call("regtypeout", vec![take(inner)])),
        _ => return None,
    };
    let is_literal = matches!(&**inner, Expr::Value(value)
        if matches!(value.value, Value::SingleQuotedString(_) | Value::Placeholder(_)));
    match (name.as_str(), is_literal) {
        ("regclass", true) => return Some(call("regclassin", vec![take(inner)])),
        ("regclass", false) => return Some(call("regclassout", vec![take(inner)])),
        ("regtype", true) => return Some(call("regtypein", vec![take(inner)])),
        ("regtype", false) => return Some(call("regtypeout", vec![take(inner)])),
        ("regnamespace", false) => return Some(call("regnamespaceout", vec![take(inner)])),
        // The number behind the name.
        ("oid" | "int4" | "int8", _) if is_call(inner, "regclassin") || is_call(inner, "regtypein") => {
            return Some(take(inner));
        }
        _ => {}
    }
    *data_type = match name.as_str() {
        "oid" | "xid" | "int8" => DataType::BigInt(None),
        "int4" => DataType::Integer(None),
        "int2" => DataType::SmallInt(None),
        "bool" => DataType::Boolean,
        "float8" => DataType::DoublePrecision,
        "timestamptz" => DataType::Timestamp(None, TimezoneInfo::WithTimeZone),
        // Functions are called by their plain names.
        "regproc" | "regprocedure" => {
            if let Expr::Value(value) = inner.as_mut()
                && let Value::SingleQuotedString(name) = &mut value.value
            {
                *name = name.trim_start_matches("pg_catalog.").to_owned();
            }
            DataType::Text
        }
        "text" | "name" | "char" | "cstring" | "regrole" => DataType::Text,
        _ => return None,
    };
    None
}

/// psql's subqueries of `\d`, which depend on the row around them.
fn known_subquery(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let tables: Vec<_> = select.from.iter().filter_map(|table| table_name(&table.relation)).collect();
    match tables.as_slice() {
        // … pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef
        [table] if table == "pg_attrdef" => {
            let written = select.selection.as_ref()?.to_string();
            let path = ["pg_catalog.pg_attribute", "pg_attribute", "a"]
                .into_iter()
                .find(|path| written.contains(&format!(" {path}.attrelid")))?;
            let column = |name: &str| {
                let path = path.split('.').chain([name]).map(Ident::new);
                Expr::CompoundIdentifier(path.collect())
            };
            Some(call("pg_column_default", vec![column("attrelid"), column("attnum")]))
        }
        // The collation of a column where it is not that of its type: there is only one.
        [first, ..] if first == "pg_collation" => Some(null_text()),
        // The type below a domain: there are no domains.
        [_] if query.with.is_some() && query.to_string().contains("typbasetype") => Some(null_text()),
        [table] if empty::TABLES.iter().any(|empty| empty.name == table) => Some(null_text()),
        _ => None,
    }
}

/// The engine plans a subquery that depends on the row around it only where it sees that it gives
/// one row. Those of tools ask for what is unique: the largest is the one.
fn at_most_one_row(query: &mut Query) {
    let is_plain = query.limit_clause.is_none() && query.with.is_none() && query.order_by.is_none();
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let no_groups = GroupByExpr::Expressions(Vec::new(), Vec::new());
    if !is_plain || select.group_by != no_groups {
        return;
    }
    if let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
        select.projection.as_mut_slice()
    {
        if !is_aggregate(expr) {
            *expr = call("max", vec![std::mem::replace(expr, Expr::Value(Value::Null.into()))]);
        } else if let Expr::Function(function) = expr
            && is_named(&function.name, "array_agg")
            && function.args.to_string().contains("typid")
        {
            *expr = call("oids", vec![std::mem::replace(expr, Expr::Value(Value::Null.into()))]);
        }
    }
}

/// Makes selects from tables that are always empty select nothing; whether all of them were such.
fn empty_selects(body: &mut SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => empty_select(select),
        SetExpr::SetOperation { left, right, .. } => {
            let left = empty_selects(left);
            empty_selects(right) && left
        }
        _ => false,
    }
}

fn empty_select(select: &mut Select) -> bool {
    if !reads_nothing(select) || !is_plain(select) {
        return false;
    }
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let name = match &*expr {
                Expr::Identifier(name) => Some(name.clone()),
                Expr::CompoundIdentifier(names) => names.last().cloned(),
                _ => None,
            };
            *expr = Expr::Value(Value::Null.into());
            if let (SelectItem::UnnamedExpr(expr), Some(alias)) = (&*item, name) {
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
    }
    select.from.clear();
    select.selection = Some(Expr::Value(Value::Boolean(false).into()));
    true
}

fn reads_nothing(select: &Select) -> bool {
    select.from.iter().any(|table| {
        is_always_empty(&table.relation)
            || table.joins.iter().any(|join| {
                let is_inner = matches!(
                    join.join_operator,
                    JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_)
                );
                is_inner && is_always_empty(&join.relation)
            })
    })
}

fn is_plain(select: &Select) -> bool {
    select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => !is_aggregate(expr),
        _ => false,
    })
}

fn is_aggregate(expr: &Expr) -> bool {
    const AGGREGATES: [&str; 8] =
        ["count", "sum", "min", "max", "string_agg", "array_agg", "bool_and", "bool_or"];
    matches!(expr, Expr::Function(function) if AGGREGATES.iter().any(|name| is_named(&function.name, name)))
}

fn table_name(table: &TableFactor) -> Option<String> {
    let TableFactor::Table { name, args: None, .. } = table else { return None };
    if name.0.len() == 2 && !is_pg_catalog(name) || name.0.len() > 2 {
        return None;
    }
    Some(name.0.last()?.as_ident()?.value.to_ascii_lowercase())
}

/// Whether a call of `current_schemas` asks for those that are searched besides the path's.
fn of_implied_schemas(call: &str) -> Option<bool> {
    call.strip_prefix("current_schemas(")?.strip_suffix(')')?.parse().ok()
}

fn is_always_empty(table: &TableFactor) -> bool {
    if let TableFactor::Derived { subquery, .. } = table {
        let SetExpr::Select(select) = subquery.body.as_ref() else { return false };
        return reads_nothing(select) && is_plain(select);
    }
    table_name(table).is_some_and(|name| empty::TABLES.iter().any(|table| table.name == name))
}

fn is_pg_catalog(name: &ObjectName) -> bool {
    let schema = name.0.first().and_then(|part| part.as_ident());
    schema.is_some_and(|schema| schema.value.eq_ignore_ascii_case("pg_catalog"))
}

fn is_named(name: &ObjectName, expected: &str) -> bool {
    let last = name.0.last().and_then(|part| part.as_ident());
    last.is_some_and(|name| name.value.eq_ignore_ascii_case(expected))
}

fn is_call(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Function(function) if is_named(&function.name, name))
}

fn take(expr: &mut Box<Expr>) -> Expr {
    std::mem::replace(expr.as_mut(), Expr::Value(Value::Null.into()))
}

fn null_text() -> Expr {
    Expr::Cast {
        kind: sqlparser::ast::CastKind::Cast,
        expr: Box::new(Expr::Value(Value::Null.into())),
        data_type: DataType::Text,
        array: false,
        format: None,
    }
}

/// A call of a function.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::parse;

    fn rewritten(sql: &str) -> String {
        match parse(sql).unwrap().remove(0).statement {
            crate::statement::Statement::Query(mut query) => {
                rewrite(&mut query.ast, &|implied| if implied { 2 } else { 1 });
                query.ast.to_string()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_tools_write() {
        for (sql, expected) in [
            (
                "SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(x)$' COLLATE pg_catalog.default",
                "SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname ~ '^(x)$'",
            ),
            ("SELECT pg_catalog.lower(name)", "SELECT lower(name)"),
            ("SELECT NULL::pg_catalog.text", "SELECT NULL::TEXT"),
            ("SELECT 'a.b'::regclass::oid", "SELECT regclassin('a.b')"),
            ("SELECT c.oid::pg_catalog.regclass", "SELECT regclassout(c.oid)"),
            ("SELECT reloftype::pg_catalog.regtype::pg_catalog.text", "SELECT regtypeout(reloftype)::TEXT"),
            (
                "SELECT oid, pg_get_expr(pol.x, 1), NULL AS n FROM pg_catalog.pg_policy pol WHERE x = any(y) ORDER BY x",
                "SELECT NULL AS oid, NULL, NULL AS n WHERE false",
            ),
            ("SELECT count(*) FROM pg_index", "SELECT count(*) FROM pg_index"),
            ("SELECT n FROM a LEFT JOIN pg_index ON true", "SELECT n FROM a LEFT JOIN pg_index ON true"),
            (
                "SELECT r.rolname, ARRAY(SELECT b FROM pg_auth_members m) AS m FROM pg_roles r",
                "SELECT r.rolname, make_array() AS m FROM pg_roles r",
            ),
            ("SELECT ARRAY(SELECT a FROM t)", "SELECT ARRAY(SELECT a FROM t)"),
            (
                "SELECT (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) FROM pg_attribute a",
                "SELECT pg_column_default(a.attrelid, a.attnum) FROM pg_attribute a",
            ),
            (
                "SELECT CASE WHEN x THEN (SELECT pg_get_expr(pg_attrdef.adbin, 1) AS e FROM pg_catalog.pg_attrdef WHERE adrelid = pg_catalog.pg_attribute.attrelid) END FROM pg_catalog.pg_attribute",
                "SELECT CASE WHEN x THEN pg_column_default(pg_catalog.pg_attribute.attrelid, pg_catalog.pg_attribute.attnum) END FROM pg_catalog.pg_attribute",
            ),
            (
                "SELECT (SELECT typname FROM pg_type t WHERE t.oid = a.atttypid) FROM pg_attribute a",
                "SELECT (SELECT max(typname) FROM pg_type t WHERE t.oid = a.atttypid) FROM pg_attribute a",
            ),
            (
                "WITH RECURSIVE w AS (SELECT (SELECT array_agg(atttypid) FROM pg_attribute) FROM pg_type) SELECT * FROM w",
                "WITH RECURSIVE w AS (SELECT (SELECT oids(array_agg(atttypid)) FROM pg_attribute) FROM pg_type) SELECT * FROM w",
            ),
            // A user's own query keeps its meaning.
            (
                "SELECT (SELECT a FROM t WHERE t.b = u.b) FROM u",
                "SELECT (SELECT a FROM t WHERE t.b = u.b) FROM u",
            ),
        ] {
            assert_eq!(rewritten(sql), expected, "{sql}");
        }
    }
}
