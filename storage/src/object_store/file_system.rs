//! The few file operations under [`DurableStore`](super::DurableStore), small enough that a test
//! can put a file system under it that forgets what was not synced.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;

/// A file system. Paths are relative to its root; errors are as `std::fs` gives them.
pub trait FileSystem: Debug + Send + Sync + 'static {
    /// Whether operations may block: they then run on threads made for that.
    fn blocks(&self) -> bool;
    /// Makes a new file for writing; it must not exist.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn NewFile>>;
    /// Reads ranges of a file, each within its length.
    fn read(&self, path: &Path, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>>;
    /// Describes a file.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// Gives a file one more name, which must not exist.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file another name in place of the file that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file's name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory; its parent exists.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// The names in a directory.
    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>>;
}

/// A file that is being written.
pub trait NewFile: Debug + Send + Sync {
    /// Writes bytes at an offset.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes the file's content durable.
    fn sync(&self) -> io::Result<()>;
}

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
pub struct Metadata {
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Its length.
    pub bytes: u64,
    /// When it was written, in microseconds since 1970.
    pub modified_micros: i64,
}

/// A name in a directory.
#[derive(Clone, Debug)]
pub struct DirectoryEntry {
    /// The name.
    pub name: String,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// The machine's file system below a directory.
#[derive(Debug)]
pub struct OsFileSystem {
    root: PathBuf,
}

impl OsFileSystem {
    /// The files below `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

impl FileSystem for OsFileSystem {
    fn blocks(&self) -> bool {
        true
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn NewFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.root.join(path))?;
        Ok(Arc::new(OsNewFile(file)))
    }

    fn read(&self, path: &Path, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let file = File::open(self.root.join(path))?;
        let read = |range: &Range<u64>| {
            let mut buffer = vec![0; (range.end - range.start) as usize];
            file.read_exact_at(&mut buffer, range.start)?;
            Ok(buffer.into())
        };
        ranges.iter().map(read).collect()
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let metadata = std::fs::metadata(self.root.join(path))?;
        let since_1970 = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Metadata {
            is_directory: metadata.is_dir(),
            bytes: metadata.len(),
            modified_micros: since_1970.as_micros() as i64,
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(self.root.join(from), self.root.join(to))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(self.root.join(from), self.root.join(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(self.root.join(path))
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(self.root.join(path))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(self.root.join(path))?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let entry = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            // Names that are not UTF-8 are nobody's of ours.
            let Ok(name) = entry.file_name().into_string() else { return Ok(None) };
            Ok(Some(DirectoryEntry { name, is_directory: entry.file_type()?.is_dir() }))
        };
        std::fs::read_dir(self.root.join(path))?.filter_map(|each| entry(each).transpose()).collect()
    }
}

#[derive(Debug)]
struct OsNewFile(File);

impl NewFile for OsNewFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}
