//! `CREATE CONNECTION name TO KAFKA (BROKERS '…')`.

use storage::catalog::{ConnectionDefinition, KafkaSecurity};

use super::CreateConnection;
use super::cursor::{Cursor, unsupported};
use super::options::{Known, read_options};
use crate::error::{Result, SqlError};

const OPTIONS: Known = Known {
    options: &["BROKERS", "SECURITY PROTOCOL"],
    later: &[
        "SASL MECHANISM",
        "SASL USERNAME",
        "SASL PASSWORD",
        "SSL CERTIFICATE AUTHORITY",
        "SSL CERTIFICATE",
        "SSL KEY",
    ],
};

/// After `CREATE CONNECTION`.
pub(super) fn create_connection(cursor: &mut Cursor<'_>) -> Result<CreateConnection> {
    let if_not_exists = cursor.keywords("IF NOT EXISTS");
    let name = cursor.name()?;
    cursor.expect_keywords("TO")?;
    let position = cursor.position();
    if cursor.keywords("CONFLUENT") {
        return Err(unsupported("a connection to a schema registry", position));
    }
    cursor.expect_keywords("KAFKA")?;
    let mut found = None;
    let list = cursor.position();
    read_options(cursor, OPTIONS, |cursor, option, _| {
        if option == "BROKERS" {
            found = Some(brokers(cursor)?);
            return Ok(());
        }
        let position = cursor.position();
        let protocol = cursor.string()?;
        match protocol.to_ascii_uppercase().as_str() {
            "PLAINTEXT" => Ok(()),
            "SSL" | "SASL_SSL" | "SASL_PLAINTEXT" => {
                Err(unsupported(format!("security protocol {protocol}"), position)
                    .with_hint("For now connections are PLAINTEXT."))
            }
            _ => Err(SqlError::new("22023", format!("invalid security protocol \"{protocol}\""))
                .with_hint("Write 'PLAINTEXT'.")
                .at(position)),
        }
    })?;
    let brokers = found.ok_or_else(|| {
        SqlError::new("42601", "option BROKERS is missing")
            .with_hint("Write KAFKA (BROKERS 'host:9092').")
            .at(list)
    })?;
    let definition = ConnectionDefinition { brokers, security: KafkaSecurity::Plaintext };
    Ok(CreateConnection { name, if_not_exists, definition })
}

/// The value of `BROKERS`: `host:port` pairs, which come out without white space.
pub(super) fn brokers(cursor: &mut Cursor<'_>) -> Result<String> {
    let position = cursor.position();
    let text = cursor.string()?;
    let invalid = |broker: &str| {
        SqlError::new("22023", format!("\"{broker}\" is not the address of a broker"))
            .with_hint("Write host:port pairs with commas between, such as 'b1:9092,b2:9092'.")
            .at(position)
    };
    let mut brokers = Vec::new();
    for broker in text.split(',').map(str::trim) {
        let (host, port) = broker.rsplit_once(':').ok_or_else(|| invalid(broker))?;
        let host_is_plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/');
        if !host_is_plain || !matches!(port.parse::<u16>(), Ok(1..)) {
            return Err(invalid(broker));
        }
        brokers.push(broker);
    }
    Ok(brokers.join(","))
}
