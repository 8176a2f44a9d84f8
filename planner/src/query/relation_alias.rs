//! Relations that are written with their schema: `SELECT t.* FROM s.t` calls by its name alone what the engine
//! knows by both.

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Ident, ObjectName, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, VisitMut,
    VisitorMut,
};

use super::names::alias_name;

/// Gives relations that are written with their schema an alias, their own name: `SELECT t.* FROM s.t`. Not where
/// two of one name are told apart by their schemas.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    struct Namer;
    impl VisitorMut for Namer {
        type Break = ();

        fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
            let tables = select.from.iter_mut().flat_map(|from| {
                std::iter::once(&mut from.relation)
                    .chain(from.joins.iter_mut().map(|join| &mut join.relation))
            });
            let mut tables: Vec<_> = tables.collect();
            let names: Vec<_> = tables.iter().map(|table| own_name(table)).collect();
            let mut aliased = Vec::new();
            for (table, name) in tables.iter_mut().zip(&names) {
                let TableFactor::Table { name: written, alias: alias @ None, args: None, .. } = table else {
                    continue;
                };
                let Some(name) = name.clone().filter(|_| is_of_people(written)) else { continue };
                if names.iter().flatten().filter(|other| **other == name).count() == 1 {
                    let ident = Ident::with_quote('"', &name);
                    let own = ast::TableAlias { explicit: true, name: ident, columns: Vec::new(), at: None };
                    *alias = Some(own);
                    aliased.push(name);
                }
            }
            for item in &mut select.projection {
                let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), _) = item
                else {
                    continue;
                };
                let last = of.0.last().and_then(|part| part.as_ident()).map(alias_name);
                if last.is_some_and(|last| aliased.contains(&last)) {
                    of.0.drain(..of.0.len() - 1);
                }
            }
            ControlFlow::Continue(())
        }
    }
    let _ = statement.visit(&mut Namer);
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

/// Whether a relation is written with a schema other than PostgreSQL's own.
fn is_of_people(name: &ObjectName) -> bool {
    let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident()).map(alias_name);
    let schema = parts.nth(1);
    schema.is_some_and(|schema| !matches!(schema.as_str(), "pg_catalog" | "information_schema"))
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn a_relation_is_called_by_its_name() {
        for (sql, expected) in [
            ("SELECT t.*, s.t.a FROM s.t", "SELECT t.*, s.t.a FROM s.t AS \"t\""),
            ("SELECT s.t.* FROM d.s.t JOIN u ON true", "SELECT t.* FROM d.s.t AS \"t\" JOIN u ON true"),
            // Told apart by their schemas, or by names that they have.
            ("SELECT a.t.x FROM a.t, b.t", "SELECT a.t.x FROM a.t, b.t"),
            ("SELECT 1 FROM a.t AS x", "SELECT 1 FROM a.t AS x"),
            ("SELECT 1 FROM a.t, u AS t", "SELECT 1 FROM a.t, u AS t"),
            // What tools write is known by its shape.
            ("SELECT * FROM pg_catalog.pg_class", "SELECT * FROM pg_catalog.pg_class"),
        ] {
            let dialect = sqlparser::dialect::PostgreSqlDialect {};
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
            rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), expected);
        }
    }
}
