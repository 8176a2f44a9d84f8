//! From an accepted socket to a session, or to a closed socket: every error here ends it.

pub mod packet;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::BufMut;
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::{NegotiateProtocolVersion, Startup};
use planner::SqlError;
use planner::system_table::Encryption;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use self::packet::{EncryptionKind, Packet, unsupported};
use super::report;
use super::socket::Socket;
use super::stream::{self, ReadError, Reader, Writer};
use crate::instance::Limits;
use crate::tls;

/// What a client asks for when it connects.
#[derive(Debug)]
pub enum Opening {
    /// A session.
    Session(StartupRequest),
    /// To stop what another session runs.
    Cancel(CancelRequest),
}

/// A session as asked for.
#[derive(Debug)]
pub struct StartupRequest {
    /// Who.
    pub user: String,
    /// Settings, by name as given.
    pub settings: BTreeMap<String, String>,
    /// Bytes of the cancel key that the protocol version has room for.
    pub key_bytes: usize,
    /// How its connection is encrypted, if it is.
    pub encryption: Option<Encryption>,
}

/// Waits until the client has said what it wants, over TLS where it asks for it and there is a
/// certificate. None where it said nothing in time, or was told why it is not let in: its socket is
/// closed then.
pub async fn open(
    socket: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    limits: &Limits,
) -> Option<(Opening, Reader, Writer)> {
    // As PostgreSQL does, nothing is said to someone who says nothing.
    tokio::time::timeout(limits.startup_timeout, negotiate(socket, tls, limits.write_timeout)).await.ok()?
}

async fn negotiate(
    socket: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    stall_max: Duration,
) -> Option<(Opening, Reader, Writer)> {
    let (mut reader, mut writer) = stream::split(Socket::Plain(socket), stall_max);
    let mut asked = Asked::default();
    let mut encryption = None;
    loop {
        let packet = match next(&mut reader).await {
            Ok(packet) => packet,
            Err(ReadError::Closed) => return None,
            Err(ReadError::Protocol(error)) => {
                refuse(writer, &error).await;
                return None;
            }
        };
        let kind = match packet {
            Packet::Encryption(kind) => kind,
            Packet::Cancel(request) => return Some((Opening::Cancel(request), reader, writer)),
            Packet::Startup(startup) => match request(startup, &mut writer, encryption) {
                Ok(request) => return Some((Opening::Session(request), reader, writer)),
                Err(error) => {
                    refuse(writer, &error).await;
                    return None;
                }
            },
        };
        if let Err(error) = asked.once(kind, !reader.buffer.is_empty()) {
            refuse(writer, &error).await;
            return None;
        }
        match tls {
            Some(config) if kind == EncryptionKind::Tls => {
                writer.buffer.put_u8(b'S');
                writer.flush().await.ok()?;
                let Socket::Plain(socket) = stream::join(reader, writer) else { return None };
                let secure = match TlsAcceptor::from(Arc::clone(config)).accept(socket).await {
                    Ok(secure) => secure,
                    Err(error) => {
                        tracing::debug!(%error, "a client did not come to TLS");
                        return None;
                    }
                };
                encryption = Some(tls::encryption(secure.get_ref().1));
                asked.gss = true;
                (reader, writer) = stream::split(Socket::Tls(Box::new(secure)), stall_max);
            }
            _ => {
                writer.buffer.put_u8(b'N');
                writer.flush().await.ok()?;
            }
        }
    }
}

async fn next(reader: &mut Reader) -> Result<Packet, ReadError> {
    loop {
        match packet::take(&mut reader.buffer)? {
            Some(packet) => return Ok(packet),
            None if !reader.fill().await? => return Err(ReadError::Closed),
            None => {}
        }
    }
}

/// Tells a client why it is not let in, and closes its socket. Whatever it sent behind a start-up that
/// failed is never looked at.
pub async fn refuse(mut writer: Writer, error: &SqlError) {
    writer.put(&report::fatal(error));
    writer.close().await;
}

/// What it has asked for: each once, in any order; nothing more inside of TLS.
#[derive(Debug, Default)]
struct Asked {
    tls: bool,
    gss: bool,
}

impl Asked {
    fn once(&mut self, kind: EncryptionKind, more_is_read: bool) -> Result<(), SqlError> {
        let (before, what) = match kind {
            EncryptionKind::Tls => (&mut self.tls, "SSL"),
            EncryptionKind::Gss => (&mut self.gss, "GSSAPI encryption"),
        };
        if std::mem::replace(before, true) {
            return Err(unsupported(kind.code()));
        }
        // What came behind the request was sent before our answer could be known: someone between the
        // client and us may have put it there, and it must not be taken for what comes over TLS.
        if more_is_read {
            return Err(SqlError::new("08P01", format!("received unencrypted data after {what} request"))
                .with_detail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack."));
        }
        Ok(())
    }
}

fn request(
    startup: Startup,
    writer: &mut Writer,
    encryption: Option<Encryption>,
) -> Result<StartupRequest, SqlError> {
    let minor = startup.protocol_number_minor;
    let parameters = startup.parameters;
    let (extensions, mut settings): (BTreeMap<_, _>, BTreeMap<_, _>) =
        parameters.into_iter().partition(|(name, _)| name.starts_with("_pq_."));
    // 3.1 was never a version: a client that asks for it gets 3.0, as every version but 3.2.
    let agreed = if minor >= 2 { 2 } else { 0 };
    if minor != agreed || !extensions.is_empty() {
        let newest = (3 << 16) | i32::from(agreed);
        let unknown = extensions.into_keys().collect();
        writer.put(&PgWireBackendMessage::NegotiateProtocolVersion(NegotiateProtocolVersion::new(
            newest, unknown,
        )));
    }
    let Some(user) = settings.remove("user").filter(|user| !user.is_empty()) else {
        return Err(SqlError::new("28000", "no PostgreSQL user name specified in startup packet"));
    };
    let database =
        settings.remove("database").filter(|name| !name.is_empty()).unwrap_or_else(|| user.clone());
    if settings
        .remove("replication")
        .is_some_and(|value| !matches!(value.as_str(), "false" | "off" | "no" | "0"))
    {
        return Err(SqlError::new("0A000", "replication connections are not supported"));
    }
    if !matches!(database.as_str(), "tidegate" | "postgres") {
        return Err(SqlError::new("3D000", format!("database \"{database}\" does not exist"))
            .with_hint("Connect to the database \"tidegate\"."));
    }
    if let Some(options) = settings.remove("options") {
        settings.extend(command_line(&options)?);
    }
    Ok(StartupRequest { user, settings, key_bytes: if agreed == 2 { 32 } else { 4 }, encryption })
}

/// `-c name=value`, `-cname=value` and `--name=value`, spaces escaped by a backslash.
fn command_line(options: &str) -> Result<BTreeMap<String, String>, SqlError> {
    let mut words: Vec<String> = vec![String::new()];
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        match (character, words.last_mut()) {
            ('\\', Some(word)) => word.extend(characters.next()),
            (space, _) if space.is_whitespace() => words.push(String::new()),
            (other, Some(word)) => word.push(other),
            (_, None) => {}
        }
    }
    let invalid = |word: &str| SqlError::new("42601", format!("invalid command-line argument: {word}"));
    let mut settings = BTreeMap::new();
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let assignment = match word.strip_prefix("--").or_else(|| word.strip_prefix("-c")) {
            Some("") => words.next().ok_or_else(|| invalid(&word))?,
            Some(assignment) => assignment.to_owned(),
            None => return Err(invalid(&word)),
        };
        let (name, value) = assignment.split_once('=').ok_or_else(|| invalid(&word))?;
        settings.insert(name.replace('-', "_"), value.to_owned());
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_a_command_line() {
        let read = command_line(r"-c statement_timeout=5s  --search-path=a -capplication_name=a\ b").unwrap();
        let expected = [("application_name", "a b"), ("search_path", "a"), ("statement_timeout", "5s")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert!(command_line("-x").is_err());
        assert!(command_line("-c").is_err());
    }
}
