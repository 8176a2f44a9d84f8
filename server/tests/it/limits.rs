//! Bounds: of messages, time and memory; and what stops a running statement.

use tokio::io::AsyncWriteExt;

use crate::harness::*;

#[tokio::test]
async fn a_message_is_bounded() {
    let server = Server::with("message_bytes_max = \"1 MiB\"").await;
    let mut raw = server.entered().await;
    let fits = format!("SELECT 1 -- {}", "x".repeat(1_000_000));
    assert_eq!(kinds(&raw.query(&fits).await), "TDCZ");
    // The header is enough: the body is neither waited for nor kept.
    raw.send(&[b'Q', 0x3f, 0xff, 0xff, 0xff]).await;
    let messages = raw.rest().await;
    assert_eq!(messages[0].field(b'C').as_deref(), Some("54000"));
    assert_eq!(messages[0].field(b'S').as_deref(), Some("FATAL"));
}

#[tokio::test]
async fn a_cancel_request_stops_the_statement() {
    let server = Server::start().await;
    let client = server.client().await;
    let cancel = client.cancel_token();
    let running = tokio::spawn(async move {
        let error = client.simple_query(ENDLESS).await.unwrap_err();
        (client, error)
    });
    active(&server, 1).await;
    cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
    let (client, error) = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    assert_eq!(error.code().unwrap().code(), "57014");
    client.simple_query("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_cancel_request_with_a_wrong_key_does_nothing() {
    let server = Server::start().await;
    let mut raw = server.raw().await;
    raw.startup(&[("user", "ann"), ("database", "tidegate")]).await;
    let messages = raw.until(b'Z').await;
    let key = messages.into_iter().find(|message| message.kind == b'K').unwrap().body;
    raw.send(&query("SET statement_timeout = '2s'")).await;
    raw.until(b'Z').await;
    raw.send(&query(ENDLESS)).await;
    active(&server, 1).await;
    let mut wrong = key.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let mut other = server.raw().await;
    other.send(&[&[0, 0, 0, 16, 4, 210, 22, 46][..], &wrong].concat()).await;
    assert!(other.next().await.is_none());
    let error = raw.until(b'E').await.pop().unwrap();
    assert!(error.field(b'M').unwrap().contains("statement timeout"), "{error:?}");
}

#[tokio::test]
async fn a_statement_timeout_stops_the_statement() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.query("SET statement_timeout = '100ms'").await;
    let error = raw.fails(ENDLESS).await;
    assert_eq!(error.field(b'C').as_deref(), Some("57014"));
    assert!(error.field(b'M').unwrap().contains("statement timeout"));
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
    raw.send(&[parse("", ENDLESS), bind("", ""), execute("", 0), sync()].concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(
        messages.iter().find(|message| message.kind == b'E').unwrap().field(b'C').as_deref(),
        Some("57014")
    );
}

#[tokio::test]
async fn a_disconnect_stops_the_statement() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&query(ENDLESS)).await;
    active(&server, 1).await;
    drop(raw);
    active(&server, 0).await;
    // Also where more was pipelined behind it, and where only one direction was closed.
    let mut raw = server.entered().await;
    raw.send(&[query(ENDLESS), query("SELECT 1")].concat()).await;
    active(&server, 1).await;
    raw.socket.shutdown().await.unwrap();
    active(&server, 0).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_its_query_only() {
    let server = Server::with("write_timeout = \"1 s\"").await;
    let mut raw = server.entered().await;
    // Far more than sockets buffer.
    raw.send(&query("SELECT v, v, v, v FROM generate_series(1, 1000000000) AS g(v)")).await;
    active(&server, 1).await;
    server.client().await.simple_query("SELECT 1").await.unwrap();
    // The server gives it up and closes.
    active(&server, 0).await;
}

#[tokio::test]
async fn a_large_result_streams() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&query("SELECT v FROM generate_series(1, 300000) AS g(v)")).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(messages.len(), 300_000 + 3);
    assert_eq!(messages[messages.len() - 2].tag(), "SELECT 300000");
    // The first rows of an endless result come before its end, and the rest can be cancelled.
    raw.send(&query("SELECT v FROM generate_series(1, 100000000000) AS g(v)")).await;
    for _ in 0..1000 {
        raw.next().await.unwrap();
    }
}

#[tokio::test]
async fn idle_sessions_end_where_that_is_set() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.query("SET idle_session_timeout = '50ms'").await;
    let messages = raw.rest().await;
    assert_eq!(messages[0].field(b'C').as_deref(), Some("57P05"));
    let mut raw = server.entered().await;
    raw.query("SET idle_in_transaction_session_timeout = '50ms'").await;
    raw.query("BEGIN").await;
    let messages = raw.rest().await;
    assert_eq!(messages[0].field(b'C').as_deref(), Some("25P03"));
}

#[tokio::test]
async fn prepared_statements_and_portals_are_bounded() {
    const NAMED_MAX: usize = 10_000;
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let refused = |messages: Vec<Message>| {
        let error = messages.iter().find(|message| message.kind == b'E').expect("one too many");
        assert_eq!(error.field(b'C').as_deref(), Some("53400"));
        messages.iter().filter(|message| matches!(message.kind, b'1' | b'2')).count()
    };
    // A text without a statement costs the least.
    let statements: Vec<u8> = (0..=NAMED_MAX).flat_map(|number| parse(&format!("s{number}"), "")).collect();
    raw.send(&[&statements[..], &sync()].concat()).await;
    assert_eq!(refused(raw.until(b'Z').await), NAMED_MAX);
    let portals: Vec<u8> = (0..=NAMED_MAX).flat_map(|number| bind(&format!("p{number}"), "s0")).collect();
    raw.send(&[&portals[..], &sync()].concat()).await;
    assert_eq!(refused(raw.until(b'Z').await), NAMED_MAX);
    // What there is can still be used, and room be made.
    raw.send(&[message(b'C', b"Ss1\0"), parse("new", "SELECT 1"), sync()].concat()).await;
    assert_eq!(kinds(&raw.until(b'Z').await), "31Z");
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
}

/// A join whose condition accepts nothing looks for pairs within one step of its task.
#[tokio::test]
async fn a_join_that_finds_nothing_is_stopped_and_lets_others_run() {
    let server = Server::with("query_threads = 1").await;
    let sql = "SELECT count(*) FROM generate_series(1, 20000000) AS a(v), generate_series(1, 10000000000) AS b(v) WHERE a.v + b.v = 0";
    let until = async |what: &str, reached: &dyn Fn(usize) -> bool| {
        let began = std::time::Instant::now();
        while !reached(server.instance.engine().memory_bytes()) {
            assert!(began.elapsed() < PATIENCE, "{what}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    for end in ["cancel", "timeout", "disconnect"] {
        let mut raw = server.raw().await;
        raw.startup(&[("user", "ann"), ("database", "tidegate")]).await;
        let greeting = raw.until(b'Z').await;
        let key = greeting.into_iter().find(|message| message.kind == b'K').unwrap().body;
        if end == "timeout" {
            raw.query("SET statement_timeout = '10s'").await;
        }
        raw.send(&query(sql)).await;
        until("the join's side is held", &|bytes| bytes >= 100_000_000).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let client = server.client().await;
        let other = client.simple_query("SELECT count(*) FROM pg_class WHERE relname = 'pg_type'");
        tokio::time::timeout(PATIENCE, other).await.expect("others run").unwrap();
        match end {
            "cancel" => {
                let request = [&[0, 0, 0, 16, 4, 210, 22, 46][..], &key].concat();
                server.raw().await.send(&request).await;
                raw.until(b'Z').await;
            }
            "timeout" => drop(raw.until(b'Z').await),
            _ => drop(raw),
        }
        until(end, &|bytes| bytes == 0).await;
    }
}
