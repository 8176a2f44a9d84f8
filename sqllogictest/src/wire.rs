//! PostgreSQL's protocol in bytes: what a driver would hide (modifiers of types, places of errors,
//! the order of messages) is what the comparisons with a real PostgreSQL look at.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer messages are a mistake of the peer: no test asks for so much.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Version 3.0.
const PROTOCOL: u32 = 196_608;

/// A connection.
#[derive(Debug)]
pub struct Session {
    socket: TcpStream,
}

/// A column of a row description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The OID of its type.
    pub type_oid: i32,
    /// The bytes of a value, negative where they vary.
    pub size: i16,
    /// The modifier of its type, -1 where there is none.
    pub modifier: i32,
    /// Whether it is a table's. The OIDs of tables are each server's own.
    pub of_table: bool,
    /// Its number in that table.
    pub number: i16,
    /// 0 is text, 1 is binary.
    pub format: i16,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// RowDescription
    Columns(Vec<Column>),
    /// DataRow: values as text where they are text, else their bytes in hexadecimal.
    Row(Vec<Option<String>>),
    /// CommandComplete
    Tag(String),
    /// ErrorResponse and NoticeResponse, by the letters of their fields.
    Report(BTreeMap<u8, String>),
    /// ParameterStatus
    Setting(String, String),
    /// ParameterDescription: the OIDs of types.
    Parameters(Vec<i32>),
    /// ReadyForQuery, with the state of the transaction.
    Ready(char),
    /// CopyData
    Data(String),
    /// CopyInResponse and CopyOutResponse
    Copy(char, Vec<u8>),
    /// Any other, by its letter.
    Other(char),
}

impl Session {
    /// Connects to `host:port` as `tidegate`. A server that says nothing for `patience` is an error.
    pub fn open(address: &str, database: &str, patience: Duration) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(patience))?;
        socket.set_nodelay(true)?;
        let mut session = Self { socket };
        let mut body = PROTOCOL.to_be_bytes().to_vec();
        for word in ["user", "tidegate", "database", database, "application_name", "compare", ""] {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
        let length = (body.len() as u32 + 4).to_be_bytes();
        session.socket.write_all(&[&length[..], &body].concat())?;
        session.until_ready()?;
        Ok(session)
    }

    /// What is answered to a Query; `data` follows it where it is a `COPY … FROM STDIN`.
    pub fn query(&mut self, sql: &str, data: Option<&str>) -> io::Result<Vec<Message>> {
        let mut messages = vec![(b'Q', [sql.as_bytes(), &[0]].concat())];
        if let Some(data) = data {
            messages.push((b'd', data.as_bytes().to_vec()));
            messages.push((b'c', Vec::new()));
        }
        self.send(&messages)?;
        self.until_ready()
    }

    /// What is answered to Parse, Describe, Bind with binary results, Execute and Sync.
    pub fn query_in_binary(&mut self, sql: &str) -> io::Result<Vec<Message>> {
        self.send(&[
            (b'P', [&[0], sql.as_bytes(), &[0, 0, 0]].concat()),
            (b'D', b"S\0".to_vec()),
            (b'B', b"\0\0\0\0\0\0\0\x01\0\x01".to_vec()),
            (b'E', b"\0\0\0\0\0".to_vec()),
            (b'S', Vec::new()),
        ])?;
        self.until_ready()
    }

    fn send(&mut self, messages: &[(u8, Vec<u8>)]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for (kind, body) in messages {
            bytes.push(*kind);
            bytes.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
            bytes.extend_from_slice(body);
        }
        self.socket.write_all(&bytes)
    }

    fn until_ready(&mut self) -> io::Result<Vec<Message>> {
        let mut messages = Vec::new();
        while !matches!(messages.last(), Some(Message::Ready(_))) {
            messages.push(self.message()?);
        }
        Ok(messages)
    }

    fn message(&mut self) -> io::Result<Message> {
        let mut head = [0; 5];
        self.socket.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if !(4..=MESSAGE_BYTES_MAX).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes")));
        }
        let mut body = vec![0; length - 4];
        self.socket.read_exact(&mut body)?;
        Message::parse(head[0], &body)
    }
}

impl Message {
    fn parse(kind: u8, body: &[u8]) -> io::Result<Self> {
        let mut body = Body(body);
        Ok(match kind {
            b'T' => {
                let count = body.i16()?;
                Self::Columns((0..count).map(|_| body.column()).collect::<io::Result<_>>()?)
            }
            b'D' => {
                let count = body.i16()?;
                Self::Row((0..count).map(|_| body.cell()).collect::<io::Result<_>>()?)
            }
            b'C' => Self::Tag(body.text()?),
            b'E' | b'N' => {
                let mut fields = BTreeMap::new();
                while let field @ 1.. = body.take(1)?[0] {
                    fields.insert(field, body.text()?);
                }
                Self::Report(fields)
            }
            b'S' => Self::Setting(body.text()?, body.text()?),
            b't' => {
                let count = body.i16()?;
                Self::Parameters((0..count).map(|_| body.i32()).collect::<io::Result<_>>()?)
            }
            b'Z' => Self::Ready(char::from(body.take(1)?[0])),
            b'd' => Self::Data(String::from_utf8_lossy(body.0).into_owned()),
            b'G' | b'H' => Self::Copy(char::from(kind), body.0.to_vec()),
            other => Self::Other(char::from(other)),
        })
    }

    /// A field of a report; empty where it has none.
    pub fn field(&self, letter: u8) -> &str {
        match self {
            Self::Report(fields) => fields.get(&letter).map_or("", String::as_str),
            _ => "",
        }
    }

    /// Whether it is an error, and no notice.
    pub fn is_error(&self) -> bool {
        matches!(self.field(b'V'), "ERROR" | "FATAL" | "PANIC")
    }
}

/// One line, the same for answers that are alike.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns(columns) => {
                f.write_str("columns")?;
                columns.iter().try_for_each(|column| {
                    let Column { name, type_oid, size, modifier, of_table, number, format } = column;
                    write!(f, " {name}:{type_oid}:{size}:{modifier}:{of_table}:{number}:{format}")
                })
            }
            Self::Row(cells) => {
                let cells: Vec<&str> = cells.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
                write!(f, "row {}", cells.join(" | "))
            }
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::Report(_) => {
                let [severity, code, message] = [b'V', b'C', b'M'].map(|letter| self.field(letter));
                write!(f, "{severity} {code}: {message} at {} {}", self.field(b'P'), self.field(b'W'))
            }
            Self::Setting(name, value) => write!(f, "setting {name}={value}"),
            Self::Parameters(types) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                write!(f, "parameters {}", types.join(" "))
            }
            Self::Ready(state) => write!(f, "ready {state}"),
            Self::Data(data) => write!(f, "data {data}"),
            Self::Copy(kind, formats) => write!(f, "{kind} {formats:?}"),
            Self::Other(kind) => write!(f, "{kind}"),
        }
    }
}

struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(taken)
    }

    fn i16(&mut self) -> io::Result<i16> {
        let bytes = self.take(2)?;
        Ok(i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> io::Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn text(&mut self) -> io::Result<String> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(io::ErrorKind::UnexpectedEof)?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(text)
    }

    fn column(&mut self) -> io::Result<Column> {
        Ok(Column {
            name: self.text()?,
            of_table: self.i32()? != 0,
            number: self.i16()?,
            type_oid: self.i32()?,
            size: self.i16()?,
            modifier: self.i32()?,
            format: self.i16()?,
        })
    }

    fn cell(&mut self) -> io::Result<Option<String>> {
        let Ok(length) = usize::try_from(self.i32()?) else { return Ok(None) };
        let bytes = self.take(length)?;
        Ok(Some(match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => text.to_owned(),
            _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        }))
    }
}
