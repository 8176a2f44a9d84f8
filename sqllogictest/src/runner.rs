//! Runs case files at once, each against a server of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use sqllogictest::{Record, Runner, default_normalizer, default_validator, parse_file};
use tokio::sync::RwLock;

use crate::column::{self, Letter};
use crate::database::{Database, Environment};
use crate::kafka::KafkaBroker;
use crate::server::Server;

/// How cases are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// A running server to use for all of them, in place of one for each.
    pub url: Option<String>,
    /// Write what the server answers into the files, in place of comparing.
    pub rewrite: bool,
    /// How many run at once.
    pub jobs: usize,
}

/// What became of a case.
#[derive(Debug)]
pub struct Outcome {
    /// Its file.
    pub file: PathBuf,
    /// Its statements and queries, directives not counted.
    pub records: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// Why it failed.
    pub failure: Option<String>,
}

/// The cases of this crate.
pub fn own_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Every `.slt` file at or below these paths, in order.
pub fn find_cases(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut cases = Vec::new();
    let mut pending: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                pending.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            cases.push(path);
        }
    }
    cases.sort();
    Ok(cases)
}

/// Runs the cases; `report` hears of each as it ends.
pub async fn run(
    cases: Vec<PathBuf>,
    options: &Options,
    broker: &'static KafkaBroker,
    report: impl Fn(&Outcome),
) -> Vec<Outcome> {
    let running = cases.into_iter().map(|file| {
        let options = options.clone();
        async move {
            // A task of its own, so that a panic ends one case.
            let task = tokio::spawn(run_case(file.clone(), options, broker));
            task.await.unwrap_or_else(|error| Outcome {
                file,
                records: 0,
                elapsed: Duration::ZERO,
                failure: Some(error.to_string()),
            })
        }
    });
    // A server for all would see the sources of one case in another.
    let jobs = if options.url.is_some() { 1 } else { options.jobs.max(1) };
    stream::iter(running).buffer_unordered(jobs).inspect(report).collect().await
}

async fn run_case(file: PathBuf, options: Options, broker: &'static KafkaBroker) -> Outcome {
    let start = Instant::now();
    let server = match &options.url {
        Some(url) => Server::external(url),
        None => Server::start(&[]).await,
    };
    let environment = Arc::new(Environment { server: RwLock::new(server), broker });
    let mut runner = Runner::new(|| {
        let database = Database::new(Arc::clone(&environment));
        async move { Ok(database) }
    });
    runner.with_column_validator(column::validate);
    let outcome = if options.rewrite {
        let (validator, columns) = (default_validator, column::validate);
        let rewritten = runner.update_test_file(&file, " ", validator, default_normalizer, columns).await;
        rewritten.map_err(|error| error.to_string())
    } else {
        runner.run_file_async(&file).await.map_err(|error| error.display(false).to_string())
    };
    let failure = outcome.err().map(|error| error.replace(&broker.address(), crate::database::BROKERS));
    Outcome { records: count_records(&file), file, elapsed: start.elapsed(), failure }
}

fn count_records(file: &Path) -> usize {
    let is_sql = |sql: &str| crate::directive::Directive::parse(sql).is_none();
    let records = parse_file::<Letter>(file).unwrap_or_default();
    let counts = |record: &&Record<Letter>| match record {
        Record::Statement { sql, .. } | Record::Query { sql, .. } => is_sql(sql),
        _ => false,
    };
    records.iter().filter(counts).count()
}
