//! `FROM jsonb_array_elements(x) AS e`: `e` is the row, and since the function gives one value, the value.
//!
//! Its column is called `value`. `SELECT e ->> 'a'` is `SELECT e.value ->> 'a'`, and `SELECT e` has the name `e`.
//!
//! <https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-USAGE>

use sqlparser::ast::{Expr, Ident, Query, SelectItem, SetExpr, TableFactor};

use super::{own, rows};

/// Rewrites the names of such rows in a query.
pub(super) fn rewrite(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let tables = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    let rows: Vec<Row> = tables.filter_map(row).collect();
    if rows.is_empty() {
        return;
    }
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(Expr::Identifier(name)) = item
            && rows.iter().any(|row| row.is(name))
        {
            let (expr, alias) = (Expr::Identifier(name.clone()), name.clone());
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
    own::visit(query, 1, |expr| {
        if let Expr::Identifier(name) = expr
            && let Some(row) = rows.iter().find(|row| row.is(name))
        {
            *expr = Expr::CompoundIdentifier(vec![name.clone(), row.value.clone()]);
        }
    });
}

struct Row {
    alias: Ident,
    value: Ident,
}

impl Row {
    fn is(&self, name: &Ident) -> bool {
        let folded = |ident: &Ident| match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => ident.value.to_lowercase(),
        };
        folded(name) == folded(&self.alias)
    }
}

fn row(table: &TableFactor) -> Option<Row> {
    let (TableFactor::Table { name, args: Some(_), alias: Some(alias), with_ordinality: false, .. }
    | TableFactor::Function { name, alias: Some(alias), with_ordinality: false, .. }) = table
    else {
        return None;
    };
    let value = match alias.columns.as_slice() {
        [] => Ident::new(rows::value_name(name)?),
        [column] => column.name.clone(),
        _ => return None,
    };
    let row = Row { alias: alias.name.clone(), value };
    (!row.is(&row.value)).then_some(row)
}
