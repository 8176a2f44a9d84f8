//! Checkpoints: the folded log, written now and then, so that start-up need not read it all.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use crate::error::{Result, StorageError};
use crate::ids::LogPosition;
use crate::log::codec::{self, FileKind};
use crate::log::numbered_path;
use crate::manifest::{Manifest, invariants};

/// The prefix of checkpoints.
pub const CHECKPOINT: &str = "checkpoint";

/// Where the checkpoint of a position lies.
pub fn checkpoint_path(position: LogPosition) -> Path {
    numbered_path(CHECKPOINT, position)
}

/// Writes the checkpoint of a manifest.
pub async fn write(store: &Arc<dyn ObjectStore>, manifest: &Manifest) -> Result<()> {
    let path = checkpoint_path(manifest.position);
    let file = codec::encode(FileKind::Checkpoint, manifest)?;
    // A checkpoint follows from the log, so one that exists says the same.
    match store.put_opts(&path, file.into(), PutOptions::from(PutMode::Create)).await {
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
        Err(source) => Err(StorageError::store("write", &path, source)),
    }
}

/// Reads and checks the checkpoint of a position.
pub async fn read(store: &Arc<dyn ObjectStore>, position: LogPosition) -> Result<Manifest> {
    let path = checkpoint_path(position);
    let read = async { store.get(&path).await?.bytes().await };
    let file = read.await.map_err(|source| StorageError::store("read", &path, source))?;
    let manifest: Manifest = codec::decode(FileKind::Checkpoint, &path, &file)?;
    if manifest.position != position {
        let reason = format!("it is the checkpoint of {}", manifest.position);
        return Err(StorageError::Corrupt { path: path.to_string(), reason });
    }
    invariants::manifest_is_sound(&manifest)?;
    Ok(manifest)
}
