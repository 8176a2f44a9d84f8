//! What the demo asks the server, over the wire like anyone.

use std::time::Duration;

use tokio_postgres::{Config, NoTls};

use super::broker::Broker;
use super::ledger::Delivered;
use super::{Counted, DemoError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(100);
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(120);

/// A client of the server on this machine. Connects anew for each question, so that it never
/// holds on to a server that was killed.
pub(super) struct Client {
    config: Config,
}

/// The numbers of the live line.
pub(super) struct Status {
    pub(super) state: String,
    pub(super) error: Option<String>,
    pub(super) rows_per_second: f64,
    pub(super) rows: i64,
    pub(super) dead_letters: i64,
    pub(super) freshness_ms: Option<f64>,
    pub(super) lag: i64,
}

impl Client {
    pub(super) fn new(port: u16) -> Self {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(port)
            .user("demo")
            .dbname("tidegate")
            .application_name("tidegate demo")
            .connect_timeout(CONNECT_TIMEOUT);
        Self { config }
    }

    /// Whether the server answers.
    pub(super) async fn is_alive(&self) -> bool {
        match self.connect().await {
            Ok(session) => session.simple_query("SELECT 1").await.is_ok(),
            Err(_) => false,
        }
    }

    /// Creates the demo's source where it is not there yet.
    pub(super) async fn create_source(
        &self,
        source: &str,
        broker: &Broker,
        topic: &str,
    ) -> Result<(), DemoError> {
        let brokers = broker.addresses();
        let flush_rows = broker.flush_rows().map(|rows| format!("flush_rows = {rows}, ")).unwrap_or_default();
        let statement = format!(
            "CREATE SOURCE IF NOT EXISTS {source} (
                ts timestamptz NOT NULL,
                event_id bigint NOT NULL,
                event_type text NOT NULL,
                user_id bigint,
                url text,
                latency_ms double precision,
                slow boolean GENERATED ALWAYS AS (latency_ms > 500) STORED,
                device text,
                country text FROM 'geo.country',
                city text FROM 'geo.city',
                product jsonb
            )
            FROM KAFKA (BROKERS '{brokers}', TOPIC '{topic}')
            FORMAT JSON
            INCLUDE PARTITION, OFFSET
            WITH ({flush_rows}flush_interval = '10 s')"
        );
        Ok(self.connect().await?.batch_execute(&statement).await?)
    }

    /// How the source is doing.
    pub(super) async fn status(&self, source: &str) -> Result<Status, DemoError> {
        let session = self.connect().await?;
        let row = session
            .query_one(
                &format!(
                    "SELECT state, error, rows_per_second::double precision,
                            extract(epoch FROM freshness)::double precision * 1000,
                            (SELECT count(*) FROM {source}),
                            (SELECT count(*) FROM {source}_dead_letters),
                            (SELECT sum(lag)::bigint FROM tidegate.source_partitions WHERE source = $1)
                     FROM tidegate.sources WHERE name = $1"
                ),
                &[&source],
            )
            .await?;
        Ok(Status {
            state: row.try_get(0)?,
            error: row.try_get(1)?,
            rows_per_second: row.try_get::<_, Option<f64>>(2)?.unwrap_or_default(),
            freshness_ms: row.try_get(3)?,
            rows: row.try_get(4)?,
            dead_letters: row.try_get(5)?,
            lag: row.try_get::<_, Option<i64>>(6)?.unwrap_or_default(),
        })
    }

    /// Waits until every partition shows at least what was delivered.
    pub(super) async fn wait_until_visible(
        &self,
        source: &str,
        delivered: &Delivered,
    ) -> Result<(), DemoError> {
        let wait = async {
            loop {
                if self.is_visible(source, delivered).await.unwrap_or(false) {
                    return;
                }
                tokio::time::sleep(RETRY).await;
            }
        };
        tokio::time::timeout(CATCH_UP_TIMEOUT, wait).await.map_err(|_| {
            DemoError::Setup(format!(
                "the server has not caught up after {} s; SELECT * FROM tidegate.sources says why",
                CATCH_UP_TIMEOUT.as_secs()
            ))
        })
    }

    async fn is_visible(&self, source: &str, delivered: &Delivered) -> Result<bool, DemoError> {
        let session = self.connect().await?;
        let rows = session
            .query(
                "SELECT partition::integer, visible_offset FROM tidegate.source_partitions WHERE source = $1",
                &[&source],
            )
            .await?;
        let mut visible = Delivered::new();
        for row in rows {
            visible.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(delivered
            .iter()
            .all(|(partition, next)| visible.get(partition).is_some_and(|visible| visible >= next)))
    }

    /// Counts what became of the delivered messages.
    pub(super) async fn count(&self, source: &str, delivered: &Delivered) -> Result<Counted, DemoError> {
        let session = self.connect().await?;
        let below = delivered
            .iter()
            .map(|(partition, next)| format!("(partition = {partition} AND \"offset\" < {next})"))
            .collect::<Vec<_>>()
            .join(" OR ");
        let row = session
            .query_one(
                &format!(
                    "SELECT (SELECT count(*) FROM {source} WHERE {below}),
                            (SELECT count(*) FROM {source}_dead_letters WHERE {below}),
                            (SELECT sum(start_offset)::bigint FROM tidegate.source_partitions
                             WHERE source = $1)"
                ),
                &[&source],
            )
            .await?;
        let found = row.try_get::<_, i64>(0)? + row.try_get::<_, i64>(1)?;
        let expected = delivered.values().sum::<i64>() - row.try_get::<_, i64>(2)?;
        Ok(Counted { expected: expected.unsigned_abs(), found: found.unsigned_abs() })
    }

    async fn connect(&self) -> Result<tokio_postgres::Client, DemoError> {
        let (client, connection) = self.config.connect(NoTls).await?;
        // Ends with the client; a broken connection shows in the client's next question.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(client)
    }
}
