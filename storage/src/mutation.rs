//! Faults put into the crate on purpose, to show that the simulation finds them. Tests only.

use std::cell::Cell;

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// Without it, offsets advance from wherever they stand.
    OffsetPrecondition,
    /// Without it, writers of old epochs go on.
    Fence,
    /// Without it, a record of our own is taken for somebody else's.
    Nonce,
}

thread_local! {
    static ACTIVE: Cell<Option<Mutation>> = const { Cell::new(None) };
}

/// Breaks this thread's storage, or mends it.
pub(crate) fn set(mutation: Option<Mutation>) {
    ACTIVE.set(mutation);
}

pub(crate) fn is_active(mutation: Mutation) -> bool {
    ACTIVE.get() == Some(mutation)
}
