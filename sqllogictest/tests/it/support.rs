//! What several of these tests need.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use tidegate_sqllogictest::kafka::KafkaBroker;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The rows of one statement, each value as the wire's text.
pub(crate) async fn rows(
    client: &Client,
    sql: &str,
) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
    let mut rows = Vec::new();
    for message in client.simple_query(sql).await? {
        if let SimpleQueryMessage::Row(row) = message {
            rows.push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
        }
    }
    Ok(rows)
}

/// A number of a row; null counts as 0.
pub(crate) fn number(value: Option<&String>) -> i128 {
    value.map_or(0, |text| text.parse().unwrap_or_else(|_| panic!("not an integer: {text}")))
}

/// Waits until a source shows everything before `offset` of a partition.
pub(crate) async fn wait_visible(
    client: &Client,
    source: &str,
    partition: i32,
    offset: i64,
    limit: Duration,
) {
    let query = format!(
        "SELECT visible_offset FROM tidegate.source_partitions WHERE source = '{source}' AND partition = {partition}"
    );
    let start = Instant::now();
    loop {
        let found = rows(client, &query).await.unwrap();
        let visible = found.first().map_or(0, |row| number(row[0].as_ref()));
        if visible >= i128::from(offset) {
            return;
        }
        if start.elapsed() > limit {
            let status = rows(client, "SELECT * FROM tidegate.sources").await.unwrap();
            panic!("{source} partition {partition} stands at {visible}, not at {offset}; {status:?}");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the broker has of each partition.
pub(crate) fn ends(broker: &KafkaBroker, topic: &str, partitions: i32) -> Vec<i64> {
    (0..partitions).map(|partition| broker.watermarks(topic, partition).unwrap().1).collect()
}

/// The seed of a test: `TIDEGATE_SEED`, or another one each time. It is printed, to be given again.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = setting("TIDEGATE_SEED").unwrap_or_else(|| RandomState::new().hash_one(test) >> 16);
    eprintln!("{test}: TIDEGATE_SEED={seed}");
    seed
}

/// A number from the environment.
pub(crate) fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}
