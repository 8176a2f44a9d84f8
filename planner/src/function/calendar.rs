//! Days, weeks and years of the calendar that PostgreSQL counts by: the Gregorian one, also before it was
//! introduced, over a wider range than `chrono` knows. Year 0 is 1 BC.

/// 1970-01-01 in Julian days.
pub(crate) const UNIX_EPOCH: i64 = 2_440_588;
/// 2000-01-01 in Julian days.
pub(crate) const POSTGRES_EPOCH: i64 = 2_451_545;

pub(crate) const SECOND_MICROS: i64 = 1_000_000;
pub(crate) const MINUTE_MICROS: i64 = 60 * SECOND_MICROS;
pub(crate) const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;
pub(crate) const DAY_MICROS: i64 = 24 * HOUR_MICROS;

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday.
pub(crate) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The Julian day of a date. A day beyond its month runs on into the next; a month that is none gives
/// what PostgreSQL's formula gives, which formats parts of intervals by it.
pub(crate) fn julian_day(year: i32, month: i32, day: i32) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    // Years that begin in March, so that the leap day comes last.
    let (year, month) = if month > 2 { (year + 4800, month + 1) } else { (year + 4799, month + 13) };
    let leap_days = year / 4 - year / 100 + year / 100 / 4;
    year * 365 - 32_167 + leap_days + 7834 * month / 256 + day
}

/// Year, month and day of a Julian day.
pub(crate) fn date_of(julian_day: i64) -> (i32, i32, i32) {
    let since_march_of_0 = julian_day - 1_721_120;
    let era = since_march_of_0.div_euclid(146_097);
    let day_of_era = since_march_of_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as i32, day as i32)
}

/// The day of the week, 0 is Sunday.
pub(crate) fn weekday(julian_day: i64) -> i32 {
    (julian_day + 1).rem_euclid(7) as i32
}

pub(crate) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 => 28 + i32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The Monday with which an ISO week begins.
pub(crate) fn iso_week_begin(iso_year: i32, week: i32) -> i64 {
    // The fourth of January is in the first week.
    let fourth = julian_day(iso_year, 1, 4);
    fourth - i64::from(weekday(fourth - 1)) + (i64::from(week) - 1) * 7
}

/// The ISO year and the week in it.
pub(crate) fn iso_week(year: i32, month: i32, day: i32) -> (i32, i32) {
    let date = julian_day(year, month, day);
    let week_since = |begin: i64| ((date - begin) / 7 + 1) as i32;
    let begin = iso_week_begin(year, 1);
    let (iso_year, week) = if date < begin {
        (year.wrapping_sub(1), week_since(iso_week_begin(year.wrapping_sub(1), 1)))
    } else {
        (year, week_since(begin))
    };
    if week >= 52 {
        let next = iso_week_begin(year.wrapping_add(1), 1);
        if date >= next {
            return (year.wrapping_add(1), week_since(next));
        }
    }
    (iso_year, week)
}

/// Whether a date can be a `date` of PostgreSQL's: from 4713 BC to 5874897.
pub(crate) fn is_valid_julian(year: i32, month: i32) -> bool {
    (year > -4713 || year == -4713 && month >= 11) && (year < 5_874_898 || year == 5_874_898 && month < 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_both_ways() {
        assert_eq!(julian_day(1970, 1, 1), UNIX_EPOCH);
        assert_eq!(julian_day(2000, 1, 1), POSTGRES_EPOCH);
        assert_eq!(julian_day(-4712, 1, 1), 38);
        assert_eq!(weekday(UNIX_EPOCH), 4);
        for day in (0..3_000_000).step_by(13) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(julian_day(year, month, of_month), day);
            assert!((1..=days_in_month(year, month)).contains(&of_month), "{year}-{month}-{of_month}");
        }
    }

    #[test]
    fn iso_weeks_belong_to_the_year_of_their_thursday() {
        assert_eq!(iso_week(2021, 1, 3), (2020, 53));
        assert_eq!(iso_week(2021, 1, 4), (2021, 1));
        assert_eq!(iso_week(2018, 12, 31), (2019, 1));
        assert_eq!(date_of(iso_week_begin(2026, 1)), (2025, 12, 29));
    }
}
