//! Errors as PostgreSQL tells them.

use crate::harness::{Event, Harness};

struct Case {
    sql: &'static str,
    sqlstate: &'static str,
    message: &'static str,
    hint: Option<&'static str>,
    position: Option<usize>,
}

const fn case(sql: &'static str, sqlstate: &'static str, message: &'static str) -> Case {
    Case { sql, sqlstate, message, hint: None, position: None }
}

impl Case {
    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    const fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

const CASES: &[Case] = &[
    case("SELECT * FROM event", "42P01", "relation \"event\" does not exist")
        .hint("Did you mean \"events\"?")
        .at(15),
    case("SELECT *\nFROM nowhere.t", "42P01", "relation \"nowhere.t\" does not exist").at(15),
    case("SELECT metrik FROM events", "42703", "column \"metrik\" does not exist")
        .hint("Did you mean \"metric\"?")
        .at(8),
    case("SELECT e.nothing_like_it FROM events e", "42703", "column e.nothing_like_it does not exist").at(8),
    case("SELECT ts FROM events a, events b", "42702", "column reference \"ts\" is ambiguous").at(8),
    case("SELECT nonsense(1)", "42883", "function nonsense does not exist").at(8),
    case(
        "SELECT metric, count(*) FROM events",
        "42803",
        "column \"events.metric\" must appear in the GROUP BY clause or be used in an aggregate function",
    )
    .at(8),
    case("SELECT 1 / 0", "22012", "division by zero"),
    case("SELECT bytes / 0 FROM events", "22012", "division by zero"),
    case("SELECT 9223372036854775807 + 1", "22003", "bigint out of range"),
    case("SELECT (bytes + 9223372036854775807) FROM events", "22003", "bigint out of range"),
    case("SELECT max(bytes) * 9223372036854775807 * 5 FROM events", "22003", "bigint out of range"),
    case(
        "SELECT count(*) FROM events WHERE bytes - 9223372036854775807 - 9 < 0",
        "22003",
        "bigint out of range",
    ),
    case("SELECT 'x'::int", "22P02", "invalid input syntax for type integer: \"x\""),
    case("SELECT 'x'::uuid", "22P02", "invalid input syntax for type uuid: \"x\""),
    case("SELECT '{'::jsonb", "22P02", "invalid input syntax for type json"),
    case("SELECT * FROM read_csv('/etc/passwd')", "42883", "function read_csv does not exist"),
    case("SELECT * FROM \"/etc/passwd\"", "42P01", "relation \"/etc/passwd\" does not exist"),
    case("SELECT * FROM other.public.events", "0A000", "cross-database references are not implemented"),
];

#[tokio::test]
async fn errors_are_those_of_postgresql() {
    let harness = Harness::new().await;
    harness.publish(&[Event::at(1)]);
    for case in CASES {
        let error = match harness.try_query(case.sql).await {
            Ok(rows) => panic!("{} gives {rows:?}", case.sql),
            Err(error) => error,
        };
        assert_eq!(error.sqlstate, case.sqlstate, "{}: {error:?}", case.sql);
        assert!(error.message.contains(case.message), "{}: {error:?}", case.sql);
        if case.hint.is_some() {
            assert_eq!(error.hint.as_deref(), case.hint, "{}: {error:?}", case.sql);
        }
        if case.position.is_some() {
            assert_eq!(error.position, case.position, "{}: {error:?}", case.sql);
        }
    }
}

#[tokio::test]
async fn long_chains_are_planned_or_refused() {
    let harness = Harness::new().await;
    let chain = |terms: usize| format!("SELECT {}", vec!["1"; terms].join(" + "));
    assert_eq!(harness.query(&chain(900)).await, ["900"]);
    assert_eq!(harness.try_query(&chain(5_000)).await.unwrap_err().sqlstate, "54001");
}

#[tokio::test]
async fn memory_is_bounded() {
    let harness = Harness::new().await;
    let sql = "SELECT repeat('x', 1000) || n AS x FROM generate_series(1, 1000000) AS s(n) ORDER BY x";
    let error = harness.try_query(sql).await.unwrap_err();
    assert_eq!(error.sqlstate, "53200", "{error:?}");
}
