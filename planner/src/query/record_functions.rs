//! `json_to_record` and its like, whose columns the query writes out.
//!
//! | written | becomes |
//! |---|---|
//! | `FROM json_to_record(j) AS x(a int, b json)` | `FROM LATERAL (SELECT (j ->> 'a')::int AS a, (j -> 'b')::json AS b) AS x` |
//! | `FROM jsonb_to_recordset(j) AS x(a int)` | `FROM LATERAL (SELECT (value ->> 'a')::int AS a FROM jsonb_array_elements(j) AS rows) AS x` |
//!
//! PostgreSQL 15, 9.16 (functions-json.html).

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, SelectItem,
    TableAlias, TableFactor, TableFunctionArgs, Value,
};

use super::spelling::{select_from, select_of, take};
use crate::error::{Result, SqlError};

/// Rewrites a call in FROM.
///
/// Errors: 42601 where the columns are not written out.
pub(super) fn rewrite(table: &mut TableFactor) -> Result<()> {
    let (name, arguments, alias) = match table {
        TableFactor::Table { name, args: Some(list), alias, .. } => (&*name, &mut list.args, alias),
        TableFactor::Function { name, args, alias, .. } => (&*name, args, alias),
        _ => return Ok(()),
    };
    let Some(function) = name.0.last().and_then(|part| part.as_ident()) else { return Ok(()) };
    let (of, elements) = match function.value.to_ascii_lowercase().as_str() {
        "json_to_record" => (DataType::JSON, None),
        "jsonb_to_record" => (DataType::JSONB, None),
        "json_to_recordset" => (DataType::JSON, Some("json_array_elements")),
        "jsonb_to_recordset" => (DataType::JSONB, Some("jsonb_array_elements")),
        _ => return Ok(()),
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] = arguments.as_mut_slice() else {
        return Ok(());
    };
    let types = alias.as_ref().map(|alias| alias.columns.iter().map(|column| column.data_type.clone()));
    let Some(types) = types.and_then(Iterator::collect::<Option<Vec<_>>>).filter(|types| !types.is_empty())
    else {
        let message = "a column definition list is required for functions returning \"record\"";
        return Err(SqlError::new("42601", message));
    };
    let Some(alias) = alias.as_mut() else { return Ok(()) };
    let columns: Vec<Ident> =
        std::mem::take(&mut alias.columns).into_iter().map(|column| column.name).collect();
    let value = cast(take(value), of);
    let row = match elements {
        Some(_) => Expr::CompoundIdentifier(vec![Ident::new("rows"), Ident::new("value")]),
        None => value.clone(),
    };
    let items = columns.into_iter().zip(types);
    let items = items.map(|(column, data_type)| SelectItem::ExprWithAlias {
        expr: member(row.clone(), &column, data_type),
        alias: column,
    });
    let subquery = match elements {
        Some(elements) => select_from(items.collect(), rows(elements, value)),
        None => select_of(items.collect()),
    };
    let alias = Some(alias.clone());
    *table = TableFactor::Derived { lateral: true, subquery: Box::new(subquery), alias, sample: None };
    Ok(())
}

/// The member of an object, as a value of a type.
fn member(row: Expr, column: &Ident, data_type: DataType) -> Expr {
    let is_json = matches!(data_type, DataType::JSON | DataType::JSONB);
    let name = if column.quote_style.is_some() { column.value.clone() } else { column.value.to_lowercase() };
    let member = Expr::BinaryOp {
        left: Box::new(row),
        op: if is_json { BinaryOperator::Arrow } else { BinaryOperator::LongArrow },
        right: Box::new(Expr::value(Value::SingleQuotedString(name))),
    };
    cast(member, data_type)
}

fn cast(value: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(Expr::Nested(Box::new(value))),
        data_type,
        array: false,
        format: None,
    }
}

fn rows(elements: &str, value: Expr) -> TableFactor {
    TableFactor::Table {
        name: ObjectName::from(vec![Ident::new(elements)]),
        alias: Some(TableAlias { explicit: true, name: Ident::new("rows"), columns: Vec::new(), at: None }),
        args: Some(TableFunctionArgs {
            args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(value))],
            settings: None,
        }),
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}
