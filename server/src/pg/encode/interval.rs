//! `interval` in the style `postgres`.

use arrow::datatypes::IntervalMonthDayNano;
use bytes::{BufMut, BytesMut};

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

    /// `1 year 2 mons -3 days +04:05:06.7`: a sign is written where it is negative, and a plus
    /// where what came before was.
    pub(super) fn text(self, out: &mut BytesMut) {
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

    pub(super) fn binary(self, out: &mut BytesMut) {
        out.put_i64(self.micros);
        out.put_i32(self.days);
        out.put_i32(self.months);
    }
}
