//! A consumer that does not stop in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use arrow::array::RecordBatch;
use storage::status::SourceState;
use storage::transform::{RowTransform, Transformed};
use tidegate_sqllogictest::kafka;

use crate::rig::{Ledger, Rig};

/// Holds up its first batch until it is released.
#[derive(Debug, Default)]
struct Stuck {
    entered: AtomicBool,
    released: AtomicBool,
    left: AtomicBool,
}

impl RowTransform for Stuck {
    fn apply(&self, _: &RecordBatch) -> Transformed {
        self.entered.store(true, Ordering::SeqCst);
        while !self.released.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        self.left.store(true, Ordering::SeqCst);
        Transformed { generated: Vec::new(), keep: None, errors: Vec::new() }
    }
}

/// Its successor takes over where the source stands, and what it decodes later is not published.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_does_not_stop_gives_way() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("stuck", 1).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    let stuck = Arc::new(Stuck::default());
    let rig = Rig::new().await;
    let transform: Arc<dyn RowTransform> = Arc::clone(&stuck) as _;
    let source = rig.create_with(broker, &topic, Some(transform), |_| {}).await;
    ledger.send(&producer, &topic, 1, 0..1);
    rig.until(source, "a batch", |_| stuck.entered.load(Ordering::SeqCst)).await;

    rig.start(broker, source).await;
    // Released while the successor still has to read the same message, or just after.
    stuck.released.store(true, Ordering::SeqCst);
    rig.until(source, "the end of decoding", |_| stuck.left.load(Ordering::SeqCst)).await;
    ledger.send(&producer, &topic, 1, 1..100);
    rig.until_caught_up(broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.check(rig.rows(source).await);
}
