//! The text in which `jsonb` values are stored: PostgreSQL's own output form, so that equal values
//! have equal text. Object keys are unique (the last wins) and ordered by length, then bytes; one
//! space follows each `:` and `,`; numbers are plain decimals (`1e3` is `1000`) that keep their
//! trailing zeros.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html>
