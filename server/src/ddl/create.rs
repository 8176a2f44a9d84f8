//! `CREATE SOURCE` and `CREATE CONNECTION`.

use ingest::probe;
use planner::SqlError;
use planner::bind::SourceOrigin;
use planner::search_path::SearchPath;
use planner::statement::{CreateConnection, CreateSource};
use storage::catalog::{Catalog, CatalogObject, ObjectName};
use storage::database::CatalogChange;
use storage::dead_letters;

use super::{change, start_source_at, stoppable};
use crate::instance::Shared;
use crate::pg::report::Notice;
use crate::pg::sqlstate;
use crate::sessions::Interrupt;

/// Checks names and expressions, asks the broker, commits, starts.
pub(super) async fn source(
    shared: &Shared,
    path: &SearchPath,
    create: &CreateSource,
    interrupt: &Interrupt,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    let name = path.creation(catalog, &create.name)?;
    if name.schema == path.temporary() {
        return Err(SqlError::new("42P16", "a source cannot be temporary").at(create.name.position));
    }
    if taken(catalog, &name) {
        return exists(&create.name.value, create.name.position, create.if_not_exists);
    }
    let letters =
        ObjectName { name: format!("{}{}", name.name, dead_letters::SUFFIX), ..ObjectName::clone(&name) };
    if taken(catalog, &letters) {
        return Err(SqlError::new("42P07", format!("relation \"{}\" already exists", letters.name))
            .with_detail("That name is taken with the source, for its dead letters.")
            .at(create.name.position));
    }
    let connection = shared.engine.check_create_source(create, &name, catalog)?;
    let asked = async {
        let description = probe::describe_topic(&connection, &create.topic).await?;
        let start = probe::resolve_start(&connection, &create.topic, &description, &create.start).await?;
        Ok((description, start))
    };
    let (description, start_offsets) =
        stoppable(interrupt, asked).await?.map_err(|error| sqlstate::ingest(&error))?;
    let id = shared.database.new_object_id();
    let dead_letters_id = shared.database.new_object_id();
    let origin = SourceOrigin { id, dead_letters_id, topic_id: description.topic_id, start_offsets };
    let definition = shared.engine.source_definition(create, catalog, origin)?;
    // What does not compile must not be committed: a restart could not start it.
    shared.engine.compile_transform(&definition)?;
    let object = CatalogObject::Source(definition);
    change(shared, CatalogChange::Create { name, comment: None, id, object }).await?;
    let snapshot = shared.database.snapshot();
    let entry = snapshot.catalog().entries.get(&id);
    let entry = entry.ok_or_else(|| SqlError::new("XX000", "the new source is not in the catalog"))?;
    start_source_at(shared, entry, Some(&create.start)).await?;
    Ok(Vec::new())
}

pub(super) async fn connection(shared: &Shared, create: &CreateConnection) -> Result<Vec<Notice>, SqlError> {
    let snapshot = shared.database.snapshot();
    let name = ObjectName::from(create.name.value.as_str());
    if taken(snapshot.catalog(), &name) {
        return exists(&create.name.value, create.name.position, create.if_not_exists);
    }
    let create = CatalogChange::Create {
        name,
        comment: None,
        id: shared.database.new_object_id(),
        object: CatalogObject::Connection(create.definition.clone()),
    };
    change(shared, create).await?;
    Ok(Vec::new())
}

/// Names of a schema are one space: of entries and of dead letters.
pub(super) fn taken(catalog: &Catalog, name: &ObjectName) -> bool {
    let ObjectName { schema, name } = name;
    catalog.entry(schema, name).is_some() || catalog.table(schema, name).is_some()
}

fn exists(name: &str, position: usize, if_not_exists: bool) -> Result<Vec<Notice>, SqlError> {
    let message = format!("relation \"{name}\" already exists");
    if if_not_exists {
        Ok(vec![Notice::new("42P07", format!("{message}, skipping"))])
    } else {
        Err(SqlError::new("42P07", message).at(position))
    }
}
