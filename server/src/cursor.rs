//! A cursor declared in SQL: a query that is read in parts, forwards or, with SCROLL, both ways.
//!
//! Rows are counted from 1; the position is the row fetched last, 0 before the first and one more
//! than there are rows behind the last. Only a cursor that may go back, or that outlives its
//! transaction, keeps the rows that it has passed, in memory that counts as the queries'.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::memory_pool::MemoryReservation;
use planner::SqlError;
use planner::statement::{Declare, Direction, Rows};

use crate::pg::execute::RowStream;

/// A declared cursor.
#[derive(Debug)]
pub struct Cursor {
    /// The columns of its rows.
    pub schema: SchemaRef,
    /// `BINARY`.
    pub binary: bool,
    /// `WITH HOLD`.
    pub hold: bool,
    /// How many savepoints the block had when it was declared; None once it has outlived its block.
    pub depth: Option<usize>,
    scroll: bool,
    rows: RowStream,
    batches: VecDeque<RecordBatch>,
    /// Rows before the first batch, which were passed and let go.
    dropped: u64,
    /// Rows up to the end of the last batch.
    loaded: u64,
    /// Whether there are no more to load.
    ended: bool,
    position: u64,
    memory: MemoryReservation,
}

/// Rows to pass over, and then to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Forward: so many passed over, then at most so many given.
    Forward {
        /// Passed over.
        skip: u64,
        /// Given.
        give: u64,
    },
    /// Back from the position: at most so many given.
    Backward {
        /// Given.
        give: u64,
    },
    /// To this row, 0 for before the first, which is given; from the end where `from_end`.
    To {
        /// The row.
        row: u64,
        /// Whether it counts from behind the last.
        from_end: bool,
    },
}

impl Cursor {
    /// A cursor before its first row.
    pub fn new(
        declare: &Declare,
        schema: SchemaRef,
        rows: RowStream,
        depth: Option<usize>,
        memory: MemoryReservation,
    ) -> Self {
        Self {
            schema,
            binary: declare.binary,
            hold: declare.hold,
            depth,
            scroll: declare.scroll,
            rows,
            batches: VecDeque::new(),
            dropped: 0,
            loaded: 0,
            ended: false,
            position: 0,
            memory,
        }
    }

    /// What a direction means from here. Fails where a cursor without SCROLL would go back.
    pub fn plan(&self, direction: Direction) -> Result<Move, SqlError> {
        let here = self.position;
        let count = |rows| match rows {
            Rows::All => u64::MAX,
            Rows::Count(count) => count,
        };
        let planned = match direction {
            Direction::Forward(Rows::Count(0))
            | Direction::Backward(Rows::Count(0))
            | Direction::Relative(0) => Move::To { row: here, from_end: false },
            Direction::Forward(rows) => Move::Forward { skip: 0, give: count(rows) },
            Direction::Backward(rows) => Move::Backward { give: count(rows) },
            Direction::Absolute(row) if row < 0 => Move::To { row: row.unsigned_abs(), from_end: true },
            Direction::Absolute(row) => match row.unsigned_abs() {
                row if row > here => Move::Forward { skip: row - here - 1, give: 1 },
                row => Move::To { row, from_end: false },
            },
            Direction::Relative(rows) if rows > 0 => Move::Forward { skip: rows.unsigned_abs() - 1, give: 1 },
            Direction::Relative(rows) => {
                Move::To { row: here.saturating_sub(rows.unsigned_abs()), from_end: false }
            }
        };
        let stays = matches!(planned, Move::To { row: 0, from_end: false }) && here == 0;
        if self.scroll || stays || matches!(planned, Move::Forward { .. }) {
            return Ok(planned);
        }
        Err(SqlError::new("55000", "cursor can only scan forward")
            .with_hint("Declare it with SCROLL option to enable backward scan."))
    }

    /// The next rows, at most so many, from what is loaded; None where more must be loaded first,
    /// or there are none.
    pub fn forward(&mut self, rows_max: u64) -> Option<RecordBatch> {
        if self.position >= self.loaded {
            if self.ended {
                self.position = self.loaded + 1;
            }
            return None;
        }
        let (batch, offset) = self.find(self.position + 1)?;
        let rows = ((batch.num_rows() - offset) as u64).min(rows_max);
        let slice = batch.slice(offset, rows as usize);
        self.position += rows;
        Some(slice)
    }

    /// The row before the position, which becomes the position. What lies before is loaded.
    pub fn backward(&mut self) -> Option<RecordBatch> {
        self.position = self.position.saturating_sub(1);
        self.row()
    }

    /// Goes to a row that is loaded, or to the end where there is no such row.
    pub fn go(&mut self, row: u64) -> Option<RecordBatch> {
        self.position = row.min(self.loaded + 1);
        self.row()
    }

    /// Goes to the row that is so many from the end. All must be loaded.
    pub fn go_from_end(&mut self, rows: u64) -> Option<RecordBatch> {
        self.go((self.loaded + 1).saturating_sub(rows))
    }

    /// Whether the stream has ended.
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    /// Loads more; does nothing at the end.
    pub async fn load(&mut self) -> Result<(), SqlError> {
        let Some(batch) = self.rows.next().await? else {
            self.ended = true;
            return Ok(());
        };
        if !self.scroll && !self.hold {
            while self
                .batches
                .front()
                .is_some_and(|batch| self.position >= self.dropped + batch.num_rows() as u64)
            {
                self.dropped += self.batches.pop_front().map_or(0, |batch| batch.num_rows() as u64);
            }
        } else {
            let bytes = batch.get_array_memory_size();
            self.memory.try_grow(bytes).map_err(|_| {
                SqlError::new("53200", "the rows of the cursor do not fit the memory of queries").with_hint(
                    "A cursor without SCROLL and WITH HOLD keeps no rows: fetch from it inside a transaction.",
                )
            })?;
        }
        self.loaded += batch.num_rows() as u64;
        self.batches.push_back(batch);
        Ok(())
    }

    fn row(&self) -> Option<RecordBatch> {
        let (batch, offset) = self.find(self.position)?;
        Some(batch.slice(offset, 1))
    }

    /// The batch that has a row, and which of its rows it is.
    fn find(&self, row: u64) -> Option<(&RecordBatch, usize)> {
        let mut offset = row.checked_sub(self.dropped + 1)?;
        for batch in &self.batches {
            if offset < batch.num_rows() as u64 {
                return Some((batch, offset as usize));
            }
            offset -= batch.num_rows() as u64;
        }
        None
    }
}
