//! `EXCLUDE` in window frames, which the parser does not know.
//!
//! What a window is partitioned by may be a constant, which changes nothing: `(ORDER BY x ROWS … EXCLUDE TIES)`
//! is read as `(PARTITION BY '…ties' IS NULL ORDER BY x ROWS …)`, and the mark is taken out again by
//! [`crate::query`].

use std::ops::Range;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::token::Place;

/// Begins the mark in what a window is partitioned by: no text of PostgreSQL's holds it.
pub(crate) const MARK: &str = "\0exclude ";

/// Moves each `EXCLUDE` of a window to its begin, as a mark.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>, places: &mut Vec<Place>) {
    let is_word =
        |token: &TokenWithSpan, keyword| matches!(&token.token, Token::Word(word) if word.keyword == keyword);
    let mut index = 0;
    while index < tokens.len() {
        if is_word(&tokens[index], Keyword::EXCLUDE)
            && let Some((words, name)) = exclusion(&tokens[index + 1..])
            && let Some((begin, is_partitioned)) = window(&tokens[..index])
        {
            let removed: Range<usize> = index..index + 1 + words;
            tokens.drain(removed.clone());
            places.drain(removed);
            let mark = [
                Token::SingleQuotedString(format!("{MARK}{name}")),
                Token::make_keyword("IS"),
                Token::make_keyword("NULL"),
            ];
            let before = match is_partitioned {
                true => vec![Token::Comma],
                false => vec![Token::make_keyword("PARTITION"), Token::make_keyword("BY")],
            };
            let (span, place) = (tokens[begin].span, places[begin].clone());
            for token in before.into_iter().chain(mark).rev() {
                tokens.insert(begin, TokenWithSpan::new(token, span));
                places.insert(begin, place.clone());
            }
        }
        index += 1;
    }
}

/// What is excluded, in so many words, where the frame ends behind them.
fn exclusion(rest: &[TokenWithSpan]) -> Option<(usize, &'static str)> {
    let keyword = |index: usize| match rest.get(index).map(|token| &token.token) {
        Some(Token::Word(word)) => word.value.to_ascii_uppercase(),
        _ => String::new(),
    };
    let (words, name) = match (keyword(0).as_str(), keyword(1).as_str()) {
        ("CURRENT", "ROW") => (2, "current row"),
        ("NO", "OTHERS") => (2, "no others"),
        ("GROUP", _) => (1, "group"),
        ("TIES", _) => (1, "ties"),
        _ => return None,
    };
    (rest.get(words)?.token == Token::RParen).then_some((words, name))
}

/// Where the order or the frame begins in the window that is open at the end, and whether it is partitioned.
fn window(before: &[TokenWithSpan]) -> Option<(usize, bool)> {
    let (mut depth, mut begin, mut is_partitioned, mut has_frame) = (0_usize, None, false, false);
    for (index, token) in before.iter().enumerate().rev() {
        match &token.token {
            Token::RParen => depth += 1,
            Token::LParen if depth == 0 => break,
            Token::LParen => depth -= 1,
            Token::Word(word) if depth == 0 => match word.keyword {
                Keyword::ROWS | Keyword::RANGE | Keyword::GROUPS => (begin, has_frame) = (Some(index), true),
                Keyword::ORDER => begin = Some(index),
                Keyword::PARTITION => is_partitioned = true,
                _ => {}
            },
            _ => {}
        }
    }
    begin.filter(|_| has_frame).map(|begin| (begin, is_partitioned))
}
