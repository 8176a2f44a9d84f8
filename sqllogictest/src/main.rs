//! Runs sqllogictest cases against a server: `cargo run -p tidegate-sqllogictest -- [paths]`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand, ValueEnum};
use tidegate_sqllogictest::compare::{self, Suite};
use tidegate_sqllogictest::runner::{self, Options, Outcome};
use tidegate_sqllogictest::{binary, kafka};

/// Run sqllogictest cases against a Tidegate server, with a real Kafka broker beside it.
#[derive(Debug, Parser)]
#[command(name = "tidegate-sqllogictest", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Run generated statements on a Tidegate and on a PostgreSQL, and print how their answers differ.
    Compare(Compare),
}

#[derive(Debug, clap::Args)]
struct Compare {
    /// The first case.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cases.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// What the cases are.
    #[arg(long, value_enum, default_value_t = Kind::Expressions)]
    suite: Kind,
    /// Where Tidegate listens, as HOST:PORT. Tables of the generator are made there anew.
    #[arg(long)]
    ours: String,
    /// Where PostgreSQL listens, as HOST:PORT or HOST:PORT/DATABASE; there too.
    #[arg(long)]
    postgres: String,
    /// Compare the wording of errors too, not only their SQLSTATE.
    #[arg(long)]
    wording: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Expressions,
    Queries,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Compare(options)) = arguments.command {
        return tokio::task::block_in_place(|| run_compare(options));
    }
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

fn run_compare(arguments: Compare) -> ExitCode {
    let Compare { seed, count, suite, ours, postgres, wording } = arguments;
    let suite = match suite {
        Kind::Expressions => Suite::Expressions,
        Kind::Queries => Suite::Queries,
    };
    let options = compare::Options { seed, count, suite, ours, postgres, wording };
    let mut report = match compare::run(&options, |found| println!("{found}\n")) {
        Ok(report) => report,
        Err(error) => return fail(&error.to_string()),
    };
    println!("{} cases alike, {} of them failures", report.alike, report.failed_alike);
    report.known.iter().for_each(|(reason, count)| println!("{count} known: {reason}"));
    report.found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (found, count) in &report.found {
        println!("{count} like case {}: {}", found.seed, found.class);
    }
    if report.found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
