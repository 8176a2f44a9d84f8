//! `tidegate.sources`, `source_partitions` and `segments`: what is stored, and how it gets there.

use std::collections::BTreeSet;

use storage::catalog::PUBLIC;
use storage::ids::Partition;
use storage::segment::TimeChunk;

use super::table::{Definition, Kind, Rows, Value, row};
use crate::catalog::StatementContext;
use crate::pg_catalog::relations::{StoredRelation, stored};

/// The name of what is stored, with its schema where that is not the usual one.
fn shown(schema: &str, name: &str) -> String {
    if schema == PUBLIC { name.to_owned() } else { format!("{schema}.{name}") }
}

/// One row a source.
pub(crate) static SOURCES: Definition = Definition {
    name: "sources",
    oid: 13_001,
    columns: &[
        ("name", Kind::Text),
        ("topic", Kind::Text),
        ("state", Kind::Text),
        ("error", Kind::Text),
        ("error_since", Kind::TimestampTz),
        ("rows_per_second", Kind::Float8),
        ("dead_letters", Kind::Int8),
        ("freshness", Kind::Interval),
    ],
    rows: sources,
};

fn sources(context: &StatementContext) -> Rows {
    let catalog = context.snapshot.catalog();
    catalog
        .sources()
        .map(|(entry, source)| {
            let status = context.database.statuses().read(entry.id);
            row![
                shown(&entry.schema, &entry.name),
                source.topic.as_str(),
                status.state.to_string(),
                status.error,
                status.error_since_micros,
                status.rows_per_second,
                status.dead_letters,
                status.freshness_micros,
            ]
        })
        .collect()
}

/// One row a partition of a source's topic.
pub(crate) static SOURCE_PARTITIONS: Definition = Definition {
    name: "source_partitions",
    oid: 13_002,
    columns: &[
        ("source", Kind::Text),
        ("partition", Kind::Int4),
        ("start_offset", Kind::Int8),
        ("committed_offset", Kind::Int8),
        ("visible_offset", Kind::Int8),
        ("high_watermark", Kind::Int8),
        ("lag", Kind::Int8),
        ("last_event_time", Kind::TimestampTz),
    ],
    rows: source_partitions,
};

fn source_partitions(context: &StatementContext) -> Rows {
    let mut rows = Rows::new();
    for (entry, source) in context.snapshot.catalog().sources() {
        let offsets = context.snapshot.offsets(entry.id);
        let status = context.database.statuses().read(entry.id);
        // A partition is known by its offsets, by the definition, or only by its consumer yet.
        let known = offsets.keys().chain(source.start_offsets.keys()).chain(status.partitions.keys());
        for partition in known.copied().collect::<BTreeSet<Partition>>() {
            let start = source.start_offsets.get(&partition).copied().unwrap_or_default();
            let (start, committed, visible) = match offsets.get(&partition) {
                Some(at) => (at.start, at.committed, at.visible),
                None => (start, start, start),
            };
            let status = status.partitions.get(&partition).copied().unwrap_or_default();
            let lag = status.high_watermark.map(|high| (high.0 - visible.0).max(0));
            rows.push(row![
                shown(&entry.schema, &entry.name),
                partition.0,
                start.0,
                committed.0,
                visible.0,
                status.high_watermark.map(|high| high.0),
                lag,
                status.last_event_time_micros,
            ]);
        }
    }
    rows
}

/// One row a segment, of sources and of their dead letters.
pub(crate) static SEGMENTS: Definition = Definition {
    name: "segments",
    oid: 13_003,
    columns: &[
        ("table_name", Kind::Text),
        ("segment", Kind::Text),
        ("chunk", Kind::Text),
        ("chunk_start", Kind::TimestampTz),
        ("rows", Kind::Int8),
        ("bytes", Kind::Int8),
        ("min_time", Kind::TimestampTz),
        ("max_time", Kind::TimestampTz),
        ("schema_version", Kind::Int4),
        ("path", Kind::Text),
    ],
    rows: segments,
};

fn segments(context: &StatementContext) -> Rows {
    let mut rows = Rows::new();
    for StoredRelation { name, entry, table, .. } in stored(context) {
        for segment in context.snapshot.segments(table.id).iter() {
            let chunk_start = match segment.chunk {
                TimeChunk::Start(micros) => Value::Int(micros),
                TimeChunk::Whole | TimeChunk::Overflow => Value::Null,
            };
            rows.push(row![
                shown(&entry.schema, &name),
                segment.id.to_string(),
                segment.chunk.directory(),
                chunk_start,
                segment.rows,
                segment.bytes,
                segment.time_range.map(|(min, _)| min),
                segment.time_range.map(|(_, max)| max),
                segment.schema_version,
                segment.path().to_string(),
            ]);
        }
    }
    rows
}
