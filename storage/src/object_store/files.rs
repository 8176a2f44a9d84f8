//! The blocking half of [`DurableStore`](super::DurableStore): what an object is as files.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use chrono::DateTime;
use object_store::path::Path as Location;
use object_store::{Error, ListResult, ObjectMeta, PutPayload, Result};
use parking_lot::Mutex;

use super::file_system::{FileSystem, Metadata, NewFile};
use crate::lock::{DirectoryLock, LOCK};

/// Where files lie while they are written; no object has this name.
const TEMPORARY: &str = ".tmp";

/// The files of a store.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) system: Arc<dyn FileSystem>,
    pub(super) read_only: bool,
    /// Directories whose own names are synced, up to the root.
    durable: Mutex<HashSet<PathBuf>>,
    directory_sync_failed: AtomicBool,
    temporaries: AtomicU64,
    /// Held until nobody uses the store any more.
    pub(super) lock: Option<DirectoryLock>,
}

impl Files {
    pub(super) fn new(system: Arc<dyn FileSystem>) -> Self {
        Self {
            system,
            read_only: false,
            durable: Mutex::default(),
            directory_sync_failed: AtomicBool::new(false),
            temporaries: AtomicU64::new(0),
            lock: None,
        }
    }

    /// Removes what writers left behind that did not get to the end.
    pub(super) fn clear_temporary(&self) -> io::Result<()> {
        let directory = Path::new(TEMPORARY);
        match self.system.create_directory(directory) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        for entry in self.system.list(directory)? {
            self.system.remove(&directory.join(entry.name))?;
        }
        Ok(())
    }

    pub(super) fn create_temporary(&self) -> io::Result<(PathBuf, Arc<dyn NewFile>)> {
        self.writable()?;
        let number = self.temporaries.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(TEMPORARY).join(number.to_string());
        let file = self.system.create(&path)?;
        Ok((path, file))
    }

    pub(super) fn write_temporary(&self, payload: PutPayload) -> io::Result<PathBuf> {
        let (path, file) = self.create_temporary()?;
        let mut offset = 0;
        let mut write = |bytes: &Bytes| {
            file.write_at(offset, bytes)?;
            offset += bytes.len() as u64;
            Ok(())
        };
        let written = payload.iter().try_for_each(&mut write).and_then(|()| file.sync());
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                let _ = self.system.remove(&path);
                Err(error)
            }
        }
    }

    /// Makes a directory and those above it, each synced in its parent. One that exists may have
    /// been made a moment ago by somebody who has not synced it yet, so that does not spare the sync.
    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.writable()?;
        let mut missing: Vec<&Path> = path
            .ancestors()
            .filter(|above| !above.as_os_str().is_empty() && !self.durable.lock().contains(*above))
            .collect();
        while let Some(directory) = missing.pop() {
            match self.system.create_directory(directory) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => self.sync_directory(parent(directory))?,
            }
            self.durable.lock().insert(directory.to_owned());
        }
        Ok(())
    }

    pub(super) fn publish(&self, temporary: &Path, path: &Path, create: bool) -> io::Result<()> {
        self.writable()?;
        if !create {
            self.system.rename(temporary, path)?;
            return self.sync_directory(parent(path));
        }
        let linked = self.system.link(temporary, path);
        match &linked {
            // Also where the name is taken: nobody may build on a name that a crash could take away.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {}
            _ => self.sync_directory(parent(path))?,
        }
        let _ = self.system.remove(temporary);
        linked
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.system.sync_directory(path).inspect_err(|error| {
            tracing::error!(directory = %path.display(), %error, "directory can't be synced, writing ends");
            self.directory_sync_failed.store(true, Ordering::Relaxed);
        })
    }

    fn writable(&self) -> io::Result<()> {
        if self.read_only {
            return Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "opened for reading"));
        }
        if self.directory_sync_failed.load(Ordering::Relaxed) {
            return Err(io::Error::other("a directory could not be synced: restart the server"));
        }
        Ok(())
    }

    /// Removes objects and syncs; one that is not there is removed already.
    pub(super) fn remove_all(&self, paths: &[PathBuf]) -> io::Result<()> {
        self.writable()?;
        let mut directories = BTreeSet::new();
        for path in paths {
            match self.system.remove(path) {
                Ok(()) => {
                    directories.insert(parent(path));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        directories.into_iter().try_for_each(|directory| self.sync_directory(directory))
    }

    pub(super) fn object_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let metadata = self.system.metadata(path)?;
        if metadata.is_directory { Err(io::ErrorKind::NotFound.into()) } else { Ok(metadata) }
    }

    /// All objects below a directory, by name.
    pub(super) fn list_objects(&self, directory: &Path) -> io::Result<Vec<ObjectMeta>> {
        let mut found = Vec::new();
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            let level = self.list_level(&directory)?;
            found.extend(level.objects);
            let below = level.common_prefixes.iter().map(|prefix| PathBuf::from(prefix.as_ref()));
            directories.extend(below);
        }
        found.sort_unstable_by(|a, b| a.location.cmp(&b.location));
        Ok(found)
    }

    pub(super) fn list_level(&self, directory: &Path) -> io::Result<ListResult> {
        let mut level = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        let entries = match self.system.list(directory) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(level);
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = directory.join(&entry.name);
            // Files that no object can have as its name are not ours.
            let Some(Ok(location)) = path.to_str().map(Location::parse) else { continue };
            if file_path(&location).is_err() {
                continue;
            }
            if entry.is_directory {
                level.common_prefixes.push(location);
                continue;
            }
            match self.system.metadata(&path) {
                Ok(metadata) => level.objects.push(object_meta(location, metadata)),
                // Deleted since the directory was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(level)
    }
}

/// The file of an object: its parts can't lead out of the root nor to files of the store's own.
pub(super) fn file_path(location: &Location) -> Result<PathBuf> {
    let mut path = PathBuf::new();
    for part in location.as_ref().split('/').filter(|part| !part.is_empty()) {
        let own = path.as_os_str().is_empty() && (part == TEMPORARY || part == LOCK);
        if own || matches!(part, "." | "..") || part.contains(['\\', '\0']) {
            let source = format!("\"{part}\" can't be part of an object's name").into();
            return Err(Error::Generic { store: "DurableStore", source });
        }
        path.push(part);
    }
    Ok(path)
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

pub(super) fn object_meta(location: Location, metadata: Metadata) -> ObjectMeta {
    ObjectMeta {
        location,
        last_modified: DateTime::from_timestamp_micros(metadata.modified_micros).unwrap_or_default(),
        size: metadata.bytes,
        e_tag: None,
        version: None,
    }
}

pub(super) fn store_error(location: &Location, error: io::Error) -> Error {
    let path = location.to_string();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NotFound { path, source: Box::new(error) }
        }
        io::ErrorKind::AlreadyExists => Error::AlreadyExists { path, source: Box::new(error) },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::PermissionDenied { path, source: Box::new(error) }
        }
        _ => Error::Generic { store: "DurableStore", source: Box::new(error) },
    }
}

/// Makes the root and what is missing above it, each synced in its parent.
pub(super) fn create_root(directory: &Path) -> io::Result<()> {
    let directory = std::path::absolute(directory)?;
    let missing: Vec<_> = directory.ancestors().take_while(|above| !above.exists()).collect();
    for path in missing.into_iter().rev() {
        std::fs::create_dir(path)?;
        std::fs::File::open(parent(path))?.sync_all()?;
    }
    Ok(())
}
