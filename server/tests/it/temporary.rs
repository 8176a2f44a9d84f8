//! Temporary tables: whose they are, where they are, how many there may be, and that nothing stays of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Client;

use crate::harness::*;

async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn sqlstate(client: &Client, sql: &str) -> String {
    let error = client.batch_execute(sql).await.expect_err(sql);
    error.code().unwrap().code().to_owned()
}

async fn count(client: &Client, table: &str) -> i64 {
    let row = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
    row.get(0)
}

/// Every file below a directory.
fn files(directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.insert(path);
        }
    }
}

/// Waits until nothing is charged to the memory of queries.
async fn released(server: &Server) {
    for _ in 0..400 {
        if server.instance.engine().memory_bytes() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} bytes are held", server.instance.engine().memory_bytes());
}

#[tokio::test]
async fn they_are_their_sessions_own_leave_no_file_and_free_their_memory() {
    let server = Server::start().await;
    let (mine, other) = (server.client().await, server.client().await);
    run(&other, "CREATE TABLE t (a int); INSERT INTO t VALUES (7)").await;
    let data = server.directory.path().join("data");
    let mut before = BTreeSet::new();
    files(&data, &mut before);

    run(&mine, "CREATE TEMP TABLE t (n bigint GENERATED ALWAYS AS IDENTITY, a int, b text)").await;
    run(&mine, "INSERT INTO t (a, b) SELECT x, repeat('x', 100) FROM generate_series(1, 20000) AS g(x)")
        .await;
    run(&mine, "BEGIN; DELETE FROM t WHERE a > 10000; ALTER TABLE t ADD COLUMN c int; COMMIT").await;
    run(&mine, "CREATE TEMP TABLE u AS SELECT a FROM t; TRUNCATE u; DROP TABLE u").await;
    run(&mine, "CREATE TEMP VIEW v AS SELECT a FROM t").await;
    assert_eq!((count(&mine, "t").await, count(&mine, "v").await), (10_000, 10_000));
    assert!(server.instance.engine().memory_bytes() > 1 << 20);

    // Another session sees nothing of it, also not by a name that it could guess.
    assert_eq!(count(&other, "t").await, 1);
    assert_eq!(sqlstate(&other, "SELECT * FROM v").await, "42P01");
    assert_eq!(sqlstate(&other, "SELECT * FROM pg_temp.t").await, "42P01");
    assert_eq!(count(&other, "pg_class WHERE relpersistence = 't'").await, 0);
    let own: String = mine
        .query_one("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'pg\\_temp\\_%'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(sqlstate(&other, &format!("SELECT * FROM {own}.t")).await, "42P01");

    let mut after = BTreeSet::new();
    files(&data, &mut after);
    assert_eq!(after, before);
    drop(mine);
    released(&server).await;
    assert_eq!(count(&other, "pg_namespace WHERE nspname LIKE 'pg\\_temp%'").await, 0);
}

#[tokio::test]
async fn they_are_bounded() {
    let server = Server::with("temporary_tables_max = 2\ntemporary_bytes_max = \"1 MiB\"").await;
    let client = server.client().await;
    run(&client, "CREATE TEMP TABLE a (x bigint); CREATE TEMP VIEW b AS SELECT 1 AS x").await;
    assert_eq!(sqlstate(&client, "CREATE TEMP TABLE c (x bigint)").await, "53400");
    run(&client, "DROP VIEW b; CREATE TEMP TABLE c (x bigint)").await;
    let large = "INSERT INTO a SELECT x FROM generate_series(1, 500000) AS g(x)";
    assert_eq!(sqlstate(&client, large).await, "53200");
    assert_eq!(count(&client, "a").await, 0);
    released(&server).await;
    let small = "INSERT INTO a SELECT x FROM generate_series(1, 50000) AS g(x)";
    run(&client, small).await;
    assert_eq!(sqlstate(&client, &format!("BEGIN; {small}; {small}; {small}")).await, "53200");
    run(&client, "ROLLBACK").await;
    assert_eq!(count(&client, "a").await, 50_000);
    run(&client, "DISCARD TEMP").await;
    released(&server).await;
}

#[tokio::test]
async fn all_sessions_together_are_bounded_by_the_memory_of_queries() {
    let server = Server::with("query_memory_bytes_max = \"24 MiB\"").await;
    let fill = "CREATE TEMP TABLE a AS SELECT x FROM generate_series(1, 1000000) AS g(x)";
    let mut clients = Vec::new();
    for _ in 0..12 {
        let client = server.client().await;
        if let Err(error) = client.batch_execute(fill).await {
            assert_eq!(error.code().unwrap().code(), "53200");
            break;
        }
        clients.push(client);
    }
    assert!((1..12).contains(&clients.len()), "{} of 12 fitted", clients.len());
    drop(clients);
    released(&server).await;
}

#[tokio::test]
async fn prepared_statements_follow_what_a_name_means() {
    let server = Server::start().await;
    let client = server.client().await;
    run(&client, "CREATE SCHEMA s; CREATE TABLE t (a int); CREATE TABLE s.t (a int)").await;
    run(&client, "INSERT INTO t VALUES (1); INSERT INTO s.t VALUES (2)").await;
    let statement = client.prepare("SELECT a FROM t").await.unwrap();
    let insert = client.prepare("INSERT INTO t VALUES ($1::int)").await.unwrap();
    let seen = async || -> Vec<i32> {
        let rows = client.query(&statement, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(seen().await, [1]);
    run(&client, "SET search_path TO s, public").await;
    assert_eq!(seen().await, [2]);
    run(&client, "CREATE TEMP TABLE t (a int)").await;
    assert_eq!(seen().await, [] as [i32; 0]);
    client.execute(&insert, &[&3_i32]).await.unwrap();
    assert_eq!(seen().await, [3]);
    run(&client, "DROP TABLE t").await;
    assert_eq!(seen().await, [2]);
    run(&client, "RESET search_path; CREATE TEMP TABLE t (b text)").await;
    let error = client.query(&statement, &[]).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42703");
}
