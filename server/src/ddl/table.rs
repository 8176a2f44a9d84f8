//! Tables and views: changes that a transaction stages.

use std::sync::Arc;

use planner::SqlError;
use planner::statement::{AlterTable, CreateTable, CreateView, DropKind, Name, Statement};
use storage::catalog::{Catalog, CatalogEntry, CatalogObject, KeyKind, ViewDefinition};
use storage::snapshot::Snapshot;
use storage::transaction::Transaction;

use super::create::taken;
use super::{kind_of, missing, skipped, wrong_kind};
use crate::instance::Shared;
use crate::pg::execute::Bound;
use crate::pg::report::Notice;
use crate::pg::sqlstate;

/// Stages it. `base` is what the transaction reads without its own writes. The notices go to the
/// client before the tag.
pub async fn execute(
    shared: &Shared,
    writes: &mut Transaction,
    base: &Snapshot,
    statement: &Statement,
    bound: Option<&Bound>,
) -> Result<Vec<Notice>, SqlError> {
    let failed = |error| sqlstate::commit(&error);
    let snapshot = writes.snapshot(base).map_err(failed)?;
    match statement {
        Statement::CreateTable(create) => create_table(shared, writes, &snapshot, create),
        Statement::CreateView(create) => {
            let bound = bound.ok_or_else(|| SqlError::new("XX000", "the view's query was not bound"))?;
            create_view(shared, writes, &snapshot, create, bound).await
        }
        Statement::Truncate { names } => {
            for name in names {
                let table = find(snapshot.catalog(), name, "table", "relation")?;
                for table in table.object.tables() {
                    writes.truncate(table).await.map_err(failed)?;
                }
            }
            Ok(Vec::new())
        }
        Statement::AlterTable { name, if_exists, actions } => {
            if *if_exists && snapshot.catalog().entry(&name.value).is_none() {
                return Ok(vec![skipped("relation", name)]);
            }
            let mut notices = Vec::new();
            for action in actions {
                let snapshot = writes.snapshot(base).map_err(failed)?;
                let entry = alter(shared, &snapshot, name, action, &mut notices)?;
                writes.replace(&entry.0, entry.1).await.map_err(failed)?;
            }
            Ok(notices)
        }
        Statement::Drop { kind, names, if_exists, cascade } => {
            drop(writes, &snapshot, *kind, names, *if_exists, *cascade).await
        }
        _ => Err(SqlError::new("XX000", "not a statement about tables")),
    }
}

fn create_table(
    shared: &Shared,
    writes: &mut Transaction,
    snapshot: &Snapshot,
    create: &CreateTable,
) -> Result<Vec<Notice>, SqlError> {
    if let Some(notice) = exists(snapshot, &create.name, create.if_not_exists)? {
        return Ok(vec![notice]);
    }
    let id = shared.database.new_object_id();
    let table = shared.engine.table_definition(create, id)?;
    shared.engine.check_generated(create, &table)?;
    let mut notices = Vec::new();
    for (is_first, kind) in [
        (table.keys.iter().any(|key| key.kind == KeyKind::Primary), "PRIMARY KEY"),
        (table.keys.iter().any(|key| key.kind == KeyKind::Unique), "UNIQUE"),
        (table.keys.iter().any(|key| matches!(key.kind, KeyKind::References { .. })), "REFERENCES"),
    ] {
        if is_first {
            notices.push(crate::pg::not_enforced(kind));
        }
    }
    writes.create(create.name.value.clone(), id, CatalogObject::Table(table));
    Ok(notices)
}

async fn create_view(
    shared: &Shared,
    writes: &mut Transaction,
    snapshot: &Snapshot,
    create: &CreateView,
    bound: &Bound,
) -> Result<Vec<Notice>, SqlError> {
    let old = snapshot.catalog().entry(&create.name.value).cloned();
    let replaced = old.filter(|_| create.or_replace);
    if replaced.is_none() {
        exists(snapshot, &create.name, false)?;
    }
    let definition = shared.engine.view_definition(create, &bound.query.prepared, snapshot)?;
    let Some(old) = replaced else {
        let id = shared.database.new_object_id();
        writes.create(create.name.value.clone(), id, CatalogObject::View(definition));
        return Ok(Vec::new());
    };
    let CatalogObject::View(before) = &old.object else { return Err(wrong_kind(&create.name, "view")) };
    if let Some(reason) = replaces_badly(before, &definition) {
        return Err(SqlError::new("42P16", reason).with_hint("Drop the view first."));
    }
    let entry = CatalogEntry { object: CatalogObject::View(definition), ..CatalogEntry::clone(&old) };
    writes.replace(&old, entry).await.map_err(|error| sqlstate::commit(&error))?;
    Ok(Vec::new())
}

/// Why a view can't become another under the feet of what reads it.
fn replaces_badly(before: &ViewDefinition, after: &ViewDefinition) -> Option<String> {
    if after.columns.len() < before.columns.len() {
        return Some("cannot drop columns from view".to_owned());
    }
    before.columns.iter().zip(&after.columns).find_map(|(old, new)| {
        if old.name != new.name {
            return Some(format!("cannot change name of view column \"{}\" to \"{}\"", old.name, new.name));
        }
        (old.type_name != new.type_name).then(|| {
            format!(
                "cannot change data type of view column \"{}\" from {} to {}",
                old.name, old.type_name, new.type_name
            )
        })
    })
}

/// The entry before and after.
fn alter(
    shared: &Shared,
    snapshot: &Snapshot,
    name: &Name,
    action: &AlterTable,
    notices: &mut Vec<Notice>,
) -> Result<(Arc<CatalogEntry>, CatalogEntry), SqlError> {
    let catalog = snapshot.catalog();
    let old = find(catalog, name, "table", "relation")?;
    if let AlterTable::Rename(to) = action {
        exists(snapshot, to, false)?;
    }
    let may_break = matches!(
        action,
        AlterTable::Rename(_) | AlterTable::DropColumn { .. } | AlterTable::RenameColumn { .. }
    );
    if may_break && let Some(user) = users(catalog, &old).first() {
        return Err(
            in_use("alter", &old, user).with_hint("Drop the view first, and create it again afterwards.")
        );
    }
    let mut messages = Vec::new();
    let new = shared.engine.alter_table(&old, action, &mut messages)?;
    notices.extend(messages.into_iter().map(|content| Notice { severity: "NOTICE", content }));
    Ok((old, new))
}

/// Finds everything first, so that a name that is wrong drops nothing.
async fn drop(
    writes: &mut Transaction,
    snapshot: &Snapshot,
    kind: DropKind,
    names: &[Name],
    if_exists: bool,
    cascade: bool,
) -> Result<Vec<Notice>, SqlError> {
    let kind = if kind == DropKind::View { "view" } else { "table" };
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut doomed: Vec<Arc<CatalogEntry>> = Vec::new();
    for name in names {
        if if_exists && catalog.entry(&name.value).is_none() {
            notices.push(skipped(kind, name));
            continue;
        }
        let entry = find(catalog, name, kind, kind)?;
        let users = users(catalog, &entry);
        let unnamed = users.iter().filter(|user| !names.iter().any(|name| name.value == user.name));
        for user in unnamed {
            if !cascade {
                return Err(in_use("drop", &entry, user)
                    .with_hint("Use DROP ... CASCADE to drop the dependent objects too."));
            }
            notices.push(Notice::new("00000", format!("drop cascades to view {}", user.name)));
        }
        for entry in users.into_iter().rev().chain([entry]) {
            if !doomed.iter().any(|known| known.id == entry.id) {
                doomed.push(entry);
            }
        }
    }
    // Views before what they read, whatever the order of names.
    doomed.sort_by_key(|entry| !matches!(entry.object, CatalogObject::View(_)));
    while !doomed.is_empty() {
        let free = doomed.iter().position(|entry| {
            !doomed.iter().any(|other| other.object.needs().any(|needed| needed == entry.id))
        });
        // Nothing can need itself, so there is always one.
        let entry = doomed.remove(free.unwrap_or(0));
        writes.drop_entry(&entry).await.map_err(|error| sqlstate::commit(&error))?;
    }
    Ok(notices)
}

/// The views that read an entry, also through others: nearest first.
pub(super) fn users(catalog: &Catalog, entry: &CatalogEntry) -> Vec<Arc<CatalogEntry>> {
    let mut found: Vec<Arc<CatalogEntry>> = Vec::new();
    let mut ids = vec![entry.id];
    let mut next = 0;
    while let Some(&id) = ids.get(next) {
        next += 1;
        for user in catalog.entries.values() {
            let is_view = matches!(user.object, CatalogObject::View(_));
            if is_view && user.object.needs().any(|needed| needed == id) && !ids.contains(&user.id) {
                ids.push(user.id);
                found.push(Arc::clone(user));
            }
        }
    }
    found
}

fn in_use(what: &str, entry: &CatalogEntry, user: &CatalogEntry) -> SqlError {
    let kind = kind_of(entry);
    SqlError::new("2BP01", format!("cannot {what} {kind} {} because other objects depend on it", entry.name))
        .with_detail(format!("view {} depends on {kind} {}", user.name, entry.name))
}

/// The entry with this name, of this kind, which is missing under the name `called`.
fn find(catalog: &Catalog, name: &Name, kind: &str, called: &str) -> Result<Arc<CatalogEntry>, SqlError> {
    match catalog.entry(&name.value) {
        Some(entry) if kind_of(entry) != kind => Err(wrong_kind(name, kind)),
        Some(entry) => Ok(Arc::clone(entry)),
        None => Err(missing(catalog, called, name)),
    }
}

/// Refuses what is no table of which rows can be deleted.
pub fn deletable(catalog: &Catalog, name: &Name) -> Result<(), SqlError> {
    let found = find(catalog, name, "table", "relation");
    let kind = catalog.entry(&name.value).map(|entry| kind_of(entry));
    found.map(|_| ()).map_err(|error| match kind {
        None => error,
        Some(kind) => SqlError::new("55000", format!("cannot delete from {kind} \"{}\"", name.value))
            .at(name.position)
            .with_hint("Rows of a source go with its retention; rows of a view with those of its tables."),
    })
}

/// Refuses a name that is taken; or notes it where that is no error.
pub fn exists(snapshot: &Snapshot, name: &Name, if_not_exists: bool) -> Result<Option<Notice>, SqlError> {
    if !taken(snapshot.catalog(), &name.value) {
        return Ok(None);
    }
    let message = format!("relation \"{}\" already exists", name.value);
    match if_not_exists {
        true => Ok(Some(Notice::new("42P07", format!("{message}, skipping")))),
        false => Err(SqlError::new("42P07", message)),
    }
}
