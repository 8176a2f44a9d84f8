//! A real PostgreSQL to compare with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidegate_sqllogictest::kafka;
use tidegate_sqllogictest::ports::free_port;
use tidegate_sqllogictest::process::Guarded;
use tokio_postgres::{Client, NoTls};

/// It runs on loopback, on data of its own.
pub(crate) struct Postgres {
    pub(crate) port: u16,
    process: Guarded,
    _directory: TempDir,
}

impl Postgres {
    pub(crate) fn start_or_skip() -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(!kafka::required(), "there is no PostgreSQL to compare with; install postgresql");
            eprintln!("skipped: there is no PostgreSQL to compare with");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("tidegate-postgres-").tempdir().unwrap();
        let data = directory.path().join("data");
        // PostgreSQL refuses to run as root.
        let user: Vec<&str> = if is_root() {
            let user = if has_user("postgres") { "postgres" } else { "nobody" };
            run("chown", &[user, directory.path().to_str().unwrap()]);
            vec!["setpriv", "--reuid", user, "--clear-groups", "--"]
        } else {
            vec!["env"]
        };
        let initdb = binaries.join("initdb");
        let mut words = user.clone();
        words.extend([initdb.to_str().unwrap(), "-D", data.to_str().unwrap()]);
        words.extend(["-A", "trust", "-U", "tidegate", "-N", "-E", "UTF8", "--locale", "C"]);
        run(words[0], &words[1..]);
        let (port, postgres) = (free_port(), binaries.join("postgres"));
        let port_text = port.to_string();
        let mut words = user;
        words.extend([postgres.to_str().unwrap(), "-D", data.to_str().unwrap(), "-p", &port_text]);
        words.extend(["-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "timezone=UTC"]);
        let log = directory.path().join("log");
        let process = Guarded::spawn(&words, &[], &log, Some(directory.path())).unwrap();
        Some(Self { port, process, _directory: directory })
    }

    pub(crate) async fn connect(&self) -> Client {
        let url = format!("postgres://tidegate@127.0.0.1:{}/postgres", self.port);
        let start = Instant::now();
        loop {
            match tokio_postgres::connect(&url, NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                Err(error) => assert!(
                    start.elapsed() < Duration::from_secs(30),
                    "PostgreSQL does not answer: {error}\n{}",
                    self.process.log_tail(20)
                ),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its own processes end with it only when it is asked.
        self.process.signal("QUIT");
        self.process.wait(Duration::from_secs(10));
    }
}

/// The newest PostgreSQL of Debian's packages.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let binaries = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    binaries.filter(|directory| directory.join("initdb").is_file()).max()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn has_user(name: &str) -> bool {
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    users.lines().any(|line| line.split(':').next() == Some(name))
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
}
