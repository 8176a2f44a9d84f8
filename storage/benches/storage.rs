//! What a row costs on its way to disk: publish, merge, encode, flush; and what start-up costs.
//!
//! `cargo bench --workspace --bench storage`; each figure is rows a second, and each stage runs on one
//! core. Before measuring it prints the stored bytes of an event.

mod telemetry;

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use storage::Database;
use storage::clock::SystemClock;
use storage::config::StorageConfig;
use storage::ids::{ObjectId, SegmentId};
use storage::segment::SegmentFormat;
use storage::segment::vortex::VortexSegments;
use telemetry::Telemetry;
use tokio::runtime::Runtime;

/// Rows of a unit: what 3 ms of 350,000 events a second are.
const UNIT_ROWS: usize = 1000;
/// Rows of a flush.
const FLUSH_ROWS: usize = 1_000_000;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

struct Opened {
    database: Arc<Database>,
    source: ObjectId,
    telemetry: Telemetry,
    _directory: tempfile::TempDir,
}

async fn open() -> Opened {
    let directory = tempfile::tempdir().expect("a directory");
    let config =
        StorageConfig { hot_bytes_max: (8 << 30).try_into().expect("not zero"), ..Default::default() };
    let database =
        Database::open_local(directory.path(), config, Arc::new(SystemClock), 1).await.expect("a database");
    let telemetry = Telemetry::new();
    let source = telemetry.create_source(&database).await;
    Opened { database, source, telemetry, _directory: directory }
}

impl Opened {
    fn publish(&mut self, rows: usize) {
        for _ in 0..rows / UNIT_ROWS {
            self.database.publish(self.telemetry.unit(self.source, UNIT_ROWS)).expect("published");
        }
    }
}

fn publish(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("publish");
    group.throughput(Throughput::Elements(UNIT_ROWS as u64));
    group.bench_function("unit", |bencher| {
        bencher.iter_custom(|units| {
            let mut opened = runtime.block_on(open());
            let mut taken = Duration::ZERO;
            for number in 0..units {
                if number % 1000 == 999 {
                    // As many blocks as the background leaves.
                    runtime.block_on(opened.database.merge(opened.source)).expect("merged");
                }
                let unit = opened.telemetry.unit(opened.source, UNIT_ROWS);
                let start = Instant::now();
                opened.database.publish(unit).expect("published");
                taken += start.elapsed();
            }
            taken
        });
    });
    group.finish();
}

fn merge(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("merge");
    group.sample_size(10).throughput(Throughput::Elements(FLUSH_ROWS as u64 / 4));
    group.bench_function("units", |bencher| {
        bencher.iter_batched(
            || {
                let mut opened = runtime.block_on(open());
                opened.publish(FLUSH_ROWS / 4);
                opened
            },
            |opened| {
                runtime.block_on(opened.database.merge(opened.source)).expect("merged");
                opened
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let mut telemetry = Telemetry::new();
    let batches: Vec<_> = (0..4).map(|_| telemetry.batch(8 * 8192)).collect();
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let schema = batches[0].schema();
    let format = VortexSegments::default();
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10).throughput(Throughput::Elements(rows as u64));
    group.bench_function("vortex", |bencher| {
        bencher.iter(|| {
            let mut file = Vec::new();
            let batches = Box::new(batches.clone().into_iter().map(Ok));
            format
                .encode(ObjectId(1), SegmentId(1), Arc::clone(&schema), batches, &mut file)
                .expect("encoded");
            file
        });
    });
    group.finish();
}

fn flush(criterion: &mut Criterion) {
    let runtime = runtime();
    let prepare = || {
        let mut opened = runtime.block_on(open());
        opened.publish(FLUSH_ROWS);
        runtime.block_on(opened.database.merge(opened.source)).expect("merged");
        opened
    };
    let opened = prepare();
    runtime.block_on(opened.database.flush(opened.source)).expect("flushed");
    let segments = opened.database.snapshot().segments(opened.source);
    let bytes: u64 = segments.iter().map(|segment| segment.bytes).sum();
    println!("flush: {:.2} bytes per event in {} segments", bytes as f64 / FLUSH_ROWS as f64, segments.len());

    let mut group = criterion.benchmark_group("flush");
    group.sample_size(10).throughput(Throughput::Elements(FLUSH_ROWS as u64));
    group.bench_function("durable", |bencher| {
        bencher.iter_batched(
            prepare,
            |opened| {
                runtime.block_on(opened.database.flush(opened.source)).expect("flushed");
                opened
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Opening a database of 10,240 segments: 160 commits of 64 days each.
fn startup(criterion: &mut Criterion) {
    const COMMITS: usize = 160;
    const DAYS: usize = 64;
    let runtime = runtime();
    let mut opened = runtime.block_on(open());
    for _ in 0..COMMITS {
        for _ in 0..DAYS {
            opened.database.publish(opened.telemetry.unit(opened.source, 1)).expect("published");
            opened.telemetry.skip_day();
        }
        runtime.block_on(opened.database.flush(opened.source)).expect("flushed");
    }
    let Opened { database, source, _directory: directory, .. } = opened;
    assert_eq!(database.snapshot().segments(source).len(), COMMITS * DAYS);
    let close = |database: Arc<Database>| {
        runtime.block_on(database.close()).expect("closed");
        drop(database);
        // The log's writer gives the lock back a moment later.
        std::thread::sleep(Duration::from_millis(100));
    };
    close(database);

    let mut group = criterion.benchmark_group("startup");
    group.sample_size(10);
    group.bench_function("10,240 segments", |bencher| {
        bencher.iter_custom(|times| {
            let mut taken = Duration::ZERO;
            for _ in 0..times {
                let (clock, config) = (Arc::new(SystemClock), StorageConfig::default());
                let start = Instant::now();
                let opening = Database::open_local(directory.path(), config, clock, 2);
                let database = runtime.block_on(opening).expect("a database");
                taken += start.elapsed();
                close(database);
            }
            taken
        });
    });
    group.finish();
}

criterion_group!(benches, publish, merge, encode, flush, startup);
criterion_main!(benches);
