//! One process per directory.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{Result, StorageError};

/// The lock file's name.
pub const LOCK: &str = "LOCK";

/// Holds a directory until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of `directory`, or says who has it.
    pub fn acquire(directory: &Path) -> Result<Self> {
        let path = directory.join(LOCK);
        let failed = |operation| {
            let path = path.display().to_string();
            move |source| StorageError::File { operation, path, source }
        };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = directory.display().to_string();
                return Err(StorageError::Locked { path, holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        // Who holds it, for the message above; the lock itself is the kernel's.
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        noted.map_err(failed("write"))?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text).map(|_| text.trim().parse::<u32>()) {
        Ok(Ok(id)) => format!(" (process id {id})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let first = DirectoryLock::acquire(directory.path()).unwrap();
        let refused = DirectoryLock::acquire(directory.path()).unwrap_err();
        let expected = format!(
            "\"{}\" is in use by another server (process id {})",
            directory.path().display(),
            std::process::id()
        );
        assert_eq!(refused.to_string(), expected);
        drop(first);
        DirectoryLock::acquire(directory.path()).unwrap();
    }
}
