//! Statements that write tables: staged in the session's transaction, true with its commit.

use std::sync::Arc;

use arrow::array::RecordBatch;
use planner::SqlError;
use planner::rules::{Numbers, TableRules};
use planner::search_path::SearchPath;
use planner::statement::{CreateTableAs, Insert, ParsedStatement, QualifiedName, Statement};
use storage::catalog::{CatalogObject, PlainTable};
use storage::snapshot::Snapshot;

use super::connection::Connection;
use super::encode::{Format, RowFormat};
use super::execute::{Bound, Failure, Response, RowStream, moved, task_error, unbound};
use super::report::Notice;
use super::sqlstate;
use crate::ddl;
use crate::instance::Shared;
use crate::numbering::Numbering;
use crate::sessions::Interrupt;

/// How often a DELETE is run whose commit meets others': merges are seconds apart.
const RUNS_MAX: usize = 5;
/// The SQLSTATE of such a commit.
const CONFLICT: &str = "40001";
/// Rows above which making them ready is left to the runtime of queries.
const ROWS_IN_PLACE_MAX: usize = 256;

impl Connection {
    /// Does a statement about tables in the transaction, which the end of an implicit one commits.
    pub(super) async fn write(
        &mut self,
        statement: &Arc<ParsedStatement>,
        bound: Option<Bound>,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let filled = match &statement.statement {
            Statement::Insert(insert) => insert.table(),
            Statement::Delete(delete) => Some(&delete.table),
            Statement::CopyFrom(copy) => Some(&copy.table),
            _ => None,
        };
        if let Err(refused) = self.check_writable(ddl::tag(&statement.statement)) {
            // Rows of temporary tables are nobody else's.
            let is_temporary = match filled {
                Some(table) => self.session.is_temporary(&self.shared.database, table)?,
                None => false,
            };
            if !is_temporary {
                return Err(refused.into());
            }
        }
        // What follows changes what is written.
        self.session.set_repeatable(None);
        match &statement.statement {
            Statement::Insert(insert) => {
                return self.insert(insert, bound.ok_or_else(unbound)?, formats, interrupt).await;
            }
            Statement::Delete(delete) => {
                let bound = bound.ok_or_else(unbound)?;
                return self.delete_repeatable(statement, delete, bound, formats, interrupt).await;
            }
            Statement::CreateTableAs(create) => {
                return self.create_table_as(create, bound.ok_or_else(unbound)?, interrupt).await;
            }
            Statement::CopyFrom(copy) => {
                let copied = self.copy_in(copy, interrupt).await;
                let copied = copied.map_err(|failure| placed(failure, statement.start))?;
                return Ok(Response::Command(format!("COPY {copied}")));
            }
            _ => {}
        }
        let shared = Arc::clone(&self.shared);
        let mut changes = self.session.changes(&shared.database);
        let work = ddl::table::execute(&shared, &mut changes, &statement.statement, bound.as_ref());
        let done = self.reader.watch(interrupt, work).await?;
        let notices = done.map_err(|error| moved(error, statement.start))?;
        notices.iter().for_each(|notice| self.notify(notice));
        Ok(Response::Command(ddl::tag(&statement.statement).to_owned()))
    }

    async fn insert(
        &mut self,
        insert: &Insert,
        bound: Bound,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let into = insert.table().ok_or_else(|| SqlError::new("XX000", "INSERT has no table"))?;
        let name = into.value.clone();
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let table = plain_table(&snapshot, &self.session.planner().path, into)?;
        let values = bound.values.clone();
        let mut rows = self.start(&bound.query, bound.values, &[], "INSERT 0")?;
        let keep = bound.query.returning.is_some();
        let (count, kept) = self.fill(&name, &table, &mut rows, keep, interrupt).await?;
        let Some(returning) = &bound.query.returning else {
            return Ok(Response::Command(format!("INSERT 0 {count}")));
        };
        let format = RowFormat::new(&returning.schema, formats, self.session.settings().style());
        let session = self.session.planner().clone();
        let shown = snapshot.showing(table.table.id, kept);
        let rows = RowStream::start(&self.shared, returning, values, session, shown, format, "INSERT 0");
        Ok(Response::Rows(Box::new(rows)))
    }

    async fn create_table_as(
        &mut self,
        create: &CreateTableAs,
        bound: Bound,
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let catalog = snapshot.catalog();
        let path = &self.session.planner().path;
        let name = ddl::table::creation(catalog, path, &create.name, create.persistence)?;
        if let Some(notice) = ddl::table::exists(catalog, &name, create.if_not_exists)? {
            self.notify(&notice);
            return Ok(Response::Command("CREATE TABLE AS".to_owned()));
        }
        let definition = self.shared.engine.table_of_query(
            create,
            &bound.query.prepared.schema,
            self.shared.database.new_object_id(),
        )?;
        let id = definition.table.id;
        let shared = Arc::clone(&self.shared);
        let object = CatalogObject::Table(definition.clone());
        // The query does not see the table that it fills.
        let rows = self.start(&bound.query, bound.values, &[], "SELECT");
        let on_commit = create.persistence.on_commit.unwrap_or_default();
        self.session.changes(&shared.database).create(name, id, object, on_commit)?;
        if !create.with_data {
            return Ok(Response::Command("CREATE TABLE AS".to_owned()));
        }
        let (count, _) = self.fill(&create.name.value, &definition, &mut rows?, false, interrupt).await?;
        Ok(Response::Command(format!("SELECT {count}")))
    }

    /// Puts rows into a table. Returns how many, and the rows as they are stored if they are kept.
    async fn fill(
        &mut self,
        name: &str,
        table: &PlainTable,
        rows: &mut RowStream,
        keep: bool,
        interrupt: &Interrupt,
    ) -> Result<(u64, Vec<RecordBatch>), Failure> {
        let rules = Arc::new(self.shared.engine.table_rules(name, table)?);
        let (mut count, mut kept) = (0, Vec::new());
        let memory = self.shared.engine.reservation("RETURNING");
        while let Some(batch) = self.reader.watch(interrupt, rows.next()).await?? {
            count += batch.num_rows() as u64;
            let stored = self.store(table, &rules, batch, interrupt).await?;
            if keep {
                memory.try_grow(stored.get_array_memory_size()).map_err(SqlError::from)?;
                kept.push(stored);
            }
        }
        Ok((count, kept))
    }

    /// Makes rows what the table wants, and stages them.
    pub(super) async fn store(
        &mut self,
        table: &PlainTable,
        rules: &Arc<TableRules>,
        rows: RecordBatch,
        interrupt: &Interrupt,
    ) -> Result<RecordBatch, Failure> {
        let shared = Arc::clone(&self.shared);
        let id = table.table.id;
        let is_temporary = self.session.temporary().contains(id);
        let numbers = if is_temporary { self.session.temporary_numbers() } else { &shared.numbers };
        let numbers = Arc::clone(numbers);
        let stored = if rows.num_rows() <= ROWS_IN_PLACE_MAX {
            ready(&shared, &numbers, id, rules, &rows)?
        } else {
            let (on, rules) = (Arc::clone(&shared), Arc::clone(rules));
            let work = shared.on_queries("inserting", async move { ready(&on, &numbers, id, &rules, &rows) });
            self.reader.watch(interrupt, work).await???
        };
        let mut changes = self.session.changes(&shared.database);
        let work = changes.insert(&table.table, vec![stored.clone()]);
        self.reader.watch(interrupt, work).await??;
        if is_temporary {
            self.session.charge_temporary(&shared.engine)?;
        }
        Ok(stored)
    }

    /// Makes true what the transaction has written. A DELETE that is all of it is run again where others,
    /// such as a merge of segments, came first; its tag is then returned. Where the client was `told` the
    /// tag already, it has to be the same.
    pub(super) async fn commit_writes(&mut self, told: bool) -> Result<Option<String>, Failure> {
        let repeatable = self.session.take_repeatable();
        let (mut done, mut tag) = (self.commit_once().await, None);
        for _ in 1..RUNS_MAX {
            let (Err(Failure::Statement(error)), Some(repeatable)) = (&done, &repeatable) else { break };
            if error.sqlstate != CONFLICT {
                break;
            }
            let again = self.delete_again(repeatable).await?;
            if told && again != repeatable.tag {
                break;
            }
            tag = Some(again);
            done = self.commit_once().await;
        }
        done.map(|()| tag)
    }

    /// From here on a commit goes to its end whatever becomes of the client.
    async fn commit_once(&mut self) -> Result<(), Failure> {
        if let Some(writes) = self.session.take_writes() {
            let task = self.shared.background.spawn(writes.commit());
            let done = self.reader.watch_to_end(task).await?.map_err(|error| task_error(error, "COMMIT"))?;
            done.map_err(|error| sqlstate::commit(&error))?;
        }
        // A block's own end does so otherwise.
        if !self.session.in_block() {
            self.session.commit_temporary();
        }
        Ok(())
    }
}

fn ready(
    shared: &Shared,
    next: &Numbering,
    table: storage::ids::ObjectId,
    rules: &TableRules,
    rows: &RecordBatch,
) -> Result<RecordBatch, SqlError> {
    let newest = shared.database.snapshot();
    rules.apply(rows, &mut |column, numbers| match numbers {
        Numbers::Next(count) => next.take(table, column, count, &newest),
        Numbers::Given(number) => {
            next.given(table, column, number, &newest);
            number
        }
    })
}

/// The plain table with this name, which planning has found.
pub(super) fn plain_table(
    snapshot: &Snapshot,
    path: &SearchPath,
    name: &QualifiedName,
) -> Result<PlainTable, SqlError> {
    match path.entry(snapshot.catalog(), name).map(|entry| &entry.object) {
        Some(CatalogObject::Table(table)) => Ok(table.clone()),
        _ => Err(SqlError::new("42P01", format!("relation \"{name}\" does not exist"))),
    }
}

fn placed(failure: Failure, start: usize) -> Failure {
    match failure {
        Failure::Statement(error) => Failure::Statement(moved(error, start)),
        other => other,
    }
}

/// What a table's keys are told once.
pub(crate) fn not_enforced(what: &str) -> Notice {
    Notice::new("00000", format!("{what} is kept for tools and not enforced"))
}
