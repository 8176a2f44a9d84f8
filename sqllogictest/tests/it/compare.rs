//! Generated statements: on a real PostgreSQL and on ours, and on ours alone where answers must go together.

use tidegate_sqllogictest::compare::metamorphic::{Checked, partitions, staged_is_stored};
use tidegate_sqllogictest::compare::{self, Options, Suite, exceptions};
use tidegate_sqllogictest::server::Server;

use crate::peer::Postgres;
use crate::support::setting;

/// Cases of each suite; `TIDEGATE_CASES` says how many else.
const CASES: u64 = 1000;
/// Cases of each check that needs no other server.
const CHECKS: u64 = 300;

/// Fails where an answer differs in a way that the list of exceptions does not name, and where an exception
/// is no longer one.
#[tokio::test(flavor = "multi_thread")]
async fn compare() {
    let Some(postgres) = Postgres::start_or_skip() else { return };
    drop(postgres.connect().await);
    let server = Server::start(&[]).await;
    let options = |suite| Options {
        seed: 1,
        count: setting("TIDEGATE_CASES").unwrap_or(CASES),
        suite,
        ours: format!("127.0.0.1:{}", server.port().unwrap()),
        postgres: format!("127.0.0.1:{}/postgres", postgres.port),
        wording: false,
    };
    let all = [Suite::Expressions, Suite::Queries].map(options);
    let work = move || {
        let mut failures = compare::stale(&all[0], &exceptions()).unwrap();
        for options in &all {
            let report = compare::run(options, |_| ()).unwrap();
            eprintln!("{:?}: {} alike, known: {:?}", options.suite, report.alike, report.known);
            assert!(report.alike - report.failed_alike >= options.count / 2, "most cases say something");
            failures.extend(report.found.iter().map(|(found, count)| format!("{count} times {found}")));
        }
        failures
    };
    let failures = tokio::task::spawn_blocking(work).await.unwrap();
    assert!(failures.is_empty(), "{} kinds of difference:\n{}", failures.len(), failures.join("\n"));
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
