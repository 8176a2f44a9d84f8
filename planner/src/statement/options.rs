//! Options in brackets: `(NAME value, NAME = value, …)`.

use std::num::NonZeroU64;
use std::time::Duration;

use sqlparser::tokenizer::Token;
use storage::catalog::SourceOptions;

use super::SourceOption;
use super::amount::{parse_bytes, parse_interval_micros};
use super::cursor::{Cursor, did_you_mean, unsupported};
use crate::error::{Result, SqlError};

/// The options that one place takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// What each is for, as the manual names it.
    pub(super) options: &'static [&'static str],
    /// Those that later work gives a meaning.
    pub(super) later: &'static [&'static str],
}

/// Reads options in brackets; `read` takes the value of the option with this name.
pub(super) fn read_options(
    cursor: &mut Cursor<'_>,
    known: Known,
    mut read: impl FnMut(&mut Cursor<'_>, &'static str, usize) -> Result<()>,
) -> Result<()> {
    let mut seen = Vec::new();
    cursor.expect(&Token::LParen)?;
    if cursor.token(&Token::RParen) {
        return Ok(());
    }
    loop {
        let position = cursor.position();
        let option = option_name(cursor, known)?;
        if seen.contains(&option) {
            return Err(SqlError::new("42601", format!("option \"{option}\" is given twice")).at(position));
        }
        seen.push(option);
        cursor.token(&Token::Eq);
        read(cursor, option, position)?;
        if !cursor.token(&Token::Comma) {
            return cursor.expect(&Token::RParen);
        }
    }
}

fn option_name(cursor: &mut Cursor<'_>, known: Known) -> Result<&'static str> {
    let position = cursor.position();
    // The longest first: one name may begin another.
    let mut all: Vec<_> = known.options.iter().chain(known.later).copied().collect();
    all.sort_by_key(|name| std::cmp::Reverse(name.len()));
    if let Some(found) = all.into_iter().find(|name| cursor.keywords(name)) {
        return match known.later.contains(&found) {
            true => Err(unsupported(format!("option \"{found}\""), position)),
            false => Ok(found),
        };
    }
    let mut words = Vec::new();
    while let Some(word) = cursor.peek_nth_word(words.len()) {
        words.push(word);
    }
    if words.is_empty() {
        return Err(cursor.syntax_error());
    }
    let written = words.join(" ");
    let hint = did_you_mean(&written, known.options)
        .unwrap_or_else(|| format!("The options here are: {}.", known.options.join(", ")));
    Err(SqlError::new("42601", format!("unrecognized option \"{written}\"")).with_hint(hint).at(position))
}

const WITH: Known = Known {
    options: &["flush_rows", "flush_bytes", "flush_interval"],
    later: &["retention", "hot", "late", "on_error", "format"],
};

/// `(flush_rows = …, …)` of `WITH` and `ALTER SOURCE … SET`.
pub(super) fn source_options(cursor: &mut Cursor<'_>) -> Result<Vec<SourceOption>> {
    let mut options = Vec::new();
    read_options(cursor, WITH, |cursor, option, _| {
        let position = cursor.position();
        let text = match cursor.peek() {
            Token::Number(number, _) => {
                cursor.advance();
                number.clone()
            }
            _ => cursor.string()?,
        };
        let invalid = |what: &str, hint: &str| {
            SqlError::new("22023", format!("invalid value for option \"{option}\": {what}"))
                .with_hint(hint.to_owned())
                .at(position)
        };
        options.push(match option {
            "flush_rows" => text
                .parse::<NonZeroU64>()
                .map(SourceOption::FlushRows)
                .map_err(|_| invalid(&format!("\"{text}\""), "Write a number of rows, at least 1."))?,
            "flush_bytes" => {
                parse_bytes(&text).and_then(NonZeroU64::new).map(SourceOption::FlushBytes).ok_or_else(
                    || invalid(&format!("\"{text}\""), "Write a size such as '512MB' (B, kB, MB, GB, TB)."),
                )?
            }
            _ => {
                let hint = "Write a length of time such as '60 s' or '5 minutes'.";
                let micros = parse_interval_micros(&text).map_err(|reason| invalid(&reason, hint))?;
                let interval = Duration::from_micros(micros.get());
                if interval < FLUSH_INTERVAL_MIN {
                    return Err(invalid(
                        "less than 100 ms",
                        "Fresh data does not need a flush: rows are visible before.",
                    ));
                }
                SourceOption::FlushInterval(interval)
            }
        });
        Ok(())
    })?;
    Ok(options)
}

/// A commit and a file each flush: below this the log would grow faster than anything reads it.
const FLUSH_INTERVAL_MIN: Duration = Duration::from_millis(100);

impl SourceOption {
    /// Puts the option's value into its place.
    pub fn apply(&self, options: &mut SourceOptions) {
        match *self {
            Self::FlushRows(rows) => options.flush_rows = rows,
            Self::FlushBytes(bytes) => options.flush_bytes = bytes,
            Self::FlushInterval(interval) => options.flush_interval = interval,
        }
    }
}
