//! Any sequence of messages leaves the protocol in step: behind an error nothing is answered before the
//! next ReadyForQuery, nothing ends the connection, and what comes last is answered.
//! `TIDEGATE_SEQUENCES` says how many are tried, `TIDEGATE_SEED` with which the first begins.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::harness::*;

const SEQUENCES: u64 = 300;
const MESSAGES_MAX: usize = 30;
/// Few, so that messages meet what others have made.
const NAMES: [&str; 3] = ["", "a", "b"];
const TEXTS: [&str; 14] = [
    "",
    "SELECT 1",
    "SELECT $1::int + 1",
    "SELECT v FROM generate_series(1, 5) AS g(v)",
    "SELECT 1/0",
    "SELECT nope",
    "SELECT (",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s",
    "ROLLBACK TO s",
    "SET application_name = 'x'",
    "DECLARE a CURSOR FOR SELECT 1",
];

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_sequence_stays_in_step() {
    let first = variable("TIDEGATE_SEED").unwrap_or(0);
    let count = variable("TIDEGATE_SEQUENCES").unwrap_or(SEQUENCES);
    let server = Server::start().await;
    for seed in first..first + count {
        sequence(&server, &mut SmallRng::seed_from_u64(seed), seed).await;
    }
    assert_eq!(kinds(&server.entered().await.query("SELECT 1").await), "TDCZ");
}

async fn sequence(server: &Server, rng: &mut SmallRng, seed: u64) {
    let mut raw = server.entered().await;
    let mut bytes = Vec::new();
    for _ in 0..rng.random_range(1..MESSAGES_MAX) {
        let pick = |rng: &mut SmallRng, from: &[&'static str]| from[rng.random_range(0..from.len())];
        let (name, other) = (pick(rng, &NAMES), pick(rng, &NAMES));
        let text = pick(rng, &TEXTS);
        let mut sent = match rng.random_range(0..12) {
            0..3 => parse(name, text),
            3..5 => bind(name, other),
            5 => describe(if rng.random() { 'S' } else { 'P' }, name),
            6..8 => execute(name, rng.random_range(0..3)),
            8 => message(b'C', format!("{}{name}\0", if rng.random() { 'S' } else { 'P' }).as_bytes()),
            9 => message(b'H', &[]),
            10 => query(text),
            _ => sync(),
        };
        // Bodies that are cut or changed, under a length that is right.
        if rng.random_range(0..20) == 0 && sent.len() > 5 {
            let at = rng.random_range(5..sent.len());
            if rng.random() {
                sent = message(sent[0], &sent[5..at]);
            } else {
                sent[at] = rng.random();
            }
        }
        bytes.extend(sent);
    }
    bytes.extend([sync(), query("ROLLBACK"), query("SELECT 'the end'")].concat());
    raw.send(&bytes).await;
    let (mut messages, mut skipping) = (Vec::new(), false);
    loop {
        let Some(next) = raw.next().await else { panic!("seed {seed}: closed after {}", kinds(&messages)) };
        match next.kind {
            b'D' if next.body.ends_with(b"the end") => return,
            b'Z' => skipping = false,
            b'N' | b'S' => {}
            _ => assert!(!skipping, "seed {seed}: more behind an error: {}", kinds(&messages)),
        }
        if next.kind == b'E' {
            assert_ne!(next.field(b'C').as_deref(), Some("XX000"), "seed {seed}: {next:?}");
            skipping = true;
        }
        messages.push(next);
    }
}
