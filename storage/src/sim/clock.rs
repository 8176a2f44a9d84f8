//! Time that passes when the simulation says so.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Clock;

#[derive(Debug)]
pub(super) struct SimClock(AtomicI64);

impl SimClock {
    pub(super) fn new() -> Self {
        Self(AtomicI64::new(1_795_219_200_000_000))
    }

    pub(super) fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}
