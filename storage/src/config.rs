//! The knobs of storage, validated.

use std::num::NonZeroU64;
use std::time::Duration;

/// How a database behaves. Every bound has a default that suits a small machine.
#[derive(Clone, Debug)]
pub struct StorageConfig {
    /// Memory of hot rows over all sources; above it consumers pause. More lets flushes make
    /// larger segments and rides out a slow disk for longer.
    pub hot_bytes_max: NonZeroU64,
    /// Commits between two checkpoints. Fewer make start-up faster and cost writing.
    pub checkpoint_commits: NonZeroU64,
    /// How long an unreferenced file is kept: longer than the oldest snapshot may live.
    pub gc_grace: Duration,
    /// How often unreferenced files are looked for.
    pub gc_interval: Duration,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            hot_bytes_max: NonZeroU64::new(1 << 30).expect("not zero"),
            checkpoint_commits: NonZeroU64::new(256).expect("not zero"),
            gc_grace: Duration::from_secs(3600),
            gc_interval: Duration::from_secs(300),
        }
    }
}
