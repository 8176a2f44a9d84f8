//! The rows of a frame without those that `EXCLUDE` takes out.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::compute::partition;
use datafusion::common::Result;

/// `EXCLUDE` of a frame. PostgreSQL 15, 4.2.8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Exclusion {
    #[default]
    NoOthers,
    CurrentRow,
    /// The row and its peers.
    Group,
    /// The peers alone.
    Ties,
    /// Of a frame that ends before it begins.
    All,
}

/// The rows of one partition as its frames see them, one after the other.
#[derive(Debug)]
pub(super) struct Frames {
    exclusion: Exclusion,
    /// The row whose frame comes next.
    row: usize,
    /// Where each group of peers ends; filled with the first frame, where peers matter.
    peers: Vec<usize>,
    /// The group that the row is in.
    group: usize,
}

impl Frames {
    pub(super) fn new(exclusion: Exclusion) -> Self {
        Self { exclusion, row: 0, peers: Vec::new(), group: 0 }
    }

    /// The parts of the next row's frame that are left, in their order; a part may be empty. `order` is
    /// what the partition of so many rows is ordered by.
    pub(super) fn next(
        &mut self,
        frame: &Range<usize>,
        order: &[ArrayRef],
        rows: usize,
    ) -> Result<[Range<usize>; 3]> {
        let row = self.row;
        self.row += 1;
        let within = |range: Range<usize>| {
            let start = range.start.max(frame.start);
            start..range.end.min(frame.end).max(start)
        };
        let none = frame.end..frame.end;
        let (first, last) = match self.exclusion {
            Exclusion::NoOthers => return Ok([frame.clone(), none.clone(), none]),
            Exclusion::All => return Ok([none.clone(), none.clone(), none]),
            Exclusion::CurrentRow => (row, row + 1),
            Exclusion::Group | Exclusion::Ties => self.peers_of(row, order, rows)?,
        };
        let kept = if self.exclusion == Exclusion::Ties { within(row..row + 1) } else { none };
        Ok([within(0..first), kept, within(last..rows)])
    }

    fn peers_of(&mut self, row: usize, order: &[ArrayRef], rows: usize) -> Result<(usize, usize)> {
        if self.peers.is_empty() {
            self.peers = match order {
                [] => vec![rows],
                order => partition(order)?.ranges().into_iter().map(|range| range.end).collect(),
            };
        }
        while self.peers.get(self.group).is_some_and(|end| *end <= row) {
            self.group += 1;
        }
        let start = self.group.checked_sub(1).and_then(|before| self.peers.get(before));
        Ok((start.copied().unwrap_or(0), self.peers.get(self.group).copied().unwrap_or(rows)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int32Array;

    use super::*;

    #[test]
    fn excluded_rows_are_left_out() {
        let order: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 2, 3]));
        for (exclusion, expected) in [
            (Exclusion::NoOthers, [vec![0, 1, 2], vec![0, 1, 2, 3], vec![1, 2, 3]]),
            (Exclusion::CurrentRow, [vec![0, 2], vec![0, 1, 3], vec![1, 2]]),
            (Exclusion::Group, [vec![0], vec![0, 3], vec![1, 2]]),
            (Exclusion::Ties, [vec![0, 1], vec![0, 2, 3], vec![1, 2, 3]]),
        ] {
            let mut frames = Frames::new(exclusion);
            let order = std::slice::from_ref(&order);
            frames.next(&(0..2), order, 4).unwrap();
            let found = [0..3, 0..4, 1..4].map(|frame| {
                let parts = frames.next(&frame, order, 4).unwrap();
                parts.into_iter().flatten().collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{exclusion:?}");
        }
    }
}
