//! The server is killed with SIGKILL while connections write a table: what was acknowledged is there,
//! once, and of what was not, all of a transaction or nothing. What was deleted stays away.
//!
//! `TIDEGATE_CRASHES` says how often (20 without it), `TIDEGATE_SEED` repeats the moments.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tidegate_sqllogictest::server::Server;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::crash::check;
use crate::support::{rows, seed, setting};

const WRITERS: usize = 4;
/// Each transaction writes so many rows, by one statement or by several.
const ROWS: i64 = 3;

/// Whether a number deletes the rows of another one, and of which.
fn deletes(number: i64) -> Option<i64> {
    (number % 8 == 7).then_some(number - 4)
}

/// Writes one transaction after the other until the server is gone. Returns the last number that was
/// acknowledged; the next one is in doubt.
async fn write(client: Client, writer: usize, first: i64) -> i64 {
    for number in first.. {
        let row = |part: i64| format!("({writer}, {number}, {part})");
        if let Some(deleted) = deletes(number) {
            let sql = format!("DELETE FROM w WHERE writer = {writer} AND number = {deleted}");
            // Others rewrite the segments that they share.
            let conflicts =
                |error: &tokio_postgres::Error| error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE);
            loop {
                match client.simple_query(&sql).await {
                    Ok(_) => break,
                    Err(error) if conflicts(&error) => {}
                    Err(_) => return number - 1,
                }
            }
            continue;
        }
        let sql = match number % 4 {
            0 => format!("INSERT INTO w VALUES {}, {}, {}", row(0), row(1), row(2)),
            1 => format!(
                "BEGIN; INSERT INTO w VALUES {}; INSERT INTO w VALUES {}, {}; COMMIT",
                row(0),
                row(1),
                row(2)
            ),
            2 => format!(
                "BEGIN; INSERT INTO w VALUES {}; SAVEPOINT s; INSERT INTO w VALUES {}; ROLLBACK TO s; \
                 INSERT INTO w VALUES {}, {}; COMMIT",
                row(0),
                row(7),
                row(1),
                row(2)
            ),
            _ => format!(
                "INSERT INTO w VALUES {}; INSERT INTO w SELECT {writer}, {number}, n FROM generate_series(1, 2) AS g(n)",
                row(0)
            ),
        };
        if client.simple_query(&sql).await.is_err() {
            return number - 1;
        }
    }
    unreachable!("numbers do not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_tables() {
    let crashes = setting("TIDEGATE_CRASHES").unwrap_or(20);
    let mut random = SmallRng::seed_from_u64(seed("crash_tables"));
    let mut server = Server::start(&[]).await;
    let create = "CREATE TABLE w (writer int, number bigint, part int)";
    server.connect().await.unwrap().simple_query(create).await.unwrap();
    // What each writer was told, and what it did not learn the fate of.
    let mut acknowledged: Vec<Vec<(i64, i64)>> = vec![Vec::new(); WRITERS];
    let mut next = [0_i64; WRITERS];
    let mut transactions = 0;
    for crash in 1..=crashes {
        let mut writing = Vec::new();
        for (writer, first) in next.into_iter().enumerate() {
            writing.push(tokio::spawn(write(server.connect().await.unwrap(), writer, first)));
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(20..700))).await;
        server.kill();
        for (writer, task) in writing.into_iter().enumerate() {
            let last = task.await.unwrap();
            acknowledged[writer].push((next[writer], last));
            transactions += last + 1 - next[writer];
            next[writer] = last + 2;
        }
        check(&server);
        server.start_again().await;
        let client = server.connect().await.unwrap();
        let sql = "SELECT writer, number, count(*), count(DISTINCT part), max(part) FROM w GROUP BY 1, 2";
        let mut found = std::collections::BTreeMap::new();
        for row in rows(&client, sql).await.unwrap() {
            let number = |index: usize| row[index].as_ref().unwrap().parse::<i64>().unwrap();
            let whole = (number(2), number(3), number(4)) == (ROWS, ROWS, ROWS - 1);
            assert!(whole, "crash {crash}: {row:?} is not one whole transaction");
            found.insert((number(0) as usize, number(1)), ());
        }
        for (writer, lives) in acknowledged.iter().enumerate() {
            let is_acknowledged =
                |number: i64| lives.iter().any(|(first, last)| (*first..=*last).contains(&number));
            for number in lives.iter().flat_map(|(first, last)| *first..=*last) {
                let key = (writer, number);
                if let Some(deleted) = deletes(number) {
                    let gone = (writer, deleted);
                    assert!(!found.contains_key(&gone), "crash {crash}: {gone:?} was deleted and is there");
                    continue;
                }
                let deleter = number + 4;
                // Of one in doubt it is not known.
                let may_be_gone =
                    deletes(deleter) == Some(number) && (deleter < next[writer] || is_acknowledged(deleter));
                let is_there = found.contains_key(&key);
                assert!(is_there || may_be_gone, "crash {crash}: {key:?} was acknowledged and is gone");
            }
        }
    }
    server.stop().await;
    check(&server);
    assert!(transactions > crashes as i64, "only {transactions} transactions");
    eprintln!("{transactions} transactions over {crashes} crashes");
}

/// Schemas are part of the log: they stay, and what was not committed, or was temporary, does not.
#[tokio::test(flavor = "multi_thread")]
async fn crash_schemas() {
    let mut server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    client
        .batch_execute(
            "CREATE SCHEMA kept; CREATE TABLE kept.t (a int); INSERT INTO kept.t VALUES (1); \
             CREATE TABLE t (a int); CREATE SCHEMA dropped; CREATE TABLE dropped.t (a int)",
        )
        .await
        .unwrap();
    client.batch_execute("SET search_path TO kept; CREATE VIEW public.v AS SELECT a FROM t").await.unwrap();
    client.batch_execute("DROP SCHEMA dropped CASCADE").await.unwrap();
    client.batch_execute("CREATE TEMP TABLE gone AS SELECT 1 AS a").await.unwrap();
    client.batch_execute("BEGIN; CREATE SCHEMA undone; CREATE TABLE undone.t (a int)").await.unwrap();
    server.kill();
    check(&server);
    server.start_again().await;
    let client = server.connect().await.unwrap();
    let own = "SELECT nspname FROM pg_namespace WHERE nspname IN ('kept', 'dropped', 'undone') \
               OR nspname LIKE 'pg\\_temp%'";
    assert_eq!(rows(&client, own).await.unwrap(), [[Some("kept".to_owned())]]);
    let one = [[Some("1".to_owned())]];
    assert_eq!(rows(&client, "SELECT * FROM kept.t").await.unwrap(), one);
    assert_eq!(rows(&client, "SELECT * FROM v").await.unwrap(), one);
    assert_eq!(rows(&client, "SELECT count(*) FROM public.t").await.unwrap(), [[Some("0".to_owned())]]);
    for missing in ["dropped.t", "undone.t", "gone", "pg_temp.gone"] {
        let error = rows(&client, &format!("SELECT * FROM {missing}")).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::UNDEFINED_TABLE), "{missing}");
    }
    server.stop().await;
    check(&server);
}
