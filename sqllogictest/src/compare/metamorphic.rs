//! Checks that need no other server: answers of one server that must go together.
//!
//! - A condition parts the rows of a source into those where it is true, those where it is not, and those
//!   where it is null; together they are the rows of the source.
//! - Rows that a transaction has written and not committed answer a query as they do once they are stored.

use std::io;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::answer::{Answer, Rules, difference};
use super::grammar::Grammar;
use super::peer::Peer;
use super::query::{self, Queries};
use super::schema::statements;
use super::shrink::smallest;
use super::tree::{Node, Role};

/// What was checked: cases, and those of them that contradict themselves, in words.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Cases that said something: those that fail say nothing.
    pub cases: u64,
    /// Each contradiction.
    pub failures: Vec<String>,
}

/// Parts sources by conditions on the server at `host:port`.
pub fn partitions(address: &str, seed: u64, count: u64) -> io::Result<Checked> {
    let mut peer = Peer::new(address, "tidegate");
    statements().iter().try_for_each(|sql| peer.must(sql))?;
    let grammar = Grammar::whole();
    let mut checked = Checked::default();
    for seed in seed..seed.saturating_add(count) {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut queries = Queries { random: &mut random, grammar: &grammar, names: 0 };
        let scope = queries.source(1);
        let condition = queries.predicate(&scope.columns, 1);
        let columns = scope.total.join(", ");
        let template = format!("select {columns} from {{}} where {{}}");
        let tree = Node::format(Role::Fixed, &template, vec![scope.node, condition]);
        match parted(&mut peer, &columns, &tree) {
            None => {}
            Some(None) => checked.cases += 1,
            Some(Some(_)) => {
                checked.cases += 1;
                let small = smallest(tree, |tree| matches!(parted(&mut peer, &columns, tree), Some(Some(_))));
                let why = parted(&mut peer, &columns, &small).flatten().unwrap_or_default();
                checked.failures.push(format!("case {seed}: {}\n  {why}", small.sql()));
            }
        }
    }
    Ok(checked)
}

/// None where a part fails; else what contradicts itself, if anything does.
fn parted(peer: &mut Peer, columns: &str, tree: &Node) -> Option<Option<String>> {
    let [source, condition] = tree.children() else { return None };
    let (source, condition) = (source.sql(), condition.sql());
    let mut rows = |condition: &str| match peer.answer(&format!("select {columns} from {source}{condition}"))
    {
        Answer::Rows { rows, .. } => Some(rows),
        Answer::Error { .. } | Answer::Lost(_) => None,
    };
    let mut whole = rows("")?;
    let parts = [condition.clone(), format!("not ({condition})"), format!("({condition}) is null")];
    let mut together = Vec::new();
    let mut counts = Vec::new();
    for part in parts {
        let found = rows(&format!(" where {part}"))?;
        counts.push(found.len().to_string());
        together.extend(found);
    }
    whole.sort();
    together.sort();
    let counts = || format!("{} rows are parted into {}", whole.len(), counts.join(" + "));
    Some((whole != together).then(counts))
}

/// Compares queries before and after the COMMIT of the rows that they read, on the server at `host:port`.
pub fn staged_is_stored(address: &str, seed: u64, count: u64) -> io::Result<Checked> {
    let mut peer = Peer::new(address, "tidegate");
    let grammar = Grammar::whole();
    let cases: Vec<(String, Rules)> = (seed..seed.saturating_add(count))
        .map(|seed| {
            let (tree, rules) = query::statement(&mut SmallRng::seed_from_u64(seed), &grammar);
            (tree.sql(), rules)
        })
        .collect();
    peer.must("begin")?;
    statements().iter().try_for_each(|sql| peer.must(sql))?;
    let mut staged = Vec::new();
    for (sql, _) in &cases {
        peer.must("savepoint before")?;
        staged.push(peer.answer(sql));
        peer.must("rollback to before")?;
    }
    peer.must("commit")?;
    let mut checked = Checked::default();
    for ((sql, rules), staged) in cases.iter().zip(&staged) {
        let stored = peer.answer(sql);
        checked.cases += u64::from(matches!(stored, Answer::Rows { .. }));
        if let Some(found) = difference(staged, &stored, *rules) {
            checked.failures.push(format!("{sql}\n  staged: {}\n  stored: {}", found.theirs, found.ours));
        }
    }
    Ok(checked)
}
