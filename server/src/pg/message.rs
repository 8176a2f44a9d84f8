//! Bytes to messages, with every length checked first.
//!
//! pgwire's decoders trust a message's body: a short one makes them panic or read on into the
//! next message, and a message may be a gigabyte long. So a frame is cut out here by its length,
//! bounded, and its body read with checks; the results are pgwire's message types.

use bytes::{Buf, Bytes, BytesMut};
use pgwire::messages::PgWireFrontendMessage;
use pgwire::messages::copy::{CopyData, CopyDone, CopyFail};
use pgwire::messages::extendedquery::{Bind, Close, Describe, Execute, Flush, Parse, Sync};
use pgwire::messages::simplequery::Query;
use pgwire::messages::terminate::Terminate;
use planner::SqlError;

/// Bound of messages that carry no statement and no values, as in PostgreSQL.
const SMALL_MESSAGE_BYTES_MAX: usize = 10_000;

/// A message cut out of the stream.
#[derive(Debug)]
pub struct Frame {
    /// Its type.
    pub kind: u8,
    /// What it says, or why it can't be read. The stream itself is still in step.
    pub message: Result<PgWireFrontendMessage, SqlError>,
}

impl Frame {
    /// Whether an error in it is followed by skipping until Sync.
    pub fn is_extended(&self) -> bool {
        matches!(self.kind, b'P' | b'B' | b'D' | b'E' | b'C' | b'H')
    }
}

/// Cuts the next message out of `buffer`; None until it is whole. An error leaves the stream out
/// of step: the connection must be closed.
pub fn take(buffer: &mut BytesMut, message_bytes_max: usize) -> Result<Option<Frame>, SqlError> {
    let Some(&kind) = buffer.first() else { return Ok(None) };
    let limit = match kind {
        b'Q' | b'P' | b'B' | b'd' | b'F' => message_bytes_max,
        b'D' | b'E' | b'C' | b'H' | b'S' | b'X' | b'c' | b'f' | b'p' => {
            SMALL_MESSAGE_BYTES_MAX.min(message_bytes_max)
        }
        _ => return Err(SqlError::new("08P01", format!("invalid frontend message type {kind}"))),
    };
    let Some(length) = buffer.get(1..5).map(|mut length| length.get_u32() as usize) else { return Ok(None) };
    if length < 4 {
        return Err(SqlError::new("08P01", "invalid message length"));
    }
    if length > limit {
        return Err(SqlError::new(
            "54000",
            format!("message of {length} bytes exceeds the limit of {limit} bytes"),
        )
        .with_hint("Send less in one message, or raise message_bytes_max in the server's configuration."));
    }
    if buffer.len() < 1 + length {
        return Ok(None);
    }
    let mut frame = buffer.split_to(1 + length);
    frame.advance(5);
    let mut body = Body { bytes: frame.freeze() };
    let message = body.message(kind).and_then(|message| match body.bytes.is_empty() {
        true => Ok(message),
        false => Err(SqlError::new("08P01", "invalid message format")),
    });
    Ok(Some(Frame { kind, message }))
}

/// What is left of a message's body.
struct Body {
    bytes: Bytes,
}

impl Body {
    fn message(&mut self, kind: u8) -> Result<PgWireFrontendMessage, SqlError> {
        Ok(match kind {
            b'Q' => PgWireFrontendMessage::Query(Query::new(self.string()?)),
            b'P' => {
                let (name, query) = (self.name()?, self.string()?);
                let types = (0..self.u16()?).map(|_| self.u32()).collect::<Result<_, _>>()?;
                PgWireFrontendMessage::Parse(Parse::new(name, query, types))
            }
            b'B' => {
                let (portal, statement) = (self.name()?, self.name()?);
                let formats = self.codes()?;
                let values = (0..self.u16()?).map(|_| self.value()).collect::<Result<_, _>>()?;
                let result_formats = self.codes()?;
                PgWireFrontendMessage::Bind(Bind::new(portal, statement, formats, values, result_formats))
            }
            b'D' => PgWireFrontendMessage::Describe(Describe::new(self.u8()?, self.name()?)),
            b'C' => PgWireFrontendMessage::Close(Close::new(self.u8()?, self.name()?)),
            b'E' => PgWireFrontendMessage::Execute(Execute::new(self.name()?, self.u32()? as i32)),
            b'H' => PgWireFrontendMessage::Flush(Flush::new()),
            b'S' => PgWireFrontendMessage::Sync(Sync::new()),
            b'X' => PgWireFrontendMessage::Terminate(Terminate::new()),
            b'd' => PgWireFrontendMessage::CopyData(CopyData::new(std::mem::take(&mut self.bytes))),
            b'c' => PgWireFrontendMessage::CopyDone(CopyDone::new()),
            b'f' => PgWireFrontendMessage::CopyFail(CopyFail::new(self.string()?)),
            b'F' => {
                self.bytes.clear();
                return Err(SqlError::new("0A000", "function calls by message are not supported")
                    .with_hint("Call the function with SELECT."));
            }
            _ => {
                self.bytes.clear();
                return Err(SqlError::new("08P01", "no password was asked for"));
            }
        })
    }

    fn take(&mut self, length: usize) -> Result<Bytes, SqlError> {
        if length > self.bytes.len() {
            return Err(SqlError::new("08P01", "insufficient data left in message"));
        }
        Ok(self.bytes.split_to(length))
    }

    fn u8(&mut self) -> Result<u8, SqlError> {
        Ok(self.take(1)?.get_u8())
    }

    fn u16(&mut self) -> Result<u16, SqlError> {
        Ok(self.take(2)?.get_u16())
    }

    fn u32(&mut self) -> Result<u32, SqlError> {
        Ok(self.take(4)?.get_u32())
    }

    fn codes(&mut self) -> Result<Vec<i16>, SqlError> {
        (0..self.u16()?).map(|_| Ok(self.u16()? as i16)).collect()
    }

    /// A parameter's value: a length of -1 is null.
    fn value(&mut self) -> Result<Option<Bytes>, SqlError> {
        match self.u32()? as i32 {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length)
                    .map_err(|_| SqlError::new("08P01", "insufficient data left in message"))?;
                self.take(length).map(Some)
            }
        }
    }

    fn string(&mut self) -> Result<String, SqlError> {
        let Some(end) = self.bytes.iter().position(|byte| *byte == 0) else {
            return Err(SqlError::new("08P01", "invalid string in message"));
        };
        let text = self.take(end)?;
        self.bytes.advance(1);
        match std::str::from_utf8(&text) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(invalid_utf8(&text[error.valid_up_to()..])),
        }
    }

    /// A name; the empty one is None.
    fn name(&mut self) -> Result<Option<String>, SqlError> {
        self.string().map(|name| (!name.is_empty()).then_some(name))
    }
}

/// PostgreSQL's error for text that is not UTF-8; `from` begins at the first wrong byte.
pub(crate) fn invalid_utf8(from: &[u8]) -> SqlError {
    let bytes: Vec<String> = from.iter().take(4).map(|byte| format!("0x{byte:02x}")).collect();
    SqlError::new("22021", format!("invalid byte sequence for encoding \"UTF8\": {}", bytes.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: usize = 1 << 20;

    fn frame(kind: u8, body: &[u8]) -> BytesMut {
        let mut bytes = BytesMut::from(&[kind][..]);
        bytes.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    fn sqlstate(kind: u8, body: &[u8]) -> Option<String> {
        let frame = take(&mut frame(kind, body), LIMIT).unwrap().unwrap();
        frame.message.err().map(|error| error.sqlstate.into_owned())
    }

    #[test]
    fn a_body_is_read_to_its_end_and_no_further() {
        assert_eq!(sqlstate(b'Q', b"select 1\0"), None);
        assert_eq!(sqlstate(b'Q', b"select 1"), Some("08P01".into()));
        assert_eq!(sqlstate(b'Q', b"select 1\0rest"), Some("08P01".into()));
        assert_eq!(sqlstate(b'Q', b"\xff\0"), Some("22021".into()));
        assert_eq!(sqlstate(b'P', b"name\0text\0\x00\x02\0\0\0\x17"), Some("08P01".into()));
        assert_eq!(sqlstate(b'B', b"\0\0\0\0\0\x01\0\0\0\x05abc\0\0"), Some("08P01".into()));
        assert_eq!(sqlstate(b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0"), Some("08P01".into()));
        assert_eq!(sqlstate(b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xff\0\0"), None);
        assert_eq!(sqlstate(b'E', b"\0\0\0"), Some("08P01".into()));
    }

    #[test]
    fn a_short_message_does_not_eat_the_next() {
        let mut bytes = frame(b'P', b"name\0text\0");
        bytes.unsplit(frame(b'Q', b"select 1\0"));
        assert!(take(&mut bytes, LIMIT).unwrap().unwrap().message.is_err());
        let PgWireFrontendMessage::Query(query) = take(&mut bytes, LIMIT).unwrap().unwrap().message.unwrap()
        else {
            panic!("the query is gone")
        };
        assert_eq!(query.query, "select 1");
    }

    #[test]
    fn lengths_are_bounded_before_anything_is_kept() {
        let mut header = BytesMut::from(&b"Q\x3f\xff\xff\xff"[..]);
        assert_eq!(take(&mut header, LIMIT).unwrap_err().sqlstate, "54000");
        let mut header = BytesMut::from(&b"E\0\0\x4e\x20"[..]);
        assert_eq!(take(&mut header, LIMIT).unwrap_err().sqlstate, "54000");
        let mut header = BytesMut::from(&b"Q\0\0\0\x03"[..]);
        assert_eq!(take(&mut header, LIMIT).unwrap_err().sqlstate, "08P01");
        let mut header = BytesMut::from(&b"?\0\0\0\x04"[..]);
        assert_eq!(take(&mut header, LIMIT).unwrap_err().sqlstate, "08P01");
    }

    proptest! {
        /// Random bytes never panic, hang or grow: each call consumes or stops.
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = take(&mut buffer, LIMIT) {}
            prop_assert!(buffer.len() <= bytes.len());
        }

        /// The same for bodies behind a good header.
        #[test]
        fn any_body_is_read(
            kind in proptest::sample::select(&b"QPBDECHSXdcfFp"[..]),
            body in proptest::collection::vec(any::<u8>(), 0..512),
        ) {
            let mut bytes = frame(kind, &body);
            prop_assert!(take(&mut bytes, LIMIT).unwrap().is_some());
            prop_assert!(bytes.is_empty());
        }
    }
}
