//! The simple protocol.

use crate::harness::*;

fn rows(messages: &[Message]) -> Vec<Vec<Option<String>>> {
    messages.iter().filter(|message| message.kind == b'D').map(Message::row).collect()
}

#[tokio::test]
async fn a_query_is_described_answered_and_tagged() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let messages = raw.query("SELECT 1 AS one, 'a' AS letter, NULL AS nothing").await;
    assert_eq!(kinds(&messages), "TDCZ");
    assert_eq!(messages[1].row(), [Some("1".to_owned()), Some("a".to_owned()), None]);
    assert_eq!(messages[2].tag(), "SELECT 1");
    assert_eq!(messages[3].body, b"I");
    assert_eq!(raw.query("SELECT 1 WHERE false").await[1].tag(), "SELECT 0");
}

#[tokio::test]
async fn nothing_is_answered_as_nothing() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    for text in ["", "  ", ";", "-- a comment"] {
        assert_eq!(kinds(&raw.query(text).await), "IZ", "{text:?}");
    }
}

#[tokio::test]
async fn several_statements_are_answered_in_order_until_one_fails() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let messages = raw.query("SELECT 1; SET application_name = 'x'; SELECT 2").await;
    assert_eq!(kinds(&messages), "TDCCTDCSZ");
    let messages = raw.query("SELECT 1; SELECT nonsense; SELECT 2").await;
    assert_eq!(kinds(&messages), "TDCEZ");
    // A text that does not parse does nothing at all.
    assert_eq!(kinds(&raw.query("SELECT 1; SELEC 2").await), "EZ");
    assert_eq!(kinds(&raw.query("SELECT 3").await), "TDCZ");
}

#[tokio::test]
async fn positions_count_from_the_start_of_the_text() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let error = raw.fails("SELECT 1; SELEC 2").await;
    assert_eq!(error.field(b'C').as_deref(), Some("42601"));
    assert_eq!(error.field(b'P').as_deref(), Some("11"), "{error:?}");
}

#[tokio::test]
async fn an_error_leaves_the_session_usable() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let error = raw.fails("SELECT * FROM nowhere").await;
    assert_eq!(error.field(b'C').as_deref(), Some("42P01"));
    assert_eq!(error.field(b'S').as_deref(), Some("ERROR"));
    assert_eq!(rows(&raw.query("SELECT 7").await), [[Some("7".to_owned())]]);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_an_error_of_its_own() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&message(b'Q', b"SELECT '\xff'\0")).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "EZ");
    assert_eq!(messages[0].field(b'C').as_deref(), Some("22021"));
    raw.send(&message(b'Q', b"no end")).await;
    assert_eq!(raw.until(b'Z').await[0].field(b'C').as_deref(), Some("08P01"));
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
    // Of an unknown type not even the length can be believed.
    raw.send(&message(b'?', b"")).await;
    let messages = raw.rest().await;
    assert_eq!(messages[0].field(b'S').as_deref(), Some("FATAL"));
}

#[tokio::test]
async fn pipelined_queries_are_answered_in_order() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let many: Vec<u8> = (0..200).flat_map(|i| query(&format!("SELECT {i}"))).collect();
    raw.send(&many).await;
    for i in 0..200 {
        assert_eq!(rows(&raw.until(b'Z').await), [[Some(i.to_string())]]);
    }
}

#[tokio::test]
async fn depth_is_an_error_and_not_an_end() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let deep = format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(raw.fails(&deep).await.field(b'C').as_deref(), Some("54001"));
    let long = format!("SELECT 1{}", " + 1".repeat(20_000));
    raw.query(&long).await;
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
}

#[tokio::test]
async fn files_are_out_of_reach() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    for text in [
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/tidegate-test.csv'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
    ] {
        raw.fails(text).await;
    }
    assert!(!std::path::Path::new("/tmp/tidegate-test.csv").exists());
}

/// Texts that are parsed on the threads of the wire, as deep as they can be.
#[tokio::test]
async fn short_texts_that_are_deep_are_answered() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    for text in [
        format!("SELECT {}1", "~".repeat(240)),
        format!("SELECT {}1", "- ".repeat(120)),
        format!("SELECT {}1{}", "(".repeat(120), ")".repeat(120)),
        format!("SELECT {}", "[".repeat(240)),
        format!("SELECT {}", "case ".repeat(48)),
        format!("SELECT 1 FROM {}", "(".repeat(240)),
        format!("SELECT {}", "f(".repeat(120)),
    ] {
        let messages = raw.query(&text).await;
        assert_eq!(messages.last().unwrap().kind, b'Z', "{text}");
    }
    assert_eq!(kinds(&raw.query("SELECT 1").await), "TDCZ");
}
