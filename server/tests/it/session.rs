//! Settings and transactions.

use crate::harness::*;

#[tokio::test]
async fn settings_are_set_shown_and_reset() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let show = async |raw: &mut Raw, name: &str| {
        raw.query(&format!("SHOW {name}")).await[1].row().remove(0).unwrap()
    };
    assert_eq!(show(&mut raw, "server_version").await, "15.8");
    assert_eq!(raw.query("SET statement_timeout = '90s'").await[0].tag(), "SET");
    assert_eq!(show(&mut raw, "statement_timeout").await, "90s");
    assert_eq!(raw.query("RESET statement_timeout").await[0].tag(), "RESET");
    assert_eq!(show(&mut raw, "statement_timeout").await, "0");
    // A reported setting is told to the client before it is ready again.
    let messages = raw.query("SET TIME ZONE 'Europe/Berlin'").await;
    assert_eq!(kinds(&messages), "CSZ");
    assert_eq!(messages[1].body, b"TimeZone\0Europe/Berlin\0");
    assert_eq!(kinds(&raw.query("RESET ALL").await), "CSZ");
    let all = raw.query("SHOW ALL").await;
    assert!(all.len() > 20);
    let error = raw.fails("SET statment_timeout = 1").await;
    assert_eq!(error.field(b'C').as_deref(), Some("42704"));
    assert_eq!(error.field(b'H').as_deref(), Some("Perhaps you meant \"statement_timeout\"."));
    assert_eq!(raw.fails("SET TimeZone = 'Nowhere'").await.field(b'C').as_deref(), Some("22023"));
    assert_eq!(raw.fails("SET server_version = '9'").await.field(b'C').as_deref(), Some("55P02"));
}

#[tokio::test]
async fn settings_follow_their_transaction() {
    let server = Server::start().await;
    let client = server.client().await;
    let show = async || -> String { client.query_one("SHOW application_name", &[]).await.unwrap().get(0) };
    client
        .batch_execute("SET application_name = 'a'; BEGIN; SET application_name = 'b'; ROLLBACK")
        .await
        .unwrap();
    assert_eq!(show().await, "a");
    client.batch_execute("BEGIN; SET LOCAL application_name = 'c'").await.unwrap();
    assert_eq!(show().await, "c");
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(show().await, "a");
    client.batch_execute("BEGIN; SET application_name = 'd'; COMMIT").await.unwrap();
    assert_eq!(show().await, "d");
    client.batch_execute("DISCARD ALL").await.unwrap();
    assert_eq!(show().await, "");
}

#[tokio::test]
async fn blocks_have_postgresqls_states_tags_and_warnings() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let mut check = async |text: &str, kind: &str, tag: &str, status: &[u8]| {
        let messages = raw.query(text).await;
        assert_eq!(kinds(&messages), kind, "{text}: {messages:?}");
        let complete = messages.iter().find(|message| message.kind == b'C');
        assert_eq!(complete.map_or(String::new(), Message::tag), tag, "{text}");
        assert_eq!(messages.last().unwrap().body, status, "{text}");
    };
    check("COMMIT", "NCZ", "COMMIT", b"I").await;
    check("ROLLBACK", "NCZ", "ROLLBACK", b"I").await;
    check("BEGIN", "CZ", "BEGIN", b"T").await;
    check("BEGIN", "NCZ", "BEGIN", b"T").await;
    check("SELECT 1", "TDCZ", "SELECT 1", b"T").await;
    check("COMMIT", "CZ", "COMMIT", b"I").await;
    check("START TRANSACTION", "CZ", "START TRANSACTION", b"T").await;
    check("SELECT nonsense", "EZ", "", b"E").await;
    check("SELECT 1", "EZ", "", b"E").await;
    check("BEGIN", "EZ", "", b"E").await;
    check("COMMIT", "CZ", "ROLLBACK", b"I").await;
    check("BEGIN; SELECT nonsense", "CEZ", "BEGIN", b"E").await;
    check("ROLLBACK", "CZ", "ROLLBACK", b"I").await;
    check("SET LOCAL statement_timeout = 1", "NCZ", "SET", b"I").await;
}

#[tokio::test]
async fn a_failed_block_refuses_also_prepared_statements() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.send(&[parse("s", "SELECT 1"), parse("c", "COMMIT"), sync()].concat()).await;
    raw.until(b'Z').await;
    raw.query("BEGIN").await;
    raw.fails("SELECT nonsense").await;
    raw.send(&[bind("", "s"), execute("", 0), sync()].concat()).await;
    assert_eq!(raw.until(b'Z').await[0].field(b'C').as_deref(), Some("25P02"));
    raw.send(&[bind("", "c"), execute("", 0), sync()].concat()).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(kinds(&messages), "2CZ");
    assert_eq!(messages[1].tag(), "ROLLBACK");
}

#[tokio::test]
async fn ddl_stays_out_of_blocks() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.query("BEGIN").await;
    let error = raw.fails("CREATE CONNECTION c TO KAFKA (BROKERS 'localhost:9')").await;
    assert_eq!(error.field(b'C').as_deref(), Some("25001"));
    raw.query("ROLLBACK").await;
}

#[tokio::test]
async fn connections_are_made_commented_and_dropped() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    let create = "CREATE CONNECTION prod TO KAFKA (BROKERS 'localhost:9')";
    assert_eq!(raw.query(create).await[0].tag(), "CREATE CONNECTION");
    assert_eq!(raw.fails(create).await.field(b'C').as_deref(), Some("42P07"));
    let messages = raw.query("CREATE CONNECTION IF NOT EXISTS prod TO KAFKA (BROKERS 'localhost:9')").await;
    assert_eq!(kinds(&messages), "NCZ");
    assert_eq!(raw.query("COMMENT ON CONNECTION prod IS 'ours'").await[0].tag(), "COMMENT");
    let error = raw.fails("DROP CONNECTION prood").await;
    assert_eq!(error.field(b'C').as_deref(), Some("42704"));
    assert_eq!(error.field(b'H').as_deref(), Some("did you mean prod?"));
    assert_eq!(error.field(b'P').as_deref(), Some("17"));
    assert_eq!(raw.fails("DROP SOURCE prod").await.field(b'C').as_deref(), Some("42809"));
    assert_eq!(raw.query("DROP CONNECTION prod").await[0].tag(), "DROP CONNECTION");
    assert_eq!(kinds(&raw.query("DROP CONNECTION IF EXISTS prod").await), "NCZ");
}

#[tokio::test]
async fn a_source_without_broker_is_refused_with_what_was_tried() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    // A port that nobody listens on: bound here, and never accepted from.
    let error =
        raw.fails("CREATE SOURCE s (a int) FROM KAFKA (BROKERS '127.0.0.1:1', TOPIC 't') FORMAT JSON").await;
    assert_eq!(error.field(b'C').as_deref(), Some("08001"), "{error:?}");
    assert!(error.field(b'M').unwrap().contains("127.0.0.1:1"));
    assert_eq!(raw.fails("SELECT * FROM s").await.field(b'C').as_deref(), Some("42P01"));
}
