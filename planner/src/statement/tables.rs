//! Statements about tables and views, as they were written: names are not yet resolved.

use storage::schema::ColumnType;
use storage::temporary::OnCommit;

use super::{CopyOptions, Expression, Name, QualifiedName, Query};

/// The table that rows are for.
#[derive(Clone, Debug)]
pub struct InsertInto {
    /// The table.
    pub table: QualifiedName,
    /// The columns that rows give; None for the first ones, as many as there are.
    pub columns: Option<Vec<Name>>,
    /// `OVERRIDING SYSTEM VALUE`.
    pub overriding: bool,
}

/// `INSERT`.
#[derive(Clone, Debug)]
pub struct Insert {
    /// Where the rows go, and what gives them.
    pub query: Query,
    /// `RETURNING`, as a query of a table that has just the new rows.
    pub returning: Option<Query>,
}

impl Insert {
    /// Where the rows go.
    pub fn table(&self) -> Option<&QualifiedName> {
        self.query.into.as_ref().map(|into| &into.table)
    }
}

/// `DELETE`.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The table.
    pub table: QualifiedName,
    /// The place of each segment that has rows to delete among those of the snapshot, and how many it has.
    pub counts: Query,
    /// The rows that the segments keep over which [`execute_over`](crate::Engine::execute_over) runs it.
    pub rest: Query,
    /// `RETURNING`, of the table as it was before.
    pub returning: Option<Query>,
}

/// `COPY … FROM STDIN`.
#[derive(Clone, Debug)]
pub struct CopyFrom {
    /// The table.
    pub table: QualifiedName,
    /// The columns that lines give; all where none are named.
    pub columns: Option<Vec<Name>>,
    /// The lines' form.
    pub options: CopyOptions,
}

/// `CREATE TABLE`; names are not yet resolved.
#[derive(Clone, Debug)]
pub struct CreateTable {
    /// The table.
    pub name: QualifiedName,
    /// For how long it is there.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Columns in order.
    pub columns: Vec<TableColumn>,
    /// `CHECK`s, with the names that were given to them.
    pub checks: Vec<(Option<Name>, Expression)>,
    /// Keys, with the names that were given to them.
    pub keys: Vec<TableKey>,
    /// How rows are stored.
    pub layout: Layout,
}

/// For how long a table is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persistence {
    /// `TEMPORARY`: as long as the session.
    pub temporary: bool,
    /// `ON COMMIT`, of a temporary one.
    pub on_commit: Option<OnCommit>,
}

/// How a table's rows are stored.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// `PARTITION BY time_bucket(…)`: interval in microseconds and column.
    pub partition_by: Option<(std::num::NonZeroU64, Name)>,
    /// `ORDER BY (…)`.
    pub order_by: Vec<Name>,
}

/// A column of `CREATE TABLE`.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub column_type: ColumnType,
    /// `NOT NULL`.
    pub not_null: bool,
    /// Where its value comes from.
    pub value: ColumnValue,
}

/// Where the value of a table's column comes from.
#[derive(Clone, Debug)]
pub enum ColumnValue {
    /// What a statement gives, or `DEFAULT`, or null.
    Given(Option<Expression>),
    /// `GENERATED ALWAYS AS (…) STORED`.
    Generated(Expression),
    /// `GENERATED … AS IDENTITY`, `serial`.
    Identity {
        /// `ALWAYS`: statements may not give one.
        always: bool,
    },
}

/// `PRIMARY KEY`, `UNIQUE` or `REFERENCES`.
#[derive(Clone, Debug)]
pub struct TableKey {
    /// The name that was given to it.
    pub name: Option<Name>,
    /// What it says.
    pub kind: storage::catalog::KeyKind,
    /// Of which columns.
    pub columns: Vec<Name>,
}

/// `CREATE TABLE … AS`.
#[derive(Clone, Debug)]
pub struct CreateTableAs {
    /// The table.
    pub name: QualifiedName,
    /// For how long it is there.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Other names for the first columns.
    pub columns: Vec<Name>,
    /// The rows.
    pub query: Query,
    /// False for `WITH NO DATA`.
    pub with_data: bool,
    /// How rows are stored.
    pub layout: Layout,
}

/// `CREATE VIEW`.
#[derive(Clone, Debug)]
pub struct CreateView {
    /// The view.
    pub name: QualifiedName,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Other names for the first columns.
    pub columns: Vec<Name>,
    /// The rows.
    pub query: Query,
    /// The query as it was written.
    pub written: String,
}

/// What `ALTER TABLE` changes.
#[derive(Clone, Debug)]
pub enum AlterTable {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: TableColumn,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        name: Name,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `RENAME COLUMN`.
    RenameColumn {
        /// The column.
        from: Name,
        /// Its new name.
        to: Name,
    },
    /// `RENAME TO`.
    Rename(Name),
    /// `SET SCHEMA`.
    SetSchema(Name),
    /// `ALTER COLUMN … SET DEFAULT`; None for `DROP DEFAULT`.
    SetDefault {
        /// The column.
        column: Name,
        /// The default.
        default: Option<Expression>,
    },
}
