//! `to_date` and `to_timestamp`: a text is read as a template says. PostgreSQL 15, 9.8.

use super::datetime_fields::{Fields, Read};
use super::datetime_template::{DateTimeTemplate, Key};
use super::template::{Modifiers, Node, is_separator, is_space};
use crate::error::SqlError;
use crate::function::calendar::{DAYS, MONTHS};

impl DateTimeTemplate {
    /// Reads a text.
    ///
    /// # Errors
    /// 22007 where the text is not as the template says, 22008 where a field is out of range, 0A000 for
    /// patterns that can only be written.
    pub(crate) fn read(&self, text: &str) -> Result<Read, SqlError> {
        let mut scanner = Scanner { text, rest: text, fields: Fields::default() };
        scanner.scan(&self.nodes)?;
        scanner.fields.settle(text)
    }
}

struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
    fields: Fields,
}

/// A number, and what tells how to read it.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'static str,
    modifiers: Modifiers,
    /// What follows in the template.
    next: Option<&'a Node<Key>>,
}

impl Place<'_> {
    /// Whether the number ends where its digits do, and not after a count of them.
    fn is_open(&self) -> bool {
        self.modifiers.fill
            || self.modifiers.ordinal.is_some()
            || match self.next {
                None => true,
                Some(Node::Pattern(pattern, _)) => !pattern.key.is_digits(),
                Some(Node::Separator(next) | Node::Space(next) | Node::Character(next)) => {
                    !next.is_ascii_digit()
                }
            }
    }

    /// Sets a field, once, or twice to the same.
    fn set(&self, field: &mut i32, value: i32) -> Result<(), SqlError> {
        if *field != 0 && *field != value {
            let message = format!("conflicting values for \"{}\" field in formatting string", self.name);
            return Err(SqlError::new("22007", message)
                .with_detail("This value contradicts a previous setting for the same field type."));
        }
        *field = value;
        Ok(())
    }
}

impl<'a> Scanner<'a> {
    fn scan(&mut self, nodes: &[Node<Key>]) -> Result<(), SqlError> {
        let mut is_exact = false;
        // Characters that were skipped beyond those of the template.
        let mut skipped = 0_isize;
        for (index, node) in nodes.iter().enumerate() {
            if self.rest.is_empty() {
                break;
            }
            let is_pattern = matches!(node, Node::Pattern(..));
            let is_fx = matches!(node, Node::Pattern(pattern, _) if pattern.key == Key::Exact);
            if !is_exact && !is_fx && (is_pattern || index == 0) {
                skipped += self.skip_spaces();
            }
            match node {
                // Exactly one character each, whichever.
                Node::Separator(_) | Node::Space(_) | Node::Character(_) if is_exact => self.skip(),
                Node::Separator(_) | Node::Space(_) => {
                    skipped -= 1;
                    if self.rest.starts_with(|next| is_space(next) || is_separator(next)) {
                        self.skip();
                        skipped += 1;
                    }
                }
                // It may have been skipped as a space already.
                Node::Character(_) if skipped > 0 => skipped -= 1,
                Node::Character(_) => self.skip(),
                Node::Pattern(pattern, modifiers) => {
                    self.set_convention(pattern.key)?;
                    is_exact |= is_fx;
                    let place =
                        Place { name: pattern.name, modifiers: *modifiers, next: nodes.get(index + 1) };
                    self.field(pattern.key, place, skipped)?;
                    if !is_exact {
                        skipped = self.skip_spaces();
                    }
                }
            }
        }
        Ok(())
    }

    fn set_convention(&mut self, key: Key) -> Result<(), SqlError> {
        let Some(convention) = key.convention() else { return Ok(()) };
        if *self.fields.convention.get_or_insert(convention) == convention {
            return Ok(());
        }
        Err(SqlError::new("22007", "invalid combination of date conventions")
            .with_hint("Do not mix Gregorian and ISO week date conventions in a formatting template."))
    }

    fn field(&mut self, key: Key, place: Place<'_>, skipped: isize) -> Result<(), SqlError> {
        match key {
            Key::Exact => return Ok(()),
            Key::Meridiem { dots, .. } => {
                let words: &[&str] = if dots { &["a.m.", "p.m."] } else { &["am", "pm"] };
                let value = self.word(words, place)?;
                place.set(&mut self.fields.is_afternoon, value)?;
                self.fields.is_12_hour_clock = true;
                return Ok(());
            }
            Key::Era { dots, .. } => {
                let words: &[&str] = if dots { &["a.d.", "b.c."] } else { &["ad", "bc"] };
                let value = self.word(words, place)?;
                return place.set(&mut self.fields.is_before_christ, value);
            }
            Key::MonthName(_) => {
                let value = self.word(&MONTHS, place)?;
                return place.set(&mut self.fields.month, value + 1);
            }
            Key::MonthShort(_) => {
                let value = self.word(&MONTHS.map(|month| &month[..3]), place)?;
                return place.set(&mut self.fields.month, value + 1);
            }
            Key::RomanMonth(_) => {
                let value = self.word(&ROMAN_MONTHS_DOWN, place)?;
                return place.set(&mut self.fields.month, 12 - value);
            }
            Key::DayName(_) | Key::DayShort(_) => {
                let value = match key {
                    Key::DayName(_) => self.word(&DAYS, place)?,
                    _ => self.word(&DAYS.map(|day| &day[..3]), place)?,
                };
                // It is compared before it is counted from 1, as in PostgreSQL.
                place.set(&mut self.fields.weekday, value)?;
                self.fields.weekday += 1;
                return Ok(());
            }
            Key::ZoneName(_) | Key::Offset => {
                let message = format!("formatting field \"{}\" is only supported in to_char", place.name);
                return Err(SqlError::new("0A000", message));
            }
            Key::ZoneHour => {
                self.zone_sign(skipped);
                return self.number(|fields| &mut fields.zone_hours, 2, place).map(drop);
            }
            Key::ZoneMinute => {
                if self.fields.zone_sign == 0 {
                    self.fields.zone_sign = 1;
                }
                return self.number(|fields| &mut fields.zone_minutes, 2, place).map(drop);
            }
            Key::YearWithComma => self.year_with_comma(place)?,
            Key::Year(digits) | Key::IsoYear(digits) => {
                let read = self.number(|fields| &mut fields.year, digits.into(), place)?;
                if digits < 4 && read < 4 {
                    self.fields.year = near_2020(self.fields.year);
                }
                self.fields.year_digits = digits;
            }
            Key::Millisecond => {
                let read = self.number(|fields| &mut fields.millis, 3, place)?;
                scale(&mut self.fields.millis, read, 3);
            }
            Key::Microsecond => {
                let read = self.number(|fields| &mut fields.micros, 6, place)?;
                scale(&mut self.fields.micros, read, 6);
            }
            Key::Fraction(digits) => {
                self.fields.precision = Some(digits);
                let read = self.number(|fields| &mut fields.micros, digits.into(), place)?;
                scale(&mut self.fields.micros, read, 6);
            }
            Key::IsoDayOfWeek => {
                self.number(|fields| &mut fields.weekday, 1, place)?;
                let weekday = &mut self.fields.weekday;
                // From Sunday.
                *weekday = if weekday.saturating_add(1) > 7 { 1 } else { *weekday + 1 };
            }
            Key::Quarter => {
                // A quarter says no date: it is read over.
                let mut quarter = 0;
                self.integer(&mut quarter, 1, place)?;
            }
            Key::Hour12 => {
                self.number(|fields| &mut fields.hour, 2, place)?;
                self.fields.is_12_hour_clock = true;
            }
            Key::Hour24 => drop(self.number(|fields| &mut fields.hour, 2, place)?),
            Key::Minute => drop(self.number(|fields| &mut fields.minute, 2, place)?),
            Key::Second => drop(self.number(|fields| &mut fields.second, 2, place)?),
            Key::SecondOfDay => {
                self.number(|fields| &mut fields.second_of_day, place.name.len(), place)?;
            }
            Key::Month => drop(self.number(|fields| &mut fields.month, 2, place)?),
            Key::Day => drop(self.number(|fields| &mut fields.day, 2, place)?),
            Key::DayOfYear | Key::IsoDayOfYear => {
                self.number(|fields| &mut fields.day_of_year, 3, place)?;
            }
            Key::DayOfWeek => drop(self.number(|fields| &mut fields.weekday, 1, place)?),
            Key::WeekOfYear | Key::IsoWeek => drop(self.number(|fields| &mut fields.week, 2, place)?),
            Key::WeekOfMonth => drop(self.number(|fields| &mut fields.week_of_month, 1, place)?),
            Key::Century => drop(self.number(|fields| &mut fields.century, 2, place)?),
            Key::JulianDay => drop(self.number(|fields| &mut fields.julian_day, 1, place)?),
        }
        if place.modifiers.ordinal.is_some() {
            // The ending, whichever it is.
            self.skip();
            self.skip();
        }
        Ok(())
    }

    /// A minus may have been skipped as a separator.
    fn zone_sign(&mut self, skipped: isize) {
        let before = &self.text[..self.text.len() - self.rest.len()];
        self.fields.zone_sign = match self.rest.as_bytes().first() {
            Some(sign @ (b'+' | b'-' | b' ')) => {
                self.rest = &self.rest[1..];
                if *sign == b'-' { -1 } else { 1 }
            }
            _ if skipped > 0 && before.ends_with('-') => -1,
            _ => 1,
        };
    }

    /// Reads a number into a field. Returns how many characters it took.
    fn number(
        &mut self,
        field: impl Fn(&mut Fields) -> &mut i32,
        length: usize,
        place: Place<'_>,
    ) -> Result<usize, SqlError> {
        let mut value = *field(&mut self.fields);
        let read = self.integer(&mut value, length, place)?;
        *field(&mut self.fields) = value;
        Ok(read)
    }

    fn integer(&mut self, field: &mut i32, length: usize, place: Place<'_>) -> Result<usize, SqlError> {
        let before = self.rest;
        self.skip_spaces();
        let end = self.rest.len().min(length);
        // A cut within a character is in no number.
        let copy = &self.rest[..self.rest.floor_char_boundary(end)];
        let invalid = |detail: String| {
            let message = format!("invalid value \"{copy}\" for \"{}\"", place.name);
            SqlError::new("22007", message).with_detail(detail)
        };
        let fixed = "If your source string is not fixed-width, try using the \"FM\" modifier.";
        let number = if place.is_open() {
            let number = leading_integer(before);
            self.rest = &before[number.length..];
            number
        } else {
            if self.rest.len() < length {
                let message = format!("source string too short for \"{}\" formatting field", place.name);
                let remain = self.rest.len();
                let detail = format!("Field requires {length} characters, but only {remain} remain.");
                return Err(SqlError::new("22007", message).with_detail(detail).with_hint(fixed));
            }
            let number = leading_integer(copy);
            let read = number.length;
            if read > 0 && read < length {
                let detail = format!("Field requires {length} characters, but only {read} could be parsed.");
                return Err(invalid(detail).with_hint(fixed));
            }
            self.rest = &self.rest[read..];
            number
        };
        if self.rest.len() == before.len() {
            return Err(invalid("Value must be an integer.".to_owned()));
        }
        let Some(value) = number.value else {
            let message = format!("value for \"{}\" in source string is out of range", place.name);
            let detail = format!("Value must be in the range {} to {}.", i32::MIN, i32::MAX);
            return Err(SqlError::new("22008", message).with_detail(detail));
        };
        place.set(field, value)?;
        Ok(before.len() - self.rest.len())
    }

    /// The index of the word with which the rest begins, in letters of any case.
    fn word(&mut self, words: &[&str], place: Place<'_>) -> Result<i32, SqlError> {
        let begins =
            |word: &&str| self.rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        match words.iter().position(begins) {
            Some(index) => {
                self.rest = &self.rest[words[index].len()..];
                Ok(index as i32)
            }
            None => {
                let found = self.rest.split([' ', '\t', '\n', '\r', '\u{c}']).next().unwrap_or_default();
                let message = format!("invalid value \"{found}\" for \"{}\"", place.name);
                let detail = "The given value did not match any of the allowed values for this field.";
                Err(SqlError::new("22007", message).with_detail(detail))
            }
        }
    }

    /// `2,026`: at most three characters behind the comma.
    fn year_with_comma(&mut self, place: Place<'_>) -> Result<(), SqlError> {
        let invalid = || SqlError::new("22007", "invalid input string for \"Y,YYY\"");
        let millennia = leading_integer(self.rest);
        let rest = self.rest[millennia.length..].strip_prefix(',').ok_or_else(invalid)?;
        let begin = rest.trim_start_matches(is_space);
        let years = leading_integer(&begin[..begin.floor_char_boundary(begin.len().min(3))]);
        if millennia.length == 0 || years.length == 0 {
            return Err(invalid());
        }
        let year = millennia
            .value
            .zip(years.value)
            .and_then(|(millennia, years)| millennia.checked_mul(1000)?.checked_add(years));
        let Some(year) = year else {
            return Err(SqlError::new("22008", "value for \"Y,YYY\" in source string is out of range"));
        };
        place.set(&mut self.fields.year, year)?;
        self.fields.year_digits = 4;
        self.rest = &begin[years.length..];
        Ok(())
    }

    fn skip(&mut self) {
        let mut characters = self.rest.chars();
        characters.next();
        self.rest = characters.as_str();
    }

    /// Returns how many there were.
    fn skip_spaces(&mut self) -> isize {
        let rest = self.rest.trim_start_matches(is_space);
        let spaces = self.rest.len() - rest.len();
        self.rest = rest;
        spaces as isize
    }
}

/// From December, so that `i` is not found in `iii`.
const ROMAN_MONTHS_DOWN: [&str; 12] =
    ["xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"];

struct Leading {
    /// Of all that belongs to it, with spaces and a sign before it; 0 where there is no number.
    length: usize,
    /// None where it does not fit; 0 where there is none.
    value: Option<i32>,
}

/// The number with which a text begins, as C's `strtol` reads it.
fn leading_integer(text: &str) -> Leading {
    let unsigned = text.trim_start_matches(is_space);
    let digits = unsigned.strip_prefix(['+', '-']).unwrap_or(unsigned);
    let behind = digits.trim_start_matches(|digit: char| digit.is_ascii_digit());
    if behind.len() == digits.len() {
        return Leading { length: 0, value: Some(0) };
    }
    let number = &unsigned[..unsigned.len() - behind.len()];
    Leading { length: text.len() - behind.len(), value: number.parse().ok() }
}

/// `5` of so many digits is `500`: digits behind a point.
fn scale(value: &mut i32, read: usize, digits: usize) {
    if (1..digits).contains(&read) {
        *value = value.saturating_mul(10_i32.pow((digits - read) as u32));
    }
}

/// The year that two or three digits mean: the nearest to 2020.
fn near_2020(year: i32) -> i32 {
    match year {
        ..70 => year.saturating_add(2000),
        70..100 => year + 1900,
        100..520 => year + 2000,
        520..1000 => year + 1000,
        1000.. => year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, template: &str) -> Result<Read, SqlError> {
        DateTimeTemplate::new(template).read(text)
    }

    /// As PostgreSQL 15 answers.
    #[test]
    fn dates() {
        for (text, template, expected) in [
            ("2026-05-03", "YYYY-MM-DD", (2026, 5, 3)),
            ("20260503", "YYYYMMDD", (2026, 5, 3)),
            (" 3 may  26", "DD Mon YY", (2026, 5, 3)),
            ("2026 xii", "YYYY RM", (2026, 12, 1)),
            ("2026-18-7", "IYYY-IW-ID", (2026, 5, 3)),
            ("2026 123", "YYYY DDD", (2026, 5, 3)),
            ("44 BC", "YYYY BC", (-43, 1, 1)),
            ("20 01", "CC YY", (1901, 1, 1)),
            ("J2461164", "\"J\"J", (2026, 5, 3)),
        ] {
            let read = read(text, template).unwrap();
            assert_eq!((read.year, read.month, read.day), expected, "{text} {template}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, template, sqlstate) in [
            ("2026-13-01", "YYYY-MM-DD", "22008"),
            ("2026-02-29", "YYYY-MM-DD", "22008"),
            ("13", "HH12", "22007"),
            ("xx", "DD", "22007"),
            ("2026 2027", "YYYY YYYY", "22007"),
            ("2026 1", "YYYY IW", "22007"),
            ("2026", "TZ", "0A000"),
            ("+17", "TZH", "22009"),
            ("99999999999", "YYYY", "22008"),
        ] {
            assert_eq!(read(text, template).unwrap_err().sqlstate, sqlstate, "{text} {template}");
        }
    }
}
