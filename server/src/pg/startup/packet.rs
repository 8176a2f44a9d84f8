//! What a client sends before it has a session: a length, a code, and what belongs to the code.

use bytes::{Buf, BytesMut};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::Startup;
use pgwire::messages::{DecodeContext, Message, ProtocolVersion};
use planner::SqlError;

/// PostgreSQL's own bound of what is read from someone who has not yet logged in.
const PACKET_BYTES_MAX: usize = 10_000;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_ENCRYPTION_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;

/// A packet of a client that has not logged in.
#[derive(Debug)]
pub enum Packet {
    /// For TLS or GSS encryption.
    Encryption(EncryptionKind),
    /// To stop what another session runs.
    Cancel(CancelRequest),
    /// For a session.
    Startup(Startup),
}

/// What a client can ask for before it says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionKind {
    /// TLS.
    Tls,
    /// Kerberos, which there is none of.
    Gss,
}

impl EncryptionKind {
    /// The code of the request.
    pub(super) fn code(self) -> u32 {
        match self {
            Self::Tls => SSL_REQUEST,
            Self::Gss => GSS_ENCRYPTION_REQUEST,
        }
    }
}

/// Cuts the next packet out of `buffer`: length first, not yet with a type. None until it is whole.
pub fn take(buffer: &mut BytesMut) -> Result<Option<Packet>, SqlError> {
    let Some(length) = buffer.get(..4).map(|mut length| length.get_u32() as usize) else { return Ok(None) };
    if !(8..=PACKET_BYTES_MAX).contains(&length) {
        return Err(SqlError::new("08P01", "invalid length of startup packet"));
    }
    if buffer.len() < length {
        return Ok(None);
    }
    let mut packet = buffer.split_to(length);
    match (&packet[4..8]).get_u32() {
        SSL_REQUEST if length == 8 => Ok(Some(Packet::Encryption(EncryptionKind::Tls))),
        GSS_ENCRYPTION_REQUEST if length == 8 => Ok(Some(Packet::Encryption(EncryptionKind::Gss))),
        SSL_REQUEST | GSS_ENCRYPTION_REQUEST => {
            Err(SqlError::new("08P01", "invalid length of encryption request"))
        }
        CANCEL_REQUEST => {
            // Version 3.2 has keys of any length; 3.0's four bytes are the same on the wire.
            let context = DecodeContext::new(ProtocolVersion::PROTOCOL3_2);
            match CancelRequest::decode(&mut packet, &context) {
                Ok(Some(request)) => Ok(Some(Packet::Cancel(request))),
                _ => Err(SqlError::new("08P01", "invalid cancel request")),
            }
        }
        _ => startup(packet).map(|startup| Some(Packet::Startup(startup))),
    }
}

fn startup(mut packet: BytesMut) -> Result<Startup, SqlError> {
    let version = (&packet[4..8]).get_u32();
    if version >> 16 != 3 {
        return Err(unsupported(version));
    }
    if packet.last() != Some(&0) {
        return Err(SqlError::new(
            "08P01",
            "invalid startup packet layout: expected terminator as last byte",
        ));
    }
    let context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
    match Startup::decode(&mut packet, &context) {
        Ok(Some(startup)) => Ok(startup),
        _ => Err(SqlError::new("08P01", "invalid startup packet")),
    }
}

/// The error of a version, or a code, that is not spoken here.
pub(super) fn unsupported(code: u32) -> SqlError {
    let (major, minor) = (code >> 16, code & 0xffff);
    let message = format!("unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.2");
    SqlError::new("0A000", message)
}

#[cfg(test)]
mod tests {
    use bytes::BufMut;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Random bytes never panic, hang or grow: each call consumes or stops.
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..256), code in 0..5_usize) {
            let codes = [SSL_REQUEST, GSS_ENCRYPTION_REQUEST, CANCEL_REQUEST, 3 << 16, (3 << 16) | 2];
            let mut packet = BytesMut::new();
            packet.put_u32(bytes.len() as u32 + 8);
            packet.put_u32(codes[code]);
            packet.extend_from_slice(&bytes);
            while let Ok(Some(_)) = take(&mut packet) {}
            let mut raw = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = take(&mut raw) {}
            prop_assert!(raw.len() <= bytes.len());
        }
    }
}
