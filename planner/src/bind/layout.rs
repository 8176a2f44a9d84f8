//! What a table's clauses say of its columns.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use storage::catalog::TimePartitioning;
use storage::ids::ColumnId;
use storage::schema::ColumnType;

use super::hinted;
use crate::error::{Result, SqlError};
use crate::statement::Name;

/// PostgreSQL's bound, which clients may count on.
const COLUMNS_MAX: usize = 1_600;

/// A column as it was declared. The first of a new table has id 1.
#[derive(Debug)]
pub(super) struct Declared<'a> {
    pub(super) name: &'a Name,
    pub(super) column_type: ColumnType,
    pub(super) not_null: bool,
}

/// No name twice, and not too many.
pub(super) fn check_names(columns: &[Declared<'_>], tables: &str) -> Result<()> {
    if columns.len() > COLUMNS_MAX {
        return Err(SqlError::new("54011", format!("{tables} can have at most {COLUMNS_MAX} columns")));
    }
    let mut names = BTreeSet::new();
    for column in columns {
        if !names.insert(&column.name.value) {
            let message = format!("column \"{}\" specified more than once", column.name.value);
            return Err(SqlError::new("42701", message).at(column.name.position));
        }
    }
    Ok(())
}

/// The column that a clause names, with its id.
pub(super) fn column<'a>(columns: &'a [Declared<'a>], name: &Name) -> Result<(ColumnId, &'a Declared<'a>)> {
    let found = (1..).zip(columns).find(|(_, column)| column.name.value == name.value);
    found.map(|(number, column)| (ColumnId(number), column)).ok_or_else(|| {
        let message = format!("column \"{}\" does not exist", name.value);
        let names = columns.iter().map(|column| column.name.value.as_str());
        hinted(SqlError::new("42703", message).at(name.position), &name.value, names)
    })
}

/// `PARTITION BY`.
pub(super) fn partition_by(
    columns: &[Declared<'_>],
    written: Option<&(NonZeroU64, Name)>,
) -> Result<Option<TimePartitioning>> {
    let Some((interval_micros, name)) = written else { return Ok(None) };
    let (id, Declared { column_type, .. }) = column(columns, name)?;
    if !column_type.is_timestamp() {
        let message =
            format!("column \"{}\" is of type {column_type}, which can't be partitioned by time", name.value);
        return Err(SqlError::new("42804", message)
            .with_hint("Use a column of type timestamptz or timestamp.")
            .at(name.position));
    }
    Ok(Some(TimePartitioning { column: id, interval_micros: *interval_micros }))
}

/// `ORDER BY`.
pub(super) fn order_by(columns: &[Declared<'_>], names: &[Name]) -> Result<Vec<ColumnId>> {
    let mut ids = Vec::new();
    for name in names {
        let (id, Declared { column_type, .. }) = column(columns, name)?;
        if ids.contains(&id) {
            let message = format!("column \"{}\" specified more than once", name.value);
            return Err(SqlError::new("42701", message).at(name.position));
        }
        // Their stored form does not sort as the type does.
        if matches!(column_type, ColumnType::Jsonb | ColumnType::TextArray) {
            let message = format!("ORDER BY a column of type {column_type} is not supported");
            return Err(SqlError::new("0A000", message).at(name.position));
        }
        ids.push(id);
    }
    Ok(ids)
}
