//! `interval` in each `IntervalStyle`.
//! <https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-OUTPUT>

use arrow::datatypes::IntervalMonthDayNano;
use bytes::{BufMut, BytesMut};
use planner::IntervalStyle;

use super::datetime::{put_fraction, put_two};

/// The three counts that PostgreSQL keeps apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    months: i32,
    days: i32,
    micros: i64,
}

impl Parts {
    pub(super) fn of_arrow(interval: IntervalMonthDayNano) -> Self {
        Self { months: interval.months, days: interval.days, micros: interval.nanoseconds / 1000 }
    }

    /// A difference of timestamps, which PostgreSQL shows in days and hours.
    pub(super) fn of_duration(micros: i64) -> Self {
        const DAY: i64 = 86_400_000_000;
        Self { months: 0, days: (micros / DAY) as i32, micros: micros % DAY }
    }

    /// Writes it as people read it.
    pub(super) fn text(self, style: IntervalStyle, out: &mut BytesMut) {
        match style {
            IntervalStyle::Postgres => self.postgres(out),
            IntervalStyle::PostgresVerbose => self.verbose(out),
            IntervalStyle::SqlStandard => self.sql_standard(out),
            IntervalStyle::Iso8601 => self.iso_8601(out),
        }
    }

    /// `1 year 2 mons -3 days +04:05:06.7`: a sign is written where it is negative, and a plus
    /// where what came before was.
    fn postgres(self, out: &mut BytesMut) {
        let start = out.len();
        let mut negative_before = false;
        for (count, one, many) in [
            (self.months / 12, " year", " years"),
            (self.months % 12, " mon", " mons"),
            (self.days, " day", " days"),
        ] {
            if count == 0 {
                continue;
            }
            if out.len() > start {
                out.put_u8(b' ');
            }
            if negative_before && count > 0 {
                out.put_u8(b'+');
            }
            out.put_slice(itoa::Buffer::new().format(count).as_bytes());
            out.put_slice(if count == 1 { one } else { many }.as_bytes());
            negative_before = count < 0;
        }
        if self.micros == 0 && out.len() > start {
            return;
        }
        if out.len() > start {
            out.put_u8(b' ');
        }
        if self.micros < 0 {
            out.put_u8(b'-');
        } else if negative_before {
            out.put_u8(b'+');
        }
        let micros = self.micros.unsigned_abs() as i64;
        let seconds = micros / 1_000_000;
        put_two(out, seconds / 3600);
        out.put_u8(b':');
        put_two(out, seconds / 60 % 60);
        out.put_u8(b':');
        put_two(out, seconds % 60);
        put_fraction(micros % 1_000_000, out);
    }

    /// `@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs`: what begins below zero is all turned about, and
    /// was so long `ago`.
    fn verbose(self, out: &mut BytesMut) {
        let (hours, minutes, seconds, fraction) = self.clock();
        out.put_u8(b'@');
        let mut sign = 0;
        for (count, unit) in [
            (i64::from(self.months / 12), " year"),
            (i64::from(self.months % 12), " mon"),
            (i64::from(self.days), " day"),
            (hours, " hour"),
            (minutes, " min"),
        ] {
            if count == 0 {
                continue;
            }
            if sign == 0 {
                sign = count.signum();
            }
            out.put_u8(b' ');
            put_number(count * sign, out);
            out.put_slice(unit.as_bytes());
            if count * sign != 1 {
                out.put_u8(b's');
            }
        }
        if seconds != 0 || fraction != 0 {
            let below = if seconds < 0 || fraction < 0 { -1 } else { 1 };
            if sign == 0 {
                sign = below;
            }
            out.put_slice(if sign == below { b" " } else { b" -" });
            put_seconds(seconds, fraction, out);
            out.put_slice(if seconds.abs() == 1 && fraction == 0 { b" sec" } else { b" secs" });
        }
        out.put_slice(match sign {
            0 => b" 0",
            1 => b"",
            _ => b" ago",
        });
    }

    /// `1-2`, `3 4:05:06` and, where years and days or signs are mixed, `+1-2 -3 +4:05:06`.
    fn sql_standard(self, out: &mut BytesMut) {
        let parts = [i64::from(self.months), i64::from(self.days), self.micros];
        let is_signed = parts.iter().any(|part| *part < 0) && parts.iter().any(|part| *part > 0)
            || self.months != 0 && (self.days != 0 || self.micros != 0);
        let sign = |part: i64, out: &mut BytesMut| out.put_u8(if part < 0 { b'-' } else { b'+' });
        if !is_signed && parts.iter().any(|part| *part < 0) {
            out.put_u8(b'-');
        }
        let [months, days, micros] = parts;
        if is_signed || months != 0 {
            if is_signed {
                sign(months, out);
            }
            put_number(months.abs() / 12, out);
            out.put_u8(b'-');
            put_number(months.abs() % 12, out);
            if !is_signed {
                return;
            }
            out.put_u8(b' ');
        }
        if is_signed || days != 0 {
            if is_signed {
                sign(days, out);
            }
            put_number(days.abs(), out);
            out.put_u8(b' ');
        }
        if parts == [0; 3] {
            out.put_u8(b'0');
            return;
        }
        if is_signed {
            sign(micros, out);
        }
        let (hours, minutes, seconds, fraction) = self.clock();
        put_number(hours.abs(), out);
        out.put_u8(b':');
        put_two(out, minutes.abs());
        out.put_u8(b':');
        put_two(out, seconds.abs());
        put_fraction(fraction.abs(), out);
    }

    /// `P1Y2M-3DT4H5M6.7S`
    fn iso_8601(self, out: &mut BytesMut) {
        let (hours, minutes, seconds, fraction) = self.clock();
        let put = |count: i64, unit: u8, out: &mut BytesMut| {
            if count != 0 {
                put_number(count, out);
                out.put_u8(unit);
            }
        };
        out.put_u8(b'P');
        put((self.months / 12).into(), b'Y', out);
        put((self.months % 12).into(), b'M', out);
        put(self.days.into(), b'D', out);
        if self.micros == 0 {
            if self.months == 0 && self.days == 0 {
                out.put_slice(b"T0S");
            }
            return;
        }
        out.put_u8(b'T');
        put(hours, b'H', out);
        put(minutes, b'M', out);
        if seconds != 0 || fraction != 0 {
            if seconds < 0 || fraction < 0 {
                out.put_u8(b'-');
            }
            put_seconds(seconds, fraction, out);
            out.put_u8(b'S');
        }
    }

    /// Hours, minutes, seconds and millionths, all of one sign.
    fn clock(self) -> (i64, i64, i64, i64) {
        let seconds = self.micros / 1_000_000;
        (seconds / 3600, seconds / 60 % 60, seconds % 60, self.micros % 1_000_000)
    }

    pub(super) fn binary(self, out: &mut BytesMut) {
        out.put_i64(self.micros);
        out.put_i32(self.days);
        out.put_i32(self.months);
    }
}

fn put_number(number: i64, out: &mut BytesMut) {
    out.put_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Without sign, and without a zero before the first digit of many.
fn put_seconds(seconds: i64, fraction: i64, out: &mut BytesMut) {
    put_number(seconds.abs(), out);
    put_fraction(fraction.abs(), out);
}
