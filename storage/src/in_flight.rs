//! Segments on their way into the log: the collector leaves them alone although no manifest names them.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::SmallRng;

use crate::ids::SegmentId;

/// All of a database.
#[derive(Debug)]
pub(crate) struct SegmentsInFlight {
    ids: Arc<Mutex<BTreeSet<SegmentId>>>,
    random: Arc<Mutex<SmallRng>>,
}

impl SegmentsInFlight {
    /// None yet; new ids come from `random`.
    pub(crate) fn new(random: SmallRng) -> Self {
        Self { ids: Arc::default(), random: Arc::new(Mutex::new(random)) }
    }

    /// Those that are in flight now.
    pub(crate) fn ids(&self) -> Vec<SegmentId> {
        self.ids.lock().iter().copied().collect()
    }

    /// What one writer will make.
    pub(crate) fn begin(&self) -> InFlight {
        InFlight {
            all: Arc::clone(&self.ids),
            random: Arc::clone(&self.random),
            own: Vec::new(),
            undecided: false,
        }
    }
}

/// Those of one writer. Dropped, they are garbage unless a manifest names them by then.
#[derive(Debug)]
pub(crate) struct InFlight {
    all: Arc<Mutex<BTreeSet<SegmentId>>>,
    random: Arc<Mutex<SmallRng>>,
    own: Vec<SegmentId>,
    undecided: bool,
}

impl InFlight {
    /// A segment is about to be written.
    pub(crate) fn new_id(&mut self) -> SegmentId {
        let id = SegmentId(self.random.lock().random());
        self.all.lock().insert(id);
        self.own.push(id);
        id
    }

    /// They may turn out to be committed: until [`decided`](Self::decided) they stay, however this ends.
    pub(crate) fn keep(&mut self) {
        self.undecided = true;
    }

    /// It is known whether they are committed.
    pub(crate) fn decided(&mut self) {
        self.undecided = false;
    }

    /// Takes over those of another writer.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.own.append(&mut other.own);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.undecided {
            let mut all = self.all.lock();
            for id in &self.own {
                all.remove(id);
            }
        }
    }
}
