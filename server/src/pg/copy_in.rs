//! `COPY … FROM STDIN`: CopyData messages become columns, and columns the rows of a table.

mod binary;
mod convert;
mod lines;

use arrow::array::ArrayRef;
use bytes::{Bytes, BytesMut};
use pgwire::messages::copy::CopyInResponse;
use pgwire::messages::{PgWireBackendMessage as Backend, PgWireFrontendMessage as Frontend};
use planner::SqlError;
use planner::query::CopyTarget;
use planner::statement::{CopyFormat, CopyFrom};
use std::sync::Arc;

use super::connection::Connection;
use super::execute::Failure;
use super::stream::ReadError;
use super::types::PgType;
use super::write::plain_table;
use crate::sessions::{Interrupt, Stop};

/// Rows that are converted and staged together.
const ROWS_MAX: usize = 8192;
/// Bytes of values that are converted and staged together.
const BYTES_MAX: usize = 4 << 20;

/// Values of some rows, by column.
trait Decode: Send {
    /// Takes what has come, and leaves in `buffer` what is not whole yet.
    fn decode(&mut self, buffer: &mut BytesMut, is_end: bool) -> Result<(), SqlError>;

    /// Rows and bytes that wait to be taken.
    fn size(&self) -> (usize, usize);

    /// Takes the rows.
    fn take(&mut self) -> Result<Vec<ArrayRef>, SqlError>;
}

impl Connection {
    /// Reads rows into a table. Returns how many.
    pub(super) async fn copy_in(&mut self, copy: &CopyFrom, interrupt: &Interrupt) -> Result<u64, Failure> {
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let target = self.shared.engine.copy_target(copy, self.session.planner(), &snapshot)?;
        let table = plain_table(&snapshot, &self.session.planner().path, &copy.table)?;
        let rules = Arc::new(self.shared.engine.table_rules(&copy.table.value, &table)?);
        let mut decoder = self.decoder(copy, &target)?;
        let columns = target.given.len();
        let format = i16::from(copy.options.format == CopyFormat::Binary);
        let formats = vec![format; columns];
        let response = CopyInResponse::new(format as i8, columns as i16, formats);
        self.writer.put(&Backend::CopyInResponse(response));
        self.reader.watch(interrupt, self.writer.flush()).await??;

        let (mut buffer, mut copied, mut is_end) = (BytesMut::new(), 0, false);
        while !is_end {
            match self.copy_data(interrupt).await? {
                Some(data) => {
                    // A row that does not end, such as behind a quote that nobody closes.
                    let bytes_max = self.shared.limits.message_bytes_max;
                    if buffer.len() + data.len() > bytes_max {
                        let message = format!("a row of COPY exceeds the limit of {bytes_max} bytes");
                        return Err(SqlError::new("54000", message)
                            .within(format!("COPY {}", copy.table.value))
                            .into());
                    }
                    buffer.extend_from_slice(&data);
                }
                None => is_end = true,
            }
            loop {
                decoder.decode(&mut buffer, is_end)?;
                let (rows, bytes) = decoder.size();
                let is_full = rows >= ROWS_MAX || bytes >= BYTES_MAX;
                if rows > 0 && (is_full || is_end) {
                    let given = decoder.take()?;
                    let batch = target.rows(given, rows)?;
                    self.store(&table, &rules, batch, interrupt).await?;
                    copied += rows as u64;
                }
                if !is_full {
                    break;
                }
            }
        }
        Ok(copied)
    }

    fn decoder(&self, copy: &CopyFrom, target: &CopyTarget) -> Result<Box<dyn Decode>, SqlError> {
        let types = target.given.iter().map(|place| {
            let column = &target.columns[*place];
            (column.name.clone(), PgType::of_field(&column.field()), column.column_type.arrow())
        });
        let types: Vec<_> = types.collect();
        let zone = self.session.settings().zone();
        let table = copy.table.value.clone();
        Ok(match copy.options.format {
            CopyFormat::Binary => Box::new(binary::Tuples::new(table, types, zone)),
            CopyFormat::Text | CopyFormat::Csv => {
                Box::new(lines::Lines::new(table, types, zone, copy.options.clone())?)
            }
        })
    }

    /// The next data; None at their end.
    async fn copy_data(&mut self, interrupt: &Interrupt) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = tokio::select! {
                biased;
                stop = interrupt.stopped() => return Err(stop.into()),
                () = self.shared.draining.cancelled() => return Err(Stop::Terminated.into()),
                frame = self.reader.next(self.shared.limits.message_bytes_max) => frame,
            };
            let frame = frame.map_err(|error| match error {
                ReadError::Closed => Failure::Gone,
                ReadError::Protocol(error) => Failure::Fatal(error),
            })?;
            return match frame.message? {
                Frontend::CopyData(data) => Ok(Some(data.data)),
                Frontend::CopyDone(_) => Ok(None),
                Frontend::CopyFail(fail) => {
                    let message = format!("COPY from stdin failed: {}", fail.message);
                    Err(SqlError::new("57014", message).into())
                }
                // Clients of the extended protocol send them behind Execute, as PostgreSQL knows.
                Frontend::Flush(_) | Frontend::Sync(_) => continue,
                _ => {
                    let message =
                        format!("unexpected message type 0x{:02X} during COPY from stdin", frame.kind);
                    Err(Failure::Fatal(SqlError::new("08P01", message)))
                }
            };
        }
    }
}
