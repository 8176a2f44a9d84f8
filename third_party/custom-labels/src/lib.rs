//! Stands in for the `custom-labels` crate, whose build needs a C++ compiler and libclang.
//!
//! `vortex-io` uses it to label threads for a profiler. We carry no such profiler, so every
//! label is dropped and the work runs as it is.

/// The labels of a thread: always none.
pub struct Labelset;

impl Labelset {
    /// The labels of the current thread.
    pub fn clone_from_current() -> Self {
        Self
    }

    /// Runs `work` under these labels.
    pub fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Labels on futures.
pub mod asynchronous {
    use std::future::Future;

    /// Attaches labels to a future.
    pub trait Label: Sized {
        /// Attaches the current labels: as there are none, the future itself.
        fn with_current_labels(self) -> Self;
    }

    impl<F: Future> Label for F {
        fn with_current_labels(self) -> Self {
            self
        }
    }
}
