//! Merging hot blocks: units arrive every few milliseconds with some hundred rows, queries and
//! flushes want batches of tens of thousands.
//!
//! Blocks fall into levels by their rows, and [`FAN_IN`] neighbours of a level become one of the
//! next: so each row is copied as often as there are levels, and a snapshot holds some dozens of
//! blocks however many units arrive.

use std::ops::Range;
use std::sync::Arc;

use crate::database::Database;
use crate::error::Result;
use crate::hot::{HotBlock, HotSource};
use crate::ids::ObjectId;
use crate::segment::write::compute;

/// Neighbours that are merged into one.
const FAN_IN: usize = 8;
/// Blocks merged at once at most, where many wait.
const FAN_IN_MAX: usize = 256;
/// Rows below which a block is of level 0, 1, and so on; larger ones are left alone.
const LEVELS: [u64; 3] = [1 << 11, 1 << 14, 1 << 16];

impl Database {
    /// Merges hot blocks of a source until there is nothing worth it; background work does so by
    /// itself.
    pub async fn merge(&self, source: ObjectId) -> Result<()> {
        while let Some(blocks) = self.merge_candidates(source) {
            let merged = {
                let blocks = blocks.clone();
                compute(move || HotBlock::merge(&blocks)).await?
            };
            self.replace_blocks(source, &blocks, merged);
        }
        Ok(())
    }

    fn merge_candidates(&self, source: ObjectId) -> Option<Vec<Arc<HotBlock>>> {
        // Frozen blocks are about to go; a block that is half frozen could not.
        let generation = self.state.lock().generation(source);
        let snapshot = self.current();
        let blocks = &snapshot.hot.get(&source)?.blocks;
        let thawed = blocks.iter().position(|block| block.generation == generation)?;
        let range = worthwhile(blocks[thawed..].iter().map(|block| block.row_count()))?;
        Some(blocks[thawed..][range].to_vec())
    }

    /// Puts a merged block in the place of its parts, unless they are gone, or frozen, by now.
    fn replace_blocks(&self, source: ObjectId, parts: &[Arc<HotBlock>], merged: HotBlock) {
        let state = self.state.lock();
        if state.generation(source) != merged.generation {
            return;
        }
        let snapshot = self.current();
        let Some(hot) = snapshot.hot.get(&source) else { return };
        let Some(start) =
            parts.first().and_then(|first| hot.blocks.iter().position(|block| Arc::ptr_eq(block, first)))
        else {
            return;
        };
        let end = start + parts.len();
        let same = hot
            .blocks
            .get(start..end)
            .is_some_and(|blocks| blocks.iter().zip(parts).all(|(block, part)| Arc::ptr_eq(block, part)));
        if !same {
            return;
        }
        let merged = Arc::new(merged);
        let blocks = hot.blocks[..start].iter().chain([&merged]).chain(&hot.blocks[end..]).cloned().collect();
        let hot = HotSource { blocks, visible: Arc::clone(&hot.visible) };
        self.replace_current(snapshot.with_hot(source, hot));
    }
}

/// The first neighbours, given their rows, that are worth merging, lowest level first.
fn worthwhile(rows: impl Iterator<Item = u64>) -> Option<Range<usize>> {
    let rows: Vec<u64> = rows.collect();
    let floors = [0].into_iter().chain(LEVELS);
    floors.zip(LEVELS).find_map(|(floor, below)| {
        let mut start = 0;
        for run in rows.chunk_by(|a, b| (*a < below) == (*b < below)) {
            // Smaller ones in between are taken along. Those behind wait for company: a large
            // block would be copied for each few that join it.
            let of_level: Vec<usize> = (start..)
                .zip(run)
                .filter(|(_, rows)| (floor..below).contains(*rows))
                .map(|(index, _)| index)
                .take(FAN_IN_MAX)
                .collect();
            if let (Some(first), Some(last)) = (of_level.first(), of_level.last())
                && of_level.len() >= FAN_IN
            {
                return Some(*first..*last + 1);
            }
            start += run.len();
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_level_are_merged_lowest_level_first() {
        let check = |rows: &[u64], expected: Option<Range<usize>>| {
            assert_eq!(worthwhile(rows.iter().copied()), expected, "{rows:?}");
        };
        check(&[], None);
        check(&[1; 7], None);
        check(&[1; 8], Some(0..8));
        check(&[1; 1000], Some(0..256));
        check(&[100_000; 20], None);
        check(&[&[100_000; 3][..], &[5000; 8]].concat(), Some(3..11));
        check(&[&[5000; 8][..], &[10; 8]].concat(), Some(8..16));
        check(&[&[5000; 7][..], &[10; 7]].concat(), None);
        check(&[&[5000; 4][..], &[10], &[5000; 4], &[10; 7]].concat(), Some(0..9));
    }

    #[test]
    fn merging_ends_with_few_blocks() {
        let mut rows = Vec::new();
        let mut copied = 0;
        for _ in 0..10_000 {
            rows.push(500);
            while let Some(range) = worthwhile(rows.iter().copied()) {
                let merged = rows[range.clone()].iter().sum();
                copied += merged;
                rows.splice(range, [merged]);
            }
            let small = rows.iter().filter(|rows| **rows < LEVELS[2]).count();
            assert!(small < 3 * FAN_IN, "{small} blocks");
        }
        assert!(copied <= 4 * 500 * 10_000, "each row copied {} times", copied / (500 * 10_000));
    }
}
