//! `ALTER SOURCE`.

use std::sync::Arc;

use ingest::probe;
use planner::SqlError;
use planner::statement::{Name, SourceOption};
use storage::catalog::{CatalogEntry, CatalogObject, ObjectName, SourceDefinition};
use storage::database::CatalogChange;
use storage::offsets::StartPosition;
use storage::status::SourceState;

use super::{change, connection_of, create, replace, start_source, start_source_at, stoppable};
use crate::instance::Shared;
use crate::pg::report::Notice;
use crate::pg::sqlstate;
use crate::sessions::Interrupt;

/// `PAUSE` and `RESUME`, which also tries a failed source again.
pub(super) async fn pause(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    mut source: SourceDefinition,
    paused: bool,
) -> Result<Vec<Notice>, SqlError> {
    let state = shared.database.statuses().read(entry.id).state;
    if !paused && !source.paused && state == SourceState::Failed {
        start_source(shared, entry).await?;
        return Ok(Vec::new());
    }
    if source.paused == paused {
        let state = if paused { "paused" } else { "not paused" };
        return Ok(vec![Notice::new("00000", format!("source \"{}\" is already {state}", entry.name))]);
    }
    source.paused = paused;
    apply(shared, entry, source).await
}

/// `SET (…)`.
pub(super) async fn set(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    mut source: SourceDefinition,
    options: &[SourceOption],
) -> Result<Vec<Notice>, SqlError> {
    for option in options {
        match option {
            SourceOption::FlushRows(rows) => source.options.flush_rows = *rows,
            SourceOption::FlushBytes(bytes) => source.options.flush_bytes = *bytes,
            SourceOption::FlushInterval(interval) => source.options.flush_interval = *interval,
        }
    }
    apply(shared, entry, source).await
}

async fn apply(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    source: SourceDefinition,
) -> Result<Vec<Notice>, SqlError> {
    let changed = CatalogEntry { object: CatalogObject::Source(source), ..CatalogEntry::clone(entry) };
    let entry = replace(shared, changed).await?;
    start_source(shared, &entry).await?;
    Ok(Vec::new())
}

/// `RENAME TO`: nothing but the name changes, so the consumer runs on.
pub(super) async fn rename(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    to: &Name,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = shared.database.snapshot();
    let letters = format!("{}{}", to.value, storage::dead_letters::SUFFIX);
    for name in [&to.value, &letters] {
        let named = ObjectName { schema: entry.schema.clone(), name: name.clone() };
        if create::taken(snapshot.catalog(), &named) {
            return Err(SqlError::new("42P07", format!("relation \"{name}\" already exists")).at(to.position));
        }
    }
    replace(shared, CatalogEntry { name: to.value.clone(), ..CatalogEntry::clone(entry) }).await?;
    Ok(Vec::new())
}

/// `RESET OFFSETS TO`: the way out of every loss that has a name. Says per partition what is
/// skipped and what is read again.
pub(super) async fn reset_offsets(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    mut source: SourceDefinition,
    start: &StartPosition,
    interrupt: &Interrupt,
) -> Result<Vec<Notice>, SqlError> {
    let connection = connection_of(shared.database.snapshot().catalog(), &source)?;
    let asked = async {
        let description = probe::describe_topic(&connection, &source.topic).await?;
        let offsets = probe::resolve_start(&connection, &source.topic, &description, start).await?;
        Ok((description, offsets))
    };
    let (description, offsets) =
        stoppable(interrupt, asked).await?.map_err(|error| sqlstate::ingest(&error))?;

    shared.supervisor.stop(entry.id).await;
    let reset = async {
        shared.database.flush(entry.id).await.map_err(|error| sqlstate::storage(&error))?;
        let stood = shared.database.snapshot().offsets(entry.id);
        let same_topic = source.topic_id == description.topic_id;
        let mut notices = Vec::new();
        if !same_topic {
            notices.push(Notice::new(
                "00000",
                format!(
                    "topic \"{}\" was made again: its offsets mean other messages than before",
                    source.topic
                ),
            ));
        }
        for (partition, to) in &offsets {
            let from = stood.get(partition).map_or(*to, |stands| stands.visible);
            let at = format!("partition {partition}: offset {from} -> {to}");
            let what = match to.0 - from.0 {
                _ if !same_topic => at,
                0 => format!("{at}: nothing is skipped or read again"),
                skipped @ 1.. => format!("{at}: up to {skipped} messages are skipped"),
                again => format!("{at}: up to {} messages are read again and appear twice", -again),
            };
            notices.push(Notice::new("00000", what));
        }
        source.topic_id = description.topic_id;
        source.start_offsets = offsets.clone();
        let changed = CatalogEntry { object: CatalogObject::Source(source), ..CatalogEntry::clone(entry) };
        let offsets = offsets.into_iter().collect();
        change(shared, CatalogChange::Reset { entry: changed, offsets }).await?;
        Ok(notices)
    };
    let reset: Result<Vec<Notice>, SqlError> = reset.await;
    // Where it failed, the source goes on as it was.
    let snapshot = shared.database.snapshot();
    let entry = snapshot.catalog().entries.get(&entry.id).unwrap_or(entry);
    start_source_at(shared, entry, reset.is_ok().then_some(start)).await?;
    reset
}
