//! TLS: who asks for it gets it, nothing that was said before it counts, and a server that should have
//! it and cannot does not start.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use server::config::Options;
use server::instance::{Instance, StartError};
use storage::clock::SystemClock;
use tempfile::TempDir;
use tidegate_sqllogictest::certificate::Certificate;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::config::SslMode;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use planner::system_table::SystemState;

use crate::harness::*;

const ANN: &[(&str, &str)] = &[("user", "ann"), ("database", "tidegate")];

/// What a server needs for TLS, and clients that trust it.
struct Files(Certificate);

impl Files {
    fn new() -> Self {
        Self(Certificate::new())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name).into()
    }

    fn configuration(&self) -> String {
        format!("tls_cert = {:?}\ntls_key = {:?}\n", self.path("server.pem"), self.path("key.pem"))
    }

    async fn server(&self, more: &str) -> Server {
        Server::with(&(self.configuration() + more)).await
    }

    /// Shakes hands as a client that trusts the authority.
    async fn secure(
        &self,
        socket: TcpStream,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap()
    }

    /// A TLS connection on which nothing was said yet.
    async fn opened(&self, server: &Server) -> TlsStream<TcpStream> {
        let mut raw = server.raw().await;
        raw.send(SSL_REQUEST).await;
        assert_eq!(raw.byte().await, b'S');
        self.secure(raw.socket, &[&TLS12, &TLS13]).await
    }

    async fn client(&self, server: &Server) -> tokio_postgres::Client {
        self.client_of(server, &[&TLS12, &TLS13]).await
    }

    async fn client_of(
        &self,
        server: &Server,
        versions: &[&'static SupportedProtocolVersion],
    ) -> tokio_postgres::Client {
        let mut raw = server.raw().await;
        raw.send(SSL_REQUEST).await;
        assert_eq!(raw.byte().await, b'S');
        let socket = self.secure(raw.socket, versions).await;
        let mut config = tokio_postgres::Config::new();
        // What the library would do itself is done.
        config.user("ann").dbname("tidegate").ssl_mode(SslMode::Disable);
        let (client, connection) = config.connect_raw(socket, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

const OF_MINE: &str =
    "SELECT ssl, version, cipher, bits, client_serial FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

async fn encryption(client: &tokio_postgres::Client) -> (bool, Option<String>, Option<String>, Option<i32>) {
    let row = client.query_one(OF_MINE, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

#[tokio::test]
async fn sessions_are_encrypted_where_clients_ask_for_it() {
    let files = Files::new();
    let server = files.server("").await;
    let (plain, newest, older) =
        (server.client().await, files.client(&server).await, files.client_of(&server, &[&TLS12]).await);
    assert_eq!(encryption(&plain).await, (false, None, None, None));
    let told = |version: &str, cipher: &str| (true, Some(version.into()), Some(cipher.into()), Some(256));
    assert_eq!(encryption(&newest).await, told("TLSv1.3", "TLS_AES_256_GCM_SHA384"));
    assert_eq!(encryption(&older).await, told("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"));
    let known = plain.query("SELECT ssl FROM pg_stat_ssl ORDER BY ssl", &[]).await.unwrap();
    assert_eq!(known.iter().map(|row| row.get(0)).collect::<Vec<bool>>(), [false, true, true]);
}

#[tokio::test]
async fn results_and_statements_of_any_size_pass() {
    let files = Files::new();
    let server = files.server("").await;
    let client = files.client(&server).await;
    let rows = client.query("SELECT v, repeat('x', 100) FROM generate_series(1, 100000) AS g(v)", &[]);
    assert_eq!(rows.await.unwrap().len(), 100_000);
    let text = "y".repeat(3_000_000);
    let row = client.query_one("SELECT length($1::text), $1", &[&text]).await.unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (3_000_000, text.as_str()));
}

/// CVE-2021-23214: what came before the handshake must not be taken for what came after it.
#[tokio::test]
async fn plain_text_behind_the_request_ends_the_connection() {
    let files = Files::new();
    let server = files.server("").await;
    let startup = startup_packet(VERSION_3_0, ANN);
    // In one packet with the request.
    let mut raw = server.raw().await;
    raw.send(&[SSL_REQUEST, &startup].concat()).await;
    let answer = raw.rest().await;
    assert_eq!(kinds(&answer), "E");
    assert_eq!(answer[0].field(b'C').as_deref(), Some("08P01"));
    assert_eq!(answer[0].field(b'M').as_deref(), Some("received unencrypted data after SSL request"));
    // A single byte is too much.
    let mut raw = server.raw().await;
    raw.send(&[SSL_REQUEST, &[22]].concat()).await;
    assert_eq!(kinds(&raw.rest().await), "E");
    // In place of the handshake.
    let mut raw = server.raw().await;
    raw.send(SSL_REQUEST).await;
    assert_eq!(raw.byte().await, b'S');
    raw.send(&startup).await;
    let mut said = Vec::new();
    // The end may come as a reset, since what was sent was not read.
    let _ = raw.socket.read_to_end(&mut said).await;
    assert!(said.is_empty() || said[0] == 21, "a TLS alert at most: {said:?}");
    assert!(server.instance.sessions().sessions().is_empty());
}

#[tokio::test]
async fn each_request_is_answered_once() {
    let files = Files::new();
    let server = files.server("").await;
    let mut raw = server.raw().await;
    raw.send(GSS_REQUEST).await;
    assert_eq!(raw.byte().await, b'N');
    raw.send(GSS_REQUEST).await;
    let answer = raw.rest().await;
    assert_eq!(answer[0].field(b'C').as_deref(), Some("0A000"));
    assert!(answer[0].field(b'M').unwrap().starts_with("unsupported frontend protocol 1234.5680"));
    // TLS after GSS is what libpq does by default.
    let mut raw = server.raw().await;
    raw.send(GSS_REQUEST).await;
    assert_eq!(raw.byte().await, b'N');
    raw.send(SSL_REQUEST).await;
    assert_eq!(raw.byte().await, b'S');
    let mut socket = files.secure(raw.socket, &[&TLS13]).await;
    socket.write_all(&startup_packet(VERSION_3_0, ANN)).await.unwrap();
    assert_eq!(socket.read_u8().await.unwrap(), b'R');
    // Inside of TLS there is nothing more to ask for.
    for request in [SSL_REQUEST, GSS_REQUEST] {
        let mut socket = files.opened(&server).await;
        socket.write_all(request).await.unwrap();
        assert_eq!(socket.read_u8().await.unwrap(), b'E');
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.unwrap();
        assert!(String::from_utf8_lossy(&rest).contains("unsupported frontend protocol 1234.56"));
    }
}

#[tokio::test]
async fn a_handshake_has_the_time_of_a_startup() {
    let files = Files::new();
    let server = files.server("startup_timeout = \"300 ms\"").await;
    let mut silent = server.raw().await;
    silent.send(SSL_REQUEST).await;
    assert_eq!(silent.byte().await, b'S');
    assert!(silent.next().await.is_none());
    let mut begun = server.raw().await;
    begun.send(SSL_REQUEST).await;
    assert_eq!(begun.byte().await, b'S');
    begun.send(&[22, 3, 1, 2, 0]).await;
    assert!(begun.next().await.is_none());
    let mut secure = files.opened(&server).await;
    assert!(secure.read_u8().await.is_err(), "who says nothing inside of TLS is let go too");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let files = Files::new();
    let server = files.server("write_timeout = \"300 ms\"").await;
    let mut socket = files.opened(&server).await;
    socket.write_all(&startup_packet(VERSION_3_0, ANN)).await.unwrap();
    let sql = "SELECT v, v, v, v FROM generate_series(1, 1000000000) AS g(v)";
    socket.write_all(&query(sql)).await.unwrap();
    active(&server, 1).await;
    active(&server, 0).await;
}

#[tokio::test]
async fn a_statement_is_cancelled_and_a_disconnect_is_seen() {
    let files = Files::new();
    let server = files.server("").await;
    let client = files.client(&server).await;
    let cancel = client.cancel_token();
    let running = tokio::spawn(async move { client.simple_query(ENDLESS).await.unwrap_err() });
    active(&server, 1).await;
    // As libpq does before version 17, in plain text.
    let socket = TcpStream::connect(server.address()).await.unwrap();
    cancel.cancel_query_raw(socket, tokio_postgres::NoTls).await.unwrap();
    let error = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    assert_eq!(error.code().unwrap().code(), "57014");
    let mut socket = files.opened(&server).await;
    socket.write_all(&startup_packet(VERSION_3_0, ANN)).await.unwrap();
    socket.write_all(&query(ENDLESS)).await.unwrap();
    active(&server, 1).await;
    drop(socket);
    active(&server, 0).await;
}

async fn refused_start(certificate: &Path, key: &Path) -> String {
    let directory = TempDir::new().unwrap();
    let options = Options {
        data: Some(directory.path().join("data")),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        tls_cert: Some(certificate.to_owned()),
        tls_key: Some(key.to_owned()),
        ..Options::default()
    };
    let error = Instance::start(options.finish().unwrap(), Arc::new(SystemClock), 1).await.unwrap_err();
    assert!(matches!(error, StartError::Tls(_)), "{error}");
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "nothing was touched");
    error.to_string()
}

#[tokio::test]
async fn files_that_will_not_do_end_the_start() {
    let files = Files::new();
    let other = Files::new();
    files.0.write("empty.pem", "", 0o600);
    files.0.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA", 0o600);
    files.0.write("nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0o600);
    let open = std::fs::read_to_string(files.path("key.pem")).unwrap();
    files.0.write("open.pem", &open, 0o644);
    for (certificate, key, expected) in [
        (files.path("none.pem"), files.path("key.pem"), "cannot read"),
        (files.path("server.pem"), files.path("none.pem"), "cannot read"),
        (files.path("empty.pem"), files.path("key.pem"), "does not hold a certificate in PEM form"),
        (files.path("key.pem"), files.path("key.pem"), "does not hold a certificate in PEM form"),
        (files.path("broken.pem"), files.path("key.pem"), "does not hold a certificate in PEM form"),
        (files.path("nonsense.pem"), files.path("key.pem"), "cannot be used"),
        (files.path("server.pem"), files.path("empty.pem"), "does not hold a private key"),
        (files.path("server.pem"), files.path("open.pem"), "has group or world access"),
        (files.path("server.pem"), other.path("key.pem"), "cannot be used"),
    ] {
        let message = refused_start(&certificate, &key).await;
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

/// psql, in each of libpq's modes.
#[tokio::test(flavor = "multi_thread")]
async fn psql_verifies() {
    if Command::new("psql").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "this test needs psql");
        eprintln!("skipped: psql is not installed");
        return;
    }
    let (files, other) = (Files::new(), Files::new());
    let (server, plain) = (files.server("").await, Server::start().await);
    let psql = |port: u16, host: &str, mode: &str, authority: Option<&Files>| {
        let mut line =
            format!("host={host} hostaddr=127.0.0.1 port={port} user=ann dbname=tidegate sslmode={mode}");
        if let Some(authority) = authority {
            line += &format!(" sslrootcert={}", authority.path("ca.pem").display());
        }
        let sql = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let mut command = Command::new("psql");
        let command = command.args(["-X", "-At", "-c", sql, &line]).env("PGCONNECT_TIMEOUT", "20");
        let Output { stdout, stderr, .. } = tokio::task::block_in_place(|| command.output().unwrap());
        String::from_utf8(if stdout.is_empty() { stderr } else { stdout }).unwrap().trim().to_owned()
    };
    let port = server.address().port();
    assert_eq!(psql(port, "localhost", "disable", None), "f|");
    assert_eq!(psql(port, "localhost", "prefer", None), "t|TLSv1.3");
    assert_eq!(psql(port, "localhost", "require", None), "t|TLSv1.3");
    assert_eq!(psql(port, "localhost", "verify-full", Some(&files)), "t|TLSv1.3");
    assert_eq!(psql(port, "127.0.0.1", "verify-full", Some(&files)), "t|TLSv1.3");
    let refused = psql(port, "localhost", "verify-ca", Some(&other));
    assert!(refused.contains("certificate verify failed"), "{refused}");
    let refused = psql(port, "elsewhere", "verify-full", Some(&files));
    assert!(refused.contains("does not match host name"), "{refused}");
    let port = plain.address().port();
    assert_eq!(psql(port, "localhost", "prefer", None), "f|");
    let refused = psql(port, "localhost", "require", None);
    assert!(refused.contains("server does not support SSL"), "{refused}");
}
