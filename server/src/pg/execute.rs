//! Running a statement: what it answers, and the stream of its rows to the client.

use std::fmt;
use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::data::{FieldDescription, RowDescription};
use planner::SqlError;
use planner::query::{ORIGIN_KEY, Prepared};
use planner::statement::{ParsedStatement, Statement, TransactionModes};
use storage::snapshot::Snapshot;

use super::connection::Connection;
use super::encode::{BatchEncoder, Format, RowFormat};
use super::report::Notice;
use super::stream::WRITE_BUFFER_BYTES;
use super::types::PgType;
use crate::ddl;
use crate::instance::Shared;
use crate::session::{PreparedQuery, Transaction};
use crate::sessions::{Interrupt, Stop};

/// Why a message could not be done.
#[derive(Debug)]
pub enum Failure {
    /// The statement failed; the connection goes on.
    Statement(SqlError),
    /// The connection ends, and the client is told why.
    Fatal(SqlError),
    /// The client is gone.
    Gone,
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Statement(error)
    }
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled | Stop::TimedOut | Stop::SnapshotTooOld => Self::Statement(stop.error()),
            Stop::Terminated => Self::Fatal(stop.error()),
            Stop::Disconnected => Self::Gone,
        }
    }
}

/// A query with the values of its parameters.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The query.
    pub query: PreparedQuery,
    /// One value a parameter.
    pub values: Vec<ScalarValue>,
}

/// What a statement answers.
#[derive(Debug)]
pub enum Response {
    /// A command's tag.
    Command(String),
    /// Rows.
    Rows(Box<RowStream>),
}

/// The rows of a running statement. Dropping it stops the statement.
pub struct RowStream {
    batches: Batches,
    current: Option<BatchEncoder>,
    format: RowFormat,
    /// The command's tag, to which a query adds the number of rows.
    tag: &'static str,
}

enum Batches {
    /// A query, which the planner runs on threads of its own: a panic or a busy loop there is not ours.
    Running(BoxStream<'static, Result<RecordBatch, SqlError>>),
    /// Rows that are already here.
    Ready(Option<RecordBatch>),
}

impl fmt::Debug for RowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").field("tag", &self.tag).finish_non_exhaustive()
    }
}

impl RowStream {
    /// Starts a query, with the first rows that are asked for.
    pub fn start(
        shared: &Arc<Shared>,
        query: &Arc<Prepared>,
        parameters: Vec<ScalarValue>,
        session: planner::Session,
        snapshot: Snapshot,
        format: RowFormat,
        tag: &'static str,
    ) -> Self {
        let engine = Arc::clone(&shared.engine);
        let prepared = Arc::clone(query);
        let stream = async move { engine.execute(&prepared, parameters, &session, &snapshot).await };
        let batches =
            futures::stream::once(stream).map_ok(|stream| stream.map_err(SqlError::from)).try_flatten();
        Self { batches: Batches::Running(batches.boxed()), current: None, format, tag }
    }

    /// Rows that are already here.
    fn ready(rows: RecordBatch, format: RowFormat, tag: &'static str) -> Self {
        Self { batches: Batches::Ready(Some(rows)), current: None, format, tag }
    }

    /// The next rows, or the end, where nothing has to be waited for.
    fn next_ready(&mut self) -> Option<Option<RecordBatch>> {
        match &mut self.batches {
            Batches::Ready(rows) => Some(rows.take()),
            Batches::Running(_) => None,
        }
    }

    /// The next rows.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, SqlError> {
        match &mut self.batches {
            Batches::Ready(rows) => Ok(rows.take()),
            Batches::Running(batches) => {
                let batch = batches.try_next().await;
                if !matches!(batch, Ok(Some(_))) {
                    // At the end, and after an error, nothing of it is held any longer.
                    self.batches = Batches::Ready(None);
                }
                batch
            }
        }
    }
}

/// The error of a task that panicked: it ends its statement alone.
pub fn task_error(error: tokio::task::JoinError, what: &str) -> SqlError {
    match error.try_into_panic() {
        Ok(panic) => {
            let reason = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no reason given");
            tracing::error!(reason, what, "a statement panicked");
            SqlError::new("XX000", format!("internal error: {reason}"))
        }
        Err(_) => Stop::Terminated.error(),
    }
}

/// The columns of a statement about settings or sources.
fn fixed_schema(statement: &Statement, settings: &crate::settings::Settings) -> Option<SchemaRef> {
    let names = match statement {
        Statement::Show { name } if name == "all" => {
            vec!["name".to_owned(), "setting".to_owned(), "description".to_owned()]
        }
        Statement::Show { name } => vec![settings.show(name).map_or_else(|_| name.clone(), |(name, _)| name)],
        Statement::ShowCreateSource { .. } => vec!["name".to_owned(), "create_sql".to_owned()],
        _ => return None,
    };
    let fields: Vec<Field> = names.into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    Some(Arc::new(Schema::new(fields)))
}

/// The description of a result's columns.
pub fn row_description(schema: &SchemaRef, formats: &[Format]) -> PgWireBackendMessage {
    let fields = schema.fields().iter().enumerate().map(|(index, field)| {
        let pg = PgType::of_field(field);
        let format = match formats {
            [] => Format::Text,
            [all] => *all,
            each => each.get(index).copied().unwrap_or(Format::Text),
        };
        let (table, column) = origin(field).unwrap_or_default();
        FieldDescription::new(
            field.name().replace('\0', "\u{fffd}"),
            table,
            column,
            pg.oid(),
            pg.size(),
            pg.modifier,
            format.code(),
        )
    });
    PgWireBackendMessage::RowDescription(RowDescription::new(fields.collect()))
}

/// The OID of the table that a column comes from, and its number there.
fn origin(field: &Field) -> Option<(i32, i16)> {
    let (table, column) = field.metadata().get(ORIGIN_KEY)?.split_once('.')?;
    Some((table.parse::<u32>().ok()?.cast_signed(), column.parse().ok()?))
}

impl Connection {
    /// Types a query on the runtime of queries.
    pub(super) async fn prepare(
        &mut self,
        statement: &Arc<ParsedStatement>,
        parameters: Vec<Option<DataType>>,
        interrupt: &Interrupt,
    ) -> Result<PreparedQuery, Failure> {
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let catalog = Arc::clone(snapshot.catalog());
        let engine = Arc::clone(&self.shared.engine);
        let session = self.session.planner().clone();
        let (style, path) = (session.style(), Arc::clone(&session.path));
        let parsed = Arc::clone(statement);
        if let Statement::Delete(delete) = &statement.statement {
            let found = crate::ddl::table::deletable(&catalog, &session.path, &delete.table);
            found.map_err(|error| moved(error, statement.start))?;
        }
        let work = async move {
            let Some(query) = parsed.statement.query() else {
                return Err(SqlError::new("XX000", "only a query is planned"));
            };
            let prepared = engine.prepare(query, &parameters, &session, &snapshot).await?;
            let (returning, rest) = match &parsed.statement {
                Statement::Insert(insert) => (insert.returning.as_ref(), None),
                Statement::Delete(delete) => (delete.returning.as_ref(), Some(&delete.rest)),
                _ => (None, None),
            };
            // Parameters are of the types that the first of the queries gave them.
            let types = prepared.parameters.iter().map(|field| Some(field.data_type().clone()));
            let types: Vec<_> = types.collect();
            let returning = match returning {
                Some(query) => {
                    Some(Arc::new(engine.prepare_returning(query, &types, &session, &snapshot).await?))
                }
                None => None,
            };
            let rest = match rest {
                Some(query) => Some(Arc::new(engine.prepare(query, &types, &session, &snapshot).await?)),
                None => None,
            };
            Ok((prepared, returning, rest))
        };
        let prepared = self.reader.watch(interrupt, work).await?;
        let (prepared, returning, rest) = prepared.map_err(|error| moved(error, statement.start))?;
        Ok(PreparedQuery { prepared: Arc::new(prepared), returning, rest, catalog, style, path })
    }

    /// Starts a typed query.
    pub(super) fn start(
        &mut self,
        query: &PreparedQuery,
        parameters: Vec<ScalarValue>,
        formats: &[Format],
        tag: &'static str,
    ) -> Result<RowStream, SqlError> {
        let format = RowFormat::new(&query.prepared.schema, formats, self.session.settings().style());
        if let Some(row) = query.prepared.constant(&parameters) {
            return Ok(RowStream::ready(row?, format, tag));
        }
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let session = self.session.planner().clone();
        Ok(RowStream::start(&self.shared, &query.prepared, parameters, session, snapshot, format, tag))
    }

    /// Sends rows, `rows_max` at most. Returns how many, and whether the stream is at its end.
    pub(super) async fn send_rows(
        &mut self,
        rows: &mut RowStream,
        rows_max: usize,
        interrupt: &Interrupt,
    ) -> Result<(usize, bool), Failure> {
        let mut sent = 0;
        while sent < rows_max {
            let Some(encoder) = &mut rows.current else {
                let batch = match rows.next_ready() {
                    Some(ready) => ready,
                    None => self.reader.watch(interrupt, rows.next()).await??,
                };
                match batch {
                    Some(batch) => rows.current = Some(encoder(&batch, &rows.format)?),
                    None => return Ok((sent, true)),
                }
                continue;
            };
            sent += self.send_batch(encoder, rows_max - sent, interrupt).await?;
            if encoder.remaining() == 0 {
                rows.current = None;
            }
        }
        Ok((sent, false))
    }

    /// Sends rows of a batch, `rows_max` at most, until the buffer has to be flushed. Returns how many.
    pub(super) async fn send_batch(
        &mut self,
        encoder: &mut BatchEncoder,
        rows_max: usize,
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        let sent = encoder
            .write(&mut self.writer.buffer, rows_max, WRITE_BUFFER_BYTES)
            .map_err(|error| SqlError::new("54000", error.to_string()))?;
        if self.writer.is_full() {
            self.reader.watch(interrupt, self.writer.flush()).await??;
        }
        Ok(sent)
    }

    /// The columns that a statement other than a query will answer with.
    pub(super) fn command_schema(&self, statement: &Statement) -> Result<Option<SchemaRef>, SqlError> {
        match statement {
            Statement::Fetch { cursor, moves: false, .. } => {
                self.session.cursor(cursor).map(|cursor| Some(Arc::clone(&cursor.schema)))
            }
            statement => Ok(fixed_schema(statement, self.session.settings())),
        }
    }

    /// The tag of a result that is at its end.
    pub(super) fn rows_tag(rows: &RowStream, sent: usize) -> String {
        match rows.tag {
            tag @ ("SELECT" | "INSERT 0" | "DELETE") => format!("{tag} {sent}"),
            other => other.to_owned(),
        }
    }

    /// Does a statement that is not a query. Those that have one in them bring it bound.
    pub(super) async fn command(
        &mut self,
        statement: &Arc<ParsedStatement>,
        bound: Option<Bound>,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let tag = match &statement.statement {
            Statement::Begin { modes, tag } => {
                if !self.session.begin() {
                    self.notify(&Notice::warning("25001", "there is already a transaction in progress"));
                }
                self.set_modes(*modes)?;
                tag
            }
            Statement::Commit { chain } | Statement::Rollback { chain }
                if *chain && !self.session.in_block() =>
            {
                let commits = matches!(statement.statement, Statement::Commit { .. });
                let tag = if commits { "COMMIT AND CHAIN" } else { "ROLLBACK AND CHAIN" };
                return Err(outside_block(tag).into());
            }
            Statement::Commit { chain } => {
                let ready = match self.hold_cursors(interrupt).await {
                    Ok(()) => self.commit_writes(true).await.map(drop),
                    error => error,
                };
                if let Err(error) = ready {
                    self.session.finish(false);
                    return Err(error);
                }
                self.finish(true, *chain)
            }
            Statement::Rollback { chain } => self.finish(false, *chain),
            Statement::SetTransaction { modes, session: true } => {
                for (name, value) in modes.settings() {
                    self.session.set(&format!("default_{name}"), Some(value), false)?;
                }
                "SET"
            }
            Statement::SetTransaction { modes, session: false } => {
                if self.session.in_block() {
                    self.set_modes(*modes)?;
                } else {
                    let message = "SET TRANSACTION can only be used in transaction blocks";
                    self.notify(&Notice::warning("25P01", message));
                }
                "SET"
            }
            Statement::Savepoint { name } => {
                self.session.savepoint(name)?;
                "SAVEPOINT"
            }
            Statement::Release { savepoint } => {
                self.session.release(savepoint)?;
                "RELEASE"
            }
            Statement::RollbackTo { savepoint } => {
                self.session.rollback_to(savepoint)?;
                "ROLLBACK"
            }
            Statement::Declare(declare) => {
                self.declare(declare, bound.ok_or_else(unbound)?, interrupt).await?;
                "DECLARE CURSOR"
            }
            Statement::Fetch { cursor, direction, moves } => {
                let count = self.fetch(cursor, *direction, *moves, formats, interrupt).await?;
                let verb = if *moves { "MOVE" } else { "FETCH" };
                return Ok(Response::Command(format!("{verb} {count}")));
            }
            Statement::Close { cursor: None } => {
                self.session.drop_cursors();
                "CLOSE CURSOR ALL"
            }
            Statement::Close { cursor: Some(name) } => {
                self.session.take_cursor(name)?;
                "CLOSE CURSOR"
            }
            Statement::Copy(copy) => {
                let bound = bound.ok_or_else(unbound)?;
                if !bound.query.prepared.parameters.is_empty() {
                    return Err(SqlError::new("42P02", "there is no parameter $1").into());
                }
                let copied = self.copy_out(bound, &copy.options, interrupt).await?;
                return Ok(Response::Command(format!("COPY {copied}")));
            }
            Statement::Set { name, value, local } => {
                if *local && !self.session.in_block() {
                    self.notify(&Notice::warning(
                        "25P01",
                        "SET LOCAL can only be used in transaction blocks",
                    ));
                } else {
                    self.session.set(name, value.as_deref(), *local)?;
                }
                "SET"
            }
            Statement::Reset { name } if name == "all" => {
                self.session.reset_all();
                "RESET"
            }
            Statement::Reset { name } => {
                self.session.set(name, None, false)?;
                "RESET"
            }
            Statement::Discard { what } => {
                if what == "ALL" {
                    if self.session.in_block() {
                        return Err(in_block("DISCARD ALL").into());
                    }
                    self.session.discard_all();
                } else if what == "TEMP" {
                    self.session.discard_temporary();
                } else if what == "PLANS" {
                    // Plans are made per execution: there are none to discard.
                }
                return Ok(Response::Command(format!("DISCARD {what}")));
            }
            Statement::Prepare(prepare) => {
                self.prepare_statement(prepare, statement.start, interrupt).await?;
                "PREPARE"
            }
            Statement::Deallocate { name: None } => {
                self.session.drop_statements();
                "DEALLOCATE ALL"
            }
            Statement::Deallocate { name: Some(name) } => {
                self.session.statement(name)?;
                self.session.drop_statement(name);
                "DEALLOCATE"
            }
            Statement::Show { name } => return self.show(&statement.statement, name, formats),
            Statement::ShowCreateSource { name } => {
                let snapshot = self.session.snapshot(&self.shared.database)?;
                let text = self.shared.engine.show_create_source(
                    name,
                    &self.session.planner().path,
                    snapshot.catalog(),
                );
                let text = text.map_err(|error| moved(error, statement.start))?;
                return self.rows(
                    &statement.statement,
                    vec![vec![name.value.clone()], vec![text]],
                    formats,
                    "SHOW",
                );
            }
            Statement::Nothing { tag } => tag,
            Statement::Empty | Statement::Query(_) => {
                return Err(SqlError::new("XX000", "not a command").into());
            }
            writing if ddl::is_of_tables(writing) => {
                return self.write(statement, bound, formats, interrupt).await;
            }
            ddl => {
                let tag = ddl::tag(ddl);
                if self.session.in_block() {
                    return Err(in_block(tag).into());
                }
                self.check_writable(tag)?;
                return self.change(statement, tag, interrupt).await;
            }
        };
        Ok(Response::Command(tag.to_owned()))
    }

    /// Runs DDL as a task of its own: from its commit on it goes to its end whatever becomes of
    /// the client, so that no source is left committed and not started.
    async fn change(
        &mut self,
        statement: &Arc<ParsedStatement>,
        tag: &'static str,
        interrupt: &Interrupt,
    ) -> Result<Response, Failure> {
        let (shared, parsed, stop) = (Arc::clone(&self.shared), Arc::clone(statement), interrupt.clone());
        let path = Arc::clone(&self.session.planner().path);
        let task = self
            .shared
            .background
            .spawn(async move { ddl::execute(&shared, &path, &parsed.statement, &stop).await });
        let done = self.reader.watch_to_end(task).await?.map_err(|error| task_error(error, tag))?;
        let notices = done.map_err(|error| moved(error, statement.start))?;
        notices.iter().for_each(|notice| self.notify(notice));
        Ok(Response::Command(tag.to_owned()))
    }

    fn show(&mut self, statement: &Statement, name: &str, formats: &[Format]) -> Result<Response, Failure> {
        let settings = self.session.settings();
        let columns = if name == "all" {
            let known = crate::settings::KNOWN.iter();
            let (mut names, mut values, mut descriptions) = (vec![], vec![], vec![]);
            for setting in known {
                names.push(setting.name.to_owned());
                values.push(settings.show(setting.name)?.1);
                descriptions.push(setting.description.to_owned());
            }
            vec![names, values, descriptions]
        } else {
            vec![vec![settings.show(name)?.1]]
        };
        self.rows(statement, columns, formats, "SHOW")
    }

    /// A result of text columns that is already here.
    fn rows(
        &self,
        statement: &Statement,
        columns: Vec<Vec<String>>,
        formats: &[Format],
        tag: &'static str,
    ) -> Result<Response, Failure> {
        let schema = fixed_schema(statement, self.session.settings())
            .ok_or_else(|| SqlError::new("XX000", "the statement has no columns"))?;
        let format = RowFormat::new(&schema, formats, self.session.settings().style());
        let arrays = columns.into_iter().map(|column| Arc::new(StringArray::from(column)) as ArrayRef);
        let batch = RecordBatch::try_new(schema, arrays.collect()).map_err(internal)?;
        Ok(Response::Rows(Box::new(RowStream::ready(batch, format, tag))))
    }

    /// Refuses what writes in a transaction that only reads.
    pub(super) fn check_writable(&self, tag: &str) -> Result<(), SqlError> {
        if self.session.is_read_only() {
            let message = format!("cannot execute {tag} in a read-only transaction");
            return Err(SqlError::new("25006", message));
        }
        Ok(())
    }

    /// Says for the rest of the block what the transaction is.
    fn set_modes(&mut self, modes: TransactionModes) -> Result<(), SqlError> {
        modes.settings().try_for_each(|(name, value)| self.session.set(name, Some(value), true))
    }

    /// Ends the block; the next begins at once, in the same modes, where they are chained.
    fn finish(&mut self, commit: bool, chain: bool) -> &'static str {
        let modes: Vec<_> = ["transaction_isolation", "transaction_read_only"]
            .into_iter()
            .map(|name| (name, self.session.settings().get(name).to_owned()))
            .collect();
        let tag = match self.session.finish(commit) {
            Transaction::Idle => self.no_transaction(if commit { "COMMIT" } else { "ROLLBACK" }),
            Transaction::Block(_) if commit => "COMMIT",
            _ => "ROLLBACK",
        };
        if chain {
            self.session.begin();
            for (name, value) in modes {
                // It was the setting's value a moment ago.
                let _ = self.session.set(name, Some(&value), true);
            }
        }
        tag
    }

    fn no_transaction(&mut self, tag: &'static str) -> &'static str {
        self.notify(&Notice::warning("25P01", "there is no transaction in progress"));
        tag
    }

    /// Sends a notice, if the client wants notices of its level.
    pub(super) fn notify(&mut self, notice: &Notice) {
        let wanted = match self.session.settings().get("client_min_messages") {
            "error" => false,
            "warning" => notice.severity == "WARNING",
            _ => true,
        };
        if wanted {
            self.writer.put(&notice.message());
        }
    }
}

pub(super) fn encoder(batch: &RecordBatch, format: &RowFormat) -> Result<BatchEncoder, SqlError> {
    BatchEncoder::new(batch, format).map_err(internal)
}

pub(super) fn internal(error: arrow::error::ArrowError) -> SqlError {
    SqlError::new("XX000", error.to_string())
}

fn outside_block(tag: &str) -> SqlError {
    SqlError::new("25P01", format!("{tag} can only be used in transaction blocks"))
}

pub(super) fn unbound() -> SqlError {
    SqlError::new("XX000", "the statement's query was not bound")
}

fn in_block(tag: &str) -> SqlError {
    SqlError::new("25001", format!("{tag} cannot run inside a transaction block"))
}

/// An error whose position counts from the statement's start, as the client counts.
pub(super) fn moved(mut error: SqlError, start: usize) -> SqlError {
    error.position = error.position.map(|position| position + start);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_statement_alone() {
        let panicked = tokio::spawn(async { panic!("division of {} by zero", 1) }).await.unwrap_err();
        let error = task_error(panicked, "query");
        assert_eq!(
            (error.sqlstate.as_ref(), error.message.as_str()),
            ("XX000", "internal error: division of 1 by zero")
        );
    }
}
