//! The patterns of dates and times: PostgreSQL 15, table 9.27.

use super::template::{Node, Pattern, parse};

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Title,
    Lower,
}

/// What a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Meridiem {
        dots: bool,
        case: Case,
    },
    Era {
        dots: bool,
        case: Case,
    },
    Century,
    DayName(Case),
    DayShort(Case),
    DayOfYear,
    IsoDayOfYear,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    /// `FF1` to `FF6`.
    Fraction(u8),
    /// `FX`.
    Exact,
    Hour24,
    Hour12,
    IsoWeek,
    JulianDay,
    Minute,
    Month,
    MonthName(Case),
    MonthShort(Case),
    Millisecond,
    Offset,
    Quarter,
    RomanMonth(Case),
    SecondOfDay,
    Second,
    ZoneHour,
    ZoneMinute,
    ZoneName(Case),
    Microsecond,
    WeekOfYear,
    WeekOfMonth,
    /// `Y,YYY`.
    YearWithComma,
    /// So many digits of a year.
    Year(u8),
    IsoYear(u8),
}

/// The calendar that a pattern of a date belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Convention {
    Gregorian,
    IsoWeek,
}

impl Key {
    /// Whether it is read and written in digits: a number before it can't know where it ends.
    pub(super) fn is_digits(self) -> bool {
        !matches!(
            self,
            Self::Meridiem { .. }
                | Self::Era { .. }
                | Self::DayName(_)
                | Self::DayShort(_)
                | Self::Exact
                | Self::MonthName(_)
                | Self::MonthShort(_)
                | Self::Offset
                | Self::RomanMonth(_)
                | Self::ZoneHour
                | Self::ZoneName(_)
        )
    }

    /// None of what does not belong to one calendar only.
    pub(super) fn convention(self) -> Option<Convention> {
        match self {
            Self::DayOfYear
            | Self::Day
            | Self::DayOfWeek
            | Self::Month
            | Self::MonthName(_)
            | Self::MonthShort(_)
            | Self::RomanMonth(_)
            | Self::WeekOfYear
            | Self::WeekOfMonth
            | Self::YearWithComma
            | Self::Year(_) => Some(Convention::Gregorian),
            Self::IsoDayOfYear | Self::IsoDayOfWeek | Self::IsoWeek | Self::IsoYear(_) => {
                Some(Convention::IsoWeek)
            }
            _ => None,
        }
    }
}

/// A parsed template.
#[derive(Debug)]
pub(crate) struct DateTimeTemplate {
    pub(super) nodes: Vec<Node<Key>>,
}

impl DateTimeTemplate {
    /// Every text is a template.
    pub(crate) fn new(text: &str) -> Self {
        Self { nodes: parse(text, PATTERNS, true) }
    }

    /// Whether an abbreviation of the zone is written.
    pub(super) fn names_zone(&self) -> bool {
        let is_name = |node: &Node<Key>| matches!(node, Node::Pattern(pattern, _) if matches!(pattern.key, Key::ZoneName(_)));
        self.nodes.iter().any(is_name)
    }
}

const fn pattern(name: &'static str, key: Key) -> Pattern<Key> {
    Pattern { name, key }
}

use Case::{Lower, Title, Upper};

const PATTERNS: &[Pattern<Key>] = &[
    pattern("A.D.", Key::Era { dots: true, case: Upper }),
    pattern("A.M.", Key::Meridiem { dots: true, case: Upper }),
    pattern("AD", Key::Era { dots: false, case: Upper }),
    pattern("AM", Key::Meridiem { dots: false, case: Upper }),
    pattern("B.C.", Key::Era { dots: true, case: Upper }),
    pattern("BC", Key::Era { dots: false, case: Upper }),
    pattern("CC", Key::Century),
    pattern("DAY", Key::DayName(Upper)),
    pattern("DDD", Key::DayOfYear),
    pattern("DD", Key::Day),
    pattern("DY", Key::DayShort(Upper)),
    pattern("Day", Key::DayName(Title)),
    pattern("Dy", Key::DayShort(Title)),
    pattern("D", Key::DayOfWeek),
    pattern("FF1", Key::Fraction(1)),
    pattern("FF2", Key::Fraction(2)),
    pattern("FF3", Key::Fraction(3)),
    pattern("FF4", Key::Fraction(4)),
    pattern("FF5", Key::Fraction(5)),
    pattern("FF6", Key::Fraction(6)),
    pattern("FX", Key::Exact),
    pattern("HH24", Key::Hour24),
    pattern("HH12", Key::Hour12),
    pattern("HH", Key::Hour12),
    pattern("IDDD", Key::IsoDayOfYear),
    pattern("ID", Key::IsoDayOfWeek),
    pattern("IW", Key::IsoWeek),
    pattern("IYYY", Key::IsoYear(4)),
    pattern("IYY", Key::IsoYear(3)),
    pattern("IY", Key::IsoYear(2)),
    pattern("I", Key::IsoYear(1)),
    pattern("J", Key::JulianDay),
    pattern("MI", Key::Minute),
    pattern("MM", Key::Month),
    pattern("MONTH", Key::MonthName(Upper)),
    pattern("MON", Key::MonthShort(Upper)),
    pattern("MS", Key::Millisecond),
    pattern("Month", Key::MonthName(Title)),
    pattern("Mon", Key::MonthShort(Title)),
    pattern("OF", Key::Offset),
    pattern("P.M.", Key::Meridiem { dots: true, case: Upper }),
    pattern("PM", Key::Meridiem { dots: false, case: Upper }),
    pattern("Q", Key::Quarter),
    pattern("RM", Key::RomanMonth(Upper)),
    pattern("SSSSS", Key::SecondOfDay),
    pattern("SSSS", Key::SecondOfDay),
    pattern("SS", Key::Second),
    pattern("TZH", Key::ZoneHour),
    pattern("TZM", Key::ZoneMinute),
    pattern("TZ", Key::ZoneName(Upper)),
    pattern("US", Key::Microsecond),
    pattern("WW", Key::WeekOfYear),
    pattern("W", Key::WeekOfMonth),
    pattern("Y,YYY", Key::YearWithComma),
    pattern("YYYY", Key::Year(4)),
    pattern("YYY", Key::Year(3)),
    pattern("YY", Key::Year(2)),
    pattern("Y", Key::Year(1)),
    pattern("a.d.", Key::Era { dots: true, case: Lower }),
    pattern("a.m.", Key::Meridiem { dots: true, case: Lower }),
    pattern("ad", Key::Era { dots: false, case: Lower }),
    pattern("am", Key::Meridiem { dots: false, case: Lower }),
    pattern("b.c.", Key::Era { dots: true, case: Lower }),
    pattern("bc", Key::Era { dots: false, case: Lower }),
    pattern("cc", Key::Century),
    pattern("day", Key::DayName(Lower)),
    pattern("ddd", Key::DayOfYear),
    pattern("dd", Key::Day),
    pattern("dy", Key::DayShort(Lower)),
    pattern("d", Key::DayOfWeek),
    pattern("ff1", Key::Fraction(1)),
    pattern("ff2", Key::Fraction(2)),
    pattern("ff3", Key::Fraction(3)),
    pattern("ff4", Key::Fraction(4)),
    pattern("ff5", Key::Fraction(5)),
    pattern("ff6", Key::Fraction(6)),
    pattern("fx", Key::Exact),
    pattern("hh24", Key::Hour24),
    pattern("hh12", Key::Hour12),
    pattern("hh", Key::Hour12),
    pattern("iddd", Key::IsoDayOfYear),
    pattern("id", Key::IsoDayOfWeek),
    pattern("iw", Key::IsoWeek),
    pattern("iyyy", Key::IsoYear(4)),
    pattern("iyy", Key::IsoYear(3)),
    pattern("iy", Key::IsoYear(2)),
    pattern("i", Key::IsoYear(1)),
    pattern("j", Key::JulianDay),
    pattern("mi", Key::Minute),
    pattern("mm", Key::Month),
    pattern("month", Key::MonthName(Lower)),
    pattern("mon", Key::MonthShort(Lower)),
    pattern("ms", Key::Millisecond),
    pattern("of", Key::Offset),
    pattern("p.m.", Key::Meridiem { dots: true, case: Lower }),
    pattern("pm", Key::Meridiem { dots: false, case: Lower }),
    pattern("q", Key::Quarter),
    pattern("rm", Key::RomanMonth(Lower)),
    pattern("sssss", Key::SecondOfDay),
    pattern("ssss", Key::SecondOfDay),
    pattern("ss", Key::Second),
    pattern("tzh", Key::ZoneHour),
    pattern("tzm", Key::ZoneMinute),
    pattern("tz", Key::ZoneName(Lower)),
    pattern("us", Key::Microsecond),
    pattern("ww", Key::WeekOfYear),
    pattern("w", Key::WeekOfMonth),
    pattern("y,yyy", Key::YearWithComma),
    pattern("yyyy", Key::Year(4)),
    pattern("yyy", Key::Year(3)),
    pattern("yy", Key::Year(2)),
    pattern("y", Key::Year(1)),
];
