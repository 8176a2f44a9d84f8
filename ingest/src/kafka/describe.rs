//! Asks a broker to describe a topic. The only unsafe code of the workspace: a topic's id, which
//! alone tells a topic from another that was made under its name later, is in librdkafka's C
//! interface and not in the `rdkafka` crate.
//!
//! Ownership, as `rdkafka.h` states it: we destroy what we made (options, collection, queue) and
//! the event that we polled; everything reached from the event belongs to it, so it is copied
//! before the event goes. Each of our objects sits in a guard that destroys it once.

#![expect(unsafe_code, reason = "the safe interface of librdkafka does not give a topic's id")]

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::slice;
use std::time::Duration;

use rdkafka::bindings::*;
use rdkafka::client::Client;
use rdkafka::error::RDKafkaErrorCode;

use super::context::Context;

/// What a broker says of a topic, in one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// Base64, as Kafka's tools print it. Empty where the broker gives none.
    pub(crate) topic_id: String,
    /// Its partitions, ascending.
    pub(crate) partitions: Vec<i32>,
}

/// Sixteen zero bytes in base64: what stands for the id where a broker is too old to give one.
const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Destroys a librdkafka object when dropped.
struct Owned<T> {
    pointer: *mut T,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes ownership of what a librdkafka constructor returned; None where that is null.
    ///
    /// # Safety
    /// `pointer` is null or ours to destroy with `destroy`.
    unsafe fn new(pointer: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        (!pointer.is_null()).then_some(Self { pointer, destroy })
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `new` was promised that the object is ours, and nobody else destroys it.
        unsafe { (self.destroy)(self.pointer) }
    }
}

/// Describes `topic`, waiting for at most `timeout`.
pub(crate) fn describe(
    client: &Client<Context>,
    topic: &str,
    timeout: Duration,
) -> Result<Described, RDKafkaErrorCode> {
    let name = CString::new(topic).map_err(|_| RDKafkaErrorCode::InvalidTopic)?;
    let mut names = [name.as_ptr()];
    let handle = client.native_ptr();
    let timeout_ms = timeout.as_millis().clamp(1, 60_000) as i32;
    // SAFETY: `handle` lives as long as `client`. Every pointer that is passed on was checked for
    // null by `Owned::new`, and `names` outlives the call, which copies them. The arrays that the
    // event returns have the lengths that it gives and are read before the event is destroyed.
    unsafe {
        let queue = Owned::new(rd_kafka_queue_new(handle), rd_kafka_queue_destroy);
        let options = Owned::new(
            rd_kafka_AdminOptions_new(handle, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS),
            rd_kafka_AdminOptions_destroy,
        );
        let topics = Owned::new(
            rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len()),
            rd_kafka_TopicCollection_destroy,
        );
        let (Some(queue), Some(options), Some(topics)) = (queue, options, topics) else {
            return Err(RDKafkaErrorCode::Fail);
        };
        check(rd_kafka_AdminOptions_set_request_timeout(options.pointer, timeout_ms, ptr::null_mut(), 0))?;
        rd_kafka_DescribeTopics(handle, topics.pointer, options.pointer, queue.pointer);

        // The request ends by its own timeout; a little more lets its answer say so.
        let event = Owned::new(rd_kafka_queue_poll(queue.pointer, timeout_ms + 200), rd_kafka_event_destroy)
            .ok_or(RDKafkaErrorCode::OperationTimedOut)?;
        check(rd_kafka_event_error(event.pointer))?;
        let result = rd_kafka_event_DescribeTopics_result(event.pointer);
        if result.is_null() {
            return Err(RDKafkaErrorCode::Fail);
        }
        let mut count = 0;
        let descriptions = rd_kafka_DescribeTopics_result_topics(result, &mut count);
        if count != 1 || descriptions.is_null() {
            return Err(RDKafkaErrorCode::Fail);
        }
        let description = *descriptions;
        let error = rd_kafka_TopicDescription_error(description);
        if !error.is_null() {
            check(rd_kafka_error_code(error))?;
        }
        Ok(Described { topic_id: topic_id(description), partitions: partitions(description) })
    }
}

/// # Safety
/// `description` belongs to an event that lives.
unsafe fn topic_id(description: *const rd_kafka_TopicDescription_t) -> String {
    // SAFETY: the id and its text belong to the description; the text is copied here.
    unsafe {
        let id = rd_kafka_TopicDescription_topic_id(description);
        let text: *const c_char = if id.is_null() { ptr::null() } else { rd_kafka_Uuid_base64str(id) };
        let text = if text.is_null() { "" } else { CStr::from_ptr(text).to_str().unwrap_or_default() };
        if text == NO_ID { String::new() } else { text.to_owned() }
    }
}

/// # Safety
/// `description` belongs to an event that lives.
unsafe fn partitions(description: *const rd_kafka_TopicDescription_t) -> Vec<i32> {
    let mut count = 0;
    // SAFETY: the array and its elements belong to the description and have `count` elements.
    let mut numbers: Vec<i32> = unsafe {
        let partitions = rd_kafka_TopicDescription_partitions(description, &mut count);
        if partitions.is_null() || count == 0 {
            return Vec::new();
        }
        slice::from_raw_parts(partitions, count)
            .iter()
            .map(|&partition| rd_kafka_TopicPartitionInfo_partition(partition))
            .collect()
    };
    numbers.sort_unstable();
    numbers
}

fn check(code: rd_kafka_resp_err_t) -> Result<(), RDKafkaErrorCode> {
    match code {
        rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(code.into()),
    }
}
