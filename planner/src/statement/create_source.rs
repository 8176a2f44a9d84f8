//! `CREATE SOURCE`: clauses after the name in any order.

use std::num::NonZeroU64;

use sqlparser::tokenizer::Token;
use storage::catalog::{SourceOptions, TimestampFormat};
use storage::offsets::StartPosition;

use super::amount::parse_interval_micros;
use super::column::{columns, include};
use super::create_connection::brokers;
use super::cursor::{Cursor, did_you_mean, unsupported};
use super::options::{Known, read_options, source_options};
use super::{ColumnDefinition, CreateSource, Endpoint, Expression, Name, start};
use crate::error::{Result, SqlError};

/// What the clauses say, each at most once.
#[derive(Default)]
struct Clauses {
    columns: Option<Vec<ColumnDefinition>>,
    kafka: Option<Kafka>,
    format: Option<TimestampFormat>,
    include: Option<Vec<ColumnDefinition>>,
    filter: Option<Expression>,
    partition_by: Option<(NonZeroU64, Name)>,
    order_by: Option<Vec<Name>>,
    options: Option<SourceOptions>,
}

/// `FROM KAFKA …`.
struct Kafka {
    endpoint: Endpoint,
    topic: String,
    start: StartPosition,
}

/// After `CREATE SOURCE`.
pub(super) fn create_source(cursor: &mut Cursor<'_>) -> Result<CreateSource> {
    let if_not_exists = cursor.keywords("IF NOT EXISTS");
    let name = cursor.object_name()?;
    let mut clauses = Clauses::default();
    while !cursor.is_end() {
        clause(cursor, &mut clauses)?;
    }
    let end = cursor.position();
    let missing = |what: &str, hint: &str| {
        SqlError::new("42601", format!("CREATE SOURCE has no {what}")).with_hint(hint.to_owned()).at(end)
    };
    let kafka = clauses
        .kafka
        .ok_or_else(|| missing("FROM KAFKA", "Write FROM KAFKA (BROKERS 'host:9092', TOPIC 'topic')."))?;
    let timestamp_format = clauses.format.ok_or_else(|| missing("FORMAT", "Write FORMAT JSON."))?;
    let mut columns = clauses.columns.unwrap_or_default();
    columns.extend(clauses.include.unwrap_or_default());
    if columns.is_empty() {
        return Err(missing("columns", "Write them in brackets after the name, as in CREATE TABLE."));
    }
    Ok(CreateSource {
        name,
        if_not_exists,
        columns,
        endpoint: kafka.endpoint,
        topic: kafka.topic,
        start: kafka.start,
        timestamp_format,
        filter: clauses.filter,
        partition_by: clauses.partition_by,
        order_by: clauses.order_by.unwrap_or_default(),
        options: clauses.options.unwrap_or_default(),
    })
}

fn clause(cursor: &mut Cursor<'_>, clauses: &mut Clauses) -> Result<()> {
    let position = cursor.position();
    let once = |is_new: bool, clause: &str| match is_new {
        true => Ok(()),
        false => Err(SqlError::new("42601", format!("{clause} is given twice")).at(position)),
    };
    if cursor.peek() == &Token::LParen {
        once(clauses.columns.is_none(), "the list of columns")?;
        clauses.columns = Some(columns(cursor)?);
    } else if cursor.keywords("FROM") {
        once(clauses.kafka.is_none(), "FROM")?;
        clauses.kafka = Some(from_kafka(cursor)?);
    } else if cursor.keywords("FORMAT") {
        once(clauses.format.is_none(), "FORMAT")?;
        clauses.format = Some(format(cursor)?);
    } else if cursor.keywords("INCLUDE") {
        once(clauses.include.is_none(), "INCLUDE")?;
        clauses.include = Some(include(cursor)?);
    } else if cursor.keywords("WHERE") {
        once(clauses.filter.is_none(), "WHERE")?;
        clauses.filter = Some(cursor.expression()?);
    } else if cursor.keywords("PARTITION BY") {
        once(clauses.partition_by.is_none(), "PARTITION BY")?;
        clauses.partition_by = Some(partition_by(cursor)?);
    } else if cursor.keywords("ORDER BY") {
        once(clauses.order_by.is_none(), "ORDER BY")?;
        clauses.order_by = Some(order_by(cursor)?);
    } else if cursor.keywords("WITH") {
        once(clauses.options.is_none(), "WITH")?;
        let mut options = SourceOptions::default();
        source_options(cursor)?.iter().for_each(|option| option.apply(&mut options));
        clauses.options = Some(options);
    } else if cursor.keywords("ENVELOPE") {
        let position = cursor.position();
        if cursor.keywords("UPSERT") || cursor.keywords("DEBEZIUM") {
            return Err(unsupported("an envelope other than NONE", position));
        }
        cursor.expect_keywords("NONE")?;
    } else if cursor.keywords("KEY FORMAT") || cursor.keywords("VALUE FORMAT") {
        return Err(unsupported("KEY FORMAT", position).with_hint("Use INCLUDE KEY for the key as text."));
    } else {
        return Err(cursor.syntax_error_among(&[
            "FROM KAFKA",
            "FORMAT",
            "INCLUDE",
            "WHERE",
            "PARTITION BY",
            "ORDER BY",
            "WITH",
            "ENVELOPE",
        ]));
    }
    Ok(())
}

const KAFKA: Known =
    Known { options: &["BROKERS", "TOPIC", "START OFFSET", "START TIMESTAMP"], later: &["GROUP ID"] };

fn from_kafka(cursor: &mut Cursor<'_>) -> Result<Kafka> {
    if !cursor.keywords("KAFKA") {
        return Err(cursor.syntax_error_among(&["KAFKA"]));
    }
    let connection = if cursor.keywords("CONNECTION") { Some(cursor.name()?) } else { None };
    let list = cursor.position();
    let (mut endpoint, mut topic, mut start) = (connection.map(Endpoint::Connection), None, None);
    read_options(cursor, KAFKA, |cursor, option, position| {
        let conflict = |message: &str| Err(SqlError::new("42601", message).at(position));
        match option {
            "BROKERS" if endpoint.is_some() => conflict("BROKERS and CONNECTION exclude each other"),
            "BROKERS" => {
                endpoint = Some(Endpoint::Brokers(brokers(cursor)?));
                Ok(())
            }
            "TOPIC" => {
                topic = Some(topic_name(cursor)?);
                Ok(())
            }
            _ if start.is_some() => conflict("START OFFSET and START TIMESTAMP exclude each other"),
            "START OFFSET" => {
                start = Some(start::offsets(cursor)?);
                Ok(())
            }
            _ => {
                start = Some(start::timestamp(cursor)?);
                Ok(())
            }
        }
    })?;
    let missing = |option: &str| {
        SqlError::new("42601", format!("option {option} is missing"))
            .with_hint("Write FROM KAFKA (BROKERS 'host:9092', TOPIC 'topic').")
            .at(list)
    };
    Ok(Kafka {
        endpoint: endpoint.ok_or_else(|| missing("BROKERS"))?,
        topic: topic.ok_or_else(|| missing("TOPIC"))?,
        start: start.unwrap_or_default(),
    })
}

/// Kafka's own rule for the names of topics.
fn topic_name(cursor: &mut Cursor<'_>) -> Result<String> {
    let position = cursor.position();
    let name = cursor.string()?;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 249 || name == "." || name == ".." || !name.chars().all(legal) {
        return Err(SqlError::new("22023", format!("\"{name}\" can't be the name of a topic"))
            .with_hint("Kafka allows up to 249 letters, digits, \".\", \"_\" and \"-\".")
            .at(position));
    }
    Ok(name)
}

const JSON: Known = Known { options: &["TIMESTAMP FORMAT"], later: &[] };

/// The values of `TIMESTAMP FORMAT`.
pub(crate) const TIMESTAMP_FORMATS: [(&str, TimestampFormat); 4] = [
    ("iso8601", TimestampFormat::Iso8601),
    ("epoch_seconds", TimestampFormat::EpochSeconds),
    ("epoch_milliseconds", TimestampFormat::EpochMilliseconds),
    ("epoch_microseconds", TimestampFormat::EpochMicroseconds),
];

fn format(cursor: &mut Cursor<'_>) -> Result<TimestampFormat> {
    let position = cursor.position();
    for later in ["AVRO", "PROTOBUF", "CSV", "TEXT", "BYTES"] {
        if cursor.keywords(later) {
            return Err(unsupported(format!("FORMAT {later}"), position).with_hint("Use FORMAT JSON."));
        }
    }
    if !cursor.keywords("JSON") {
        return Err(cursor.syntax_error_among(&["JSON"]));
    }
    let mut format = TimestampFormat::default();
    if cursor.peek() == &Token::LParen && cursor.peek_nth_word(1).is_some() {
        read_options(cursor, JSON, |cursor, _, _| {
            let position = cursor.position();
            let written = cursor.string()?;
            let known = TIMESTAMP_FORMATS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&written));
            format = known.map(|(_, format)| *format).ok_or_else(|| {
                let names = TIMESTAMP_FORMATS.map(|(name, _)| format!("'{name}'"));
                let all = format!("Write one of {}.", names.join(", "));
                SqlError::new("22023", format!("invalid TIMESTAMP FORMAT \"{written}\""))
                    .with_hint(did_you_mean(&written, names).unwrap_or(all))
                    .at(position)
            })?;
            Ok(())
        })?;
    }
    Ok(format)
}

pub(super) fn partition_by(cursor: &mut Cursor<'_>) -> Result<(NonZeroU64, Name)> {
    if !cursor.keywords("TIME_BUCKET") {
        return Err(cursor.syntax_error_among(&["time_bucket"]));
    }
    cursor.expect(&Token::LParen)?;
    cursor.keywords("INTERVAL");
    let position = cursor.position();
    let text = cursor.string()?;
    if cursor.token(&Token::DoubleColon) {
        cursor.expect_keywords("INTERVAL")?;
    }
    let interval = parse_interval_micros(&text).map_err(|reason| {
        SqlError::new("22023", format!("invalid interval for PARTITION BY: {reason}"))
            .with_hint("Write a fixed length such as '1 hour', '1 day' or '1 week'.")
            .at(position)
    })?;
    if interval.get() < CHUNK_MICROS_MIN {
        return Err(SqlError::new("22023", "the interval for PARTITION BY is less than a minute")
            .with_hint("Each chunk has files of its own: '1 hour' or '1 day' suit most topics.")
            .at(position));
    }
    cursor.expect(&Token::Comma)?;
    let column = cursor.name()?;
    cursor.expect(&Token::RParen)?;
    Ok((interval, column))
}

const CHUNK_MICROS_MIN: u64 = 60_000_000;

pub(super) fn order_by(cursor: &mut Cursor<'_>) -> Result<Vec<Name>> {
    let in_brackets = cursor.token(&Token::LParen);
    let mut names = Vec::new();
    loop {
        names.push(cursor.name()?);
        let position = cursor.position();
        if cursor.keywords("DESC") || cursor.keywords("NULLS FIRST") {
            return Err(unsupported("ORDER BY other than ascending with nulls last", position));
        }
        cursor.keywords("ASC");
        cursor.keywords("NULLS LAST");
        if !cursor.token(&Token::Comma) {
            break;
        }
    }
    if in_brackets {
        cursor.expect(&Token::RParen)?;
    }
    Ok(names)
}
