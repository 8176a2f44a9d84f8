use std::collections::BTreeMap;

use object_store::path::Path;
use proptest::prelude::*;

use super::*;
use crate::catalog::{ConnectionDefinition, KafkaEndpoint, KafkaSecurity, ViewDefinition};
use crate::ids::ColumnId;
use crate::log::codec::{FileKind, decode, encode};
use crate::segment::stats::{Bound, BoundValue, ColumnStats};
use crate::segment::{SegmentFormatKind, TimeChunk};
use crate::testing::source;

const SOURCE: ObjectId = ObjectId(1);
const DEAD_LETTERS: ObjectId = ObjectId(2);
const P0: Partition = Partition(0);
const P7: Partition = Partition(7);

fn entry(id: u32, name: &str, version: u64, object: CatalogObject) -> Arc<CatalogEntry> {
    Arc::new(CatalogEntry {
        id: ObjectId(id),
        schema: "public".to_owned(),
        name: name.to_owned(),
        version,
        comment: None,
        object,
    })
}

fn orders(version: u64) -> Arc<CatalogEntry> {
    entry(1, "orders", version, definition())
}

fn definition() -> CatalogObject {
    source(SOURCE, DEAD_LETTERS)
}

fn connection() -> CatalogObject {
    let brokers = "localhost:9092".to_owned();
    CatalogObject::Connection(ConnectionDefinition { brokers, security: KafkaSecurity::Plaintext })
}

fn put(entry: Arc<CatalogEntry>, expected_version: Option<u64>) -> Action {
    Action::PutCatalog { entry, expected_version }
}

fn segment(id: u128, table: ObjectId) -> Arc<SegmentMeta> {
    Arc::new(SegmentMeta {
        id: SegmentId(id),
        table,
        chunk: TimeChunk::Start(0),
        format: SegmentFormatKind::Vortex,
        schema_version: 1,
        rows: 3,
        bytes: 100,
        crc32c: 7,
        sorted_by: Vec::new(),
        time_range: Some((0, 1)),
        columns: BTreeMap::new(),
    })
}

fn advance(partition: Partition, from: i64, to: i64) -> Action {
    Action::AdvanceOffsets { source: SOURCE, partition, from: Offset(from), to: Offset(to) }
}

fn reset(partition: Partition, from: Option<i64>, to: i64) -> Action {
    Action::ResetOffsets { source: SOURCE, partition, from: from.map(Offset), to: Offset(to) }
}

/// A source with partition 0 at 5, partition 1 at 0, and one segment in each of its tables.
fn manifest() -> Manifest {
    let actions = [
        put(orders(1), None),
        Action::AddSegment(segment(1, SOURCE)),
        Action::AddSegment(segment(2, DEAD_LETTERS)),
    ];
    let lease = record(1, 1, vec![Action::TakeLease { previous: 0 }]);
    let manifest = Manifest::default().apply(&lease).unwrap();
    manifest.apply(&record(2, 1, actions.to_vec())).unwrap()
}

fn record(position: u64, epoch: u64, actions: Vec<Action>) -> Record {
    Record { position: LogPosition(position), epoch, nonce: 0, committed_at_micros: 0, actions }
}

fn refused(actions: &[Action], expected: &str) {
    let error = manifest().with_actions(actions).expect_err(expected);
    assert!(error.to_string().contains(expected), "{error:?} does not say {expected:?}");
}

fn accepted(actions: &[Action]) -> Manifest {
    let manifest = manifest().with_actions(actions).unwrap();
    invariants::manifest_is_sound(&manifest).unwrap();
    manifest
}

#[test]
fn offsets_continue_where_they_stand() {
    let committed = |actions: &[Action], partition| accepted(actions).offsets(SOURCE, partition);
    let at = |start, committed| Some(CommittedOffsets { start: Offset(start), committed: Offset(committed) });
    assert_eq!(committed(&[], P0), at(5, 5));
    assert_eq!(committed(&[], P7), None);
    assert_eq!(committed(&[advance(P0, 5, 9), advance(P0, 9, 9)], P0), at(5, 9));
    assert_eq!(committed(&[advance(P7, 0, 4)], P7), at(0, 4));
    assert_eq!(committed(&[reset(P0, Some(5), 2)], P0), at(2, 2));
    assert_eq!(committed(&[reset(P7, None, 3), advance(P7, 3, 4)], P7), at(3, 4));
    refused(&[advance(P0, 4, 9)], "stand at 5, not at 4");
    refused(&[advance(P0, 6, 9)], "stand at 5, not at 6");
    refused(&[advance(P0, 5, 4)], "would move back");
    refused(&[advance(P7, 1, 2)], "stand at 0, not at 1");
    refused(&[reset(P0, Some(4), 9)], "stand at 5, not at 4");
    refused(&[reset(P0, None, 9)], "stand at 5");
    refused(&[reset(P0, Some(5), -1)], "would be reset to -1");
    let other = Action::AdvanceOffsets { source: ObjectId(9), partition: P0, from: Offset(0), to: Offset(1) };
    refused(&[other], "object 9 does not exist");
}

#[test]
fn segments_come_once_and_go_once() {
    let remove = |id| Action::RemoveSegment { table: SOURCE, segment: SegmentId(id) };
    assert_eq!(accepted(&[Action::AddSegment(segment(3, SOURCE))]).segments(SOURCE).len(), 2);
    assert_eq!(accepted(&[remove(1)]).segments(SOURCE).len(), 0);
    refused(&[Action::AddSegment(segment(1, SOURCE))], "added twice");
    refused(&[Action::AddSegment(segment(3, ObjectId(9)))], "object 9 does not exist");
    refused(&[remove(2)], "is not in the log");
    refused(&[remove(1), remove(1)], "is not in the log");
    let empty = Arc::new(SegmentMeta { rows: 0, ..SegmentMeta::clone(&segment(3, SOURCE)) });
    refused(&[Action::AddSegment(empty)], "has no rows");
}

#[test]
fn the_catalog_keeps_its_rules() {
    let manifest = accepted(&[put(orders(2), Some(1)), put(entry(7, "kafka", 1, connection()), None)]);
    assert_eq!(manifest.catalog.next_object_id, 8);
    refused(&[put(orders(1), None)], "expected version None, found Some(1)");
    refused(&[put(orders(3), Some(2))], "expected version Some(2), found Some(1)");
    refused(&[put(orders(3), Some(1))], "has version 3");
    refused(&[put(entry(7, "orders", 1, connection()), None)], "\"orders\" already exists");
    refused(&[put(entry(7, "orders_dead_letters", 1, connection()), None)], "already exists");
    refused(&[put(entry(2, "c", 1, connection()), None)], "takes an id that is in use");
    let clash = source(ObjectId(7), DEAD_LETTERS);
    refused(&[put(entry(7, "views", 1, clash), None)], "takes an id that is in use");
    refused(&[put(entry(1, "orders", 2, connection()), Some(1))], "would become something else");
    // A name that a source's dead letters would take.
    let taken = [
        put(entry(7, "views_dead_letters", 1, connection()), None),
        put(entry(8, "views", 1, source(ObjectId(8), ObjectId(9))), None),
    ];
    refused(&taken, "\"views_dead_letters\" already exists");
}

#[test]
fn a_connection_in_use_stays() {
    let mut object = source(ObjectId(8), ObjectId(9));
    if let CatalogObject::Source(source) = &mut object {
        source.endpoint = KafkaEndpoint::Connection(ObjectId(7));
    }
    let views = put(entry(8, "views", 1, object), None);
    let kafka = put(entry(7, "kafka", 1, connection()), None);
    let drop = |id| Action::DropCatalog { id: ObjectId(id), version: 1 };
    refused(std::slice::from_ref(&views), "object 7 does not exist");
    refused(&[kafka.clone(), views.clone(), drop(7)], "\"kafka\" is still used by \"views\"");
    accepted(&[kafka, views, drop(8), drop(7)]);
}

#[test]
fn a_dropped_source_leaves_nothing_but_its_numbers() {
    let manifest = accepted(&[Action::DropCatalog { id: SOURCE, version: 1 }]);
    assert!(manifest.catalog.entries.is_empty());
    assert!(manifest.segments.is_empty() && manifest.offsets.is_empty());
    assert_eq!(manifest.catalog.next_object_id, 3);
    refused(&[Action::DropCatalog { id: SOURCE, version: 2 }], "found Some(1)");
    refused(&[Action::DropCatalog { id: ObjectId(9), version: 1 }], "does not exist");
}

#[test]
fn records_follow_each_other_in_number_and_epoch() {
    let manifest = manifest();
    let check = |record: Record, expected: &str| {
        let error = manifest.apply(&record).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    };
    let lease = |previous| vec![Action::TakeLease { previous }];
    assert_eq!(manifest.apply(&record(3, 2, lease(1))).unwrap().epoch, 2);
    check(record(4, 1, vec![]), "log record 00000000000000000003 is missing");
    check(record(2, 1, vec![]), "log record 00000000000000000003 is missing");
    check(record(3, 0, vec![]), "taken over by epoch 1");
    check(record(3, 2, vec![]), "without the lease");
    check(record(3, 1, lease(0)), "taken over by epoch 1");
    check(record(3, 3, lease(1)), "takes the lease");
}

#[test]
fn an_unsound_checkpoint_is_seen() {
    let check = |spoil: fn(&mut Manifest), expected: &str| {
        let mut manifest = manifest();
        spoil(&mut manifest);
        let error = invariants::manifest_is_sound(&manifest).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    };
    check(|manifest| Arc::make_mut(&mut manifest.catalog).next_object_id = 2, "never given out");
    check(|manifest| Arc::make_mut(&mut manifest.catalog).entries.clear(), "does not exist");
    check(
        |manifest| {
            let twice = [segment(1, SOURCE), segment(1, SOURCE)].into();
            Arc::make_mut(&mut manifest.segments).insert(SOURCE, twice);
        },
        "added twice",
    );
    check(
        |manifest| {
            let stray = [segment(3, DEAD_LETTERS)].into();
            Arc::make_mut(&mut manifest.segments).insert(SOURCE, stray);
        },
        "is listed under table 1",
    );
    check(
        |manifest| {
            let back = CommittedOffsets { start: Offset(5), committed: Offset(4) };
            manifest.set_offsets(SOURCE, P0, back);
        },
        "began at 5 and stands at 4",
    );
}

/// Hot ranges as a snapshot would have them, to see PREFIX and SNAPSHOT refuse what they must.
#[test]
fn hot_rows_continue_what_is_committed() {
    use crate::hot::OffsetRange;
    let range = |from, next| OffsetRange { partition: P0, from: Offset(from), next: Offset(next) };
    let end = |ranges: &[OffsetRange]| invariants::hot_continues_committed(SOURCE, Offset(5), ranges).ok();
    assert_eq!(end(&[]), Some(Offset(5)));
    assert_eq!(end(&[range(5, 8), range(8, 8), range(8, 9)]), Some(Offset(9)));
    assert_eq!(end(&[range(4, 8)]), None);
    assert_eq!(end(&[range(6, 8)]), None);
    assert_eq!(end(&[range(5, 8), range(9, 10)]), None);
    assert_eq!(end(&[range(5, 4)]), None);
    assert!(invariants::unit_continues(SOURCE, Offset(5), &range(5, 6)).is_ok());
    assert!(invariants::unit_continues(SOURCE, Offset(5), &range(6, 7)).is_err());
    assert!(invariants::unit_continues(SOURCE, Offset(5), &range(5, 4)).is_err());
}

fn any_bound() -> impl Strategy<Value = Bound> {
    let value = prop_oneof![
        any::<bool>().prop_map(BoundValue::Bool),
        any::<i64>().prop_map(BoundValue::Int),
        any::<f64>().prop_filter("never NaN", |float| !float.is_nan()).prop_map(BoundValue::Float),
        any::<i128>().prop_map(|decimal| BoundValue::Decimal(decimal.to_string())),
        any::<String>().prop_map(BoundValue::Text),
    ];
    (value, any::<bool>()).prop_map(|(value, exact)| Bound { value, exact })
}

fn any_segment() -> impl Strategy<Value = Arc<SegmentMeta>> {
    let chunk = prop_oneof![
        Just(TimeChunk::Whole),
        any::<i64>().prop_map(TimeChunk::Start),
        Just(TimeChunk::Overflow)
    ];
    let stats = (any::<u64>(), proptest::option::of(any_bound()), proptest::option::of(any_bound()))
        .prop_map(|(null_count, min, max)| ColumnStats { null_count, min, max });
    let columns = proptest::collection::btree_map(any::<u32>().prop_map(ColumnId), stats, 0..4);
    (
        any::<u128>(),
        any::<u32>(),
        chunk,
        any::<[u64; 2]>(),
        any::<u32>(),
        any::<Option<(i64, i64)>>(),
        columns,
    )
        .prop_map(|(id, table, chunk, [rows, bytes], crc32c, time_range, columns)| {
            Arc::new(SegmentMeta {
                id: SegmentId(id),
                table: ObjectId(table),
                chunk,
                format: SegmentFormatKind::Vortex,
                schema_version: crc32c,
                rows,
                bytes,
                crc32c,
                sorted_by: columns.keys().copied().collect(),
                time_range,
                columns,
            })
        })
}

fn any_action() -> impl Strategy<Value = Action> {
    let source = || any::<u32>().prop_map(ObjectId);
    let partition = || any::<i32>().prop_map(Partition);
    let offset = || any::<i64>().prop_map(Offset);
    prop_oneof![
        any::<u64>().prop_map(|previous| Action::TakeLease { previous }),
        any_segment().prop_map(Action::AddSegment),
        (source(), any::<u128>())
            .prop_map(|(table, id)| Action::RemoveSegment { table, segment: SegmentId(id) }),
        (source(), partition(), offset(), offset()).prop_map(|(source, partition, from, to)| {
            Action::AdvanceOffsets { source, partition, from, to }
        }),
        (source(), partition(), proptest::option::of(offset()), offset())
            .prop_map(|(source, partition, from, to)| Action::ResetOffsets { source, partition, from, to }),
        (any::<String>(), any::<u64>())
            .prop_map(|(name, version)| { put(entry(1, &name, version, definition()), Some(version)) }),
        (source(), any::<u64>()).prop_map(|(id, version)| Action::DropCatalog { id, version }),
    ]
}

proptest! {
    #[test]
    fn records_are_read_as_they_were_written(
        numbers in any::<[u64; 3]>(),
        committed_at_micros in any::<i64>(),
        actions in proptest::collection::vec(any_action(), 0..6),
    ) {
        let [position, epoch, nonce] = numbers;
        let record =
            Record { position: LogPosition(position), epoch, nonce, committed_at_micros, actions };
        let file = encode(FileKind::Record, &record).unwrap();
        prop_assert_eq!(decode::<Record>(FileKind::Record, &Path::from("log/1"), &file).unwrap(), record);
    }

    /// Whatever is tried: what is accepted leaves a sound manifest, whose checkpoint says the same,
    /// and offsets move only as they were told.
    #[test]
    fn offsets_only_go_where_they_are_told(
        steps in proptest::collection::vec((0..3i32, 0..12i64, 0..12i64, any::<bool>()), 0..40),
    ) {
        let mut manifest = manifest();
        for (partition, from, to, is_reset) in steps {
            let partition = Partition(partition);
            let before = manifest.offsets(SOURCE, partition);
            let stands = before.map_or(0, |offsets| offsets.committed.0);
            let action = match is_reset {
                true => reset(partition, before.map(|_| from), to),
                false => advance(partition, from, to),
            };
            let allowed = match is_reset {
                true => before.is_none() || from == stands,
                false => from == stands && from <= to,
            };
            match manifest.with_actions(&[action]) {
                Ok(next) => {
                    prop_assert!(allowed);
                    let after = next.offsets(SOURCE, partition).unwrap();
                    prop_assert_eq!(after.committed, Offset(to));
                    let start = if is_reset { to } else { before.map_or(0, |offsets| offsets.start.0) };
                    prop_assert_eq!(after.start, Offset(start));
                    manifest = next;
                }
                Err(_) => prop_assert!(!allowed),
            }
        }
        invariants::manifest_is_sound(&manifest).unwrap();
        let file = encode(FileKind::Checkpoint, &manifest).unwrap();
        let read: Manifest = decode(FileKind::Checkpoint, &Path::from("checkpoint/1"), &file).unwrap();
        prop_assert_eq!(read, manifest);
    }
}

/// An entry of a schema says so, and one of a log that knew none is in `public`.
#[test]
fn entries_without_a_schema_are_public() {
    let of_old =
        r#"{"id":7,"name":"t","version":1,"object":{"view":{"query":"SELECT 1","columns":[],"reads":[]}}}"#;
    let entry: CatalogEntry = serde_json::from_str(of_old).unwrap();
    assert_eq!(entry.schema, "public");
    assert_eq!(serde_json::to_string(&entry).unwrap(), of_old);
    let moved = CatalogEntry { schema: "s".to_owned(), ..entry };
    let written = serde_json::to_string(&moved).unwrap();
    assert_eq!(serde_json::from_str::<CatalogEntry>(&written).unwrap(), moved);
}

#[test]
fn what_lives_in_a_schema_keeps_it() {
    let schema = entry(1, "s", 1, CatalogObject::Schema);
    let put = |entry: Arc<CatalogEntry>| Action::PutCatalog { entry, expected_version: None };
    let view = |id, schema: &str| {
        let view = ViewDefinition { query: String::new(), columns: vec![], reads: vec![], path: vec![] };
        let view = entry(id, "s", 1, CatalogObject::View(view));
        Arc::new(CatalogEntry { schema: schema.to_owned(), ..(*view).clone() })
    };
    let start = Manifest::default();
    let missing = start.with_actions(&[put(view(2, "s"))]);
    assert!(matches!(missing, Err(StorageError::NoSuchSchema { .. })), "{missing:?}");
    // Names are those of their schema; a schema's own is among schemas.
    let full = start.with_actions(&[put(schema), put(view(2, "s")), put(view(3, "public"))]).unwrap();
    let twice = full.with_actions(&[put(view(4, "s"))]);
    assert!(matches!(twice, Err(StorageError::NameTaken { .. })), "{twice:?}");
    let drop = |id| Action::DropCatalog { id: ObjectId(id), version: 1 };
    let used = full.with_actions(&[drop(1)]);
    assert!(matches!(used, Err(StorageError::InUse { .. })), "{used:?}");
    let empty = full.with_actions(&[drop(2), drop(1)]).unwrap();
    assert_eq!(empty.catalog.entries.len(), 1);
    invariants::manifest_is_sound(&full).unwrap();
}
