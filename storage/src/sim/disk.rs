//! A disk that keeps after a power failure what was synced, and of the rest what it likes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::{Component, Path};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::clock::SimClock;
use crate::clock::Clock;
use crate::object_store::file_system::{DirectoryEntry, FileSystem, Metadata, NewFile};

/// Syncs that the disk only pretends to do: what a missing call in our store would come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lies {
    pub(super) file_sync: bool,
    pub(super) directory_sync: bool,
    /// Only the sync of directories that hold directories.
    pub(super) parent_sync: bool,
}

/// How the machine stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// The process dies; what it wrote is with the kernel.
    Process,
    /// The power fails.
    Power,
}

#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    random: SmallRng,
    clock: Arc<SimClock>,
    lies: Lies,
    nodes: Vec<Node>,
    operations: u64,
    /// The operation during which the machine stops.
    crash_at: u64,
    /// One in so many operations fails; 0 means none.
    fails_one_in: u32,
}

#[derive(Debug)]
enum Node {
    File { data: Vec<u8>, durable: Vec<u8>, modified_micros: i64 },
    Directory(Directory),
}

/// Names of nodes.
#[derive(Debug, Default)]
struct Directory {
    now: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    /// Changes lost by a sync that failed: the next one does not bring them back.
    forgotten: BTreeSet<String>,
}

/// Where in an operation it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Before,
    After,
}

impl Disk {
    pub(super) fn new(seed: u64, clock: Arc<SimClock>, lies: Lies) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: SmallRng::seed_from_u64(seed),
            clock,
            lies,
            nodes: vec![Node::Directory(Directory::default())],
            operations: 0,
            crash_at: u64::MAX,
            fails_one_in: 0,
        })))
    }

    /// Lets the machine stop after so many more operations, and single ones fail.
    pub(super) fn trouble(&self, operations: u64, fails_one_in: u32) {
        let mut state = self.0.lock();
        state.crash_at = state.operations.saturating_add(operations);
        state.fails_one_in = fails_one_in;
    }

    pub(super) fn has_stopped(&self) -> bool {
        let state = self.0.lock();
        state.operations >= state.crash_at
    }

    /// Starts the machine again.
    pub(super) fn restart(&self, crash: Crash) {
        let mut state = self.0.lock();
        state.crash_at = u64::MAX;
        state.fails_one_in = 0;
        // After a failed sync of a directory no process can tell what is on disk: our store refuses to
        // write on, and what follows is a restart of the machine.
        if crash == Crash::Power || state.has_forgotten() {
            state.lose_what_was_not_synced();
        }
    }
}

impl State {
    fn begin(&mut self) -> io::Result<Fault> {
        self.operations += 1;
        if self.operations > self.crash_at {
            return Err(io::Error::other("the machine has stopped"));
        }
        if self.operations == self.crash_at
            || (self.fails_one_in > 0 && self.random.random_ratio(1, self.fails_one_in))
        {
            return Ok(if self.random.random() { Fault::Before } else { Fault::After });
        }
        Ok(Fault::None)
    }

    /// Does `work` as one operation of the disk, which may fail before or after it took effect.
    fn operation<T>(&mut self, work: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        let fault = self.begin()?;
        let failed = || io::Error::other("the disk had a fault");
        if fault == Fault::Before {
            return Err(failed());
        }
        let done = work(self)?;
        if fault == Fault::After { Err(failed()) } else { Ok(done) }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut node = 0;
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            let name = name.to_str().ok_or(io::ErrorKind::InvalidInput)?;
            node = *self.directory(node)?.now.get(name).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    fn directory(&self, node: usize) -> io::Result<&Directory> {
        match &self.nodes[node] {
            Node::Directory(directory) => Ok(directory),
            Node::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn directory_mut(&mut self, path: &Path) -> io::Result<&mut Directory> {
        let node = self.find(path)?;
        match &mut self.nodes[node] {
            Node::Directory(directory) => Ok(directory),
            Node::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Sets or takes away a name.
    fn name(&mut self, path: &Path, node: Option<usize>) -> io::Result<()> {
        let name = name_of(path)?;
        let directory = self.directory_mut(parent(path))?;
        directory.forgotten.remove(&name);
        match node {
            Some(node) => directory.now.insert(name, node),
            None => directory.now.remove(&name),
        };
        Ok(())
    }

    fn must_be_free(&self, path: &Path) -> io::Result<()> {
        match self.find(path) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn sync_directory(&mut self, path: &Path) -> io::Result<()> {
        let fault = self.begin()?;
        let node = self.find(path)?;
        let holds_directories =
            self.directory(node)?.now.values().any(|child| matches!(self.nodes[*child], Node::Directory(_)));
        let lie = self.lies.directory_sync || (self.lies.parent_sync && holds_directories);
        let directory = self.directory_mut(path)?;
        if fault != Fault::None {
            let changed: Vec<_> = directory.unsynced().collect();
            directory.forgotten.extend(changed);
            return Err(io::Error::other("the directory was not synced"));
        }
        if !lie {
            let changed: Vec<_> = directory.unsynced().collect();
            for name in changed.into_iter().filter(|name| !directory.forgotten.contains(name)) {
                match directory.now.get(&name) {
                    Some(node) => directory.durable.insert(name, *node),
                    None => directory.durable.remove(&name),
                };
            }
        }
        Ok(())
    }

    fn has_forgotten(&self) -> bool {
        let forgotten = |node: &Node| matches!(node, Node::Directory(names) if !names.forgotten.is_empty());
        self.nodes.iter().any(forgotten)
    }

    fn lose_what_was_not_synced(&mut self) {
        let Self { nodes, random, .. } = self;
        for node in nodes {
            match node {
                Node::File { data, durable, .. } => {
                    if data != durable {
                        match random.random_range(0..4) {
                            0 => {}
                            1 => data.fill(0),
                            2 => data.truncate(random.random_range(0..=data.len())),
                            _ => data.clone_from(durable),
                        }
                        durable.clone_from(data);
                    }
                }
                Node::Directory(directory) => {
                    let changed: Vec<_> = directory.unsynced().collect();
                    for name in changed {
                        if random.random() {
                            match directory.durable.get(&name) {
                                Some(node) => directory.now.insert(name, *node),
                                None => directory.now.remove(&name),
                            };
                        }
                    }
                    directory.durable.clone_from(&directory.now);
                    directory.forgotten.clear();
                }
            }
        }
    }
}

impl Directory {
    fn unsynced(&self) -> impl Iterator<Item = String> + use<> {
        let names: BTreeSet<_> = self.now.keys().chain(self.durable.keys()).cloned().collect();
        let (now, durable) = (self.now.clone(), self.durable.clone());
        names.into_iter().filter(move |name| now.get(name) != durable.get(name))
    }
}

impl FileSystem for Disk {
    fn blocks(&self) -> bool {
        false
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn NewFile>> {
        let node = self.0.lock().operation(|state| {
            state.must_be_free(path)?;
            let modified_micros = state.clock.now_micros();
            state.nodes.push(Node::File { data: Vec::new(), durable: Vec::new(), modified_micros });
            let node = state.nodes.len() - 1;
            state.name(path, Some(node))?;
            Ok(node)
        })?;
        Ok(Arc::new(OpenFile { disk: self.clone(), node }))
    }

    fn read(&self, path: &Path, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        self.0.lock().operation(|state| match &state.nodes[state.find(path)?] {
            Node::File { data, .. } => {
                let piece = |range: &Range<u64>| data.get(range.start as usize..range.end as usize);
                let pieces = ranges.iter().map(piece).map(|piece| piece.map(Bytes::copy_from_slice));
                pieces.collect::<Option<_>>().ok_or(io::ErrorKind::UnexpectedEof.into())
            }
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        })
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.0.lock().operation(|state| {
            Ok(match &state.nodes[state.find(path)?] {
                Node::File { data, modified_micros, .. } => Metadata {
                    is_directory: false,
                    bytes: data.len() as u64,
                    modified_micros: *modified_micros,
                },
                Node::Directory(_) => Metadata { is_directory: true, bytes: 0, modified_micros: 0 },
            })
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.lock().operation(|state| {
            let node = state.find(from)?;
            state.must_be_free(to)?;
            state.name(to, Some(node))
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.lock().operation(|state| {
            let node = state.find(from)?;
            state.name(to, Some(node))?;
            state.name(from, None)
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().operation(|state| {
            state.find(path)?;
            state.name(path, None)
        })
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.0.lock().operation(|state| {
            state.must_be_free(path)?;
            state.nodes.push(Node::Directory(Directory::default()));
            let node = state.nodes.len() - 1;
            state.name(path, Some(node))
        })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.0.lock().sync_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        self.0.lock().operation(|state| {
            let directory = state.directory(state.find(path)?)?;
            let entry = |(name, node): (&String, &usize)| DirectoryEntry {
                name: name.clone(),
                is_directory: matches!(state.nodes[*node], Node::Directory(_)),
            };
            Ok(directory.now.iter().map(entry).collect())
        })
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    node: usize,
}

impl NewFile for OpenFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.0.lock().operation(|state| {
            let Node::File { data, .. } = &mut state.nodes[self.node] else {
                return Err(io::ErrorKind::IsADirectory.into());
            };
            let end = offset as usize + bytes.len();
            data.resize(data.len().max(end), 0);
            data[offset as usize..end].copy_from_slice(bytes);
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.0.lock().operation(|state| {
            let lie = state.lies.file_sync;
            if let Node::File { data, durable, .. } = &mut state.nodes[self.node]
                && !lie
            {
                durable.clone_from(data);
            }
            Ok(())
        })
    }
}

fn name_of(path: &Path) -> io::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(name.to_owned())
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
