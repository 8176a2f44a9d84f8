//! Which key of which object belongs to which columns.

use std::collections::HashMap;

use storage::jsonb::{JsonError, Scanner, unescape_into};
use storage::schema::{ColumnOrigin, TableSchema};

use crate::decode::row::Match;

/// Keys remembered of one object, so that a topic with keys without end costs time, not memory.
const ENTRIES_MAX: usize = 1024;
/// Longer keys are not remembered.
const KEY_BYTES_MAX: usize = 256;

/// The objects that columns are in, as a tree, with the keys that came by.
#[derive(Debug)]
pub(super) struct Keys {
    nodes: Vec<Node>,
}

/// One object: the message itself, or what a path leads through.
#[derive(Debug, Default)]
struct Node {
    /// What each key that the definition names belongs to, exactly as written.
    named: HashMap<String, Target>,
    /// The columns without a path, by their folded names.
    folded: HashMap<String, Vec<usize>>,
    /// All columns in here and below.
    columns_below: Vec<usize>,
    /// Keys that came by, as JSON strings with their quotes. The first two are [`Keys::START`]
    /// and [`Keys::UNKNOWN`].
    entries: Vec<Entry>,
    /// The entries by their text.
    remembered: HashMap<Box<[u8]>, usize>,
}

/// What a key's value is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    /// The columns that take the whole value.
    pub(super) columns: Vec<(usize, Match)>,
    /// The object whose fields columns take.
    pub(super) child: Option<usize>,
    /// Whether a column without a path has exactly this name.
    is_column: bool,
}

#[derive(Debug)]
struct Entry {
    /// The key with both quotes, escapes as written.
    raw: Box<[u8]>,
    target: Target,
    /// The entry that followed it the last time.
    next: usize,
}

impl Keys {
    /// The message itself.
    pub(super) const ROOT: usize = 0;
    /// The entry before an object's first key.
    pub(super) const START: usize = 0;
    /// The entry of a key that is not remembered.
    const UNKNOWN: usize = 1;

    /// The keys of a table's fields.
    pub(super) fn new(schema: &TableSchema) -> Self {
        let mut keys = Self { nodes: vec![Node::new()] };
        for (index, column) in schema.columns.iter().enumerate() {
            let ColumnOrigin::Field { path } = &column.origin else { continue };
            match path.as_deref() {
                None | Some([]) => {
                    let root = &mut keys.nodes[Self::ROOT];
                    let target = root.named.entry(column.name.clone()).or_default();
                    target.columns.push((index, Match::Exact));
                    target.is_column = true;
                    root.folded.entry(fold(&column.name)).or_default().push(index);
                }
                Some([parents @ .., last]) => {
                    let node = parents.iter().fold(Self::ROOT, |node, key| keys.child(node, key, index));
                    let target = keys.nodes[node].named.entry(last.clone()).or_default();
                    target.columns.push((index, Match::Exact));
                }
            }
        }
        keys
    }

    /// The object under a key, made where it is missing, for a column below it.
    fn child(&mut self, node: usize, key: &str, column: usize) -> usize {
        let new = self.nodes.len();
        let target = self.nodes[node].named.entry(key.to_owned()).or_default();
        let child = *target.child.get_or_insert(new);
        if child == new {
            self.nodes.push(Node::new());
        }
        self.nodes[child].columns_below.push(column);
        child
    }

    /// All columns inside an object.
    pub(super) fn columns_below(&self, node: usize) -> &[usize] {
        &self.nodes[node].columns_below
    }

    /// What an entry that [`Self::next`] returned last is for.
    #[inline]
    pub(super) fn target(&self, node: usize, entry: usize) -> &Target {
        &self.nodes[node].entries[entry].target
    }

    /// Reads the next key of an object and returns its entry, given that of the key before.
    #[inline]
    pub(super) fn next(
        &mut self,
        node: usize,
        previous: usize,
        scanner: &mut Scanner<'_>,
    ) -> Result<usize, JsonError> {
        let node = &mut self.nodes[node];
        scanner.peek();
        let guess = node.entries[previous].next;
        if scanner.take_exactly(&node.entries[guess].raw) {
            return Ok(guess);
        }
        let entry = node.look_up(scanner)?;
        node.entries[previous].next = entry;
        Ok(entry)
    }
}

impl Node {
    fn new() -> Self {
        // No key begins with a zero byte: these two are never guessed.
        let never = || Entry { raw: Box::new([0]), target: Target::default(), next: Keys::START };
        Self { entries: vec![never(), never()], ..Self::default() }
    }

    fn look_up(&mut self, scanner: &mut Scanner<'_>) -> Result<usize, JsonError> {
        let position = scanner.position() + 1;
        let key = scanner.string()?;
        if let Some(&entry) = self.remembered.get(key.text.as_bytes()) {
            return Ok(entry);
        }
        let mut unescaped = String::new();
        let target = if key.escaped {
            unescape_into(key, position, &mut unescaped)?;
            self.resolve(&unescaped)
        } else {
            self.resolve(key.text)
        };
        if self.entries.len() >= ENTRIES_MAX || key.text.len() > KEY_BYTES_MAX {
            self.entries[Keys::UNKNOWN].target = target;
            return Ok(Keys::UNKNOWN);
        }
        let entry = self.entries.len();
        let raw = [b"\"", key.text.as_bytes(), b"\""].concat();
        self.entries.push(Entry { raw: raw.into(), target, next: Keys::START });
        self.remembered.insert(key.text.as_bytes().into(), entry);
        Ok(entry)
    }

    /// The columns that a key names exactly; else those that it names but for case and underscores.
    fn resolve(&self, key: &str) -> Target {
        let mut target = self.named.get(key).cloned().unwrap_or_default();
        if !target.is_column
            && let Some(columns) = self.folded.get(&fold(key))
        {
            target.columns.extend(columns.iter().map(|column| (*column, Match::Folded)));
        }
        target
    }
}

/// A name without case and underscores.
fn fold(name: &str) -> String {
    name.chars().filter(|character| *character != '_').flat_map(char::to_lowercase).collect()
}
