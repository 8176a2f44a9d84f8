//! Tables and views: changes that a transaction stages.

use std::sync::Arc;

use planner::SqlError;
use planner::search_path::{SearchPath, is_system, no_schema};
use planner::statement::{
    AlterTable, CreateTable, CreateView, DropKind, Name, Persistence, QualifiedName, Statement,
};
use storage::catalog::{Catalog, CatalogEntry, CatalogObject, KeyKind, ObjectName, ViewDefinition};
use storage::temporary::OnCommit;

use super::changes::Changes;
use super::create::taken;
use super::dependents::{Dependents, described};
use super::{kind_of, missing, schema, skipped, wrong_kind};
use crate::instance::Shared;
use crate::pg::execute::Bound;
use crate::pg::report::Notice;

/// Stages it. The notices go to the client before the tag.
pub async fn execute(
    shared: &Shared,
    changes: &mut Changes<'_>,
    statement: &Statement,
    bound: Option<&Bound>,
) -> Result<Vec<Notice>, SqlError> {
    let path = Arc::clone(&changes.path);
    match statement {
        Statement::CreateTable(create) => create_table(shared, changes, create),
        Statement::CreateView(create) => {
            let bound = bound.ok_or_else(|| SqlError::new("XX000", "the view's query was not bound"))?;
            create_view(shared, changes, create, bound).await
        }
        Statement::CreateSchema { name, if_not_exists } => {
            schema::create(shared, changes, name, *if_not_exists)
        }
        Statement::Truncate { names } => {
            let snapshot = changes.snapshot()?;
            for name in names {
                let table = find(snapshot.catalog(), &path, name, "table", "relation")?;
                for table in table.object.tables() {
                    changes.truncate(table).await?;
                }
            }
            Ok(Vec::new())
        }
        Statement::AlterTable { name, if_exists, actions } => {
            let snapshot = changes.snapshot()?;
            if *if_exists && path.entry(snapshot.catalog(), name).is_none() {
                let message = format!("relation \"{}\" does not exist, skipping", name.value);
                return Ok(vec![Notice::new("00000", message)]);
            }
            let id = find(snapshot.catalog(), &path, name, "table", "relation")?.id;
            let mut notices = Vec::new();
            for action in actions {
                let snapshot = changes.snapshot()?;
                let Some(old) = snapshot.catalog().entries.get(&id) else { break };
                let new = alter(shared, snapshot.catalog(), &path, old, action, &mut notices)?;
                changes.replace(old, new).await?;
            }
            Ok(notices)
        }
        Statement::Drop { kind: DropKind::Schema, names, if_exists, cascade } => {
            schema::drop(changes, names, *if_exists, *cascade).await
        }
        Statement::Drop { kind, names, if_exists, cascade } => {
            drop(changes, *kind, names, *if_exists, *cascade).await
        }
        _ => Err(SqlError::new("XX000", "not a statement about tables")),
    }
}

/// Where a new table is made.
pub fn creation(
    catalog: &Catalog,
    path: &SearchPath,
    name: &QualifiedName,
    persistence: Persistence,
) -> Result<ObjectName, SqlError> {
    let made = match persistence.temporary {
        true => path.temporary_creation(name)?,
        false => path.creation(catalog, name)?,
    };
    if persistence.on_commit.is_some() && made.schema != path.temporary() {
        return Err(SqlError::new("42P16", "ON COMMIT can only be used on temporary tables"));
    }
    Ok(made)
}

fn create_table(
    shared: &Shared,
    changes: &mut Changes<'_>,
    create: &CreateTable,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = changes.snapshot()?;
    let name = creation(snapshot.catalog(), &changes.path, &create.name, create.persistence)?;
    if let Some(notice) = exists(snapshot.catalog(), &name, create.if_not_exists)? {
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
    let on_commit = create.persistence.on_commit.unwrap_or_default();
    changes.create(name, id, CatalogObject::Table(table), on_commit)?;
    Ok(notices)
}

async fn create_view(
    shared: &Shared,
    changes: &mut Changes<'_>,
    create: &CreateView,
    bound: &Bound,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = changes.snapshot()?;
    let (catalog, path) = (snapshot.catalog(), Arc::clone(&changes.path));
    let query = &bound.query.prepared;
    let definition = shared.engine.view_definition(create, query, &path)?;
    let mut notices = Vec::new();
    let reads_temporary = definition.reads.iter().any(|id| changes.temporary.contains(*id));
    let name = match create.temporary || reads_temporary {
        true => path.temporary_creation(&create.name)?,
        false => path.creation(catalog, &create.name)?,
    };
    if reads_temporary && !create.temporary {
        let message = format!("view \"{}\" will be a temporary view", name.name);
        notices.push(Notice::new("00000", message));
    }
    let old = catalog.entry(&name.schema, &name.name).filter(|_| create.or_replace);
    let Some(old) = old else {
        exists(catalog, &name, false)?;
        let id = shared.database.new_object_id();
        changes.create(name, id, CatalogObject::View(definition), OnCommit::PreserveRows)?;
        return Ok(notices);
    };
    let CatalogObject::View(before) = &old.object else { return Err(wrong_kind(&create.name, "view")) };
    if let Some(reason) = replaces_badly(before, &definition) {
        return Err(SqlError::new("42P16", reason).with_hint("Drop the view first."));
    }
    let entry = CatalogEntry { object: CatalogObject::View(definition), ..CatalogEntry::clone(old) };
    changes.replace(old, entry).await?;
    Ok(notices)
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

/// The entry as it shall be.
fn alter(
    shared: &Shared,
    catalog: &Catalog,
    path: &SearchPath,
    old: &Arc<CatalogEntry>,
    action: &AlterTable,
    notices: &mut Vec<Notice>,
) -> Result<CatalogEntry, SqlError> {
    match action {
        AlterTable::Rename(to) => {
            let name = ObjectName { schema: old.schema.clone(), name: to.value.clone() };
            exists(catalog, &name, false)?;
        }
        AlterTable::SetSchema(to) => may_move(catalog, path, old, to)?,
        _ => {}
    }
    let may_break = matches!(
        action,
        AlterTable::Rename(_)
            | AlterTable::SetSchema(_)
            | AlterTable::DropColumn { .. }
            | AlterTable::RenameColumn { .. }
    );
    if may_break && let Some(user) = users(catalog, old).first() {
        return Err(in_use("alter", catalog, path, old, user)
            .with_hint("Drop the view first, and create it again afterwards."));
    }
    let mut messages = Vec::new();
    let new = shared.engine.alter_table(old, action, &mut messages)?;
    notices.extend(messages.into_iter().map(|content| Notice { severity: "NOTICE", content }));
    Ok(new)
}

/// Refuses to move a table where it can't be.
fn may_move(catalog: &Catalog, path: &SearchPath, old: &CatalogEntry, to: &Name) -> Result<(), SqlError> {
    if !path.exists(catalog, &to.value) {
        return Err(no_schema(&to.value));
    }
    if path.temporary() == old.schema || is_temporary(&to.value) {
        return Err(SqlError::new("0A000", "cannot move objects into or out of temporary schemas"));
    }
    if is_system(&to.value) {
        let message = format!("permission denied for schema {}", to.value);
        return Err(SqlError::new("42501", message));
    }
    if to.value == old.schema {
        return Ok(());
    }
    let name = ObjectName { schema: to.value.clone(), name: old.name.clone() };
    if taken(catalog, &name) {
        let message = format!("relation \"{}\" already exists in schema \"{}\"", name.name, name.schema);
        return Err(SqlError::new("42P07", message));
    }
    Ok(())
}

fn is_temporary(schema: &str) -> bool {
    schema == "pg_temp" || schema.starts_with("pg_temp_")
}

/// Finds everything first, so that a name that is wrong drops nothing.
async fn drop(
    changes: &mut Changes<'_>,
    kind: DropKind,
    names: &[QualifiedName],
    if_exists: bool,
    cascade: bool,
) -> Result<Vec<Notice>, SqlError> {
    let kind = if kind == DropKind::View { "view" } else { "table" };
    let (snapshot, path) = (changes.snapshot()?, Arc::clone(&changes.path));
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut doomed = Vec::new();
    for name in names {
        if if_exists && path.entry(catalog, name).is_none() {
            notices.push(skipped(catalog, &path, kind, name));
            continue;
        }
        doomed.push(find(catalog, &path, name, kind, kind)?);
    }
    let found = Dependents::of(catalog, &doomed);
    notices.extend(found.may_go(catalog, &path, cascade)?);
    for entry in found.in_order() {
        changes.drop_entry(&entry).await?;
    }
    Ok(notices)
}

/// The views that read an entry, also through others: nearest first.
fn users(catalog: &Catalog, entry: &Arc<CatalogEntry>) -> Vec<Arc<CatalogEntry>> {
    Dependents::of(catalog, [entry]).all().into_iter().skip(1).cloned().collect()
}

fn in_use(
    what: &str,
    catalog: &Catalog,
    path: &SearchPath,
    entry: &CatalogEntry,
    user: &CatalogEntry,
) -> SqlError {
    let (entry, user) = (described(entry, catalog, path), described(user, catalog, path));
    SqlError::new("2BP01", format!("cannot {what} {entry} because other objects depend on it"))
        .with_detail(format!("{user} depends on {entry}"))
}

/// The entry with this name, of this kind, which is missing under the name `called`.
fn find(
    catalog: &Catalog,
    path: &SearchPath,
    name: &QualifiedName,
    kind: &str,
    called: &str,
) -> Result<Arc<CatalogEntry>, SqlError> {
    match path.entry(catalog, name) {
        Some(entry) if kind_of(entry) != kind => Err(wrong_kind(name, kind)),
        Some(entry) => Ok(Arc::clone(entry)),
        None => Err(missing(catalog, path, called, name)),
    }
}

/// Refuses what is no table of which rows can be deleted.
pub fn deletable(catalog: &Catalog, path: &SearchPath, name: &QualifiedName) -> Result<(), SqlError> {
    let found = find(catalog, path, name, "table", "relation");
    let kind = path.entry(catalog, name).map(|entry| kind_of(entry));
    found.map(|_| ()).map_err(|error| match kind {
        None if error.sqlstate == "3F000" => {
            SqlError::new("42P01", format!("relation \"{name}\" does not exist")).at(name.position)
        }
        None => error,
        Some(kind) => SqlError::new("55000", format!("cannot delete from {kind} \"{}\"", name.value))
            .at(name.position)
            .with_hint("Rows of a source go with its retention; rows of a view with those of its tables."),
    })
}

/// Refuses a name that is taken; or notes it where that is no error.
pub fn exists(catalog: &Catalog, name: &ObjectName, if_not_exists: bool) -> Result<Option<Notice>, SqlError> {
    if !taken(catalog, name) {
        return Ok(None);
    }
    let message = format!("relation \"{}\" already exists", name.name);
    match if_not_exists {
        true => Ok(Some(Notice::new("42P07", format!("{message}, skipping")))),
        false => Err(SqlError::new("42P07", message)),
    }
}
