//! Everything that speaks to a broker, behind types that are not librdkafka's.

pub(crate) mod client;
pub(crate) mod consumer;
pub(crate) mod context;
pub(crate) mod describe;
pub(crate) mod messages;
pub(crate) mod options;
