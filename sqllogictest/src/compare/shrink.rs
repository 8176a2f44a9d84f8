//! A difference is told by the smallest statement that shows it.

use super::tree::Node;

/// Statements that may be tried for one difference.
const TRIALS_MAX: usize = 400;

/// The smallest tree of the steps that still `differs` in the same way.
pub(crate) fn smallest(tree: Node, mut differs: impl FnMut(&Node) -> bool) -> Node {
    let mut smallest = tree;
    let mut trials = 0;
    while let Some(next) = smallest.smaller().into_iter().find(|candidate| {
        trials += 1;
        trials <= TRIALS_MAX && differs(candidate)
    }) {
        smallest = next;
    }
    smallest
}
