//! Millions of rows through several sources at once, compared with a ledger that the producer keeps.
//!
//! `TIDEGATE_EVENTS` says how many messages each source gets (700 000 without it).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tidegate_sqllogictest::events::{COLUMNS, Event};
use tidegate_sqllogictest::kafka::{self, KafkaBroker, Message};
use tidegate_sqllogictest::server::Server;
use tokio_postgres::Client;

use crate::support::{number, rows, seed, setting, wait_visible};

const SOURCES: usize = 3;
const PARTITIONS: i32 = 4;
/// 2026-05-01 00:00 UTC.
const START_MICROS: i64 = 1_777_593_600_000_000;
/// Between two events: 700 000 of them take a week and a bit.
const STEP_MICROS: i64 = 1_000_000;
/// One in so many messages cannot be decoded.
const MALFORMED: u64 = 10_007;

/// What the producer knows of what it sent to one source.
#[derive(Default)]
struct Ledger {
    rows: i128,
    dead: i128,
    bytes: i128,
    users: i128,
    by_metric: BTreeMap<&'static str, (i128, i128)>,
    by_hour: BTreeMap<i64, i128>,
    by_partition: BTreeMap<i32, i128>,
}

impl Ledger {
    fn add(&mut self, event: &Event, kafka_partition: i32) {
        self.rows += 1;
        self.bytes += i128::from(event.bytes);
        self.users += i128::from(event.user_id);
        let metric = self.by_metric.entry(event.metric).or_default();
        *metric = (metric.0 + 1, metric.1.max(i128::from(event.bytes)));
        *self.by_hour.entry(event.ts_micros / 3_600_000_000).or_default() += 1;
        *self.by_partition.entry(kafka_partition).or_default() += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let events = setting("TIDEGATE_EVENTS").unwrap_or(700_000);
    let seed = seed("ledger");
    let mut server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    let producers: Vec<_> = (0..SOURCES)
        .map(|source| {
            let topic = format!("ledger_{source}");
            tokio::task::block_in_place(|| broker.create_topic(&topic, PARTITIONS, &[]).unwrap());
            std::thread::spawn(move || produce(broker, &topic, seed + source as u64, events))
        })
        .collect();
    for source in 0..SOURCES {
        let sql = format!(
            "CREATE SOURCE ledger_{source} ({COLUMNS}) FROM KAFKA (BROKERS '{}', TOPIC 'ledger_{source}')
             FORMAT JSON INCLUDE PARTITION AS kafka_partition, OFFSET
             PARTITION BY time_bucket('1 day', ts) ORDER BY (cluster, ts) WITH (flush_rows = 200000)",
            broker.address()
        );
        client.simple_query(&sql).await.unwrap();
    }
    let start = Instant::now();
    let ledgers: Vec<Ledger> =
        tokio::task::block_in_place(|| producers.into_iter().map(|thread| thread.join().unwrap()).collect());
    for (source, ledger) in ledgers.iter().enumerate() {
        for partition in 0..PARTITIONS {
            let end = tokio::task::block_in_place(|| {
                broker.watermarks(&format!("ledger_{source}"), partition).unwrap().1
            });
            let limit = Duration::from_secs(300);
            wait_visible(&client, &format!("ledger_{source}"), partition, end, limit).await;
        }
        compare(&client, source, ledger).await;
    }
    eprintln!(
        "{} events were visible {:.1} s after the start",
        SOURCES as u64 * events,
        start.elapsed().as_secs_f64()
    );
    // Everything from segments now.
    server.stop().await;
    server.start_again().await;
    let client = server.connect().await.unwrap();
    for (source, ledger) in ledgers.iter().enumerate() {
        compare(&client, source, ledger).await;
    }
}

fn produce(broker: &KafkaBroker, topic: &str, seed: u64, events: u64) -> Ledger {
    let producer = broker.producer_with(&[("linger.ms", "20"), ("compression.type", "zstd")]).unwrap();
    let mut ledger = Ledger::default();
    let mut value = Vec::new();
    for index in 0..events {
        let kafka_partition = (index % PARTITIONS as u64) as i32;
        value.clear();
        if index % MALFORMED == MALFORMED - 1 {
            value.extend_from_slice(b"{\"ts\": \"yesterday\"}");
            ledger.dead += 1;
        } else {
            let event = Event::nth(seed, index, START_MICROS + STEP_MICROS * index as i64);
            event.write_json(&mut value);
            ledger.add(&event, kafka_partition);
        }
        producer.send(topic, &Message::value(&value).partition(kafka_partition)).unwrap();
    }
    producer.flush().unwrap();
    ledger
}

async fn compare(client: &Client, source: usize, ledger: &Ledger) {
    let ask = async |sql: &str| {
        let sql = sql.replace("$table", &format!("ledger_{source}"));
        let rows = rows(client, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows.iter()
            .map(|row| row.iter().map(|value| number(value.as_ref())).collect())
            .collect::<Vec<Vec<i128>>>()
    };
    assert_eq!(
        ask("SELECT count(*), sum(bytes), sum(user_id), min(\"offset\"), count(DISTINCT (kafka_partition::bigint << 40) + \"offset\") FROM $table").await,
        [[ledger.rows, ledger.bytes, ledger.users, 0, ledger.rows]]
    );
    assert_eq!(ask("SELECT count(*) FROM $table_dead_letters").await, [[ledger.dead]]);
    let partitions = ask("SELECT kafka_partition, count(*) FROM $table GROUP BY 1 ORDER BY 1").await;
    let expected: Vec<_> =
        ledger.by_partition.iter().map(|(partition, count)| vec![i128::from(*partition), *count]).collect();
    assert_eq!(partitions, expected);
    let metrics = ask("SELECT count(*), max(bytes) FROM $table GROUP BY metric ORDER BY metric").await;
    let expected: Vec<_> = ledger.by_metric.values().map(|(count, largest)| vec![*count, *largest]).collect();
    assert_eq!(metrics, expected);
    let hours = ask(
        "SELECT (extract(epoch FROM date_trunc('hour', ts))::bigint / 3600) AS hour, count(*) FROM $table GROUP BY 1 ORDER BY 1",
    )
    .await;
    let expected: Vec<_> =
        ledger.by_hour.iter().map(|(hour, count)| vec![i128::from(*hour), *count]).collect();
    assert_eq!(hours, expected);
    // A range that begins and ends inside a segment.
    let (from, to) = (START_MICROS / 3_600_000_000 + 5, START_MICROS / 3_600_000_000 + 77);
    let inside: i128 = ledger.by_hour.range(from..to).map(|(_, count)| count).sum();
    let sql =
        "SELECT count(*) FROM $table WHERE ts >= '2026-05-01 05:00:00+00' AND ts < '2026-05-04 05:00:00+00'";
    assert_eq!(ask(sql).await, [[inside]]);
}
