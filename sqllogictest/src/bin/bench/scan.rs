//! The query shapes of a dashboard over many rows, beside DuckDB on the same rows in the same run.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use futures::TryStreamExt;
use tidegate_sqllogictest::server::Server;
use tokio::task::block_in_place;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::Table;

const QUERIES: &str = include_str!("../../../../benches/scan.sql");
/// As in the script that runs them in DuckDB.
const RUNS: usize = 10;

/// Times of every query here, and in DuckDB where `python` is given.
pub(crate) async fn scan(server: &Server, python: Option<&str>, events: u64, table: &mut Table) {
    let client = server.connect().await.expect("the server answers");
    let ours = timed(&client).await;
    let duckdb = match python {
        Some(python) => {
            let rows = server.data().join("rows.csv");
            write_csv(&client, &rows).await;
            block_in_place(|| in_duckdb(python, &rows))
        }
        None => Vec::new(),
    };
    for (name, milliseconds) in ours {
        let mut value = format!("{milliseconds:.1} ms");
        if let Some((_, other)) = duckdb.iter().find(|(other, _)| *other == name) {
            let ratio = milliseconds / other;
            write!(value, ", DuckDB {other:.1} ms: {ratio:.1} of its time").expect("strings grow");
        }
        table.add(&format!("{name}, of {:.0} M rows", events as f64 / 1e6), value);
    }
}

/// A name is the comment before its statement.
fn queries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut name = "";
    QUERIES.lines().filter_map(move |line| match line.strip_prefix("--") {
        Some(comment) => {
            name = comment.trim();
            None
        }
        None => Some((name, line)),
    })
}

/// The median of all runs but the first.
async fn timed(client: &Client) -> Vec<(String, f64)> {
    let mut times = Vec::new();
    for (name, sql) in queries() {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            runs.push(start.elapsed().as_secs_f64() * 1e3);
        }
        runs.remove(0);
        runs.sort_by(f64::total_cmp);
        times.push((name.to_owned(), runs[runs.len() / 2]));
    }
    times
}

/// None of the values needs quotes.
async fn write_csv(client: &Client, path: &Path) {
    let sql =
        "SELECT ts, metric, cluster, topic, partition, region, value, bytes, status, user_id FROM backlog";
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file can be made"));
    let mut rows = std::pin::pin!(client.simple_query_raw(sql).await.expect("rows stream"));
    while let Some(message) = rows.try_next().await.expect("rows stream") {
        if let SimpleQueryMessage::Row(row) = message {
            let values: Vec<_> = (0..row.len()).map(|index| row.get(index).unwrap_or_default()).collect();
            writeln!(file, "{}", values.join(",")).expect("the disk has room");
        }
    }
    file.flush().expect("the disk has room");
}

fn in_duckdb(python: &str, rows: &Path) -> Vec<(String, f64)> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches");
    let output = Command::new(python)
        .arg(benches.join("duckdb_scan.py"))
        .args([rows, &benches.join("scan.sql")])
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("Python runs");
    std::fs::remove_file(rows).expect("the file was ours");
    assert!(output.status.success(), "DuckDB failed; it comes with: pip install duckdb pytz");
    let text = String::from_utf8(output.stdout).expect("names are text");
    text.lines()
        .filter_map(|line| {
            let (name, milliseconds) = line.split_once('\t')?;
            Some((name.to_owned(), milliseconds.parse().ok()?))
        })
        .collect()
}
