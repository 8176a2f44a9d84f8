//! `CREATE TABLE`.

use sqlparser::ast;
use sqlparser::tokenizer::Token;
use storage::catalog::KeyKind;
use storage::schema::ColumnType;
use storage::temporary::OnCommit;

use super::column::generation;
use super::copy::names;
use super::create_source::{order_by, partition_by};
use super::cursor::{Cursor, qualified, unsupported};
use super::data_type::data_type;
use super::parse::select;
use super::token::StatementTokens;
use super::{
    ColumnValue, CreateTable, CreateTableAs, Expression, Layout, Name, Persistence, QualifiedName, Query,
    Statement, TableColumn, TableKey,
};
use crate::error::{Result, SqlError};

/// After `CREATE [TEMPORARY] TABLE`.
pub(super) fn create_table(
    cursor: &mut Cursor<'_>,
    tokens: &StatementTokens<'_>,
    temporary: bool,
) -> Result<Statement> {
    let if_not_exists = cursor.keywords("IF NOT EXISTS");
    let name = cursor.object_name()?;
    if names_only(cursor) {
        let columns = if cursor.token(&Token::LParen) { names(cursor)? } else { Vec::new() };
        let layout = layout(cursor)?;
        let persistence = Persistence { temporary, on_commit: on_commit(cursor)? };
        cursor.expect_keywords("AS")?;
        let query = select(cursor, tokens)?;
        let with_data = !cursor.keywords("WITH NO DATA");
        if with_data {
            cursor.keywords("WITH DATA");
        }
        let create = CreateTableAs { name, persistence, if_not_exists, columns, query, with_data, layout };
        return Ok(Statement::CreateTableAs(Box::new(create)));
    }
    let mut table = CreateTable {
        name,
        persistence: Persistence { temporary, on_commit: None },
        if_not_exists,
        columns: Vec::new(),
        checks: Vec::new(),
        keys: Vec::new(),
        layout: Layout::default(),
    };
    cursor.expect(&Token::LParen)?;
    if !cursor.token(&Token::RParen) {
        loop {
            element(cursor, &mut table)?;
            if !cursor.token(&Token::Comma) {
                break;
            }
        }
        cursor.expect(&Token::RParen)?;
    }
    table.layout = layout(cursor)?;
    table.persistence.on_commit = on_commit(cursor)?;
    Ok(Statement::CreateTable(Box::new(table)))
}

/// `SELECT … INTO name`, of which the query is left.
pub(super) fn select_into(into: &ast::SelectInto, query: Query, position: usize) -> Result<CreateTableAs> {
    let parts = into.name.0.iter().map(|part| {
        let ident = part.as_ident()?;
        let value = match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => ident.value.to_ascii_lowercase(),
        };
        Some(Name { value, position })
    });
    let parts: Option<Vec<_>> = parts.collect();
    let name = parts.filter(|parts| parts.len() <= 3).ok_or_else(|| unsupported("this name", position))?;
    Ok(CreateTableAs {
        name: qualified(name)?,
        persistence: Persistence { temporary: into.temporary, on_commit: None },
        if_not_exists: false,
        columns: Vec::new(),
        query,
        with_data: true,
        layout: Layout::default(),
    })
}

/// Whether `CREATE TABLE name` goes on as `[(names)] … AS`.
fn names_only(cursor: &Cursor<'_>) -> bool {
    if cursor.peek() != &Token::LParen {
        return true;
    }
    // A column has a type behind its name.
    matches!(cursor.peek_nth(2), Token::Comma | Token::RParen) && matches!(cursor.peek_nth(1), Token::Word(_))
}

/// `ON COMMIT`, of a temporary table.
fn on_commit(cursor: &mut Cursor<'_>) -> Result<Option<OnCommit>> {
    if !cursor.keywords("ON COMMIT") {
        return Ok(None);
    }
    let known = [
        ("PRESERVE ROWS", OnCommit::PreserveRows),
        ("DELETE ROWS", OnCommit::DeleteRows),
        ("DROP", OnCommit::Drop),
    ];
    match known.into_iter().find(|(words, _)| cursor.keywords(words)) {
        Some((_, on_commit)) => Ok(Some(on_commit)),
        None => Err(cursor.syntax_error_among(&["PRESERVE ROWS", "DELETE ROWS", "DROP"])),
    }
}

/// `PARTITION BY`, `ORDER BY` and `WITH`, in any order.
fn layout(cursor: &mut Cursor<'_>) -> Result<Layout> {
    let mut layout = Layout::default();
    loop {
        let position = cursor.position();
        let twice = |clause: &str| SqlError::new("42601", format!("{clause} is given twice")).at(position);
        if cursor.keywords("PARTITION BY") {
            if layout.partition_by.replace(partition_by(cursor)?).is_some() {
                return Err(twice("PARTITION BY"));
            }
        } else if cursor.keywords("ORDER BY") {
            if !layout.order_by.is_empty() {
                return Err(twice("ORDER BY"));
            }
            layout.order_by = order_by(cursor)?;
        } else if cursor.peek_word().is_some_and(|word| word.eq_ignore_ascii_case("WITH")) {
            return Err(unsupported("WITH in CREATE TABLE", position));
        } else if cursor.keywords("INHERITS") || cursor.keywords("TABLESPACE") || cursor.keywords("USING") {
            return Err(unsupported("this clause of CREATE TABLE", position));
        } else {
            return Ok(layout);
        }
    }
}

/// A column or a constraint.
fn element(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Result<()> {
    let position = cursor.position();
    if cursor.keywords("LIKE") || cursor.keywords("EXCLUDE") {
        return Err(unsupported("LIKE or EXCLUDE in CREATE TABLE", position));
    }
    let name = if cursor.keywords("CONSTRAINT") { Some(cursor.name()?) } else { None };
    let named = name.is_some();
    let is_next = |cursor: &Cursor<'_>, word: &str| {
        cursor.peek_word().is_some_and(|next| next.eq_ignore_ascii_case(word))
    };
    if cursor.keywords("PRIMARY KEY") {
        let columns = bracketed(cursor)?;
        key(cursor, table, name, KeyKind::Primary, columns)?;
    } else if is_next(cursor, "UNIQUE") {
        cursor.advance();
        let columns = bracketed(cursor)?;
        key(cursor, table, name, KeyKind::Unique, columns)?;
    } else if is_next(cursor, "CHECK") {
        cursor.advance();
        let expression = check(cursor)?;
        table.checks.push((name, expression));
    } else if cursor.keywords("FOREIGN KEY") {
        let columns = bracketed(cursor)?;
        cursor.expect_keywords("REFERENCES")?;
        let kind = references(cursor)?;
        key(cursor, table, name, kind, columns)?;
    } else if named {
        return Err(cursor.syntax_error_among(&["PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"]));
    } else {
        let column = column(cursor, table)?;
        table.columns.push(column);
    }
    Ok(())
}

fn bracketed(cursor: &mut Cursor<'_>) -> Result<Vec<Name>> {
    cursor.expect(&Token::LParen)?;
    names(cursor)
}

fn check(cursor: &mut Cursor<'_>) -> Result<Expression> {
    cursor.expect(&Token::LParen)?;
    let expression = cursor.expression()?;
    cursor.expect(&Token::RParen)?;
    cursor.keywords("NO INHERIT");
    Ok(expression)
}

fn key(
    cursor: &mut Cursor<'_>,
    table: &mut CreateTable,
    name: Option<Name>,
    kind: KeyKind,
    columns: Vec<Name>,
) -> Result<()> {
    // When a key is checked makes no difference to one that is not.
    while ["NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE"]
        .iter()
        .any(|words| cursor.keywords(words))
    {}
    if kind == KeyKind::Primary && table.keys.iter().any(|key| key.kind == KeyKind::Primary) {
        let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name.value);
        return Err(SqlError::new("42P16", message).at(columns.first().map_or(1, |column| column.position)));
    }
    table.keys.push(TableKey { name, kind, columns });
    Ok(())
}

/// `table [(columns)] [MATCH …] [ON …]`, after `REFERENCES`.
fn references(cursor: &mut Cursor<'_>) -> Result<KeyKind> {
    let table = cursor.object_name()?.value;
    let columns = match cursor.token(&Token::LParen) {
        true => names(cursor)?.into_iter().map(|name| name.value).collect(),
        false => Vec::new(),
    };
    loop {
        if ["MATCH FULL", "MATCH SIMPLE", "MATCH PARTIAL"].iter().any(|words| cursor.keywords(words)) {
            continue;
        }
        if cursor.keywords("ON DELETE") || cursor.keywords("ON UPDATE") {
            if !["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]
                .iter()
                .any(|words| cursor.keywords(words))
            {
                return Err(cursor.syntax_error());
            }
            continue;
        }
        return Ok(KeyKind::References { table, columns });
    }
}

/// A column by itself, as `ADD COLUMN` has it: without constraints on the table.
pub(super) fn lone_column(cursor: &mut Cursor<'_>) -> Result<TableColumn> {
    let position = cursor.position();
    let mut table = CreateTable {
        name: QualifiedName { schema: None, value: String::new(), position },
        persistence: Persistence::default(),
        if_not_exists: false,
        columns: Vec::new(),
        checks: Vec::new(),
        keys: Vec::new(),
        layout: Layout::default(),
    };
    let column = column(cursor, &mut table)?;
    if !table.checks.is_empty() || !table.keys.is_empty() {
        return Err(unsupported("a constraint other than NOT NULL in ADD COLUMN", position));
    }
    Ok(column)
}

fn column(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Result<TableColumn> {
    let name = cursor.name()?;
    let serial = [
        ("SMALLSERIAL", ColumnType::SmallInt),
        ("BIGSERIAL", ColumnType::BigInt),
        ("SERIAL", ColumnType::Integer),
        ("SERIAL8", ColumnType::BigInt),
        ("SERIAL4", ColumnType::Integer),
    ];
    let mut column = match serial.iter().find(|(word, _)| cursor.keywords(word)) {
        Some((_, column_type)) => TableColumn {
            name,
            column_type: *column_type,
            not_null: true,
            value: ColumnValue::Identity { always: false },
        },
        None => {
            let column_type = data_type(cursor)?;
            TableColumn { name, column_type, not_null: false, value: ColumnValue::Given(None) }
        }
    };
    while !matches!(cursor.peek(), Token::Comma | Token::RParen | Token::EOF) {
        constraint(cursor, table, &mut column)?;
    }
    Ok(column)
}

fn constraint(cursor: &mut Cursor<'_>, table: &mut CreateTable, column: &mut TableColumn) -> Result<()> {
    let name = if cursor.keywords("CONSTRAINT") { Some(cursor.name()?) } else { None };
    let position = cursor.position();
    let is_open = matches!(column.value, ColumnValue::Given(None));
    let conflict = |what: &str| {
        let message =
            format!("multiple {what} for column \"{}\" of table \"{}\"", column.name.value, table.name.value);
        SqlError::new("42601", message).at(position)
    };
    if cursor.keywords("NOT NULL") {
        column.not_null = true;
    } else if cursor.keywords("NULL") {
        if column.not_null {
            let message = format!(
                "conflicting NULL/NOT NULL declarations for column \"{}\" of table \"{}\"",
                column.name.value, table.name.value
            );
            return Err(SqlError::new("42601", message).at(position));
        }
    } else if cursor.keywords("DEFAULT") {
        if !is_open {
            return Err(conflict("default values specified"));
        }
        column.value = ColumnValue::Given(Some(cursor.expression()?));
    } else if cursor.keywords("GENERATED") {
        if !is_open {
            return Err(conflict("generation clauses specified"));
        }
        let by_default = cursor.keywords("BY DEFAULT AS IDENTITY");
        if by_default || cursor.keywords("ALWAYS AS IDENTITY") {
            let position = cursor.position();
            if cursor.peek() == &Token::LParen {
                return Err(unsupported("an option of an identity column", position));
            }
            if !matches!(column.column_type, ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt)
            {
                let message = "identity column type must be smallint, integer, or bigint";
                return Err(SqlError::new("22023", message).at(position));
            }
            column.not_null = true;
            column.value = ColumnValue::Identity { always: !by_default };
        } else {
            column.value = ColumnValue::Generated(generation(cursor)?);
        }
    } else if cursor.keywords("PRIMARY KEY") {
        column.not_null = true;
        key(cursor, table, name, KeyKind::Primary, vec![column.name.clone()])?;
    } else if cursor.keywords("UNIQUE") {
        key(cursor, table, name, KeyKind::Unique, vec![column.name.clone()])?;
    } else if cursor.keywords("CHECK") {
        let expression = check(cursor)?;
        table.checks.push((name, expression));
    } else if cursor.keywords("REFERENCES") {
        let kind = references(cursor)?;
        key(cursor, table, name, kind, vec![column.name.clone()])?;
    } else if cursor.keywords("COLLATE") {
        let collation = cursor.name()?;
        if !matches!(collation.value.as_str(), "C" | "POSIX" | "ucs_basic" | "default" | "pg_catalog") {
            let message = format!("collation \"{}\" does not exist", collation.value);
            return Err(SqlError::new("42704", message)
                .with_hint("Texts are ordered by their bytes, as with collation \"C\".")
                .at(collation.position));
        }
    } else {
        return Err(cursor.syntax_error_among(&[
            "NOT NULL",
            "DEFAULT",
            "GENERATED",
            "PRIMARY KEY",
            "UNIQUE",
            "CHECK",
            "REFERENCES",
        ]));
    }
    Ok(())
}
