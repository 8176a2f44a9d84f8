//! `CREATE VIEW`.

use sqlparser::tokenizer::Token;

use super::copy::names;
use super::cursor::{Cursor, unsupported};
use super::parse::select;
use super::token::StatementTokens;
use super::{CreateView, Statement};
use crate::error::Result;

/// After `CREATE [OR REPLACE] VIEW`.
pub(super) fn create_view(
    cursor: &mut Cursor<'_>,
    tokens: &StatementTokens<'_>,
    or_replace: bool,
    temporary: bool,
) -> Result<Statement> {
    let name = cursor.object_name()?;
    let columns = if cursor.token(&Token::LParen) { names(cursor)? } else { Vec::new() };
    let position = cursor.position();
    if cursor.keywords("WITH") {
        return Err(unsupported("an option of CREATE VIEW", position));
    }
    cursor.expect_keywords("AS")?;
    let begin = cursor.index();
    let query = select(cursor, tokens)?;
    let written = cursor.text_between(begin, cursor.index()).to_owned();
    let position = cursor.position();
    if cursor.keywords("WITH") {
        return Err(unsupported("WITH CHECK OPTION", position).with_hint("Views are for reading."));
    }
    Ok(Statement::CreateView(Box::new(CreateView { name, temporary, or_replace, columns, query, written })))
}
