//! Statements: PostgreSQL's grammar as sqlparser reads it, and ours where it has no word.

mod alter;
mod amount;
mod column;
mod copy;
mod create_connection;
mod create_source;
mod create_table;
mod create_view;
mod cursor;
mod data_type;
mod delete;
mod depth;
mod dialect;
mod exclude;
mod fetch;
mod insert;
mod keywords;
mod options;
mod parse;
mod session;
mod spelling;
mod start;
mod tables;
mod token;
mod transaction;

pub use parse::parse;
pub use tables::*;

pub(crate) use column::{PARTS, write_path};
pub(crate) use create_source::TIMESTAMP_FORMATS;
pub(crate) use cursor::did_you_mean;
pub(crate) use exclude::MARK as EXCLUDE_MARK;
pub(crate) use keywords::{quote_identifier, quote_literal};
pub(crate) use parse::{parse_expression, parse_query};
pub(crate) use token::character_at;

use std::fmt;

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
    /// `CREATE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE TABLE … AS`, `SELECT … INTO`.
    CreateTableAs(Box<CreateTableAs>),
    /// `CREATE VIEW`.
    CreateView(Box<CreateView>),
    /// `INSERT`.
    Insert(Box<Insert>),
    /// `DELETE`.
    Delete(Box<Delete>),
    /// `COPY … FROM STDIN`.
    CopyFrom(Box<CopyFrom>),
    /// `TRUNCATE`.
    Truncate {
        /// The tables.
        names: Vec<QualifiedName>,
    },
    /// `ALTER TABLE`.
    AlterTable {
        /// The table.
        name: QualifiedName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// What to change, one after the other.
        actions: Vec<AlterTable>,
    },
    /// `ALTER SOURCE`.
    AlterSource {
        /// The source.
        name: QualifiedName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// What to change.
        action: AlterSource,
    },
    /// `CREATE SCHEMA`.
    CreateSchema {
        /// The schema.
        name: Name,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP SOURCE | CONNECTION | TABLE | VIEW | SCHEMA`.
    Drop {
        /// Which kind.
        kind: DropKind,
        /// The objects.
        names: Vec<QualifiedName>,
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
        name: QualifiedName,
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
    /// `SET TRANSACTION`, `SET SESSION CHARACTERISTICS AS TRANSACTION`.
    SetTransaction {
        /// What it says.
        modes: TransactionModes,
        /// For all transactions to come, not for this one.
        session: bool,
    },
    /// `BEGIN`, `START TRANSACTION`.
    Begin {
        /// What it says.
        modes: TransactionModes,
        /// The command's tag.
        tag: &'static str,
    },
    /// `COMMIT`, `END`.
    Commit {
        /// `AND CHAIN`.
        chain: bool,
    },
    /// `ROLLBACK`, `ABORT`.
    Rollback {
        /// `AND CHAIN`.
        chain: bool,
    },
    /// `SAVEPOINT`.
    Savepoint {
        /// The name.
        name: String,
    },
    /// `RELEASE SAVEPOINT`.
    Release {
        /// The name.
        savepoint: String,
    },
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo {
        /// The name.
        savepoint: String,
    },
    /// `DECLARE … CURSOR`.
    Declare(Box<Declare>),
    /// `FETCH`, `MOVE`.
    Fetch {
        /// The cursor.
        cursor: String,
        /// Which rows.
        direction: Direction,
        /// `MOVE`: they are passed over.
        moves: bool,
    },
    /// `CLOSE name | ALL`.
    Close {
        /// None is ALL.
        cursor: Option<String>,
    },
    /// `COPY … TO STDOUT`.
    Copy(Box<Copy>),
    /// `PREPARE name [(types)] AS statement`.
    Prepare(Box<Prepare>),
    /// `EXECUTE name [(values)]`.
    Execute {
        /// The statement's name.
        name: String,
        /// The values, as they were written.
        values: Vec<String>,
    },
    /// `DEALLOCATE name | ALL`.
    Deallocate {
        /// None is ALL.
        name: Option<String>,
    },
    /// `LISTEN`, `UNLISTEN`: accepted, and there is nothing to do.
    Nothing {
        /// The command tag of the answer.
        tag: &'static str,
    },
}

impl Statement {
    /// What is planned of it.
    pub fn query(&self) -> Option<&Query> {
        match self {
            Self::Query(query) => Some(query),
            Self::Declare(declare) => Some(&declare.query),
            Self::Copy(copy) => Some(&copy.query),
            Self::Insert(insert) => Some(&insert.query),
            Self::Delete(delete) => Some(&delete.counts),
            Self::CreateTableAs(create) => Some(&create.query),
            Self::CreateView(create) => Some(&create.query),
            _ => None,
        }
    }

    /// Whether it ends a failed block, or its failure: what else such a block refuses.
    pub fn ends_failure(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::Rollback { .. } | Self::RollbackTo { .. })
    }
}

/// What a transaction is to be. It reads one snapshot, which satisfies each isolation level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionModes {
    /// `ISOLATION LEVEL`, in small letters.
    pub isolation: Option<&'static str>,
    /// `READ ONLY`, `READ WRITE`.
    pub read_only: Option<bool>,
}

impl TransactionModes {
    /// The settings that say so, with their values.
    pub fn settings(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let isolation = self.isolation.map(|level| ("transaction_isolation", level));
        let read_only = self.read_only.map(|only| ("transaction_read_only", if only { "on" } else { "off" }));
        isolation.into_iter().chain(read_only)
    }
}

/// `PREPARE`.
#[derive(Clone, Debug)]
pub struct Prepare {
    /// The statement's name.
    pub name: String,
    /// The types of the first parameters, as they were written.
    pub types: Vec<String>,
    /// The statement, whose positions count in its own text.
    pub statement: std::sync::Arc<ParsedStatement>,
}

/// `DECLARE … CURSOR FOR`.
#[derive(Clone, Debug)]
pub struct Declare {
    /// The cursor's name.
    pub name: String,
    /// Its query.
    pub query: Query,
    /// `BINARY`.
    pub binary: bool,
    /// `SCROLL`.
    pub scroll: bool,
    /// `WITH HOLD`.
    pub hold: bool,
}

/// Where `FETCH` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// On; no row at all fetches the current one again.
    Forward(Rows),
    /// Back.
    Backward(Rows),
    /// To this row, from 1; from the end where negative.
    Absolute(i64),
    /// So many rows on, or back.
    Relative(i64),
}

/// How many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All that there are.
    All,
    /// This many.
    Count(u64),
}

/// `COPY … TO STDOUT`.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The rows.
    pub query: Query,
    /// Their form.
    pub options: CopyOptions,
}

/// `COPY`'s options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOptions {
    /// `FORMAT`.
    pub format: CopyFormat,
    /// `DELIMITER`.
    pub delimiter: u8,
    /// `NULL`.
    pub null: String,
    /// `QUOTE`.
    pub quote: u8,
    /// `ESCAPE`.
    pub escape: u8,
    /// `FORCE_QUOTE`.
    pub force_quote: SomeColumns,
    /// `FORCE_NULL`, of COPY FROM.
    pub force_null: SomeColumns,
    /// `FORCE_NOT_NULL`, of COPY FROM.
    pub force_not_null: SomeColumns,
    /// `HEADER`.
    pub header: Header,
}

/// Whether the names of the columns come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// No.
    #[default]
    No,
    /// Yes.
    Yes,
    /// Yes, and they are those of the table.
    Match,
}

/// The form of copied rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyFormat {
    /// Columns with tabs between them.
    Text,
    /// Comma-separated values.
    Csv,
    /// PostgreSQL's own.
    Binary,
}

/// The columns that an option is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SomeColumns {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// These.
    Columns(Vec<Name>),
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
    /// `INSERT INTO`: its rows become those of a table.
    pub into: Option<InsertInto>,
}

impl Query {
    /// The command tag of its answer, to which the count of rows is added after SELECT.
    pub fn tag(&self) -> &'static str {
        if self.explain.is_some() { "EXPLAIN" } else { "SELECT" }
    }
}

/// How to explain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explain {
    /// Run it and say what happened.
    pub analyze: bool,
    /// Say more.
    pub verbose: bool,
    /// `FORMAT JSON`.
    pub json: bool,
}

/// A name with its place in the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Folded to lower case where it was not quoted.
    pub value: String,
    /// In characters of the statement's text, from 1.
    pub position: usize,
}

/// The name of a relation, which may have its schema before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifiedName {
    /// The schema, where it was written.
    pub schema: Option<String>,
    /// The name within it.
    pub value: String,
    /// Of the first of them, in characters of the statement's text, from 1.
    pub position: usize,
}

impl QualifiedName {
    /// As it has to be written.
    pub(crate) fn sql(&self) -> String {
        let schema = self.schema.iter().map(|schema| format!("{}.", quote_identifier(schema)));
        schema.chain([quote_identifier(&self.value)]).collect()
    }
}

/// As errors name it.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.value),
            None => f.write_str(&self.value),
        }
    }
}

/// `CREATE SOURCE`, its options read and their values checked; names are not yet resolved.
#[derive(Clone, Debug)]
pub struct CreateSource {
    /// The source.
    pub name: QualifiedName,
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
    /// `DROP TABLE`.
    Table,
    /// `DROP VIEW`.
    View,
    /// `DROP SCHEMA`.
    Schema,
}

/// What `COMMENT ON` comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommentTarget {
    /// `SOURCE`, `TABLE` or `VIEW`.
    Relation(QualifiedName),
    /// `CONNECTION`.
    Connection(Name),
    /// `COLUMN source.column`.
    Column(QualifiedName, Name),
    /// `SCHEMA`.
    Schema(Name),
}

#[cfg(test)]
mod tests;
