//! The same sessions on a real PostgreSQL and on Tidegate, compared message by message.
//!
//! Each file of `cases/pg_compat` is one session. A statement ends with a line that ends with `;`
//! (`\;` separates statements of one message), is sent as a Query, and, where it gives rows, once more
//! through Parse, Describe, Bind with binary results, and Execute. A line `-- differs: why` above a
//! statement marks one that is known to be answered otherwise, and it must then really be.

use std::fmt::Write as _;
use std::time::Duration;

use tidegate_sqllogictest::runner;
use tidegate_sqllogictest::server::Server;
use tidegate_sqllogictest::wire::{Message, Session};

use crate::peer::Postgres;

/// Statements that must at least be compared.
const STATEMENTS_MIN: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn pg_compat() {
    let Some(postgres) = Postgres::start_or_skip() else { return };
    drop(postgres.connect().await);
    let server = Server::start(&[]).await;
    let ours = server.port().unwrap();
    let (theirs, wanted) = (postgres.port, std::env::var("PG_COMPAT").unwrap_or_default());
    let work = move || {
        let directory = runner::own_cases().join("pg_compat");
        let mut files: Vec<_> =
            std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let (mut failures, mut count, mut differing) = (String::new(), 0, 0);
        for file in files.iter().filter(|file| file.to_string_lossy().contains(&wanted)) {
            let mut expected = open(theirs, "postgres");
            let mut found = open(ours, "tidegate");
            for statement in statements(&std::fs::read_to_string(file).unwrap()) {
                let theirs = answer(&mut expected, &statement);
                let ours = answer(&mut found, &statement);
                count += 1;
                differing += usize::from(statement.differs.is_some());
                let place = format!("{}:{}", file.file_name().unwrap().to_string_lossy(), statement.line);
                match (alike(&theirs, &ours), &statement.differs) {
                    (true, None) | (false, Some(_)) => {}
                    (true, Some(why)) => writeln!(failures, "{place}: no longer differs: {why}").unwrap(),
                    (false, None) => {
                        let difference = difference(&theirs, &ours);
                        writeln!(failures, "{place}: {}\n{difference}", statement.sql).unwrap();
                    }
                }
            }
        }
        (failures, count, differing)
    };
    let (failures, count, differing) = tokio::task::spawn_blocking(work).await.unwrap();
    assert!(failures.is_empty(), "of {count} statements:\n{failures}");
    if std::env::var("PG_COMPAT").is_err() {
        assert!(count >= STATEMENTS_MIN, "only {count} statements");
    }
    eprintln!("{} statements alike, {differing} known to differ", count - differing);
}

fn open(port: u16, database: &str) -> Session {
    Session::open(&format!("127.0.0.1:{port}"), database, Duration::from_secs(60)).unwrap()
}

struct Statement {
    sql: String,
    /// What follows a `COPY … FROM STDIN`.
    data: Option<String>,
    differs: Option<String>,
    line: usize,
}

fn statements(text: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let (mut sql, mut differs, mut line) = (String::new(), None, 0);
    let mut lines = text.lines().enumerate();
    while let Some((number, written)) = lines.next() {
        if sql.is_empty() {
            line = number + 1;
            if let Some(why) = written.strip_prefix("-- differs: ") {
                differs = Some(why.to_owned());
                continue;
            }
            if written.starts_with("--") || written.trim().is_empty() {
                continue;
            }
        }
        sql.push_str(written);
        if !written.ends_with(';') || written.ends_with("\\;") {
            sql.push('\n');
            continue;
        }
        sql.pop();
        let sql = std::mem::take(&mut sql).replace("\\;", ";");
        let is_copy = sql.to_uppercase().starts_with("COPY ") && sql.to_uppercase().contains("FROM STDIN");
        let data = is_copy.then(|| {
            let data = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "\\.");
            data.map(|line| format!("{line}\n")).collect()
        });
        statements.push(Statement { sql, data, differs: differs.take(), line });
    }
    statements
}

/// Whether answers say the same. A place in an error may be more than PostgreSQL has, or may be
/// missing where a value is wrong and not the statement; and PostgreSQL computes constants before it
/// describes a result.
fn alike(theirs: &[String], ours: &[String]) -> bool {
    let fails = |lines: &[String]| lines.iter().any(|line| line.contains("ERROR "));
    let seen = |lines: &[String]| {
        let failed = fails(lines);
        let lines = lines.iter().filter(move |line| !(failed && line.contains("columns ")));
        lines.cloned().collect::<Vec<String>>()
    };
    let (theirs, ours) = (seen(theirs), seen(ours));
    let place =
        |line: &str| line.rsplit_once(" at ").map(|(text, place)| (text.to_owned(), place.to_owned()));
    theirs.len() == ours.len()
        && theirs.iter().zip(&ours).all(|(theirs, ours)| {
            if theirs == ours {
                return true;
            }
            let (Some((theirs, their_place)), Some((ours, our_place))) = (place(theirs), place(ours)) else {
                return false;
            };
            let is_value = theirs.contains("ERROR 22");
            theirs == ours && (their_place.starts_with(' ') || is_value && our_place.starts_with(' '))
        })
}

/// The lines that only one of them has, in order.
fn difference(theirs: &[String], ours: &[String]) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for index in 0..theirs.len().max(ours.len()) {
        let (expected, found) = (theirs.get(index), ours.get(index));
        if expected != found && shown < 4 {
            shown += 1;
            for (sign, line) in [("postgres", expected), ("tidegate", found)] {
                let line = line.map_or("(nothing)", String::as_str);
                writeln!(text, "    {sign}: {}", line.chars().take(400).collect::<String>()).unwrap();
            }
        }
    }
    text
}

/// All that is answered to a statement, a line a message; what gives rows is asked in binary once more.
fn answer(session: &mut Session, statement: &Statement) -> Vec<String> {
    let answered = session.query(&statement.sql, statement.data.as_deref()).unwrap();
    let mut lines: Vec<String> = answered.iter().map(ToString::to_string).collect();
    let describes = answered.iter().any(|message| matches!(message, Message::Columns(_)));
    let gives_rows = describes && !answered.iter().any(Message::is_error);
    let first = statement.sql.split_whitespace().next().unwrap_or_default().to_uppercase();
    let reads = ["SELECT", "VALUES", "WITH", "TABLE", "SHOW"].contains(&first.as_str());
    if gives_rows && reads && !statement.sql.contains(';') {
        let answered = session.query_in_binary(&statement.sql).unwrap();
        lines.extend(answered.iter().map(|message| format!("binary {message}")));
    }
    lines
}
