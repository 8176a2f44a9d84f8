//! A source's definition as the statement that makes it.

use std::fmt::Write;

use storage::catalog::{
    Catalog, CatalogObject, KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions,
};
use storage::schema::{Column, ColumnOrigin};

use crate::error::{Result, SqlError};
use crate::statement::{PARTS, TIMESTAMP_FORMATS, quote_identifier, quote_literal, write_path};

/// The statement, for a name as it has to be written. Start offsets are written as numbers: reading begins where it began.
pub(crate) fn source(name: &str, source: &SourceDefinition, catalog: &Catalog) -> Result<String> {
    let schema = &source.table.schema;
    let mut sql = format!("CREATE SOURCE {name} (");
    let written: Vec<_> = schema.columns.iter().filter_map(column).collect();
    for (index, column) in written.iter().enumerate() {
        let comma = if index + 1 < written.len() { "," } else { "" };
        let _ = write!(sql, "\n    {column}{comma}");
    }
    sql.push_str("\n)\nFROM KAFKA ");
    sql.push_str(&kafka(source, catalog)?);
    let SourceFormat::Json { timestamp_format } = &source.format;
    sql.push_str("\nFORMAT JSON");
    if let Some((name, format)) = TIMESTAMP_FORMATS.iter().find(|(_, format)| format == timestamp_format)
        && *format != Default::default()
    {
        let _ = write!(sql, " (TIMESTAMP FORMAT '{name}')");
    }
    let included: Vec<_> = schema.columns.iter().filter_map(included).collect();
    if !included.is_empty() {
        let _ = write!(sql, "\nINCLUDE {}", included.join(", "));
    }
    if let Some(filter) = &source.filter {
        let _ = write!(sql, "\nWHERE {filter}");
    }
    let column_name = |id| schema.column_by_id(id).map(|column| quote_identifier(&column.name));
    if let Some(partitioning) = &source.table.partition_by
        && let Some(column) = column_name(partitioning.column)
    {
        let interval = interval(partitioning.interval_micros.get());
        let _ = write!(sql, "\nPARTITION BY time_bucket('{interval}', {column})");
    }
    let order: Vec<_> = source.table.order_by.iter().filter_map(|id| column_name(*id)).collect();
    if !order.is_empty() {
        let _ = write!(sql, "\nORDER BY ({})", order.join(", "));
    }
    let options = options(&source.options);
    if !options.is_empty() {
        let _ = write!(sql, "\nWITH ({})", options.join(", "));
    }
    Ok(sql)
}

/// A column between the brackets; None for one that `INCLUDE` makes.
fn column(column: &Column) -> Option<String> {
    let mut sql = format!("{} {}", quote_identifier(&column.name), column.column_type);
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    match &column.origin {
        ColumnOrigin::Field { path: None } => {}
        ColumnOrigin::Field { path: Some(path) } => {
            let _ = write!(sql, " FROM {}", quote_literal(&write_path(path)));
        }
        ColumnOrigin::Generated { expression } => {
            let _ = write!(sql, " GENERATED ALWAYS AS ({expression}) STORED");
        }
        // No source has columns of a plain table.
        ColumnOrigin::Include(_) | ColumnOrigin::Inserted { .. } | ColumnOrigin::Identity { .. } => {
            return None;
        }
    }
    Some(sql)
}

fn included(column: &Column) -> Option<String> {
    let ColumnOrigin::Include(part) = &column.origin else { return None };
    let (word, ..) = PARTS.iter().find(|(_, known, ..)| known == part)?;
    Some(match word.eq_ignore_ascii_case(&column.name) && column.name == word.to_ascii_lowercase() {
        true => (*word).to_owned(),
        false => format!("{word} AS {}", quote_identifier(&column.name)),
    })
}

fn kafka(source: &SourceDefinition, catalog: &Catalog) -> Result<String> {
    let mut options = Vec::new();
    let mut connection = String::new();
    match &source.endpoint {
        KafkaEndpoint::Brokers(brokers) => options.push(format!("BROKERS {}", quote_literal(brokers))),
        KafkaEndpoint::Connection(id) => {
            match catalog.entries.get(id).map(|entry| (&entry.name, &entry.object)) {
                Some((name, CatalogObject::Connection(_))) => {
                    connection = format!("CONNECTION {} ", quote_identifier(name));
                }
                _ => return Err(SqlError::new("XX000", format!("connection {id} is not in the catalog"))),
            }
        }
    }
    options.push(format!("TOPIC {}", quote_literal(&source.topic)));
    let contiguous = source.start_offsets.keys().zip(0..).all(|(partition, number)| partition.0 == number);
    if contiguous && !source.start_offsets.is_empty() {
        let offsets: Vec<_> = source.start_offsets.values().map(ToString::to_string).collect();
        options.push(format!("START OFFSET ({})", offsets.join(", ")));
    }
    Ok(format!("{connection}({})", options.join(", ")))
}

/// Only what differs from the defaults: the statement says what was chosen.
fn options(options: &SourceOptions) -> Vec<String> {
    let defaults = SourceOptions::default();
    let mut written = Vec::new();
    if options.flush_rows != defaults.flush_rows {
        written.push(format!("flush_rows = {}", options.flush_rows));
    }
    if options.flush_bytes != defaults.flush_bytes {
        written.push(format!("flush_bytes = '{}'", bytes(options.flush_bytes.get())));
    }
    if options.flush_interval != defaults.flush_interval {
        let micros = u64::try_from(options.flush_interval.as_micros()).unwrap_or(u64::MAX);
        written.push(format!("flush_interval = '{}'", interval(micros)));
    }
    written
}

/// The largest unit that divides it.
fn interval(micros: u64) -> String {
    for (unit, length) in [
        ("day", 86_400_000_000),
        ("hour", 3_600_000_000),
        ("minute", 60_000_000),
        ("second", 1_000_000),
        ("millisecond", 1_000),
    ] {
        if micros.is_multiple_of(length) {
            let count = micros / length;
            return format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
        }
    }
    format!("{micros} microseconds")
}

fn bytes(bytes: u64) -> String {
    for (unit, shift) in [("TB", 40), ("GB", 30), ("MB", 20), ("kB", 10)] {
        if bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    format!("{bytes}B")
}
