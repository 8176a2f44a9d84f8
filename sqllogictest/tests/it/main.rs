//! Tests of the whole: a real broker, and a real server reached only over the wire.

mod cases;
mod crash;
mod kafka;
mod ledger;
mod postgres;
mod support;
mod wire;
