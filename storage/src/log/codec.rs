//! The envelope of records and checkpoints: a fixed header, then JSON.
//!
//! | bytes | content |
//! |---|---|
//! | 0–3 | what it is: `TGLR` a record, `TGCP` a checkpoint |
//! | 4–7 | format version, little endian |
//! | 8–15 | length of the body, little endian |
//! | 16–19 | CRC-32C of bytes 0–15 and the body, little endian |
//! | 20– | the body |
//!
//! This layout holds for every version to come: so a flipped bit is told from a newer version, and
//! a newer version is refused before its body is looked at.

use bytes::Bytes;
use object_store::path::Path;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Result, StorageError};

/// The version that we write, and the newest that we read.
pub const FORMAT_VERSION: u32 = 1;

const HEADER_BYTES: usize = 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A record of the log.
    Record,
    /// A checkpoint.
    Checkpoint,
}

impl FileKind {
    fn magic(self) -> [u8; 4] {
        match self {
            Self::Record => *b"TGLR",
            Self::Checkpoint => *b"TGCP",
        }
    }
}

/// The bytes of a file.
pub fn encode(kind: FileKind, value: &impl Serialize) -> Result<Bytes> {
    encode_version(kind, FORMAT_VERSION, value)
}

fn encode_version(kind: FileKind, version: u32, value: &impl Serialize) -> Result<Bytes> {
    let mut file = vec![0; HEADER_BYTES];
    serde_json::to_writer(&mut file, value).map_err(|error| StorageError::Invariant {
        invariant: "DURABLE",
        detail: format!("{kind:?} can't be encoded: {error}"),
    })?;
    let body_bytes = (file.len() - HEADER_BYTES) as u64;
    file[..4].copy_from_slice(&kind.magic());
    file[4..8].copy_from_slice(&version.to_le_bytes());
    file[8..16].copy_from_slice(&body_bytes.to_le_bytes());
    let checksum = checksum(&file);
    file[16..20].copy_from_slice(&checksum.to_le_bytes());
    Ok(file.into())
}

/// The value in a file's bytes; `path` is for messages.
pub fn decode<T: DeserializeOwned>(kind: FileKind, path: &Path, file: &[u8]) -> Result<T> {
    let corrupt = |reason: String| StorageError::Corrupt { path: path.to_string(), reason };
    if file.len() < HEADER_BYTES {
        return Err(corrupt(format!("{} bytes are less than a header", file.len())));
    }
    if file[..4] != kind.magic() {
        return Err(corrupt(format!("it does not begin as a {kind:?}")));
    }
    let body = &file[HEADER_BYTES..];
    let length = u64::from_le_bytes(array(&file[8..16]));
    if length != body.len() as u64 {
        return Err(corrupt(format!("its body has {} bytes instead of {length}", body.len())));
    }
    if u32::from_le_bytes(array(&file[16..20])) != checksum(file) {
        return Err(corrupt("its checksum does not fit".to_owned()));
    }
    let version = u32::from_le_bytes(array(&file[4..8]));
    if version > FORMAT_VERSION {
        return Err(StorageError::NewerVersion {
            path: path.to_string(),
            found: version,
            supported: FORMAT_VERSION,
        });
    }
    serde_json::from_slice(body).map_err(|error| corrupt(error.to_string()))
}

fn checksum(file: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&file[..16]), &file[HEADER_BYTES..])
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the caller slices N bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Path {
        Path::from("log/1")
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_corrupt() {
        let file = encode(FileKind::Record, &"a body").unwrap();
        assert_eq!(decode::<String>(FileKind::Record, &path(), &file).unwrap(), "a body");
        for bit in 0..file.len() * 8 {
            let mut flipped = file.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = decode::<String>(FileKind::Record, &path(), &flipped).unwrap_err();
            assert!(matches!(error, StorageError::Corrupt { .. }), "bit {bit}: {error}");
        }
        for length in 0..file.len() {
            let error = decode::<String>(FileKind::Record, &path(), &file[..length]).unwrap_err();
            assert!(matches!(error, StorageError::Corrupt { .. }), "length {length}: {error}");
        }
    }

    #[test]
    fn a_newer_version_is_refused_as_such() {
        let file = encode_version(FileKind::Record, FORMAT_VERSION + 1, &42).unwrap();
        let error = decode::<u32>(FileKind::Record, &path(), &file).unwrap_err();
        assert!(matches!(error, StorageError::NewerVersion { found: 2, supported: 1, .. }), "{error}");
    }

    #[test]
    fn a_record_is_no_checkpoint() {
        let file = encode(FileKind::Record, &42).unwrap();
        assert!(decode::<u32>(FileKind::Checkpoint, &path(), &file).is_err());
    }
}
