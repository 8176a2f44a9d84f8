//! What is known to be answered otherwise than PostgreSQL answers it.

use std::io;

use super::answer::{Difference, Rules};
use super::run::{Options, Pair};

/// A known difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// What its class begins with.
    pub class: &'static str,
    /// What its statement contains; nothing is content with any statement.
    pub part: &'static str,
    /// Why it differs.
    pub reason: &'static str,
    /// A statement that shows it.
    pub statement: &'static str,
}

/// The list in `exceptions.txt`: a line is `class ¦ part of the statement ¦ reason ¦ statement that shows it`.
///
/// # Panics
/// Where a line has not four parts.
pub fn exceptions() -> Vec<Exception> {
    let lines = include_str!("exceptions.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<&str> = line.split('¦').map(str::trim).collect();
            let [class, part, reason, statement] = parts[..] else { panic!("not four parts: {line}") };
            Exception { class, part, reason, statement }
        })
        .collect()
}

impl Exception {
    pub(super) fn explains(&self, found: &Difference, sql: &str) -> bool {
        found.class.starts_with(self.class) && sql.contains(self.part)
    }
}

/// Exceptions whose own statement does not differ as they say: they are to be struck off the list.
pub fn stale(options: &Options, exceptions: &[Exception]) -> io::Result<Vec<String>> {
    let mut pair = Pair::new(options)?;
    let stale = exceptions.iter().filter_map(|known| {
        let (_, found) = pair.difference(known.statement, Rules::default());
        let still = found.as_ref().is_some_and(|found| known.explains(found, known.statement));
        let class = found.map_or("answered alike".to_owned(), |found| found.class);
        (!still).then(|| format!("no longer so: {}: {} is {class}", known.reason, known.statement))
    });
    Ok(stale.collect())
}
