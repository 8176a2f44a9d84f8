//! PostgreSQL's binary copy: <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>.

use arrow::array::{ArrayRef, new_empty_array};
use arrow::datatypes::DataType;
use bytes::{Buf, BytesMut};
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use super::{BYTES_MAX, Decode, ROWS_MAX};
use crate::pg::encode::Format;
use crate::pg::parameters;
use crate::pg::types::PgType;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Reads tuples.
#[derive(Debug)]
pub(super) struct Tuples {
    table: String,
    types: Vec<(String, PgType, DataType)>,
    zone: Tz,
    begun: bool,
    ended: bool,
    line: u64,
    values: Vec<Vec<ScalarValue>>,
    bytes: usize,
}

impl Tuples {
    pub(super) fn new(table: String, types: Vec<(String, PgType, DataType)>, zone: Tz) -> Self {
        let values = vec![Vec::new(); types.len()];
        Self { table, types, zone, begun: false, ended: false, line: 0, values, bytes: 0 }
    }

    fn failed(&self, message: impl Into<String>) -> SqlError {
        SqlError::new("22P04", message).within(format!("COPY {}, line {}", self.table, self.line))
    }

    /// The header; false until it is whole.
    fn header(&mut self, buffer: &mut BytesMut) -> Result<bool, SqlError> {
        let known = buffer.len().min(SIGNATURE.len());
        if buffer[..known] != SIGNATURE[..known] {
            return Err(self.failed("COPY file signature not recognized"));
        }
        let Some(mut rest) = buffer.get(SIGNATURE.len()..SIGNATURE.len() + 8) else { return Ok(false) };
        let (flags, extension) = (rest.get_u32(), rest.get_u32() as usize);
        if flags & 0xffff_0000 != 0 {
            return Err(self.failed("unrecognized critical flags in COPY file header"));
        }
        if extension > BYTES_MAX {
            return Err(self.failed("invalid COPY file header (wrong length)"));
        }
        let length = SIGNATURE.len() + 8 + extension;
        if buffer.len() < length {
            return Ok(false);
        }
        buffer.advance(length);
        Ok(true)
    }

    /// The length of the next tuple; None until it is whole.
    fn whole(&self, buffer: &[u8]) -> Result<Option<usize>, SqlError> {
        let mut at = 2;
        for _ in 0..self.types.len() {
            let Some(mut length) = buffer.get(at..at + 4) else { return Ok(None) };
            at += 4;
            match length.get_i32() {
                -1 => {}
                length => match usize::try_from(length) {
                    Ok(length) => at += length,
                    Err(_) => return Err(self.failed("incorrect binary data format")),
                },
            }
        }
        Ok((buffer.len() >= at).then_some(at))
    }
}

impl Decode for Tuples {
    fn decode(&mut self, buffer: &mut BytesMut, is_end: bool) -> Result<(), SqlError> {
        if !self.begun {
            self.begun = self.header(buffer)?;
        }
        while self.begun && !self.ended && self.size().0 < ROWS_MAX && self.bytes < BYTES_MAX {
            let Some(mut count) = buffer.get(..2) else { break };
            self.line += 1;
            let count = count.get_i16();
            if count == -1 {
                self.ended = true;
                buffer.advance(2);
                break;
            }
            if usize::try_from(count) != Ok(self.types.len()) {
                let expected = self.types.len();
                return Err(self.failed(format!("row field count is {count}, expected {expected}")));
            }
            let Some(length) = self.whole(buffer)? else {
                self.line -= 1;
                break;
            };
            let mut tuple = buffer.split_to(length);
            tuple.advance(2);
            self.bytes += length;
            for (index, (name, pg, target)) in self.types.iter().enumerate() {
                let value = match tuple.get_i32() {
                    -1 => None,
                    length => Some(tuple.split_to(length as usize)),
                };
                let value =
                    parameters::decode(value.as_deref(), *pg, Format::Binary, target, self.zone, index + 1);
                let value = value.map_err(|error| {
                    error.within(format!("COPY {}, line {}, column {name}", self.table, self.line))
                })?;
                self.values[index].push(value);
            }
        }
        if self.ended {
            // Nothing may follow; PostgreSQL says so too.
            if !buffer.is_empty() {
                return Err(self.failed("received copy data after EOF marker"));
            }
        } else if is_end
            && (!self.begun || !buffer.is_empty() && self.size().0 < ROWS_MAX && self.bytes < BYTES_MAX)
        {
            return Err(self.failed("unexpected EOF in COPY data"));
        }
        Ok(())
    }

    fn size(&self) -> (usize, usize) {
        (self.values.first().map_or(0, Vec::len), self.bytes)
    }

    fn take(&mut self) -> Result<Vec<ArrayRef>, SqlError> {
        self.bytes = 0;
        let columns = self.values.iter_mut().zip(&self.types);
        columns
            .map(|(values, (.., target))| {
                if values.is_empty() {
                    return Ok(new_empty_array(target));
                }
                Ok(ScalarValue::iter_to_array(std::mem::take(values))?)
            })
            .collect()
    }
}
