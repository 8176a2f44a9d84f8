//! A batch of messages, copied out of librdkafka into one buffer, with the offsets it covers.
//!
//! Copying costs a few nanoseconds a message and brings the bytes into the cache for the decoder.
//! It buys that librdkafka's memory is given back at once and that the batch can go to any thread.

use storage::hot::OffsetRange;
use storage::ids::{Offset, Partition};

use crate::decode::Message;

/// A part of the buffer.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    partition: Partition,
    offset: Offset,
    timestamp_micros: Option<i64>,
    key: Option<Span>,
    value: Option<Span>,
    headers_start: u32,
    headers_len: u32,
    headers_unreadable: bool,
}

#[derive(Clone, Copy, Debug)]
struct HeaderEntry {
    name: Span,
    value: Option<Span>,
}

/// What a message brings beside its headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) partition: Partition,
    pub(crate) offset: Offset,
    pub(crate) timestamp_micros: Option<i64>,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    /// Whether its headers can't be given, because a name is not UTF-8.
    pub(crate) headers_unreadable: bool,
}

/// Messages in the order in which they were read: within a partition by offset.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    headers: Vec<HeaderEntry>,
    ranges: Vec<OffsetRange>,
    /// Where the partition of the last message is in `ranges`: messages come in runs.
    current: usize,
}

impl Messages {
    /// An empty batch with room for as much as another had, but for no more than usual.
    pub(crate) fn with_room_of(other: &Self, bytes_max: usize) -> Self {
        Self {
            buffer: Vec::with_capacity(other.buffer.len().min(bytes_max)),
            entries: Vec::with_capacity(other.entries.len()),
            headers: Vec::with_capacity(other.headers.len()),
            ranges: Vec::with_capacity(other.ranges.len()),
            current: 0,
        }
    }

    /// Appends a message. `position` is where its partition stood before it: offsets between are
    /// control records, aborted transactions or compacted messages, and count as read.
    pub(crate) fn push<'h>(
        &mut self,
        parts: &Parts<'_>,
        headers: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
        position: Offset,
    ) {
        assert!(parts.offset >= position, "a message before the position would be read twice");
        let headers_start = self.headers.len() as u32;
        for (name, value) in headers {
            let entry =
                HeaderEntry { name: self.copy(name.as_bytes()), value: value.map(|value| self.copy(value)) };
            self.headers.push(entry);
        }
        let entry = Entry {
            partition: parts.partition,
            offset: parts.offset,
            timestamp_micros: parts.timestamp_micros,
            key: parts.key.map(|key| self.copy(key)),
            value: parts.value.map(|value| self.copy(value)),
            headers_start,
            headers_len: self.headers.len() as u32 - headers_start,
            headers_unreadable: parts.headers_unreadable,
        };
        self.entries.push(entry);
        self.advance(parts.partition, position, Offset(parts.offset.0 + 1));
    }

    /// Counts the offsets of a partition from `position` up to but without `next` as read.
    pub(crate) fn advance(&mut self, partition: Partition, position: Offset, next: Offset) {
        assert!(next >= position, "offsets never move back");
        if self.ranges.get(self.current).is_none_or(|range| range.partition != partition) {
            self.current = match self.ranges.iter().position(|range| range.partition == partition) {
                Some(index) => index,
                None => {
                    self.ranges.push(OffsetRange { partition, from: position, next: position });
                    self.ranges.len() - 1
                }
            };
        }
        let range = &mut self.ranges[self.current];
        assert_eq!(range.next, position, "a batch has no hole");
        range.next = next;
    }

    /// The offsets covered, one range a partition.
    pub(crate) fn ranges(&self) -> &[OffsetRange] {
        &self.ranges
    }

    /// Messages in the batch.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of keys, values and headers in the batch.
    pub(crate) fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Whether the batch covers no offset.
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The partition of a message.
    pub(crate) fn partition(&self, index: usize) -> Partition {
        self.entries[index].partition
    }

    /// A message without its headers.
    pub(crate) fn message(&self, index: usize) -> Message<'_> {
        let entry = &self.entries[index];
        Message {
            value: entry.value.map(|span| self.bytes_of(span)),
            key: entry.key.map(|span| self.bytes_of(span)),
            partition: entry.partition,
            offset: entry.offset,
            timestamp_micros: entry.timestamp_micros,
            headers: &[],
        }
    }

    /// Whether the message has headers that can't be given.
    pub(crate) fn headers_unreadable(&self, index: usize) -> bool {
        self.entries[index].headers_unreadable
    }

    /// Puts a message's headers into `headers` in place of what was there.
    pub(crate) fn headers_into<'a>(&'a self, index: usize, headers: &mut Vec<(&'a str, Option<&'a [u8]>)>) {
        let entry = &self.entries[index];
        let start = entry.headers_start as usize;
        headers.clear();
        headers.extend(self.headers[start..start + entry.headers_len as usize].iter().map(|header| {
            let name = str::from_utf8(self.bytes_of(header.name)).expect("copied from a str");
            (name, header.value.map(|span| self.bytes_of(span)))
        }));
    }

    /// The oldest timestamp of a message in microseconds since 1970.
    pub(crate) fn oldest_timestamp_micros(&self) -> Option<i64> {
        self.entries.iter().filter_map(|entry| entry.timestamp_micros).min()
    }

    fn copy(&mut self, bytes: &[u8]) -> Span {
        let start = u32::try_from(self.buffer.len()).expect("a batch is cut long before 4 GiB");
        let len = u32::try_from(bytes.len()).expect("Kafka's messages have at most 2 GiB");
        self.buffer.extend_from_slice(bytes);
        Span { start, len }
    }

    fn bytes_of(&self, span: Span) -> &[u8] {
        &self.buffer[span.start as usize..][..span.len as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(partition: i32, offset: i64, value: &[u8]) -> Parts<'_> {
        Parts {
            partition: Partition(partition),
            offset: Offset(offset),
            timestamp_micros: Some(offset * 10),
            key: None,
            value: Some(value),
            headers_unreadable: false,
        }
    }

    #[test]
    fn covers_gaps_and_keeps_partitions_apart() {
        let mut messages = Messages::default();
        messages.push(&parts(1, 5, b"five"), [("h", Some(b"1".as_slice())), ("n", None)], Offset(3));
        messages.push(&parts(0, 0, b"zero"), [], Offset(0));
        messages.push(&parts(1, 8, b"eight"), [], Offset(6));
        messages.advance(Partition(0), Offset(1), Offset(4));
        let range = |partition, from, next| OffsetRange {
            partition: Partition(partition),
            from: Offset(from),
            next: Offset(next),
        };
        assert_eq!(messages.ranges(), [range(1, 3, 9), range(0, 0, 4)]);
        assert_eq!(messages.message(2).value, Some(b"eight".as_slice()));
        assert_eq!(messages.oldest_timestamp_micros(), Some(0));
        let mut headers = Vec::new();
        messages.headers_into(0, &mut headers);
        assert_eq!(headers, [("h", Some(b"1".as_slice())), ("n", None)]);
        messages.headers_into(1, &mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    #[should_panic(expected = "read twice")]
    fn refuses_a_message_before_the_position() {
        Messages::default().push(&parts(0, 4, b""), [], Offset(5));
    }
}
