//! DDL made whole: names resolved against the catalog, expressions checked, defaults filled in.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage::catalog::{Catalog, ConnectionDefinition, SourceDefinition};
use storage::ids::{ObjectId, Offset, Partition};
use storage::transform::RowTransform;

use crate::error::Result;
use crate::query::Engine;
use crate::statement::CreateSource;

/// What only the broker and the database know of a new source.
#[derive(Clone, Debug)]
pub struct SourceOrigin {
    /// A new object id for the source.
    pub id: ObjectId,
    /// And one for its dead letters.
    pub dead_letters_id: ObjectId,
    /// The topic's id.
    pub topic_id: String,
    /// Where reading begins.
    pub start_offsets: BTreeMap<Partition, Offset>,
}

impl Engine {
    /// Checks all of `CREATE SOURCE` that needs no broker (names, columns, expressions) and
    /// answers the connection to be probed.
    pub fn check_create_source(
        &self,
        create: &CreateSource,
        catalog: &Catalog,
    ) -> Result<ConnectionDefinition> {
        let _ = (create, catalog);
        todo!()
    }

    /// The definition of a source that passed [`Engine::check_create_source`].
    pub fn source_definition(
        &self,
        create: &CreateSource,
        catalog: &Catalog,
        origin: SourceOrigin,
    ) -> Result<SourceDefinition> {
        let _ = (create, catalog, origin);
        todo!()
    }

    /// Compiles generated columns and filter; None where there are none.
    pub fn compile_transform(&self, source: &SourceDefinition) -> Result<Option<Arc<dyn RowTransform>>> {
        let _ = source;
        todo!()
    }

    /// `SHOW CREATE SOURCE`: a statement that makes the same source again.
    pub fn show_create_source(&self, name: &str, catalog: &Catalog) -> Result<String> {
        let _ = (name, catalog);
        todo!()
    }
}
