//! A store between the database and its medium that lets time pass, lets other tasks run, loses
//! acknowledgements, and delays effects.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::clock::SimClock;

/// What goes wrong, and how often.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// One in so many operations fails, half of them after they took effect; 0 means none.
    pub(super) fails_one_in: u32,
    /// One in so many puts fails now and takes effect later; 0 means none.
    pub(super) delays_one_in: u32,
    /// Segments are acknowledged, and written only after the next record: as if a flush committed
    /// before it wrote.
    pub(super) writes_segments_late: bool,
}

/// Puts that take effect later, whatever has become of the process that asked for them.
pub(super) type Delayed = Arc<Mutex<Vec<(Path, PutPayload, PutOptions)>>>;

/// The store as one process sees it.
#[derive(Clone, Debug)]
pub(super) struct Unsteady {
    inner: Arc<dyn ObjectStore>,
    state: Arc<Mutex<State>>,
    delayed: Delayed,
    clock: Arc<SimClock>,
}

#[derive(Debug)]
struct State {
    random: SmallRng,
    weather: Weather,
    /// Operations until the process stops.
    operations_left: u64,
    /// Segments that were not written yet.
    late: BTreeMap<Path, PutPayload>,
    failed_last: bool,
    trace: u64,
}

enum Fault {
    None,
    Before,
    After,
}

impl Unsteady {
    pub(super) fn new(
        inner: Arc<dyn ObjectStore>,
        clock: Arc<SimClock>,
        delayed: Delayed,
        seed: u64,
        weather: Weather,
        operations: u64,
    ) -> Self {
        let state = State {
            random: SmallRng::seed_from_u64(seed),
            weather,
            operations_left: operations,
            late: BTreeMap::new(),
            failed_last: false,
            trace: 0xcbf2_9ce4_8422_2325,
        };
        Self { inner, state: Arc::new(Mutex::new(state)), delayed, clock }
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.state.lock().operations_left == 0
    }

    /// The process is gone: nothing that it still does takes effect.
    pub(super) fn stop(&self) {
        self.state.lock().operations_left = 0;
    }

    /// A hash of everything that was asked for, in order.
    pub(super) fn trace(&self) -> u64 {
        self.state.lock().trace
    }

    async fn begin(&self, name: &str, path: &Path) -> Result<Fault> {
        let (pauses, delayed) = {
            let mut state = self.state.lock();
            for byte in name.bytes().chain(path.as_ref().bytes()) {
                state.trace = (state.trace ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
            let micros = match state.random.random_range(0..400) {
                0 => 100_000_000,
                1..4 => 40_000_000,
                _ => state.random.random_range(0..100_000),
            };
            self.clock.advance(micros);
            let mut delayed = self.delayed.lock();
            let due = !delayed.is_empty() && state.random.random_ratio(1, 8);
            let delayed = if due { std::mem::take(&mut *delayed) } else { Vec::new() };
            (state.random.random_range(0..4), delayed)
        };
        for (path, payload, options) in delayed {
            let _ = self.inner.put_opts(&path, payload, options).await;
        }
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
        let mut state = self.state.lock();
        if state.operations_left == 0 {
            return Err(failed("the process has stopped"));
        }
        state.operations_left -= 1;
        // Trouble comes in bursts: longer than the tries of one commit.
        let one_in =
            if state.failed_last { 2.min(state.weather.fails_one_in) } else { state.weather.fails_one_in };
        let fails = state.operations_left == 0 || (one_in > 0 && state.random.random_ratio(1, one_in));
        state.failed_last = fails;
        Ok(match fails {
            true if state.random.random() => Fault::Before,
            true => Fault::After,
            false => Fault::None,
        })
    }

    fn is_delayed(&self) -> bool {
        let mut state = self.state.lock();
        let one_in = state.weather.delays_one_in;
        one_in > 0 && state.random.random_ratio(1, one_in)
    }

    fn late(&self, path: &Path) -> Option<PutPayload> {
        self.state.lock().late.get(path).cloned()
    }
}

fn failed(why: &'static str) -> Error {
    Error::Generic { store: "simulation", source: why.into() }
}

impl fmt::Display for Unsteady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unsteady")
    }
}

#[async_trait]
impl ObjectStore for Unsteady {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let fault = self.begin("put", path).await?;
        if matches!(fault, Fault::Before) {
            return Err(failed("the put was lost"));
        }
        if self.is_delayed() {
            self.delayed.lock().push((path.clone(), payload, options));
            return Err(failed("the put takes its time"));
        }
        let late = self.state.lock().weather.writes_segments_late;
        if late && path.as_ref().starts_with("segments/") {
            self.state.lock().late.insert(path.clone(), payload);
            return Ok(PutResult { e_tag: None, version: None });
        }
        let done = self.inner.put_opts(path, payload, options).await?;
        if late {
            let segments = std::mem::take(&mut self.state.lock().late);
            for (path, payload) in segments {
                self.begin("late put", &path).await?;
                self.inner.put(&path, payload).await?;
            }
        }
        if matches!(fault, Fault::After) { Err(failed("the answer to the put was lost")) } else { Ok(done) }
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        match self.begin("get", path).await? {
            Fault::None => {}
            Fault::Before | Fault::After => return Err(failed("the get was lost")),
        }
        if let Some(payload) = self.late(path) {
            let memory = object_store::memory::InMemory::new();
            memory.put(path, payload).await?;
            return memory.get_opts(path, options).await;
        }
        self.inner.get_opts(path, options).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.begin("get ranges", path).await?;
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        paths
            .then(move |path| {
                let store = store.clone();
                async move {
                    let path = path?;
                    match store.begin("delete", &path).await? {
                        Fault::Before => return Err(failed("the delete was lost")),
                        Fault::None | Fault::After => store.inner.delete(&path).await?,
                    }
                    Ok(path)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (store, prefix) = (self.clone(), prefix.cloned());
        async move {
            match store.begin("list", prefix.as_ref().unwrap_or(&Path::default())).await? {
                Fault::None => Ok(store.inner.list(prefix.as_ref())),
                Fault::Before | Fault::After => Err(failed("the list was lost")),
            }
        }
        .into_stream()
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// Nothing goes wrong and nothing is counted: for reading what a run has left behind.
pub(super) fn calm(inner: Arc<dyn ObjectStore>, clock: Arc<SimClock>) -> Unsteady {
    Unsteady::new(inner, clock, Delayed::default(), 0, Weather::default(), u64::MAX)
}
