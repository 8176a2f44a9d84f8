//! Relations that are written with their schema: `SELECT t.*, s.t.a FROM s.t`.
//!
//! The engine takes `s.t.a` for a column of whatever is called `t` and is nearest, and `t.*` for none of `s.t`. So
//! such a relation gets an alias, its own name or, where others of the statement have that too, one apart; and what
//! names it takes the alias. (PostgreSQL 15, 7.2.1.2.)

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TableFactor, VisitMut, VisitorMut,
};

use super::names::{alias_name, apart};
use crate::catalog::{BY_SEGMENT, PATH, REST};
use crate::error::{Result, SqlError, finished};

/// Rewrites a statement. Error: 42P09 where a name means several relations of one FROM.
pub(super) fn rewrite(statement: &mut ast::Statement) -> Result<()> {
    let mut namer = Namer { counts: HashMap::new(), scopes: Vec::new(), entered: Vec::new(), aliases: 0 };
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Counter(&mut namer.counts));
    finished(VisitMut::visit(statement, &mut namer))
}

/// How often each name is that of a relation.
struct Counter<'a>(&'a mut HashMap<String, usize>);

impl VisitorMut for Counter<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            *self.0.entry(alias_name(&table.alias.name)).or_default() += 1;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Self::Break> {
        if let Some(name) = own_name(table) {
            *self.0.entry(name).or_default() += 1;
        }
        ControlFlow::Continue(())
    }
}

/// A relation of a FROM.
struct Relation {
    /// As it was written; None where an alias hides it.
    schema: Option<String>,
    name: String,
    /// The alias that it got.
    called: Option<Ident>,
}

struct Namer {
    counts: HashMap<String, usize>,
    /// Of the queries and selects about what is visited.
    scopes: Vec<Vec<Relation>>,
    /// Of those queries: whether the scope of their select is still to be met.
    entered: Vec<bool>,
    aliases: usize,
}

impl VisitorMut for Namer {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        // Its ORDER BY names the relations of its select.
        let scope = match query.body.as_mut() {
            SetExpr::Select(select) => Some(self.enter(select)),
            _ => None,
        };
        self.entered.push(scope.is_some());
        self.scopes.push(scope.unwrap_or_default());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<SqlError> {
        self.entered.pop();
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        let is_entered = self.entered.last_mut().is_some_and(std::mem::take);
        let scope = if is_entered { Vec::new() } else { self.enter(select) };
        self.scopes.push(scope);
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), _) = item {
                let path: Option<Vec<Ident>> = of.0.iter().map(|part| part.as_ident().cloned()).collect();
                match path.map(|path| self.called(&path)).transpose() {
                    Ok(Some(Some(alias))) => *of = ObjectName::from(vec![alias]),
                    Ok(_) => {}
                    Err(error) => return ControlFlow::Break(error),
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<SqlError> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let Some((column, path)) = parts.split_last()
        {
            match self.called(path) {
                Ok(Some(alias)) => *parts = vec![alias, column.clone()],
                Ok(None) => {}
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }
}

impl Namer {
    /// Gives the relations of a FROM that are written with their schema an alias.
    fn enter(&mut self, select: &mut Select) -> Vec<Relation> {
        let mut scope = Vec::new();
        let tables = select.from.iter_mut().flat_map(|from| {
            std::iter::once(&mut from.relation).chain(from.joins.iter_mut().map(|join| &mut join.relation))
        });
        for table in tables {
            let Some(name) = own_name(table) else { continue };
            let TableFactor::Table { name: written, alias: alias @ None, args: None, .. } = table else {
                scope.push(Relation { schema: None, name, called: None });
                continue;
            };
            let schema = schema_of(written);
            let called = schema.as_ref().map(|_| {
                if self.counts.get(&name).is_none_or(|count| *count < 2) {
                    return Ident::with_quote('"', &name);
                }
                self.aliases += 1;
                apart(&name, self.aliases)
            });
            *alias = called.clone().map(|name| ast::TableAlias {
                explicit: true,
                name,
                columns: Vec::new(),
                at: None,
            });
            scope.push(Relation { schema, name, called });
        }
        scope
    }

    /// The alias of the nearest relation that this path names, where it got one.
    fn called(&self, path: &[Ident]) -> Result<Option<Ident>> {
        let Some((table, schemas)) = path.split_last() else { return Ok(None) };
        let (table, schema) = (alias_name(table), schemas.last().map(alias_name));
        for scope in self.scopes.iter().rev() {
            let is_meant = |relation: &&Relation| {
                relation.name == table && (schema.is_none() || relation.schema == schema)
            };
            let mut meant = scope.iter().filter(is_meant);
            let Some(first) = meant.next() else { continue };
            if meant.next().is_some() {
                let message = format!("table reference \"{table}\" is ambiguous");
                return Err(SqlError::new("42P09", message));
            }
            return Ok(first.called.clone());
        }
        Ok(None)
    }
}

/// The name by which columns call a relation.
fn own_name(table: &TableFactor) -> Option<String> {
    match table {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(alias_name(&alias.name))
        }
        TableFactor::Table { name, .. } => name.0.last()?.as_ident().map(alias_name),
        _ => None,
    }
}

/// The schema that a relation is written with; None for PostgreSQL's own, which are known by the shape of what tools
/// write.
fn schema_of(name: &ObjectName) -> Option<String> {
    let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident()).map(alias_name);
    let schema = parts.nth(1)?;
    let schema = [BY_SEGMENT, REST].iter().find_map(|rows| schema.strip_prefix(rows)).unwrap_or(&schema);
    (!["pg_catalog", "information_schema", PATH].contains(&schema)).then(|| schema.to_owned())
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn a_relation_is_called_by_its_name() {
        for (sql, expected) in [
            ("SELECT t.*, s.t.a FROM s.t", "SELECT \"t\".*, \"t\".a FROM s.t AS \"t\""),
            ("SELECT s.t.* FROM d.s.t JOIN u ON true", "SELECT \"t\".* FROM d.s.t AS \"t\" JOIN u ON true"),
            (
                "SELECT a.t.x FROM a.t, b.t ORDER BY b.t.x",
                "SELECT \"t|1\".x FROM a.t AS \"t|1\", b.t AS \"t|2\" ORDER BY \"t|2\".x",
            ),
            (
                "SELECT 1 FROM a.t WHERE EXISTS (SELECT 1 FROM b.t WHERE t.x = a.t.x)",
                "SELECT 1 FROM a.t AS \"t|1\" WHERE EXISTS (SELECT 1 FROM b.t AS \"t|2\" WHERE \"t|2\".x = \"t|1\".x)",
            ),
            (
                "SELECT 1 FROM a.t WHERE EXISTS (SELECT 1 FROM t WHERE t.x = a.t.x)",
                "SELECT 1 FROM a.t AS \"t|1\" WHERE EXISTS (SELECT 1 FROM t WHERE t.x = \"t|1\".x)",
            ),
            ("SELECT 1 FROM a.t AS x", "SELECT 1 FROM a.t AS x"),
            ("SELECT t.x FROM a.u, b.v AS t", "SELECT t.x FROM a.u AS \"u\", b.v AS t"),
            // What tools write is known by its shape.
            ("SELECT * FROM pg_catalog.pg_class", "SELECT * FROM pg_catalog.pg_class"),
        ] {
            let dialect = sqlparser::dialect::PostgreSqlDialect {};
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
            rewrite(&mut statements[0]).unwrap();
            assert_eq!(statements[0].to_string().replace('\u{1}', "|"), expected);
        }
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        let mut twice = sqlparser::parser::Parser::parse_sql(&dialect, "SELECT t.x FROM a.t, b.t").unwrap();
        assert_eq!(rewrite(&mut twice[0]).unwrap_err().sqlstate, "42P09");
    }
}
