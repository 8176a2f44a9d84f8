//! What happens before there is a session, and that nothing survives its failure.

use std::time::Duration;

use server::listener::UNENTERED_MAX;

use crate::harness::*;

const ANN: &[(&str, &str)] = &[("user", "ann"), ("database", "tidegate")];

async fn refused(server: &Server, bytes: &[u8], sqlstate: &str) {
    let mut raw = server.raw().await;
    raw.send(bytes).await;
    let messages = raw.rest().await;
    assert_eq!(kinds(&messages), "E", "{messages:?}");
    assert_eq!(messages[0].field(b'S').as_deref(), Some("FATAL"));
    assert_eq!(messages[0].field(b'C').as_deref(), Some(sqlstate), "{messages:?}");
}

#[tokio::test]
async fn a_startup_error_closes_the_socket() {
    let server = Server::start().await;
    let start = |parameters: &[(&str, &str)]| startup_packet(VERSION_3_0, parameters);
    refused(&server, &start(&[("user", "ann"), ("database", "other")]), "3D000").await;
    refused(&server, &start(&[("database", "tidegate")]), "28000").await;
    refused(&server, &start(&[("user", "ann")]), "3D000").await;
    refused(&server, &start(&[("user", "ann"), ("database", "tidegate"), ("nonsense", "1")]), "42704").await;
    refused(&server, &start(&[("user", "ann"), ("database", "tidegate"), ("TimeZone", "x")]), "22023").await;
    refused(&server, &startup_packet(2 << 16, ANN), "0A000").await;
    refused(&server, &startup_packet(4 << 16, ANN), "0A000").await;
    refused(&server, &[0, 0, 0, 9, 0, 3, 0, 0, b'x'], "08P01").await;
    refused(&server, b"GET / HTTP/1.1\r\n\r\n", "08P01").await;
    refused(&server, &[0, 0, 0, 0], "08P01").await;
}

#[tokio::test]
async fn a_query_behind_a_failed_login_never_runs() {
    let server = Server::start().await;
    let mut bytes = startup_packet(VERSION_3_0, &[("user", "ann"), ("database", "other")]);
    bytes.extend(query("SHOW server_version"));
    refused(&server, &bytes, "3D000").await;
}

#[tokio::test]
async fn postgres_stands_for_the_database() {
    let server = Server::start().await;
    let mut raw = server.raw().await;
    raw.startup(&[("user", "ann"), ("database", "postgres")]).await;
    assert!(kinds(&raw.until(b'Z').await).starts_with("RS"));
}

#[tokio::test]
async fn encryption_is_declined_and_the_session_goes_on() {
    let server = Server::start().await;
    let mut raw = server.raw().await;
    raw.send(GSS_REQUEST).await;
    assert_eq!(raw.byte().await, b'N');
    raw.send(SSL_REQUEST).await;
    assert_eq!(raw.byte().await, b'N');
    raw.startup(ANN).await;
    raw.until(b'Z').await;
}

#[tokio::test]
async fn endless_encryption_requests_end() {
    let server = Server::start().await;
    for (request, code) in [(SSL_REQUEST, 5679), (GSS_REQUEST, 5680)] {
        let mut raw = server.raw().await;
        raw.send(request).await;
        assert_eq!(raw.byte().await, b'N');
        raw.send(request).await;
        let answer = raw.rest().await;
        assert_eq!(answer[0].field(b'C').as_deref(), Some("0A000"));
        let message = answer[0].field(b'M').unwrap();
        assert!(message.starts_with(&format!("unsupported frontend protocol 1234.{code}")), "{message}");
    }
}

#[tokio::test]
async fn bytes_before_the_answer_to_an_ssl_request_do_not_survive() {
    let server = Server::start().await;
    let startup = startup_packet(VERSION_3_0, ANN);
    refused(&server, &[SSL_REQUEST, &startup].concat(), "08P01").await;
    refused(&server, &[GSS_REQUEST, &startup].concat(), "08P01").await;
}

#[tokio::test]
async fn a_startup_packet_is_bounded() {
    let server = Server::start().await;
    let long = "x".repeat(9_900);
    let mut raw = server.raw().await;
    raw.startup(&[("user", "ann"), ("database", "tidegate"), ("application_name", &long)]).await;
    raw.until(b'Z').await;
    // The length alone is enough to be refused.
    refused(&server, &10_001_u32.to_be_bytes(), "08P01").await;
    refused(&server, &u32::MAX.to_be_bytes(), "08P01").await;
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let server = Server::with("startup_timeout = \"100 ms\"").await;
    let mut silent = server.raw().await;
    let mut slow = server.raw().await;
    slow.send(&startup_packet(VERSION_3_0, ANN)[..12]).await;
    assert!(silent.next().await.is_none());
    assert!(slow.next().await.is_none());
}

#[tokio::test]
async fn versions_are_negotiated() {
    let server = Server::start().await;
    // 3.0 has a cancel key of 4 bytes, 3.2 a longer one.
    for (minor, key_bytes, negotiated) in [(0, 4, None), (2, 32, None), (9999, 32, Some(2)), (1, 4, Some(0))]
    {
        let mut raw = server.raw().await;
        raw.send(&startup_packet(VERSION_3_0 + minor, ANN)).await;
        let messages = raw.until(b'Z').await;
        let key = messages.iter().find(|message| message.kind == b'K').unwrap();
        assert_eq!(key.body.len(), 4 + key_bytes, "3.{minor}");
        let answer = messages.iter().find(|message| message.kind == b'v');
        let newest =
            answer.map(|answer| u32::from_be_bytes(answer.body[..4].try_into().unwrap()) - VERSION_3_0);
        assert_eq!(newest, negotiated, "3.{minor}");
    }
    let mut raw = server.raw().await;
    raw.startup(&[("user", "ann"), ("database", "tidegate"), ("_pq_.unheard", "1")]).await;
    let messages = raw.until(b'Z').await;
    assert_eq!(messages[0].kind, b'v');
    assert!(messages[0].body.ends_with(b"_pq_.unheard\0"));
}

#[tokio::test]
async fn cancel_keys_differ_and_garbage_is_ignored() {
    let server = Server::start().await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        let mut raw = server.raw().await;
        raw.startup(ANN).await;
        let messages = raw.until(b'Z').await;
        let key = messages.into_iter().find(|message| message.kind == b'K').unwrap();
        keys.push(key.body[4..].to_vec());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    for bytes in [&[0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 99, 1, 2, 3, 4][..], &[0, 0, 0, 8, 4, 210, 22, 46]]
    {
        let mut raw = server.raw().await;
        raw.send(bytes).await;
        let answer = raw.rest().await;
        assert!(answer.iter().all(|message| message.kind == b'E'), "{answer:?}");
    }
    server.entered().await.query("SHOW server_version").await;
}

#[tokio::test]
async fn one_session_too_many_is_told_so() {
    let server = Server::with("connections_max = 2\nconnections_reserved = 0").await;
    let first = server.entered().await;
    let _second = server.entered().await;
    refused(&server, &startup_packet(VERSION_3_0, ANN), "53300").await;
    drop(first);
    // The place is free once the server has seen the end.
    for _ in 0..600 {
        let mut raw = server.raw().await;
        raw.startup(ANN).await;
        if raw.next().await.unwrap().kind == b'R' {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the place was never given back");
}

#[tokio::test]
async fn settings_of_the_startup_hold() {
    let server = Server::start().await;
    let mut raw = server.raw().await;
    raw.startup(&[
        ("user", "ann"),
        ("database", "tidegate"),
        ("application_name", "app"),
        ("options", "-c statement_timeout=5s --TimeZone=Europe/Berlin"),
    ])
    .await;
    let told = raw.until(b'Z').await;
    let told: Vec<String> = told
        .iter()
        .filter(|message| message.kind == b'S')
        .map(|message| String::from_utf8_lossy(&message.body).replace('\0', "="))
        .collect();
    for expected in
        ["application_name=app=", "TimeZone=Europe/Berlin=", "server_encoding=UTF8=", "integer_datetimes=on="]
    {
        assert!(told.iter().any(|told| told == expected), "{expected} in {told:?}");
    }
    assert_eq!(raw.query("SHOW statement_timeout").await[1].row(), [Some("5s".to_owned())]);
}

#[tokio::test]
async fn places_are_kept_for_an_administrator() {
    let server = Server::with("connections_max = 3\nconnections_reserved = 2").await;
    let _application = server.entered().await;
    let reserved = "remaining connection slots are reserved for non-replication superuser connections";
    refused_for(&server, ANN, reserved).await;
    let administrator: &[_] = &[("user", "tidegate")];
    let mut let_in = Vec::new();
    for _ in 0..2 {
        let mut raw = server.raw().await;
        raw.startup(administrator).await;
        raw.until(b'Z').await;
        let_in.push(raw);
    }
    refused_for(&server, administrator, "sorry, too many clients already").await;
}

async fn refused_for(server: &Server, parameters: &[(&str, &str)], expected: &str) {
    let mut raw = server.raw().await;
    raw.startup(parameters).await;
    let refused = raw.rest().await;
    assert_eq!(refused[0].field(b'C').as_deref(), Some("53300"));
    assert_eq!(refused[0].field(b'M').as_deref(), Some(expected));
}

#[tokio::test]
async fn silent_sockets_do_not_keep_others_out() {
    let server = Server::with("connections_max = 5\nstartup_timeout = \"10 min\"").await;
    let mut silent = Vec::new();
    for _ in 0..UNENTERED_MAX + 10 {
        silent.push(server.raw().await);
    }
    server.entered().await;
    // Those that waited longest have made room, the others still wait.
    assert!(silent[0].next().await.is_none());
    let mut last = silent.pop().unwrap();
    last.startup(ANN).await;
    last.until(b'Z').await;
}
