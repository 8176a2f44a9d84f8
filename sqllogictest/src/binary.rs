//! Where the server's binary is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The server's binary: `$TIDEGATE_BIN`; else, when cargo runs us, the one that cargo builds beside
/// us (which takes no time where it is up to date); else the one that lies beside us.
///
/// # Panics
/// When there is none: no test means anything then.
pub fn tidegate() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("TIDEGATE_BIN").filter(|path| !path.is_empty()) {
            return path.into();
        }
        let profile_directory = profile_directory();
        if let Some(cargo) = std::env::var_os("CARGO") {
            build(Path::new(&cargo), &profile_directory);
        }
        let binary = profile_directory.join("tidegate");
        assert!(binary.is_file(), "there is no {}; name it with TIDEGATE_BIN", binary.display());
        binary
    })
}

/// `<target>/<profile>`: our binary lies there, a test of ours in `deps` below it.
fn profile_directory() -> PathBuf {
    let executable = std::env::current_exe().expect("the system knows our path");
    let directory = executable.parent().expect("an executable lies in a directory");
    let directory =
        if directory.ends_with("deps") { directory.parent().unwrap_or(directory) } else { directory };
    directory.to_owned()
}

fn build(cargo: &Path, profile_directory: &Path) {
    let profile = profile_directory.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    let target = profile_directory.parent().expect("a profile's directory lies in the target directory");
    let status = Command::new(cargo)
        // The whole workspace, so that dependencies keep the features that they are built with.
        .args(["build", "--quiet", "--workspace", "--bin", "tidegate", "--profile"])
        .arg(if profile == "debug" { "dev" } else { profile })
        .arg("--target-dir")
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status();
    assert!(status.is_ok_and(|status| status.success()), "cargo could not build the server");
}
