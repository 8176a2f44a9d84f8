//! The server under test: started on a data directory, stopped, killed, started again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::ports::free_port;
use crate::process::Guarded;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// A server with a data directory of its own, or one that somebody else runs.
#[derive(Debug)]
pub struct Server {
    address: Address,
    own: Option<Own>,
}

#[derive(Debug)]
enum Address {
    Port(u16),
    Url(String),
}

#[derive(Debug)]
struct Own {
    binary: PathBuf,
    directory: TempDir,
    options: Vec<String>,
    process: Option<Guarded>,
}

impl Server {
    /// Starts a server on a fresh directory and waits until it answers. `options` follow those for
    /// data and address on its command line.
    pub async fn start(options: &[&str]) -> Self {
        Self::start_binary(crate::binary::tidegate(), options).await
    }

    /// Starts this binary.
    pub async fn start_binary(binary: &Path, options: &[&str]) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("tidegate-server-")
            .tempdir()
            .expect("the temporary directory can be written to");
        let options = options.iter().map(ToString::to_string).collect();
        let own = Own { binary: binary.to_owned(), directory, options, process: None };
        let mut server = Self { address: Address::Port(free_port()), own: Some(own) };
        server.launch();
        server.wait_until_it_answers().await;
        server
    }

    /// The port of our own server.
    pub fn port(&self) -> Option<u16> {
        match self.address {
            Address::Port(port) => Some(port),
            Address::Url(_) => None,
        }
    }

    /// A server that runs already. It cannot be stopped.
    pub fn external(url: &str) -> Self {
        Self { address: Address::Url(url.to_owned()), own: None }
    }

    /// What a client connects to.
    pub fn url(&self) -> String {
        match &self.address {
            Address::Port(port) => format!("postgres://tidegate@127.0.0.1:{port}/tidegate"),
            Address::Url(url) => url.clone(),
        }
    }

    /// Where its data are.
    pub fn data(&self) -> PathBuf {
        self.own().directory.path().join("data")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// Its process.
    pub fn process(&self) -> &Guarded {
        self.own().process.as_ref().expect("the server was started")
    }

    /// What it has logged last.
    pub fn log_tail(&self) -> String {
        let process = self.own.as_ref().and_then(|own| own.process.as_ref());
        process.map(|process| process.log_tail(60)).unwrap_or_default()
    }

    /// A new connection, which is served until the client is dropped.
    pub async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Stops it with SIGTERM, which must end it in good time.
    pub async fn stop(&mut self) {
        let mut process = self.own_mut().process.take().expect("the server was started");
        process.signal("TERM");
        let (ended, log) =
            tokio::task::spawn_blocking(move || (process.wait(STOP_TIMEOUT), process.log_tail(60)))
                .await
                .expect("waiting does not panic");
        assert!(ended, "the server did not end within {STOP_TIMEOUT:?} of SIGTERM:\n{log}");
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        drop(self.own_mut().process.take());
    }

    /// Starts it again on the same data and port, and waits until it answers.
    pub async fn start_again(&mut self) {
        self.launch();
        self.wait_until_it_answers().await;
    }

    /// Starts it again without waiting.
    pub fn launch(&mut self) {
        let Address::Port(port) = self.address else { panic!("somebody else runs this server") };
        let own = self.own_mut();
        let data = own.directory.path().join("data");
        let listen = format!("127.0.0.1:{port}");
        let mut command: Vec<&std::ffi::OsStr> = vec![own.binary.as_ref(), "server".as_ref()];
        command.extend(["--data".as_ref(), data.as_os_str(), "--listen".as_ref(), listen.as_ref()]);
        command.extend(own.options.iter().map(|option| option.as_ref() as &std::ffi::OsStr));
        let log = own.directory.path().join("log");
        let process = Guarded::spawn(&command, &[("RUST_BACKTRACE", "1")], &log, Some(own.directory.path()));
        own.process = Some(process.expect("a shell can be started"));
    }

    /// Waits until a query is answered.
    pub async fn wait_until_it_answers(&self) {
        let start = Instant::now();
        loop {
            let reason = match self.connect().await {
                Ok(client) => match client.simple_query("SELECT 1").await {
                    Ok(_) => return,
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            let running = self.own.as_ref().is_none_or(|_| self.process().is_running());
            assert!(
                running && start.elapsed() < START_TIMEOUT,
                "the server does not answer: {reason}\n{}",
                self.log_tail()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("somebody else runs this server")
    }

    fn own_mut(&mut self) -> &mut Own {
        self.own.as_mut().expect("somebody else runs this server")
    }
}
