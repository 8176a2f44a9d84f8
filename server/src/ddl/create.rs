//! `CREATE SOURCE` and `CREATE CONNECTION`.

use ingest::probe;
use planner::SqlError;
use planner::bind::SourceOrigin;
use planner::statement::{CreateConnection, CreateSource, Name};
use storage::catalog::{Catalog, CatalogObject};
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
    create: &CreateSource,
    interrupt: &Interrupt,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    if taken(catalog, &create.name.value) {
        return exists(&create.name, create.if_not_exists);
    }
    let letters = format!("{}{}", create.name.value, dead_letters::SUFFIX);
    if taken(catalog, &letters) {
        return Err(SqlError::new("42P07", format!("relation \"{letters}\" already exists"))
            .with_detail("That name is taken with the source, for its dead letters.")
            .at(create.name.position));
    }
    let connection = shared.engine.check_create_source(create, catalog)?;
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
    let name = create.name.value.clone();
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
    if taken(snapshot.catalog(), &create.name.value) {
        return exists(&create.name, create.if_not_exists);
    }
    let create = CatalogChange::Create {
        name: create.name.value.clone(),
        comment: None,
        id: shared.database.new_object_id(),
        object: CatalogObject::Connection(create.definition.clone()),
    };
    change(shared, create).await?;
    Ok(Vec::new())
}

/// Names are one space: of entries and of dead letters.
pub(super) fn taken(catalog: &Catalog, name: &str) -> bool {
    catalog.entry(name).is_some() || catalog.table(name).is_some()
}

fn exists(name: &Name, if_not_exists: bool) -> Result<Vec<Notice>, SqlError> {
    let message = format!("relation \"{}\" already exists", name.value);
    if if_not_exists {
        Ok(vec![Notice::new("42P07", format!("{message}, skipping"))])
    } else {
        Err(SqlError::new("42P07", message).at(name.position))
    }
}
