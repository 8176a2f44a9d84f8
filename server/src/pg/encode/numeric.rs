//! `numeric`: decimal text with its scale, and PostgreSQL's digits of base 10,000.

use arrow::datatypes::i256;
use bytes::{BufMut, BytesMut};

pub(super) fn text128(value: i128, scale: i8, out: &mut BytesMut) {
    let mut buffer = itoa::Buffer::new();
    text(value < 0, buffer.format(value.unsigned_abs()).as_bytes(), scale, out);
}

/// What is carried at a larger scale than it shows, and sums of the largest decimals.
pub(super) fn text256(value: i256, scale: i8, out: &mut BytesMut) {
    let (value, scale) = planner::shown(value, scale);
    match value.to_i128() {
        Some(value) => text128(value, scale, out),
        None => {
            let (negative, digits) = digits256(value);
            text(negative, digits.as_bytes(), scale, out);
        }
    }
}

pub(super) fn binary128(value: i128, scale: i8, out: &mut BytesMut) {
    let mut buffer = itoa::Buffer::new();
    binary(value < 0, buffer.format(value.unsigned_abs()).as_bytes(), scale, out);
}

pub(super) fn binary256(value: i256, scale: i8, out: &mut BytesMut) {
    let (value, scale) = planner::shown(value, scale);
    match value.to_i128() {
        Some(value) => binary128(value, scale, out),
        None => {
            let (negative, digits) = digits256(value);
            binary(negative, digits.as_bytes(), scale, out);
        }
    }
}

/// Allocates: such numbers are rare.
fn digits256(value: i256) -> (bool, String) {
    let text = value.to_string();
    match text.strip_prefix('-') {
        Some(digits) => (true, digits.to_owned()),
        None => (false, text),
    }
}

/// The point lies `scale` digits from the right.
fn text(negative: bool, digits: &[u8], scale: i8, out: &mut BytesMut) {
    if negative {
        out.put_u8(b'-');
    }
    if scale <= 0 {
        out.put_slice(digits);
        if digits != b"0" {
            out.put_bytes(b'0', usize::from(scale.unsigned_abs()));
        }
        return;
    }
    let scale = scale as usize;
    if digits.len() > scale {
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        out.put_slice(whole);
        out.put_u8(b'.');
        out.put_slice(fraction);
    } else {
        out.put_slice(b"0.");
        out.put_bytes(b'0', scale - digits.len());
        out.put_slice(digits);
    }
}

const SIGN_NEGATIVE: u16 = 0x4000;

/// `numeric_send`: count of digits, weight of the first, sign, scale, digits.
fn binary(negative: bool, digits: &[u8], scale: i8, out: &mut BytesMut) {
    // The decimal digit at place p (10^p) is digits[len - 1 - p - scale]; groups are aligned at
    // the point, so a group g covers places 4g to 4g + 3.
    let digit = |place: i32| -> u16 {
        let index = digits.len() as i32 - 1 - place - i32::from(scale);
        usize::try_from(index)
            .ok()
            .and_then(|index| digits.get(index))
            .map_or(0, |byte| u16::from(byte - b'0'))
    };
    let group = |g: i32| (0..4).rev().fold(0_u16, |sum, place| sum * 10 + digit(4 * g + place));
    let highest = (digits.len() as i32 - 1 - i32::from(scale)).div_euclid(4);
    let lowest = (-i32::from(scale)).div_euclid(4);
    let first = (lowest..=highest).rev().find(|g| group(*g) != 0);
    let start = out.len();
    out.put_u16(0);
    out.put_i16(first.unwrap_or(0) as i16);
    out.put_u16(if negative { SIGN_NEGATIVE } else { 0 });
    out.put_u16(scale.max(0) as u16);
    let Some(first) = first else { return };
    let last = (lowest..=first).find(|g| group(*g) != 0).unwrap_or(first);
    for g in (last..=first).rev() {
        out.put_u16(group(g));
    }
    let count = (first - last + 1) as u16;
    out[start..start + 2].copy_from_slice(&count.to_be_bytes());
}
