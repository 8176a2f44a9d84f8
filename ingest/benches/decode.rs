//! How fast JSON becomes Arrow: telemetry events of ten columns and 217 bytes on one core.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ingest::decode::{Decoder, Message};
use storage::catalog::{
    KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition, TimestampFormat,
};
use storage::dead_letters;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

/// As many as the pipeline puts into a batch.
const ROWS: usize = 8_192;

fn source() -> SourceDefinition {
    let columns = [
        ("ts", ColumnType::TimestampTz),
        ("metric", ColumnType::Text),
        ("cluster", ColumnType::Text),
        ("topic", ColumnType::Text),
        ("partition", ColumnType::Integer),
        ("region", ColumnType::Text),
        ("value", ColumnType::Double),
        ("bytes", ColumnType::BigInt),
        ("status", ColumnType::Integer),
        ("user_id", ColumnType::BigInt),
    ];
    let columns: Vec<_> = (1..)
        .zip(columns)
        .map(|(id, (name, column_type))| Column {
            id: ColumnId(id),
            name: name.to_owned(),
            column_type,
            not_null: false,
            origin: ColumnOrigin::Field { path: None },
            comment: None,
        })
        .collect();
    SourceDefinition {
        table: TableDefinition {
            id: ObjectId(1),
            schema: TableSchema { version: 1, next_column_id: 11, columns },
            partition_by: None,
            order_by: Vec::new(),
        },
        dead_letters: dead_letters::definition(ObjectId(2)),
        endpoint: KafkaEndpoint::Brokers("localhost:9092".to_owned()),
        topic: "telemetry".to_owned(),
        topic_id: String::new(),
        start_offsets: BTreeMap::new(),
        format: SourceFormat::Json { timestamp_format: TimestampFormat::EpochMilliseconds },
        filter: None,
        options: SourceOptions::default(),
        paused: false,
    }
}

/// Events whose values vary as a cluster's telemetry does; a small generator of our own, so that
/// every run sees the same.
fn messages(iso: bool) -> Vec<Vec<u8>> {
    let metrics = ["request_latency_ms", "bytes_in_per_sec", "cpu_utilization", "under_replicated"];
    let regions = ["eu-central-1", "us-east-1", "ap-southeast-2"];
    let mut state = 42_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    (0..ROWS)
        .map(|index| {
            let milliseconds = index as u64 * 20;
            let ts = if iso {
                let (second, milli) = (milliseconds / 1000 % 60, milliseconds % 1000);
                format!("\"2026-11-21T10:{:02}:{second:02}.{milli:03}Z\"", milliseconds / 60_000 % 60)
            } else {
                (1_795_255_200_000 + milliseconds).to_string()
            };
            format!(
                "{{\"ts\":{ts},\"metric\":\"{}\",\"cluster\":\"lkc-{:05}\",\"topic\":\"orders.events.v{}\",\
                 \"partition\":{},\"region\":\"{}\",\"value\":{}.{:04},\"bytes\":{},\"status\":{},\
                 \"user_id\":{}}}",
                metrics[next(4) as usize],
                next(500),
                next(40),
                next(64),
                regions[next(3) as usize],
                next(1000),
                next(10_000),
                next(10_000_000),
                [200, 404, 500][next(3) as usize],
                100_000_000 + next(900_000_000),
            )
            .into_bytes()
        })
        .collect()
}

fn decode(decoder: &mut Decoder, messages: &[Vec<u8>]) -> usize {
    for (offset, value) in (0..).zip(messages) {
        let message = Message {
            value: Some(value),
            key: None,
            partition: Partition(0),
            offset: Offset(offset),
            timestamp_micros: None,
            headers: &[],
        };
        decoder.append(&message).expect("every event is well-formed");
    }
    decoder.finish().num_rows()
}

fn benchmark(criterion: &mut Criterion) {
    for (name, iso) in [("telemetry, ISO-8601", true), ("telemetry, epoch", false)] {
        let messages = messages(iso);
        let bytes: usize = messages.iter().map(Vec::len).sum();
        println!("{name}: {} bytes an event", bytes / messages.len());
        let mut decoder = Decoder::new(&source());
        let mut rows = criterion.benchmark_group(name);
        rows.throughput(Throughput::ElementsAndBytes { elements: ROWS as u64, bytes: bytes as u64 });
        rows.bench_function("decode", |bencher| {
            bencher.iter(|| black_box(decode(&mut decoder, &messages)));
        });
        rows.finish();
    }
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
