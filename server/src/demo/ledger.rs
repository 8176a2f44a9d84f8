//! What the broker has acknowledged: the demo's own count, which the server's is held against.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// Per partition the offset after the last message that the broker acknowledged.
pub(super) type Delivered = BTreeMap<i32, i64>;

/// Counts acknowledged messages.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    delivered: Delivered,
    messages: u64,
}

impl Ledger {
    /// The broker acknowledged the message at this offset.
    pub(super) fn record(&self, partition: i32, offset: i64) {
        let mut state = self.state.lock();
        state.messages += 1;
        let next = state.delivered.entry(partition).or_insert(0);
        *next = (*next).max(offset + 1);
    }

    /// What is acknowledged now.
    pub(super) fn delivered(&self) -> Delivered {
        self.state.lock().delivered.clone()
    }

    /// Messages acknowledged in all.
    pub(super) fn totals(&self) -> u64 {
        self.state.lock().messages
    }
}
