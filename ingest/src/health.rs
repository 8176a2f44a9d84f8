//! A source's state as people see it, and the log line at each change.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use storage::clock::Clock;
use storage::status::{SourceState, SourceStatus};

/// Writes a source's state into its status cell when it changes.
#[derive(Debug)]
pub(crate) struct Health {
    name: String,
    cell: Arc<RwLock<SourceStatus>>,
    clock: Arc<dyn Clock>,
    /// What was set last: only a change is written and logged.
    last: Mutex<Option<(SourceState, Option<String>)>>,
}

impl Health {
    pub(crate) fn new(name: &str, cell: Arc<RwLock<SourceStatus>>, clock: Arc<dyn Clock>) -> Self {
        Self { name: name.to_owned(), cell, clock, last: Mutex::new(None) }
    }

    /// Enters a state. `error` says why, in those that need a reason.
    pub(crate) fn set(&self, state: SourceState, error: Option<&str>) {
        let mut last = self.last.lock();
        if last.as_ref().is_some_and(|last| last.0 == state && last.1.as_deref() == error) {
            return;
        }
        *last = Some((state, error.map(str::to_owned)));
        let mut status = self.cell.write();
        // A reason that is only worded anew is still the same trouble.
        let since = if status.state == state { status.error_since_micros } else { None };
        status.error_since_micros = error.map(|_| since.unwrap_or_else(|| self.clock.now_micros()));
        status.state = state;
        status.error = error.map(str::to_owned);
        drop(status);
        let source = self.name.as_str();
        match (state, error) {
            (SourceState::Failed, Some(error)) => tracing::error!(source, %state, error, "source failed"),
            (_, Some(error)) => tracing::warn!(source, %state, error, "source held up"),
            (_, None) => tracing::info!(source, %state, "source state"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicI64);

    impl Clock for Counting {
        fn now_micros(&self) -> i64 {
            self.0.fetch_add(1, Ordering::Relaxed)
        }
    }

    #[test]
    fn remembers_since_when() {
        let cell = Arc::new(RwLock::new(SourceStatus::default()));
        let health = Health::new("s", Arc::clone(&cell), Arc::new(Counting::default()));
        let since = || cell.read().error_since_micros;
        health.set(SourceState::Stalled, Some("away"));
        assert_eq!(since(), Some(0));
        health.set(SourceState::Stalled, Some("still away"));
        assert_eq!((since(), cell.read().error.clone()), (Some(0), Some("still away".to_owned())));
        health.set(SourceState::Running, None);
        assert_eq!(since(), None);
        health.set(SourceState::Failed, Some("gone"));
        assert_eq!(since(), Some(1));
    }
}
