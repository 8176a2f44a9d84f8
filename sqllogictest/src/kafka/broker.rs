//! Starting, stopping and killing the broker's process.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::{KafkaError, Result, jars};
use crate::ports::free_port;
use crate::process::Guarded;

const START_TIMEOUT: Duration = Duration::from_secs(90);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// Any 22 characters that are 16 bytes in base64url.
const CLUSTER_ID: &str = "dGlkZWdhdGUtdGVzdHMtMQ";

/// One Kafka node. It is killed, and its directory removed, when this is dropped or when the
/// process ends.
#[derive(Debug)]
pub struct KafkaBroker {
    port: u16,
    directory: PathBuf,
    jars: PathBuf,
    process: Mutex<Option<Guarded>>,
}

impl KafkaBroker {
    /// Starts a node and waits until it answers.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts a node with settings of `server.properties` beside, or instead of, the usual ones.
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let jars = jars::directory()?;
        // Kept: the guard of the process removes it, which also works when the test is killed.
        let directory = tempfile::Builder::new().prefix("tidegate-kafka-").tempdir()?.keep();
        let port = free_port();
        let properties = directory.join("server.properties");
        fs::write(&properties, server_properties(&directory, port, free_port(), settings))?;
        let broker = Self { port, directory, jars, process: Mutex::new(None) };
        broker.format(&properties)?;
        broker.launch()?;
        Ok(broker)
    }

    /// `host:port`, as `BROKERS` takes it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops the node with SIGTERM and waits for its end. Its data stay.
    pub fn stop(&self) {
        let Some(mut process) = self.process.lock().take() else { return };
        process.signal("TERM");
        process.wait(STOP_TIMEOUT);
    }

    /// Kills the node with SIGKILL. Its data stay.
    pub fn kill(&self) {
        drop(self.process.lock().take());
    }

    /// Stops the node's process in its tracks (SIGSTOP): it answers nothing, its connections stay.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen node go on (SIGCONT).
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Starts the node again on the same port and data, after stopping it where it runs.
    pub fn restart(&self) -> Result<()> {
        self.stop();
        self.launch()
    }

    /// What the node has logged last.
    pub fn log_tail(&self) -> String {
        self.process.lock().as_ref().map(|process| process.log_tail(40)).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        if let Some(process) = self.process.lock().as_mut() {
            process.signal(name);
        }
    }

    fn format(&self, properties: &Path) -> Result<()> {
        let output = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp"])
            .arg(self.jars.join("*"))
            .args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"])
            .arg(properties)
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(KafkaError::Start {
            reason: "its storage could not be formatted".to_owned(),
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn launch(&self) -> Result<()> {
        let class_path = self.jars.join("*");
        let properties = self.directory.join("server.properties");
        let command = [
            "java".as_ref(),
            "-Xms128m".as_ref(),
            "-Xmx640m".as_ref(),
            "-XX:+UseSerialGC".as_ref(),
            "-cp".as_ref(),
            class_path.as_os_str(),
            "kafka.Kafka".as_ref(),
            properties.as_os_str(),
        ];
        let process =
            Guarded::spawn(&command, &[], &self.directory.join("broker.log"), Some(&self.directory))?;
        let start = Instant::now();
        let answer = loop {
            match self.answers() {
                Ok(()) => break None,
                Err(reason) if start.elapsed() > START_TIMEOUT || !process.is_running() => {
                    break Some(reason);
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        if let Some(reason) = answer {
            return Err(KafkaError::Start { reason, log: process.log_tail(40) });
        }
        *self.process.lock() = Some(process);
        Ok(())
    }

    /// Asks for the cluster's metadata with a client of its own: an older one backs off.
    fn answers(&self) -> Result<(), String> {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.address())
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "100")
            .set("log_level", "0")
            .create()
            .map_err(|error| error.to_string())?;
        match client.fetch_metadata(None, Duration::from_secs(2)) {
            Ok(metadata) if metadata.brokers().is_empty() => Err("it knows of no broker".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for KafkaBroker {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn server_properties(directory: &Path, port: u16, controller: u16, settings: &[(&str, &str)]) -> String {
    let mut text = format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={}
",
        directory.join("data").display()
    );
    text.push_str(SETTINGS);
    for (name, value) in settings {
        // The last value of a name counts.
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

const SETTINGS: &str = "
# A topic that a test misspells must be an error.
auto.create.topics.enable=false
# One node.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# Small: tests share two cores with it.
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.enable=false
# Tests choose timestamps freely: no message is too old to be kept or too new to be taken.
log.retention.ms=-1
log.message.timestamp.after.max.ms=9223372036854775807
# Retention and deletion that a test can wait for.
log.initial.task.delay.ms=200
log.retention.check.interval.ms=500
log.segment.delete.delay.ms=500
";
