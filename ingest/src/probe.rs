//! Questions to a broker before a source exists: is it there, has it the topic, where does it begin?

use std::collections::BTreeMap;

use storage::catalog::ConnectionDefinition;
use storage::ids::{Offset, Partition};
use storage::offsets::StartPosition;

use crate::error::Result;

/// A topic as the broker describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// Kafka's own id of the topic, which a topic made again under the same name does not keep.
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

/// Describes a topic. Answers within about five seconds, also where no broker does.
pub async fn describe_topic(connection: &ConnectionDefinition, topic: &str) -> Result<TopicDescription> {
    let _ = (connection, topic);
    todo!()
}

/// Turns a start position into one offset per partition.
pub async fn resolve_start(
    connection: &ConnectionDefinition,
    topic: &str,
    description: &TopicDescription,
    start: &StartPosition,
) -> Result<BTreeMap<Partition, Offset>> {
    let _ = (connection, topic, description, start);
    todo!()
}
