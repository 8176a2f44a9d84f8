//! A child process that cannot outlive the test that started it.
//!
//! A small shell stands between: it starts the command, and waits on a pipe whose other end this
//! process holds. A line on the pipe names a signal to send, or says END, which is SIGKILL and the
//! end of the shell. The end of the pipe, which comes when this process is gone in whatever way,
//! is that as well, and the scratch directory is removed, since nobody else will.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// `$1` is the scratch directory (or nothing), `$2` the log; the rest is the command.
const GUARD: &str = r#"
scratch=$1; log=$2; shift 2
"$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo $pid
while read -r order; do
    [ "$order" = END ] && { scratch=; break; }
    kill -s "$order" $pid 2>/dev/null
done
kill -s KILL $pid 2>/dev/null
wait $pid 2>/dev/null
[ -n "$scratch" ] && rm -rf "$scratch"
exit 0
"#;

/// A running child. Dropping it kills the child and waits for its end.
#[derive(Debug)]
pub struct Guarded {
    shell: Child,
    orders: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Guarded {
    /// Starts `command` with its output appended to `log`. `scratch` is removed should this process
    /// end without having ended the command.
    pub fn spawn<S: AsRef<OsStr>>(
        command: &[S],
        environment: &[(&str, &str)],
        log: &Path,
        scratch: Option<&Path>,
    ) -> io::Result<Self> {
        // Made here, so that a reader finds it whatever becomes of the command.
        File::options().create(true).append(true).open(log)?;
        let mut shell = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(scratch.unwrap_or(Path::new("")))
            .arg(log)
            .args(command)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = shell.stdin.take();
        let stdout = shell.stdout.take().expect("standard output is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let pid = line.trim().parse().map_err(|_| io::Error::other("the command did not start"))?;
        Ok(Self { shell, orders, pid, log: log.to_owned() })
    }

    /// The process id of the command itself.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What it has written so far, the last `lines` of it.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Whether the command still runs.
    pub fn is_running(&self) -> bool {
        // A zombie has ended; its guard collects it when the pipe closes.
        match std::fs::read_to_string(format!("/proc/{}/stat", self.pid)) {
            Ok(stat) => !matches!(stat.rsplit(") ").next(), Some(rest) if rest.starts_with(['Z', 'X'])),
            Err(_) => false,
        }
    }

    /// Sends a signal by its name without `SIG`.
    pub fn signal(&mut self, name: &str) {
        if let Some(orders) = &mut self.orders {
            // An error means that the guard has ended, and the command with it.
            let _ = writeln!(orders, "{name}").and_then(|()| orders.flush());
        }
    }

    /// Waits until the command has ended by itself; false when it has not within `limit`.
    pub fn wait(&self, limit: Duration) -> bool {
        let start = Instant::now();
        while self.is_running() {
            if start.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.signal("END");
        drop(self.orders.take());
        let _ = self.shell.wait();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.end();
    }
}
