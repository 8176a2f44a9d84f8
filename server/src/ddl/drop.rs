//! `DROP SOURCE` and `DROP CONNECTION`.

use std::sync::Arc;

use planner::SqlError;
use planner::search_path::SearchPath;
use planner::statement::{DropKind, QualifiedName};
use storage::catalog::{CatalogEntry, CatalogObject, PUBLIC};
use storage::database::CatalogChange;

use super::dependents::Dependents;
use super::{change, kind_of, missing, skipped, start_source, wrong_kind};
use crate::instance::Shared;
use crate::pg::report::Notice;

/// Finds everything first, so that a name that is wrong drops nothing.
pub(super) async fn drop(
    shared: &Shared,
    path: &SearchPath,
    kind: DropKind,
    names: &[QualifiedName],
    if_exists: bool,
    cascade: bool,
) -> Result<Vec<Notice>, SqlError> {
    let kind = if kind == DropKind::Connection { "connection" } else { "source" };
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut doomed = Vec::new();
    for name in names {
        let entry = match kind {
            "connection" => catalog.entry(PUBLIC, &name.value),
            _ => path.entry(catalog, name),
        };
        match entry {
            Some(entry) if kind_of(entry) != kind => return Err(wrong_kind(name, kind)),
            Some(entry) => doomed.push(entry),
            None if if_exists => notices.push(skipped(catalog, path, kind, name)),
            None => return Err(missing(catalog, path, kind, name)),
        }
    }
    let found = Dependents::of(catalog, doomed);
    notices.extend(found.may_go(catalog, path, cascade)?);
    for entry in found.in_order() {
        drop_entry(shared, &entry).await?;
    }
    Ok(notices)
}

async fn drop_entry(shared: &Shared, entry: &Arc<CatalogEntry>) -> Result<(), SqlError> {
    let is_source = matches!(entry.object, CatalogObject::Source(_));
    if is_source {
        shared.supervisor.stop(entry.id).await;
    }
    let dropped = change(shared, CatalogChange::Drop { id: entry.id, version: entry.version }).await;
    if is_source {
        match &dropped {
            Ok(()) => shared.database.statuses().remove(entry.id),
            // It lives on, so it must run on.
            Err(_) => start_source(shared, entry).await?,
        }
    }
    dropped
}
