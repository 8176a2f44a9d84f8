//! `to_char` of dates, times and intervals. PostgreSQL 15, 9.8.

use std::fmt::Write as _;

use super::datetime_template::{Case, DateTimeTemplate, Key};
use super::template::{Modifiers, Node};
use crate::error::SqlError;
use crate::function::calendar::{self, DAYS, MONTHS};

/// A point in time, or an interval, in the fields that are written. Without a zone the offset is 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) is_interval: bool,
    /// Year 0 is 1 BC.
    pub(crate) year: i32,
    /// 1 to 12; of an interval any.
    pub(crate) month: i32,
    pub(crate) day: i32,
    pub(crate) hour: i64,
    pub(crate) minute: i32,
    pub(crate) second: i32,
    pub(crate) micros: i32,
    /// 0 is Sunday.
    pub(crate) weekday: i32,
    /// From 1; of an interval its days.
    pub(crate) day_of_year: i32,
    /// Seconds east of UTC.
    pub(crate) offset: i32,
    /// The zone's abbreviation, if there is a zone.
    pub(crate) zone: Option<&'a str>,
}

const ROMAN_MONTHS: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

impl DateTimeTemplate {
    /// Appends the fields as the template says.
    ///
    /// # Errors
    /// 22007 where a pattern has no meaning for an interval.
    pub(crate) fn write(&self, fields: &Fields<'_>, output: &mut String) -> Result<(), SqlError> {
        for node in &self.nodes {
            match node {
                Node::Separator(character) | Node::Space(character) | Node::Character(character) => {
                    output.push(*character);
                }
                Node::Pattern(pattern, modifiers) => {
                    if fields.is_interval && is_of_dates(pattern.key) {
                        return Err(SqlError::new(
                            "22007",
                            "invalid format specification for an interval value",
                        )
                        .with_hint("Intervals are not tied to specific calendar dates."));
                    }
                    write_pattern(pattern.key, *modifiers, fields, output);
                }
            }
        }
        Ok(())
    }
}

/// Whether only a date has it.
fn is_of_dates(key: Key) -> bool {
    matches!(
        key,
        Key::ZoneName(_)
            | Key::ZoneHour
            | Key::ZoneMinute
            | Key::Offset
            | Key::Era { .. }
            | Key::MonthName(_)
            | Key::MonthShort(_)
            | Key::DayName(_)
            | Key::DayShort(_)
            | Key::DayOfWeek
            | Key::IsoDayOfWeek
    )
}

fn write_pattern(key: Key, modifiers: Modifiers, fields: &Fields<'_>, output: &mut String) {
    let start = output.len();
    let width = |width: usize| if modifiers.fill { 0 } else { width };
    // A sign takes a place of its own.
    let signed_width = |digits: usize, sign_of: i64| width(digits + usize::from(sign_of < 0));
    let mut number = |value: i64, width: usize| push_number(output, value, width);
    match key {
        Key::Meridiem { dots, case } => {
            let is_afternoon = fields.hour % 24 >= 12;
            let words = if dots { ["A.M.", "P.M."] } else { ["AM", "PM"] };
            return push_word(output, words[usize::from(is_afternoon)], case, 0);
        }
        Key::Era { dots, case } => {
            let words = if dots { ["A.D.", "B.C."] } else { ["AD", "BC"] };
            return push_word(output, words[usize::from(fields.year <= 0)], case, 0);
        }
        Key::MonthName(case) if (1..=12).contains(&fields.month) => {
            let padded = if modifiers.translate { 0 } else { width(9) };
            return push_word(output, MONTHS[fields.month as usize - 1], case, padded);
        }
        Key::MonthShort(case) if (1..=12).contains(&fields.month) => {
            return push_word(output, &MONTHS[fields.month as usize - 1][..3], case, 0);
        }
        Key::DayName(case) => {
            let padded = if modifiers.translate { 0 } else { width(9) };
            return push_word(output, DAYS[fields.weekday as usize], case, padded);
        }
        Key::DayShort(case) => return push_word(output, &DAYS[fields.weekday as usize][..3], case, 0),
        Key::RomanMonth(case) => {
            if let Some(numeral) = roman_month(fields.year, fields.month) {
                push_word(output, numeral, case, width(4));
            }
            return;
        }
        Key::ZoneName(case) => return push_word(output, fields.zone.unwrap_or_default(), case, 0),
        Key::ZoneHour => {
            push_sign(output, fields.offset);
            return push_number(output, i64::from(fields.offset.abs() / 3600), 2);
        }
        Key::ZoneMinute => return number(i64::from(fields.offset.abs() % 3600 / 60), 2),
        Key::Offset => {
            push_sign(output, fields.offset);
            push_number(output, i64::from(fields.offset.abs() / 3600), width(2));
            if fields.offset % 3600 != 0 {
                output.push(':');
                push_number(output, i64::from(fields.offset.abs() % 3600 / 60), 2);
            }
            return;
        }
        Key::MonthName(_) | Key::MonthShort(_) | Key::Exact => return,
        Key::Hour24 => number(fields.hour, signed_width(2, fields.hour)),
        Key::Hour12 => {
            let hour = if fields.hour % 12 == 0 { 12 } else { fields.hour % 12 };
            number(hour, signed_width(2, fields.hour));
        }
        Key::Minute => number(fields.minute.into(), signed_width(2, fields.minute.into())),
        Key::Second => number(fields.second.into(), signed_width(2, fields.second.into())),
        Key::Millisecond => number(i64::from(fields.micros / 1000), 3),
        Key::Microsecond => number(fields.micros.into(), 6),
        Key::Fraction(digits) => {
            let value = fields.micros / 10_i32.pow(6 - u32::from(digits));
            number(value.into(), digits.into());
        }
        Key::SecondOfDay => {
            let minutes = i64::from(fields.minute) * 60 + i64::from(fields.second);
            number(fields.hour * 3600 + minutes, 0);
        }
        Key::Month => number(fields.month.into(), signed_width(2, fields.month.into())),
        Key::DayOfYear => number(fields.day_of_year.into(), width(3)),
        Key::IsoDayOfYear => {
            let (year, _) = calendar::iso_week(fields.year, fields.month, fields.day);
            let date = calendar::julian_day(fields.year, fields.month, fields.day);
            number(date - calendar::iso_week_begin(year, 1) + 1, width(3));
        }
        Key::Day => number(fields.day.into(), width(2)),
        Key::DayOfWeek => number(i64::from(fields.weekday) + 1, 0),
        Key::IsoDayOfWeek => number(if fields.weekday == 0 { 7 } else { fields.weekday.into() }, 0),
        Key::WeekOfYear => number(i64::from((fields.day_of_year - 1) / 7 + 1), width(2)),
        Key::WeekOfMonth => number(i64::from((fields.day - 1) / 7 + 1), 0),
        Key::IsoWeek => {
            let (_, week) = calendar::iso_week(fields.year, fields.month, fields.day);
            number(week.into(), width(2));
        }
        Key::Quarter if fields.month == 0 => return,
        Key::Quarter => number(i64::from((fields.month - 1) / 3 + 1), 0),
        Key::Century => {
            let century = century(fields);
            number(century, if century.abs() <= 99 { signed_width(2, century) } else { 0 });
        }
        Key::YearWithComma => {
            let year = shown_year(fields.year, fields);
            let _ = write!(output, "{},{:03}", year / 1000, year % 1000);
        }
        Key::Year(digits) | Key::IsoYear(digits) => {
            let year = match key {
                Key::IsoYear(_) => calendar::iso_week(fields.year, fields.month, fields.day).0,
                _ => fields.year,
            };
            // The width goes by the calendar's year, also of a year of weeks.
            let sign_of = shown_year(fields.year, fields);
            let year = shown_year(year, fields);
            let (value, width) = match digits {
                4 => (year, signed_width(4, sign_of)),
                1 => (year % 10, 0),
                digits => (year % 10_i64.pow(digits.into()), signed_width(digits.into(), sign_of)),
            };
            number(value, width);
        }
        Key::JulianDay => number(calendar::julian_day(fields.year, fields.month, fields.day), 0),
    }
    if let Some(ordinal) = modifiers.ordinal {
        let ending = ordinal.ending(&output.as_bytes()[start..]);
        output.push_str(ending);
    }
}

/// A year as it is counted in its era; of an interval as it is.
fn shown_year(year: i32, fields: &Fields<'_>) -> i64 {
    let year = i64::from(year);
    if year <= 0 && !fields.is_interval { 1 - year } else { year }
}

/// The 21st began in 2001.
fn century(fields: &Fields<'_>) -> i64 {
    i64::from(match fields.year {
        year if fields.is_interval => year / 100,
        year if year > 0 => (year - 1) / 100 + 1,
        year => year / 100 - 1,
    })
}

/// None of an interval without months. Of whole years it is December, or January before zero; months
/// before zero count from December.
fn roman_month(year: i32, month: i32) -> Option<&'static str> {
    let index = match month {
        0 if year == 0 => return None,
        0 if year > 0 => 11,
        0 => 0,
        month if month < 0 => 12 + month,
        month => month - 1,
    };
    ROMAN_MONTHS.get(usize::try_from(index).ok()?).copied()
}

fn push_sign(output: &mut String, offset: i32) {
    output.push(if offset >= 0 { '+' } else { '-' });
}

/// A word, with spaces behind it up to a width.
fn push_word(output: &mut String, word: &str, case: Case, width: usize) {
    match case {
        Case::Title => output.push_str(word),
        Case::Upper => output.extend(word.chars().map(|character| character.to_ascii_uppercase())),
        Case::Lower => output.extend(word.chars().map(|character| character.to_ascii_lowercase())),
    }
    for _ in word.len()..width {
        output.push(' ');
    }
}

/// A number with zeros before it up to a width, to which its sign counts.
fn push_number(output: &mut String, value: i64, width: usize) {
    if let (2, 0..=99) = (width, value) {
        output.push(char::from(b'0' + (value / 10) as u8));
        output.push(char::from(b'0' + (value % 10) as u8));
        return;
    }
    // The width is known at run time only, and zero means none.
    let _ = write!(output, "{value:0width$}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Fields<'static> {
        Fields {
            year: 2026,
            month: 5,
            day: 3,
            hour: 12,
            minute: 7,
            second: 9,
            micros: 12_345,
            day_of_year: 123,
            offset: -12_600,
            zone: Some("NST"),
            ..Fields::default()
        }
    }

    fn written(template: &str, fields: &Fields<'_>) -> String {
        let mut output = String::new();
        DateTimeTemplate::new(template).write(fields, &mut output).unwrap();
        output
    }

    /// As PostgreSQL 15 answers.
    #[test]
    fn patterns_and_modifiers() {
        for (template, expected) in [
            ("YYYY-MM-DD HH24:MI:SS.US", "2026-05-03 12:07:09.012345"),
            ("Day|DAY|day|FMDay|Dy", "Sunday   |SUNDAY   |sunday   |Sunday|Sun"),
            ("DDth FMDDth \"of\" FMMonth", "03rd 3rd of May"),
            ("Y,YYY YYY YY Y CC Q RM|FMrm", "2,026 026 26 6 21 2 V   |v"),
            ("HH12 A.M. pm HH24th", "12 P.M. pm 12th"),
            ("TZ tz TZH:TZM OF", "NST nst -03:30 -03:30"),
            ("IYYY-IW-ID WW W D J", "2026-18-7 18 1 1 2461164"),
            ("MS FF1 FF4 SSSSS", "012 0 0123 43629"),
        ] {
            assert_eq!(written(template, &noon()), expected, "{template}");
        }
    }

    #[test]
    fn intervals_have_no_names() {
        let interval = Fields { is_interval: true, hour: -30, minute: -5, ..Fields::default() };
        assert_eq!(written("HH24:MI HH12", &interval), "-30:-05 -06");
        let error = DateTimeTemplate::new("Month").write(&interval, &mut String::new()).unwrap_err();
        assert_eq!(error.sqlstate, "22007");
    }
}
