//! The same rows in a real PostgreSQL and in Tidegate: the same queries give the same rows and types.
//!
//! `postgres.sql` holds the queries. One that is known to differ says so in a line above it
//! (`-- differs: why`), and must then really differ: the list cannot rot.

use std::fmt::Write as _;
use std::time::Duration;

use tidegate_sqllogictest::events::mix;
use tidegate_sqllogictest::kafka::{self, Message};
use tidegate_sqllogictest::server::Server;
use tokio_postgres::Client;

use crate::peer::Postgres;
use crate::support::{rows, wait_visible};

const ROWS: u64 = 2000;
/// A server may be a column's worth of floating point away.
const TOLERANCE: f64 = 1e-12;

const COLUMNS: [(&str, &str); 11] = [
    ("id", "integer"),
    ("ts", "timestamptz"),
    ("day", "date"),
    ("g", "text"),
    ("k", "text"),
    ("v", "bigint"),
    ("x", "double precision"),
    ("n", "numeric(12,2)"),
    ("b", "boolean"),
    ("s", "smallint"),
    ("name", "varchar(40)"),
];

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let Some(postgres) = Postgres::start_or_skip() else { return };
    let theirs = postgres.connect().await;
    let server = Server::start(&[]).await;
    let ours = server.connect().await.unwrap();

    let definitions: Vec<String> = COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let definitions = definitions.join(", ");
    theirs.simple_query(&format!("CREATE TABLE t ({definitions})")).await.unwrap();
    let values: Vec<Vec<Option<String>>> = (0..ROWS).map(row).collect();
    let insert: Vec<String> = values.iter().map(|row| sql_row(row)).collect();
    theirs.simple_query(&format!("INSERT INTO t VALUES {}", insert.join(","))).await.unwrap();

    // The first half is in segments, the second is not yet on disk.
    let topic = tokio::task::block_in_place(|| broker.fresh_topic("postgres", 1).unwrap());
    let produce = |rows: &[Vec<Option<String>>]| {
        tokio::task::block_in_place(|| {
            let producer = broker.producer().unwrap();
            rows.iter().for_each(|row| producer.send(&topic, &Message::value(&json_row(row))).unwrap());
            producer.flush().unwrap();
        });
    };
    let (first, second) = values.split_at(values.len() / 2);
    produce(first);
    let create = format!(
        "CREATE SOURCE t ({definitions}) FROM KAFKA (BROKERS '{}', TOPIC '{topic}') FORMAT JSON
         ORDER BY (g, ts) WITH (flush_rows = {}, flush_interval = '1 hour')",
        broker.address(),
        first.len()
    );
    ours.simple_query(&create).await.unwrap();
    wait_visible(&ours, "t", 0, first.len() as i64, Duration::from_secs(60)).await;
    produce(second);
    wait_visible(&ours, "t", 0, ROWS as i64, Duration::from_secs(60)).await;

    let queries = queries(include_str!("postgres.sql"));
    let (mut failures, mut differing) = (String::new(), 0);
    for query in &queries {
        let expected = answer(&theirs, &query.sql).await;
        let found = answer(&ours, &query.sql).await;
        let difference = difference(&expected, &found);
        differing += usize::from(query.differs.is_some());
        match (difference, &query.differs) {
            (None, None) | (Some(_), Some(_)) => {}
            (Some(difference), None) => writeln!(failures, "{}\n  {difference}", query.sql).unwrap(),
            (None, Some(why)) => writeln!(failures, "{}\n  no longer differs: {why}", query.sql).unwrap(),
        }
    }
    assert!(failures.is_empty(), "of {} queries:\n{failures}", queries.len());
    assert!(queries.len() >= 100, "only {} queries", queries.len());
    eprintln!("{} queries alike, {differing} known to differ", queries.len() - differing);
}

/// A row as text, None for null. Sums of `x` are exact in any order: it counts quarters.
fn row(id: u64) -> Vec<Option<String>> {
    let random = |column: u64| mix(id ^ column << 32);
    let unless =
        |column: u64, one_in: u64, text: String| (!random(column).is_multiple_of(one_in)).then_some(text);
    let minute = id * 37 % 20_000;
    let day = 1 + minute / 1440;
    vec![
        Some(id.to_string()),
        Some(format!("2026-05-{day:02} {:02}:{:02}:{:02}.5+00", minute / 60 % 24, minute % 60, id % 60)),
        Some(format!("2026-{:02}-{:02}", 1 + random(1) % 12, 1 + random(2) % 28)),
        unless(
            3,
            9,
            ["red", "green", "blue", "Yellow", "", "naïve", "日本"][(random(4) % 7) as usize].to_owned(),
        ),
        Some(format!("k{}", (random(5) % 40) * (random(6) % 40) / 40)),
        unless(7, 11, ((random(8) % 2_000_001) as i64 - 1_000_000).to_string()),
        unless(9, 13, (((random(10) % 4001) as f64 - 2000.0) / 4.0).to_string()),
        unless(11, 17, format!("{}.{:02}", random(12) % 100_000, random(13) % 100)),
        unless(14, 5, (random(15) % 2 == 0).to_string()),
        Some(((random(16) % 200) as i16 - 100).to_string()),
        unless(17, 7, format!("name_{}%", random(18) % 500)),
    ]
}

fn sql_row(row: &[Option<String>]) -> String {
    let values: Vec<String> =
        row.iter().map(|value| value.as_ref().map_or("NULL".into(), |text| format!("'{text}'"))).collect();
    format!("({})", values.join(","))
}

fn json_row(row: &[Option<String>]) -> String {
    let fields = COLUMNS.iter().zip(row).map(|((name, kind), value)| {
        let quoted = matches!(*kind, "text" | "timestamptz" | "date" | "varchar(40)");
        match value {
            None => format!("\"{name}\":null"),
            Some(text) if quoted => format!("\"{name}\":\"{text}\""),
            Some(text) => format!("\"{name}\":{text}"),
        }
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

struct Query {
    sql: String,
    differs: Option<String>,
}

fn queries(text: &str) -> Vec<Query> {
    let mut queries = Vec::new();
    let (mut sql, mut differs) = (String::new(), None);
    for line in text.lines() {
        if let Some(why) = line.strip_prefix("-- differs: ") {
            differs = Some(why.to_owned());
        } else if !line.starts_with("--") && !line.is_empty() {
            sql.push_str(line);
            match sql.strip_suffix(';') {
                Some(whole) => {
                    queries.push(Query { sql: whole.to_owned(), differs: differs.take() });
                    sql.clear();
                }
                None => sql.push(' '),
            }
        }
    }
    queries
}

/// Types and rows, or the error's SQLSTATE.
#[derive(Debug, PartialEq)]
enum Answer {
    Rows(Vec<String>, Vec<Vec<Option<String>>>),
    Error(String, String),
}

async fn answer(client: &Client, sql: &str) -> Answer {
    let asked = async {
        let rows = rows(client, sql).await?;
        let statement = client.prepare(sql).await?;
        let types = statement.columns().iter().map(|column| column.type_().name().to_owned()).collect();
        Ok::<_, tokio_postgres::Error>(Answer::Rows(types, rows))
    };
    asked.await.unwrap_or_else(|error| match error.as_db_error() {
        Some(error) => Answer::Error(error.code().code().to_owned(), error.message().to_owned()),
        None => Answer::Error("connection".into(), error.to_string()),
    })
}

fn difference(expected: &Answer, found: &Answer) -> Option<String> {
    match (expected, found) {
        (Answer::Rows(types, rows), Answer::Rows(found_types, found_rows)) => {
            if types != found_types {
                return Some(format!("types {types:?}, found {found_types:?}"));
            }
            if rows.len() != found_rows.len() {
                return Some(format!("{} rows, found {}", rows.len(), found_rows.len()));
            }
            let differing = rows.iter().zip(found_rows).find(|(row, found)| {
                !row.iter().zip(*found).zip(types).all(|((value, found), kind)| alike(value, found, kind))
            });
            differing.map(|(row, found)| format!("{row:?}, found {found:?}"))
        }
        (Answer::Error(state, _), Answer::Error(found, _)) if state == found => None,
        _ => Some(format!("{expected:.300?}, found {found:.300?}")),
    }
}

fn alike(expected: &Option<String>, found: &Option<String>, kind: &str) -> bool {
    if expected == found {
        return true;
    }
    let float = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    match (kind, float(expected), float(found)) {
        ("float8" | "float4", Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()),
        _ => false,
    }
}
