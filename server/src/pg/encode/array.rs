//! Arrays: `{a,"b c",NULL}`, and `array_send`'s binary form.

use arrow::array::{Array, ListArray};
use bytes::{BufMut, BytesMut};

use super::column::Column;
use super::with_length;
use crate::pg::types::PgType;

pub(super) fn text(lists: &ListArray, elements: &Column, row: usize, out: &mut BytesMut) {
    out.put_u8(b'{');
    let range = bounds(lists, row);
    for index in range.clone() {
        if index > range.start {
            out.put_u8(b',');
        }
        if elements.is_null(index) {
            out.put_slice(b"NULL");
        } else if elements.lists().is_some() {
            elements.text(index, out);
        } else {
            let start = out.len();
            elements.text(index, out);
            quote(out, start);
        }
    }
    out.put_u8(b'}');
}

/// Quotes what was written from `start` on where it would not read back otherwise.
fn quote(out: &mut BytesMut, start: usize) {
    let value = &out[start..];
    let plain = !value.is_empty()
        && !value.eq_ignore_ascii_case(b"null")
        && !value.iter().any(|byte| {
            matches!(byte, b'"' | b'\\' | b'{' | b'}' | b',') || byte.is_ascii_whitespace() || *byte == 0x0b
        });
    if plain {
        return;
    }
    // Grown once to its new length, then moved from the back, so that nothing is allocated.
    let escapes = value.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    let end = out.len();
    out.put_bytes(b'"', escapes + 2);
    let mut to = out.len() - 1;
    for from in (start..end).rev() {
        let byte = out[from];
        to -= 1;
        out[to] = byte;
        if matches!(byte, b'"' | b'\\') {
            to -= 1;
            out[to] = b'\\';
        }
    }
    out[start] = b'"';
}

/// Dimensions, whether nulls are in it, the element type, and per dimension length and lower bound.
pub(super) fn binary(lists: &ListArray, elements: &Column, row: usize, out: &mut BytesMut) {
    let mut lengths = Vec::new();
    dimensions(lists, elements, row, &mut lengths);
    let leaf = leaf(elements);
    out.put_i32(if lengths.contains(&0) { 0 } else { lengths.len() as i32 });
    out.put_i32(i32::from(has_null(lists, elements, row)));
    out.put_u32(PgType::new(leaf.scalar).oid());
    if lengths.contains(&0) {
        return;
    }
    for length in lengths {
        out.put_i32(length as i32);
        out.put_i32(1);
    }
    put_elements(lists, elements, row, out);
}

/// The length of each dimension, taken from the first element: PostgreSQL's arrays are rectangular.
fn dimensions(lists: &ListArray, elements: &Column, row: usize, lengths: &mut Vec<usize>) {
    let range = bounds(lists, row);
    lengths.push(range.len());
    if let Some((inner, inner_elements)) = elements.lists()
        && !range.is_empty()
    {
        dimensions(inner, inner_elements, range.start, lengths);
    }
}

fn put_elements(lists: &ListArray, elements: &Column, row: usize, out: &mut BytesMut) {
    for index in bounds(lists, row) {
        match elements.lists() {
            Some((inner, inner_elements)) => put_elements(inner, inner_elements, index, out),
            None if elements.is_null(index) => out.put_i32(-1),
            None => with_length(out, |out| elements.binary_value(index, out)),
        }
    }
}

fn has_null(lists: &ListArray, elements: &Column, row: usize) -> bool {
    bounds(lists, row).any(|index| match elements.lists() {
        Some((inner, inner_elements)) => has_null(inner, inner_elements, index),
        None => elements.is_null(index),
    })
}

fn leaf(column: &Column) -> &Column {
    column.lists().map_or(column, |(_, inner)| leaf(inner))
}

fn bounds(lists: &ListArray, row: usize) -> std::ops::Range<usize> {
    if lists.is_null(row) {
        return 0..0;
    }
    let offsets = lists.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}
