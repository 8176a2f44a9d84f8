use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;

use super::*;
use crate::catalog::CatalogObject;
use crate::clock::SystemClock;
use crate::config::StorageConfig;
use crate::database::{CatalogChange, Database};
use crate::hot::{HotUnit, OffsetRange};
use crate::ids::{Offset, Partition};
use crate::testing::{batch, source};

/// A directory that version 1 wrote: `TIDEGATE_WRITE_FIXTURE=1` writes it anew.
fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

/// Four records, two checkpoints, six segments of ten rows in all.
async fn write_database(directory: &Path) {
    let store: Arc<dyn ObjectStore> = Arc::new(DurableStore::open(directory).unwrap());
    let clock = Arc::new(SystemClock);
    let database = Database::open(store, StorageConfig::default(), clock, 1).await.unwrap();
    let id = database.new_object_id();
    let object = source(id, database.new_object_id());
    let CatalogObject::Source(definition) = &object else { panic!("a source") };
    let schema = definition.table.schema.stored();
    let letters = definition.dead_letters.schema.stored();
    let create = CatalogChange::Create { name: "orders".into(), comment: None, id, object: object.clone() };
    database.change_catalog(create).await.unwrap();
    let unit = |from: i64, next: i64, letter: &[(i32, i64)]| HotUnit {
        source: id,
        ranges: vec![OffsetRange { partition: Partition(1), from: Offset(from), next: Offset(next) }],
        rows: Some(batch(&(from..next).map(|offset| (1, offset)).collect::<Vec<_>>(), schema.clone())),
        dead_letters: Some(batch(letter, letters.clone())),
    };
    database.publish(unit(0, 2, &[(1, 7)])).unwrap();
    database.flush(id).await.unwrap().unwrap();
    database.log.checkpoint().await.unwrap();
    database.publish(unit(2, 9, &[])).unwrap();
    database.close().await.unwrap();
}

async fn faults_of(directory: &Path) -> Vec<String> {
    let report = check_directory(directory).await.unwrap();
    assert_eq!(report.is_ok(), report.faults.is_empty());
    report.faults.iter().map(|Fault { place, problem }| format!("{place}: {problem}")).collect()
}

fn files(directory: &Path, below: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![directory.join(below)];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let list = if entry.file_type().unwrap().is_dir() { &mut directories } else { &mut found };
            list.push(entry.path());
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_sound_database_has_no_faults_and_each_fault_has_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write_database(root).await;

    let report = check_directory(root).await.unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!((report.position.0, report.records, report.checkpoints), (4, 4, 2), "{report}");
    assert_eq!((report.sources, report.segments, report.rows), (1, 6, 10), "{report}");

    // Spoil one file at a time, look, and mend it.
    async fn check(root: &Path, file: &Path, spoil: impl Fn(&mut Vec<u8>), expected: &[&str]) {
        let whole = std::fs::read(file).unwrap();
        let mut spoiled = whole.clone();
        spoil(&mut spoiled);
        if spoiled.is_empty() {
            std::fs::remove_file(file).unwrap();
        } else {
            std::fs::write(file, spoiled).unwrap();
        }
        let faults = faults_of(root).await;
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.contains(expected), "{fault:?} does not say {expected:?}");
        }
        std::fs::write(file, whole).unwrap();
        assert_eq!(faults_of(root).await, [""; 0]);
    }
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let records = files(root, "log");
    let checkpoints = files(root, "checkpoint");
    let segments = files(root, "segments");
    let place = |file: &Path| file.strip_prefix(root).unwrap().display().to_string();

    // Behind the oldest checkpoint nothing needs it, and still it must not rot.
    check(root, &records[1], flip, &[&place(&records[1])]).await;
    check(root, &records[3], flip, &[&place(&records[3])]).await;
    check(root, &checkpoints[0], flip, &[&place(&checkpoints[0])]).await;
    check(root, &checkpoints[1], flip, &[&place(&checkpoints[1])]).await;
    check(root, &segments[0], flip, &["checksum"]).await;
    check(root, &segments[0], |bytes| bytes.truncate(100), &["has 100 bytes instead of"]).await;
    check(root, &segments[0], Vec::clear, &["not found"]).await;
    check(root, &records[3], Vec::clear, &["the log ends before its checkpoint"]).await;
}

#[tokio::test]
async fn a_missing_record_is_named() {
    let directory = tempfile::tempdir().unwrap();
    write_database(directory.path()).await;
    std::fs::remove_dir_all(directory.path().join("checkpoint")).unwrap();
    std::fs::remove_file(&files(directory.path(), "log")[1]).unwrap();
    let faults = faults_of(directory.path()).await;
    assert_eq!(
        faults,
        ["log/00000000000000000003: log record 00000000000000000002 is missing"],
        "only what is wrong"
    );
}

#[tokio::test]
async fn an_empty_directory_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(faults_of(directory.path()).await, ["log: there is no database here"]);
}

#[tokio::test]
async fn a_database_of_version_1_is_read() {
    if std::env::var_os("TIDEGATE_WRITE_FIXTURE").is_some() {
        let _ = std::fs::remove_dir_all(fixture());
        write_database(&fixture()).await;
        std::fs::remove_file(fixture().join("LOCK")).unwrap();
        std::fs::remove_dir(fixture().join(".tmp")).unwrap();
    }
    let report = check_directory(&fixture()).await.unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!((report.position.0, report.segments, report.rows), (4, 6, 10), "{report}");

    let store: Arc<dyn ObjectStore> = Arc::new(DurableStore::open_read_only(&fixture()).unwrap());
    let manifest = crate::log::recover(&store).await.unwrap().manifest;
    let (entry, _) = manifest.catalog.table("public", "orders").unwrap();
    assert_eq!(manifest.offsets(entry.id, Partition(1)).unwrap().committed, Offset(9));
    assert_eq!(manifest.offsets(entry.id, Partition(0)).unwrap().start, Offset(5));
}
