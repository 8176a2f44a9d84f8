//! What goes, or stands in the way, when something is dropped.

use std::sync::Arc;

use planner::SqlError;
use planner::search_path::SearchPath;
use storage::catalog::{Catalog, CatalogEntry, CatalogObject};

use super::kind_of;
use crate::pg::report::Notice;

/// Objects that a statement drops, with everything that can't be without them.
#[derive(Debug)]
pub(super) struct Dependents {
    /// Those that were named.
    named: usize,
    /// Named ones first, then what depends on them, nearest first; each with that on which it depends.
    found: Vec<(Arc<CatalogEntry>, usize)>,
}

impl Dependents {
    /// Of the objects that were named.
    pub(super) fn of<'a>(catalog: &Catalog, named: impl IntoIterator<Item = &'a Arc<CatalogEntry>>) -> Self {
        let mut found: Vec<(Arc<CatalogEntry>, usize)> = Vec::new();
        for entry in named {
            if !found.iter().any(|(known, _)| known.id == entry.id) {
                found.push((Arc::clone(entry), 0));
            }
        }
        let named = found.len();
        let mut next = 0;
        while let Some((needed, _)) = found.get(next) {
            let needed = Arc::clone(needed);
            for user in catalog.entries.values().filter(|user| depends(user, &needed)) {
                if !found.iter().any(|(known, _)| known.id == user.id) {
                    found.push((Arc::clone(user), next));
                }
            }
            next += 1;
        }
        Self { named, found }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<&Arc<CatalogEntry>> {
        self.found.iter().map(|(entry, _)| entry).collect()
    }

    /// Refuses to drop what something that was not named depends on, unless that goes too: then says so.
    pub(super) fn may_go(
        &self,
        catalog: &Catalog,
        path: &SearchPath,
        cascade: bool,
    ) -> Result<Option<Notice>, SqlError> {
        let described = |entry: &CatalogEntry| described(entry, catalog, path);
        let others = &self.found[self.named..];
        if others.is_empty() {
            return Ok(None);
        }
        if !cascade {
            let lines = others.iter().map(|(user, on)| {
                format!("{} depends on {}", described(user), described(&self.found[*on].0))
            });
            let lines: Vec<_> = lines.collect();
            let message = match &self.found[..self.named] {
                [(one, _)] => {
                    format!("cannot drop {} because other objects depend on it", described(one))
                }
                _ => "cannot drop desired object(s) because other objects depend on them".to_owned(),
            };
            return Err(SqlError::new("2BP01", message)
                .with_detail(lines.join("\n"))
                .with_hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        let lines = others.iter().map(|(user, _)| format!("drop cascades to {}", described(user)));
        let lines: Vec<_> = lines.collect();
        let mut notice = match lines.as_slice() {
            [one] => return Ok(Some(Notice::new("00000", one.clone()))),
            many => Notice::new("00000", format!("drop cascades to {} other objects", many.len())),
        };
        notice.content = notice.content.with_detail(lines.join("\n"));
        Ok(Some(notice))
    }

    /// Each before what it depends on.
    pub(super) fn in_order(self) -> Vec<Arc<CatalogEntry>> {
        let entries: Vec<_> = self.found.into_iter().map(|(entry, _)| entry).collect();
        let users_of = |needed: &CatalogEntry| entries.iter().filter(|user| depends(user, needed)).count();
        let mut users: Vec<usize> = entries.iter().map(|entry| users_of(entry)).collect();
        let mut free: Vec<usize> = (0..entries.len()).filter(|index| users[*index] == 0).collect();
        let mut ordered = Vec::with_capacity(entries.len());
        while let Some(index) = free.pop() {
            for (other, needed) in entries.iter().enumerate() {
                if depends(&entries[index], needed) {
                    users[other] -= 1;
                    if users[other] == 0 {
                        free.push(other);
                    }
                }
            }
            ordered.push(Arc::clone(&entries[index]));
        }
        ordered
    }
}

/// Whether an object can't be without another.
fn depends(user: &CatalogEntry, needed: &CatalogEntry) -> bool {
    let is_within = matches!(needed.object, CatalogObject::Schema)
        && !matches!(user.object, CatalogObject::Schema)
        && user.schema == needed.name;
    is_within || user.object.needs().any(|id| id == needed.id)
}

/// `view s.v`: with its schema where the name alone would mean another.
pub(super) fn described(entry: &CatalogEntry, catalog: &Catalog, path: &SearchPath) -> String {
    format!("{} {}", kind_of(entry), path.described(catalog, entry))
}
