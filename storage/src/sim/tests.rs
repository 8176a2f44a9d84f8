//! The runs.

use std::sync::atomic::{AtomicU64, Ordering};

use super::disk::Lies;
use super::world::{Kind, Plan, run};
use crate::mutation::{self, Mutation};

/// Seeds a medium; `TIDEGATE_SIM_SEEDS` asks for another number.
const SEEDS: u64 = 1500;

fn seeds() -> u64 {
    match std::env::var("TIDEGATE_SIM_SEEDS") {
        Ok(seeds) => seeds.parse().expect("TIDEGATE_SIM_SEEDS is a number"),
        Err(_) => SEEDS,
    }
}

/// Runs many seeds on all cores; fails with the first seed that does.
fn run_all(medium: Kind) {
    let next = AtomicU64::new(0);
    let last = seeds();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last {
                        return;
                    }
                    run_one(seed, medium);
                }
            });
        }
    });
}

fn run_one(seed: u64, medium: Kind) {
    if let Err(what) = run(Plan::new(seed, medium)) {
        panic!(
            "seed {seed} on {medium:?}: {what}\nreplay: TIDEGATE_SIM_SEED={seed} cargo test --workspace \
             --lib sim::tests::replay"
        );
    }
}

#[test]
fn seeds_on_disk() {
    run_all(Kind::Disk);
}

#[test]
fn seeds_on_an_object_store() {
    run_all(Kind::Cloud);
}

/// One seed, for a closer look.
#[test]
fn replay() {
    let Ok(seed) = std::env::var("TIDEGATE_SIM_SEED") else { return };
    let seed = seed.parse().expect("TIDEGATE_SIM_SEED is a number");
    run_one(seed, Kind::Disk);
    run_one(seed, Kind::Cloud);
}

#[test]
fn a_seed_replays_exactly() {
    for medium in [Kind::Disk, Kind::Cloud] {
        for seed in 0..50 {
            assert_eq!(run(Plan::new(seed, medium)), run(Plan::new(seed, medium)), "seed {seed}, {medium:?}");
        }
    }
}

/// Runs seeds with something broken until one goes red; how many it took.
fn found_after(plan: impl Fn(u64) -> Plan) -> Option<(u64, String)> {
    (0..3000).find_map(|seed| run(plan(seed)).err().map(|what| (seed + 1, what)))
}

fn must_find(what_is_broken: &str, plan: impl Fn(u64) -> Plan) {
    let (seeds, what) = found_after(plan).unwrap_or_else(|| panic!("{what_is_broken}: not found"));
    println!("{what_is_broken}: found after {seeds} seeds: {what}");
}

fn must_find_mutation(mutation: Mutation, medium: Kind) {
    mutation::set(Some(mutation));
    must_find(&format!("no {mutation:?}"), |seed| Plan::new(seed, medium));
    mutation::set(None);
}

#[test]
fn finds_a_commit_before_its_segments() {
    must_find("commit before its segments, disk", |seed| Plan {
        writes_segments_late: true,
        ..Plan::new(seed, Kind::Disk)
    });
    must_find("commit before its segments, object store", |seed| Plan {
        writes_segments_late: true,
        ..Plan::new(seed, Kind::Cloud)
    });
}

#[test]
fn finds_a_missing_sync() {
    let lies = |lies: Lies| move |seed| Plan { lies, ..Plan::new(seed, Kind::Disk) };
    must_find("no sync of files", lies(Lies { file_sync: true, ..Lies::default() }));
    must_find("no sync of directories", lies(Lies { directory_sync: true, ..Lies::default() }));
    must_find("no sync of new directories", lies(Lies { parent_sync: true, ..Lies::default() }));
}

#[test]
fn finds_a_missing_precondition() {
    must_find_mutation(Mutation::OffsetPrecondition, Kind::Cloud);
}

#[test]
fn finds_a_missing_fence() {
    must_find_mutation(Mutation::Fence, Kind::Cloud);
}

#[test]
fn finds_a_record_not_known_again() {
    must_find_mutation(Mutation::Nonce, Kind::Cloud);
}

#[test]
fn finds_a_collector_that_forgets_readers() {
    must_find("collection of what readers see", |seed| Plan {
        collects_what_readers_see: true,
        ..Plan::new(seed, Kind::Cloud)
    });
}
