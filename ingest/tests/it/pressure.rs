//! Memory is bounded: above the bound a source waits, and loses nothing.

use std::num::NonZeroU64;

use storage::config::StorageConfig;
use storage::status::SourceState;
use tidegate_sqllogictest::kafka;

use crate::rig::{Ledger, Rig};

/// Pinot #18669: what was read ahead when a consumer pauses is neither skipped nor read twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_memory_pauses_and_drops_nothing() {
    const MESSAGES: i64 = 200_000;
    const BOUND: u64 = 4 << 20;
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("pressure", 2).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&producer, &topic, 2, 0..MESSAGES);
    let config = StorageConfig { hot_bytes_max: NonZeroU64::new(BOUND).unwrap(), ..StorageConfig::default() };
    let rig = Rig::with(config).await;
    let source = rig.create(broker, &topic).await;
    let visible = |rig: &Rig| rig.visible(source, 0) + rig.visible(source, 1);
    let mut stalls = 0;
    while visible(&rig) < MESSAGES {
        rig.until(source, "memory full, or the end", |rig| {
            rig.status(source).state == SourceState::Stalled || visible(rig) == MESSAGES
        })
        .await;
        if visible(&rig) == MESSAGES {
            break;
        }
        stalls += 1;
        let error = rig.status(source).error.expect("a stalled source says why");
        assert!(error.contains("memory"), "{error}");
        // What was on its way when the bound was met still comes, and no more.
        let mut before = visible(&rig);
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let now = visible(&rig);
            if now == before {
                break;
            }
            before = now;
        }
        assert!(rig.database.hot_bytes() < BOUND + (16 << 20), "{} bytes", rig.database.hot_bytes());
        rig.database.flush(source).await.unwrap();
    }
    assert!(stalls >= 1, "the bound was never met");
    rig.until_state(source, SourceState::Running).await;
    ledger.check(rig.rows(source).await);
}
