//! Publishing, flushing, dropping, resetting and reopening, with every row accounted for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use storage::StorageError;
use storage::catalog::{CatalogEntry, SourceOptions};
use storage::config::StorageConfig;
use storage::database::CatalogChange;
use storage::hot::{HotUnit, OffsetRange};
use storage::ids::{ObjectId, Offset, Partition};
use storage::snapshot::PartitionOffsets;
use storage::status::SourceState;

use crate::fixture::{FlakyStore, assert_exactly_once, create_source, open, open_with, range, unit, visible};

fn store() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

fn offsets(start: i64, committed: i64, visible: i64) -> PartitionOffsets {
    PartitionOffsets { start: Offset(start), committed: Offset(committed), visible: Offset(visible) }
}

fn entry(database: &storage::Database, id: ObjectId) -> CatalogEntry {
    CatalogEntry::clone(&database.snapshot().catalog().entries[&id])
}

#[tokio::test]
async fn units_are_visible_at_once_and_segments_take_their_place() {
    let database = open(&store()).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    let mut changes = database.changes();
    database.publish(unit(source, 0, 10..50)).unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    database.publish(unit(source, 1, 0..250)).unwrap();
    database.publish(unit(source, 0, 50..60)).unwrap();

    let hot = database.snapshot();
    assert_exactly_once(&database, &hot, source).await;
    assert_eq!(hot.offsets(source)[&Partition(0)], offsets(10, 10, 60));
    assert_eq!(hot.segments(source).len(), 0);

    let position = database.flush(source).await.unwrap();
    let stored = database.snapshot();
    assert_eq!(Some(stored.position()), position);
    assert_exactly_once(&database, &stored, source).await;
    assert_eq!(stored.offsets(source)[&Partition(0)], offsets(10, 60, 60));
    assert_eq!(stored.offsets(source)[&Partition(1)], offsets(0, 250, 250));
    assert_eq!(stored.hot(source).rows, 0);
    // Three hours of rows, all dead letters in one day.
    let dead_letters = stored.catalog().table("public", "s_dead_letters").unwrap().1.id;
    assert_eq!((stored.segments(source).len(), stored.segments(dead_letters).len()), (3, 1));
    assert_eq!(database.flush(source).await.unwrap(), None);

    // The older snapshot still shows what it showed, and its memory is counted.
    assert_exactly_once(&database, &hot, source).await;
    assert!(database.hot_bytes() > 0);
    assert_eq!(database.live_manifests().len(), 2);
    drop(hot);
    assert_eq!(database.hot_bytes(), 0);
    assert_eq!(database.live_manifests().len(), 1);
}

#[tokio::test]
async fn a_unit_continues_what_is_visible_or_is_refused() {
    let database = open(&store()).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    let refused = |unit: HotUnit, invariant: &str| match database.publish(unit).unwrap_err() {
        StorageError::Invariant { invariant: found, .. } => assert_eq!(found, invariant),
        other => panic!("{other}"),
    };
    refused(unit(source, 0, 0..20), "PREFIX");
    refused(unit(source, 0, 11..20), "PREFIX");
    refused(unit(source, 2, 1..2), "PREFIX");
    database.publish(unit(source, 0, 10..20)).unwrap();
    refused(unit(source, 0, 10..20), "PREFIX");
    refused(unit(source, 0, 19..21), "PREFIX");
    let backwards = OffsetRange { next: Offset(15), ..range(0, 20..21) };
    refused(HotUnit { ranges: vec![backwards], ..unit(source, 0, 20..21) }, "PREFIX");
    let mut swapped = unit(source, 0, 20..30);
    std::mem::swap(&mut swapped.rows, &mut swapped.dead_letters);
    refused(swapped, "SCHEMA");
    database.flush(source).await.unwrap();
    refused(unit(source, 0, 10..20), "PREFIX");
    database.publish(unit(source, 0, 20..30)).unwrap();
    database.publish(unit(source, 2, 0..5)).unwrap();
    let error = database.publish(unit(ObjectId(99), 0, 0..1)).unwrap_err();
    assert!(matches!(error, StorageError::NoSuchObject { id: ObjectId(99) }), "{error}");
    assert_exactly_once(&database, &database.snapshot(), source).await;
}

#[tokio::test]
async fn offsets_without_rows_are_committed_too() {
    let database = open(&store()).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    let filtered =
        HotUnit { source, ranges: vec![range(0, 10..90), range(1, 0..5)], rows: None, dead_letters: None };
    database.publish(filtered).unwrap();
    assert!(database.flush(source).await.unwrap().is_some());
    let snapshot = database.snapshot();
    assert_eq!(snapshot.offsets(source)[&Partition(0)], offsets(10, 90, 90));
    assert_eq!(snapshot.offsets(source)[&Partition(1)], offsets(0, 5, 5));
    assert_eq!(snapshot.segments(source).len(), 0);
}

#[tokio::test]
async fn after_a_crash_reading_goes_on_where_the_log_stands() {
    let store = store();
    let database = open(&store).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    database.publish(unit(source, 0, 10..150)).unwrap();
    database.flush(source).await.unwrap();
    database.publish(unit(source, 0, 150..200)).unwrap();
    database.publish(unit(source, 1, 0..30)).unwrap();
    drop(database);

    let database = open(&store).await;
    let snapshot = database.snapshot();
    assert_eq!(snapshot.offsets(source)[&Partition(0)], offsets(10, 150, 150));
    assert_eq!(snapshot.offsets(source)[&Partition(1)], offsets(0, 0, 0));
    assert_exactly_once(&database, &snapshot, source).await;
    assert!(database.new_object_id() > source);
    database.publish(unit(source, 0, 150..210)).unwrap();
    database.publish(unit(source, 1, 0..10)).unwrap();
    assert_exactly_once(&database, &database.snapshot(), source).await;
    database.close().await.unwrap();
    let error = database.publish(unit(source, 1, 10..20)).unwrap_err();
    assert!(matches!(error, StorageError::ShuttingDown), "{error}");
    drop(database);

    let database = open(&store).await;
    assert_eq!(database.snapshot().offsets(source)[&Partition(0)], offsets(10, 210, 210));
    assert_exactly_once(&database, &database.snapshot(), source).await;
}

#[tokio::test]
async fn a_dropped_source_takes_its_rows_along() {
    let database = open(&store()).await;
    let dropped = create_source(&database, "dropped", SourceOptions::default()).await;
    let kept = create_source(&database, "kept", SourceOptions::default()).await;
    for source in [dropped, kept] {
        database.publish(unit(source, 0, 10..40)).unwrap();
        database.flush(source).await.unwrap();
        database.publish(unit(source, 0, 40..60)).unwrap();
    }
    let before = database.snapshot();
    database.change_catalog(CatalogChange::Drop { id: dropped, version: 1 }).await.unwrap();
    let after = database.snapshot();
    assert_eq!((after.hot(dropped).rows, after.segments(dropped).len()), (0, 0));
    assert!(after.offsets(dropped).is_empty());
    assert!(matches!(database.publish(unit(dropped, 0, 60..61)), Err(StorageError::NoSuchObject { .. })));
    assert!(matches!(database.flush(dropped).await, Err(StorageError::NoSuchObject { .. })));
    assert_exactly_once(&database, &after, kept).await;
    assert_exactly_once(&database, &before, dropped).await;
}

#[tokio::test]
async fn a_reset_moves_offsets_and_keeps_what_is_stored() {
    let database = open(&store()).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    database.publish(unit(source, 0, 10..40)).unwrap();
    let reset = CatalogChange::Reset {
        entry: entry(&database, source),
        offsets: vec![(Partition(0), Offset(1000)), (Partition(5), Offset(7))],
    };
    database.change_catalog(reset).await.unwrap();
    let snapshot = database.snapshot();
    assert_eq!(snapshot.offsets(source)[&Partition(0)], offsets(1000, 1000, 1000));
    assert_eq!(snapshot.offsets(source)[&Partition(1)], offsets(0, 0, 0));
    assert_eq!(snapshot.offsets(source)[&Partition(5)], offsets(7, 7, 7));
    assert_eq!(entry(&database, source).version, 2);
    assert!(database.publish(unit(source, 0, 40..50)).is_err());
    database.publish(unit(source, 0, 1000..1010)).unwrap();
    let found = visible(&database, &database.snapshot(), source).await.unwrap();
    assert_eq!(found[&0], (10..40).chain(1000..1010).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failed_flush_loses_nothing_and_is_tried_again() {
    let flaky = Arc::new(FlakyStore::default());
    let store: Arc<dyn ObjectStore> = Arc::clone(&flaky) as _;
    let database = open(&store).await;
    let options = SourceOptions { flush_interval: Duration::from_millis(1), ..SourceOptions::default() };
    let source = create_source(&database, "s", options).await;
    flaky.full.store(true, Ordering::Relaxed);
    database.publish(unit(source, 0, 10..40)).unwrap();
    assert!(matches!(database.flush(source).await, Err(StorageError::Store { .. })));
    database.publish(unit(source, 0, 40..60)).unwrap();
    assert_exactly_once(&database, &database.snapshot(), source).await;

    database.start_background();
    while database.statuses().read(source).error.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let status = database.statuses().read(source);
    assert_eq!((status.state, status.error_since_micros.is_some()), (SourceState::Stalled, true));
    flaky.full.store(false, Ordering::Relaxed);
    while database.snapshot().offsets(source)[&Partition(0)].committed < Offset(60) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_exactly_once(&database, &database.snapshot(), source).await;
    while database.statuses().read(source).error.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn memory_pressure_pauses_and_flushes() {
    let config = StorageConfig { hot_bytes_max: 100_000.try_into().unwrap(), ..StorageConfig::default() };
    let database = open_with(&store(), config).await;
    let source = create_source(&database, "s", SourceOptions::default()).await;
    let mut next = 10;
    while !database.hot_is_full() {
        database.publish(unit(source, 0, next..next + 100)).unwrap();
        next += 100;
    }
    assert!(database.hot_bytes() >= 100_000);
    let pin = database.snapshot();
    database.flush(source).await.unwrap();
    assert!(database.hot_is_full(), "what a snapshot pins still counts");
    drop(pin);
    assert!(!database.hot_is_full());

    database.start_background();
    while !database.hot_is_full() {
        database.publish(unit(source, 0, next..next + 100)).unwrap();
        next += 100;
    }
    while database.hot_is_full() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_exactly_once(&database, &database.snapshot(), source).await;
}

/// SNAPSHOT and PREFIX at every moment: two writers, merges, flushes by size and by hand, and
/// readers that account for every row of what they see.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_everything_once_while_units_are_merged_and_flushed() {
    const UNITS: i64 = 300;
    const ROWS: i64 = 40;
    let database = open(&store()).await;
    let options = SourceOptions { flush_rows: 2500.try_into().unwrap(), ..SourceOptions::default() };
    let source = create_source(&database, "s", options).await;
    database.start_background();
    let mut tasks = tokio::task::JoinSet::new();
    for (partition, start) in [(0, 10), (1, 0)] {
        let database = Arc::clone(&database);
        tasks.spawn(async move {
            for number in 0..UNITS {
                let from = start + number * ROWS;
                database.publish(unit(source, partition, from..from + ROWS)).unwrap();
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
    }
    for _ in 0..2 {
        let database = Arc::clone(&database);
        tasks.spawn(async move {
            let mut last = (Offset(0), Offset(0));
            loop {
                let snapshot = database.snapshot();
                assert_exactly_once(&database, &snapshot, source).await;
                let offsets = snapshot.offsets(source);
                let now = (offsets[&Partition(0)].visible, offsets[&Partition(1)].visible);
                assert!(now.0 >= last.0 && now.1 >= last.1, "{now:?} after {last:?}");
                last = now;
                if now == (Offset(10 + UNITS * ROWS), Offset(UNITS * ROWS)) {
                    return;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
        database.flush(source).await.unwrap();
    }
    let snapshot = database.snapshot();
    // The lease, the source, and more than one flush.
    assert!(snapshot.position().0 >= 4, "{}", snapshot.position());
    assert_eq!(snapshot.hot(source).rows, 0);
    assert_exactly_once(&database, &snapshot, source).await;
    database.close().await.unwrap();
}
