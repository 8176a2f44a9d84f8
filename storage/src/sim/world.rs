//! A run: one medium, several lives, one ledger.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::clock::SimClock;
use super::disk::{Crash, Disk, Lies};
use super::format::SimFormat;
use super::ledger::Ledger;
use super::process::Process;
use super::unsteady::{Delayed, Unsteady, Weather, calm};
use crate::check::check;
use crate::clock::Clock;
use crate::config::StorageConfig;
use crate::database::Database;
use crate::error::ErrorKind;
use crate::object_store::DurableStore;
use crate::segment::SegmentFormat;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) medium: Kind,
    pub(super) lies: Lies,
    pub(super) writes_segments_late: bool,
    pub(super) collects_what_readers_see: bool,
}

/// Where the database lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// On our durable store over a disk: a life ends with a crash of the process or of the machine.
    Disk,
    /// On an object store: a life also ends with a new process that takes over from a living one.
    Cloud,
}

impl Plan {
    pub(super) fn new(seed: u64, medium: Kind) -> Self {
        let lies = Lies::default();
        Self { seed, medium, lies, writes_segments_late: false, collects_what_readers_see: false }
    }
}

/// What all lives of a run share.
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) ledger: Mutex<Ledger>,
    clock: Arc<SimClock>,
    medium: Medium,
    delayed: Delayed,
    violation: Mutex<Option<String>>,
}

enum Medium {
    Disk(Disk),
    Cloud(Arc<dyn ObjectStore>),
}

impl World {
    /// Notes that something is wrong; the run ends.
    pub(super) fn violated(&self, what: String) {
        self.violation.lock().get_or_insert(what);
    }

    /// Whether the machine has stopped, or the run has seen enough.
    pub(super) fn has_stopped(&self) -> bool {
        self.violation.lock().is_some()
            || match &self.medium {
                Medium::Disk(disk) => disk.has_stopped(),
                Medium::Cloud(_) => false,
            }
    }

    fn store(&self) -> std::io::Result<Arc<dyn ObjectStore>> {
        Ok(match &self.medium {
            Medium::Disk(disk) => Arc::new(DurableStore::over(Arc::new(disk.clone()))?),
            Medium::Cloud(store) => Arc::clone(store),
        })
    }

    async fn open(self: &Arc<Self>, store: Unsteady, seed: u64) -> Option<Arc<Process>> {
        let config = StorageConfig {
            hot_bytes_max: NonZeroU64::new(1 << 30).expect("not zero"),
            checkpoint_commits: NonZeroU64::new(4).expect("not zero"),
            gc_grace: Duration::from_secs(60),
            gc_interval: Duration::from_secs(10),
        };
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let opened = Database::open_with(
            Arc::new(store.clone()),
            config,
            clock,
            seed,
            Arc::new(SimFormat) as Arc<dyn SegmentFormat>,
        );
        match opened.await {
            Ok(database) => {
                if let Err(what) = self.ledger.lock().recovered(&database.snapshot()) {
                    self.violated(what);
                }
                Some(Process::new(Arc::clone(self), database, store))
            }
            Err(error) if error.kind() == ErrorKind::Retry => None,
            Err(error) => {
                self.violated(format!("recovery: {error}"));
                None
            }
        }
    }
}

/// Runs a plan. Returns a hash of everything that happened, or what went wrong.
pub(super) fn run(plan: Plan) -> Result<u64, String> {
    let mut random = SmallRng::seed_from_u64(plan.seed);
    let clock = Arc::new(SimClock::new());
    let medium = match plan.medium {
        Kind::Disk => Medium::Disk(Disk::new(random.random(), Arc::clone(&clock), plan.lies)),
        Kind::Cloud => Medium::Cloud(Arc::new(InMemory::new())),
    };
    let world = Arc::new(World {
        plan,
        ledger: Mutex::default(),
        clock,
        medium,
        delayed: Delayed::default(),
        violation: Mutex::default(),
    });

    let mut runtime = new_runtime();
    let mut trace = 0;
    let mut tasks = JoinSet::new();
    let mut processes: Vec<Arc<Process>> = Vec::new();
    for _ in 0..random.random_range(1..5) {
        let process = runtime.block_on(live(&world, &mut tasks, &mut random));
        if let Some(process) = process {
            trace ^= process.trace().rotate_left(processes.len() as u32);
            processes.push(process);
        }
        if world.violation.lock().is_some() {
            break;
        }
        match &world.medium {
            Medium::Disk(disk) => {
                // The process is gone with all its tasks, in the middle of whatever they did.
                processes.clear();
                tasks = JoinSet::new();
                runtime = new_runtime();
                disk.restart(if random.random() { Crash::Power } else { Crash::Process });
            }
            Medium::Cloud(_) => {
                let is_killed = random.random();
                processes.iter().for_each(|old| if is_killed { old.kill() } else { old.is_taken_over() });
            }
        }
    }
    processes.iter().for_each(|process| process.kill());
    runtime.block_on(last_look(&world, random.random()));
    match world.violation.lock().take() {
        Some(what) => Err(what),
        None => Ok(trace),
    }
}

fn new_runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime needs no resources")
}

/// One life, up to its crash or to its being taken over.
async fn live(world: &Arc<World>, tasks: &mut JoinSet<()>, random: &mut SmallRng) -> Option<Arc<Process>> {
    let writes_segments_late = world.plan.writes_segments_late;
    let operations = random.random_range(1..400);
    let (weather, operations) = match &world.medium {
        Medium::Disk(disk) => {
            disk.trouble(operations * 4, if random.random() { 0 } else { 200 });
            (Weather { writes_segments_late, ..Weather::default() }, u64::MAX)
        }
        Medium::Cloud(_) => {
            let fails_one_in = if random.random() { 0 } else { 40 };
            let delays_one_in = if random.random() { 0 } else { 30 };
            (Weather { fails_one_in, delays_one_in, writes_segments_late }, operations)
        }
    };
    let store = world.store().ok()?;
    let (clock, delayed) = (Arc::clone(&world.clock), Arc::clone(&world.delayed));
    let store = Unsteady::new(store, clock, delayed, random.random(), weather, operations);
    let process = world.open(store, random.random()).await?;
    process.verify().await;
    process.start(tasks, random.random());
    let turns = random.random_range(100..3000);
    for _ in 0..turns {
        tokio::task::yield_now().await;
        if process.has_stopped() {
            break;
        }
    }
    Some(process)
}

/// After all lives: whatever happened, the database opens, holds what it must, and checks.
async fn last_look(world: &Arc<World>, seed: u64) {
    if world.violation.lock().is_some() {
        return;
    }
    let store = match world.store() {
        Ok(store) => calm(store, Arc::clone(&world.clock)),
        Err(error) => return world.violated(format!("the disk can't be opened: {error}")),
    };
    let Some(process) = world.open(store.clone(), seed).await else {
        return world.violated("the database can't be opened".to_owned());
    };
    process.verify().await;
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let format: Arc<dyn SegmentFormat> = Arc::new(SimFormat);
    match check(&store, &format).await {
        Ok(report) if report.is_ok() => {}
        Ok(report) => world.violated(format!("the check found faults:\n{report}")),
        Err(error) => world.violated(format!("the check failed: {error}")),
    }
}
