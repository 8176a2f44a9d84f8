//! The server as a child process that may be killed at any moment.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::DemoError;
use super::client::Client;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(50);
const LOG_LINES_SHOWN: usize = 12;

/// Starts, watches and stops the server.
pub(super) struct ServerChild {
    program: PathBuf,
    arguments: Vec<OsString>,
    log: PathBuf,
    child: Option<Child>,
    process_id: u32,
}

impl ServerChild {
    /// A server on this directory and port, not yet started.
    pub(super) fn new(data: &Path, port: u16) -> Result<Self, DemoError> {
        let database = data.join("data");
        let arguments = vec![
            "server".into(),
            "--data".into(),
            database.into_os_string(),
            "--listen".into(),
            format!("127.0.0.1:{port}").into(),
            "--stop-with-parent".into(),
        ];
        Ok(Self {
            program: std::env::current_exe()?,
            arguments,
            log: data.join("server.log"),
            child: None,
            process_id: 0,
        })
    }

    /// The process id, of the last server where none is running.
    pub(super) fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Where the server's log goes.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// Starts the server and returns when it answers.
    pub(super) async fn start(&mut self, client: &Client) -> Result<(), DemoError> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in the terminal is for the demo, which then stops the server in order.
            .process_group(0)
            .spawn()?;
        self.process_id = child.id().unwrap_or_default();
        let child = self.child.insert(child);
        let answered = tokio::time::timeout(START_TIMEOUT, async {
            loop {
                if client.is_alive().await {
                    return Ok(());
                }
                if let Some(status) = child.try_wait()? {
                    return Err(std::io::Error::other(format!("it ended with {status}")));
                }
                tokio::time::sleep(RETRY).await;
            }
        })
        .await;
        let reason = match answered {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it does not answer after {} s", START_TIMEOUT.as_secs()),
        };
        Err(DemoError::Setup(format!("the server did not start: {reason}\n{}", self.end_of_log())))
    }

    /// Waits until the server is gone.
    pub(super) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        match &mut self.child {
            Some(child) => child.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Lets the server flush and end; kills it where it does not.
    pub(super) async fn stop(mut self) -> Result<(), DemoError> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let process = child.id().and_then(|id| Pid::from_raw(id as i32));
        if let Some(process) = process {
            // It may have ended by itself since.
            let _ = kill_process(process, Signal::TERM);
        }
        if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
            child.kill().await?;
        }
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}
