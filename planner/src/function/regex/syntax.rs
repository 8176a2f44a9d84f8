//! PostgreSQL's advanced regular expressions in the syntax of the regex crate.
//!
//! What that crate's automata can't do, back-references and lookaround, is refused with 0A000. Both
//! agree on where a match begins. Where it ends, PostgreSQL takes the longest or, where the expression
//! as a whole prefers so, the shortest: [`Preference`] says which, and whether the automata's own choice
//! may be another.
//!
//! <https://www.postgresql.org/docs/15/functions-matching.html#POSIX-SYNTAX-DETAILS>

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use crate::error::SqlError;

/// The largest count of a bound, as there.
const COUNT_MAX: u32 = 255;
/// How deep parentheses may nest.
const DEPTH_MAX: usize = 200;

/// What flags ask for, and options within the expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::function) struct Options {
    pub(super) ignore_case: bool,
    /// All matches rather than the first.
    pub(super) global: bool,
    /// `^` and `$` match at lines.
    pub(super) anchors_at_lines: bool,
    /// `.` and `[^…]` match no line feed.
    pub(super) stops_at_lines: bool,
    expanded: bool,
    literal: bool,
}

impl Options {
    /// Those of `~*`, or of `~`.
    pub(super) fn of_case(ignore_case: bool) -> Self {
        Self { ignore_case, ..Self::default() }
    }

    /// Those of `like_regex`, whose `.` matches no line feed but where it is told to.
    pub(in crate::function) fn of_xquery(
        ignore_case: bool,
        stops_at_lines: bool,
        anchors_at_lines: bool,
        literal: bool,
    ) -> Self {
        Self { ignore_case, stops_at_lines, anchors_at_lines, literal, ..Self::default() }
    }

    /// Of the flags of a call.
    pub(super) fn of_flags(flags: &str) -> Result<Self, SqlError> {
        let mut options = Self::default();
        for flag in flags.chars() {
            match flag {
                'g' => options.global = true,
                flag => options.set(flag).ok_or_else(|| {
                    SqlError::new("22023", format!("invalid regular expression option: \"{flag}\""))
                })?,
            }
        }
        Ok(options)
    }

    fn set(&mut self, flag: char) -> Option<()> {
        let mut at_lines = |anchors, stops| (self.anchors_at_lines, self.stops_at_lines) = (anchors, stops);
        match flag {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'm' | 'n' => at_lines(true, true),
            'p' => at_lines(false, true),
            's' => at_lines(false, false),
            'w' => at_lines(true, false),
            'x' => self.expanded = true,
            't' => self.expanded = false,
            'q' => self.literal = true,
            // An extended expression is an advanced one, as far as it goes.
            'e' => {}
            _ => return None,
        }
        Some(())
    }
}

/// Which of the matches that begin at one place is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    /// The one that the automata find first.
    First,
    Longest,
    Shortest,
}

/// An expression of the regex crate's syntax.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) options: Options,
    pub(super) preference: Preference,
}

/// Reads an expression, with the options of a call.
pub(super) fn translate(written: &str, mut options: Options) -> Result<Translated, SqlError> {
    let mut written = written;
    if let Some(rest) = written.strip_prefix("***=") {
        options.literal = true;
        written = rest;
    } else if let Some(rest) = written.strip_prefix("***:") {
        written = rest;
    }
    if let Some((letters, rest)) = written.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
        && !options.literal
        && !letters.is_empty()
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        for letter in letters.chars() {
            options.set(letter).ok_or_else(|| invalid("invalid embedded option"))?;
        }
        written = rest;
    }
    if options.literal {
        return Ok(Translated { pattern: regex::escape(written), options, preference: Preference::First });
    }
    let mut reader =
        Reader { rest: written.chars().peekable(), out: String::new(), options, depth: 0, is_plain: true };
    let greed = reader.alternatives()?;
    if reader.rest.peek().is_some() {
        return Err(invalid("parentheses () not balanced"));
    }
    let preference = match greed {
        _ if reader.is_plain => Preference::First,
        Greed::Lazy => Preference::Shortest,
        _ => Preference::Longest,
    };
    Ok(Translated { pattern: reader.out, options, preference })
}

/// An error in an expression.
pub(super) fn invalid(what: &str) -> SqlError {
    SqlError::new("2201B", format!("invalid regular expression: {what}"))
}

fn unsupported(what: &str) -> SqlError {
    SqlError::new("0A000", format!("{what} in regular expressions are not supported")).with_hint(
        "Expressions are matched in a time that grows with the text alone, which they would not be.",
    )
}

/// What a part prefers, decided by the first quantifier in it that prefers something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Greed {
    None,
    Greedy,
    Lazy,
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    options: Options,
    depth: usize,
    /// There is neither `|` nor a lazy quantifier: the first match is the longest.
    is_plain: bool,
}

/// What an atom is to a quantifier behind it.
enum Atom {
    /// It can be repeated, and prefers this itself.
    Operand(Greed),
    /// An assertion can't.
    Assertion,
}

impl Reader<'_> {
    fn alternatives(&mut self) -> Result<Greed, SqlError> {
        let mut greed = self.branch()?;
        while self.rest.next_if_eq(&'|').is_some() {
            self.out.push('|');
            self.is_plain = false;
            self.branch()?;
            greed = Greed::Greedy;
        }
        Ok(greed)
    }

    fn branch(&mut self) -> Result<Greed, SqlError> {
        let mut greed = Greed::None;
        while let Some(next) = self.rest.peek().copied() {
            if matches!(next, '|' | ')') {
                break;
            }
            self.rest.next();
            if self.options.expanded && self.skips(next) {
                continue;
            }
            let own = match self.atom(next)? {
                Atom::Operand(inner) => self.quantifier(inner)?,
                Atom::Assertion => match self.rest.peek() {
                    Some('*' | '+' | '?') => return Err(invalid("quantifier operand invalid")),
                    _ => Greed::None,
                },
            };
            if greed == Greed::None {
                greed = own;
            }
        }
        Ok(greed)
    }

    /// White space and comments of the expanded syntax.
    fn skips(&mut self, character: char) -> bool {
        if character == '#' {
            while self.rest.next_if(|c| *c != '\n').is_some() {}
        }
        character == '#' || character.is_whitespace()
    }

    fn atom(&mut self, character: char) -> Result<Atom, SqlError> {
        match character {
            '(' => return self.group(),
            '[' => return self.bracket(),
            '*' | '+' | '?' => return Err(invalid("quantifier operand invalid")),
            '{' if self.rest.peek().is_some_and(char::is_ascii_digit) => {
                return Err(invalid("quantifier operand invalid"));
            }
            '.' => self.out.push('.'),
            '^' | '$' => {
                // Without lines `$` is the very end.
                self.out.push_str(match (character, self.options.anchors_at_lines) {
                    ('^', true) => "(?m:^)",
                    ('^', false) => r"\A",
                    (_, true) => "(?m:$)",
                    (_, false) => r"\z",
                });
                return Ok(Atom::Assertion);
            }
            '\\' => return self.escape(),
            character => self.literal(character),
        }
        Ok(Atom::Operand(Greed::None))
    }

    /// A character that stands for itself.
    fn literal(&mut self, character: char) {
        if character.is_alphanumeric() || matches!(character, ' ' | '_') {
            self.out.push(character);
        } else {
            let _ = write!(self.out, "\\x{{{:x}}}", u32::from(character));
        }
    }

    fn group(&mut self) -> Result<Atom, SqlError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SqlError::new("54001", "regular expression is too complex"));
        }
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next() {
                Some(':') => self.out.push_str("(?:"),
                Some('=' | '!' | '<') => return Err(unsupported("lookahead and lookbehind constraints")),
                Some('#') => {
                    while self.rest.next().ok_or_else(|| invalid("parentheses () not balanced"))? != ')' {}
                    self.depth -= 1;
                    return Ok(Atom::Assertion);
                }
                _ => return Err(invalid("quantifier operand invalid")),
            }
        } else {
            self.out.push('(');
        }
        let greed = self.alternatives()?;
        if self.rest.next() != Some(')') {
            return Err(invalid("parentheses () not balanced"));
        }
        self.out.push(')');
        self.depth -= 1;
        Ok(Atom::Operand(greed))
    }

    /// What follows an atom; gives what the two prefer together.
    fn quantifier(&mut self, inner: Greed) -> Result<Greed, SqlError> {
        let bounds = match self.rest.peek() {
            Some(sign @ ('*' | '+' | '?')) => {
                let sign = *sign;
                self.rest.next();
                self.out.push(sign);
                None
            }
            Some('{') => {
                let mut ahead = self.rest.clone();
                ahead.next();
                if !ahead.peek().is_some_and(char::is_ascii_digit) {
                    return Ok(inner);
                }
                self.rest.next();
                let bounds = self.bounds()?;
                Some(bounds)
            }
            _ => return Ok(inner),
        };
        let is_lazy = self.rest.next_if_eq(&'?').is_some();
        if is_lazy {
            self.out.push('?');
            self.is_plain = false;
        }
        if matches!(self.rest.peek(), Some('*' | '+' | '?'))
            || self.rest.peek() == Some(&'{') && {
                let mut ahead = self.rest.clone();
                ahead.next();
                ahead.peek().is_some_and(char::is_ascii_digit)
            }
        {
            return Err(invalid("quantifier operand invalid"));
        }
        Ok(match (bounds, is_lazy) {
            // A fixed count changes nothing.
            (Some((least, Some(most))), false) if least == most && least != 1 => inner,
            (_, true) => Greed::Lazy,
            (_, false) => Greed::Greedy,
        })
    }

    /// `m}`, `m,}` or `m,n}`.
    fn bounds(&mut self) -> Result<(u32, Option<u32>), SqlError> {
        let counts = || invalid("invalid repetition count(s)");
        let least = self.count()?.ok_or_else(counts)?;
        let most = match self.rest.next_if_eq(&',') {
            None => Some(least),
            Some(_) => self.count()?,
        };
        if self.rest.next() != Some('}') {
            return Err(counts());
        }
        let _ = match most {
            Some(most) if most < least => return Err(counts()),
            Some(most) => write!(self.out, "{{{least},{most}}}"),
            None => write!(self.out, "{{{least},}}"),
        };
        Ok((least, most))
    }

    fn count(&mut self) -> Result<Option<u32>, SqlError> {
        let mut count: Option<u32> = None;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            self.rest.next();
            let value = count.unwrap_or(0) * 10 + digit;
            if value > COUNT_MAX {
                return Err(invalid("invalid repetition count(s)"));
            }
            count = Some(value);
        }
        Ok(count)
    }

    fn escape(&mut self) -> Result<Atom, SqlError> {
        let wrong = || invalid("invalid escape \\ sequence");
        let character = self.rest.next().ok_or_else(wrong)?;
        let assertion = match character {
            'A' => r"\A",
            'Z' => r"\z",
            'm' => r"\b{start}",
            'M' => r"\b{end}",
            'y' => r"\b",
            'Y' => r"\B",
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                self.out.extend(['\\', character]);
                return Ok(Atom::Operand(Greed::None));
            }
            '1'..='9' => return Err(unsupported("back-references")),
            _ => {
                let value = self.escaped(character).ok_or_else(wrong)?;
                self.literal(value);
                return Ok(Atom::Operand(Greed::None));
            }
        };
        self.out.push_str(assertion);
        Ok(Atom::Assertion)
    }

    /// The character that an escape stands for.
    fn escaped(&mut self, character: char) -> Option<char> {
        Some(match character {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'B' => '\\',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'c' => char::from_u32(u32::from(self.rest.next()?) & 31)?,
            'u' => self.hexadecimal(4, 4)?,
            'U' => self.hexadecimal(8, 8)?,
            'x' => self.hexadecimal(1, 6)?,
            '0' => {
                let mut value = 0;
                for _ in 0..2 {
                    let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else { break };
                    self.rest.next();
                    value = value * 8 + digit;
                }
                char::from_u32(value)?
            }
            character if character.is_alphanumeric() => return None,
            character => character,
        })
    }

    fn hexadecimal(&mut self, least: usize, most: usize) -> Option<char> {
        let (mut value, mut digits) = (0, 0);
        while digits < most {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(16)) else { break };
            self.rest.next();
            value = value * 16 + digit;
            digits += 1;
        }
        char::from_u32(value).filter(|_| digits >= least)
    }

    fn bracket(&mut self) -> Result<Atom, SqlError> {
        let unbalanced = || invalid("brackets [] not balanced");
        for (boundary, assertion) in [("[:<:]]", r"\b{start}"), ("[:>:]]", r"\b{end}")] {
            if self.rest.clone().take(6).eq(boundary.chars()) {
                self.rest.by_ref().take(6).for_each(drop);
                self.out.push_str(assertion);
                return Ok(Atom::Assertion);
            }
        }
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
            if self.options.stops_at_lines {
                self.out.push_str(r"\n");
            }
        }
        let mut is_first = true;
        loop {
            let character = self.rest.next().ok_or_else(unbalanced)?;
            let low = match character {
                ']' if !is_first => break,
                '[' if matches!(self.rest.peek(), Some(':' | '=' | '.')) => {
                    let kind = self.rest.next().ok_or_else(unbalanced)?;
                    let name = self.named(kind)?;
                    if kind == ':' {
                        self.out.push_str(class(&name).ok_or_else(|| invalid("invalid character class"))?);
                        is_first = false;
                        continue;
                    }
                    single(&name).ok_or_else(|| invalid("invalid collating element"))?
                }
                '\\' => {
                    let escaped = self.rest.next().ok_or_else(unbalanced)?;
                    if matches!(escaped, 'd' | 's' | 'w' | 'D' | 'S' | 'W') {
                        self.out.extend(['\\', escaped]);
                        is_first = false;
                        continue;
                    }
                    self.escaped(escaped).ok_or_else(|| invalid("invalid escape \\ sequence"))?
                }
                character => character,
            };
            is_first = false;
            self.literal(low);
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
                self.rest.next();
                let high = match self.rest.next().ok_or_else(unbalanced)? {
                    '\\' => {
                        let escaped = self.rest.next().ok_or_else(unbalanced)?;
                        self.escaped(escaped).ok_or_else(|| invalid("invalid escape \\ sequence"))?
                    }
                    '[' if matches!(self.rest.peek(), Some('.')) => {
                        self.rest.next();
                        let name = self.named('.')?;
                        single(&name).ok_or_else(|| invalid("invalid collating element"))?
                    }
                    character => character,
                };
                if high < low {
                    return Err(invalid("invalid character range"));
                }
                self.out.push('-');
                self.literal(high);
            }
        }
        self.out.push(']');
        Ok(Atom::Operand(Greed::None))
    }

    /// The name in `[:name:]`, of which the first two characters were read.
    fn named(&mut self, kind: char) -> Result<String, SqlError> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some(character) if character == kind && self.rest.peek() == Some(&']') => {
                    self.rest.next();
                    return Ok(name);
                }
                Some(character) => name.push(character),
                None => return Err(invalid("brackets [] not balanced")),
            }
        }
    }
}

fn single(name: &str) -> Option<char> {
    let mut characters = name.chars();
    characters.next().filter(|_| characters.next().is_none())
}

fn class(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "alpha" => r"\p{Alphabetic}",
        "blank" => r" \t",
        "cntrl" => r"\p{Cc}",
        "digit" => "0-9",
        "graph" => r"[\p{Alphabetic}\p{M}\p{N}\p{P}\p{S}]",
        "lower" => r"\p{Lowercase}",
        "print" => r"[ \p{Alphabetic}\p{M}\p{N}\p{P}\p{S}]",
        "punct" => r"[!-/:-@\[-`{-~\p{P}]",
        "space" => r"\s",
        "upper" => r"\p{Uppercase}",
        "xdigit" => "0-9A-Fa-f",
        "word" => r"\w",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_translated() {
        let check = |written: &str, pattern: &str, preference| {
            let translated = translate(written, Options::default()).unwrap();
            assert_eq!(
                (translated.pattern.as_str(), translated.preference),
                (pattern, preference),
                "{written}"
            );
            regex::Regex::new(&translated.pattern).unwrap();
        };
        use Preference::{First, Longest, Shortest};
        check("^a.b$", r"\Aa.b\z", First);
        check(r"\mfoo\M\y", r"\b{start}foo\b{end}\b", First);
        check("a|ab", "a|ab", Longest);
        check("(.*?)(b+)", "(.*?)(b+)", Shortest);
        check("a{2}b{1,3}c{", r"a{2,2}b{1,3}c\x{7b}", First);
        check("[]a-c^-]", r"[\x{5d}a-c\x{5e}\x{2d}]", First);
        check(r"[[:digit:]\w\-]", r"[0-9\w\x{2d}]", First);
        check("[[:<:]]x", r"\b{start}x", First);
        check("***=a.b", r"a\.b", First);
        check(r"\u0041\x42", "AB", First);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (written, sqlstate, message) in [
            ("(", "2201B", "parentheses () not balanced"),
            ("a)", "2201B", "parentheses () not balanced"),
            ("[a", "2201B", "brackets [] not balanced"),
            ("*", "2201B", "quantifier operand invalid"),
            ("a**", "2201B", "quantifier operand invalid"),
            ("a{5,2}", "2201B", "invalid repetition count(s)"),
            ("a{999}", "2201B", "invalid repetition count(s)"),
            ("[[:foo:]]", "2201B", "invalid character class"),
            ("[b-a]", "2201B", "invalid character range"),
            (r"a\", "2201B", r"invalid escape \ sequence"),
            (r"(a)\1", "0A000", "back-references"),
            ("a(?=b)", "0A000", "lookahead"),
        ] {
            let error = translate(written, Options::default()).unwrap_err();
            assert!(error.sqlstate == sqlstate && error.message.contains(message), "{written}: {error:?}");
        }
    }
}
