//! The threads that decode, shared by all sources.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use parking_lot::Mutex;
use storage::clock::Clock;

use crate::kafka::messages::Messages;
use crate::pipeline::Pipeline;
use crate::sequencer::Sequencer;

/// A batch on its way through a source's pipeline.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) sequencer: Arc<Sequencer>,
    /// From [`Sequencer::admit`].
    pub(crate) number: u64,
    pub(crate) messages: Messages,
}

/// The decoding threads. They end once the pool and all its clones are dropped.
#[derive(Clone, Debug)]
pub(crate) struct DecodePool {
    jobs: SyncSender<Job>,
    threads: usize,
}

impl DecodePool {
    /// Starts `threads` threads, at least one.
    pub(crate) fn start(threads: usize, clock: Arc<dyn Clock>) -> Self {
        let threads = threads.max(1);
        // Sources bound what they have on the way; a short queue keeps every thread busy.
        let (jobs, queue) = sync_channel(threads);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let (queue, clock) = (Arc::clone(&queue), Arc::clone(&clock));
            let thread = thread::Builder::new().name(format!("decode-{number}"));
            thread
                .spawn(move || work(&queue, clock.as_ref()))
                .expect("the system can start a thread at start-up");
        }
        Self { jobs, threads }
    }

    /// How many batches decode at once.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Hands over a batch, waiting while all threads are busy.
    pub(crate) fn submit(&self, job: Job) {
        self.jobs.send(job).expect("the threads live as long as a sender");
    }
}

fn work(queue: &Mutex<Receiver<Job>>, clock: &dyn Clock) {
    loop {
        // Whoever holds the lock waits for the next job; the others wait for the lock.
        let Ok(job) = queue.lock().recv() else { return };
        let Job { pipeline, sequencer, number, messages } = job;
        // A panic on some input is a fault of ours: it ends that source and no other.
        let outcome = catch_unwind(AssertUnwindSafe(|| pipeline.run(&messages, clock.now_micros())));
        let outcome = match outcome {
            Ok(Ok(decoded)) => Ok(decoded),
            Ok(Err(error)) => Err(format!("decoding failed: {error}")),
            Err(_) => {
                Err(format!("decoding panicked, which is a fault of tidegate: {:?}", messages.ranges()))
            }
        };
        sequencer.complete(number, outcome);
    }
}
