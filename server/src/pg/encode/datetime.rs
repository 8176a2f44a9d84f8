//! Dates and times in PostgreSQL's ISO style, and as counts since 2000.

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// Days and microseconds from 1970, Arrow's epoch, to 2000, PostgreSQL's.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * DAY_MICROS;
const DAY_MICROS: i64 = 86_400_000_000;

pub(super) fn date_text(days: i32, out: &mut BytesMut) {
    match days {
        i32::MAX => out.put_slice(b"infinity"),
        i32::MIN => out.put_slice(b"-infinity"),
        _ => {
            let before_christ = put_date(i64::from(days), out);
            if before_christ {
                out.put_slice(b" BC");
            }
        }
    }
}

pub(super) fn date_binary(days: i32) -> i32 {
    match days {
        i32::MAX | i32::MIN => days,
        _ => days.saturating_sub(EPOCH_DAYS),
    }
}

pub(super) fn time_text(micros: i64, out: &mut BytesMut) {
    put_time(micros, out);
}

/// With a zone the instant is shown in it, with its offset.
pub(super) fn timestamp_text(micros: i64, zone: Option<Tz>, out: &mut BytesMut) {
    match micros {
        i64::MAX => return out.put_slice(b"infinity"),
        i64::MIN => return out.put_slice(b"-infinity"),
        _ => {}
    }
    let offset = zone.map(|zone| offset_seconds(micros, zone));
    let local = micros.saturating_add(i64::from(offset.unwrap_or(0)) * 1_000_000);
    let before_christ = put_date(local.div_euclid(DAY_MICROS), out);
    out.put_u8(b' ');
    put_time(local.rem_euclid(DAY_MICROS), out);
    if let Some(offset) = offset {
        put_offset(offset, out);
    }
    if before_christ {
        out.put_slice(b" BC");
    }
}

pub(super) fn timestamp_binary(micros: i64) -> i64 {
    match micros {
        i64::MAX | i64::MIN => micros,
        _ => micros.saturating_sub(EPOCH_MICROS),
    }
}

fn offset_seconds(micros: i64, zone: Tz) -> i32 {
    if zone == Tz::UTC {
        return 0;
    }
    match DateTime::from_timestamp_micros(micros) {
        Some(instant) => zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc(),
        // Beyond the years that chrono knows no zone has rules.
        None => 0,
    }
}

/// Writes `2026-11-21`; true for years before Christ, whose suffix comes last of all.
fn put_date(days: i64, out: &mut BytesMut) -> bool {
    let (year, month, day) = civil(days);
    let before_christ = year <= 0;
    let year = if before_christ { 1 - year } else { year };
    if year < 10_000 {
        put_two(out, year / 100);
        put_two(out, year % 100);
    } else {
        out.put_slice(itoa::Buffer::new().format(year).as_bytes());
    }
    out.put_u8(b'-');
    put_two(out, month);
    out.put_u8(b'-');
    put_two(out, day);
    before_christ
}

fn put_time(micros: i64, out: &mut BytesMut) {
    let seconds = micros / 1_000_000;
    put_two(out, seconds / 3600);
    out.put_u8(b':');
    put_two(out, seconds / 60 % 60);
    out.put_u8(b':');
    put_two(out, seconds % 60);
    put_fraction(micros % 1_000_000, out);
}

/// `.25`: microseconds without trailing zeros; nothing for none.
pub(super) fn put_fraction(micros: i64, out: &mut BytesMut) {
    if micros == 0 {
        return;
    }
    let mut digits = *b".000000";
    let mut rest = micros;
    for digit in digits[1..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let end = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    out.put_slice(&digits[..end]);
}

/// `+02`, `+05:30`, `-00:44:30`.
fn put_offset(seconds: i32, out: &mut BytesMut) {
    out.put_u8(if seconds < 0 { b'-' } else { b'+' });
    let seconds = i64::from(seconds.unsigned_abs());
    put_two(out, seconds / 3600);
    if seconds % 3600 != 0 {
        out.put_u8(b':');
        put_two(out, seconds / 60 % 60);
    }
    if seconds % 60 != 0 {
        out.put_u8(b':');
        put_two(out, seconds % 60);
    }
}

/// Two digits at least.
pub(super) fn put_two(out: &mut BytesMut, value: i64) {
    if value < 100 {
        out.put_slice(&[b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]);
    } else {
        out.put_slice(itoa::Buffer::new().format(value).as_bytes());
    }
}

/// Year, month and day of a day since 1970 in the proleptic Gregorian calendar. Years are counted
/// from March, so that the leap day is a year's last; 400 years have 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_TO_1970: i64 = 719_468; // from 0000-03-01
    let days = days + DAYS_TO_1970;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
