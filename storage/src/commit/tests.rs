use object_store::memory::InMemory;

use super::*;
use crate::catalog::CatalogEntry;
use crate::clock::SystemClock;
use crate::ids::{ObjectId, Offset, Partition};
use crate::testing::source;

fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

async fn open(store: &Arc<dyn ObjectStore>, seed: u64) -> CommitLog {
    let clock = Arc::new(SystemClock);
    CommitLog::open(Arc::clone(store), &StorageConfig::default(), clock, seed).await.unwrap().0
}

fn create(id: u32, name: &str) -> Vec<Action> {
    let object = source(ObjectId(id), ObjectId(id + 1));
    let entry = CatalogEntry {
        id: ObjectId(id),
        schema: "public".to_owned(),
        name: name.to_owned(),
        version: 1,
        comment: None,
        object,
    };
    vec![Action::PutCatalog { entry: Arc::new(entry), expected_version: None }]
}

fn advance(source: u32, from: i64, to: i64) -> Vec<Action> {
    let (source, partition) = (ObjectId(source), Partition(1));
    vec![Action::AdvanceOffsets { source, partition, from: Offset(from), to: Offset(to) }]
}

#[tokio::test]
async fn concurrent_requests_share_a_record_and_a_bad_one_is_refused_alone() {
    let log = open(&memory(), 1).await;
    log.commit(create(1, "orders")).await.unwrap();
    let before = log.manifest().position;
    let requests = [
        advance(1, 0, 5),
        advance(1, 7, 9),
        advance(1, 5, 6),
        create(3, "orders"),
        create(5, "views"),
        advance(9, 0, 1),
    ];
    let results = futures::future::join_all(requests.map(|request| log.commit(request))).await;
    let accepted: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true, false, true, false]);
    assert!(matches!(results[1], Err(StorageError::OffsetConflict { stored: Offset(5), .. })));
    assert!(matches!(results[3], Err(StorageError::NameTaken { .. })));
    assert_eq!(log.manifest().position.0, before.0 + 1, "one record");
    for manifest in results.iter().flatten() {
        assert_eq!(manifest.position, log.manifest().position);
    }
    assert_eq!(log.manifest().offsets(ObjectId(1), Partition(1)).unwrap().committed, Offset(6));
}

#[tokio::test]
async fn nothing_to_commit_writes_nothing() {
    let log = open(&memory(), 1).await;
    let position = log.settle().await.unwrap().position;
    assert_eq!(position, log.commit(Vec::new()).await.unwrap().position);
}

#[tokio::test]
async fn a_newer_owner_fences_the_older() {
    let store = memory();
    let old = open(&store, 1).await;
    old.commit(create(1, "orders")).await.unwrap();
    let new = open(&store, 2).await;
    let refused = old.commit(advance(1, 0, 5)).await;
    assert!(matches!(refused, Err(StorageError::Fenced { ours: 1, newer: 2 })), "{refused:?}");
    assert!(matches!(old.confirm_lease().await, Err(StorageError::Fenced { .. })));
    new.confirm_lease().await.unwrap();
    new.commit(advance(1, 0, 5)).await.unwrap();
    assert!(old.commit(advance(1, 5, 6)).await.is_err(), "for good");
}

#[tokio::test]
async fn a_segment_that_does_not_exist_is_not_committed() {
    use crate::segment::{SegmentFormatKind, SegmentMeta, TimeChunk};
    let store = memory();
    let log = open(&store, 1).await;
    log.commit(create(1, "orders")).await.unwrap();
    let segment = Arc::new(SegmentMeta {
        id: crate::ids::SegmentId(7),
        table: ObjectId(1),
        chunk: TimeChunk::Whole,
        format: SegmentFormatKind::Vortex,
        schema_version: 1,
        rows: 1,
        bytes: 3,
        crc32c: 0,
        sorted_by: Vec::new(),
        time_range: None,
        columns: Default::default(),
    });
    let add = || vec![Action::AddSegment(Arc::clone(&segment))];
    let refused = log.commit(add()).await;
    assert!(matches!(refused, Err(StorageError::Invariant { invariant: "REACH", .. })), "{refused:?}");
    store.put(&segment.path(), "xx".into()).await.unwrap();
    assert!(log.commit(add()).await.is_err(), "too short");
    store.put(&segment.path(), "xxx".into()).await.unwrap();
    assert_eq!(log.commit(add()).await.unwrap().segments(ObjectId(1)).len(), 1);
}

#[tokio::test]
async fn a_log_is_recovered_from_its_checkpoint_or_the_one_before() {
    let store = memory();
    let log = open(&store, 1).await;
    log.commit(create(1, "orders")).await.unwrap();
    log.checkpoint().await.unwrap();
    let first = log.manifest().position;
    log.commit(advance(1, 0, 5)).await.unwrap();
    log.checkpoint().await.unwrap();
    let last = log.manifest();
    log.commit(advance(1, 5, 8)).await.unwrap();
    let recovered = log::recover(&store).await.unwrap();
    assert_eq!((recovered.checkpoint, &recovered.manifest), (last.position, &log.manifest()));

    // A checkpoint that rots is passed over as long as the log reaches back behind it.
    store.put(&checkpoint::checkpoint_path(last.position), "rot".into()).await.unwrap();
    let recovered = log::recover(&store).await.unwrap();
    assert_eq!((recovered.checkpoint, &recovered.manifest), (first, &log.manifest()));
    store.delete(&log::record_path(last.position)).await.unwrap();
    let error = log::recover(&store).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "names the cause: {error}");
}
