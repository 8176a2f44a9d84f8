//! The binary `tidegate`.

use std::error::Error;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use rand::TryRngCore;
use rand::rngs::OsRng;
use server::config::{Config, Options};
use server::demo::DemoArgs;
use server::instance::Instance;
use server::shutdown::Signals;
use storage::clock::SystemClock;
use tracing_subscriber::EnvFilter;

// A third faster than the system's allocator under many threads of small Arrow buffers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Descriptors for segments, brokers and clients that are not let in yet.
const DESCRIPTORS_BESIDE: u64 = 1_000;

/// A real-time analytic database that speaks PostgreSQL and reads Kafka exactly once.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a server on a data directory.
    #[command(after_help = "Every option can also be given by its environment variable or in the \
        configuration file. A flag goes before the environment, the environment before the file. \
        SIGTERM or SIGINT ends the server in order, a second one at once.")]
    Server {
        /// Configuration file (TOML); its keys are the options' names with underscores
        #[arg(long, env = "TIDEGATE_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(flatten)]
        options: Box<Options>,
        /// End in order when the process that started this one ends
        #[arg(long, hide = true)]
        stop_with_parent: bool,
    },
    /// Verify every invariant of a database, stopped or alive; exit 1 and the exact place where
    /// something is wrong.
    Check {
        /// Directory of the database
        #[arg(long, env = "TIDEGATE_DATA", value_name = "DIR")]
        data: PathBuf,
    },
    /// See it work: a Kafka broker, a shop's page views, and a server to query (and to kill).
    Demo(DemoArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Server { config, options, stop_with_parent } => {
            follow_parent(stop_with_parent).and_then(|()| serve(config, *options))
        }
        Command::Check { data } => check(data),
        Command::Demo(args) => demo(args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("tidegate: {error}");
        ExitCode::FAILURE
    })
}

fn serve(file: Option<PathBuf>, options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let file = file.as_deref().map(Options::read).transpose()?.unwrap_or_default();
    let config = options.or(file).finish()?;
    log_to_stderr(&config)?;
    raise_descriptors(&config);
    let seed = OsRng.try_next_u64()?;
    // Waits for signals only; the server has its own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let instance = tokio::select! {
            started = Instance::start(config, Arc::new(SystemClock), seed) => started?,
            _ = signals.next() => return Ok(ExitCode::FAILURE),
        };
        let address = instance.address();
        tracing::info!(%address, "listening");
        println!("ready: postgresql://{address}/tidegate");
        let signal = signals.next().await;
        tracing::info!(signal, "shutting down");
        tokio::select! {
            stopped = instance.stop() => stopped?,
            _ = signals.next() => {
                tracing::warn!("second signal: ending at once; what was not flushed is read again from Kafka");
                return Ok(ExitCode::FAILURE);
            }
        }
        tracing::info!("closed");
        Ok(ExitCode::SUCCESS)
    })
}

fn check(data: PathBuf) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(server::check::check(&data))?)
}

fn demo(args: DemoArgs) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(server::demo::run(args))?;
    Ok(ExitCode::SUCCESS)
}

/// A demo that is killed leaves no server behind.
fn follow_parent(follow: bool) -> Result<(), Box<dyn Error>> {
    #[cfg(target_os = "linux")]
    if follow {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = follow;
    Ok(())
}

/// Each connection and each open segment is a file descriptor. The usual limit of 1,024 is for programs
/// that call `select`, and every process may raise its own.
fn raise_descriptors(config: &Config) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        let (connections_max, limit) = (config.connections_max.get() as u64, maximum.unwrap_or(u64::MAX));
        if limit < connections_max + DESCRIPTORS_BESIDE {
            tracing::warn!(
                limit,
                connections_max,
                "the limit of open files is too low for so many connections"
            );
        }
    }
    #[cfg(not(unix))]
    let _ = config;
}

fn log_to_stderr(config: &Config) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&config.log)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_target(true)
        .init();
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked")));
    Ok(())
}
