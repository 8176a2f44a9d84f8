//! The shortest text that reads back as the same number, laid out as PostgreSQL's `float8out`
//! does with `extra_float_digits` above 0 (its default): an exponent below -4, and from the
//! number of digits that the type always keeps (15 or 6) on.

use std::io::Write;

use bytes::{BufMut, BytesMut};

pub(super) fn text64(value: f64, out: &mut BytesMut) {
    if !special(value.is_nan(), value == f64::INFINITY, value == f64::NEG_INFINITY, out) {
        let mut text = Stack::default();
        // Writing to the stack cannot fail: 17 digits and an exponent fit.
        let _ = write!(text, "{value:e}");
        layout(text.bytes(), 15, out);
    }
}

pub(super) fn text32(value: f32, out: &mut BytesMut) {
    if !special(value.is_nan(), value == f32::INFINITY, value == f32::NEG_INFINITY, out) {
        let mut text = Stack::default();
        let _ = write!(text, "{value:e}");
        layout(text.bytes(), 6, out);
    }
}

fn special(nan: bool, infinite: bool, negative_infinite: bool, out: &mut BytesMut) -> bool {
    let text: &[u8] = match (nan, infinite, negative_infinite) {
        (true, ..) => b"NaN",
        (_, true, _) => b"Infinity",
        (.., true) => b"-Infinity",
        _ => return false,
    };
    out.put_slice(text);
    true
}

/// Lays out `-1.2345e-7`, which is how Rust writes the shortest digits.
fn layout(scientific: &[u8], exponent_from: i32, out: &mut BytesMut) {
    let (negative, unsigned) = match scientific {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let split = unsigned.iter().position(|byte| *byte == b'e').unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at(split);
    let exponent: i32 = std::str::from_utf8(exponent)
        .ok()
        .and_then(|text| text.trim_start_matches('e').parse().ok())
        .unwrap_or(0);
    let (first, rest) = mantissa.split_at(1);
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    if negative {
        out.put_u8(b'-');
    }
    if !(-4..exponent_from).contains(&exponent) {
        out.put_slice(first);
        if !rest.is_empty() {
            out.put_u8(b'.');
            out.put_slice(rest);
        }
        out.put_slice(if exponent < 0 { b"e-" } else { b"e+" });
        let magnitude = exponent.unsigned_abs();
        if magnitude < 10 {
            out.put_u8(b'0');
        }
        out.put_slice(itoa::Buffer::new().format(magnitude).as_bytes());
    } else if exponent < 0 {
        out.put_slice(b"0.");
        out.put_bytes(b'0', (-exponent - 1) as usize);
        out.put_slice(first);
        out.put_slice(rest);
    } else {
        let whole = exponent as usize;
        out.put_slice(first);
        if rest.len() <= whole {
            out.put_slice(rest);
            out.put_bytes(b'0', whole - rest.len());
        } else {
            out.put_slice(&rest[..whole]);
            out.put_u8(b'.');
            out.put_slice(&rest[whole..]);
        }
    }
}

/// A few bytes to format into without allocating.
#[derive(Default)]
struct Stack {
    bytes: [u8; 32],
    length: usize,
}

impl Stack {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Write for Stack {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        let written = (&mut self.bytes[self.length..]).write(text)?;
        self.length += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
