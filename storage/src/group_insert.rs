//! Inserts of concurrent connections into one table share a segment and a commit.
//!
//! A small insert costs a file and a record, each synced: many of them wait for the disk one after the
//! other. So while one group is written, the inserts that come meanwhile wait together and are the next:
//! the longer the disk takes, the more of them share what it does.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::catalog::TableDefinition;
use crate::database::Database;
use crate::error::{Result, StorageError};
use crate::ids::{LogPosition, ObjectId};

/// Bytes of rows in one group, beyond which the rest waits for the next.
const GROUP_BYTES_MAX: usize = 64 << 20;

/// The inserts that wait, by table.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    tables: Mutex<BTreeMap<ObjectId, Vec<Insert>>>,
}

#[derive(Debug)]
struct Insert {
    table: TableDefinition,
    rows: Vec<RecordBatch>,
    reply: oneshot::Sender<Result<LogPosition>>,
}

impl Waiting {
    /// Those that come first and are for the same columns.
    fn take(&self, table: ObjectId) -> Vec<Insert> {
        let mut tables = self.tables.lock();
        let Some(waiting) = tables.get_mut(&table) else { return Vec::new() };
        let mut bytes = 0;
        let fits = waiting.iter().take_while(|insert| {
            let is_first = bytes == 0;
            bytes += insert.rows.iter().map(RecordBatch::get_array_memory_size).sum::<usize>().max(1);
            is_first || bytes <= GROUP_BYTES_MAX && insert.table == waiting[0].table
        });
        let count = fits.count();
        let group = waiting.drain(..count).collect();
        if waiting.is_empty() {
            tables.remove(&table);
        }
        group
    }
}

impl Database {
    /// Adds rows to a table, durably, with those of others. Nothing else belongs to the transaction.
    /// The future must be driven to its end: others may wait for what it does.
    pub(crate) async fn insert_together(
        &self,
        table: TableDefinition,
        rows: Vec<RecordBatch>,
    ) -> Result<LogPosition> {
        let id = table.id;
        let (reply, mut answer) = oneshot::channel();
        self.waiting.tables.lock().entry(id).or_default().push(Insert { table, rows, reply });
        let gate = self.insert_gate(id);
        loop {
            let _one_at_a_time = gate.lock().await;
            // Whoever had the gate before may have taken this insert along.
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Closed) => return Err(StorageError::ShuttingDown),
                Err(oneshot::error::TryRecvError::Empty) => self.insert_group(self.waiting.take(id)).await,
            }
        }
    }

    async fn insert_group(&self, group: Vec<Insert>) {
        let Some(first) = group.first() else { return };
        let rows = group.iter().flat_map(|insert| insert.rows.iter().cloned()).collect();
        let written = self.insert_alone(&first.table, rows).await;
        for insert in group {
            let answer = match &written {
                Ok(position) => Ok(*position),
                Err(error) => Err(error.again()),
            };
            // A caller that has gone away needs no answer.
            let _ = insert.reply.send(answer);
        }
    }

    async fn insert_alone(&self, table: &TableDefinition, rows: Vec<RecordBatch>) -> Result<LogPosition> {
        let mut in_flight = self.new_segments();
        let mut actions = Vec::new();
        self.add_segments(table, rows, &mut in_flight, &mut actions).await?;
        self.commit_segments(actions, in_flight).await
    }
}
