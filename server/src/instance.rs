//! A running server: what its parts share, how it starts, and how it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ingest::Supervisor;
use planner::query::QueryConfig;
use planner::{Engine, SqlError};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use storage::Database;
use storage::clock::Clock;
use storage::object_store::DurableStore;
use storage::temporary::TemporaryLimits;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::config::{Config, ConfigError};
use crate::listener::Listener;
use crate::numbering::Numbering;
use crate::pg::execute::task_error;
use crate::sessions::{Places, Sessions};
use crate::settings::Settings;
use crate::tls::{self, TlsError};
use crate::{ddl, pins, shutdown};

/// What bounds a connection.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Of a message, once a session has begun.
    pub message_bytes_max: usize,
    /// To say what it wants.
    pub startup_timeout: Duration,
    /// How long a client may take nothing of what it is sent.
    pub write_timeout: Duration,
    /// The temporary tables of a session.
    pub temporary: TemporaryLimits,
    /// The settings with which sessions begin.
    pub settings: Settings,
}

/// What all connections share.
#[derive(Debug)]
pub struct Shared {
    /// The database.
    pub database: Arc<Database>,
    /// The planner.
    pub engine: Arc<Engine>,
    /// The sources' consumers.
    pub supervisor: Supervisor,
    /// The sessions.
    pub sessions: Arc<Sessions>,
    /// The bounds of a connection.
    pub limits: Limits,
    /// Makes connections private, where there is a certificate.
    pub tls: Option<Arc<ServerConfig>>,
    /// Where queries run, so that they starve neither the wire nor ingest.
    pub queries: Handle,
    /// Where flushes, commits and DDL run.
    pub background: Handle,
    /// One change of the catalog at a time: each reads what the one before has written.
    pub ddl: tokio::sync::Mutex<()>,
    /// The next numbers of identity columns.
    pub numbers: Arc<Numbering>,
    /// Cancelled when no new statements are taken.
    pub draining: CancellationToken,
}

impl Shared {
    /// Does work on the runtime of queries. Dropping the future stops it; a panic is an error.
    pub async fn on_queries<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, SqlError> {
        AbortOnDropHandle::new(self.queries.spawn(work)).await.map_err(|error| task_error(error, what))
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address can't be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The address is not this machine's own.
    #[error(
        "cannot listen on {address}: without passwords only loopback addresses are allowed, such as 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or its key is not what it should be.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The database can't be opened.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
    /// The planner can't be made.
    #[error("{0}")]
    Planner(SqlError),
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(#[source] std::io::Error),
}

/// The threads of a server. Each kind of work has its own, so that none starves another.
#[derive(Debug)]
struct Runtimes {
    wire: Option<Runtime>,
    queries: Option<Runtime>,
    background: Option<Runtime>,
}

/// Deep statements recurse; tokio's 2 MiB are too few for what the parser and DataFusion's rules do with them.
const STACK_BYTES: usize = 8 << 20;

impl Runtimes {
    fn start(config: &Config) -> std::io::Result<Self> {
        let threads = |name: &'static str, count: usize| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(count).thread_name(name).thread_stack_size(STACK_BYTES).enable_all();
            builder
        };
        Ok(Self {
            wire: Some(threads("wire", config.wire_threads.get()).build()?),
            queries: Some(threads("query", config.query_threads.get()).build()?),
            background: Some(threads("background", config.background_threads.get()).build()?),
        })
    }

    fn handles(&self) -> Option<(Handle, Handle, Handle)> {
        let handle = |runtime: &Option<Runtime>| runtime.as_ref().map(|runtime| runtime.handle().clone());
        Some((handle(&self.wire)?, handle(&self.queries)?, handle(&self.background)?))
    }
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        // Nothing to wait for: what must end in order has ended in `Instance::stop`. Waiting is
        // not allowed where this may be dropped, inside another runtime.
        for runtime in [self.wire.take(), self.queries.take(), self.background.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Instance {
    shared: Arc<Shared>,
    address: SocketAddr,
    connections: TaskTracker,
    shutdown_timeout: Duration,
    runtimes: Runtimes,
}

impl Instance {
    /// Opens the database, starts its sources, and listens. All randomness comes from `seed`.
    pub async fn start(config: Config, clock: Arc<dyn Clock>, seed: u64) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback { address: config.listen });
        }
        let tls = config.tls.as_ref().map(tls::config).transpose()?;
        let runtimes = Runtimes::start(&config).map_err(StartError::Threads)?;
        let (wire, queries, background) = runtimes.handles().expect("just started");
        let mut seeds = StdRng::seed_from_u64(seed);
        let database_seed = seeds.next_u64();
        let places = Places { all: config.connections_max.get(), reserved: config.connections_reserved };
        let sessions = Sessions::new(places, seeds, Arc::clone(&clock));
        // The port first: two servers that race for it must not both have opened the database.
        let listener = wire
            .run(Listener::bind(config.listen))
            .await
            .map_err(|source| StartError::Listen { address: config.listen, source })?;
        let database = background.run(open(config.clone(), clock, database_seed)).await?;
        let query_config = QueryConfig {
            memory_bytes_max: config.query_memory_bytes_max.0,
            parallelism: config.query_threads.get(),
        };
        let system = Arc::clone(&sessions);
        let engine = Engine::new(Arc::clone(&database), query_config, system).map_err(StartError::Planner)?;
        let supervisor = Supervisor::new(Arc::clone(&database), config.decode_threads.get());
        let shared = Arc::new(Shared {
            database,
            engine,
            supervisor,
            sessions,
            limits: config.limits(),
            tls,
            queries,
            background: background.clone(),
            ddl: tokio::sync::Mutex::new(()),
            numbers: Arc::default(),
            draining: CancellationToken::new(),
        });
        background.run(start_background(Arc::clone(&shared))).await;
        let connections = TaskTracker::new();
        let address = listener.address();
        connections.spawn_on(listener.run(Arc::clone(&shared), connections.clone()), &wire);
        let shutdown_timeout = config.shutdown_timeout.0;
        Ok(Self { shared, address, connections, shutdown_timeout, runtimes })
    }

    /// Where it listens: the real port where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The database, for tests.
    pub fn database(&self) -> &Arc<Database> {
        &self.shared.database
    }

    /// The planner, for tests.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// The connected sessions, for tests.
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.shared.sessions
    }

    /// Takes no more connections and statements, lets running ones end within a bound, flushes,
    /// and closes the database.
    pub async fn stop(self) -> Result<(), storage::StorageError> {
        shutdown::drain(&self.shared, &self.connections, self.shutdown_timeout).await;
        let shared = Arc::clone(&self.shared);
        let closed = self
            .shared
            .background
            .run(async move {
                shared.supervisor.stop_all().await;
                shared.database.close().await
            })
            .await;
        drop(self.runtimes);
        closed
    }
}

async fn open(config: Config, clock: Arc<dyn Clock>, seed: u64) -> Result<Arc<Database>, StartError> {
    let store = DurableStore::open(&config.data)?;
    Ok(Database::open(Arc::new(store), config.storage(), clock, seed).await?)
}

async fn start_background(shared: Arc<Shared>) {
    shared.database.start_background();
    tokio::spawn(pins::watch(Arc::clone(&shared)));
    ddl::start_all(&shared).await;
}

/// Runs work on another runtime and waits for it here; a panic there goes on here.
trait RunElsewhere {
    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T;
}

impl RunElsewhere for Handle {
    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.spawn(work).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => unreachable!("nothing aborts this task, and its runtime outlives it"),
            },
        }
    }
}
