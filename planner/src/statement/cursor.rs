//! Reading a statement's tokens one by one.

use std::fmt::Display;

use sqlparser::ast::Expr;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::depth::NESTING_MAX;
use super::dialect::BoundedPostgres;
use super::keywords::is_reserved;
use super::token::StatementTokens;
use super::{Expression, Name, QualifiedName};
use crate::error::{Result, SqlError};

/// PostgreSQL's bound on the length of a name, in bytes. It cuts longer ones; we refuse them,
/// since two names that differ late would become one.
const NAME_BYTES_MAX: usize = 63;

/// The names of the one database.
const DATABASES: [&str; 2] = ["tidegate", "postgres"];

/// A place in a statement.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    statement: &'a StatementTokens<'a>,
    index: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(statement: &'a StatementTokens<'a>) -> Self {
        Self { statement, index: 0 }
    }

    pub(super) fn peek(&self) -> &'a Token {
        self.peek_nth(0)
    }

    pub(super) fn peek_nth(&self, nth: usize) -> &'a Token {
        self.statement.tokens.get(self.index + nth).map_or(&Token::EOF, |token| &token.token)
    }

    pub(super) fn is_end(&self) -> bool {
        self.index >= self.statement.tokens.len()
    }

    /// The place of the next token, in characters from 1.
    pub(super) fn position(&self) -> usize {
        match self.statement.places.get(self.index) {
            Some(place) => place.character + 1,
            None => self.statement.text.chars().count() + 1,
        }
    }

    /// The next word, as written, if there is one that is not quoted.
    pub(super) fn peek_word(&self) -> Option<&'a str> {
        self.peek_nth_word(0)
    }

    pub(super) fn peek_nth_word(&self, nth: usize) -> Option<&'a str> {
        match self.peek_nth(nth) {
            Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
            _ => None,
        }
    }

    pub(super) fn advance(&mut self) {
        self.index += 1;
    }

    /// Takes these words if all of them come next: `keywords("IF NOT EXISTS")`.
    pub(super) fn keywords(&mut self, words: &str) -> bool {
        let mut count = 0;
        for (nth, word) in words.split(' ').enumerate() {
            if !self.peek_nth_word(nth).is_some_and(|next| next.eq_ignore_ascii_case(word)) {
                return false;
            }
            count += 1;
        }
        self.index += count;
        true
    }

    /// Takes these words or fails at the first that differs.
    pub(super) fn expect_keywords(&mut self, words: &str) -> Result<()> {
        for word in words.split(' ') {
            if !self.keywords(word) {
                return Err(self.syntax_error_among(&[word]));
            }
        }
        Ok(())
    }

    pub(super) fn token(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        self.index += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, token: &Token) -> Result<()> {
        if self.token(token) { Ok(()) } else { Err(self.syntax_error()) }
    }

    pub(super) fn expect_end(&self) -> Result<()> {
        if self.is_end() { Ok(()) } else { Err(self.syntax_error()) }
    }

    /// A name: unquoted folds to lower case.
    pub(super) fn name(&mut self) -> Result<Name> {
        let position = self.position();
        let Token::Word(word) = self.peek() else { return Err(self.syntax_error()) };
        let value = match word.quote_style {
            Some(_) => word.value.clone(),
            None => word.value.to_ascii_lowercase(),
        };
        if word.quote_style.is_none() && is_reserved(&value) {
            return Err(self.syntax_error().with_hint(format!(
                "\"{value}\" is a reserved word. Write it in double quotes to use it as a name."
            )));
        }
        if value.is_empty() {
            return Err(
                SqlError::new("42601", "zero-length delimited identifier at or near \"\"\"\"").at(position)
            );
        }
        if value.len() > NAME_BYTES_MAX {
            return Err(SqlError::new("42622", format!("name \"{value}\" is too long"))
                .with_detail(format!("It has {} bytes; names have {NAME_BYTES_MAX} at most.", value.len()))
                .at(position));
        }
        self.advance();
        Ok(Name { value, position })
    }

    /// The name of a relation, which may have its schema before it, and the database before that.
    pub(super) fn object_name(&mut self) -> Result<QualifiedName> {
        let mut parts = vec![self.name()?];
        while parts.len() < 3 && self.token(&Token::Period) {
            parts.push(self.name()?);
        }
        qualified(parts)
    }

    /// A text literal of any spelling.
    pub(super) fn string(&mut self) -> Result<String> {
        let text = match self.peek() {
            Token::SingleQuotedString(text)
            | Token::EscapedStringLiteral(text)
            | Token::UnicodeStringLiteral(text) => text.clone(),
            Token::DollarQuotedString(text) => text.value.clone(),
            _ => return Err(self.syntax_error()),
        };
        self.advance();
        Ok(text)
    }

    /// The number of the next token, for [`text_between`](Self::text_between).
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Takes everything that is left, as written.
    pub(super) fn rest(&mut self) -> &'a str {
        let end = self.statement.tokens.len();
        let rest = self.text_between(self.index, end);
        self.index = end;
        rest
    }

    /// The text between two tokens, as written.
    pub(super) fn text_between(&self, from: usize, to: usize) -> &'a str {
        match (
            self.statement.places.get(from),
            to.checked_sub(1).and_then(|last| self.statement.places.get(last)),
        ) {
            (Some(first), Some(last)) if from < to => &self.statement.text[first.bytes.start..last.bytes.end],
            _ => "",
        }
    }

    /// An expression as sqlparser reads it.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        let (from, position) = (self.index, self.position());
        let ast: Expr = self.parse_with(|parser| parser.parse_expr())?;
        Ok(Expression { text: self.text_between(from, self.index).to_owned(), ast, position })
    }

    /// Lets sqlparser read from here on.
    pub(super) fn parse_with<T>(
        &mut self,
        parse: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T> {
        self.parse_instead(0, &[], parse)
    }

    /// Lets sqlparser read from here on, with other tokens in the place of the next `replaced` ones.
    pub(super) fn parse_instead<T>(
        &mut self,
        replaced: usize,
        written: &[Token],
        parse: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T> {
        let place = self.statement.tokens.get(self.index).map_or(Span::empty(), |token| token.span);
        let mut rest: Vec<_> = written.iter().map(|token| TokenWithSpan::new(token.clone(), place)).collect();
        rest.extend_from_slice(self.statement.tokens.get(self.index + replaced..).unwrap_or_default());
        let read = |parser: &Parser<'_>| (parser.index() + replaced).saturating_sub(written.len());
        let dialect = BoundedPostgres::new(rest.len());
        let mut parser = Parser::new(&dialect)
            // The scan for depth bounds what users write; sqlparser takes a few levels for each.
            .with_recursion_limit(NESTING_MAX * 8)
            .with_tokens_with_locations(rest);
        match parse(&mut parser) {
            Ok(parsed) => {
                self.index = (self.index + read(&parser)).min(self.statement.tokens.len());
                Ok(parsed)
            }
            Err(_) if dialect.is_exhausted() => Err(super::depth::too_deep()),
            Err(ParserError::RecursionLimitExceeded) => Err(super::depth::too_deep()),
            Err(ParserError::TokenizerError(message) | ParserError::ParserError(message)) => {
                self.index = match location(&message) {
                    Some(location) => {
                        let tokens = &self.statement.tokens;
                        tokens.partition_point(|token| {
                            (token.span.start.line, token.span.start.column) < location
                        })
                    }
                    None if message.ends_with("found: EOF") => self.statement.tokens.len(),
                    None => (self.index + read(&parser)).min(self.statement.tokens.len()),
                };
                Err(self.syntax_error())
            }
        }
    }

    /// `syntax error at or near "…"`, at the next token.
    pub(super) fn syntax_error(&self) -> SqlError {
        let message = match self.statement.places.get(self.index) {
            Some(place) => {
                format!("syntax error at or near \"{}\"", &self.statement.text[place.bytes.clone()])
            }
            None => "syntax error at end of input".to_owned(),
        };
        SqlError::new("42601", message).at(self.position())
    }

    /// A syntax error that says what would have fitted.
    pub(super) fn syntax_error_among(&self, expected: &[&str]) -> SqlError {
        let error = self.syntax_error();
        let near = self.peek_word().and_then(|word| did_you_mean(word, expected.iter().copied()));
        match (near, expected) {
            (Some(hint), _) => error.with_hint(hint),
            (None, [one]) => error.with_hint(format!("Write {one} here.")),
            (None, many) => error.with_hint(format!("Write one of {} here.", many.join(", "))),
        }
    }
}

/// The name that these parts are, one to three.
pub(super) fn qualified(mut parts: Vec<Name>) -> Result<QualifiedName> {
    let position = parts.first().map_or(1, |first| first.position);
    if parts.len() > 2 && !DATABASES.contains(&parts[0].value.as_str()) {
        let written: Vec<_> = parts.iter().map(|part| part.value.as_str()).collect();
        let message = format!("cross-database references are not implemented: \"{}\"", written.join("."));
        return Err(SqlError::new("0A000", message).at(position));
    }
    let value = parts.pop().map(|name| name.value).unwrap_or_default();
    Ok(QualifiedName { schema: parts.pop().map(|schema| schema.value), value, position })
}

/// `… at Line: 1, Column: 8`, with which sqlparser ends most of its messages.
fn location(message: &str) -> Option<(u64, u64)> {
    let (rest, column) = message.rsplit_once(", Column: ")?;
    let (_, line) = rest.rsplit_once(" at Line: ")?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// A hint where one of the candidates is close to what was written.
pub(crate) fn did_you_mean<T: AsRef<str> + Display>(
    written: &str,
    candidates: impl IntoIterator<Item = T>,
) -> Option<String> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&written, &candidate.as_ref().to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.as_ref().chars().count().div_ceil(3).min(4))
        // Every name of one letter is one step from every other.
        .filter(|(distance, candidate)| *distance < candidate.as_ref().chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("Did you mean {candidate}?"))
}

/// `CREATE TABLE is not supported yet`: known words that later work will give a meaning.
pub(super) fn unsupported(what: impl Display, position: usize) -> SqlError {
    SqlError::new("0A000", format!("{what} is not supported yet")).at(position)
}
