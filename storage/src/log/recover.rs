//! Reading the log: the newest checkpoint, then every record behind it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::{ErrorKind, Result, StorageError};
use crate::ids::LogPosition;
use crate::log::codec::{self, FileKind};
use crate::log::{LOG, Record, position_of, record_path};
use crate::manifest::Manifest;
use crate::manifest::checkpoint::{self, CHECKPOINT};

/// Records read at once: enough to hide the latency of an object store.
const READ_AHEAD: usize = 16;

/// What the log says.
#[derive(Debug)]
pub struct Recovered {
    /// The folded log.
    pub manifest: Arc<Manifest>,
    /// The checkpoint that folding began with; 0 where there was none.
    pub checkpoint: LogPosition,
}

/// Folds the log up to its end.
pub async fn recover(store: &Arc<dyn ObjectStore>) -> Result<Recovered> {
    let checkpoints = list_positions(store, CHECKPOINT).await?;
    let mut manifest = Manifest::default();
    let mut unreadable = None;
    for position in checkpoints.into_iter().rev() {
        match checkpoint::read(store, position).await {
            Ok(read) => {
                manifest = read;
                break;
            }
            // The log reaches back behind two checkpoints: the one before serves as well.
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                tracing::warn!(%position, %error, "checkpoint is unreadable, falling back");
                unreadable.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let checkpoint = manifest.position;
    match read_on(store, manifest).await {
        Ok(manifest) => Ok(Recovered { manifest: Arc::new(manifest), checkpoint }),
        // Without the unreadable checkpoint the log looks torn: name the cause.
        Err(StorageError::LogGap { .. }) if unreadable.is_some() => Err(unreadable.expect("just looked at")),
        Err(error) => Err(error),
    }
}

/// Folds every record behind `manifest`.
pub(crate) async fn read_on(store: &Arc<dyn ObjectStore>, mut manifest: Manifest) -> Result<Manifest> {
    let positions: Vec<_> = list_positions(store, LOG)
        .await?
        .into_iter()
        .filter(|position| *position > manifest.position)
        .collect();
    let mut records = futures::stream::iter(positions)
        .map(|position| {
            let store = Arc::clone(store);
            async move { (position, read_record(&store, position).await) }
        })
        .buffered(READ_AHEAD);
    while let Some((position, record)) = records.next().await {
        let missing = StorageError::LogGap { position };
        manifest = manifest.apply(&record?.ok_or(missing)?).map_err(|error| refused(position, error))?;
    }
    Ok(manifest)
}

/// Brings `manifest` up to date, also where the records behind it were trimmed.
pub(crate) async fn fold_again(store: &Arc<dyn ObjectStore>, manifest: &Manifest) -> Result<Manifest> {
    if newest_checkpoint(store).await? > manifest.position {
        return Ok(Arc::unwrap_or_clone(recover(store).await?.manifest));
    }
    read_on(store, manifest.clone()).await
}

/// The position of the newest checkpoint; 0 where there is none.
pub(crate) async fn newest_checkpoint(store: &Arc<dyn ObjectStore>) -> Result<LogPosition> {
    Ok(list_positions(store, CHECKPOINT).await?.last().copied().unwrap_or_default())
}

/// What is refused where it is read was refused where it was written: the log was tampered with.
fn refused(position: LogPosition, error: StorageError) -> StorageError {
    match error {
        StorageError::LogGap { .. } => error,
        error => StorageError::Corrupt { path: record_path(position).into(), reason: error.to_string() },
    }
}

/// Reads one record; None where there is none.
pub async fn read_record(store: &Arc<dyn ObjectStore>, position: LogPosition) -> Result<Option<Record>> {
    let path = record_path(position);
    let read = async { store.get(&path).await?.bytes().await };
    let file = match read.await {
        Ok(file) => file,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(source) => return Err(StorageError::store("read", &path, source)),
    };
    let record: Record = codec::decode(FileKind::Record, &path, &file)?;
    if record.position != position {
        let reason = format!("it is the record of {}", record.position);
        return Err(StorageError::Corrupt { path: path.to_string(), reason });
    }
    Ok(Some(record))
}

/// The positions that have a file under `prefix`, ascending.
pub(crate) async fn list_positions(
    store: &Arc<dyn ObjectStore>,
    prefix: &str,
) -> Result<BTreeSet<LogPosition>> {
    let path = Path::from(prefix);
    store
        .list(Some(&path))
        .try_filter_map(|file| async move { Ok(position_of(&file.location)) })
        .try_collect()
        .await
        .map_err(|source| StorageError::store("list", &path, source))
}
