//! Text to statements.

use sqlparser::ast;

use super::cursor::{Cursor, unsupported};
use super::token::{StatementTokens, tokenize};
use super::{Explain, ParsedStatement, Query, Statement};
use super::{
    alter, copy, create_connection, create_source, create_table, create_view, delete, depth, fetch, insert,
    session,
};
use crate::error::{Result, SqlError};

/// Splits and parses what a client sent. The statements before a faulty one are not returned:
/// as in PostgreSQL, a syntax error anywhere refuses the whole text. Positions of errors count in
/// the whole text; positions inside a returned statement count in the statement's own.
pub fn parse(sql: &str) -> Result<Vec<ParsedStatement>> {
    let statements = tokenize(sql)?;
    statements
        .iter()
        .map(|tokens| {
            let statement = parse_one(tokens).map_err(|mut error| {
                error.position = error.position.map(|position| position + tokens.start);
                error
            })?;
            Ok(ParsedStatement { statement, text: tokens.text.to_owned(), start: tokens.start })
        })
        .collect()
}

/// Parses an expression by itself, as the catalog keeps it.
pub(crate) fn parse_expression(text: &str) -> Result<ast::Expr> {
    let statements = tokenize(text)?;
    let [tokens] = statements.as_slice() else { return Err(SqlError::new("42601", "syntax error")) };
    depth::check(&tokens.tokens)?;
    let mut cursor = Cursor::new(tokens);
    let expression = cursor.expression()?;
    cursor.expect_end()?;
    Ok(expression.ast)
}

fn parse_one(tokens: &StatementTokens<'_>) -> Result<Statement> {
    if tokens.tokens.is_empty() {
        return Ok(Statement::Empty);
    }
    depth::check(&tokens.tokens)?;
    let mut cursor = Cursor::new(tokens);
    let statement = statement(&mut cursor, tokens)?;
    cursor.expect_end()?;
    Ok(statement)
}

fn statement(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    let position = cursor.position();
    let Some(word) = cursor.peek_word() else { return query(cursor, tokens, None) };
    match word.to_ascii_uppercase().as_str() {
        "SELECT" | "VALUES" | "WITH" | "TABLE" => query(cursor, tokens, None),
        "EXPLAIN" => {
            cursor.advance();
            let explain = explain(cursor)?;
            query(cursor, tokens, Some(explain))
        }
        "COPY" => {
            cursor.advance();
            copy::copy(cursor, tokens)
        }
        "DECLARE" => {
            cursor.advance();
            fetch::declare(cursor, tokens)
        }
        "FETCH" | "MOVE" => {
            let moves = cursor.keywords("MOVE");
            if !moves {
                cursor.advance();
            }
            fetch::fetch(cursor, moves)
        }
        "CREATE" => create(cursor, tokens),
        "INSERT" => {
            cursor.advance();
            insert::insert(cursor, tokens)
        }
        "DELETE" => {
            cursor.advance();
            delete::delete(cursor, tokens)
        }
        "TRUNCATE" => {
            cursor.advance();
            alter::truncate(cursor)
        }
        "ALTER" => alter::alter(cursor),
        "DROP" => alter::drop(cursor),
        "COMMENT" => alter::comment(cursor),
        "DESCRIBE" | "DESC" => describe(cursor, tokens),
        "SHOW" => {
            cursor.advance();
            if cursor.keywords("SOURCES") {
                return written(tokens, "SELECT * FROM tidegate.sources ORDER BY name");
            }
            session::show(cursor)
        }
        first if UNSUPPORTED.contains(&first) => Err(unsupported(first, position)),
        _ => session::statement(cursor)?.map_or_else(|| Err(cursor.syntax_error_among(STATEMENTS)), Ok),
    }
}

/// The first words of statements that PostgreSQL has and we have not.
const UNSUPPORTED: &[&str] = &[
    "ANALYZE",
    "CALL",
    "CHECKPOINT",
    "CLUSTER",
    "DO",
    "GRANT",
    "IMPORT",
    "LOAD",
    "LOCK",
    "MERGE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "REVOKE",
    "SECURITY",
    "SUBSCRIBE",
    "UPDATE",
    "VACUUM",
];

/// The first words of statements that we have: what a misspelt one may have meant.
const STATEMENTS: &[&str] = &[
    "SELECT",
    "WITH",
    "VALUES",
    "TABLE",
    "EXPLAIN",
    "CREATE",
    "ALTER",
    "DROP",
    "COMMENT",
    "DESCRIBE",
    "SHOW",
    "SET",
    "RESET",
    "DISCARD",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT",
    "RELEASE",
    "DECLARE",
    "FETCH",
    "MOVE",
    "CLOSE",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "INSERT",
    "TRUNCATE",
    "UPDATE",
    "DELETE",
    "COPY",
];

fn query(
    cursor: &mut Cursor<'_>,
    tokens: &StatementTokens<'_>,
    explain: Option<Explain>,
) -> Result<Statement> {
    let position = cursor.position();
    match cursor.peek_word().map(str::to_ascii_uppercase) {
        Some(other) if explain.is_some() && (other == "DELETE" || UNSUPPORTED.contains(&other.as_str())) => {
            Err(unsupported(format!("EXPLAIN {other}"), position))
        }
        _ => {
            let mut query = select(cursor, tokens)?;
            match taken_into(&mut query.ast) {
                Some(into) if explain.is_none() => {
                    let create = create_table::select_into(&into, query, position)?;
                    Ok(Statement::CreateTableAs(Box::new(create)))
                }
                Some(_) => Err(unsupported("EXPLAIN SELECT INTO", position)),
                None => Ok(Statement::Query(Box::new(Query { explain, ..query }))),
            }
        }
    }
}

/// `INTO` of a query, which is taken out of it.
fn taken_into(ast: &mut ast::Statement) -> Option<ast::SelectInto> {
    let ast::Statement::Query(query) = ast else { return None };
    let ast::SetExpr::Select(select) = query.body.as_mut() else { return None };
    select.into.take()
}

/// What gives rows.
pub(super) fn select(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Query> {
    let position = cursor.position();
    let first = cursor.peek_word().map(str::to_ascii_uppercase);
    let ast = match first.as_deref() {
        Some("TABLE") => {
            use sqlparser::tokenizer::Token;
            let words = [Token::make_keyword("SELECT"), Token::Mul, Token::make_keyword("FROM")];
            cursor.parse_instead(1, &words, |parser| parser.parse_statement())?
        }
        Some("SELECT" | "VALUES" | "WITH") => cursor.parse_with(|parser| parser.parse_statement())?,
        None if cursor.peek() == &sqlparser::tokenizer::Token::LParen => {
            cursor.parse_with(|parser| parser.parse_statement())?
        }
        _ => return Err(cursor.syntax_error()),
    };
    let ast::Statement::Query(_) = &ast else { return Err(unsupported("this statement", position)) };
    Ok(Query { ast, explain: None, text: tokens.text.to_owned(), into: None })
}

/// A query of ours that answers another statement.
fn written(tokens: &StatementTokens<'_>, sql: &str) -> Result<Statement> {
    let ast = parse_written(sql)?;
    Ok(Statement::Query(Box::new(Query { ast, explain: None, text: tokens.text.to_owned(), into: None })))
}

/// Parses a query by itself, as the catalog keeps it.
pub(crate) fn parse_query(text: &str) -> Result<ast::Statement> {
    let statements = tokenize(text)?;
    let [tokens] = statements.as_slice() else { return Err(SqlError::new("42601", "syntax error")) };
    depth::check(&tokens.tokens)?;
    let mut cursor = Cursor::new(tokens);
    let query = select(&mut cursor, tokens)?;
    cursor.expect_end()?;
    Ok(query.ast)
}

pub(super) fn parse_written(sql: &str) -> Result<ast::Statement> {
    let statements = tokenize(sql)?;
    let mut cursor = Cursor::new(&statements[0]);
    cursor.parse_with(|parser| parser.parse_statement())
}

/// The one SELECT of a statement that we wrote.
pub(super) fn select_of(statement: &mut ast::Statement) -> Result<&mut ast::Select> {
    if let ast::Statement::Query(query) = statement
        && let ast::SetExpr::Select(select) = query.body.as_mut()
    {
        return Ok(select);
    }
    Err(SqlError::new("XX000", "a query of our own was not read as one"))
}

fn describe(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    cursor.advance();
    let name = cursor.object_name()?;
    let table = super::keywords::quote_literal(&name.value);
    let schema = match &name.schema {
        Some(schema) => super::keywords::quote_literal(schema),
        // That in which the name is found.
        None => format!(
            "(SELECT max(n.nspname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
             ON n.oid = c.relnamespace WHERE c.relname = {table} AND pg_catalog.pg_table_is_visible(c.oid))"
        ),
    };
    written(
        tokens,
        &format!(
            "SELECT column_name, data_type, is_nullable, generation_expression \
             FROM information_schema.columns \
             WHERE table_schema = {schema} AND table_name = {table} ORDER BY ordinal_position"
        ),
    )
}

fn create(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    cursor.advance();
    let position = cursor.position();
    if cursor.keywords("SOURCE") {
        return create_source::create_source(cursor).map(|create| Statement::CreateSource(Box::new(create)));
    }
    if cursor.keywords("CONNECTION") {
        return create_connection::create_connection(cursor).map(Statement::CreateConnection);
    }
    if cursor.keywords("SCHEMA") {
        return schema(cursor);
    }
    let or_replace = cursor.keywords("OR REPLACE");
    let temporary = temporary(cursor);
    if cursor.keywords("VIEW") {
        return create_view::create_view(cursor, tokens, or_replace, temporary);
    }
    if !or_replace && (cursor.keywords("TABLE") || !temporary && cursor.keywords("UNLOGGED TABLE")) {
        return create_table::create_table(cursor, tokens, temporary);
    }
    const LATER: &[&str] = &[
        "RECURSIVE",
        "MATERIALIZED",
        "SINK",
        "SECRET",
        "INDEX",
        "UNIQUE",
        "ROLE",
        "USER",
        "GROUP",
        "DATABASE",
        "FUNCTION",
        "PROCEDURE",
        "EXTENSION",
        "SEQUENCE",
        "TYPE",
        "DOMAIN",
        "TRIGGER",
        "POLICY",
        "PUBLICATION",
        "AGGREGATE",
        "CAST",
        "COLLATION",
        "EVENT",
        "FOREIGN",
        "LANGUAGE",
        "OPERATOR",
        "RULE",
        "SERVER",
        "STATISTICS",
        "TABLESPACE",
    ];
    match cursor.peek_word().map(str::to_ascii_uppercase) {
        Some(word) if word == "MATERIALIZED" => Err(unsupported("CREATE MATERIALIZED VIEW", position)),
        Some(word) if LATER.contains(&word.as_str()) => Err(unsupported(format!("CREATE {word}"), position)),
        _ if temporary => Err(cursor.syntax_error_among(&["TABLE", "VIEW"])),
        _ => Err(cursor.syntax_error_among(&["SOURCE", "CONNECTION", "TABLE", "VIEW", "SCHEMA"])),
    }
}

/// `TEMPORARY` in each of its spellings. What is temporary is always local.
fn temporary(cursor: &mut Cursor<'_>) -> bool {
    const WORDS: [&str; 6] =
        ["TEMPORARY", "TEMP", "LOCAL TEMPORARY", "LOCAL TEMP", "GLOBAL TEMPORARY", "GLOBAL TEMP"];
    WORDS.iter().any(|words| cursor.keywords(words))
}

/// After `CREATE SCHEMA`. The one user there is owns everything.
fn schema(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let if_not_exists = cursor.keywords("IF NOT EXISTS");
    let is_owned = |cursor: &mut Cursor<'_>| -> Result<Option<super::Name>> {
        if cursor.keywords("AUTHORIZATION") { cursor.name().map(Some) } else { Ok(None) }
    };
    let name = match is_owned(cursor)? {
        Some(owner) => owner,
        None => {
            let name = cursor.name()?;
            is_owned(cursor)?;
            name
        }
    };
    let position = cursor.position();
    if !cursor.is_end() && ["CREATE", "GRANT"].iter().any(|word| cursor.keywords(word)) {
        return Err(unsupported("CREATE SCHEMA with what lives in it", position));
    }
    Ok(Statement::CreateSchema { name, if_not_exists })
}

/// `EXPLAIN`'s options, after the word itself.
fn explain(cursor: &mut Cursor<'_>) -> Result<Explain> {
    use sqlparser::tokenizer::Token;

    let mut explain = Explain::default();
    let bracket_of_options = cursor.peek() == &Token::LParen
        && !matches!(cursor.peek_nth(1), Token::LParen)
        && !cursor.peek_nth_word(1).is_some_and(|word| {
            ["SELECT", "VALUES", "WITH", "TABLE"].iter().any(|first| word.eq_ignore_ascii_case(first))
        });
    if !bracket_of_options {
        explain.analyze = cursor.keywords("ANALYZE") || cursor.keywords("ANALYSE");
        explain.verbose = cursor.keywords("VERBOSE");
        return Ok(explain);
    }
    cursor.advance();
    loop {
        let position = cursor.position();
        let Some(option) = cursor.peek_word() else { return Err(cursor.syntax_error()) };
        cursor.advance();
        match option.to_ascii_uppercase().as_str() {
            "ANALYZE" | "ANALYSE" => explain.analyze = switch(cursor)?,
            "VERBOSE" => explain.verbose = switch(cursor)?,
            // What they would add is always shown, or does not exist here.
            "COSTS" | "SETTINGS" | "BUFFERS" | "WAL" | "TIMING" | "SUMMARY" => {
                switch(cursor)?;
            }
            "FORMAT" if cursor.keywords("TEXT") => explain.json = false,
            "FORMAT" if cursor.keywords("JSON") => explain.json = true,
            "FORMAT" => {
                return Err(unsupported("an EXPLAIN format other than TEXT and JSON", cursor.position()));
            }
            _ => {
                let message = format!("unrecognized EXPLAIN option \"{}\"", option.to_ascii_lowercase());
                return Err(SqlError::new("42601", message).at(position));
            }
        }
        if !cursor.token(&Token::Comma) {
            cursor.expect(&Token::RParen)?;
            return Ok(explain);
        }
    }
}

/// A boolean that may be left out.
fn switch(cursor: &mut Cursor<'_>) -> Result<bool> {
    use sqlparser::tokenizer::Token;

    match cursor.peek() {
        Token::Comma | Token::RParen => return Ok(true),
        Token::Number(number, _) if number == "0" || number == "1" => {
            cursor.advance();
            return Ok(number == "1");
        }
        _ => {}
    }
    for (word, value) in [("ON", true), ("TRUE", true), ("OFF", false), ("FALSE", false)] {
        if cursor.keywords(word) {
            return Ok(value);
        }
    }
    Err(cursor.syntax_error_among(&["ON", "OFF", "TRUE", "FALSE"]))
}
