//! `DELETE`: segments without a row that stays are dropped, those with some are written anew, in the
//! commit of the transaction.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{Int64Type, SchemaRef};
use futures::StreamExt;
use planner::SqlError;
use planner::statement::{Delete, ParsedStatement, Statement};
use storage::catalog::TableDefinition;
use storage::segment::SegmentMeta;
use storage::snapshot::Snapshot;

use super::connection::Connection;
use super::encode::{Format, RowFormat};
use super::execute::{Bound, Failure, Response, RowStream};
use super::sqlstate;
use super::write::plain_table;
use crate::session::Repeatable;
use crate::sessions::Interrupt;

impl Connection {
    /// `DELETE`, which [`commit_writes`](Self::commit_writes) may run again where it is all that its
    /// transaction writes, and nothing of what it deleted was shown.
    pub(super) async fn delete_repeatable(
        &mut self,
        statement: &Arc<ParsedStatement>,
        delete: &Delete,
        bound: Bound,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let is_alone = self.session.is_untouched() && bound.query.returning.is_none();
        let again = is_alone.then(|| bound.clone());
        let response = self.delete(delete, bound, formats, interrupt).await?;
        if let (Some(bound), Response::Command(tag)) = (again, &response) {
            let (statement, tag, interrupt) = (Arc::clone(statement), tag.clone(), interrupt.clone());
            self.session.set_repeatable(Some(Repeatable { statement, bound, interrupt, tag }));
        }
        Ok(response)
    }

    /// Runs a DELETE again, whose commit met another one.
    pub(super) async fn delete_again(&mut self, repeatable: &Repeatable) -> Result<String, Failure> {
        let Statement::Delete(delete) = &repeatable.statement.statement else {
            return Err(unexpected("another statement").into());
        };
        let (bound, interrupt) = (repeatable.bound.clone(), repeatable.interrupt.clone());
        match self.delete(delete, bound, &[], &interrupt).await? {
            Response::Command(tag) => Ok(tag),
            Response::Rows(_) => Err(unexpected("rows").into()),
        }
    }

    /// Deletes the rows that the transaction sees. What others commit meanwhile is not deleted; where
    /// they replaced a segment that this changes, the commit fails with 40001.
    async fn delete(
        &mut self,
        delete: &Delete,
        bound: Bound,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let shared = Arc::clone(&self.shared);
        let before = self.session.snapshot(&shared.database)?;
        let table = plain_table(&before, &self.session.planner().path, &delete.table)?.table;
        if self.session.temporary().contains(table.id) {
            return self.delete_temporary(&table, before, bound, formats, interrupt).await;
        }
        // From here on every row that is seen is in a segment.
        let written = self.session.writes(&shared.database).write_rows(&table);
        self.reader.watch(interrupt, written).await?.map_err(|error| sqlstate::storage(&error))?;
        let before = self.session.snapshot(&shared.database)?;
        let segments = before.segments(table.id);
        let counts = self.counts(&bound, &before, interrupt).await?;
        let deleted: u64 = counts.iter().map(|(_, count)| count).sum();
        let mut partly: Vec<Arc<SegmentMeta>> = Vec::new();
        let mut kept = 0;
        for (place, count) in counts {
            let segment = segments.get(place).ok_or_else(|| unexpected("an unknown segment"))?;
            self.session.writes(&shared.database).remove(&table, segment.id);
            if count < segment.rows {
                kept += segment.rows - count;
                partly.push(Arc::clone(segment));
            }
        }
        if !partly.is_empty() {
            let rest = bound.query.rest.as_ref().ok_or_else(|| unexpected("no query of the rest"))?;
            let session = self.session.planner().clone();
            let partly = partly.into();
            let work = shared.engine.execute_over(rest, bound.values.clone(), &session, &before, &partly);
            let mut rows = self.reader.watch(interrupt, work).await??;
            while let Some(batch) = self.reader.watch(interrupt, rows.next()).await? {
                let batch = stored(&batch.map_err(SqlError::from)?, &table.schema.stored())?;
                kept = kept.checked_sub(batch.num_rows() as u64).ok_or_else(volatile)?;
                let work = self.session.writes(&shared.database).insert(&table, vec![batch]);
                self.reader.watch(interrupt, work).await?.map_err(|error| sqlstate::storage(&error))?;
            }
            if kept != 0 {
                return Err(volatile().into());
            }
        }
        Ok(self.deleted(deleted, before, bound, formats))
    }

    /// Rows of a temporary table are all in memory: those that stay take the place of all.
    async fn delete_temporary(
        &mut self,
        table: &TableDefinition,
        before: Snapshot,
        bound: Bound,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let shared = Arc::clone(&self.shared);
        let rest = bound.query.rest.as_ref().ok_or_else(|| unexpected("no query of the rest"))?;
        let session = self.session.planner().clone();
        let work = shared.engine.execute(rest, bound.values.clone(), &session, &before);
        let mut rows = self.reader.watch(interrupt, work).await??;
        let (mut stay, mut kept) = (0, Vec::new());
        while let Some(batch) = self.reader.watch(interrupt, rows.next()).await? {
            let batch = stored(&batch.map_err(SqlError::from)?, &table.schema.stored())?;
            stay += batch.num_rows() as u64;
            kept.push(batch);
        }
        let deleted = before.hot(table.id).rows.checked_sub(stay).ok_or_else(volatile)?;
        if deleted > 0 {
            let changed = self.session.changes(&shared.database).temporary.set_rows(table, kept);
            changed.map_err(|error| sqlstate::storage(&error))?;
            self.session.charge_temporary(&shared.engine)?;
        }
        Ok(self.deleted(deleted, before, bound, formats))
    }

    /// The answer: how many, or what `RETURNING` asks of the table as it was before.
    fn deleted(&self, deleted: u64, before: Snapshot, bound: Bound, formats: &[Format]) -> Response {
        let Some(returning) = &bound.query.returning else {
            return Response::Command(format!("DELETE {deleted}"));
        };
        let format = RowFormat::new(&returning.schema, formats, self.session.settings().style());
        let session = self.session.planner().clone();
        let shared = &self.shared;
        let rows = RowStream::start(shared, returning, bound.values, session, before, format, "DELETE");
        Response::Rows(Box::new(rows))
    }

    /// Segments by their place, with the rows of each that the condition finds.
    async fn counts(
        &mut self,
        bound: &Bound,
        before: &Snapshot,
        interrupt: &Interrupt,
    ) -> Result<Vec<(usize, u64)>, Failure> {
        let query = &bound.query.prepared;
        let (shared, session) = (&self.shared, self.session.planner().clone());
        let format = RowFormat::new(&query.schema, &[], self.session.settings().style());
        // Places are those of this snapshot and of no other.
        let (values, before) = (bound.values.clone(), before.clone());
        let mut rows = RowStream::start(shared, query, values, session, before, format, "SELECT");
        let mut counts = Vec::new();
        while let Some(batch) = self.reader.watch(interrupt, rows.next()).await?? {
            let (places, found) =
                (batch.column(0).as_primitive::<Int64Type>(), batch.column(1).as_primitive::<Int64Type>());
            for (place, count) in places.values().iter().zip(found.values()) {
                counts.push((usize::try_from(*place), u64::try_from(*count)));
            }
        }
        let counts = counts.into_iter().map(|(place, count)| Some((place.ok()?, count.ok()?)));
        Ok(counts.collect::<Option<_>>().ok_or_else(|| unexpected("counts of rows"))?)
    }
}

/// Rows of a query as the table stores them: by place.
fn stored(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, SqlError> {
    let columns = rows.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>();
    let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns));
    batch.map_err(|error| SqlError::new("XX000", error.to_string()))
}

/// What is deleted and what stays are asked one after the other.
fn volatile() -> SqlError {
    SqlError::new("0A000", "the condition of DELETE did not find the same rows twice")
        .with_hint("Delete by a condition without random() or other functions that change.")
}

fn unexpected(what: &str) -> SqlError {
    SqlError::new("XX000", format!("DELETE met {what}"))
}
