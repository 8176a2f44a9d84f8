//! `DROP SOURCE` and `DROP CONNECTION`.

use std::sync::Arc;

use planner::SqlError;
use planner::statement::{DropKind, Name};
use storage::catalog::{Catalog, CatalogEntry, CatalogObject, KafkaEndpoint};
use storage::database::CatalogChange;

use super::{change, kind_of, missing, skipped, start_source, table, wrong_kind};
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
    let kind = if kind == DropKind::Connection { "connection" } else { "source" };
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut doomed: Vec<Arc<CatalogEntry>> = Vec::new();
    for name in names {
        match catalog.entry(&name.value) {
            Some(entry) if kind_of(entry) != kind => return Err(wrong_kind(name, kind)),
            Some(entry) => {
                // What needs it goes first, and what needs that before.
                for user in users(catalog, entry) {
                    if !cascade {
                        return Err(in_use(entry, &user));
                    }
                    let kind = kind_of(&user);
                    notices.push(Notice::new("00000", format!("drop cascades to {kind} {}", user.name)));
                    table::users(catalog, &user).iter().rev().for_each(|view| push_once(&mut doomed, view));
                    push_once(&mut doomed, &user);
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

/// The sources that read through a connection, the views that read a source.
fn users(catalog: &Catalog, entry: &CatalogEntry) -> Vec<Arc<CatalogEntry>> {
    let uses = KafkaEndpoint::Connection(entry.id);
    let sources = catalog.sources().filter(|(_, source)| source.endpoint == uses);
    let views = table::users(catalog, entry);
    sources.map(|(user, _)| Arc::clone(user)).chain(views.into_iter().rev()).collect()
}

fn push_once(entries: &mut Vec<Arc<CatalogEntry>>, entry: &Arc<CatalogEntry>) {
    if !entries.iter().any(|known| known.id == entry.id) {
        entries.push(Arc::clone(entry));
    }
}

fn in_use(entry: &CatalogEntry, user: &CatalogEntry) -> SqlError {
    SqlError::new(
        "2BP01",
        format!("cannot drop {} {} because other objects depend on it", kind_of(entry), entry.name),
    )
    .with_detail(format!("{} {} depends on {} {}", kind_of(user), user.name, kind_of(entry), entry.name))
    .with_hint("Use DROP ... CASCADE to drop the dependent objects too.")
}
