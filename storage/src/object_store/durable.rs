//! An object store on a local directory that keeps what it acknowledges.
//!
//! An object is written to a temporary file, synced, given its name by a hard link (`Create`:
//! exclusive) or a rename (`Overwrite`), and its directory synced; a new directory is synced in its
//! parent first. So after a crash an object is there whole or not at all, and where a put was
//! acknowledged, or its name found taken, it is there.
//!
//! A failed sync of a directory ends all writing: the kernel reports it once and then forgets, so a
//! second try would succeed without anything being on disk. A failed sync of a file only costs that
//! temporary file.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::path::Path as Location;
use object_store::{
    Attributes, CopyMode, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result,
};
use tokio::runtime::Handle;

use super::file_system::{FileSystem, OsFileSystem};
use super::files::{Files, create_root, file_path, object_meta, parent, store_error};
use super::upload::Upload;
use crate::lock::DirectoryLock;

/// Reads up to this length are one piece; longer ones stream in pieces of it.
const READ_BYTES_MAX: u64 = 8 << 20;

/// Deletes whose directories are synced together.
const DELETES_MAX: usize = 1000;

/// See the module.
#[derive(Clone, Debug)]
pub struct DurableStore {
    files: Arc<Files>,
}

impl DurableStore {
    /// Opens a directory, making it where there is none, and holds its lock.
    pub fn open(directory: &Path) -> crate::Result<Self> {
        let failed = |operation, source| crate::StorageError::File {
            operation,
            path: directory.display().to_string(),
            source,
        };
        create_root(directory).map_err(|source| failed("creation", source))?;
        let lock = DirectoryLock::acquire(directory)?;
        let system = Arc::new(OsFileSystem::new(directory.to_owned()));
        let mut files = Files::new(system);
        files.lock = Some(lock);
        files.clear_temporary().map_err(|source| failed("cleaning", source))?;
        Ok(Self { files: Arc::new(files) })
    }

    /// Opens a directory for reading, without a lock: beside a living server.
    pub fn open_read_only(directory: &Path) -> crate::Result<Self> {
        let system = Arc::new(OsFileSystem::new(directory.to_owned()));
        system.list(Path::new("")).map_err(|source| crate::StorageError::File {
            operation: "read",
            path: directory.display().to_string(),
            source,
        })?;
        let mut files = Files::new(system);
        files.read_only = true;
        Ok(Self { files: Arc::new(files) })
    }

    /// A store on a file system that nobody else uses.
    pub fn over(system: Arc<dyn FileSystem>) -> io::Result<Self> {
        let files = Files::new(system);
        files.clear_temporary()?;
        Ok(Self { files: Arc::new(files) })
    }

    /// Does file work where it holds nobody up.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        if !self.files.system.blocks() {
            tokio::task::yield_now().await;
            return work(&self.files);
        }
        // Segment readers may come from threads outside of tokio; those may block.
        let Ok(runtime) = Handle::try_current() else { return work(&self.files) };
        let files = Arc::clone(&self.files);
        runtime.spawn_blocking(move || work(&files)).await.unwrap_or_else(|died| Err(io::Error::other(died)))
    }

    /// Gives a written and synced temporary file its name.
    pub(super) async fn publish(&self, temporary: PathBuf, location: &Location, create: bool) -> Result<()> {
        let path = file_path(location)?;
        let parent = parent(&path).to_owned();
        let made = self.run(move |files| files.make_directory(&parent)).await;
        let published = match made {
            Ok(()) => {
                let temporary = temporary.clone();
                self.run(move |files| files.publish(&temporary, &path, create)).await
            }
            Err(error) => Err(error),
        };
        published.map_err(|error| {
            self.remove_temporary(&temporary);
            store_error(location, error)
        })
    }

    /// Best effort: what stays behind goes at the next start.
    pub(super) fn remove_temporary(&self, temporary: &Path) {
        let _ = self.files.system.remove(temporary);
    }

    async fn read_range(&self, path: PathBuf, range: Range<u64>) -> io::Result<Bytes> {
        let read = self.run(move |files| files.system.read(&path, &[range])).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }
}

impl fmt::Display for DurableStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableStore")
    }
}

#[async_trait]
impl ObjectStore for DurableStore {
    async fn put_opts(
        &self,
        location: &Location,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let create = match options.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => return Err(not_supported("conditional update")),
        };
        // Refuse a bad name before anything is written.
        file_path(location)?;
        let written = self.run(move |files| files.write_temporary(payload)).await;
        let temporary = written.map_err(|error| store_error(location, error))?;
        self.publish(temporary, location, create).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Location,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        file_path(location)?;
        let created = self.run(Files::create_temporary).await;
        let (temporary, file) = created.map_err(|error| store_error(location, error))?;
        Ok(Box::new(Upload::new(self.clone(), location.clone(), temporary, file)))
    }

    async fn get_opts(&self, location: &Location, options: GetOptions) -> Result<GetResult> {
        let path = file_path(location)?;
        let failed = |error| store_error(location, error);
        let found = self.run({
            let path = path.clone();
            move |files| files.object_metadata(&path)
        });
        let meta = object_meta(location.clone(), found.await.map_err(failed)?);
        options.check_preconditions(&meta)?;
        let range = match &options.range {
            Some(range) => range
                .as_range(meta.size)
                .map_err(|source| Error::Generic { store: "DurableStore", source: Box::new(source) })?,
            None => 0..meta.size,
        };
        let payload = if options.head || range.is_empty() {
            stream::empty().boxed()
        } else if range.end - range.start <= READ_BYTES_MAX {
            let bytes = self.read_range(path, range.clone()).await.map_err(failed)?;
            stream::once(async { Ok(bytes) }).boxed()
        } else {
            self.clone().read_pieces(location.clone(), path, range.clone())
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(payload),
            meta,
            range,
            attributes: Attributes::default(),
        })
    }

    async fn get_ranges(&self, location: &Location, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = file_path(location)?;
        let ranges = ranges.to_vec();
        self.run(move |files| files.system.read(&path, &ranges))
            .await
            .map_err(|error| store_error(location, error))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Location>>,
    ) -> BoxStream<'static, Result<Location>> {
        let store = self.clone();
        locations
            .ready_chunks(DELETES_MAX)
            .then(move |locations| {
                let store = store.clone();
                async move { stream::iter(store.delete_all(locations).await) }
            })
            .flatten()
            .boxed()
    }

    fn list(&self, prefix: Option<&Location>) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        let store = self.clone();
        async move {
            let directory = file_path(&prefix)?;
            let found = store.run(move |files| files.list_objects(&directory)).await;
            let found = found.map_err(|error| store_error(&prefix, error))?;
            Ok::<_, Error>(stream::iter(found).map(Ok))
        }
        .into_stream()
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Location>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        let directory = file_path(&prefix)?;
        self.run(move |files| files.list_level(&directory)).await.map_err(|error| store_error(&prefix, error))
    }

    async fn copy_opts(&self, from: &Location, to: &Location, options: CopyOptions) -> Result<()> {
        let mode = match options.mode {
            CopyMode::Overwrite => PutMode::Overwrite,
            CopyMode::Create => PutMode::Create,
        };
        let content = self.get(from).await?.bytes().await?;
        self.put_opts(to, content.into(), PutOptions::from(mode)).await.map(drop)
    }
}

impl DurableStore {
    fn read_pieces(
        self,
        location: Location,
        path: PathBuf,
        range: Range<u64>,
    ) -> BoxStream<'static, Result<Bytes>> {
        let starts = range.clone().step_by(READ_BYTES_MAX as usize);
        stream::iter(starts)
            .then(move |start| {
                let (store, path, location) = (self.clone(), path.clone(), location.clone());
                let piece = start..range.end.min(start + READ_BYTES_MAX);
                async move {
                    store.read_range(path, piece).await.map_err(|error| store_error(&location, error))
                }
            })
            .boxed()
    }

    async fn delete_all(&self, locations: Vec<Result<Location>>) -> Vec<Result<Location>> {
        let mut results = Vec::with_capacity(locations.len());
        let mut removed = Vec::new();
        for location in locations {
            match location.and_then(|location| Ok((file_path(&location)?, location))) {
                Ok(each) => removed.push(each),
                Err(error) => results.push(Err(error)),
            }
        }
        let paths: Vec<_> = removed.iter().map(|(path, _)| path.clone()).collect();
        let outcome = self.run(move |files| files.remove_all(&paths)).await;
        let error = outcome.err().map(|error| error.to_string());
        results.extend(removed.into_iter().map(|(_, location)| match &error {
            None => Ok(location),
            Some(error) => Err(store_error(&location, io::Error::other(error.clone()))),
        }));
        results
    }
}

fn not_supported(what: &str) -> Error {
    Error::NotSupported { source: format!("{what} on a local directory").into() }
}
