//! Where a name without a schema is looked up, and where what it names is made.
//!
//! <https://www.postgresql.org/docs/15/ddl-schemas.html#DDL-SCHEMAS-PATH>

use std::sync::Arc;

use storage::catalog::{
    Catalog, CatalogEntry, CatalogObject, ObjectName, PUBLIC, TableDefinition, ViewDefinition,
};
use storage::ids::ObjectId;

use crate::error::{Result, SqlError};
use crate::statement::{QualifiedName, quote_identifier};
use crate::system_table::{PG_CATALOG, SCHEMAS, schema_with};

/// What stands for the session's own schema of temporary tables.
const TEMPORARY: &str = "pg_temp";
/// What stands for the schema with the user's name.
const USER: &str = "$user";

/// The schemas of a session's `search_path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPath {
    /// As they were set: those that do not exist are passed over.
    schemas: Vec<String>,
    /// The name of the session's schema of temporary tables.
    temporary: String,
    /// Where only these objects are meant: within a view.
    only: Option<Arc<[ObjectId]>>,
}

impl Default for SearchPath {
    fn default() -> Self {
        Self { schemas: vec![PUBLIC.to_owned()], temporary: TEMPORARY.to_owned(), only: None }
    }
}

impl SearchPath {
    /// Of the setting's value, a list of names; `temporary` is the session's schema of temporary tables.
    pub fn new(setting: &str, user: &str, temporary: &str) -> Self {
        let own = |name: String| match name.as_str() {
            // A user may be called like a schema that comes with the server, and does not mean that one.
            USER => Some(user.to_owned()).filter(|user| !is_system(user)),
            TEMPORARY => Some(temporary.to_owned()),
            "" => None,
            _ => Some(name),
        };
        let schemas = names(setting).into_iter().filter_map(own).collect();
        Self { schemas, temporary: temporary.to_owned(), only: None }
    }

    /// The path of what a view reads.
    pub(crate) fn of_view(&self, view: &ViewDefinition) -> Self {
        let schemas = if view.path.is_empty() { vec![PUBLIC.to_owned()] } else { view.path.clone() };
        Self { schemas, temporary: self.temporary.clone(), only: Some(view.reads.as_slice().into()) }
    }

    /// The path as a view keeps it.
    pub(crate) fn to_keep(&self) -> Vec<String> {
        if self.schemas == [PUBLIC] { Vec::new() } else { self.schemas.clone() }
    }

    /// The schema of temporary tables.
    pub fn temporary(&self) -> &str {
        &self.temporary
    }

    /// The schema that is meant by a name.
    pub(crate) fn meant<'a>(&'a self, schema: &'a str) -> &'a str {
        if schema == TEMPORARY { &self.temporary } else { schema }
    }

    /// Every schema in which is looked, first that of temporary tables and the catalog, unless the path has them
    /// elsewhere.
    pub(crate) fn searched(&self) -> impl Iterator<Item = &str> {
        let implied = [self.temporary.as_str(), PG_CATALOG];
        let implied = implied.into_iter().filter(|name| !self.schemas.iter().any(|known| known == name));
        implied.chain(self.schemas.iter().map(String::as_str))
    }

    /// `current_schemas`: those that exist, of the path alone or of all that are searched.
    pub(crate) fn existing(&self, catalog: &Catalog, implied: bool) -> Vec<String> {
        let exists = |name: &&str| self.exists(catalog, name);
        let mut names: Vec<String> = match implied {
            true => self.searched().filter(exists).map(str::to_owned).collect(),
            false => self.schemas.iter().map(String::as_str).filter(exists).map(str::to_owned).collect(),
        };
        let mut known = std::collections::BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        names
    }

    /// Whether a schema is there, for the session: its own of temporary tables once it has some.
    pub fn exists(&self, catalog: &Catalog, schema: &str) -> bool {
        let schema = self.meant(schema);
        catalog.has_schema(schema) || is_system(schema) || catalog.within(schema).next().is_some()
    }

    /// The entry that a name means.
    pub fn entry<'a>(&self, catalog: &'a Catalog, name: &QualifiedName) -> Option<&'a Arc<CatalogEntry>> {
        self.first(name.schema.as_deref(), |schema| {
            catalog.entry(schema, &name.value).filter(|entry| self.means(entry))
        })
    }

    /// The rows that a name means, also those of dead letters.
    pub fn table<'a>(
        &self,
        catalog: &'a Catalog,
        name: &QualifiedName,
    ) -> Option<(&'a Arc<CatalogEntry>, &'a TableDefinition)> {
        self.first(name.schema.as_deref(), |schema| {
            catalog.table(schema, &name.value).filter(|(entry, _)| self.means(entry))
        })
    }

    /// Whether an entry may be meant.
    pub(crate) fn means(&self, entry: &CatalogEntry) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&entry.id))
    }

    fn first<T>(&self, schema: Option<&str>, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        match schema {
            Some(schema) => find(self.meant(schema)),
            None => self.searched().find_map(find),
        }
    }

    /// Where a new temporary object of this name is made.
    pub fn temporary_creation(&self, name: &QualifiedName) -> Result<ObjectName> {
        if name.schema.as_ref().is_some_and(|schema| self.meant(schema) != self.temporary) {
            let message = "cannot create temporary relation in non-temporary schema";
            return Err(SqlError::new("42P16", message).at(name.position));
        }
        Ok(ObjectName { schema: self.temporary.clone(), name: name.value.clone() })
    }

    /// Where a new object of this name is made.
    pub fn creation(&self, catalog: &Catalog, name: &QualifiedName) -> Result<ObjectName> {
        let schema = match &name.schema {
            Some(schema) => self.meant(schema),
            None => {
                let mut schemas = self.schemas.iter();
                let found = schemas.find(|schema| **schema == self.temporary || self.exists(catalog, schema));
                found.ok_or_else(|| {
                    let message = "no schema has been selected to create in";
                    SqlError::new("3F000", message).at(name.position)
                })?
            }
        };
        if is_system(schema) {
            let message = format!("permission denied to create \"{schema}.{}\"", name.value);
            return Err(SqlError::new("42501", message)
                .with_detail("System catalog modifications are currently disallowed."));
        }
        if schema != self.temporary && !catalog.has_schema(schema) {
            return Err(no_schema(schema).at(name.position));
        }
        Ok(ObjectName { schema: schema.to_owned(), name: name.value.clone() })
    }

    /// Whether an object is what its name alone means.
    pub(crate) fn shows(&self, catalog: &Catalog, schema: &str, name: &str) -> bool {
        let is_there = |searched: &&str| {
            catalog.entry(searched, name).is_some()
                || catalog.table(searched, name).is_some()
                || schema_with(searched, name).is_some()
        };
        self.searched().find(is_there) == Some(schema)
    }

    /// An object's name, for people: with its schema where the name alone would mean another.
    pub fn described(&self, catalog: &Catalog, entry: &CatalogEntry) -> String {
        match entry.object {
            CatalogObject::Schema | CatalogObject::Connection(_) => entry.name.clone(),
            _ => self.written(catalog, &entry.schema, &entry.name),
        }
    }

    /// A name as it has to be written.
    pub(crate) fn written(&self, catalog: &Catalog, schema: &str, name: &str) -> String {
        match self.shows(catalog, schema, name) {
            true => quote_identifier(name),
            false => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
        }
    }
}

/// Whether a schema comes with the server.
pub fn is_system(schema: &str) -> bool {
    SCHEMAS.iter().any(|system| system.name == schema)
}

/// `schema "x" does not exist`.
pub fn no_schema(schema: &str) -> SqlError {
    SqlError::new("3F000", format!("schema \"{schema}\" does not exist"))
}

/// The names of a list, quoted or not, with commas between them.
fn names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    let mut rest = list.chars().peekable();
    while let Some(c) = rest.next() {
        let last = names.len() - 1;
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                names[last].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(String::new()),
            c if c.is_whitespace() && !quoted => {}
            c if quoted => names[last].push(c),
            c => names[last].push(c.to_ascii_lowercase()),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_are_read() {
        assert_eq!(names("\"$user\", public"), ["$user", "public"]);
        assert_eq!(names("A, \"B \"\"c\", d"), ["a", "B \"c", "d"]);
        assert_eq!(names("\"\""), [""]);
    }

    #[test]
    fn temporary_tables_and_the_catalog_come_first() {
        let searched = |setting: &str| {
            let path = SearchPath::new(setting, "ann", "pg_temp_7");
            path.searched().map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(searched("\"$user\", public"), "pg_temp_7 pg_catalog ann public");
        assert_eq!(searched("public, pg_catalog, pg_temp"), "public pg_catalog pg_temp_7");
        assert_eq!(searched(""), "pg_temp_7 pg_catalog");
        let path = SearchPath::new("\"$user\", public", "tidegate", "pg_temp_7");
        assert_eq!(path.searched().last(), Some("public"));
        assert_eq!(path.searched().count(), 3);
    }
}
