//! Simulation: the whole of storage, single-threaded and by seed, on media that fail.
//!
//! A run takes one seed. It makes a medium (our durable store over a disk that forgets what was not
//! synced, or an object store that loses acknowledgements and delays effects) and on it several
//! lives of a database, in each of which publishing, flushes, changes of the catalog, resets,
//! checkpoints, collection and readers go on at the same time, until it crashes at some operation.
//! After each the database is opened again and compared with a ledger that never looked into it.
//!
//! A run is the same for the same seed, to the last operation. `docs/design/simulation.md` says what
//! this has found and shows that it does find things.

mod clock;
mod disk;
mod format;
mod ledger;
mod process;
mod unsteady;
mod world;

mod tests;
