//! The configuration: flag before environment before file before default, each value checked.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use storage::config::StorageConfig;
use storage::temporary::TemporaryLimits;

use crate::instance::Limits;
use crate::settings::Settings;
use crate::tls::TlsFiles;

/// As PostgreSQL's superuser_reserved_connections.
const RESERVED: usize = 3;

/// The options as people give them, from any place. Every field can also stand in the file, under
/// the same name with underscores.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Directory of the database; created where it does not exist.
    #[arg(long, env = "TIDEGATE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one. Without passwords only loopback
    /// addresses are allowed [default: 127.0.0.1:5432]
    #[arg(long, env = "TIDEGATE_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Certificate for TLS, and those that vouch for it up to a root (PEM); needs --tls-key
    /// [default: none, and no TLS]
    #[arg(long, env = "TIDEGATE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, not encrypted (PEM); nobody else may read the file
    /// [default: none]
    #[arg(long, env = "TIDEGATE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// What is logged to stderr: error, warn, info, debug, trace, also per module
    /// (info,server=debug) [default: info]
    #[arg(long, env = "TIDEGATE_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Sessions at a time; one more is refused (53300) [default: 500]
    #[arg(long, env = "TIDEGATE_CONNECTIONS_MAX", value_name = "COUNT")]
    pub connections_max: Option<NonZeroUsize>,
    /// Of them, kept for the user tidegate, so that an administrator gets in
    /// [default: 3, fewer where there are few]
    #[arg(long, env = "TIDEGATE_CONNECTIONS_RESERVED", value_name = "COUNT")]
    pub connections_reserved: Option<usize>,
    /// Largest message that a client may send, such as a statement with its parameters
    /// [default: 64 MiB]
    #[arg(long, env = "TIDEGATE_MESSAGE_BYTES_MAX", value_name = "SIZE")]
    pub message_bytes_max: Option<ByteSize>,
    /// How long a client may take to log in [default: 10 s]
    #[arg(long, env = "TIDEGATE_STARTUP_TIMEOUT", value_name = "DURATION")]
    pub startup_timeout: Option<Span>,
    /// A client that takes nothing of its result for this long is disconnected [default: 10 min]
    #[arg(long, env = "TIDEGATE_WRITE_TIMEOUT", value_name = "DURATION")]
    pub write_timeout: Option<Span>,
    /// Longest time of a statement, unless its session sets another; 0 s is none [default: 0 s]
    #[arg(long, env = "TIDEGATE_STATEMENT_TIMEOUT", value_name = "DURATION")]
    pub statement_timeout: Option<Span>,
    /// Idle sessions end after this time, unless they set another; 0 s is never [default: 0 s]
    #[arg(long, env = "TIDEGATE_IDLE_SESSION_TIMEOUT", value_name = "DURATION")]
    pub idle_session_timeout: Option<Span>,
    /// How long running statements may go on after SIGTERM [default: 10 s]
    #[arg(long, env = "TIDEGATE_SHUTDOWN_TIMEOUT", value_name = "DURATION")]
    pub shutdown_timeout: Option<Span>,
    /// Threads that talk to clients [default: 2]
    #[arg(long, env = "TIDEGATE_WIRE_THREADS", value_name = "COUNT")]
    pub wire_threads: Option<NonZeroUsize>,
    /// Threads that run queries [default: one per core]
    #[arg(long, env = "TIDEGATE_QUERY_THREADS", value_name = "COUNT")]
    pub query_threads: Option<NonZeroUsize>,
    /// Threads that decode messages [default: one per core]
    #[arg(long, env = "TIDEGATE_DECODE_THREADS", value_name = "COUNT")]
    pub decode_threads: Option<NonZeroUsize>,
    /// Threads that flush, commit and merge [default: 2]
    #[arg(long, env = "TIDEGATE_BACKGROUND_THREADS", value_name = "COUNT")]
    pub background_threads: Option<NonZeroUsize>,
    /// Memory of all running queries together; a query that needs more ends with 53200
    /// [default: 2 GiB]
    #[arg(long, env = "TIDEGATE_QUERY_MEMORY_BYTES_MAX", value_name = "SIZE")]
    pub query_memory_bytes_max: Option<ByteSize>,
    /// Temporary tables and views of one session [default: 1000]
    #[arg(long, env = "TIDEGATE_TEMPORARY_TABLES_MAX", value_name = "COUNT")]
    pub temporary_tables_max: Option<usize>,
    /// Memory of the temporary tables of one session, which is part of that of queries
    /// [default: 256 MiB]
    #[arg(long, env = "TIDEGATE_TEMPORARY_BYTES_MAX", value_name = "SIZE")]
    pub temporary_bytes_max: Option<ByteSize>,
    /// Memory of rows that are not on disk yet, over all sources; above it consumers pause
    /// [default: 1 GiB]
    #[arg(long, env = "TIDEGATE_HOT_BYTES_MAX", value_name = "SIZE")]
    pub hot_bytes_max: Option<ByteSize>,
    /// Commits between two checkpoints: fewer make starting faster and cost writing
    /// [default: 256]
    #[arg(long, env = "TIDEGATE_CHECKPOINT_COMMITS", value_name = "COUNT")]
    pub checkpoint_commits: Option<NonZeroU64>,
    /// How long a file that nothing needs any more is kept: longer than any query runs
    /// [default: 1 h]
    #[arg(long, env = "TIDEGATE_GC_GRACE", value_name = "DURATION")]
    pub gc_grace: Option<Span>,
    /// How often such files are looked for [default: 5 min]
    #[arg(long, env = "TIDEGATE_GC_INTERVAL", value_name = "DURATION")]
    pub gc_interval: Option<Span>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {reason}{hint}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the place.
        reason: String,
        /// `; did you mean …?`, or nothing.
        hint: String,
    },
    /// A duration that must not be zero is.
    #[error("{name} must be more than 0")]
    Zero {
        /// The option.
        name: &'static str,
    },
    /// Nobody but an administrator could connect.
    #[error("connections_reserved ({reserved}) must be less than connections_max ({all})")]
    AllReserved {
        /// Kept.
        reserved: usize,
        /// All.
        all: usize,
    },
    /// A certificate without its key, or a key alone.
    #[error("{given} without {missing}: TLS needs a certificate and its private key")]
    HalfTls {
        /// The option that was given.
        given: &'static str,
        /// The one that was not.
        missing: &'static str,
    },
    /// Nowhere is said where the data lies.
    #[error(
        "no data directory: give --data DIR, set TIDEGATE_DATA, or write data = \"DIR\" in the configuration file"
    )]
    NoData,
}

/// The configuration that a server runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// See [`Options::data`], and so on.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// For TLS, which there is none of without.
    pub tls: Option<TlsFiles>,
    /// What to log.
    pub log: String,
    /// Sessions at a time.
    pub connections_max: NonZeroUsize,
    /// Of them, for the superuser.
    pub connections_reserved: usize,
    /// Of one message.
    pub message_bytes_max: ByteSize,
    /// To log in.
    pub startup_timeout: Span,
    /// Without taking anything.
    pub write_timeout: Span,
    /// The default of the setting.
    pub statement_timeout: Span,
    /// The default of the setting.
    pub idle_session_timeout: Span,
    /// For running statements at the end.
    pub shutdown_timeout: Span,
    /// Threads.
    pub wire_threads: NonZeroUsize,
    /// Threads.
    pub query_threads: NonZeroUsize,
    /// Threads.
    pub decode_threads: NonZeroUsize,
    /// Threads.
    pub background_threads: NonZeroUsize,
    /// Memory.
    pub query_memory_bytes_max: ByteSize,
    /// Of one session.
    pub temporary_tables_max: usize,
    /// Of one session.
    pub temporary_bytes_max: ByteSize,
    /// Memory.
    pub hot_bytes_max: ByteSize,
    /// Commits.
    pub checkpoint_commits: NonZeroU64,
    /// Age.
    pub gc_grace: Span,
    /// Interval.
    pub gc_interval: Span,
}

impl Options {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|(reason, hint)| ConfigError::Syntax {
            path: path.to_owned(),
            reason,
            hint,
        })
    }

    fn parse(text: &str) -> Result<Self, (String, String)> {
        toml::from_str(text).map_err(|error| {
            let reason = error.to_string();
            let hint = unknown_field(&reason).and_then(|name| nearest(&name)).unwrap_or_default();
            (reason.trim_end().to_owned(), hint)
        })
    }

    /// These options, and `below` where they say nothing.
    #[must_use]
    pub fn or(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            log: self.log.or(below.log),
            connections_max: self.connections_max.or(below.connections_max),
            connections_reserved: self.connections_reserved.or(below.connections_reserved),
            message_bytes_max: self.message_bytes_max.or(below.message_bytes_max),
            startup_timeout: self.startup_timeout.or(below.startup_timeout),
            write_timeout: self.write_timeout.or(below.write_timeout),
            statement_timeout: self.statement_timeout.or(below.statement_timeout),
            idle_session_timeout: self.idle_session_timeout.or(below.idle_session_timeout),
            shutdown_timeout: self.shutdown_timeout.or(below.shutdown_timeout),
            wire_threads: self.wire_threads.or(below.wire_threads),
            query_threads: self.query_threads.or(below.query_threads),
            decode_threads: self.decode_threads.or(below.decode_threads),
            background_threads: self.background_threads.or(below.background_threads),
            query_memory_bytes_max: self.query_memory_bytes_max.or(below.query_memory_bytes_max),
            temporary_tables_max: self.temporary_tables_max.or(below.temporary_tables_max),
            temporary_bytes_max: self.temporary_bytes_max.or(below.temporary_bytes_max),
            hot_bytes_max: self.hot_bytes_max.or(below.hot_bytes_max),
            checkpoint_commits: self.checkpoint_commits.or(below.checkpoint_commits),
            gc_grace: self.gc_grace.or(below.gc_grace),
            gc_interval: self.gc_interval.or(below.gc_interval),
        }
    }

    /// The configuration, with a default for everything but the data's directory.
    pub fn finish(self) -> Result<Config, ConfigError> {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let storage = StorageConfig::default();
        let count = |count: usize| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN);
        let seconds = |seconds: u64| Span(Duration::from_secs(seconds));
        for (name, span) in [
            ("startup_timeout", self.startup_timeout),
            ("write_timeout", self.write_timeout),
            ("gc_interval", self.gc_interval),
        ] {
            if span.is_some_and(|span| span.0.is_zero()) {
                return Err(ConfigError::Zero { name });
            }
        }
        let connections_max = self.connections_max.unwrap_or(count(500));
        let connections_reserved = match self.connections_reserved {
            Some(reserved) if reserved >= connections_max.get() => {
                return Err(ConfigError::AllReserved { reserved, all: connections_max.get() });
            }
            Some(reserved) => reserved,
            None => RESERVED.min(connections_max.get() - 1),
        };
        let tls = match (self.tls_cert, self.tls_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (Some(_), None) => {
                return Err(ConfigError::HalfTls { given: "tls_cert", missing: "tls_key" });
            }
            (None, Some(_)) => {
                return Err(ConfigError::HalfTls { given: "tls_key", missing: "tls_cert" });
            }
        };
        Ok(Config {
            data: self.data.ok_or(ConfigError::NoData)?,
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 5432))),
            tls,
            log: self.log.unwrap_or_else(|| "info".to_owned()),
            connections_max,
            connections_reserved,
            message_bytes_max: self.message_bytes_max.unwrap_or(ByteSize(64 << 20)),
            startup_timeout: self.startup_timeout.unwrap_or(seconds(10)),
            write_timeout: self.write_timeout.unwrap_or(seconds(600)),
            statement_timeout: self.statement_timeout.unwrap_or(seconds(0)),
            idle_session_timeout: self.idle_session_timeout.unwrap_or(seconds(0)),
            shutdown_timeout: self.shutdown_timeout.unwrap_or(seconds(10)),
            wire_threads: self.wire_threads.unwrap_or(count(2)),
            query_threads: self.query_threads.unwrap_or(cores),
            decode_threads: self.decode_threads.unwrap_or(cores),
            background_threads: self.background_threads.unwrap_or(count(2)),
            query_memory_bytes_max: self.query_memory_bytes_max.unwrap_or(ByteSize(2 << 30)),
            temporary_tables_max: self.temporary_tables_max.unwrap_or(1000),
            temporary_bytes_max: self.temporary_bytes_max.unwrap_or(ByteSize(256 << 20)),
            hot_bytes_max: self.hot_bytes_max.unwrap_or(ByteSize(storage.hot_bytes_max.get())),
            checkpoint_commits: self.checkpoint_commits.unwrap_or(storage.checkpoint_commits),
            gc_grace: self.gc_grace.unwrap_or(Span(storage.gc_grace)),
            gc_interval: self.gc_interval.unwrap_or(Span(storage.gc_interval)),
        })
    }
}

impl Config {
    pub(crate) fn storage(&self) -> StorageConfig {
        StorageConfig {
            hot_bytes_max: NonZeroU64::new(self.hot_bytes_max.0).unwrap_or(NonZeroU64::MIN),
            checkpoint_commits: self.checkpoint_commits,
            gc_grace: self.gc_grace.0,
            gc_interval: self.gc_interval.0,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        let mut settings = Settings::default();
        for (name, span) in [
            ("statement_timeout", self.statement_timeout),
            ("idle_session_timeout", self.idle_session_timeout),
        ] {
            // The settings count milliseconds in 32 bits; a longer time is as good as none.
            let millis = i32::try_from(span.0.as_millis()).unwrap_or(0);
            settings.set(name, &millis.to_string()).expect("a number of milliseconds is a valid value");
        }
        Limits {
            message_bytes_max: usize::try_from(self.message_bytes_max.0).unwrap_or(usize::MAX),
            startup_timeout: self.startup_timeout.0,
            write_timeout: self.write_timeout.0,
            temporary: TemporaryLimits {
                tables_max: self.temporary_tables_max,
                bytes_max: self.temporary_bytes_max.0,
            },
            settings,
        }
    }
}

/// The name in serde's message: unknown field `lisen`, expected …
fn unknown_field(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("unknown field `")?;
    rest.split_once('`').map(|(name, _)| name.to_owned())
}

fn nearest(name: &str) -> Option<String> {
    use clap::Args;
    let known = Options::augment_args(clap::Command::new("server"));
    let names = known.get_arguments().map(|argument| argument.get_id().to_string());
    let (distance, similar) = names.map(|known| (strsim::damerau_levenshtein(name, &known), known)).min()?;
    (distance <= 3).then(|| format!("; did you mean {similar}?"))
}

/// A number of bytes: `512 MiB`, `64MB`, `1000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

/// A duration: `60 s`, `250ms`, `1 h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text).ok_or("expected a whole number and a unit, such as 512 MiB")?;
        let factor: u64 = match unit {
            "" | "B" => 1,
            "kB" => 1000,
            "MB" => 1000 * 1000,
            "GB" => 1000 * 1000 * 1000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(format!("unknown unit \"{unit}\": use B, kB, MB, GB, KiB, MiB or GiB")),
        };
        match number.checked_mul(factor) {
            Some(0) => Err("must be more than 0".to_owned()),
            Some(bytes) => Ok(Self(bytes)),
            None => Err("too large".to_owned()),
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text).ok_or("expected a whole number and a unit, such as 60 s")?;
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(format!("unknown unit \"{unit}\": use ms, s, min, h or d")),
        };
        number
            .checked_mul(factor)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or("too large".to_owned())
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim()))
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FromText("a size, such as \"512 MiB\"", std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FromText("a duration, such as \"60 s\"", std::marker::PhantomData))
    }
}

struct FromText<T>(&'static str, std::marker::PhantomData<T>);

impl<T: FromStr<Err = String>> de::Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests;
