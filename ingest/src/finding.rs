//! Compares where a source stands with what the broker has, and names each kind of loss.
//!
//! | the broker has | finding | at once? |
//! |---|---|---|
//! | no such topic | [`Finding::TopicGone`] | after five looks |
//! | the topic under another id | [`Finding::TopicMadeAgain`] | at once |
//! | fewer partitions than we read | [`Finding::PartitionsGone`] | after five looks |
//! | a first offset beyond ours | [`Finding::Lost`] | at once: it never moves back |
//! | an end before our offset | [`Finding::Truncated`] | after five looks |
//!
//! Several looks, because a broker that starts up may not know its topics for a moment, and a new
//! leader's end may lag behind what the old one had told.

use std::collections::BTreeMap;
use std::fmt;

use storage::ids::{Offset, Partition};

use crate::probe::{PartitionBounds, TopicDescription};

/// Why a source can't go on where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The topic was deleted.
    TopicGone,
    /// The topic was deleted, and another made under its name.
    TopicMadeAgain,
    /// Partitions that were read are not there.
    PartitionsGone(Vec<Partition>),
    /// Messages not yet read were deleted: our position and the first offset that is left.
    Lost(BTreeMap<Partition, (Offset, Offset)>),
    /// The partition ends before our position: the position and the end.
    Truncated(BTreeMap<Partition, (Offset, Offset)>),
}

impl Finding {
    /// Whether one look is enough.
    pub(crate) fn is_certain(&self) -> bool {
        matches!(self, Self::TopicMadeAgain | Self::Lost(_))
    }

    /// The text of the status, with the way out.
    pub(crate) fn message(&self, source: &str, topic: &str) -> String {
        format!(
            "topic \"{topic}\" {self}; decide where to go on with ALTER SOURCE {source} RESET OFFSETS TO …"
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TopicGone => f.write_str("does not exist any more"),
            Self::TopicMadeAgain => {
                f.write_str("was deleted and made again: its offsets do not continue the old ones")
            }
            Self::PartitionsGone(partitions) => {
                f.write_str("lost partitions ")?;
                list(f, partitions, |f, partition| write!(f, "{partition}"))
            }
            Self::Lost(partitions) => {
                f.write_str("no longer has messages that were not yet read: ")?;
                list(f, partitions, |f, (partition, (position, low))| {
                    let count = low.0 - position.0;
                    write!(f, "{count} in partition {partition} (offsets {position} up to {low})")
                })
            }
            Self::Truncated(partitions) => {
                f.write_str("ends before what was already read: ")?;
                list(f, partitions, |f, (partition, (position, high))| {
                    write!(f, "partition {partition} at {high}, read up to {position}")
                })
            }
        }
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    Ok(())
}

/// Looks for what keeps a source that stands at `positions` from going on. `topic_id` is that of
/// the topic which the positions belong to.
pub(crate) fn examine(
    topic_id: &str,
    positions: &BTreeMap<Partition, Offset>,
    topic: &TopicDescription,
) -> Option<Finding> {
    // Where a broker gives no ids, the name is all there is.
    let known = !topic.topic_id.is_empty() && !topic_id.is_empty();
    if known && topic.topic_id != topic_id {
        return Some(Finding::TopicMadeAgain);
    }
    let gone: Vec<_> =
        positions.keys().copied().filter(|partition| !topic.partitions.contains_key(partition)).collect();
    if !gone.is_empty() {
        return Some(Finding::PartitionsGone(gone));
    }
    let outside = |outside: fn(Offset, &PartitionBounds) -> Option<Offset>| {
        let found = positions.iter().filter_map(|(&partition, &position)| {
            let bound = outside(position, topic.partitions.get(&partition)?)?;
            Some((partition, (position, bound)))
        });
        found.collect::<BTreeMap<_, _>>()
    };
    let lost = outside(|position, bounds| (position < bounds.low).then_some(bounds.low));
    if !lost.is_empty() {
        return Some(Finding::Lost(lost));
    }
    let truncated = outside(|position, bounds| (position > bounds.high).then_some(bounds.high));
    (!truncated.is_empty()).then_some(Finding::Truncated(truncated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(id: &str, partitions: &[(i64, i64)]) -> TopicDescription {
        let bounds =
            partitions.iter().map(|&(low, high)| PartitionBounds { low: Offset(low), high: Offset(high) });
        TopicDescription { topic_id: id.to_owned(), partitions: (0..).map(Partition).zip(bounds).collect() }
    }

    fn check(positions: &[i64], id: &str, partitions: &[(i64, i64)], expected: Option<&str>) {
        let positions = (0..).map(Partition).zip(positions.iter().copied().map(Offset)).collect();
        let found = examine("a", &positions, &topic(id, partitions)).map(|finding| finding.to_string());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn names_each_kind_of_loss() {
        check(&[0, 7], "a", &[(0, 0), (3, 7)], None);
        check(&[5], "a", &[(0, 9), (0, 3)], None);
        check(
            &[5],
            "b",
            &[(0, 9)],
            Some("was deleted and made again: its offsets do not continue the old ones"),
        );
        check(&[5, 1, 2], "a", &[(0, 9)], Some("lost partitions 1, 2"));
        check(
            &[5, 1],
            "a",
            &[(8, 9), (2, 4)],
            Some(
                "no longer has messages that were not yet read: 3 in partition 0 (offsets 5 up to 8), \
                 1 in partition 1 (offsets 1 up to 2)",
            ),
        );
        check(
            &[5],
            "a",
            &[(0, 4)],
            Some("ends before what was already read: partition 0 at 4, read up to 5"),
        );
    }

    /// Pinot #14716: gaps that transactions leave are no loss. A position that was moved past
    /// markers is inside the bounds like any other.
    #[test]
    fn a_gap_inside_the_bounds_is_no_loss() {
        check(&[6], "a", &[(0, 12)], None);
        check(&[12], "a", &[(12, 12)], None);
    }
}
