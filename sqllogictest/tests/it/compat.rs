//! The same sessions on a real PostgreSQL and on Tidegate, compared message by message.
//!
//! Each file of `cases/pg_compat` is one session. A statement ends with a line that ends with `;`
//! (`\;` separates statements of one message), is sent as a Query, and, where it gives rows, once more
//! through Parse, Describe, Bind with binary results, and Execute. A line `-- differs: why` above a
//! statement marks one that is known to be answered otherwise, and it must then really be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tidegate_sqllogictest::runner;
use tidegate_sqllogictest::server::Server;

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
            let mut expected = Session::open(theirs, "postgres");
            let mut found = Session::open(ours, "tidegate");
            for statement in statements(&std::fs::read_to_string(file).unwrap()) {
                let theirs = expected.answer(&statement);
                let ours = found.answer(&statement);
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

/// A connection that speaks the protocol in bytes.
struct Session {
    socket: TcpStream,
}

impl Session {
    fn open(port: u16, database: &str) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut session = Self { socket };
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        for word in ["user", "tidegate", "database", database, "application_name", "compat", ""] {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
        let length = (body.len() as u32 + 4).to_be_bytes();
        session.socket.write_all(&[&length[..], &body].concat()).unwrap();
        session.until_ready();
        session
    }

    fn send(&mut self, messages: &[(u8, Vec<u8>)]) {
        let mut bytes = Vec::new();
        for (kind, body) in messages {
            bytes.push(*kind);
            bytes.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
            bytes.extend_from_slice(body);
        }
        self.socket.write_all(&bytes).unwrap();
    }

    fn message(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 5];
        self.socket.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4;
        let mut body = vec![0; length];
        self.socket.read_exact(&mut body).unwrap();
        (head[0], body)
    }

    fn until_ready(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut messages = Vec::new();
        loop {
            let message = self.message();
            let is_last = message.0 == b'Z';
            messages.push(message);
            if is_last {
                return messages;
            }
        }
    }

    /// All that is answered to a statement, a line a message.
    fn answer(&mut self, statement: &Statement) -> Vec<String> {
        let text = [statement.sql.as_bytes(), &[0]].concat();
        let mut messages = vec![(b'Q', text.clone())];
        if let Some(data) = &statement.data {
            messages.push((b'd', data.clone().into_bytes()));
            messages.push((b'c', Vec::new()));
        }
        self.send(&messages);
        let answered = self.until_ready();
        let mut lines = rendered(&answered);
        let is = |wanted: u8| answered.iter().any(|(kind, _)| *kind == wanted);
        let gives_rows = is(b'T') && !is(b'E');
        let first = statement.sql.split_whitespace().next().unwrap_or_default().to_uppercase();
        let reads = ["SELECT", "VALUES", "WITH", "TABLE", "SHOW"].contains(&first.as_str());
        if gives_rows && reads && !statement.sql.contains(';') {
            self.send(&[
                (b'P', [&[0], &text[..], &[0, 0]].concat()),
                (b'D', b"S\0".to_vec()),
                (b'B', b"\0\0\0\0\0\0\0\x01\0\x01".to_vec()),
                (b'E', b"\0\0\0\0\0".to_vec()),
                (b'S', Vec::new()),
            ]);
            lines.extend(rendered(&self.until_ready()).into_iter().map(|line| format!("binary {line}")));
        }
        lines
    }
}

/// Messages as text, rows sorted by nothing: the order is a part of the answer.
fn rendered(messages: &[(u8, Vec<u8>)]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut types = Vec::new();
    for (kind, body) in messages {
        let mut body = Body(body);
        lines.push(match kind {
            b'T' => {
                types.clear();
                let columns: Vec<String> = (0..body.i16())
                    .map(|_| {
                        let name = body.text();
                        // OIDs of tables are each server's own.
                        let (table, column) = (body.i32() != 0, body.i16());
                        let (oid, size, modifier, format) = (body.i32(), body.i16(), body.i32(), body.i16());
                        types.push((oid, format));
                        format!("{name}:{oid}:{size}:{modifier}:{table}:{column}:{format}")
                    })
                    .collect();
                format!("columns {}", columns.join(" "))
            }
            b'D' => {
                let cells: Vec<String> = (0..body.i16())
                    .map(|_| match body.i32() {
                        -1 => "null".to_owned(),
                        length => {
                            let bytes = body.take(length as usize);
                            match std::str::from_utf8(bytes) {
                                Ok(text) if !text.contains(char::is_control) => text.to_owned(),
                                _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
                            }
                        }
                    })
                    .collect();
                format!("row {}", cells.join(" | "))
            }
            b'C' => format!("tag {}", body.text()),
            b'E' | b'N' => {
                let mut fields = BTreeMap::new();
                while let field @ 1.. = body.take(1)[0] {
                    fields.insert(field, body.text());
                }
                let get = |field: u8| fields.get(&field).map_or("", String::as_str);
                let position = get(b'P');
                format!("{} {}: {} at {position} {}", get(b'V'), get(b'C'), get(b'M'), get(b'W'))
            }
            b'S' => format!("setting {}={}", body.text(), body.text()),
            b't' => {
                let types: Vec<String> = (0..body.i16()).map(|_| body.i32().to_string()).collect();
                format!("parameters {}", types.join(" "))
            }
            b'Z' => format!("ready {}", char::from(body.take(1)[0])),
            b'd' => format!("data {}", String::from_utf8_lossy(body.0)),
            b'G' | b'H' => format!("{} {:?}", char::from(*kind), body.0),
            other => format!("{}", char::from(*other)),
        });
    }
    lines
}

struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap();
        let text = String::from_utf8_lossy(self.take(end)).into_owned();
        self.take(1);
        text
    }
}
