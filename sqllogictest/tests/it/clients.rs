//! Real drivers, each as its users run it: the scripts in `clients/`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tidegate_sqllogictest::certificate::Certificate;
use tidegate_sqllogictest::kafka::jars::cache_directory;
use tidegate_sqllogictest::kafka::{self, Message};
use tidegate_sqllogictest::server::Server;

use crate::support::wait_visible;

const ROWS: i64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn drivers() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let topic = tokio::task::block_in_place(|| {
        let topic = broker.fresh_topic("clients", 1).unwrap();
        let producer = broker.producer().unwrap();
        (0..ROWS).for_each(|id| producer.send(&topic, &Message::value(&order(id))).unwrap());
        producer.flush().unwrap();
        topic
    });
    let certificate = Certificate::new();
    let files = ["server.pem", "key.pem"].map(|name| certificate.path(name));
    let server = Server::start(&["--tls-cert", &files[0], "--tls-key", &files[1]]).await;
    let client = server.connect().await.unwrap();
    let sql = format!(
        "CREATE SOURCE orders (id bigint NOT NULL, ts timestamptz NOT NULL, customer text, amount numeric(12,2), \
         ratio double precision, ok boolean, tags text[], doc jsonb, day date, ref uuid) \
         FROM KAFKA (BROKERS '{}', TOPIC '{topic}') FORMAT JSON",
        broker.address()
    );
    client.simple_query(&sql).await.unwrap();
    wait_visible(&client, "orders", 0, ROWS, Duration::from_secs(30)).await;

    let failures = tokio::task::block_in_place(|| {
        let port = server.port().expect("the server is ours");
        // Those that read libpq's variables come over TLS, the others in plain text.
        let authority = certificate.path("ca.pem");
        let verified = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", authority.as_str())];
        let secure = [python(), go(), psql(), pgbench(), odbc()].into_iter().flatten().flatten();
        let secure = secure.map(|script| (script, &verified[..]));
        let plain =
            [node(), java(), pgbouncer()].into_iter().flatten().flatten().map(|script| (script, &[][..]));
        secure.chain(plain).filter_map(|(script, more)| run(script, port, more)).collect::<Vec<_>>()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Its minute is its id; every second one is ok.
fn order(id: i64) -> String {
    let (hour, minute) = (id / 60, id % 60);
    format!(
        r#"{{"id": {id}, "ts": "2026-01-01T{hour:02}:{minute:02}:00Z", "customer": "customer{id}", "amount": "{id}.25",
        "ratio": {}, "ok": {}, "tags": ["a", "b{id}"], "doc": {{"n": {id}}}, "day": "2026-01-01",
        "ref": "00000000-0000-0000-0000-{id:012}"}}"#,
        id as f64 / 8.0,
        id % 2 == 0,
    )
}

/// A driver's script, ready to run.
struct Script {
    name: String,
    command: Command,
}

/// Runs a script; what it said where it failed.
fn run(mut script: Script, port: u16, more: &[(&str, &str)]) -> Option<String> {
    let settings =
        [("PGHOST", "127.0.0.1"), ("PGUSER", "me"), ("PGDATABASE", "tidegate"), ("PGCONNECT_TIMEOUT", "10")];
    script.command.envs(settings).envs(more.iter().copied());
    script.command.env("PGPORT", port.to_string()).stdin(Stdio::null());
    // What hangs must end; `timeout` also ends what the script has started.
    let output = script.command.output().unwrap();
    let Output { status, stdout, stderr } = output;
    eprintln!("{}: {status}", script.name);
    (!status.success()).then(|| {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        format!("{} failed ({status}):\n{}{}", script.name, text(&stdout), text(&stderr))
    })
}

/// A command that is ended when it takes too long.
fn bounded(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("120").arg(program);
    command
}

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(language)
}

/// The scripts of a language, by name.
fn scripts(language: &str, suffix: &str, program: &Path) -> Vec<Script> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(language))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().to_lowercase().starts_with("test"))
        .filter(|path| path.extension().is_some_and(|extension| extension == suffix))
        .collect();
    paths.sort();
    let script = |path: PathBuf| {
        let mut command = bounded(program);
        command.arg(&path);
        let name = path.strip_prefix(folder("")).unwrap_or(&path).display().to_string();
        Script { name, command }
    };
    paths.into_iter().map(script).collect()
}

fn python() -> Option<Vec<Script>> {
    let tools = [("python3", "-V")];
    let interpreter = installed("python", "requirements.txt", &tools, |target| {
        let venv = target.join("venv");
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        let mut install = Command::new(venv.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        succeed(install.arg(target.join("requirements.txt")));
    })?
    .join("venv/bin/python");
    Some(scripts("python", "py", &interpreter))
}

fn node() -> Option<Vec<Script>> {
    let packages = installed("node", "package.json", &[("node", "-v"), ("npm", "-v")], |target| {
        let mut install = Command::new("npm");
        succeed(install.args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(target));
    })?;
    // Modules are looked for beside the script that imports them.
    for script in fs::read_dir(folder("node")).unwrap() {
        let path = script.unwrap().path();
        fs::copy(&path, packages.join(path.file_name().unwrap())).unwrap();
    }
    let mut found = scripts("node", "js", Path::new("node"));
    for script in &mut found {
        let path = packages.join(Path::new(&script.name).file_name().unwrap());
        script.command = bounded(Path::new("node"));
        script.command.arg(path);
    }
    Some(found)
}

fn java() -> Option<Vec<Script>> {
    let jars = installed("java", "pom.xml", &[("javac", "-version"), ("mvn", "-version")], |target| {
        let mut fetch = Command::new("mvn");
        fetch.args(["--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=jars"]);
        succeed(fetch.current_dir(target));
    })?
    .join("jars");
    let mut found = scripts("java", "java", Path::new("java"));
    for script in &mut found {
        script.command = bounded(Path::new("java"));
        script.command.arg("-cp").arg(jars.join("*")).arg(folder("").join(&script.name));
    }
    Some(found)
}

fn go() -> Option<Vec<Script>> {
    let binary = installed("go", "main.go", &[("go", "version")], |target| {
        let mut build = Command::new("go");
        succeed(build.args(["build", "-o"]).arg(target.join("clients")).arg(".").current_dir(folder("go")));
    })?
    .join("clients");
    Some(vec![Script { name: "main.go".to_owned(), command: bounded(&binary) }])
}

fn psql() -> Option<Vec<Script>> {
    available("psql", &[("psql", "--version")])?;
    Some(scripts("psql", "sh", Path::new("bash")))
}

fn pgbench() -> Option<Vec<Script>> {
    available("pgbench", &[("pgbench", "--version"), ("psql", "--version")])?;
    Some(scripts("pgbench", "sh", Path::new("bash")))
}

fn odbc() -> Option<Vec<Script>> {
    available("odbc", &[("isql", "--version"), ("odbcinst", "-j")])?;
    Some(scripts("odbc", "sh", Path::new("bash")))
}

/// Not a client itself, but what many come through.
fn pgbouncer() -> Option<Vec<Script>> {
    available("pgbouncer", &[("pgbouncer", "-V"), ("pgbench", "--version"), ("psql", "--version")])?;
    Some(scripts("pgbouncer", "sh", Path::new("bash")))
}

/// A directory of the cache with the packages that a file of ours lists, fetched when they are not
/// there. None where the tools for that are missing.
fn installed(
    language: &str,
    list: &str,
    tools: &[(&str, &str)],
    install: impl FnOnce(&Path),
) -> Option<PathBuf> {
    available(language, tools)?;
    let list = folder(language).join(list);
    let wanted = fs::read(&list).unwrap();
    let cache = cache_directory().join("clients");
    let target = cache.join(format!("{language}-{:08x}", crc32c::crc32c(&wanted)));
    fs::create_dir_all(&cache).unwrap();
    let lock = File::create(cache.join("lock")).unwrap();
    lock.lock().unwrap();
    if !target.join("complete").exists() {
        eprintln!("fetching drivers into {}", target.display());
        // Half an installation from before is none.
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target).unwrap();
        fs::copy(&list, target.join(list.file_name().unwrap())).unwrap();
        install(&target);
        File::create(target.join("complete")).unwrap();
    }
    Some(target)
}

/// None, with a word about it, where a tool is missing; where nothing may be skipped a panic.
fn available(what: &str, tools: &[(&str, &str)]) -> Option<()> {
    for (tool, question) in tools {
        let answer = Command::new(tool).arg(question).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !answer.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "clients in {what} need {tool}");
            eprintln!("skipped: clients in {what}; there is no {tool}");
            return None;
        }
    }
    Some(())
}

fn succeed(command: &mut Command) {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
}
