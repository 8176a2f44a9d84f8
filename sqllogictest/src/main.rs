//! Runs sqllogictest cases against a server: `cargo run -p tidegate-sqllogictest -- [paths]`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tidegate_sqllogictest::runner::{self, Options, Outcome};
use tidegate_sqllogictest::{binary, kafka};

/// Run sqllogictest cases against a Tidegate server, with a real Kafka broker beside it.
#[derive(Debug, Parser)]
#[command(name = "tidegate-sqllogictest")]
struct Arguments {
    /// Case files, or directories with them; without any, all cases of this project.
    paths: Vec<PathBuf>,
    /// Write what the server answers into the files, to be read before it is committed.
    #[arg(long = "override")]
    rewrite: bool,
    /// A running server for all cases, in place of a fresh one for each; it must reach the broker
    /// on this machine's loopback.
    #[arg(long)]
    url: Option<String>,
    /// How many cases run at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let paths = if arguments.paths.is_empty() { vec![runner::own_cases()] } else { arguments.paths };
    let cases = match runner::find_cases(&paths) {
        Ok(cases) if !cases.is_empty() => cases,
        Ok(_) => return fail("there is no .slt file there"),
        Err(error) => return fail(&error.to_string()),
    };
    if arguments.url.is_none() {
        binary::tidegate();
    }
    let broker = tokio::task::block_in_place(kafka::shared);
    let Some(broker) = broker else { return fail("the cases need a Kafka broker") };
    let options = Options { url: arguments.url, rewrite: arguments.rewrite, jobs: arguments.jobs };
    let start = Instant::now();
    let outcomes = runner::run(cases, &options, broker, print).await;
    let failed = outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
    let records: usize = outcomes.iter().map(|outcome| outcome.records).sum();
    let seconds = start.elapsed().as_secs_f64();
    println!("{} cases, {records} records, {failed} cases failed, {seconds:.1} s", outcomes.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(outcome: &Outcome) {
    let (file, seconds) = (outcome.file.display(), outcome.elapsed.as_secs_f64());
    match &outcome.failure {
        None => println!("ok      {file} ({} records, {seconds:.1} s)", outcome.records),
        Some(failure) => println!("FAILED  {file} ({seconds:.1} s)\n{failure}\n"),
    }
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("{reason}");
    ExitCode::FAILURE
}
