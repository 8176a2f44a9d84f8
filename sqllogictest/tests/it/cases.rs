//! Every case file, as `cargo run -p tidegate-sqllogictest` runs them.

use tidegate_sqllogictest::kafka;
use tidegate_sqllogictest::runner::{self, Options};

#[tokio::test(flavor = "multi_thread")]
async fn all_cases() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let cases = runner::find_cases(&[runner::own_cases()]).unwrap();
    let options = Options { url: None, rewrite: false, jobs: 2 };
    let outcomes = runner::run(cases, &options, broker, |_| ()).await;
    let failures: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| Some(format!("{}\n{}", outcome.file.display(), outcome.failure.as_ref()?)))
        .collect();
    assert!(failures.is_empty(), "{} cases failed:\n{}", failures.len(), failures.join("\n"));
    let records: usize = outcomes.iter().map(|outcome| outcome.records).sum();
    assert!(records >= 150, "only {records} records ran");
}
