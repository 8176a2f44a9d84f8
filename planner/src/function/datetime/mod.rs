//! Functions of dates, times and intervals.
//! <https://www.postgresql.org/docs/15/functions-datetime.html>

mod age;
mod arguments;
mod clock;
mod date_bin;
mod date_trunc;
mod extract;
pub(crate) mod interval_input;
mod justify;
mod make;
mod overlaps;
mod precision;
mod unit;

use super::native::Definition;

pub(super) use clock::functions as clock;
pub(super) use date_bin::function as date_bin;
pub(super) use date_trunc::{function as date_trunc, in_zone as date_trunc_in_zone};
pub(super) use extract::functions as extract;

/// Those that are no more than their definition.
pub(super) const NATIVE: &[Definition] = &[
    age::AGE,
    age::ISFINITE,
    interval_input::INTERVAL_OF_TEXT,
    justify::JUSTIFY_DAYS,
    justify::JUSTIFY_HOURS,
    justify::JUSTIFY_INTERVAL,
    make::MAKE_DATE,
    make::MAKE_INTERVAL,
    make::MAKE_TIME,
    make::MAKE_TIMESTAMP,
    make::MAKE_TIMESTAMPTZ,
    overlaps::OVERLAPS,
    precision::WITH_PRECISION,
];
