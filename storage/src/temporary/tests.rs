use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;

use super::{OnCommit, Temporary, TemporaryLimits};
use crate::catalog::{CatalogEntry, CatalogObject, PlainTable, TableDefinition, ViewDefinition};
use crate::error::StorageError;
use crate::ids::{ColumnId, ObjectId};
use crate::schema::{Column, ColumnOrigin, ColumnType, TableSchema};
use crate::snapshot::{Snapshot, SnapshotInner};

fn column(number: u32, name: &str) -> Column {
    Column {
        id: ColumnId(number),
        name: name.to_owned(),
        column_type: ColumnType::BigInt,
        not_null: false,
        origin: ColumnOrigin::Inserted { default: None },
        comment: None,
    }
}

fn table(id: u32, columns: &[&str]) -> TableDefinition {
    let columns = (1..).zip(columns).map(|(number, name)| column(number, name)).collect();
    let schema = TableSchema { version: 1, columns, next_column_id: 9 };
    TableDefinition { id: ObjectId(id), schema, partition_by: None, order_by: Vec::new() }
}

fn plain(table: &TableDefinition) -> CatalogObject {
    CatalogObject::Table(PlainTable { table: table.clone(), checks: Vec::new(), keys: Vec::new() })
}

fn rows(table: &TableDefinition, numbers: impl IntoIterator<Item = i64>) -> Vec<RecordBatch> {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
    vec![RecordBatch::try_new(table.schema.stored(), vec![numbers]).unwrap()]
}

fn base() -> Snapshot {
    Snapshot { inner: Arc::new(SnapshotInner::default()) }
}

fn seen(temporary: &mut Temporary, id: u32) -> Vec<i64> {
    let rows = temporary.snapshot(&base()).hot(ObjectId(id));
    let columns = rows.batches.iter().map(|batch| batch.column(0).as_primitive::<Int64Type>());
    columns.flat_map(|column| column.values().to_vec()).collect()
}

fn with_table(on_commit: OnCommit) -> (Temporary, TableDefinition) {
    let limits = TemporaryLimits { tables_max: 2, bytes_max: 1 << 20 };
    let mut temporary = Temporary::new("pg_temp_1".to_owned(), limits);
    let table = table(1, &["a"]);
    temporary.create("t".to_owned(), table.id, plain(&table), on_commit).unwrap();
    (temporary, table)
}

#[test]
fn a_transaction_goes_back_and_frees_what_it_wrote() {
    let (mut temporary, t) = with_table(OnCommit::PreserveRows);
    temporary.insert(&t, rows(&t, [1, 2])).unwrap();
    temporary.commit();
    let before = temporary.bytes();
    let savepoint = temporary.version();
    temporary.insert(&t, rows(&t, 3..300)).unwrap();
    assert_eq!(seen(&mut temporary, 1).len(), 299);
    temporary.restore(savepoint);
    assert_eq!(seen(&mut temporary, 1), [1, 2]);
    temporary.drop_entry(t.id);
    assert!(temporary.snapshot(&base()).catalog().entries.is_empty());
    temporary.rollback();
    assert_eq!(seen(&mut temporary, 1), [1, 2]);
    assert_eq!(temporary.bytes(), before);
    temporary.clear();
    assert!(!temporary.is_empty(), "it can be taken back");
    temporary.commit();
    assert!(temporary.is_empty());
    assert_eq!(temporary.bytes(), 0);
}

#[test]
fn commit_empties_and_drops_as_was_said() {
    let (mut temporary, t) = with_table(OnCommit::DeleteRows);
    let gone = table(2, &["a"]);
    temporary.create("gone".to_owned(), gone.id, plain(&gone), OnCommit::Drop).unwrap();
    temporary.insert(&t, rows(&t, [1])).unwrap();
    temporary.commit();
    let snapshot = temporary.snapshot(&base());
    assert_eq!(snapshot.catalog().entries.keys().copied().collect::<Vec<_>>(), [ObjectId(1)]);
    assert_eq!(seen(&mut temporary, 1), [] as [i64; 0]);
}

#[test]
fn a_table_that_goes_takes_its_views_along() {
    let (mut temporary, t) = with_table(OnCommit::Drop);
    let view =
        ViewDefinition { query: String::new(), columns: Vec::new(), reads: vec![t.id], path: Vec::new() };
    let view = CatalogObject::View(view);
    temporary.create("v".to_owned(), ObjectId(2), view, OnCommit::PreserveRows).unwrap();
    temporary.commit();
    assert!(temporary.is_empty());
}

#[test]
fn bounds_hold() {
    let (mut temporary, t) = with_table(OnCommit::PreserveRows);
    temporary.create("u".to_owned(), ObjectId(2), plain(&table(2, &["a"])), OnCommit::Drop).unwrap();
    let third = temporary.create("v".to_owned(), ObjectId(3), plain(&table(3, &["a"])), OnCommit::Drop);
    assert!(matches!(third, Err(StorageError::TemporaryTables { tables_max: 2 })));
    let large = temporary.insert(&t, rows(&t, 0..200_000));
    assert!(matches!(large, Err(StorageError::TemporaryBytes { bytes_max: 1_048_576 })));
}

#[test]
fn rows_that_come_one_by_one_are_in_few_blocks() {
    let (mut temporary, t) = with_table(OnCommit::PreserveRows);
    for number in 0..1000 {
        temporary.insert(&t, rows(&t, [number])).unwrap();
        temporary.commit();
    }
    assert!(temporary.snapshot(&base()).hot(t.id).batches.len() <= 10);
    assert_eq!(seen(&mut temporary, 1), (0..1000).collect::<Vec<_>>());
}

#[test]
fn rows_follow_their_tables_columns() {
    let (mut temporary, t) = with_table(OnCommit::PreserveRows);
    temporary.insert(&t, rows(&t, [7])).unwrap();
    let entry = temporary.snapshot(&base()).catalog().entries[&t.id].clone();
    let wider = table(1, &["a", "b"]);
    temporary.replace(CatalogEntry { object: plain(&wider), ..(*entry).clone() }).unwrap();
    let batch = temporary.snapshot(&base()).hot(t.id).batches[0].clone();
    assert_eq!(batch.schema(), wider.schema.stored());
    assert_eq!((batch.column(0).null_count(), batch.column(1).null_count()), (0, 1));
}

#[test]
fn a_catalog_stays_the_same_while_nothing_changes() {
    let (mut temporary, t) = with_table(OnCommit::PreserveRows);
    let base = base();
    let first = temporary.snapshot(&base);
    temporary.insert(&t, rows(&t, [1])).unwrap();
    temporary.commit();
    assert!(Arc::ptr_eq(first.catalog(), temporary.snapshot(&base).catalog()));
    temporary.create("u".to_owned(), ObjectId(2), plain(&table(2, &["a"])), OnCommit::Drop).unwrap();
    assert!(!Arc::ptr_eq(first.catalog(), temporary.snapshot(&base).catalog()));
}
