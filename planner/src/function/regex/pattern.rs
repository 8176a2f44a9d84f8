//! A compiled expression and its matches in a text, as PostgreSQL finds them.

use std::ops::Range;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::util::{captures::Captures, syntax};
use regex_automata::{Anchored, Input, MatchKind};

use super::syntax::{Options, Preference, invalid, translate};
use crate::error::SqlError;

/// What a compiled expression may take.
const BYTES_MAX: usize = 8 << 20;

/// An expression.
#[derive(Debug)]
pub(in crate::function) struct Pattern {
    regex: Regex,
    /// Decides where a match ends, where the automata's own choice may be another.
    ends: Option<(PikeVM, bool)>,
}

impl Pattern {
    pub(in crate::function) fn new(written: &str, options: Options) -> Result<Self, SqlError> {
        let translated = translate(written, options)?;
        let Options { ignore_case, stops_at_lines, .. } = translated.options;
        let regex = RegexBuilder::new(&translated.pattern)
            .case_insensitive(ignore_case)
            .dot_matches_new_line(!stops_at_lines)
            .size_limit(BYTES_MAX)
            .build()
            .map_err(|_| invalid("regular expression is too complex"))?;
        let ends = match translated.preference {
            Preference::First => None,
            preference => {
                let syntax =
                    syntax::Config::new().case_insensitive(ignore_case).dot_matches_new_line(!stops_at_lines);
                let machine = PikeVM::builder()
                    .configure(PikeVM::config().match_kind(MatchKind::All))
                    .syntax(syntax)
                    .build(&translated.pattern)
                    .map_err(|_| invalid("regular expression is too complex"))?;
                Some((machine, preference == Preference::Shortest))
            }
        };
        Ok(Self { regex, ends })
    }

    /// Whether there is a match at all.
    pub(in crate::function) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// How many groups in parentheses there are.
    pub(super) fn groups(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// A matcher for one text after the other.
    pub(super) fn matcher(self: &Arc<Self>) -> Matcher {
        let machine =
            self.ends.as_ref().map(|(machine, _)| (machine.create_cache(), machine.create_captures()));
        Matcher { pattern: Arc::clone(self), machine, locations: self.regex.capture_locations() }
    }
}

/// Finds matches one by one.
pub(super) struct Matcher {
    pattern: Arc<Pattern>,
    machine: Option<(Cache, Captures)>,
    locations: regex::CaptureLocations,
}

impl Matcher {
    /// The first match that begins at this byte or behind it: the place of the whole. Those of its groups
    /// are [`Self::group`]'s until the next search.
    pub(super) fn find(&mut self, text: &str, from: usize) -> Option<Range<usize>> {
        match (&self.pattern.ends, &mut self.machine) {
            (Some((machine, is_shortest)), Some((cache, captures))) => {
                let start = self.pattern.regex.find_at(text, from)?.start();
                let input =
                    Input::new(text).span(start..text.len()).anchored(Anchored::Yes).earliest(*is_shortest);
                machine.search(cache, &input, captures);
                captures.get_match().map(|found| found.range())
            }
            _ => self
                .pattern
                .regex
                .captures_read_at(&mut self.locations, text, from)
                .map(|found| found.range()),
        }
    }

    /// Where a group of the last match found is; None where it took no part.
    pub(super) fn group(&self, index: usize) -> Option<Range<usize>> {
        match &self.machine {
            Some((_, captures)) => captures.get_group(index).map(|span| span.start..span.end),
            None => self.locations.get(index).map(|(start, end)| start..end),
        }
    }

    /// Calls back with each match from a byte on until told to stop. Behind an empty match the search
    /// goes on with the next character.
    pub(super) fn each(
        &mut self,
        text: &str,
        mut from: usize,
        mut found: impl FnMut(&Self, Range<usize>) -> bool,
    ) {
        while from <= text.len() {
            let Some(range) = self.find(text, from) else { return };
            from = range.end;
            if range.is_empty() {
                from += text[range.end..].chars().next().map_or(1, char::len_utf8);
            }
            if !found(self, range) {
                return;
            }
        }
    }
}

/// Compiles the expressions of a column, of which there is as a rule one.
#[derive(Default)]
pub(super) struct Compiler {
    last: Option<(String, Options, Matcher)>,
}

impl Compiler {
    pub(super) fn matcher(&mut self, written: &str, options: Options) -> Result<&mut Matcher, SqlError> {
        let is_last = self.last.as_ref().is_some_and(|(last, with, _)| last == written && *with == options);
        if !is_last {
            let matcher = Arc::new(Pattern::new(written, options)?).matcher();
            self.last = Some((written.to_owned(), options, matcher));
        }
        match &mut self.last {
            Some((_, _, matcher)) => Ok(matcher),
            None => Err(SqlError::new("XX000", "a compiled expression is gone")),
        }
    }
}

impl Matcher {
    pub(super) fn pattern(&self) -> &Pattern {
        &self.pattern
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_or_the_shortest_match() {
        let check = |pattern: &str, text: &str, expected: &[&str]| {
            let pattern = Arc::new(Pattern::new(pattern, Options::default()).unwrap());
            let mut matcher = pattern.matcher();
            let mut found = vec![&text[matcher.find(text, 0).unwrap()]];
            found.extend(
                (1..=pattern.groups()).map(|group| matcher.group(group).map_or("", |range| &text[range])),
            );
            assert_eq!(found, expected);
        };
        check("foo|foobar", "foobar", &["foobar"]);
        check(r"(.*)(\d+)(.*)", "abc01234xyz", &["abc01234xyz", "abc0123", "4", "xyz"]);
        check(r"(.*?)(\d+)(.*)", "abc01234xyz", &["abc0", "abc", "0", ""]);
        check("X(Y*?)([0-9]{1,3})", "aXY1234", &["XY1", "Y", "1"]);
    }
}
