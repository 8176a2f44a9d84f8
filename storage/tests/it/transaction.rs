//! Transactions that write plain tables: staged, seen by themselves, undone, committed, in conflict.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use storage::catalog::{CatalogObject, PlainTable, TableDefinition};
use storage::ids::{ColumnId, ObjectId};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};
use storage::snapshot::Snapshot;
use storage::transaction::Transaction;
use storage::{Database, StorageError};

use crate::fixture::{FlakyStore, open};

fn definition(id: ObjectId) -> TableDefinition {
    let column = Column {
        id: ColumnId(1),
        name: "n".to_owned(),
        column_type: ColumnType::BigInt,
        not_null: false,
        origin: ColumnOrigin::Inserted { default: None },
        comment: None,
    };
    TableDefinition {
        id,
        schema: TableSchema { version: 1, columns: vec![column], next_column_id: 2 },
        partition_by: None,
        order_by: Vec::new(),
    }
}

fn rows(table: &TableDefinition, numbers: &[i64]) -> Vec<RecordBatch> {
    let numbers: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
    vec![RecordBatch::try_new(table.schema.stored(), vec![numbers]).unwrap()]
}

fn create(transaction: &mut Transaction, name: &str, id: ObjectId) -> TableDefinition {
    let table = definition(id);
    let plain = PlainTable { table: table.clone(), checks: Vec::new(), keys: Vec::new() };
    transaction.create(name.into(), id, CatalogObject::Table(plain));
    table
}

/// A database with an empty table `t`.
async fn with_table(store: Arc<dyn ObjectStore>) -> (Arc<Database>, TableDefinition) {
    let database = open(&store).await;
    let mut transaction = Transaction::new(&database);
    let table = create(&mut transaction, "t", database.new_object_id());
    transaction.commit().await.unwrap();
    (database, table)
}

/// The numbers that a snapshot shows, sorted.
async fn seen(database: &Database, snapshot: &Snapshot, table: &TableDefinition) -> Vec<i64> {
    let mut batches = snapshot.hot(table.id).batches.to_vec();
    for segment in snapshot.segments(table.id).iter() {
        let format = database.segment_format();
        let read = format.read(database.object_store(), segment, table.schema.stored()).await.unwrap();
        batches.extend(read.try_collect::<Vec<_>>().await.unwrap());
    }
    let mut numbers: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn a_transaction_sees_itself_and_others_see_it_when_it_is_true() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let (database, table) = with_table(Arc::clone(&store)).await;
    let base = database.snapshot();
    let mut transaction = Transaction::new(&database);
    transaction.insert(&table, rows(&table, &[1, 2])).await.unwrap();
    let other = create(&mut transaction, "u", database.new_object_id());
    transaction.insert(&other, rows(&other, &[7])).await.unwrap();

    let own = transaction.snapshot(&base).unwrap();
    assert_eq!(seen(&database, &own, &table).await, [1, 2]);
    assert_eq!(seen(&database, &own, &other).await, [7]);
    assert!(database.snapshot().catalog().entry("public", "u").is_none());
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [] as [i64; 0]);
    assert!(database.hot_bytes() > 0);

    drop(own);
    transaction.commit().await.unwrap();
    assert_eq!(database.hot_bytes(), 0);
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [1, 2]);
    // All rows of a table are one segment, and the older snapshot shows what it showed.
    assert_eq!(database.snapshot().segments(table.id).len(), 1);
    assert_eq!(seen(&database, &base, &table).await, [] as [i64; 0]);
    database.close().await.unwrap();
    drop(database);
    let database = open(&store).await;
    assert_eq!(seen(&database, &database.snapshot(), &other).await, [7]);
}

#[tokio::test]
async fn savepoints_undo_what_came_after_them() {
    let (database, table) = with_table(Arc::new(InMemory::new())).await;
    let base = database.snapshot();
    let mut transaction = Transaction::new(&database);
    transaction.insert(&table, rows(&table, &[1])).await.unwrap();
    let depth = transaction.depth();
    transaction.savepoint();
    transaction.truncate(&table).await.unwrap();
    transaction.insert(&table, rows(&table, &[2])).await.unwrap();
    let own = transaction.snapshot(&base).unwrap();
    assert_eq!(seen(&database, &own, &table).await, [2]);
    transaction.rollback_to(depth);
    transaction.insert(&table, rows(&table, &[3])).await.unwrap();
    transaction.rollback_to(depth);
    transaction.insert(&table, rows(&table, &[4])).await.unwrap();
    let own = transaction.snapshot(&base).unwrap();
    assert_eq!(seen(&database, &own, &table).await, [1, 4]);
    drop(own);
    transaction.commit().await.unwrap();
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [1, 4]);
}

#[tokio::test]
async fn a_released_savepoint_keeps_what_came_after_it() {
    let (database, table) = with_table(Arc::new(InMemory::new())).await;
    let base = database.snapshot();
    let mut transaction = Transaction::new(&database);
    transaction.insert(&table, rows(&table, &[1])).await.unwrap();
    let outer = transaction.depth();
    transaction.savepoint();
    transaction.insert(&table, rows(&table, &[2])).await.unwrap();
    let inner = transaction.depth();
    transaction.savepoint();
    transaction.truncate(&table).await.unwrap();
    transaction.insert(&table, rows(&table, &[3])).await.unwrap();
    transaction.release(inner);
    assert_eq!(transaction.depth(), inner);
    let own = transaction.snapshot(&base).unwrap();
    assert_eq!(seen(&database, &own, &table).await, [3]);
    drop(own);
    // The outer one still undoes all of it.
    transaction.rollback_to(outer);
    transaction.insert(&table, rows(&table, &[4])).await.unwrap();
    transaction.release(1);
    transaction.commit().await.unwrap();
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [1, 4]);
}

#[tokio::test]
async fn what_rests_on_something_that_has_gone_is_refused_whole() {
    let (database, table) = with_table(Arc::new(InMemory::new())).await;
    let mut first = Transaction::new(&database);
    first.insert(&table, rows(&table, &[1])).await.unwrap();
    first.commit().await.unwrap();

    // A truncation takes what others have committed before it.
    let mut one = Transaction::new(&database);
    one.truncate(&table).await.unwrap();
    one.insert(&table, rows(&table, &[2])).await.unwrap();
    let mut two = Transaction::new(&database);
    two.insert(&table, rows(&table, &[3])).await.unwrap();
    two.commit().await.unwrap();
    one.commit().await.unwrap();
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [2]);

    // Rows for a table that was dropped meanwhile.
    let entry = database.snapshot().catalog().entry("public", "t").cloned().unwrap();
    let (mut one, mut two) = (Transaction::new(&database), Transaction::new(&database));
    one.drop_entry(&entry).await.unwrap();
    two.insert(&table, rows(&table, &[3])).await.unwrap();
    one.commit().await.unwrap();
    let error = two.commit().await.unwrap_err();
    assert!(matches!(error, StorageError::NoSuchObject { .. }), "{error}");
}

#[tokio::test]
async fn a_write_that_fails_loses_no_rows_of_a_transaction_that_goes_on() {
    let store = Arc::new(FlakyStore::default());
    let (database, table) = with_table(Arc::clone(&store) as Arc<dyn ObjectStore>).await;
    let mut transaction = Transaction::new(&database);
    transaction.insert(&table, rows(&table, &[1])).await.unwrap();
    let depth = transaction.depth();
    transaction.savepoint();
    store.full.store(true, Ordering::Relaxed);
    transaction.truncate(&table).await.unwrap_err();
    store.full.store(false, Ordering::Relaxed);
    transaction.rollback_to(depth);
    transaction.commit().await.unwrap();
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [1]);
}

#[tokio::test]
async fn small_segments_become_one_and_older_snapshots_keep_theirs() {
    let (database, table) = with_table(Arc::new(InMemory::new())).await;
    for number in 0..20 {
        let mut transaction = Transaction::new(&database);
        transaction.insert(&table, rows(&table, &[number])).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let before = database.snapshot();
    let expected: Vec<i64> = (0..20).collect();
    assert_eq!(before.segments(table.id).len(), 20);
    assert!(database.compact(table.id).await.unwrap());
    assert!(!database.compact(table.id).await.unwrap());
    let after = database.snapshot();
    assert_eq!(after.segments(table.id).len(), 1);
    assert_eq!(seen(&database, &after, &table).await, expected);
    assert_eq!(seen(&database, &before, &table).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_inserts_share_segments_and_a_fault_is_told_to_all_of_a_group() {
    let store = Arc::new(FlakyStore::default());
    let (database, table) = with_table(Arc::clone(&store) as Arc<dyn ObjectStore>).await;
    let insert_all = async || {
        let mut inserts = Vec::new();
        for number in 0..200 {
            let (database, table) = (Arc::clone(&database), table.clone());
            inserts.push(tokio::spawn(async move {
                let mut transaction = Transaction::new(&database);
                transaction.insert(&table, rows(&table, &[number])).await.unwrap();
                transaction.commit().await
            }));
        }
        futures::future::join_all(inserts).await.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    store.full.store(true, Ordering::Relaxed);
    assert!(insert_all().await.iter().all(Result::is_err));
    store.full.store(false, Ordering::Relaxed);
    assert_eq!(seen(&database, &database.snapshot(), &table).await, [] as [i64; 0]);
    assert!(insert_all().await.iter().all(Result::is_ok));
    // The log joins commits by itself; what is shared here is the file.
    let segments = database.snapshot().segments(table.id).len();
    assert!(segments < 150, "{segments} segments for 200 inserts");
    assert_eq!(seen(&database, &database.snapshot(), &table).await, (0..200).collect::<Vec<i64>>());
}
