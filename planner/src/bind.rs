//! DDL made whole: names resolved against the catalog, expressions checked, defaults filled in.

mod layout;
mod table;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use datafusion::execution::SessionState;
use storage::catalog::{
    Catalog, CatalogObject, ConnectionDefinition, KafkaEndpoint, KafkaSecurity, ObjectName, PUBLIC,
    SourceDefinition, SourceFormat, TableDefinition, TimePartitioning,
};
use storage::dead_letters;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, TableSchema};
use storage::transform::RowTransform;

use crate::error::{Result, SqlError};
use crate::expression;
use crate::query::Engine;
use crate::search_path::SearchPath;
use crate::statement::{CreateSource, Endpoint, Name, QualifiedName, did_you_mean};
use crate::transform::Transform;
use layout::Declared;

/// The dead letters' name must be a name too: 63 bytes at most.
const SOURCE_NAME_BYTES_MAX: usize = 63 - dead_letters::SUFFIX.len();
const DAY_MICROS: NonZeroU64 = NonZeroU64::new(86_400_000_000).expect("not zero");

/// What only the broker and the database know of a new source.
#[derive(Clone, Debug)]
pub struct SourceOrigin {
    /// A new object id for the source.
    pub id: ObjectId,
    /// And one for its dead letters.
    pub dead_letters_id: ObjectId,
    /// The topic's id.
    pub topic_id: String,
    /// Where reading begins.
    pub start_offsets: BTreeMap<Partition, Offset>,
}

impl Engine {
    /// Checks all of `CREATE SOURCE` that needs no broker (names, columns, expressions) and
    /// answers the connection to be probed.
    pub fn check_create_source(
        &self,
        create: &CreateSource,
        name: &ObjectName,
        catalog: &Catalog,
    ) -> Result<ConnectionDefinition> {
        check_source(create, name, catalog, self.expression_state())
    }

    /// The definition of a source that passed [`Engine::check_create_source`].
    pub fn source_definition(
        &self,
        create: &CreateSource,
        catalog: &Catalog,
        origin: SourceOrigin,
    ) -> Result<SourceDefinition> {
        source_definition(create, catalog, origin)
    }

    /// Compiles generated columns and filter; None where there are none.
    pub fn compile_transform(&self, source: &SourceDefinition) -> Result<Option<Arc<dyn RowTransform>>> {
        let transform = Transform::compile(source, self.expression_state())?;
        Ok(transform.map(|transform| Arc::new(transform) as Arc<dyn RowTransform>))
    }

    /// `SHOW CREATE SOURCE`: a statement that makes the same source again.
    pub fn show_create_source(
        &self,
        name: &QualifiedName,
        path: &SearchPath,
        catalog: &Catalog,
    ) -> Result<String> {
        show_create_source(name, path, catalog)
    }
}

fn check_source(
    create: &CreateSource,
    name: &ObjectName,
    catalog: &Catalog,
    state: &SessionState,
) -> Result<ConnectionDefinition> {
    check_name(&create.name, &name.schema, catalog)?;
    layout::check_names(&declared(create), "sources")?;
    partition_by(create)?;
    layout::order_by(&declared(create), &create.order_by)?;
    expression::check(create, state)?;
    match &create.endpoint {
        Endpoint::Brokers(brokers) => {
            Ok(ConnectionDefinition { brokers: brokers.clone(), security: KafkaSecurity::Plaintext })
        }
        Endpoint::Connection(name) => connection(name, catalog).map(|(_, definition)| definition.clone()),
    }
}

fn source_definition(
    create: &CreateSource,
    catalog: &Catalog,
    origin: SourceOrigin,
) -> Result<SourceDefinition> {
    let columns: Vec<Column> = (1..)
        .zip(&create.columns)
        .map(|(number, column)| Column {
            id: ColumnId(number),
            name: column.name.value.clone(),
            column_type: column.column_type,
            not_null: column.not_null,
            origin: column.origin.clone(),
            comment: None,
        })
        .collect();
    let next_column_id = columns.iter().map(|column| column.id.0 + 1).max().unwrap_or(1);
    let table = TableDefinition {
        id: origin.id,
        schema: TableSchema { version: 1, columns, next_column_id },
        partition_by: partition_by(create)?,
        order_by: layout::order_by(&declared(create), &create.order_by)?,
    };
    let endpoint = match &create.endpoint {
        Endpoint::Brokers(brokers) => KafkaEndpoint::Brokers(brokers.clone()),
        Endpoint::Connection(name) => KafkaEndpoint::Connection(connection(name, catalog)?.0),
    };
    Ok(SourceDefinition {
        table,
        dead_letters: dead_letters::definition(origin.dead_letters_id),
        endpoint,
        topic: create.topic.clone(),
        topic_id: origin.topic_id,
        start_offsets: origin.start_offsets,
        format: SourceFormat::Json { timestamp_format: create.timestamp_format },
        filter: create.filter.as_ref().map(|filter| filter.text.clone()),
        options: create.options.clone(),
        paused: false,
    })
}

fn show_create_source(name: &QualifiedName, path: &SearchPath, catalog: &Catalog) -> Result<String> {
    let entry = path.entry(catalog, name);
    match entry.map(|entry| (&entry.schema, &entry.name, &entry.object)) {
        Some((schema, name, CatalogObject::Source(source))) => {
            crate::show_create::source(&path.written(catalog, schema, name), source, catalog)
        }
        Some(_) => Err(SqlError::new("42809", format!("\"{name}\" is not a source"))),
        None => {
            let error = SqlError::new("42P01", format!("source \"{name}\" does not exist"));
            Err(hinted(error, &name.value, catalog.sources().map(|(entry, _)| entry.name.as_str())))
        }
    }
}

fn hinted<'a>(error: SqlError, written: &str, candidates: impl Iterator<Item = &'a str>) -> SqlError {
    match did_you_mean(written, candidates) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// Neither the source's name nor that of its dead letters may be taken.
fn check_name(name: &QualifiedName, schema: &str, catalog: &Catalog) -> Result<()> {
    if name.value.len() > SOURCE_NAME_BYTES_MAX {
        return Err(SqlError::new("42622", format!("name \"{}\" is too long for a source", name.value))
            .with_detail(format!(
                "It has {} bytes. At most {SOURCE_NAME_BYTES_MAX} leave room for \"{}\".",
                name.value.len(),
                dead_letters::SUFFIX
            ))
            .at(name.position));
    }
    let beside = format!("{}{}", name.value, dead_letters::SUFFIX);
    for (taken, detail) in
        [(&name.value, None), (&beside, Some("A source's dead letters are a table with this name."))]
    {
        if catalog.entry(schema, taken).is_some() || catalog.table(schema, taken).is_some() {
            let error =
                SqlError::new("42P07", format!("relation \"{taken}\" already exists")).at(name.position);
            return Err(match detail {
                Some(detail) => error.with_detail(detail),
                None => error,
            });
        }
    }
    Ok(())
}

/// The columns of a source, for what names them.
fn declared(create: &CreateSource) -> Vec<Declared<'_>> {
    let columns = create.columns.iter();
    columns
        .map(|column| Declared {
            name: &column.name,
            column_type: column.column_type,
            not_null: column.not_null,
        })
        .collect()
}

/// What is written, or one day by the first timestamp that is never null, or nothing.
fn partition_by(create: &CreateSource) -> Result<Option<TimePartitioning>> {
    let columns = declared(create);
    if create.partition_by.is_some() {
        return layout::partition_by(&columns, create.partition_by.as_ref());
    }
    let by_default = (1..)
        .zip(&columns)
        .find(|(_, column)| column.not_null && column.column_type.is_timestamp())
        .map(|(number, _)| TimePartitioning { column: ColumnId(number), interval_micros: DAY_MICROS });
    Ok(by_default)
}

fn connection<'a>(name: &Name, catalog: &'a Catalog) -> Result<(ObjectId, &'a ConnectionDefinition)> {
    match catalog.entry(PUBLIC, &name.value).map(|entry| (entry.id, &entry.object)) {
        Some((id, CatalogObject::Connection(definition))) => Ok((id, definition)),
        Some(_) => {
            let message = format!("\"{}\" is not a connection", name.value);
            Err(SqlError::new("42809", message).at(name.position))
        }
        None => {
            let message = format!("connection \"{}\" does not exist", name.value);
            let connections = catalog.entries.values().filter_map(|entry| match entry.object {
                CatalogObject::Connection(_) => Some(entry.name.as_str()),
                _ => None,
            });
            Err(hinted(SqlError::new("42704", message).at(name.position), &name.value, connections))
        }
    }
}

#[cfg(test)]
mod tests;
