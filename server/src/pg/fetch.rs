//! `DECLARE`, `FETCH`, `MOVE` and `CLOSE`.

use arrow::array::RecordBatch;
use planner::SqlError;
use planner::statement::{Declare, Direction};

use super::connection::Connection;
use super::encode::{Format, RowFormat};
use super::execute::{Bound, Failure, encoder};
use crate::cursor::{Cursor, Move};
use crate::sessions::Interrupt;

impl Connection {
    /// Begins a cursor's query.
    pub(super) async fn declare(
        &mut self,
        declare: &Declare,
        bound: Bound,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        if !declare.hold && !self.session.in_block() {
            return Err(
                SqlError::new("25P01", "DECLARE CURSOR can only be used in transaction blocks").into()
            );
        }
        self.session.check_new_cursor(&declare.name)?;
        let schema = bound.query.prepared.schema.clone();
        let rows = self.start(&bound.query, bound.values, &[], "FETCH")?;
        let depth = self.session.savepoints();
        let mut cursor = Cursor::new(declare, schema, rows, depth, self.shared.engine.reservation("cursor"));
        if depth.is_none() {
            self.load_all(&mut cursor, interrupt).await?;
        }
        self.session.put_cursor(declare.name.clone(), cursor);
        Ok(())
    }

    /// Sends rows of a cursor, or passes over them. Returns how many.
    pub(super) async fn fetch(
        &mut self,
        name: &str,
        direction: Direction,
        moves: bool,
        formats: &[Format],
        interrupt: &Interrupt,
    ) -> Result<u64, Failure> {
        let planned = self.session.cursor(name)?.plan(direction)?;
        let mut cursor = self.session.take_cursor(name)?;
        let formats = if cursor.binary { &[Format::Binary] } else { formats };
        let format =
            (!moves).then(|| RowFormat::new(&cursor.schema, formats, self.session.settings().style()));
        // A cursor whose query failed is not put back.
        let count = self.go(&mut cursor, planned, format.as_ref(), interrupt).await?;
        self.session.put_cursor(name.to_owned(), cursor);
        Ok(count)
    }

    /// Loads what the cursors that outlive the block have not loaded yet.
    pub(super) async fn hold_cursors(&mut self, interrupt: &Interrupt) -> Result<(), Failure> {
        for name in self.session.cursors_to_hold() {
            let mut cursor = self.session.take_cursor(&name)?;
            self.load_all(&mut cursor, interrupt).await?;
            self.session.put_cursor(name, cursor);
        }
        Ok(())
    }

    async fn go(
        &mut self,
        cursor: &mut Cursor,
        planned: Move,
        format: Option<&RowFormat>,
        interrupt: &Interrupt,
    ) -> Result<u64, Failure> {
        match planned {
            Move::Forward { skip, give } => {
                if self.forward(cursor, skip, None, interrupt).await? < skip {
                    return Ok(0);
                }
                self.forward(cursor, give, format, interrupt).await
            }
            Move::Backward { give } => {
                let mut count = 0;
                while count < give
                    && let Some(row) = cursor.backward()
                {
                    self.send(&row, format, interrupt).await?;
                    count += 1;
                }
                Ok(count)
            }
            Move::To { row, from_end } => {
                if from_end {
                    self.load_all(cursor, interrupt).await?;
                }
                let row = if from_end { cursor.go_from_end(row) } else { cursor.go(row) };
                if let Some(row) = &row {
                    self.send(row, format, interrupt).await?;
                }
                Ok(u64::from(row.is_some()))
            }
        }
    }

    async fn forward(
        &mut self,
        cursor: &mut Cursor,
        rows_max: u64,
        format: Option<&RowFormat>,
        interrupt: &Interrupt,
    ) -> Result<u64, Failure> {
        let mut count = 0;
        while count < rows_max {
            match cursor.forward(rows_max - count) {
                Some(rows) => {
                    count += rows.num_rows() as u64;
                    self.send(&rows, format, interrupt).await?;
                }
                None if cursor.is_whole() => break,
                None => self.reader.watch(interrupt, cursor.load()).await??,
            }
        }
        Ok(count)
    }

    async fn load_all(&mut self, cursor: &mut Cursor, interrupt: &Interrupt) -> Result<(), Failure> {
        while !cursor.is_whole() {
            self.reader.watch(interrupt, cursor.load()).await??;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        rows: &RecordBatch,
        format: Option<&RowFormat>,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let Some(format) = format else { return Ok(()) };
        let mut encoder = encoder(rows, format)?;
        while encoder.remaining() > 0 {
            self.send_batch(&mut encoder, usize::MAX, interrupt).await?;
        }
        Ok(())
    }
}
