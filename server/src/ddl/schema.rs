//! `CREATE SCHEMA` and `DROP SCHEMA`, which a transaction stages.

use planner::SqlError;
use planner::search_path::{is_system, no_schema};
use planner::statement::{Name, QualifiedName};
use storage::catalog::{CatalogObject, ObjectName, PUBLIC};
use storage::temporary::OnCommit;

use super::changes::Changes;
use super::dependents::{self, Dependents};
use crate::instance::Shared;
use crate::pg::report::Notice;

/// `CREATE SCHEMA`.
pub(super) fn create(
    shared: &Shared,
    changes: &mut Changes<'_>,
    name: &Name,
    if_not_exists: bool,
) -> Result<Vec<Notice>, SqlError> {
    if name.value.starts_with("pg_") {
        return Err(SqlError::new("42939", format!("unacceptable schema name \"{}\"", name.value))
            .with_detail("The prefix \"pg_\" is reserved for system schemas."));
    }
    let snapshot = changes.snapshot()?;
    if snapshot.catalog().has_schema(&name.value) || is_system(&name.value) {
        let message = format!("schema \"{}\" already exists", name.value);
        return match if_not_exists {
            true => Ok(vec![Notice::new("42P06", format!("{message}, skipping"))]),
            false => Err(SqlError::new("42P06", message)),
        };
    }
    let named = ObjectName { schema: PUBLIC.to_owned(), name: name.value.clone() };
    let id = shared.database.new_object_id();
    changes.create(named, id, CatalogObject::Schema, OnCommit::PreserveRows)?;
    Ok(Vec::new())
}

/// `DROP SCHEMA`. What lives in them goes along with CASCADE, but for sources, which no transaction stages.
pub(super) async fn drop(
    changes: &mut Changes<'_>,
    names: &[QualifiedName],
    if_exists: bool,
    cascade: bool,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = changes.snapshot()?;
    let catalog = snapshot.catalog();
    let mut notices = Vec::new();
    let mut schemas = Vec::new();
    for name in names {
        let name = &name.value;
        if name == PUBLIC || is_system(name) {
            let message = format!("cannot drop schema {name} because it is required by the database system");
            return Err(SqlError::new("2BP01", message));
        }
        match catalog.schema(name) {
            Some(entry) => schemas.push(entry),
            None if if_exists => {
                notices.push(Notice::new("00000", format!("schema \"{name}\" does not exist, skipping")));
            }
            None => return Err(no_schema(name)),
        }
    }
    let found = Dependents::of(catalog, schemas);
    notices.extend(found.may_go(catalog, &changes.path, cascade)?);
    if let Some(source) = found.all().iter().find(|entry| matches!(entry.object, CatalogObject::Source(_))) {
        let described = dependents::described(source, catalog, &changes.path);
        return Err(SqlError::new("0A000", format!("cannot drop {described} with its schema"))
            .with_hint("Drop the source first: a transaction can't stop it."));
    }
    for entry in found.in_order() {
        changes.drop_entry(&entry).await?;
    }
    Ok(notices)
}
