//! The extended protocol.

use crate::harness::*;

#[tokio::test]
async fn a_statement_goes_through_all_steps() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let all = [
        parse("s", "SELECT 1 AS a"),
        describe('S', "s"),
        bind("", "s"),
        describe('P', ""),
        execute("", 0),
        sync(),
    ];
    raw.send(&all.concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "1tT2TDCZ");
    assert_eq!(messages[6].tag(), "SELECT 1");
    raw.send(&[bind("", "s"), execute("", 0), message(b'C', b"Ss\0"), bind("", "s"), sync()].concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "2DC3EZ");
    assert_eq!(messages[4].field(b'C').as_deref(), Some("26000"));
}

#[tokio::test]
async fn after_an_error_everything_is_skipped_until_sync() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let failing = [
        parse("", "SELECT nonsense"),
        bind("", ""),
        execute("", 0),
        query("SELECT 1"),
        parse("", "SELECT 1"),
    ];
    raw.send(&failing.concat()).await;
    raw.send(&sync()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "EZ");
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
}

#[tokio::test]
async fn a_row_limit_suspends_a_portal() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.query("BEGIN").await;
    let start =
        [parse("", "SELECT v FROM generate_series(1, 5) AS g(v)"), bind("p", ""), execute("p", 2), sync()];
    raw.send(&start.concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "12DDsZ", "{messages:?}");
    raw.send(&[execute("p", 2), sync()].concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "DDsZ");
    raw.send(&[execute("p", 2), execute("p", 0), sync()].concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "DCCZ");
    assert_eq!(messages[1].tag(), "SELECT 1");
    assert_eq!(messages[2].tag(), "SELECT 0");
    raw.query("COMMIT").await;
    raw.send(&[execute("p", 0), sync()].concat()).await;
    assert_eq!(raw.until(b'Z').await[0].field(b'C').as_deref(), Some("34000"));
}

#[tokio::test]
async fn sync_ends_the_portals_of_an_implicit_transaction() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&[parse("s", "SELECT 1"), bind("p", "s"), sync()].concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "12Z");
    raw.send(&[execute("p", 0), sync()].concat()).await;
    assert_eq!(raw.until(b'Z').await[0].field(b'C').as_deref(), Some("34000"));
}

#[tokio::test]
async fn flush_sends_what_there_is() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&[parse("", "SELECT 1"), message(b'H', b"")].concat()).await;
    assert_eq!(raw.next().await.unwrap().kind, b'1');
    raw.send(&[bind("", ""), execute("", 0), message(b'H', b"")].concat()).await;
    assert_eq!(kinds(&raw.until(b'C').await), "2DC");
    raw.send(&sync()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "Z");
}

#[tokio::test]
async fn what_has_no_rows_has_no_data() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let set =
        [parse("", "SET application_name = 'b'"), bind("", ""), describe('P', ""), execute("", 0), sync()];
    raw.send(&set.concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "12nCSZ");
    let empty = [parse("", ""), bind("", ""), describe('P', ""), execute("", 0), sync()];
    raw.send(&empty.concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "12nIZ");
    let show = [parse("", "SHOW TimeZone"), bind("", ""), describe('P', ""), execute("", 0), sync()];
    raw.send(&show.concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "12TDCZ");
}

#[tokio::test]
async fn misuse_has_postgresqls_errors() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    for (bytes, sqlstate) in [
        (parse("", "SELECT 1; SELECT 2"), "42601"),
        (bind("", "none"), "26000"),
        (describe('S', "none"), "26000"),
        (describe('P', "none"), "34000"),
        (describe('X', ""), "08P01"),
        (execute("none", 0), "34000"),
        ([parse("twice", "SELECT 1"), parse("twice", "SELECT 1")].concat(), "42P05"),
        ([parse("", "SELECT $1::int"), bind("", "")].concat(), "08P01"),
        ([parse("", "SELECT 1"), bind("c", ""), bind("c", "")].concat(), "42P03"),
        ([parse("", "SELECT 1"), message(b'B', b"\0\0\0\0\0\0\0\x01\0\x07")].concat(), "22023"),
    ] {
        raw.send(&[bytes, sync()].concat()).await;
        let messages = raw.until(b'Z').await;
        let error = messages.iter().find(|message| message.kind == b'E').unwrap();
        assert_eq!(error.field(b'C').as_deref(), Some(sqlstate), "{error:?}");
    }
    // Closing what is not there is no error.
    raw.send(&[message(b'C', b"Snone\0"), message(b'C', b"Pnone\0"), sync()].concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "33Z");
}

#[tokio::test]
async fn parameters_go_both_ways() {
    let server = Server::start().await;
    let client = server.client().await;
    let row = client
        .query_one("SELECT $1::bigint + 1, $2::text, $3::float8", &[&41_i64, &"ä", &0.5_f64])
        .await
        .unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), (42_i64, "ä", 0.5_f64));
    let row = client.query_one("SELECT $1::int, $2::text", &[&None::<i32>, &None::<String>]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), (None::<i32>, None::<String>));
    let statement = client
        .prepare("SELECT v FROM generate_series(1, 100) AS g(v) WHERE v > $1 ORDER BY 1")
        .await
        .unwrap();
    for from in [0, 50, 100] {
        let rows = client.query(&statement, &[&from]).await.unwrap();
        assert_eq!(rows.len() as i32, 100 - from);
    }
}

#[tokio::test]
async fn parameters_of_an_insert_are_of_the_columns_types() {
    let server = Server::start().await;
    let client = server.client().await;
    let columns =
        "a smallint, b bigint, c numeric(6,2), d varchar(5), e uuid, f jsonb, g timestamptz, h text[]";
    client.batch_execute(&format!("CREATE TABLE kinds ({columns})")).await.unwrap();
    let expected = ["int2", "int8", "numeric", "varchar", "uuid", "jsonb", "timestamptz", "_text"];
    for insert in [
        "INSERT INTO kinds VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        "INSERT INTO kinds SELECT $1, $2, $3, $4, $5, $6, $7, $8",
        "INSERT INTO kinds VALUES ($1, $2, $3, $4, $5, $6, $7, $8), (DEFAULT, $2, 1, 'x', $5, $6, $7, $8)",
        "INSERT INTO kinds (h, g, f, e, d, c, b, a) VALUES ($8, $7, $6, $5, $4, $3, $2, $1) RETURNING a",
    ] {
        let statement = client.prepare(insert).await.unwrap();
        let types: Vec<_> = statement.params().iter().map(|param| param.name()).collect();
        assert_eq!(types, expected, "{insert}");
    }
    // A cast says more than the column, and the first column more than the next.
    let statement = client.prepare("INSERT INTO kinds (a, b) VALUES ($1::int, $2), ($2, 3)").await.unwrap();
    let types: Vec<_> = statement.params().iter().map(|param| param.name()).collect();
    assert_eq!(types, ["int4", "int8"]);
    let insert = "INSERT INTO kinds (a, b, d, h) VALUES ($1, $2, $3, $4) RETURNING a, b, d, h";
    let row = client.query_one(insert, &[&1_i16, &None::<i64>, &"five", &vec!["x", "y"]]).await.unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), (1_i16, None::<i64>, "five"));
    assert_eq!(row.get::<_, Vec<String>>(3), ["x", "y"]);
    let long = client.query_one(insert, &[&1_i16, &None::<i64>, &"longer", &Vec::<String>::new()]).await;
    assert_eq!(long.unwrap_err().code().unwrap().code(), "22001");
}

/// A DELETE waits for its Sync while others commit.
#[tokio::test]
async fn a_delete_is_run_again_where_others_came_first() {
    let server = Server::start().await;
    let client = server.client().await;
    let mut raw = server.entered().await;
    let sqlstate = |messages: &[Message]| messages.iter().find(|message| message.kind == b'E')?.field(b'C');
    let delete = |condition: &str| {
        [
            parse("", &format!("DELETE FROM t WHERE {condition}")),
            bind("", ""),
            execute("", 0),
            message(b'H', b""),
        ]
        .concat()
    };
    let fill = "DROP TABLE IF EXISTS t; CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 10)";
    for (block, ours, theirs, expected, left) in [
        ("", "a = 1", "a = 2", None, 8),
        // What the client was told does not hold any more.
        ("", "a < 3", "a = 2", Some("40001"), 9),
        ("BEGIN", "a = 1", "a = 2", Some("40001"), 9),
        ("BEGIN; COMMIT", "a = 1", "a > 5", None, 4),
    ] {
        client.batch_execute(fill).await.unwrap();
        if !block.is_empty() {
            raw.query(block).await;
        }
        raw.send(&delete(ours)).await;
        assert_eq!(kinds(&raw.until(b'C').await), "12C");
        client.batch_execute(&format!("DELETE FROM t WHERE {theirs}")).await.unwrap();
        raw.send(&sync()).await;
        let mut ended = raw.until(b'Z').await;
        if block == "BEGIN" {
            ended = raw.query("COMMIT").await;
        }
        assert_eq!(sqlstate(&ended).as_deref(), expected, "{block} {ours} {theirs}");
        let count: i64 = client.query_one("SELECT count(*) FROM t", &[]).await.unwrap().get(0);
        assert_eq!(count, left, "{block} {ours} {theirs}");
    }
    // Another statement beside it is not done twice.
    client.batch_execute(fill).await.unwrap();
    raw.send(&delete("a = 1")).await;
    raw.until(b'C').await;
    let insert = [parse("", "INSERT INTO t VALUES (11)"), bind("", ""), execute("", 0), message(b'H', b"")];
    raw.send(&insert.concat()).await;
    raw.until(b'C').await;
    client.batch_execute("DELETE FROM t WHERE a = 2").await.unwrap();
    raw.send(&sync()).await;
    assert_eq!(sqlstate(&raw.until(b'Z').await).as_deref(), Some("40001"));
}
