//! A bound on how deep a statement nests, found before anything recurses over it.
//!
//! Parsing, planning and even dropping a syntax tree recurse. A message of a megabyte can hold a
//! hundred thousand parentheses, and a stack overflow ends the process, not the statement. So the
//! tokens are counted first: brackets that enclose, prefixes that pile up, and operators that
//! chain (a chain of `+` leans to the left: one level each).

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::error::{Result, SqlError};

/// Levels of brackets, `CASE` and prefix operators.
pub(super) const NESTING_MAX: usize = 200;
/// Operators in a row on one level.
const CHAIN_MAX: usize = 1_000;

/// Subqueries in a `FROM` list behind two brackets: sqlparser reads such a one as a subquery and,
/// where that fails, as a join, each level twice. (Other attempts are bounded by the dialect.)
const RETRIED_MAX: usize = 12;

/// The error of a statement that nests too deep.
pub(super) fn too_deep() -> SqlError {
    SqlError::new("54001", "statement is nested too deeply")
        .with_detail(format!("At most {NESTING_MAX} levels and {CHAIN_MAX} operators in a row are planned."))
}

/// What is open at one level of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    /// `CASE` without its `END`.
    cases: usize,
    /// Prefix operators since the last operand.
    prefixes: usize,
    /// Operators since the last comma or clause.
    operators: usize,
    /// `AND`, `OR`, `UNION` and joins: these chain over whole clauses.
    connectives: usize,
    /// In a `FROM` list, where a comma is a join.
    from: bool,
    /// Whether a subquery of a `FROM` list begins here behind two brackets.
    retried: bool,
}

/// Refuses a statement that nests too deep.
pub(super) fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let mut levels = vec![Level::default()];
    // Of CASE and prefixes over all levels: each open bracket stands inside of them.
    let mut enclosing = 0;
    let mut retried = 0;
    for (index, token) in tokens.iter().enumerate() {
        let depth = levels.len();
        let level = levels.last_mut().expect("one level is always open");
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                enclosing += level.cases + level.prefixes;
                if token.token == Token::LBracket {
                    level.operators += 1;
                }
                let is_retried = level.from && begins_with_two_brackets(&tokens[index..]);
                retried += usize::from(is_retried);
                levels.push(Level { retried: is_retried, ..Level::default() });
            }
            Token::RParen | Token::RBracket | Token::RBrace if depth > 1 => {
                retried -= usize::from(level.retried);
                levels.pop();
                let level = levels.last_mut().expect("one was left");
                enclosing -= level.cases + level.prefixes;
                level.prefixes = 0;
            }
            Token::Comma => {
                level.operators = 0;
                level.prefixes = 0;
                if level.from {
                    level.connectives += 1;
                }
            }
            Token::Word(word) if word.quote_style.is_none() => {
                level.word(&word.value);
            }
            Token::Word(_) | Token::Period => {}
            other if is_operand(other) => level.prefixes = 0,
            // A sign counts as an operator and as a prefix: which one it is takes a parser.
            _ => level.operator(),
        }
        let level = levels.last().expect("one level is always open");
        if levels.len() + enclosing + level.cases + level.prefixes > NESTING_MAX
            || level.operators > CHAIN_MAX
            || level.connectives > CHAIN_MAX
            || retried > RETRIED_MAX
        {
            return Err(too_deep());
        }
    }
    Ok(())
}

impl Level {
    fn operator(&mut self) {
        self.operators += 1;
        self.prefixes += 1;
    }

    fn word(&mut self, word: &str) {
        match word.to_ascii_uppercase().as_str() {
            "CASE" => self.cases += 1,
            "END" => self.cases = self.cases.saturating_sub(1),
            "NOT" | "EXPLAIN" => self.operator(),
            "IS" | "IN" | "LIKE" | "ILIKE" | "SIMILAR" | "BETWEEN" | "COLLATE" | "AT" | "ISNULL"
            | "NOTNULL" | "INTERVAL" => {
                self.operators += 1;
                self.prefixes = 0;
            }
            "AND" | "OR" | "XOR" => {
                self.connectives += 1;
                self.operators = 0;
                self.prefixes = 0;
            }
            "UNION" | "INTERSECT" | "EXCEPT" | "JOIN" => {
                self.connectives += 1;
                self.operators = 0;
                self.prefixes = 0;
                self.from = word.eq_ignore_ascii_case("JOIN");
            }
            "SELECT" | "FROM" | "WHERE" | "GROUP" | "HAVING" | "ORDER" | "WINDOW" | "LIMIT" => {
                self.operators = 0;
                self.prefixes = 0;
                self.from = word.eq_ignore_ascii_case("FROM");
            }
            _ => self.prefixes = 0,
        }
    }
}

fn begins_with_two_brackets(tokens: &[TokenWithSpan]) -> bool {
    let [first, second, third, ..] = tokens else { return false };
    (&first.token, &second.token) == (&Token::LParen, &Token::LParen)
        && matches!(&third.token, Token::Word(word) if ["SELECT", "WITH", "VALUES", "TABLE"]
            .iter()
            .any(|first| word.value.eq_ignore_ascii_case(first)))
}

fn is_operand(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::DollarQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::Placeholder(_)
    )
}
