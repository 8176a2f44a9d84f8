//! Forgotten transactions do not stop ingestion.

use std::time::Duration;

use tidegate_sqllogictest::kafka::{self, Message};
use tidegate_sqllogictest::server::Server;

use crate::support::{number, rows, wait_visible};

const ROUNDS: i64 = 8;
/// Some 3 MiB of hot rows a round.
const EVENTS: i64 = 20_000;

/// Each transaction pins the rows that were hot when it began, and after a few of them nothing more
/// fits: the oldest gives way, and the newest goes on to see what it saw.
#[tokio::test(flavor = "multi_thread")]
async fn forgotten_transactions_give_way() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let topic = tokio::task::block_in_place(|| broker.fresh_topic("pinned", 1).unwrap());
    let server = Server::start(&["--hot-bytes-max", "8 MiB"]).await;
    let client = server.connect().await.unwrap();
    let sql = format!(
        "CREATE SOURCE pinned (n bigint, t text) FROM KAFKA (BROKERS '{}', TOPIC '{topic}') FORMAT JSON",
        broker.address()
    );
    client.simple_query(&sql).await.unwrap();
    let count = "SELECT count(*) FROM pinned";
    let mut forgotten = Vec::new();
    for round in 0..ROUNDS {
        tokio::task::block_in_place(|| {
            let producer = broker.producer().unwrap();
            for n in round * EVENTS..(round + 1) * EVENTS {
                let message = format!(r#"{{"n": {n}, "t": "{}{n}"}}"#, "x".repeat(100));
                producer.send(&topic, &Message::value(&message)).unwrap();
            }
            producer.flush().unwrap();
        });
        wait_visible(&client, "pinned", 0, (round + 1) * EVENTS, Duration::from_secs(60)).await;
        let reader = server.connect().await.unwrap();
        reader.simple_query("BEGIN").await.unwrap();
        let seen = rows(&reader, count).await.unwrap();
        assert_eq!(number(seen[0][0].as_ref()), i128::from((round + 1) * EVENTS));
        forgotten.push(reader);
    }
    let oldest = &forgotten[0];
    let error = rows(oldest, count).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "72000", "{error}");
    oldest.simple_query("ROLLBACK").await.unwrap();
    let newest = rows(&forgotten[forgotten.len() - 1], count).await.unwrap();
    assert_eq!(number(newest[0][0].as_ref()), i128::from(ROUNDS * EVENTS));
}
