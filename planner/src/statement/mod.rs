//! Statements: PostgreSQL's grammar as sqlparser reads it, and ours where it has no word.

mod alter;
mod amount;
mod column;
mod create_connection;
mod create_source;
mod cursor;
mod data_type;
mod depth;
mod dialect;
mod keywords;
mod options;
mod parse;
mod session;
mod start;
mod token;

pub use parse::parse;

pub(crate) use column::{PARTS, write_path};
pub(crate) use create_source::TIMESTAMP_FORMATS;
pub(crate) use cursor::did_you_mean;
pub(crate) use keywords::{quote_identifier, quote_literal};
pub(crate) use parse::parse_expression;
pub(crate) use token::character_at;

use sqlparser::ast;
use storage::catalog::{SourceOptions, TimestampFormat};
use storage::offsets::StartPosition;
use storage::schema::{ColumnOrigin, ColumnType};

/// One statement of the text that a client sent.
#[derive(Clone, Debug)]
pub struct ParsedStatement {
    /// What to do.
    pub statement: Statement,
    /// Its own text, without the semicolon.
    pub text: String,
    /// Where that text begins in what the client sent, in characters from 0: added to positions.
    pub start: usize,
}

/// What a statement asks for.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Nothing between two semicolons.
    Empty,
    /// Anything that gives rows from a plan: SELECT, VALUES, WITH, TABLE, EXPLAIN, SHOW SOURCES.
    Query(Box<Query>),
    /// `CREATE SOURCE`.
    CreateSource(Box<CreateSource>),
    /// `CREATE CONNECTION`.
    CreateConnection(CreateConnection),
    /// `ALTER SOURCE`.
    AlterSource {
        /// The source.
        name: Name,
        /// `IF EXISTS`.
        if_exists: bool,
        /// What to change.
        action: AlterSource,
    },
    /// `DROP SOURCE | CONNECTION`.
    Drop {
        /// Which kind.
        kind: DropKind,
        /// The objects.
        names: Vec<Name>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `COMMENT ON`.
    Comment {
        /// The object.
        target: CommentTarget,
        /// The text; None takes it away.
        text: Option<String>,
    },
    /// `SHOW CREATE SOURCE`.
    ShowCreateSource {
        /// The source.
        name: Name,
    },
    /// `SET name TO value`, `SET TIME ZONE`, `SET SESSION …`.
    Set {
        /// Lower case.
        name: String,
        /// The value as text; None is DEFAULT.
        value: Option<String>,
        /// `SET LOCAL`.
        local: bool,
    },
    /// `SHOW name`; `SHOW ALL` has the name `all`.
    Show {
        /// Lower case.
        name: String,
    },
    /// `RESET name`; `RESET ALL` has the name `all`.
    Reset {
        /// Lower case.
        name: String,
    },
    /// `DISCARD ALL | PLANS | SEQUENCES | TEMP`.
    Discard {
        /// What, upper case.
        what: String,
    },
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `DEALLOCATE name | ALL`.
    Deallocate {
        /// None is ALL.
        name: Option<String>,
    },
    /// `CLOSE ALL`, `UNLISTEN *`: accepted, and there is nothing to do.
    Nothing {
        /// The command tag of the answer.
        tag: &'static str,
    },
}

/// A statement that is planned and executed.
#[derive(Clone, Debug)]
pub struct Query {
    /// The statement, or the one inside EXPLAIN.
    pub ast: ast::Statement,
    /// `EXPLAIN`.
    pub explain: Option<Explain>,
    /// The statement's own text, for error positions.
    pub text: String,
}

/// How to explain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explain {
    /// Run it and say what happened.
    pub analyze: bool,
    /// Say more.
    pub verbose: bool,
}

/// A name with its place in the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Folded to lower case where it was not quoted.
    pub value: String,
    /// In characters of the statement's text, from 1.
    pub position: usize,
}

/// `CREATE SOURCE`, its options read and their values checked; names are not yet resolved.
#[derive(Clone, Debug)]
pub struct CreateSource {
    /// The source.
    pub name: Name,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Columns in order; `INCLUDE` columns come last.
    pub columns: Vec<ColumnDefinition>,
    /// `BROKERS` or `KAFKA CONNECTION`.
    pub endpoint: Endpoint,
    /// `TOPIC`.
    pub topic: String,
    /// `START OFFSET`, `START TIMESTAMP`.
    pub start: StartPosition,
    /// `TIMESTAMP FORMAT`.
    pub timestamp_format: TimestampFormat,
    /// `WHERE`, as text and parsed.
    pub filter: Option<Expression>,
    /// `PARTITION BY time_bucket(…)`: interval in microseconds and column.
    pub partition_by: Option<(std::num::NonZeroU64, Name)>,
    /// `ORDER BY (…)`.
    pub order_by: Vec<Name>,
    /// `WITH (…)`.
    pub options: SourceOptions,
}

/// A column of `CREATE SOURCE`.
#[derive(Clone, Debug)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub column_type: ColumnType,
    /// `NOT NULL`.
    pub not_null: bool,
    /// Where its value comes from.
    pub origin: ColumnOrigin,
    /// The parsed expression of a generated column.
    pub generated: Option<Expression>,
}

/// An expression with its text and place.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As the user wrote it.
    pub text: String,
    /// Parsed.
    pub ast: ast::Expr,
    /// In characters of the statement's text, from 1.
    pub position: usize,
}

/// Where a source's brokers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `KAFKA (BROKERS '…')`.
    Brokers(String),
    /// `KAFKA CONNECTION name`.
    Connection(Name),
}

/// `CREATE CONNECTION … TO KAFKA (…)`.
#[derive(Clone, Debug)]
pub struct CreateConnection {
    /// The connection.
    pub name: Name,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// What it says.
    pub definition: storage::catalog::ConnectionDefinition,
}

/// What `ALTER SOURCE` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterSource {
    /// `PAUSE`.
    Pause,
    /// `RESUME`.
    Resume,
    /// `RESET OFFSETS TO`.
    ResetOffsets(StartPosition),
    /// `SET (flush_rows = …, …)`.
    Set(Vec<SourceOption>),
    /// `RENAME TO`.
    Rename(Name),
}

/// One checked option of `WITH` or `SET`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceOption {
    /// `flush_rows`.
    FlushRows(std::num::NonZeroU64),
    /// `flush_bytes`.
    FlushBytes(std::num::NonZeroU64),
    /// `flush_interval`.
    FlushInterval(std::time::Duration),
}

/// What `DROP` drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropKind {
    /// `DROP SOURCE`.
    Source,
    /// `DROP CONNECTION`.
    Connection,
}

/// What `COMMENT ON` comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommentTarget {
    /// `SOURCE`, also spelt `TABLE`.
    Source(Name),
    /// `CONNECTION`.
    Connection(Name),
    /// `COLUMN source.column`.
    Column(Name, Name),
}

#[cfg(test)]
mod tests;
