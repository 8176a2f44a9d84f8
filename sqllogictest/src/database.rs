//! What a case talks to: SQL goes over the wire, directives to the broker or the server's process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqllogictest::{AsyncDB, DBOutput};
use tokio::sync::RwLock;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::column::Letter;
use crate::directive::Directive;
use crate::kafka::KafkaBroker;
use crate::server::Server;

/// Stands for the broker's address, in what a case says and in what it expects.
pub const BROKERS: &str = "$BROKERS";
/// A statement that takes longer hangs.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(120);

/// The server and the broker of one case, shared by its connections.
#[derive(Debug)]
pub struct Environment {
    /// The server.
    pub server: RwLock<Server>,
    /// The broker.
    pub broker: &'static KafkaBroker,
}

/// One connection of a case.
#[derive(Debug)]
pub struct Database {
    environment: Arc<Environment>,
    client: Option<Client>,
}

/// A record failed. Printed on one line: `42P01: relation "x" does not exist HINT: …`.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseError {
    sqlstate: Option<String>,
    message: String,
}

impl DatabaseError {
    /// An error that the server did not send.
    pub fn other(message: impl Into<String>) -> Self {
        Self { sqlstate: None, message: message.into() }
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(sent) = error.as_db_error() else {
            return Self::other(format!("connection: {error}"));
        };
        let mut message = format!("{}: {}", sent.code().code(), sent.message());
        for (label, text) in [("DETAIL", sent.detail()), ("HINT", sent.hint())] {
            if let Some(text) = text {
                message.push_str(&format!(" {label}: {text}"));
            }
        }
        if let Some(tokio_postgres::error::ErrorPosition::Original(position)) = sent.position() {
            message.push_str(&format!(" POSITION: {position}"));
        }
        Self { sqlstate: Some(sent.code().code().to_owned()), message: message.replace('\n', "\\n") }
    }
}

impl Database {
    /// A connection that is made when it is first used.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment, client: None }
    }

    async fn client(&mut self) -> Result<&Client, DatabaseError> {
        // A connection whose server was restarted is made again.
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = Some(self.environment.server.read().await.connect().await?);
        }
        Ok(self.client.as_ref().expect("just made"))
    }

    async fn query(&mut self, sql: &str) -> Result<DBOutput<Letter>, DatabaseError> {
        let client = self.client().await?;
        let mut columns = None;
        let mut rows = Vec::new();
        let mut affected = 0;
        for message in client.simple_query(sql).await? {
            match message {
                SimpleQueryMessage::RowDescription(description) => {
                    columns = Some(description.len());
                    rows.clear();
                }
                SimpleQueryMessage::Row(row) => {
                    rows.push((0..row.len()).map(|column| cell(row.get(column))).collect());
                }
                SimpleQueryMessage::CommandComplete(count) => affected = count,
                _ => {}
            }
        }
        let Some(columns) = columns else { return Ok(DBOutput::StatementComplete(affected)) };
        // The simple protocol's client keeps the types to itself; to describe the statement tells
        // them, and must tell of as many columns.
        let types: Vec<Letter> = match client.prepare(sql).await {
            Ok(statement) => statement.columns().iter().map(|column| Letter::of(column.type_())).collect(),
            // Several statements in one text, which no query record holds.
            Err(_) => vec![Letter::undescribed(); columns],
        };
        if types.len() != columns {
            let described = types.len();
            let message = format!("described with {described} columns, sent with {columns}");
            return Err(DatabaseError::other(message));
        }
        Ok(DBOutput::Rows { types, rows })
    }
}

#[async_trait]
impl AsyncDB for Database {
    type Error = DatabaseError;
    type ColumnType = Letter;

    async fn run(&mut self, text: &str) -> Result<DBOutput<Letter>, DatabaseError> {
        let address = self.environment.broker.address();
        let text = text.replace(BROKERS, &address);
        let environment = Arc::clone(&self.environment);
        let work = async {
            match Directive::parse(&text) {
                Some(directive) => directive?.run(&environment).await,
                None => self.query(&text).await,
            }
        };
        let outcome = match tokio::time::timeout(STATEMENT_TIMEOUT, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DatabaseError::other(format!("no answer within {STATEMENT_TIMEOUT:?}"))),
        };
        match outcome {
            Ok(DBOutput::Rows { types, mut rows }) => {
                rows.iter_mut().flatten().for_each(|cell| *cell = cell.replace(&address, BROKERS));
                Ok(DBOutput::Rows { types, rows })
            }
            Ok(done) => Ok(done),
            Err(error) => {
                let message = error.message.replace(&address, BROKERS);
                // What the server said last often tells why.
                if error.sqlstate.is_none() {
                    eprintln!("{}", environment.server.read().await.log_tail());
                }
                Err(DatabaseError { message, ..error })
            }
        }
    }

    async fn shutdown(&mut self) {
        self.client = None;
    }

    fn engine_name(&self) -> &str {
        "tidegate"
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn error_sql_state(error: &DatabaseError) -> Option<String> {
        error.sqlstate.clone()
    }
}

/// A value as a case writes it.
fn cell(value: Option<&str>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => text.replace('\n', "\\n"),
    }
}
