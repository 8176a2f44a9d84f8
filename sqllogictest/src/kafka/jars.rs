//! The broker's jars: fetched by Maven once, then kept in a cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{KafkaError, Result};

/// The broker that the tests run against.
pub const VERSION: &str = "4.1.0";

/// The tools hold the command that formats a node's storage.
const POM: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidegate</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>VERSION</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>VERSION</version></dependency>
  </dependencies>
</project>
"#;

/// The directory in which things are kept that tests fetch: `$TIDEGATE_CACHE`, or `tidegate` in
/// `$XDG_CACHE_HOME` or `~/.cache`.
pub fn cache_directory() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("TIDEGATE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("tidegate")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/tidegate")))
        .unwrap_or_else(|| std::env::temp_dir().join("tidegate-cache"))
}

/// A directory that holds the broker's jars, which are fetched when they are not there.
pub fn directory() -> Result<PathBuf> {
    if !answers("java", "-version") {
        return Err(KafkaError::Unavailable("there is no java; install a JRE of version 17 or newer".into()));
    }
    let cache = cache_directory().join("kafka");
    let jars = cache.join(VERSION);
    if jars.is_dir() {
        return Ok(jars);
    }
    fs::create_dir_all(&cache)?;
    // Test processes run at once, and one download is enough.
    let lock = File::create(cache.join("lock"))?;
    lock.lock()?;
    if !jars.is_dir() {
        fetch(&cache, &jars)?;
    }
    Ok(jars)
}

fn fetch(cache: &Path, jars: &Path) -> Result<()> {
    if !answers("mvn", "-version") {
        return Err(KafkaError::Unavailable(
            "there is no mvn to fetch the broker with; install Maven".into(),
        ));
    }
    eprintln!("fetching Kafka {VERSION} into {}", jars.display());
    let scratch = tempfile::tempdir_in(cache)?;
    fs::write(scratch.path().join("pom.xml"), POM.replace("VERSION", VERSION))?;
    let partial = scratch.path().join("jars");
    let output = Command::new("mvn")
        .args(["--batch-mode", "--quiet", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", partial.display()))
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout);
        let first = text.lines().find(|line| line.contains("ERROR")).unwrap_or("mvn failed");
        return Err(KafkaError::Unavailable(format!("Maven could not fetch it: {first}")));
    }
    // Moved when complete, so that a directory that is there is whole.
    fs::rename(partial, jars)?;
    Ok(())
}

fn answers(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
