//! Where reading of a topic begins, as people say it.

/// `START OFFSET`, `START TIMESTAMP` and `RESET OFFSETS TO`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StartPosition {
    /// The first message that the broker still has.
    #[default]
    Earliest,
    /// The next message that will be written.
    Latest,
    /// One offset per partition, from partition 0 on.
    Offsets(Vec<i64>),
    /// The first message with this timestamp or a later one, in microseconds since 1970.
    Timestamp(i64),
}
