//! The text of a statement as tokens, each with its place.
//!
//! sqlparser counts lines and columns; PostgreSQL's clients want characters of the statement.

use std::ops::Range;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use super::exclude;
use crate::error::{Result, SqlError};

/// Bytes of what a client may send in one message: a bound on the memory that tokens take.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// One statement's text and tokens, without the semicolon.
#[derive(Debug)]
pub(super) struct StatementTokens<'a> {
    /// From the first token to the last.
    pub(super) text: &'a str,
    /// Where `text` begins in what the client sent, in characters from 0.
    pub(super) start: usize,
    /// The tokens that are not white space, with lines and columns counted from `text`'s start.
    pub(super) tokens: Vec<TokenWithSpan>,
    /// The place of each token in `text`.
    pub(super) places: Vec<Place>,
}

/// Where a token stands in the text.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// In bytes from 0.
    pub(super) bytes: Range<usize>,
    /// In characters from 0.
    pub(super) character: usize,
}

/// Splits a text into statements at its semicolons.
pub(super) fn tokenize(sql: &str) -> Result<Vec<StatementTokens<'_>>> {
    if sql.len() > TEXT_BYTES_MAX {
        return Err(SqlError::new("54000", "statement is too long")
            .with_detail(format!("It has {} bytes; at most {TEXT_BYTES_MAX} are read.", sql.len())));
    }
    let mut tokens = Vec::new();
    let tokenized = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location_into_buf(&mut tokens);
    if let Err(error) = tokenized {
        return Err(lexical_error(sql, &error.message, error.location));
    }
    let mut places = places(sql, &tokens);
    join_literals(sql, &mut tokens, &mut places)?;

    let mut statements = Vec::new();
    let mut begin = 0;
    for end in 0..=tokens.len() {
        if end == tokens.len() || tokens[end].token == Token::SemiColon {
            statements.push(statement(sql, &tokens[begin..end], &places[begin..end]));
            begin = end + 1;
        }
    }
    // What follows the last semicolon is a statement only if there is something in it.
    if statements.len() > 1 && statements.last().is_some_and(|last| last.tokens.is_empty()) {
        statements.pop();
    }
    Ok(statements)
}

fn statement<'a>(sql: &'a str, tokens: &[TokenWithSpan], places: &[Place]) -> StatementTokens<'a> {
    let significant = || {
        let all = tokens.iter().zip(places);
        all.filter(|(token, _)| !matches!(token.token, Token::Whitespace(_)))
    };
    let (Some((first, first_place)), Some((_, last_place))) =
        (significant().next(), significant().next_back())
    else {
        return StatementTokens { text: "", start: 0, tokens: Vec::new(), places: Vec::new() };
    };
    let (origin, from) = (first.span.start, first_place.clone());
    let shift = |location: Location| {
        let column =
            if location.line == origin.line { location.column - origin.column + 1 } else { location.column };
        Location::new(location.line - origin.line + 1, column)
    };
    let (mut tokens, mut places) = significant()
        .map(|(token, place)| {
            let span = Span::new(shift(token.span.start), shift(token.span.end));
            let bytes = place.bytes.start - from.bytes.start..place.bytes.end - from.bytes.start;
            let place = Place { bytes, character: place.character - from.character };
            (TokenWithSpan::new(token.token.clone(), span), place)
        })
        .unzip();
    exclude::rewrite(&mut tokens, &mut places);
    let text = &sql[from.bytes.start..last_place.bytes.end];
    StatementTokens { text, start: from.character, tokens, places }
}

/// The places of tokens that follow each other without gap.
fn places(sql: &str, tokens: &[TokenWithSpan]) -> Vec<Place> {
    let mut characters = Walk::new(sql);
    tokens
        .iter()
        .map(|token| {
            characters.go_to(token.span.start);
            let (start, character) = (characters.byte, characters.character);
            characters.go_to(token.span.end);
            Place { bytes: start..characters.byte, character }
        })
        .collect()
}

/// Walks over a text as the tokenizer does.
struct Walk<'a> {
    rest: std::str::Chars<'a>,
    byte: usize,
    character: usize,
    location: Location,
}

impl<'a> Walk<'a> {
    fn new(sql: &'a str) -> Self {
        Self { rest: sql.chars(), byte: 0, character: 0, location: Location::new(1, 1) }
    }

    fn go_to(&mut self, location: Location) {
        while self.location < location
            && let Some(c) = self.rest.next()
        {
            self.byte += c.len_utf8();
            self.character += 1;
            self.location = match c {
                '\n' => Location::new(self.location.line + 1, 1),
                _ => Location::new(self.location.line, self.location.column + 1),
            };
        }
    }
}

/// SQL joins two literals with a line break between them; sqlparser would read the second one as
/// an alias.
fn join_literals(sql: &str, tokens: &mut Vec<TokenWithSpan>, places: &mut Vec<Place>) -> Result<()> {
    let mut kept: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut kept_places: Vec<Place> = Vec::with_capacity(tokens.len());
    // The index of the last token that is not white space.
    let mut last: Option<usize> = None;
    for (token, place) in tokens.drain(..).zip(places.drain(..)) {
        if let Token::SingleQuotedString(next) = &token.token
            && let Some(last) = last
            && let Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) = &mut kept[last].token
        {
            let between = kept_places[last].bytes.end..place.bytes.start;
            if !sql[between].contains('\n') {
                let near = &sql[place.bytes];
                return Err(SqlError::new("42601", format!("syntax error at or near \"{near}\""))
                    .at(place.character + 1));
            }
            text.push_str(next);
            kept[last].span.end = token.span.end;
            kept_places[last].bytes.end = place.bytes.end;
            kept.truncate(last + 1);
            kept_places.truncate(last + 1);
            continue;
        }
        if !matches!(token.token, Token::Whitespace(_)) {
            last = Some(kept.len());
        }
        kept.push(token);
        kept_places.push(place);
    }
    (*tokens, *places) = (kept, kept_places);
    Ok(())
}

/// The character, from 1, that a line and column of the text mean.
pub(crate) fn character_at(text: &str, location: Location) -> usize {
    let mut walk = Walk::new(text);
    walk.go_to(location);
    walk.character + 1
}

/// The tokenizer's complaint in PostgreSQL's words.
fn lexical_error(sql: &str, message: &str, location: Location) -> SqlError {
    let mut walk = Walk::new(sql);
    walk.go_to(location);
    let rest = &sql[walk.byte..];
    let what = match message {
        _ if message.starts_with("Unterminated dollar-quoted") => "unterminated dollar-quoted string",
        _ if message.starts_with("Unterminated") => "unterminated quoted string",
        _ if message.starts_with("Expected close delimiter") => "unterminated quoted identifier",
        _ if message.contains("multi-line comment") => "unterminated /* comment",
        _ => "syntax error",
    };
    let error = if rest.is_empty() {
        SqlError::new("42601", format!("{what} at end of input"))
    } else {
        // A literal without end would repeat the rest of the text.
        let near: String = rest.chars().take(64).collect();
        SqlError::new("42601", format!("{what} at or near \"{near}\""))
    };
    error.at(walk.character + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_know_their_place() {
        let sql = " -- first\n SELECT 'ä;' ;;\nSELECT\n  1 ; -- end";
        let statements = tokenize(sql).unwrap();
        let texts: Vec<_> = statements.iter().map(|s| (s.text, s.start)).collect();
        assert_eq!(texts, [("SELECT 'ä;'", 11), ("", 0), ("SELECT\n  1", 26)]);
        let last = &statements[2];
        assert_eq!(last.tokens[1].span.start, Location::new(2, 3));
        assert_eq!(last.places[1].character, 9);
        assert_eq!(&last.text[last.places[1].bytes.clone()], "1");
    }

    #[test]
    fn nothing_is_one_empty_statement() {
        for sql in ["", "  ", "-- nothing", ";"] {
            assert_eq!(tokenize(sql).unwrap().len(), 1, "{sql:?}");
        }
    }

    #[test]
    fn literals_are_joined_over_lines_only() {
        let statements = tokenize("SELECT 'a'\n  'b'").unwrap();
        assert_eq!(statements[0].tokens[1].token, Token::SingleQuotedString("ab".to_owned()));
        let error = tokenize("SELECT 'a' 'b'").unwrap_err();
        assert_eq!((error.message.as_str(), error.position), ("syntax error at or near \"'b'\"", Some(12)));
    }

    #[test]
    fn lexical_errors() {
        for (sql, message, position) in [
            ("SELECT 'abc", "unterminated quoted string at or near \"'abc\"", 8),
            ("SELECT \"abc", "unterminated quoted identifier at or near \"\"abc\"", 8),
            ("SELECT /* x", "unterminated /* comment at end of input", 12),
        ] {
            let error = tokenize(sql).unwrap_err();
            assert_eq!((error.message.as_str(), error.position), (message, Some(position)), "{sql}");
        }
    }
}
