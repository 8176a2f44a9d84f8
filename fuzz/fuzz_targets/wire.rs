//! The decoders that read what anyone may send: `cargo +nightly fuzz run wire`. Random bytes must
//! never panic, hang, or make a buffer grow.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use server::pg::message;
use server::pg::startup::packet;

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(_)) = packet::take(&mut buffer) {}
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(_)) = message::take(&mut buffer, 1 << 20) {}
    assert!(buffer.len() <= bytes.len());
});
