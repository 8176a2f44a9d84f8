//! Generated statements: on a real PostgreSQL and on ours, and on ours alone where answers must go together.

use tidegate_sqllogictest::compare::metamorphic::{Checked, partitions, staged_is_stored};
use tidegate_sqllogictest::compare::{self, Options, Suite, exceptions};
use tidegate_sqllogictest::server::Server;

use crate::peer::Postgres;
use crate::support::setting;

/// Each suite with its cases (`TIDEGATE_CASES` says how many else), and the kinds of difference that it may
/// show. Mending one makes room for what it hid; all the same the number is to go down, to none but exceptions.
const SUITES: [(Suite, u64, usize); 2] = [(Suite::Expressions, 600, 280), (Suite::Queries, 150, 260)];
/// Cases of each check that needs no other server.
const CHECKS: u64 = 300;

/// Fails where more answers differ than did, where one does not come, and where an exception is none any more.
#[tokio::test(flavor = "multi_thread")]
async fn compare() {
    let Some(postgres) = Postgres::start_or_skip() else { return };
    drop(postgres.connect().await);
    let server = Server::start(&[]).await;
    let (ours, theirs) = (server.port().unwrap(), postgres.port);
    let work = move || {
        let mut failures = Vec::new();
        for (suite, cases, kinds) in SUITES {
            let options = Options {
                seed: 1,
                count: setting("TIDEGATE_CASES").unwrap_or(cases),
                suite,
                ours: format!("127.0.0.1:{ours}"),
                postgres: format!("127.0.0.1:{theirs}/postgres"),
                wording: false,
            };
            failures.extend(compare::stale(&options, &exceptions()).unwrap());
            let report = compare::run(&options, |_| ()).unwrap();
            let found = report.found.len();
            eprintln!("{suite:?}: {} alike, {found} kinds differ, known: {:?}", report.alike, report.known);
            let lost = report.found.iter().filter(|(found, _)| found.class == "lost");
            failures.extend(lost.map(|(found, _)| found.to_string()));
            if found > kinds {
                let shown = report.found.iter().map(|(found, count)| format!("{count} times {found}"));
                failures.push(format!("{found} kinds differ:\n{}", shown.collect::<Vec<_>>().join("\n")));
            }
        }
        failures
    };
    let failures = tokio::task::spawn_blocking(work).await.unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_go_together() {
    let server = Server::start(&[]).await;
    let address = format!("127.0.0.1:{}", server.port().unwrap());
    let work = move || [partitions, staged_is_stored].map(|check| check(&address, 1, CHECKS).unwrap());
    for Checked { cases, failures } in tokio::task::spawn_blocking(work).await.unwrap() {
        assert!(cases >= CHECKS / 4, "only {cases} cases say something");
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
