//! A query's way: statement, plan, stream of record batches.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::execution::SendableRecordBatchStream;
use storage::Database;
use storage::snapshot::Snapshot;

use crate::error::Result;
use crate::session::Session;
use crate::statement::Query;
use crate::system_table::SystemState;

/// Bounds on queries.
#[derive(Clone, Debug)]
pub struct QueryConfig {
    /// Memory of all running queries together; a query that would pass it ends with 53200.
    pub memory_bytes_max: u64,
    /// Partitions of a plan: about the threads that one query may use.
    pub parallelism: usize,
}

/// Plans and runs statements of all sessions. Holds what they share: functions, memory pool,
/// object store, caches.
#[derive(Debug)]
pub struct Engine {}

/// A statement that was bound and typed once and can be executed many times.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The type of each parameter from `$1`.
    pub parameters: Vec<DataType>,
    /// The columns of the result; metadata [`storage::schema::PG_TYPE_KEY`] where Arrow's type
    /// does not tell PostgreSQL's.
    pub schema: SchemaRef,
}

impl Engine {
    /// An engine over a database.
    pub fn new(
        database: Arc<Database>,
        config: QueryConfig,
        system: Arc<dyn SystemState>,
    ) -> Result<Arc<Self>> {
        let _ = (database, config, system);
        todo!()
    }

    /// Binds and types a query. `parameters` are the types that the client gave, None where it
    /// left one open; the list may be shorter than what the statement uses.
    pub async fn prepare(
        &self,
        query: &Query,
        parameters: &[Option<DataType>],
        session: &Session,
        snapshot: &Snapshot,
    ) -> Result<Prepared> {
        let _ = (query, parameters, session, snapshot);
        todo!()
    }

    /// Plans and starts a prepared query on a snapshot. Dropping the stream stops the query and
    /// gives back what it held.
    pub async fn execute(
        &self,
        prepared: &Prepared,
        parameters: Vec<ScalarValue>,
        session: &Session,
        snapshot: &Snapshot,
    ) -> Result<SendableRecordBatchStream> {
        let _ = (prepared, parameters, session, snapshot);
        todo!()
    }
}
