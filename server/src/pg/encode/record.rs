//! Rows as values: `(1,"a b",)`, and `record_send`'s binary form.
//! <https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-IO-SYNTAX>

use arrow::array::StructArray;
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};

use super::column::Column;
use super::{Format, Style};
use crate::pg::types::PgType;

/// One column of the rows.
#[derive(Debug)]
pub(super) struct Field {
    oid: u32,
    values: Column,
}

/// The columns of rows, ready to be written.
pub(super) fn fields(rows: &StructArray, format: Format, style: Style) -> Result<Vec<Field>, ArrowError> {
    let columns = rows.fields().iter().zip(rows.columns());
    let fields = columns.map(|(field, values)| {
        let pg = PgType::of_field(field);
        Ok(Field { oid: pg.oid(), values: Column::new(values, pg, format, style)? })
    });
    fields.collect()
}

pub(super) fn text(fields: &[Field], row: usize, out: &mut BytesMut) {
    out.put_u8(b'(');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        // Null is nothing at all.
        if !field.values.is_null(row) {
            let start = out.len();
            field.values.text(row, out);
            quote(out, start);
        }
    }
    out.put_u8(b')');
}

/// Quotes what was written from `start` on where it would not read back otherwise; what needs a backslash
/// in an array is doubled here.
fn quote(out: &mut BytesMut, start: usize) {
    let value = &out[start..];
    let needs_quotes = |byte: &u8| {
        matches!(byte, b'"' | b'\\' | b'(' | b')' | b',') || byte.is_ascii_whitespace() || *byte == 0x0b
    };
    if !value.is_empty() && !value.iter().any(needs_quotes) {
        return;
    }
    let value = out.split_off(start);
    out.put_u8(b'"');
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.put_u8(byte);
        }
        out.put_u8(byte);
    }
    out.put_u8(b'"');
}

/// The number of columns, and for each its type, its length and its value.
pub(super) fn binary(fields: &[Field], row: usize, out: &mut BytesMut) {
    out.put_i32(fields.len() as i32);
    for field in fields {
        out.put_u32(field.oid);
        field.values.write(row, out);
    }
}
