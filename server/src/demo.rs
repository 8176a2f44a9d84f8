//! `tidegate demo`: the first five minutes.
//!
//! This process holds a Kafka broker and a generator of page views, and runs the server as a child.
//! So a visitor can `kill -9` the server, watch it come back, and see that every event is there once.

mod broker;
mod child;
mod client;
mod events;
mod generator;
mod ledger;
mod screen;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use storage::clock::{Clock, SystemClock};

use self::broker::Broker;
use self::child::ServerChild;
use self::client::Client;
use self::generator::Generator;
use self::ledger::Ledger;

const DEFAULT_PORT: u16 = 5432;
/// The topic of the embedded broker.
const TOPIC: &str = "page_views";
/// The topic on a Kafka of the visitor's, who may well have a `page_views` of their own.
const FOREIGN_TOPIC: &str = "tidegate_demo_page_views";
const SOURCE: &str = "page_views";

/// Options of `tidegate demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// Events a second that the generator produces
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=500_000))]
    rate: u32,
    /// Use this Kafka instead of the embedded broker (comma-separated host:port)
    #[arg(long, value_name = "HOST:PORT")]
    brokers: Option<String>,
    /// Where the server keeps its data; kept at the end only together with --brokers [default: a
    /// temporary directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Port of the server on 127.0.0.1 [default: 5432, or a free one where that is taken]
    #[arg(long)]
    port: Option<u16>,
}

/// Why a demo ended.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Something on this machine is in the way; the message says what to do.
    #[error("{0}")]
    Setup(String),
    /// The Kafka side failed.
    #[error("Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// A file or process operation failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The server refused a statement, or could not be asked.
    #[error("the server answered: {}", answer(.0))]
    Sql(#[from] tokio_postgres::Error),
}

/// What the server said: the driver's own text leaves that out.
fn answer(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(answer) => match answer.hint() {
            Some(hint) => format!("{}. {hint}", answer.message()),
            None => answer.message().to_owned(),
        },
        None => error.to_string(),
    }
}

/// Runs the demo until Ctrl-C.
pub async fn run(args: DemoArgs) -> Result<(), DemoError> {
    let port = choose_port(args.port)?;
    let data = DataDirectory::choose(&args)?;
    let ledger = Arc::new(Ledger::default());
    let topic = if args.brokers.is_some() { FOREIGN_TOPIC } else { TOPIC };
    let broker = Broker::start(args.brokers.as_deref(), topic, args.rate).await?;
    let generator = Generator::start(&broker, topic, args.rate, Arc::clone(&ledger), seed())?;

    let mut server = ServerChild::new(data.path(), port)?;
    let outcome = show(&mut server, &broker, topic, &args, port, &ledger).await;
    screen::goodbye();
    generator.stop();
    server.stop().await?;
    data.remove()?;
    outcome
}

/// Starts the server with its source and shows it until Ctrl-C.
async fn show(
    server: &mut ServerChild,
    broker: &Broker,
    topic: &str,
    args: &DemoArgs,
    port: u16,
    ledger: &Ledger,
) -> Result<(), DemoError> {
    let client = Client::new(port);
    server.start(&client).await?;
    client.create_source(SOURCE, broker, topic).await?;
    screen::welcome(broker, port, args.rate, server.process_id(), server.log());
    watch(server, &client, ledger).await
}

/// Prints the live line until Ctrl-C, and starts the server again whenever it is gone.
async fn watch(server: &mut ServerChild, client: &Client, ledger: &Ledger) -> Result<(), DemoError> {
    let mut stop = std::pin::pin!(stop_signal());
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut line = screen::LiveLine::new();
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            status = server.wait() => {
                line.interrupt();
                let gone = server.process_id();
                println!("The server (process id {gone}) is gone ({}). Starting it again …", status?);
                let produced = ledger.totals();
                let began = Instant::now();
                let restarted = tokio::select! {
                    () = &mut stop => return Ok(()),
                    restarted = restart_and_count(server, client, ledger) => restarted?,
                };
                screen::recovered(server.process_id(), began.elapsed(), produced, &restarted);
            }
            _ = tick.tick() => {
                // A server that is going down shows in `wait`, not here.
                let Ok(status) = client.status(SOURCE).await else { continue };
                line.show(&status, server.process_id());
            }
        }
    }
}

/// What the server has of the messages that the broker had acknowledged at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Messages from the source's start to the ledger's end.
    expected: u64,
    /// Rows and dead letters that came of them.
    found: u64,
}

/// Starts the server and waits until it has caught up with what the broker had before.
async fn restart_and_count(
    server: &mut ServerChild,
    client: &Client,
    ledger: &Ledger,
) -> Result<Counted, DemoError> {
    server.start(client).await?;
    let delivered = ledger.delivered();
    client.wait_until_visible(SOURCE, &delivered).await?;
    client.count(SOURCE, &delivered).await
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

/// Fresh events each run.
fn seed() -> u64 {
    SystemClock.now_micros().unsigned_abs()
}

/// The port that was asked for, or 5432, or a free one where nobody asked and 5432 is taken.
fn choose_port(asked: Option<u16>) -> Result<u16, DemoError> {
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let any_free = || -> std::io::Result<u16> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(listener.local_addr()?.port())
    };
    match asked {
        Some(port) if is_free(port) => Ok(port),
        Some(port) => Err(DemoError::Setup(format!(
            "port {port} is taken by another program. Choose another one, for example: --port {}",
            any_free()?
        ))),
        None if is_free(DEFAULT_PORT) => Ok(DEFAULT_PORT),
        None => {
            let port = any_free()?;
            println!(
                "Port {DEFAULT_PORT} is taken (a PostgreSQL server?), so this demo listens on {port}. \
                 --port chooses one.\n"
            );
            Ok(port)
        }
    }
}

/// The server's directory: fresh each run, unless it goes with a Kafka that outlives the demo.
enum DataDirectory {
    Temporary(PathBuf),
    Kept(PathBuf),
}

impl DataDirectory {
    fn choose(args: &DemoArgs) -> Result<Self, DemoError> {
        let fresh_name = || format!("tidegate-demo-{}", std::process::id());
        match (&args.data, &args.brokers) {
            (Some(dir), Some(_)) => {
                std::fs::create_dir_all(dir)?;
                Ok(Self::Kept(dir.clone()))
            }
            // The embedded broker's events end with it, so what was stored of them does as well.
            (Some(dir), None) => {
                let dir = dir.join(fresh_name());
                std::fs::create_dir_all(&dir)?;
                Ok(Self::Temporary(dir))
            }
            (None, _) => {
                let dir = std::env::temp_dir().join(fresh_name());
                std::fs::create_dir_all(&dir)?;
                Ok(Self::Temporary(dir))
            }
        }
    }

    fn path(&self) -> &std::path::Path {
        match self {
            Self::Temporary(dir) | Self::Kept(dir) => dir,
        }
    }

    fn remove(self) -> std::io::Result<()> {
        match self {
            Self::Temporary(dir) => std::fs::remove_dir_all(dir),
            Self::Kept(dir) => {
                println!("The data stays in {}.", dir.display());
                Ok(())
            }
        }
    }
}
