//! Running plans on the engine's own threads.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use datafusion::catalog::TableProvider;
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::{LogicalPlan, TableScan};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{Stream, StreamExt};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use super::stop::{StopOnDrop, Stopped};
use super::unbound::stored_table;
use crate::catalog::{StatementContext, found_again};
use crate::error::{Result, SqlError};
use crate::pg_catalog;

/// Batches between a query and the connection that sends them: one being sent, one ready.
const BATCHES_AHEAD: usize = 2;

/// The threads on which queries are planned and run.
#[derive(Clone, Debug)]
pub(super) struct Threads {
    handle: Handle,
    /// Shut down, without waiting, when the last engine goes.
    _runtime: Arc<BackgroundRuntime>,
}

#[derive(Debug)]
struct BackgroundRuntime(Option<Runtime>);

impl Drop for BackgroundRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Waiting is not allowed where the engine may be dropped, in asynchronous code.
            runtime.shutdown_background();
        }
    }
}

impl Threads {
    pub(super) fn new(count: usize, stack_bytes: usize) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(count.max(1))
            .thread_stack_size(stack_bytes)
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|error| SqlError::new("53000", format!("query threads can't be started: {error}")))?;
        Ok(Self { handle: runtime.handle().clone(), _runtime: Arc::new(BackgroundRuntime(Some(runtime))) })
    }

    /// Runs `work` to its end on these threads. Dropping the future stops the work; a panic in it
    /// is this statement's error and nobody else's.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut task = AbortOnDrop(self.handle.spawn(work));
        match (&mut task.0).await {
            Ok(result) => result,
            Err(error) => Err(ended(error)),
        }
    }

    /// Drives `stream` on these threads; the result only hands over what they produce, and stops the
    /// statement when it is dropped.
    pub(super) fn stream(
        &self,
        mut stream: SendableRecordBatchStream,
        schema: SchemaRef,
        stop: StopOnDrop,
    ) -> SendableRecordBatchStream {
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let task = AbortOnDrop(self.handle.spawn(async move {
            while let Some(batch) = stream.next().await {
                let batch =
                    batch.map_err(|error| DataFusionError::from(crate::error::from_datafusion(&error)));
                let last = batch.is_err();
                if sender.send(batch).await.is_err() || last {
                    return;
                }
            }
        }));
        Box::pin(HandedOver { schema, batches, task: Some(task), _stop: stop })
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The receiving end of a query that runs elsewhere.
struct HandedOver {
    schema: SchemaRef,
    batches: mpsc::Receiver<DataFusionResult<RecordBatch>>,
    /// None once its end was seen.
    task: Option<AbortOnDrop<()>>,
    _stop: StopOnDrop,
}

impl Stream for HandedOver {
    type Item = DataFusionResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.batches.poll_recv(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(batch))) => {
                let rows = batch.num_rows();
                let batch = announced(batch.columns().to_vec(), rows, &self.schema);
                Poll::Ready(Some(batch.map_err(DataFusionError::from)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            // The channel is closed: by the end of the stream, or by a panic in it.
            Poll::Ready(None) => match &mut self.task {
                None => Poll::Ready(None),
                Some(task) => match Pin::new(&mut task.0).poll(cx) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(Ok(())) => {
                        self.task = None;
                        Poll::Ready(None)
                    }
                    Poll::Ready(Err(error)) => {
                        self.task = None;
                        Poll::Ready(Some(Err(ended(error).into())))
                    }
                },
            },
        }
    }
}

impl RecordBatchStream for HandedOver {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Names and metadata as they were announced. Types too: the optimizer may decide on another one
/// than binding did, as it does for the scale of `round(1.555, 2)`.
pub(super) fn announced(
    columns: Vec<ArrayRef>,
    rows: usize,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = columns.into_iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(column)
            } else {
                cast(&column, field.data_type())
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// Plans for the snapshot that `state` sees.
pub(super) async fn physical(
    plan: &LogicalPlan,
    state: &SessionState,
    stopped: &Stopped,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    stopped.watched_by(state.create_physical_plan(plan).await?)
}

/// Plans for the snapshot that `state` sees, and starts.
pub(super) async fn start(
    plan: &LogicalPlan,
    state: &SessionState,
    stopped: &Stopped,
) -> DataFusionResult<SendableRecordBatchStream> {
    execute_stream(physical(plan, state, stopped).await?, state.task_ctx())
}

/// The plan over the same tables as the statement sees them, and with functions that see the
/// statement: one that was prepared meets a later snapshot each time.
pub(super) async fn rebind(
    plan: LogicalPlan,
    context: &Arc<StatementContext>,
) -> DataFusionResult<LogicalPlan> {
    let mut names = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && is_named(scan)?
        {
            names.push((scan.table_name.clone(), stored_table(scan)?));
        }
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    let mut tables = std::collections::HashMap::new();
    for (name, id) in names {
        let table = found_again(&name, id, context).await?;
        let table = table
            .ok_or_else(|| SqlError::new("42P01", format!("relation \"{}\" does not exist", name.table())))?;
        tables.insert((name, id), table);
    }
    let rebound = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(mut scan) => {
            let key = (scan.table_name.clone(), stored_table(&scan)?);
            let table = tables.get(&key).filter(|_| is_named(&scan).unwrap_or(false));
            let Some(table) = table else { return Ok(Transformed::no(LogicalPlan::TableScan(scan))) };
            ensure_same_columns(&source_as_provider(&scan.source)?, table)?;
            scan.source = provider_as_source(Arc::clone(table));
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        node => node.map_expressions(|expr| expr.transform_up(|expr| Ok(pg_catalog::bind(expr, context)))),
    })?;
    Ok(rebound.data)
}

/// Whether a scan is of a relation that the catalog names: not of a table function, which is its own
/// source, called `name()`, nor of what `WITH RECURSIVE` has so far.
pub(super) fn is_named(scan: &TableScan) -> DataFusionResult<bool> {
    let is_function = scan.table_name.table().ends_with("()");
    Ok(!is_function && source_as_provider(&scan.source)?.downcast_ref::<CteWorkTable>().is_none())
}

fn ensure_same_columns(
    bound: &Arc<dyn TableProvider>,
    current: &Arc<dyn TableProvider>,
) -> DataFusionResult<()> {
    if bound.schema() == current.schema() {
        return Ok(());
    }
    let error = SqlError::new("0A000", "cached plan must not change result type")
        .with_hint("A table of the statement has changed: prepare the statement again.");
    Err(error.into())
}

fn ended(error: JoinError) -> SqlError {
    match error.try_into_panic() {
        Ok(payload) => panicked(payload.as_ref()),
        Err(_) => SqlError::new("57014", "canceling statement: the server is shutting down"),
    }
}

/// A panic is an error of its statement.
pub(super) fn panicked(payload: &(dyn Any + Send)) -> SqlError {
    let message = text_of(payload);
    tracing::error!(message, "a query panicked");
    SqlError::new("XX000", format!("internal error: {message}"))
        .with_hint("This is a bug in the server; only this statement is affected.")
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}
