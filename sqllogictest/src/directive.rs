//! Statements that are not SQL: they act on the broker or on the server's process, or wait.

use std::time::{Duration, Instant};

use sqllogictest::DBOutput;
use tokio::task::block_in_place;
use tokio_postgres::SimpleQueryMessage;

use crate::column::Letter;
use crate::database::{DatabaseError, Environment};
use crate::kafka::{self, Message};

const WAIT: Duration = Duration::from_secs(30);

/// What a case may say beside SQL. The README explains each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `kafka create <topic> [partitions]`
    Create(String, i32),
    /// `kafka delete <topic>`
    Delete(String),
    /// `kafka partitions <topic> <total>`
    Partitions(String, i32),
    /// `kafka trim <topic> <partition> <offset>`
    Trim(String, i32, i64),
    /// `kafka produce <topic> [name=value …]`, then one message a line
    Produce(Produce),
    /// `wait visible <source> <partition> <offset>`
    Visible(String, i32, i64),
    /// `wait committed <source> <partition> <offset>`
    Committed(String, i32, i64),
    /// `wait state <source> <state>`
    State(String, String),
    /// `server restart`
    Restart,
    /// `server kill`
    Kill,
}

/// Messages to produce.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produce {
    topic: String,
    partition: i32,
    key: Option<Vec<u8>>,
    timestamp: Option<i64>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    /// In a transaction; false is aborted.
    transaction: Option<bool>,
    values: Vec<Option<Vec<u8>>>,
}

impl Directive {
    /// The directive that a statement is; None where it is SQL.
    pub fn parse(text: &str) -> Option<Result<Self, DatabaseError>> {
        let first = text.lines().next().unwrap_or_default();
        let words: Vec<&str> = first.split_whitespace().collect();
        if !matches!(words.first(), Some(&("kafka" | "wait" | "server"))) {
            return None;
        }
        let messages = text.lines().skip(1);
        Some(Self::parse_words(&words, messages).ok_or_else(|| {
            DatabaseError::other(format!("no such directive, or its arguments are wrong: {first}"))
        }))
    }

    fn parse_words<'a>(words: &[&str], lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let owned = |text: &&str| (*text).to_owned();
        Some(match words {
            ["kafka", "create", topic] => Self::Create(owned(topic), 1),
            ["kafka", "create", topic, partitions] => Self::Create(owned(topic), partitions.parse().ok()?),
            ["kafka", "delete", topic] => Self::Delete(owned(topic)),
            ["kafka", "partitions", topic, total] => Self::Partitions(owned(topic), total.parse().ok()?),
            ["kafka", "trim", topic, partition, offset] => {
                Self::Trim(owned(topic), partition.parse().ok()?, offset.parse().ok()?)
            }
            ["kafka", "produce", topic, settings @ ..] => {
                Self::Produce(Produce::parse(topic, settings, lines)?)
            }
            ["wait", "visible", source, partition, offset] => {
                Self::Visible(owned(source), partition.parse().ok()?, offset.parse().ok()?)
            }
            ["wait", "committed", source, partition, offset] => {
                Self::Committed(owned(source), partition.parse().ok()?, offset.parse().ok()?)
            }
            ["wait", "state", source, state] => Self::State(owned(source), owned(state)),
            ["server", "restart"] => Self::Restart,
            ["server", "kill"] => Self::Kill,
            _ => return None,
        })
    }

    /// Does it.
    pub async fn run(self, environment: &Environment) -> Result<DBOutput<Letter>, DatabaseError> {
        let broker = environment.broker;
        match self {
            Self::Create(topic, partitions) => {
                block_in_place(|| broker.create_topic(&topic, partitions, &[])).map_err(refused)?;
            }
            Self::Delete(topic) => block_in_place(|| broker.delete_topic(&topic)).map_err(refused)?,
            Self::Partitions(topic, total) => {
                block_in_place(|| broker.add_partitions(&topic, total)).map_err(refused)?;
            }
            Self::Trim(topic, partition, offset) => {
                block_in_place(|| broker.delete_records(&topic, partition, offset)).map_err(refused)?;
            }
            Self::Produce(produce) => {
                let count = produce.values.len() as u64;
                block_in_place(|| produce.run(environment)).map_err(refused)?;
                return Ok(DBOutput::StatementComplete(count));
            }
            Self::Visible(source, partition, offset) => {
                wait_for_offset(environment, "visible_offset", &source, partition, offset).await?;
            }
            Self::Committed(source, partition, offset) => {
                wait_for_offset(environment, "committed_offset", &source, partition, offset).await?;
            }
            Self::State(source, state) => {
                let query = format!("SELECT state FROM tidegate.sources WHERE name = '{source}'");
                wait_for(environment, &query, &state, |found| found == state).await?;
            }
            Self::Restart => {
                let mut server = environment.server.write().await;
                server.stop().await;
                server.start_again().await;
            }
            Self::Kill => {
                let mut server = environment.server.write().await;
                server.kill();
                server.start_again().await;
            }
        }
        Ok(DBOutput::StatementComplete(0))
    }
}

impl Produce {
    fn parse<'a>(topic: &str, settings: &[&str], lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut produce = Self { topic: topic.to_owned(), ..Self::default() };
        for setting in settings {
            match setting.split_once('=').unwrap_or((setting, "")) {
                ("partition", number) => produce.partition = number.parse().ok()?,
                ("key", key) => produce.key = bytes(key)?,
                ("timestamp", milliseconds) => produce.timestamp = Some(milliseconds.parse().ok()?),
                ("header", header) => {
                    let (name, value) = header.split_once(':')?;
                    produce.headers.push((name.to_owned(), bytes(value)?));
                }
                ("committed", "") => produce.transaction = Some(true),
                ("aborted", "") => produce.transaction = Some(false),
                _ => return None,
            }
        }
        produce.values = lines.map(bytes).collect::<Option<_>>()?;
        Some(produce)
    }

    fn run(&self, environment: &Environment) -> kafka::Result<()> {
        let headers: Vec<(&str, Option<&[u8]>)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        let producer = match self.transaction {
            None => environment.broker.producer()?,
            Some(_) => environment.broker.transactional_producer(&self.topic)?,
        };
        if self.transaction.is_some() {
            producer.begin()?;
        }
        for value in &self.values {
            let message = Message {
                value: value.as_deref(),
                key: self.key.as_deref(),
                partition: Some(self.partition),
                timestamp: self.timestamp,
                headers: &headers,
            };
            producer.send(&self.topic, &message)?;
        }
        match self.transaction {
            None => producer.flush(),
            Some(true) => producer.commit(),
            Some(false) => producer.abort(),
        }
    }
}

/// Text as it stands; `\x0aff` is bytes, `(null)` no value, `(empty)` an empty one. None where the
/// digits are wrong.
#[expect(clippy::option_option, reason = "a value may be missing, or wrong")]
fn bytes(text: &str) -> Option<Option<Vec<u8>>> {
    match text {
        "(null)" => Some(None),
        "(empty)" => Some(Some(Vec::new())),
        _ => match text.strip_prefix("\\x") {
            None => Some(Some(text.as_bytes().to_vec())),
            Some(digits) => {
                let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
                (0..digits.len()).step_by(2).map(pair).collect::<Option<_>>().map(Some)
            }
        },
    }
}

async fn wait_for_offset(
    environment: &Environment,
    column: &str,
    source: &str,
    partition: i32,
    offset: i64,
) -> Result<(), DatabaseError> {
    let query = format!(
        "SELECT {column} FROM tidegate.source_partitions WHERE source = '{source}' AND partition = {partition}"
    );
    let expected = offset.to_string();
    wait_for(environment, &query, &expected, |found| found.parse::<i64>().is_ok_and(|at| at >= offset)).await
}

/// Asks until the one value of `query` is right.
async fn wait_for(
    environment: &Environment,
    query: &str,
    expected: &str,
    right: impl Fn(&str) -> bool,
) -> Result<(), DatabaseError> {
    let client = environment.server.read().await.connect().await?;
    let start = Instant::now();
    loop {
        let messages = client.simple_query(query).await?;
        let found = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        if found.as_deref().is_some_and(&right) {
            return Ok(());
        }
        if start.elapsed() > WAIT {
            let found = found.as_deref().unwrap_or("nothing");
            let status = sources(&client).await;
            let message = format!("{query}: {found} after {WAIT:?}, not {expected} ({status})");
            return Err(DatabaseError::other(message));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Every source with its state and error, for a wait that failed.
async fn sources(client: &tokio_postgres::Client) -> String {
    let messages = client.simple_query("SELECT name, state, error FROM tidegate.sources").await;
    let rows = messages.unwrap_or_default().into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..3).map(|column| row.get(column).unwrap_or("-")).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    });
    rows.collect::<Vec<_>>().join("; ")
}

fn refused(error: kafka::KafkaError) -> DatabaseError {
    DatabaseError::other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_is_not_a_directive() {
        assert!(Directive::parse("SELECT 1").is_none());
        assert!(Directive::parse("CREATE SOURCE kafka FROM KAFKA ()").is_none());
    }

    #[test]
    fn messages_are_one_a_line() {
        let text = "kafka produce t partition=2 key=\\xff header=a:1 header=b:(null) aborted\n{}\n(null)\n\\x00ff\n(empty)";
        let Some(Ok(Directive::Produce(produce))) = Directive::parse(text) else { panic!() };
        assert_eq!(produce.topic, "t");
        assert_eq!(produce.partition, 2);
        assert_eq!(produce.key.as_deref(), Some(&[255][..]));
        assert_eq!(produce.headers, [("a".into(), Some(b"1".to_vec())), ("b".into(), None)]);
        assert_eq!(produce.transaction, Some(false));
        assert_eq!(produce.values, [Some(b"{}".to_vec()), None, Some(vec![0, 255]), Some(vec![])]);
    }

    #[test]
    fn what_is_misspelt_is_an_error() {
        for text in [
            "kafka make t",
            "kafka produce t part=1",
            "wait visible s 0",
            "server stop",
            "kafka produce t\n\\xf",
        ] {
            assert!(matches!(Directive::parse(text), Some(Err(_))), "{text}");
        }
    }
}
