//! Questions to a broker before a source exists: is it there, has it the topic, where does it begin?

use std::collections::BTreeMap;
use std::time::Duration;

use storage::catalog::ConnectionDefinition;
use storage::ids::{Offset, Partition};
use storage::offsets::StartPosition;
use tokio::sync::oneshot;

use crate::error::{IngestError, Result};
use crate::kafka::client::{Deadline, QueryClient};

/// A topic as the broker describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// Kafka's own id of the topic, which a topic made again under the same name does not keep.
    /// Empty where the broker gives none.
    pub topic_id: String,
    /// Every partition with its first offset and the one after its last.
    pub partitions: BTreeMap<Partition, PartitionBounds>,
}

/// The offsets that a broker has of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionBounds {
    /// The first.
    pub low: Offset,
    /// The one after the last.
    pub high: Offset,
}

/// How long a broker may take for all the questions of one probe.
const PROBE_TIMEOUT: Duration = Duration::from_millis(4_500);

/// Below this likeness (0 to 1) of names a suggestion confuses more than it helps.
const SIMILAR_MIN: f64 = 0.6;

/// Describes a topic. Answers within about five seconds, also where no broker does.
pub async fn describe_topic(connection: &ConnectionDefinition, topic: &str) -> Result<TopicDescription> {
    let topic = topic.to_owned();
    ask(connection, move |client, deadline| match describe(client, &topic, deadline) {
        Err(IngestError::NoSuchTopic { topic, brokers, .. }) => {
            let names = client.topics(deadline).unwrap_or_default();
            let similar = similar(&topic, names);
            Err(IngestError::NoSuchTopic { topic, brokers, similar })
        }
        answer => answer,
    })
    .await
}

/// Turns a start position into one offset per partition.
pub async fn resolve_start(
    connection: &ConnectionDefinition,
    topic: &str,
    description: &TopicDescription,
    start: &StartPosition,
) -> Result<BTreeMap<Partition, Offset>> {
    let bounds = &description.partitions;
    match start {
        StartPosition::Earliest => Ok(bounds.iter().map(|(&partition, b)| (partition, b.low)).collect()),
        StartPosition::Latest => Ok(bounds.iter().map(|(&partition, b)| (partition, b.high)).collect()),
        StartPosition::Offsets(offsets) => listed(topic, bounds, offsets),
        StartPosition::Timestamp(micros) => {
            // Kafka counts milliseconds: round up, so that nothing older is read.
            let millis = micros.div_euclid(1000) + i64::from(micros.rem_euclid(1000) > 0);
            if millis < 0 {
                return Err(IngestError::BadStart { reason: "start timestamp is before 1970".to_owned() });
            }
            let (topic, bounds) = (topic.to_owned(), bounds.clone());
            ask(connection, move |client, deadline| {
                let partitions: Vec<i32> = bounds.keys().map(|partition| partition.0).collect();
                let at = rdkafka::Offset::Offset(millis);
                let found = client.offsets(&topic, &partitions, at, deadline)?;
                // Where every message is older, reading begins at the end.
                let offset = |(&partition, b): (&Partition, &PartitionBounds)| {
                    (partition, found.get(&partition).copied().flatten().unwrap_or(b.high))
                };
                Ok(bounds.iter().map(offset).collect())
            })
            .await
        }
    }
}

/// Describes a topic over a client that exists already.
pub(crate) fn describe(client: &QueryClient, topic: &str, deadline: Deadline) -> Result<TopicDescription> {
    let described = client.describe(topic, deadline)?;
    let first = client.offsets(topic, &described.partitions, rdkafka::Offset::Beginning, deadline)?;
    let end = client.offsets(topic, &described.partitions, rdkafka::Offset::End, deadline)?;
    let partitions = end.into_iter().map(|(partition, high)| {
        let high = high.unwrap_or_default();
        let low = first.get(&partition).copied().flatten().unwrap_or(high);
        // Asked one after the other: retention may have moved the first past the end seen before.
        (partition, PartitionBounds { low, high: high.max(low) })
    });
    Ok(TopicDescription { topic_id: described.topic_id, partitions: partitions.collect() })
}

/// Runs questions on a thread that may block, with a client of their own.
async fn ask<T: Send + 'static>(
    connection: &ConnectionDefinition,
    questions: impl FnOnce(&QueryClient, Deadline) -> Result<T> + Send + 'static,
) -> Result<T> {
    let connection = connection.clone();
    let brokers = connection.brokers.clone();
    let (sender, receiver) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let deadline = Deadline::after(PROBE_TIMEOUT);
        match QueryClient::new(&connection, "probe") {
            // The answer goes before the client does: closing one whose broker is away takes a while.
            Ok(client) => drop(sender.send(questions(&client, deadline))),
            Err(error) => drop(sender.send(Err(error))),
        }
    });
    receiver.await.unwrap_or_else(|_| {
        Err(IngestError::Kafka { operation: "connecting", brokers, reason: "the probe panicked".to_owned() })
    })
}

fn listed(
    topic: &str,
    bounds: &BTreeMap<Partition, PartitionBounds>,
    offsets: &[i64],
) -> Result<BTreeMap<Partition, Offset>> {
    if offsets.len() != bounds.len() {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let reason = format!(
            "{} offset{} given, but topic \"{topic}\" has {} partition{}",
            offsets.len(),
            plural(offsets.len()),
            bounds.len(),
            plural(bounds.len())
        );
        return Err(IngestError::BadStart { reason });
    }
    let check = |((&partition, bounds), &offset): ((&Partition, &PartitionBounds), &i64)| {
        let PartitionBounds { low, high } = *bounds;
        if (low.0..=high.0).contains(&offset) {
            return Ok((partition, Offset(offset)));
        }
        let reason = format!(
            "offset {offset} is outside partition {partition} of topic \"{topic}\", which has {low} to {high}"
        );
        Err(IngestError::BadStart { reason })
    };
    bounds.iter().zip(offsets).map(check).collect()
}

/// The most similar name that is similar enough. Kafka's internal topics are not meant.
fn similar(topic: &str, names: Vec<String>) -> Option<String> {
    names
        .into_iter()
        .filter(|name| !name.starts_with("__"))
        .map(|name| (strsim::normalized_damerau_levenshtein(topic, &name), name))
        .filter(|(likeness, _)| *likeness >= SIMILAR_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(partitions: &[(i64, i64)]) -> BTreeMap<Partition, PartitionBounds> {
        let bound = |&(low, high): &(i64, i64)| PartitionBounds { low: Offset(low), high: Offset(high) };
        (0..).map(Partition).zip(partitions.iter().map(bound)).collect()
    }

    #[test]
    fn listed_offsets_must_fit() {
        let bounds = bounds(&[(0, 10), (5, 7)]);
        let ok = listed("t", &bounds, &[10, 5]).unwrap();
        assert_eq!(ok[&Partition(0)], Offset(10));
        assert_eq!(ok[&Partition(1)], Offset(5));
        let message = |offsets: &[i64]| listed("t", &bounds, offsets).unwrap_err().to_string();
        assert_eq!(message(&[1]), "1 offset given, but topic \"t\" has 2 partitions");
        assert_eq!(message(&[0, 4]), "offset 4 is outside partition 1 of topic \"t\", which has 5 to 7");
        assert_eq!(message(&[11, 5]), "offset 11 is outside partition 0 of topic \"t\", which has 0 to 10");
    }

    #[test]
    fn suggests_a_similar_topic() {
        let names = || ["orders", "page_views", "__consumer_offsets"].map(str::to_owned).to_vec();
        assert_eq!(similar("page_view", names()).as_deref(), Some("page_views"));
        assert_eq!(similar("consumer_offsets", names()), None);
        assert_eq!(similar("invoices", names()), None);
    }
}
