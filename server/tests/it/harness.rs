//! A server in this process, and a client that speaks the protocol byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use planner::system_table::SystemState;
use server::config::Options;
use server::instance::Instance;
use storage::clock::SystemClock;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Nothing here takes as long as this; what hangs fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running server on a free port and a fresh directory.
pub(crate) struct Server {
    pub(crate) instance: Instance,
    pub(crate) directory: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// With a configuration as it would stand in a file.
    pub(crate) async fn with(file: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let instance = start(&directory, file).await;
        Self { instance, directory }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.instance.address()
    }

    pub(crate) async fn raw(&self) -> Raw {
        Raw::connect(self.address()).await
    }

    /// A raw client that has logged in.
    pub(crate) async fn entered(&self) -> Raw {
        let mut raw = self.raw().await;
        raw.startup(&[("user", "ann"), ("database", "tidegate")]).await;
        raw.until(b'Z').await;
        raw
    }

    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        self.client_with("").await
    }

    pub(crate) async fn client_with(&self, more: &str) -> tokio_postgres::Client {
        let address = self.address();
        let parameters =
            format!("host={} port={} user=ann dbname=tidegate {more}", address.ip(), address.port());
        let (client, connection) = tokio_postgres::connect(&parameters, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

pub(crate) async fn start(directory: &TempDir, file: &str) -> Instance {
    let path = directory.path().join("tidegate.toml");
    std::fs::write(&path, file).unwrap();
    let options = Options {
        data: Some(directory.path().join("data")),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Options::read(&path).unwrap()
    };
    Instance::start(options.finish().unwrap(), Arc::new(SystemClock), 7).await.unwrap()
}

/// Waits until so many sessions run a statement.
pub(crate) async fn active(server: &Server, count: usize) {
    for _ in 0..400 {
        let sessions = server.instance.sessions().sessions();
        if sessions.iter().filter(|session| session.state == "active").count() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {count} active sessions");
}

/// A message from the server.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// A field of an error or notice.
    pub(crate) fn field(&self, code: u8) -> Option<String> {
        assert!(matches!(self.kind, b'E' | b'N'), "{self:?}");
        self.body
            .split(|byte| *byte == 0)
            .find_map(|field| field.strip_prefix(&[code]))
            .map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    /// The texts of a row; null is None.
    pub(crate) fn row(&self) -> Vec<Option<String>> {
        assert_eq!(self.kind, b'D');
        let mut rest = &self.body[2..];
        let mut values = Vec::new();
        while !rest.is_empty() {
            let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
            rest = &rest[4..];
            values.push((length >= 0).then(|| {
                let (value, tail) = rest.split_at(length as usize);
                rest = tail;
                String::from_utf8(value.to_vec()).unwrap()
            }));
        }
        values
    }

    /// The text of a command's tag.
    pub(crate) fn tag(&self) -> String {
        assert_eq!(self.kind, b'C');
        String::from_utf8(self.body[..self.body.len() - 1].to_vec()).unwrap()
    }
}

/// The kinds of messages, as a word.
pub(crate) fn kinds(messages: &[Message]) -> String {
    messages.iter().map(|message| message.kind as char).collect()
}

/// A message of the extended or simple protocol.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body);
    bytes
}

pub(crate) fn query(text: &str) -> Vec<u8> {
    message(b'Q', format!("{text}\0").as_bytes())
}

pub(crate) fn parse(name: &str, text: &str) -> Vec<u8> {
    message(b'P', format!("{name}\0{text}\0\0\0").as_bytes())
}

/// Without parameters, text results.
pub(crate) fn bind(portal: &str, statement: &str) -> Vec<u8> {
    message(b'B', format!("{portal}\0{statement}\0\0\0\0\0\0\0").as_bytes())
}

pub(crate) fn describe(what: char, name: &str) -> Vec<u8> {
    message(b'D', format!("{what}{name}\0").as_bytes())
}

pub(crate) fn execute(portal: &str, rows_max: u32) -> Vec<u8> {
    message(b'E', &[portal.as_bytes(), &[0], &rows_max.to_be_bytes()].concat())
}

pub(crate) fn sync() -> Vec<u8> {
    message(b'S', &[])
}

pub(crate) fn startup_packet(version: u32, parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    for (name, value) in parameters {
        body.extend(format!("{name}\0{value}\0").as_bytes());
    }
    body.push(0);
    let mut packet = (body.len() as u32 + 4).to_be_bytes().to_vec();
    packet.extend(body);
    packet
}

pub(crate) const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];
pub(crate) const GSS_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 48];
pub(crate) const VERSION_3_0: u32 = 196_608;

/// A client that sends what it is told.
pub(crate) struct Raw {
    pub(crate) socket: TcpStream,
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { socket: TcpStream::connect(address).await.unwrap() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn startup(&mut self, parameters: &[(&str, &str)]) {
        self.send(&startup_packet(VERSION_3_0, parameters)).await;
    }

    pub(crate) async fn byte(&mut self) -> u8 {
        timeout(PATIENCE, self.socket.read_u8()).await.unwrap().unwrap()
    }

    /// The next message; None where the server has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        timeout(PATIENCE, async {
            let kind = self.socket.read_u8().await.ok()?;
            let length = self.socket.read_u32().await.ok()?;
            let mut body = vec![0; length as usize - 4];
            self.socket.read_exact(&mut body).await.ok()?;
            Some(Message { kind, body })
        })
        .await
        .unwrap()
    }

    /// Messages up to the first of this kind.
    pub(crate) async fn until(&mut self, kind: u8) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            let next = self.next().await.unwrap_or_else(|| panic!("closed after {messages:?}"));
            let last = next.kind == kind;
            messages.push(next);
            if last {
                return messages;
            }
        }
    }

    /// Everything until the server closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(next) = self.next().await {
            messages.push(next);
        }
        messages
    }

    /// A simple query's answer up to ReadyForQuery.
    pub(crate) async fn query(&mut self, text: &str) -> Vec<Message> {
        self.send(&query(text)).await;
        self.until(b'Z').await
    }

    /// The single error of a query that fails, by field.
    pub(crate) async fn fails(&mut self, text: &str) -> Message {
        let messages = self.query(text).await;
        messages.into_iter().find(|message| message.kind == b'E').expect("an error")
    }
}

/// A statement that runs until it is stopped.
pub(crate) const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 10000000) AS a(v), generate_series(1, 10000000) AS b(v) WHERE a.v + b.v = 0";
