//! Writing an object in parts.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use object_store::path::Path as Location;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use super::durable::DurableStore;
use super::file_system::NewFile;
use super::files::store_error;

/// An object that is being written to a temporary file, part by part.
#[derive(Debug)]
pub(super) struct Upload {
    store: DurableStore,
    location: Location,
    file: Arc<dyn NewFile>,
    /// None once it was published or removed.
    temporary: Option<PathBuf>,
    bytes: u64,
}

impl Upload {
    pub(super) fn new(
        store: DurableStore,
        location: Location,
        temporary: PathBuf,
        file: Arc<dyn NewFile>,
    ) -> Self {
        Self { store, location, file, temporary: Some(temporary), bytes: 0 }
    }

    fn remove_temporary(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            self.store.remove_temporary(&temporary);
        }
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        // Parts have their place by the order of these calls, whichever is written first.
        let mut offset = self.bytes;
        self.bytes += payload.content_length() as u64;
        let (store, location, file) = (self.store.clone(), self.location.clone(), Arc::clone(&self.file));
        async move {
            let write = move |_: &_| {
                payload.iter().try_for_each(|bytes| {
                    file.write_at(offset, bytes)?;
                    offset += bytes.len() as u64;
                    Ok(())
                })
            };
            store.run(write).await.map_err(|error| store_error(&location, error))
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let file = Arc::clone(&self.file);
        let synced = self.store.run(move |_| file.sync()).await;
        synced.map_err(|error| store_error(&self.location, error))?;
        if let Some(temporary) = self.temporary.take() {
            self.store.publish(temporary, &self.location, false).await?;
        }
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        self.remove_temporary();
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.remove_temporary();
    }
}
