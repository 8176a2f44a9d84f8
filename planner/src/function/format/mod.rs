//! `to_char`, `to_date`, `to_timestamp` and `to_number`: values as text, and back, by PostgreSQL's
//! templates. <https://www.postgresql.org/docs/15/functions-formatting.html>
//!
//! A template is parsed once ([`template`]) and says for each value how it is written or read. Names are
//! those of the locale C: English ones, `.` and `,`.

mod datetime_fields;
mod datetime_input;
mod datetime_output;
mod datetime_template;
mod functions;
mod number_input;
mod number_output;
mod number_template;
mod number_text;
mod template;
mod to_number;

pub(super) use functions::{TO_CHAR, TO_DATE, TO_TIMESTAMP};
pub(super) use to_number::function as to_number;
