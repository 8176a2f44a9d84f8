//! `DROP SOURCE` and `DROP CONNECTION`.

use std::sync::Arc;

use planner::SqlError;
use planner::statement::{DropKind, Name};
use storage::catalog::{Catalog, CatalogEntry, CatalogObject, KafkaEndpoint};
use storage::database::CatalogChange;

use super::{change, kind_of, missing, skipped, start_source, wrong_kind};
use crate::instance::Shared;
use crate::pg::report::Notice;

/// Finds everything first, so that a name that is wrong drops nothing.
pub(super) async fn drop(
    shared: &Shared,
    kind: DropKind,
    names: &[Name],
    if_exists: bool,
    cascade: bool,
) -> Result<Vec<Notice>, SqlError> {
    let kind = match kind {
        DropKind::Source => "source",
        DropKind::Connection => "connection",
    };
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut doomed: Vec<Arc<CatalogEntry>> = Vec::new();
    for name in names {
        match catalog.entry(&name.value) {
            Some(entry) if kind_of(entry) != kind => return Err(wrong_kind(name, kind)),
            Some(entry) => {
                for user in users(catalog, entry) {
                    if !cascade {
                        return Err(in_use(entry, user));
                    }
                    notices.push(Notice::new("00000", format!("drop cascades to source {}", user.name)));
                    push_once(&mut doomed, user);
                }
                push_once(&mut doomed, entry);
            }
            None if if_exists => notices.push(skipped(kind, name)),
            None => return Err(missing(catalog, kind, name)),
        }
    }
    for entry in doomed {
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

/// The sources that read through a connection.
fn users<'a>(catalog: &'a Catalog, entry: &CatalogEntry) -> Vec<&'a Arc<CatalogEntry>> {
    let uses = KafkaEndpoint::Connection(entry.id);
    catalog.sources().filter(|(_, source)| source.endpoint == uses).map(|(user, _)| user).collect()
}

fn push_once(entries: &mut Vec<Arc<CatalogEntry>>, entry: &Arc<CatalogEntry>) {
    if !entries.iter().any(|known| known.id == entry.id) {
        entries.push(Arc::clone(entry));
    }
}

fn in_use(entry: &CatalogEntry, user: &CatalogEntry) -> SqlError {
    SqlError::new(
        "2BP01",
        format!("cannot drop connection {} because other objects depend on it", entry.name),
    )
    .with_detail(format!("source {} depends on connection {}", user.name, entry.name))
    .with_hint("Use DROP ... CASCADE to drop the dependent objects too.")
}
