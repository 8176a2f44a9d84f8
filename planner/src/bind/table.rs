//! `CREATE TABLE` and `ALTER TABLE`: definitions of plain tables.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Field, SchemaRef};
use storage::catalog::{
    CatalogEntry, CatalogObject, Check, Key, KeyKind, PlainTable, TableDefinition, ViewColumn, ViewDefinition,
};
use storage::ids::{ColumnId, ObjectId};
use storage::schema::{Column, ColumnOrigin, ColumnType, PG_TYPE_KEY, TableSchema};

use super::hinted;
use super::layout::{self, Declared};
use crate::error::{Result, SqlError};
use crate::expression::{self, Place};
use crate::query::insert::check_default;
use crate::query::{Engine, Prepared, types};
use crate::rules::{TableRules, scope};
use crate::search_path::SearchPath;
use crate::statement::{
    AlterTable, ColumnValue, CreateTable, CreateTableAs, CreateView, Expression, Layout, Name, TableColumn,
};

/// PostgreSQL's bound on names; longer ones that are made up are cut.
const NAME_BYTES_MAX: usize = 63;

impl Engine {
    /// The definition of a new table with this id: names resolved, expressions checked.
    pub fn table_definition(&self, create: &CreateTable, id: ObjectId) -> Result<PlainTable> {
        let columns = declared(&create.columns);
        if columns.is_empty() {
            return Err(
                SqlError::new("0A000", "a table without columns is not supported").at(create.name.position)
            );
        }
        layout::check_names(&columns, "tables")?;
        let mut schema = TableSchema { version: 1, columns: Vec::new(), next_column_id: 1 };
        for column in &create.columns {
            self.add_column(&mut schema, column)?;
        }
        let mut names = BTreeSet::new();
        let table = create.name.value.as_str();
        let mut checks = Vec::new();
        for (name, expression) in &create.checks {
            let place = Place::Check;
            expression::compile(&expression.text, place, &scope(&schema.columns), self.expression_state())
                .map_err(|error| moved(error, expression))?;
            let made_up = match mentioned(expression, &schema.columns).as_slice() {
                [column] => format!("{table}_{column}_check"),
                _ => format!("{table}_check"),
            };
            let name = constraint_name(name.as_ref(), made_up, &mut names)?;
            checks.push(Check { name, expression: expression.text.clone() });
        }
        let mut keys = Vec::new();
        for key in &create.keys {
            let ids = key.columns.iter().map(|name| match layout::column(&columns, name) {
                Ok((id, _)) => Ok(id),
                Err(mut error) => {
                    error.message = format!("column \"{}\" named in key does not exist", name.value);
                    Err(error)
                }
            });
            let ids = ids.collect::<Result<Vec<_>>>()?;
            let of: Vec<_> = key.columns.iter().map(|name| name.value.as_str()).collect();
            let made_up = match &key.kind {
                KeyKind::Primary => format!("{table}_pkey"),
                KeyKind::Unique => format!("{table}_{}_key", of.join("_")),
                KeyKind::References { .. } => format!("{table}_{}_fkey", of.join("_")),
            };
            if key.kind == KeyKind::Primary {
                for column in schema.columns.iter_mut().filter(|column| ids.contains(&column.id)) {
                    column.not_null = true;
                }
            }
            let name = constraint_name(key.name.as_ref(), made_up, &mut names)?;
            keys.push(Key { name, kind: key.kind.clone(), columns: ids });
        }
        let Layout { partition_by, order_by } = &create.layout;
        let table = TableDefinition {
            id,
            schema,
            partition_by: layout::partition_by(&columns, partition_by.as_ref())?,
            order_by: layout::order_by(&columns, order_by)?,
        };
        Ok(PlainTable { table, checks, keys })
    }

    /// The entry as `action` leaves it. Notices go to the client.
    pub fn alter_table(
        &self,
        entry: &CatalogEntry,
        action: &AlterTable,
        notices: &mut Vec<SqlError>,
    ) -> Result<CatalogEntry> {
        let mut entry = entry.clone();
        let name = entry.name.clone();
        let CatalogObject::Table(table) = &mut entry.object else {
            return Err(SqlError::new("42809", format!("\"{name}\" is not a table")));
        };
        match action {
            AlterTable::Rename(to) => {
                entry.name = to.value.clone();
                return Ok(entry);
            }
            AlterTable::SetSchema(to) => {
                entry.schema = to.value.clone();
                return Ok(entry);
            }
            AlterTable::AddColumn { column, if_not_exists } => {
                if table.table.schema.column(&column.name.value).is_some() {
                    let message =
                        format!("column \"{}\" of relation \"{name}\" already exists", column.name.value);
                    if *if_not_exists {
                        notices.push(SqlError::new("42701", format!("{message}, skipping")));
                        return Ok(entry);
                    }
                    return Err(SqlError::new("42701", message).at(column.name.position));
                }
                if column.not_null || !matches!(column.value, ColumnValue::Given(None)) {
                    let message = "ADD COLUMN with NOT NULL or a value of its own is not supported yet";
                    return Err(SqlError::new("0A000", message)
                        .with_hint("Add the column without, and ALTER COLUMN … SET DEFAULT for rows to come.")
                        .at(column.name.position));
                }
                self.add_column(&mut table.table.schema, column)?;
            }
            AlterTable::DropColumn { name: column, if_exists } => {
                let Some(id) = find(&table.table.schema, &name, column, *if_exists)? else {
                    let message = format!(
                        "column \"{}\" of relation \"{name}\" does not exist, skipping",
                        column.value
                    );
                    notices.push(SqlError::new("00000", message));
                    return Ok(entry);
                };
                let stored_by = &table.table;
                if stored_by.order_by.contains(&id)
                    || stored_by.partition_by.is_some_and(|partitioning| partitioning.column == id)
                {
                    let message =
                        format!("cannot drop column \"{}\": the table is stored by it", column.value);
                    return Err(SqlError::new("2BP01", message).at(column.position));
                }
                if stored_by.schema.columns.len() == 1 {
                    let message = "a table without columns is not supported";
                    return Err(SqlError::new("0A000", message).at(column.position));
                }
                table.keys.retain(|key| !key.columns.contains(&id));
                table.table.schema.columns.retain(|column| column.id != id);
                table.table.schema.version += 1;
            }
            AlterTable::RenameColumn { from, to } => {
                if table.table.schema.column(&from.value).is_none() {
                    let message = format!("column \"{}\" does not exist", from.value);
                    return Err(SqlError::new("42703", message).at(from.position));
                }
                if table.table.schema.column(&to.value).is_some() {
                    let message = format!("column \"{}\" of relation \"{name}\" already exists", to.value);
                    return Err(SqlError::new("42701", message).at(to.position));
                }
                let id = find(&table.table.schema, &name, from, false)?;
                for column in table.table.schema.columns.iter_mut().filter(|column| Some(column.id) == id) {
                    column.name = to.value.clone();
                }
            }
            AlterTable::SetDefault { column, default } => {
                let id = find(&table.table.schema, &name, column, false)?;
                for known in table.table.schema.columns.iter_mut().filter(|known| Some(known.id) == id) {
                    let ColumnOrigin::Inserted { default: value } = &mut known.origin else {
                        let message = format!(
                            "column \"{}\" of relation \"{name}\" has a value of its own",
                            column.value
                        );
                        return Err(SqlError::new("42601", message).at(column.position));
                    };
                    *value = default.as_ref().map(|expression| expression.text.clone());
                    if let Some(expression) = default {
                        check_default(known, self.expression_state())
                            .map_err(|error| moved(error, expression))?;
                    }
                }
            }
        }
        // What expressions name must still be there, under that name.
        TableRules::compile(&name, table, self.expression_state()).map_err(|error| {
            SqlError::new(
                "2BP01",
                format!("cannot alter table \"{name}\" because other objects depend on the column"),
            )
            .with_detail(error.message)
        })?;
        Ok(entry)
    }

    fn add_column(&self, schema: &mut TableSchema, column: &TableColumn) -> Result<()> {
        let origin = match &column.value {
            ColumnValue::Given(default) => {
                ColumnOrigin::Inserted { default: default.as_ref().map(|default| default.text.clone()) }
            }
            ColumnValue::Generated(expression) => {
                ColumnOrigin::Generated { expression: expression.text.clone() }
            }
            ColumnValue::Identity { always } => ColumnOrigin::Identity { always: *always },
        };
        schema.columns.push(Column {
            id: ColumnId(schema.next_column_id),
            name: column.name.value.clone(),
            column_type: column.column_type,
            not_null: column.not_null,
            origin,
            comment: None,
        });
        schema.next_column_id += 1;
        schema.version = schema.version.max(1);
        let Some(added) = schema.columns.last() else { return Ok(()) };
        match &column.value {
            ColumnValue::Given(Some(expression)) => {
                check_default(added, self.expression_state()).map_err(|error| moved(error, expression))
            }
            _ => Ok(()),
        }
    }

    /// The definition of a table for the rows of a query.
    pub fn table_of_query(
        &self,
        create: &CreateTableAs,
        schema: &SchemaRef,
        id: ObjectId,
    ) -> Result<PlainTable> {
        if let Some(extra) = create.columns.get(schema.fields().len()) {
            return Err(SqlError::new("42601", "too many column names were specified").at(extra.position));
        }
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (index, field) in schema.fields().iter().enumerate() {
            let name = create.columns.get(index).cloned();
            let position = create.name.position;
            let name = name.unwrap_or_else(|| Name { value: field.name().clone(), position });
            let column_type = column_type_of(field).ok_or_else(|| {
                let message = format!("column \"{}\" has a type that no table can hold", name.value);
                SqlError::new("0A000", message).with_hint("Cast it, for example to text.")
            })?;
            let value = ColumnValue::Given(None);
            columns.push(TableColumn { name, column_type, not_null: false, value });
        }
        let create = CreateTable {
            name: create.name.clone(),
            persistence: create.persistence,
            if_not_exists: create.if_not_exists,
            columns,
            checks: Vec::new(),
            keys: Vec::new(),
            layout: create.layout.clone(),
        };
        self.table_definition(&create, id)
    }

    /// The definition of a view over a query that was prepared.
    pub fn view_definition(
        &self,
        create: &CreateView,
        query: &Prepared,
        path: &SearchPath,
    ) -> Result<ViewDefinition> {
        if !query.parameters.is_empty() {
            return Err(SqlError::new("42P02", "there is no parameter $1"));
        }
        if let Some(extra) = create.columns.get(query.schema.fields().len()) {
            let message = "CREATE VIEW specifies more column names than columns";
            return Err(SqlError::new("42601", message).at(extra.position));
        }
        let mut names = BTreeSet::new();
        let mut columns = Vec::with_capacity(query.schema.fields().len());
        for (index, field) in query.schema.fields().iter().enumerate() {
            let name =
                create.columns.get(index).map_or_else(|| field.name().clone(), |name| name.value.clone());
            if !names.insert(name.clone()) {
                return Err(SqlError::new("42701", format!("column \"{name}\" specified more than once")));
            }
            columns.push(ViewColumn { name, type_name: types::name_of(field) });
        }
        let mut reads = query.relations.clone();
        reads.sort_unstable();
        reads.dedup();
        Ok(ViewDefinition { query: create.written.clone(), columns, reads, path: path.to_keep() })
    }

    /// Checks the expressions of generated columns, which may name columns behind them.
    pub fn check_generated(&self, create: &CreateTable, table: &PlainTable) -> Result<()> {
        let scope = scope(&table.table.schema.columns);
        for column in &create.columns {
            if let ColumnValue::Generated(expression) = &column.value {
                let place = Place::Generated(column.column_type);
                expression::compile(&expression.text, place, &scope, self.expression_state()).map_err(
                    |mut error| {
                        if error.sqlstate == "42804" {
                            error.message = format!("column \"{}\" {}", column.name.value, error.message);
                            return error.at(column.name.position);
                        }
                        moved(error, expression)
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// The type of a column that holds such values.
fn column_type_of(field: &Field) -> Option<ColumnType> {
    Some(match field.data_type() {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => ColumnType::SmallInt,
        DataType::Int32 | DataType::UInt16 => ColumnType::Integer,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => ColumnType::BigInt,
        DataType::Float32 => ColumnType::Real,
        DataType::Float64 => ColumnType::Double,
        DataType::Decimal128(precision, scale) => {
            ColumnType::Numeric { precision: *precision, scale: *scale }
        }
        // What has more digits than a column holds keeps as many behind the point as PostgreSQL's
        // quotients show.
        DataType::Decimal256(_, scale) => ColumnType::Numeric { precision: 38, scale: (*scale).min(16) },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let name = field.metadata().get(PG_TYPE_KEY).map_or("text", String::as_str);
            let length = |base: &str| name.strip_prefix(base)?.strip_suffix(')')?.parse().ok();
            match (name, length("character varying("), length("character(")) {
                (_, Some(length), _) => ColumnType::Varchar { length },
                (_, _, Some(length)) => ColumnType::Character { length },
                ("uuid", ..) => ColumnType::Uuid,
                ("jsonb", ..) => ColumnType::Jsonb,
                _ => ColumnType::Text,
            }
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => ColumnType::Bytea,
        DataType::Date32 => ColumnType::Date,
        DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(_, None) => ColumnType::Timestamp,
        DataType::Timestamp(_, Some(_)) => ColumnType::TimestampTz,
        DataType::List(element) if matches!(element.data_type(), DataType::Utf8 | DataType::Utf8View) => {
            ColumnType::TextArray
        }
        DataType::Null => ColumnType::Text,
        _ => return None,
    })
}

fn declared(columns: &[TableColumn]) -> Vec<Declared<'_>> {
    let columns = columns.iter();
    columns
        .map(|column| Declared {
            name: &column.name,
            column_type: column.column_type,
            not_null: column.not_null,
        })
        .collect()
}

/// The columns that an expression names, by its words: enough to make up a name.
fn mentioned<'a>(expression: &Expression, columns: &'a [Column]) -> Vec<&'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<String> =
        expression.text.split(|c: char| !is_part(c)).map(str::to_ascii_lowercase).collect();
    columns.iter().map(|column| column.name.as_str()).filter(|name| words.contains(*name)).collect()
}

/// The name that was given, or one that is made up and free.
fn constraint_name(given: Option<&Name>, made_up: String, taken: &mut BTreeSet<String>) -> Result<String> {
    if let Some(name) = given {
        if !taken.insert(name.value.clone()) {
            let message = format!("constraint \"{}\" already exists", name.value);
            return Err(SqlError::new("42710", message).at(name.position));
        }
        return Ok(name.value.clone());
    }
    let mut stem = made_up;
    while stem.len() > NAME_BYTES_MAX - 4 {
        stem.pop();
    }
    let candidates = std::iter::once(stem.clone()).chain((1..).map(|number| format!("{stem}{number}")));
    let mut free = candidates.filter(|name| !taken.contains(name));
    let name = free.next().unwrap_or(stem.clone());
    taken.insert(name.clone());
    Ok(name)
}

/// The column's id; None where there is none and it need not be.
fn find(schema: &TableSchema, table: &str, name: &Name, if_exists: bool) -> Result<Option<ColumnId>> {
    match schema.column(&name.value) {
        Some(column) => Ok(Some(column.id)),
        None if if_exists => Ok(None),
        None => {
            let message = format!("column \"{}\" of relation \"{table}\" does not exist", name.value);
            let names = schema.columns.iter().map(|column| column.name.as_str());
            Err(hinted(SqlError::new("42703", message).at(name.position), &name.value, names))
        }
    }
}

/// An error within an expression, at its place in the statement.
fn moved(mut error: SqlError, expression: &Expression) -> SqlError {
    error.position =
        Some(error.position.map_or(expression.position, |inner| inner + expression.position - 1));
    error
}
