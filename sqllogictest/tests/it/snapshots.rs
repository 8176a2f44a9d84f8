//! Forgotten transactions do not stop ingestion.

use std::time::Duration;

use tidegate_sqllogictest::kafka::{self, Message};
use tidegate_sqllogictest::server::Server;

use crate::support::{number, rows, wait_visible};

/// Each pins what happens to be hot, up to half of the memory: some five rounds as a rule.
const ROUNDS_MAX: i64 = 50;
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
    let mut forgotten: Vec<tokio_postgres::Client> = Vec::new();
    let mut end = None;
    for round in 0..ROUNDS_MAX {
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
        match rows(&forgotten[0], count).await {
            Ok(seen) => assert_eq!(number(seen[0][0].as_ref()), i128::from(EVENTS)),
            Err(error) => {
                assert_eq!(error.code().unwrap().code(), "72000", "{error}");
                end = Some((round + 1) * EVENTS);
                break;
            }
        }
    }
    let end = end.expect("the oldest gives way");
    forgotten[0].simple_query("ROLLBACK").await.unwrap();
    for client in [&forgotten[0], &forgotten[forgotten.len() - 1]] {
        let seen = rows(client, count).await.unwrap();
        assert_eq!(number(seen[0][0].as_ref()), i128::from(end));
    }
}
