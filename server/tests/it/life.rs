//! How a server starts and ends.

use std::sync::Arc;

use server::config::Options;
use server::instance::{Instance, StartError};
use storage::clock::SystemClock;

use crate::harness::*;

async fn try_start(data: &std::path::Path, listen: &str) -> Result<Instance, StartError> {
    let options =
        Options { data: Some(data.to_owned()), listen: Some(listen.parse().unwrap()), ..Options::default() };
    Instance::start(options.finish().unwrap(), Arc::new(SystemClock), 1).await
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let directory = tempfile::TempDir::new().unwrap();
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = try_start(directory.path(), listen).await.unwrap_err();
        assert!(matches!(error, StartError::NotLoopback { .. }), "{error}");
        assert!(error.to_string().contains("only loopback addresses are allowed"));
    }
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "nothing was touched");
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let server = Server::start().await;
    let error = try_start(&server.directory.path().join("data"), "127.0.0.1:0").await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("is in use by another server"), "{message}");
    assert!(message.contains(&format!("process id {}", std::process::id())), "{message}");
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let server = Server::start().await;
    let directory = tempfile::TempDir::new().unwrap();
    let error = try_start(directory.path(), &server.address().to_string()).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on {}", server.address())), "{error}");
}

#[tokio::test]
async fn a_stop_tells_idle_sessions_and_lets_running_statements_end() {
    let server = Server::with("shutdown_timeout = \"10 min\"").await;
    let mut idle = server.entered().await;
    let mut busy = server.entered().await;
    busy.send(&query("SELECT count(*) FROM generate_series(1, 2000) AS a(v), generate_series(1, 100000) AS b(v) WHERE a.v + b.v = 0")).await;
    busy.send(&query("SELECT 1")).await;
    active(&server, 1).await;
    server.instance.stop().await.unwrap();
    let goodbye = idle.rest().await;
    assert_eq!(goodbye[0].field(b'C').as_deref(), Some("57P01"));
    let answer = busy.rest().await;
    assert_eq!(kinds(&answer), "TDCZE", "the statement ended, the next was not begun");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let server = Server::with("shutdown_timeout = \"100 ms\"").await;
    let mut busy = server.entered().await;
    busy.send(&query(ENDLESS)).await;
    active(&server, 1).await;
    server.instance.stop().await.unwrap();
    let answer = busy.rest().await;
    assert_eq!(kinds(&answer), "TE");
    assert_eq!(answer[1].field(b'C').as_deref(), Some("57P01"));
}

#[tokio::test]
async fn the_catalog_outlives_the_server() {
    let server = Server::start().await;
    server
        .client()
        .await
        .batch_execute("CREATE CONNECTION c TO KAFKA (BROKERS 'localhost:9')")
        .await
        .unwrap();
    let Server { instance, directory } = server;
    instance.stop().await.unwrap();
    let server = Server { instance: start(&directory, "").await, directory };
    let mut raw = server.entered().await;
    assert_eq!(raw.query("DROP CONNECTION c").await[0].tag(), "DROP CONNECTION");
}
