//! Every librdkafka option that we set, with its reason. What is not here has a default that suits.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use storage::catalog::{ConnectionDefinition, KafkaSecurity};

/// Options of a client that asks for metadata and offsets and reads no messages.
pub(crate) fn query(connection: &ConnectionDefinition) -> ClientConfig {
    let mut options = common(connection);
    // Offsets at the end are then the high watermark, as people know it from Kafka's tools, and
    // an open transaction counts as lag.
    options.set("isolation.level", "read_uncommitted");
    options
}

/// Options of the client that reads a source's messages.
pub(crate) fn consumer(connection: &ConnectionDefinition) -> ClientConfig {
    let mut options = common(connection);
    options
        // librdkafka wants one even where partitions are assigned by hand. The group is never
        // joined and nothing is ever committed to it.
        .set("group.id", "tidegate")
        // Offsets live in our log, together with the rows that they cover.
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // The default (largest) skips data without a word where an offset is gone. We decide.
        .set("auto.offset.reset", "error")
        // Messages of aborted transactions are not events.
        .set("isolation.level", "read_committed")
        // Off by default. A flipped bit would become a wrong row for good.
        .set("check.crcs", "true")
        // Tells that a partition is read to its end, also where its last offsets are a
        // transaction's markers and no message says so.
        .set("enable.partition.eof", "true")
        // Read ahead, of all partitions together: a fifth of a second at 100 MB/s. The default of
        // 64 MB is paid by every source.
        .set("queued.max.messages.kbytes", "24576")
        // Read ahead, in messages of a partition; small messages weigh more than their bytes.
        .set("queued.min.messages", "50000")
        // A full queue empties within milliseconds; the default then waits for a second.
        .set("fetch.queue.backoff.ms", "2")
        // A leader that moved answers with an error until metadata is read again: half a second
        // by default.
        .set("fetch.error.backoff.ms", "100")
        // Answer as soon as there is one byte: freshness. Under load answers are large anyway.
        .set("fetch.min.bytes", "1")
        // One answer of a broker is in memory at a time: 50 MB by default.
        .set("fetch.max.bytes", "16777216")
        // Some lines for each answer about metadata, every few minutes. One of them tells that
        // the topic was made again: see `Context`.
        .set("debug", "metadata");
    options.set_log_level(RDKafkaLogLevel::Debug);
    options
}

fn common(connection: &ConnectionDefinition) -> ClientConfig {
    let mut options = ClientConfig::new();
    options
        .set("bootstrap.servers", &connection.brokers)
        // The broker's own logs and quotas name us.
        .set("client.id", "tidegate")
        // A broker that vanished without closing the connection is noticed.
        .set("socket.keepalive.enable", "true")
        // An address that swallows packets: half a minute by default.
        .set("socket.connection.setup.timeout.ms", "5000")
        // A broker that hangs: a minute by default, in which a source would look healthy.
        .set("socket.timeout.ms", "10000")
        // A broker that comes back is used within a second: up to ten by default.
        .set("reconnect.backoff.max.ms", "1000")
        // Brokers close idle connections; that is no news.
        .set("log.connection.close", "false")
        // A broker may ask its clients to send it telemetry. Ours do not.
        .set("enable.metrics.push", "false")
        .set(
            "security.protocol",
            match connection.security {
                KafkaSecurity::Plaintext => "plaintext",
            },
        );
    options.set_log_level(RDKafkaLogLevel::Info);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// librdkafka refuses an option that it does not know, or a value out of range.
    #[test]
    fn options_are_accepted() {
        let connection =
            ConnectionDefinition { brokers: "localhost:9092".to_owned(), security: KafkaSecurity::Plaintext };
        query(&connection).create_native_config().expect("query options");
        consumer(&connection).create_native_config().expect("consumer options");
    }
}
