//! The end-to-end benchmark: a real broker and a real server on this machine, and a table in
//! Markdown. `benches/e2e.sh` builds both in release mode and runs it.

mod connections;
mod scan;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser;
use tidegate_sqllogictest::events::{COLUMNS, Event};
use tidegate_sqllogictest::kafka::{self, KafkaBroker, Message, Producer};
use tidegate_sqllogictest::server::Server;
use tokio::task::block_in_place;
use tokio_postgres::{Client, SimpleQueryMessage};

const PARTITIONS: i32 = 4;
/// 2026-05-01 00:00 UTC.
const START_MICROS: i64 = 1_777_593_600_000_000;
/// What the kernel counts CPU time in: USER_HZ is 100 on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
const LIMIT: Duration = Duration::from_secs(1800);

/// Measure events a second, CPU, freshness, size, memory and restart.
#[derive(Debug, Parser)]
struct Arguments {
    /// Events of the backlog that is read as fast as it goes.
    #[arg(long, default_value_t = 6_000_000)]
    events: u64,
    /// Events a second while freshness is measured.
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// A Python that has duckdb, to run the scans there as well.
    #[arg(long)]
    python: Option<String>,
    /// Measure what so many connections cost, and nothing else; the limit of open files must be twice
    /// as high.
    #[arg(long)]
    connections: Option<usize>,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if let Some(count) = arguments.connections {
        let mut table = Table::default();
        connections::connections(count, &mut table).await;
        return println!("{}", table.text());
    }
    let broker = block_in_place(kafka::shared).expect("the benchmark needs a Kafka broker");
    let mut table = Table::default();
    let mut server = Server::start(&[]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    table.add("memory, idle", megabytes(status(&server, "VmRSS")));
    backlog(&mut server, broker, &arguments, &mut table).await;
    freshness(&server, broker, &arguments, &mut table).await;
    println!("{}", table.text());
}

/// A minute's backlog is read while the server does nothing else, then again after a restart.
async fn backlog(
    server: &mut Server,
    broker: &'static KafkaBroker,
    arguments: &Arguments,
    table: &mut Table,
) {
    let events = arguments.events;
    block_in_place(|| broker.create_topic("backlog", PARTITIONS, &[]).expect("a topic can be made"));
    let (bytes, producing) = block_in_place(|| produce(broker, "backlog", events));
    table.add("event, as JSON", format!("{:.0} B", bytes as f64 / events as f64));
    table.add("producing alone", format!("{:.0} k events/s", events as f64 / producing.as_secs_f64() / 1e3));

    let client = server.connect().await.expect("the server answers");
    let (cpu, start) = (cpu_seconds(server), Instant::now());
    create_source(&client, broker, "backlog", "").await;
    wait_until_read(&client, broker, "backlog").await;
    let (reading, cpu) = (start.elapsed(), cpu_seconds(server) - cpu);
    table.add("reading a backlog", format!("{:.0} k events/s", events as f64 / reading.as_secs_f64() / 1e3));
    table.add("server CPU", format!("{:.2} s per million events", cpu / (events as f64 / 1e6)));
    for (name, cpu) in cpu_by_thread(server) {
        table.add(&format!("of it in threads {name}"), format!("{:.2} s", cpu / (events as f64 / 1e6)));
    }
    table.add("memory, highest while reading", megabytes(status(server, "VmHWM")));

    // Stopping flushes what is hot.
    let start = Instant::now();
    server.stop().await;
    table.add("stopping, with the last flush", format!("{:.2} s", start.elapsed().as_secs_f64()));
    let stored = directory_bytes(&server.data().join("segments"));
    table.add("stored", format!("{:.1} B per event", stored as f64 / events as f64));
    let start = Instant::now();
    server.launch();
    let count = loop {
        if let Ok(client) = server.connect().await {
            break number(&client, "SELECT count(*) FROM backlog").await;
        }
        assert!(start.elapsed() < LIMIT, "the server does not come back");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    table.add("restart to first answer", format!("{:.0} ms", start.elapsed().as_secs_f64() * 1e3));
    assert_eq!(count, events as i64, "an event is missing or there twice");

    server.stop().await;
    block_in_place(|| produce(broker, "backlog", events));
    let start = Instant::now();
    server.start_again().await;
    let client = server.connect().await.expect("the server answers");
    wait_until_read(&client, broker, "backlog").await;
    let name = format!("restart until {:.0} M events are caught up", events as f64 / 1e6);
    table.add(&name, format!("{:.1} s", start.elapsed().as_secs_f64()));
    drop(client);

    // All rows in segments, as in a database that has stood for a while.
    server.stop().await;
    server.start_again().await;
    scan::scan(server, arguments.python.as_deref(), 2 * events, table).await;
    let client = server.connect().await.expect("the server answers");
    client.simple_query("DROP SOURCE backlog").await.expect("a source can be dropped");
}

/// The time from `send` until a query sees the event, at a steady rate, with flushes meanwhile.
async fn freshness(server: &Server, broker: &'static KafkaBroker, arguments: &Arguments, table: &mut Table) {
    block_in_place(|| broker.create_topic("fresh", 1, &[]).expect("a topic can be made"));
    let client = server.connect().await.expect("the server answers");
    create_source(&client, broker, "fresh", "WITH (flush_interval = '5 s')").await;
    let (rate, total) = (arguments.rate, arguments.rate * arguments.seconds);
    let (cpu, start) = (cpu_seconds(server), Instant::now());
    let producing = std::thread::spawn(move || produce_steadily(broker, "fresh", rate, total, start));

    // When each offset could first be seen, in polls: the answer's arrival and the offset after the last.
    let mut polls = Vec::new();
    let mut seen = 0;
    while seen < total {
        // As a dashboard that is never sated would, not as a loop that takes the core for itself.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let last = number(&client, "SELECT coalesce(max(\"offset\"), -1) FROM fresh").await;
        let next = (last + 1) as u64;
        if next > seen {
            polls.push((start.elapsed(), next));
            seen = next;
        }
        assert!(start.elapsed() < LIMIT, "events do not arrive");
    }
    let cpu = cpu_seconds(server) - cpu;
    let sent = producing.join().expect("the producer does not panic");
    let mut delays = Vec::with_capacity(sent.len());
    let mut offset = 0;
    for (time, next) in polls {
        while offset < next {
            delays.push(time.saturating_sub(sent[offset as usize]));
            offset += 1;
        }
    }
    // The first second starts the producer's connection.
    let mut delays = delays.split_off(rate as usize);
    delays.sort_unstable();
    let quantile = |part: f64| delays[((delays.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    let name = format!("produced to visible at {} k events/s, with flushes", rate / 1000);
    let (p50, p99, worst) = (quantile(0.5), quantile(0.99), quantile(1.0));
    table.add(&name, format!("p50 {p50:.1} ms, p99 {p99:.1} ms, worst {worst:.0} ms"));
    let load = cpu / arguments.seconds as f64 * 100.0;
    table.add("server CPU at that rate, with the polling", format!("{load:.0} % of a core"));
}

async fn create_source(client: &Client, broker: &KafkaBroker, name: &str, options: &str) {
    let sql = format!(
        "CREATE SOURCE {name} ({COLUMNS}) FROM KAFKA (BROKERS '{}', TOPIC '{name}') FORMAT JSON INCLUDE OFFSET
         PARTITION BY time_bucket('1 day', ts) ORDER BY (cluster, metric, ts) {options}",
        broker.address()
    );
    client.simple_query(&sql).await.expect("the source can be created");
}

/// Produces as fast as it goes; the bytes of all values, and the time.
fn produce(broker: &'static KafkaBroker, topic: &'static str, events: u64) -> (u64, Duration) {
    let start = Instant::now();
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            std::thread::spawn(move || {
                let producer = bulk_producer(broker);
                let (mut value, mut bytes) = (Vec::new(), 0);
                for index in (thread..events).step_by(2) {
                    value.clear();
                    // A thousand a second: a minute of the load that is asked for spans many minutes.
                    Event::nth(1, index, START_MICROS + index as i64 * 1000).write_json(&mut value);
                    let partition = (index / 2 % PARTITIONS as u64) as i32;
                    producer
                        .send(topic, &Message::value(&value).partition(partition))
                        .expect("Kafka takes it");
                    bytes += value.len() as u64;
                }
                producer.flush().expect("Kafka takes it");
                bytes
            })
        })
        .collect();
    let bytes = threads.into_iter().map(|thread| thread.join().expect("producing does not panic")).sum();
    (bytes, start.elapsed())
}

/// Produces at a steady rate; when each event was sent.
fn produce_steadily(
    broker: &KafkaBroker,
    topic: &str,
    rate: u64,
    total: u64,
    start: Instant,
) -> Vec<Duration> {
    let producer = broker.producer_with(&[("linger.ms", "1")]).expect("a producer can be made");
    let mut sent = Vec::with_capacity(total as usize);
    let mut value = Vec::new();
    while (sent.len() as u64) < total {
        let due = (start.elapsed().as_micros() as u64 * rate / 1_000_000).min(total);
        while (sent.len() as u64) < due {
            let index = sent.len() as u64;
            value.clear();
            Event::nth(2, index, START_MICROS + index as i64 * 20).write_json(&mut value);
            sent.push(start.elapsed());
            producer.send(topic, &Message::value(&value).partition(0)).expect("Kafka takes it");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    producer.flush().expect("Kafka takes it");
    sent
}

fn bulk_producer(broker: &KafkaBroker) -> Producer {
    let settings = [("linger.ms", "20"), ("batch.size", "262144"), ("compression.type", "zstd")];
    broker.producer_with(&settings).expect("a producer can be made")
}

async fn wait_until_read(client: &Client, broker: &KafkaBroker, source: &str) {
    let ends: i64 = block_in_place(|| {
        (0..PARTITIONS)
            .map(|partition| broker.watermarks(source, partition).expect("the broker answers").1)
            .sum()
    });
    let query = format!(
        "SELECT coalesce(sum(visible_offset), 0)::bigint FROM tidegate.source_partitions WHERE source = '{source}'"
    );
    let start = Instant::now();
    while number(client, &query).await < ends {
        assert!(start.elapsed() < LIMIT, "the backlog is not read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn number(client: &Client, sql: &str) -> i64 {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    value.unwrap_or_else(|| panic!("{sql} gave no number"))
}

/// User and system time of the server so far.
fn cpu_seconds(server: &Server) -> f64 {
    cpu_of(&std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).expect("the server runs"))
}

/// The same of its threads by their names, those that took the most first.
fn cpu_by_thread(server: &Server) -> Vec<(String, f64)> {
    let mut threads: BTreeMap<String, f64> = BTreeMap::new();
    for task in std::fs::read_dir(format!("/proc/{}/task", server.pid())).expect("the server runs").flatten()
    {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file));
        // A thread may have ended meanwhile.
        if let (Ok(name), Ok(stat)) = (read("comm"), read("stat")) {
            let name = name.trim().trim_end_matches(|last: char| last.is_ascii_digit() || last == '-');
            *threads.entry(name.to_owned()).or_default() += cpu_of(&stat);
        }
    }
    let mut threads: Vec<_> = threads.into_iter().filter(|(_, cpu)| *cpu >= 0.1).collect();
    threads.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    threads
}

fn cpu_of(stat: &str) -> f64 {
    // The name, which may hold spaces, ends with the last bracket; utime and stime are fields 14 and 15.
    let fields = stat.rsplit(") ").next().expect("the name is in brackets").split(' ');
    let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}

/// A line of `/proc/PID/status` that is in kB.
fn status(server: &Server, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("Linux says so");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}

fn megabytes(kilobytes: u64) -> String {
    format!("{} MB", kilobytes / 1024)
}

fn directory_bytes(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => directory_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[derive(Default)]
struct Table {
    rows: Vec<(String, String)>,
}

impl Table {
    fn add(&mut self, name: &str, value: String) {
        eprintln!("{name}: {value}");
        self.rows.push((name.to_owned(), value));
    }

    fn text(&self) -> String {
        let rows: Vec<String> =
            self.rows.iter().map(|(name, value)| format!("| {name} | {value} |")).collect();
        format!("| what | measured |\n|---|---|\n{}", rows.join("\n"))
    }
}
