//! The server is killed with SIGKILL at random moments under load, again and again; nothing may be
//! missing, twice, or wrong afterwards, and what can be read meanwhile is always a prefix.
//!
//! `TIDEGATE_CRASHES` says how often (50 without it), `TIDEGATE_SEED` repeats the moments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tidegate_sqllogictest::events::mix;
use tidegate_sqllogictest::kafka::{self, KafkaBroker, Message};
use tidegate_sqllogictest::server::Server;
use tokio_postgres::Client;

use crate::support::{ends, number, rows, seed, setting};

const SOURCES: [&str; 2] = ["crash_a", "crash_b"];
const PARTITIONS: i32 = 3;
/// Over all partitions of both topics.
const MESSAGES_PER_SECOND: u32 = 4000;
/// Longer than it takes to read the backlog of any crash again.
const CATCH_UP: Duration = Duration::from_secs(60);

/// What the message at an offset holds. Nobody has to remember what was sent.
#[derive(Clone, Copy)]
struct Ledger {
    seed: u64,
}

/// What a partition shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    rows: i128,
    dead: i128,
    first: i128,
    last: i128,
    checksum: i128,
    length: i128,
}

impl Ledger {
    /// None is a message that cannot be decoded.
    fn message(self, source: usize, partition: i32, offset: i64) -> Option<(u32, String)> {
        let random = mix(self.seed ^ mix((source as u64) << 56 | (partition as u64) << 48 | offset as u64));
        if random.is_multiple_of(500) {
            return None;
        }
        let text = format!("{random:x}").repeat(1 + (random % 7) as usize);
        Some((crc32c::crc32c(text.as_bytes()), text))
    }

    fn value(self, source: usize, partition: i32, offset: i64) -> String {
        match self.message(source, partition, offset) {
            // Days apart, so that a flush makes several segments.
            Some((checksum, text)) => format!(
                "{{\"ts\":\"2026-05-0{}T00:00:00Z\",\"id\":{offset},\"checksum\":{checksum},\"text\":\"{text}\"}}",
                1 + offset % 3
            ),
            None => "not a message".to_owned(),
        }
    }
}

/// The sums of every prefix asked for, extended as the prefixes grow.
struct Expected {
    ledger: Ledger,
    /// By source and partition: rows, dead letters, checksum and length of each prefix.
    prefixes: Vec<Vec<[i128; 4]>>,
}

impl Expected {
    fn new(ledger: Ledger) -> Self {
        let prefixes = vec![vec![[0; 4]]; SOURCES.len() * PARTITIONS as usize];
        Self { ledger, prefixes }
    }

    fn prefix(&mut self, source: usize, partition: i32, end: i64) -> Sums {
        let prefixes = &mut self.prefixes[source * PARTITIONS as usize + partition as usize];
        while prefixes.len() <= end as usize {
            let offset = prefixes.len() as i64 - 1;
            let [rows, dead, checksum, length] = prefixes[offset as usize];
            prefixes.push(match self.ledger.message(source, partition, offset) {
                Some((crc, text)) => {
                    [rows + 1, dead, checksum + i128::from(crc), length + text.len() as i128]
                }
                None => [rows, dead + 1, checksum, length],
            });
        }
        let [rows, dead, checksum, length] = prefixes[end as usize];
        Sums { rows, dead, first: 0, last: i128::from(end) - 1, checksum, length }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crash() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let crashes = setting("TIDEGATE_CRASHES").unwrap_or(50);
    let seed = seed("crash");
    let mut random = SmallRng::seed_from_u64(seed);
    let ledger = Ledger { seed };
    let mut expected = Expected::new(ledger);
    let mut server = Server::start(&[]).await;
    tokio::task::block_in_place(|| {
        SOURCES.iter().for_each(|topic| broker.create_topic(topic, PARTITIONS, &[]).unwrap());
    });
    create_sources(&server.connect().await.unwrap(), broker).await;

    let stop = Arc::new(AtomicBool::new(false));
    let producing = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || produce(broker, ledger, &stop)
    });

    let mut reads = 0;
    for crash in 1..=crashes {
        let life = Duration::from_millis(random.random_range(20..1500));
        reads += read_until(&server, &mut expected, Instant::now() + life).await;
        server.kill();
        // A crash may also hit a server that is busy with coming back.
        if random.random_ratio(1, 4) {
            server.launch();
            tokio::time::sleep(Duration::from_millis(random.random_range(5..700))).await;
            server.kill();
        }
        if crash % 10 == 0 {
            check(&server);
        }
        server.start_again().await;
        compare(&server, broker, &mut expected).await;
    }

    stop.store(true, Ordering::Relaxed);
    producing.join().unwrap();
    compare(&server, broker, &mut expected).await;
    compare_rows(&server, ledger).await;
    server.kill();
    check(&server);
    server.start_again().await;
    compare(&server, broker, &mut expected).await;
    server.stop().await;
    check(&server);
    let total: i64 = tokio::task::block_in_place(|| {
        SOURCES.iter().flat_map(|topic| ends(broker, topic, PARTITIONS)).sum()
    });
    eprintln!("{crashes} crashes, {total} messages, {reads} reads between them");
}

async fn create_sources(client: &Client, broker: &KafkaBroker) {
    for source in SOURCES {
        let sql = format!(
            "CREATE SOURCE {source} (ts timestamptz NOT NULL, id bigint NOT NULL, checksum bigint, text text)
             FROM KAFKA (BROKERS '{}', TOPIC '{source}') FORMAT JSON INCLUDE PARTITION, OFFSET
             PARTITION BY time_bucket('1 day', ts) ORDER BY (text)
             WITH (flush_rows = 3000, flush_interval = '400 ms')",
            broker.address()
        );
        client.simple_query(&sql).await.unwrap();
    }
}

/// Sends to every partition of both topics in turn, at a steady rate.
fn produce(broker: &KafkaBroker, ledger: Ledger, stop: &AtomicBool) {
    let producer = broker.producer().unwrap();
    let start = Instant::now();
    let mut sent = 0;
    for offset in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        for (source, topic) in SOURCES.iter().enumerate() {
            for partition in 0..PARTITIONS {
                let value = ledger.value(source, partition, offset);
                producer.send(topic, &Message::value(&value).partition(partition)).unwrap();
                sent += 1;
            }
        }
        let due = Duration::from_secs(1) * sent / MESSAGES_PER_SECOND;
        if let Some(ahead) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(ahead);
        }
    }
    producer.flush().unwrap();
}

/// What each partition of a source shows, rows and dead letters in one snapshot.
async fn sums(client: &Client, source: &str) -> Result<Vec<(i32, Sums)>, tokio_postgres::Error> {
    let sql = format!(
        "SELECT partition, sum(n), sum(dead), min(lo), max(hi), sum(c), sum(l) FROM (
             SELECT partition, count(*) AS n, 0 AS dead, min(\"offset\") AS lo, max(\"offset\") AS hi,
                    sum(checksum) AS c, sum(length(text)) AS l FROM {source} GROUP BY partition
             UNION ALL
             SELECT partition, 0, count(*), min(\"offset\"), max(\"offset\"), 0, 0
             FROM {source}_dead_letters GROUP BY partition
         ) AS parts GROUP BY partition"
    );
    let rows = rows(client, &sql).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let value = |column: usize| number(row[column].as_ref());
            let sums = Sums {
                rows: value(1),
                dead: value(2),
                first: value(3),
                last: value(4),
                checksum: value(5),
                length: value(6),
            };
            (value(0) as i32, sums)
        })
        .collect())
}

/// Reads again and again: what is visible is a prefix, and within a server's life it only grows.
async fn read_until(server: &Server, expected: &mut Expected, end: Instant) -> u64 {
    let client = server.connect().await.unwrap();
    let mut last = [[-1; PARTITIONS as usize]; SOURCES.len()];
    let mut reads = 0;
    while Instant::now() < end {
        for (source, name) in SOURCES.iter().enumerate() {
            let reading = sums(&client, name);
            let found = match tokio::time::timeout_at(end.into(), reading).await {
                Ok(found) => found.unwrap(),
                // The moment has come, in the middle of a query.
                Err(_) => return reads,
            };
            for (partition, found) in found {
                let prefix = expected.prefix(source, partition, found.last as i64 + 1);
                assert_eq!(found, prefix, "{name} partition {partition} is no prefix");
                let before = &mut last[source][partition as usize];
                assert!(found.last >= *before, "{name} partition {partition} went back");
                *before = found.last;
            }
            reads += 1;
        }
    }
    reads
}

/// Waits until everything that the broker has now is visible, and compares it with the ledger.
async fn compare(server: &Server, broker: &KafkaBroker, expected: &mut Expected) {
    let client = server.connect().await.unwrap();
    for (source, name) in SOURCES.iter().enumerate() {
        let ends = tokio::task::block_in_place(|| ends(broker, name, PARTITIONS));
        let start = Instant::now();
        loop {
            let found = sums(&client, name).await.unwrap();
            for (partition, found) in &found {
                let prefix = expected.prefix(source, *partition, found.last as i64 + 1);
                assert_eq!(*found, prefix, "{name} partition {partition} is no prefix");
            }
            let reached = |partition: usize, end: i64| {
                let mut partitions = found.iter().filter(|(found, _)| *found as usize == partition);
                end == 0 || partitions.any(|(_, sums)| sums.last + 1 >= i128::from(end))
            };
            if ends.iter().enumerate().all(|(partition, end)| reached(partition, *end)) {
                break;
            }
            if start.elapsed() > CATCH_UP {
                let status = rows(&client, "SELECT name, state, error FROM tidegate.sources").await.unwrap();
                panic!("{name} did not reach {ends:?}: {found:?}; {status:?}\n{}", server.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Every row by itself, not only the sums.
async fn compare_rows(server: &Server, ledger: Ledger) {
    let client = server.connect().await.unwrap();
    for (source, name) in SOURCES.iter().enumerate() {
        for partition in 0..PARTITIONS {
            let sql = format!(
                "SELECT \"offset\", id, checksum, text FROM {name} WHERE partition = {partition} ORDER BY 1"
            );
            let rows = rows(&client, &sql).await.unwrap();
            let mut offset = -1;
            for row in rows {
                offset = (offset + 1..).find(|at| ledger.message(source, partition, *at).is_some()).unwrap();
                let (checksum, text) = ledger.message(source, partition, offset).unwrap();
                let expected = [offset.to_string(), offset.to_string(), checksum.to_string(), text];
                assert_eq!(row, expected.map(Some), "{name} partition {partition}");
            }
        }
    }
}

/// `tidegate check` on the stopped server's data.
pub(crate) fn check(server: &Server) {
    let output = std::process::Command::new(tidegate_sqllogictest::binary::tidegate())
        .args(["check", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    let report =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tidegate check found:\n{report}");
}
