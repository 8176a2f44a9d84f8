//! `COPY … TO STDOUT`: batches become CopyData messages, one a row, written straight into the
//! connection's buffer.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};
use pgwire::messages::PgWireBackendMessage as Backend;
use pgwire::messages::copy::{CopyDone, CopyOutResponse};
use planner::SqlError;
use planner::statement::{CopyFormat, CopyOptions, Header, Name, SomeColumns};

use super::connection::Connection;
use super::encode::column::Column;
use super::encode::{Format, Style};
use super::execute::{Bound, Failure, internal};
use super::stream::WRITE_BUFFER_BYTES;
use super::types::PgType;
use crate::sessions::Interrupt;

/// What a binary copy begins with: signature, flags, length of the header's extension.
/// <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>
const BINARY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

impl Connection {
    /// Sends a query's rows as a copy. Returns how many.
    pub(super) async fn copy_out(
        &mut self,
        bound: Bound,
        options: &CopyOptions,
        interrupt: &Interrupt,
    ) -> Result<u64, Failure> {
        let schema = SchemaRef::clone(&bound.query.prepared.schema);
        let style = self.session.settings().style();
        let mut encoder = CopyEncoder::new(&schema, options, style)?;
        let mut rows = self.start(&bound.query, bound.values, &[], "COPY")?;
        let columns = schema.fields().len() as i16;
        let format = encoder.format().code();
        let formats = vec![format; columns as usize];
        self.writer.put(&Backend::CopyOutResponse(CopyOutResponse::new(format as i8, columns, formats)));
        encoder.begin(&schema, &mut self.writer.buffer);
        let mut copied = 0;
        while let Some(batch) = self.reader.watch(interrupt, rows.next()).await?? {
            let columns = encoder.columns(&batch).map_err(internal)?;
            for row in 0..batch.num_rows() {
                encoder.row(&columns, row, &mut self.writer.buffer)?;
                if self.writer.buffer.len() >= WRITE_BUFFER_BYTES {
                    self.reader.watch(interrupt, self.writer.flush()).await??;
                }
            }
            copied += batch.num_rows() as u64;
        }
        encoder.end(&mut self.writer.buffer);
        self.writer.put(&Backend::CopyDone(CopyDone::new()));
        Ok(copied)
    }
}

/// Writes rows in a copy's form.
#[derive(Debug)]
struct CopyEncoder<'a> {
    options: &'a CopyOptions,
    types: Vec<PgType>,
    forced: Vec<bool>,
    style: Style,
    /// What goes into the first message: a binary copy's header is not one of its own in
    /// PostgreSQL, and clients rely on it.
    header: &'static [u8],
}

impl<'a> CopyEncoder<'a> {
    fn new(schema: &SchemaRef, options: &'a CopyOptions, style: Style) -> Result<Self, SqlError> {
        let mut forced = vec![options.force_quote == SomeColumns::All; schema.fields().len()];
        if let SomeColumns::Columns(names) = &options.force_quote {
            for Name { value, position } in names {
                let (index, _) = schema.column_with_name(value).ok_or_else(|| {
                    SqlError::new("42703", format!("column \"{value}\" does not exist")).at(*position)
                })?;
                forced[index] = true;
            }
        }
        let types = schema.fields().iter().map(|field| PgType::of_field(field)).collect();
        let header = if options.format == CopyFormat::Binary { BINARY_HEADER } else { &[] };
        Ok(Self { options, types, forced, style, header })
    }

    fn format(&self) -> Format {
        match self.options.format {
            CopyFormat::Binary => Format::Binary,
            CopyFormat::Text | CopyFormat::Csv => Format::Text,
        }
    }

    fn columns(&self, batch: &RecordBatch) -> Result<Vec<Column>, ArrowError> {
        let columns = batch.columns().iter().zip(&self.types);
        columns.map(|(array, pg)| Column::new(array, *pg, self.format(), self.style)).collect()
    }

    /// What comes before the rows.
    fn begin(&self, schema: &SchemaRef, out: &mut BytesMut) {
        if self.options.header != Header::No && self.options.format != CopyFormat::Binary {
            message(out, |out| {
                for (index, field) in schema.fields().iter().enumerate() {
                    self.separate(index, out);
                    let start = out.len();
                    out.put_slice(field.name().as_bytes());
                    self.escape(start, false, schema.fields().len() == 1, out);
                }
                out.put_u8(b'\n');
            });
        }
    }

    /// One row.
    fn row(&mut self, columns: &[Column], row: usize, out: &mut BytesMut) -> Result<(), SqlError> {
        let header = std::mem::take(&mut self.header);
        let length = message(out, |out| {
            out.put_slice(header);
            if self.options.format == CopyFormat::Binary {
                out.put_i16(columns.len() as i16);
                columns.iter().for_each(|column| column.write(row, out));
                return;
            }
            for (index, column) in columns.iter().enumerate() {
                self.separate(index, out);
                if column.is_null(row) {
                    out.put_slice(self.options.null.as_bytes());
                } else {
                    let start = out.len();
                    column.text(row, out);
                    self.escape(start, self.forced[index], columns.len() == 1, out);
                }
            }
            out.put_u8(b'\n');
        });
        if length > super::encode::MESSAGE_BYTES_MAX {
            out.truncate(out.len() - length - 1);
            let error = super::encode::RowTooLarge { length };
            return Err(SqlError::new("54000", error.to_string()));
        }
        Ok(())
    }

    /// What comes behind the rows.
    fn end(&self, out: &mut BytesMut) {
        if self.options.format == CopyFormat::Binary {
            message(out, |out| {
                out.put_slice(self.header);
                out.put_i16(-1);
            });
        }
    }

    fn separate(&self, index: usize, out: &mut BytesMut) {
        if index > 0 {
            out.put_u8(self.options.delimiter);
        }
    }

    /// Escapes the value that was written from `start` on, where it must be.
    fn escape(&self, start: usize, forced: bool, alone: bool, out: &mut BytesMut) {
        let value = &out[start..];
        match self.options.format {
            CopyFormat::Binary => {}
            CopyFormat::Text => {
                let special = |byte: &u8| *byte == self.options.delimiter || text_escape(*byte).is_some();
                if value.iter().any(special) {
                    let value = out.split_off(start);
                    for byte in value {
                        if let Some(letter) = text_escape(byte) {
                            out.put_slice(&[b'\\', letter]);
                        } else {
                            if byte == self.options.delimiter {
                                out.put_u8(b'\\');
                            }
                            out.put_u8(byte);
                        }
                    }
                }
            }
            CopyFormat::Csv => {
                let CopyOptions { delimiter, quote, escape, null, .. } = self.options;
                let special =
                    |byte: &u8| *byte == *delimiter || *byte == *quote || matches!(*byte, b'\n' | b'\r');
                // A line of nothing but `\.` would end the data.
                let ends = alone && value == b"\\.";
                if forced || ends || value == null.as_bytes() || value.iter().any(special) {
                    let value = out.split_off(start);
                    out.put_u8(*quote);
                    for byte in value {
                        if byte == *quote || byte == *escape {
                            out.put_u8(*escape);
                        }
                        out.put_u8(byte);
                    }
                    out.put_u8(*quote);
                }
            }
        }
    }
}

/// The letter that stands for a byte behind a backslash.
fn text_escape(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        0x08 => Some(b'b'),
        0x0b => Some(b'v'),
        0x0c => Some(b'f'),
        _ => None,
    }
}

/// Writes a CopyData message; its length without the type byte.
fn message(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) -> usize {
    let start = out.len();
    out.put_u8(b'd');
    out.put_u32(0);
    write(out);
    let length = out.len() - start - 1;
    out[start + 1..start + 5].copy_from_slice(&(length as u32).to_be_bytes());
    length
}
