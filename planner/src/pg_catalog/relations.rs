//! Relations, their columns, defaults and comments, and the schemas that they live in.
//!
//! OIDs are stable: a stored object's comes from its id in the catalog, that of what comes with
//! the server is written in its definition.

use storage::catalog::{CatalogEntry, CatalogObject, PUBLIC, TableDefinition, ViewDefinition};
use storage::schema::{Column, ColumnOrigin};

use super::types;
use crate::catalog::StatementContext;
use crate::system_table::SCHEMAS;
use crate::system_table::table::{Definition, Kind, Rows, Value};

/// The OID of `public`, as in PostgreSQL.
pub(crate) const PUBLIC_OID: u32 = 2200;
/// The OID of the session's schema of temporary tables: each session sees its own alone.
pub(crate) const TEMPORARY_OID: u32 = 13_200;
/// The one who owns all: PostgreSQL's bootstrap superuser.
pub(crate) const OWNER_OID: u32 = 10;
/// The table access method `heap`, which tools expect of a table.
const HEAP_OID: u32 = 2;
/// The collation `default`.
const DEFAULT_COLLATION_OID: u32 = 100;

/// A stored table with the name under which it is queried.
pub(crate) struct StoredRelation<'a> {
    pub(crate) name: String,
    pub(crate) entry: &'a CatalogEntry,
    pub(crate) table: &'a TableDefinition,
    pub(crate) is_dead_letters: bool,
}

impl StoredRelation<'_> {
    pub(crate) fn oid(&self) -> u32 {
        self.table.id.oid()
    }

    pub(crate) fn schema(&self) -> &str {
        &self.entry.schema
    }
}

/// Every schema that the session may name, with its OID.
pub(crate) fn schemas(context: &StatementContext) -> Vec<(u32, String)> {
    let catalog = context.snapshot.catalog();
    let system = SCHEMAS.into_iter().map(|schema| (schema.oid, schema.name.to_owned()));
    let created = catalog.schemas().map(|entry| (entry.id.oid(), entry.name.clone()));
    let temporary = context.session.path.temporary();
    let temporary = catalog.within(temporary).next().map(|_| (TEMPORARY_OID, temporary.to_owned()));
    system.chain([(PUBLIC_OID, PUBLIC.to_owned())]).chain(created).chain(temporary).collect()
}

/// The OID of the schema that an object lives in.
pub(crate) fn schema_oid(context: &StatementContext, schema: &str) -> u32 {
    match schema {
        PUBLIC => PUBLIC_OID,
        schema if schema == context.session.path.temporary() => TEMPORARY_OID,
        schema => context.snapshot.catalog().schema(schema).map_or(0, |entry| entry.id.oid()),
    }
}

/// Every source, its dead letters, and every plain table.
pub(crate) fn stored(context: &StatementContext) -> Vec<StoredRelation<'_>> {
    let mut relations = Vec::new();
    for entry in context.snapshot.catalog().entries.values() {
        for table in entry.object.tables() {
            let is_dead_letters = table.id != entry.id;
            let name = match is_dead_letters {
                true => format!("{}{}", entry.name, storage::dead_letters::SUFFIX),
                false => entry.name.clone(),
            };
            relations.push(StoredRelation { name, entry, table, is_dead_letters });
        }
    }
    relations
}

/// Every view that somebody made.
pub(crate) fn views(context: &StatementContext) -> impl Iterator<Item = (&CatalogEntry, &ViewDefinition)> {
    context.snapshot.catalog().entries.values().filter_map(|entry| match &entry.object {
        CatalogObject::View(view) => Some((entry.as_ref(), view)),
        _ => None,
    })
}

/// Every table that is made up, with the OID and name of its schema.
pub(crate) fn made_up() -> impl Iterator<Item = (u32, &'static str, &'static Definition)> {
    SCHEMAS
        .into_iter()
        .flat_map(|schema| schema.definitions().map(move |table| (schema.oid, schema.name, table)))
}

/// `pg_class`
pub(crate) static PG_CLASS: Definition = Definition {
    name: "pg_class",
    oid: 1259,
    columns: &[
        ("oid", Kind::Oid),
        ("relname", Kind::Name),
        ("relnamespace", Kind::Oid),
        ("reltype", Kind::Oid),
        ("reloftype", Kind::Oid),
        ("relowner", Kind::Oid),
        ("relam", Kind::Oid),
        ("relfilenode", Kind::Oid),
        ("reltablespace", Kind::Oid),
        ("relpages", Kind::Int4),
        ("reltuples", Kind::Float8),
        ("relallvisible", Kind::Int4),
        ("reltoastrelid", Kind::Oid),
        ("relhasindex", Kind::Bool),
        ("relisshared", Kind::Bool),
        ("relpersistence", Kind::Char),
        ("relkind", Kind::Char),
        ("relnatts", Kind::Int2),
        ("relchecks", Kind::Int2),
        ("relhasrules", Kind::Bool),
        ("relhastriggers", Kind::Bool),
        ("relhassubclass", Kind::Bool),
        ("relrowsecurity", Kind::Bool),
        ("relforcerowsecurity", Kind::Bool),
        ("relispopulated", Kind::Bool),
        ("relreplident", Kind::Char),
        ("relispartition", Kind::Bool),
        ("relrewrite", Kind::Oid),
        ("relfrozenxid", Kind::Oid),
        ("relminmxid", Kind::Oid),
        ("relacl", Kind::TextArray),
        ("reloptions", Kind::TextArray),
        ("relpartbound", Kind::Text),
    ],
    rows: class_rows,
};

/// `pg_attribute`
pub(crate) static PG_ATTRIBUTE: Definition = Definition {
    name: "pg_attribute",
    oid: 1249,
    columns: &[
        ("attrelid", Kind::Oid),
        ("attname", Kind::Name),
        ("atttypid", Kind::Oid),
        ("attstattarget", Kind::Int4),
        ("attlen", Kind::Int2),
        ("attnum", Kind::Int2),
        ("attndims", Kind::Int4),
        ("attcacheoff", Kind::Int4),
        ("atttypmod", Kind::Int4),
        ("attbyval", Kind::Bool),
        ("attalign", Kind::Char),
        ("attstorage", Kind::Char),
        ("attcompression", Kind::Char),
        ("attnotnull", Kind::Bool),
        ("atthasdef", Kind::Bool),
        ("atthasmissing", Kind::Bool),
        ("attidentity", Kind::Char),
        ("attgenerated", Kind::Char),
        ("attisdropped", Kind::Bool),
        ("attislocal", Kind::Bool),
        ("attinhcount", Kind::Int4),
        ("attcollation", Kind::Oid),
        ("attacl", Kind::TextArray),
        ("attoptions", Kind::TextArray),
        ("attfdwoptions", Kind::TextArray),
        ("attmissingval", Kind::Text),
    ],
    rows: attribute_rows,
};

/// `pg_attrdef`
pub(crate) static PG_ATTRDEF: Definition = Definition {
    name: "pg_attrdef",
    oid: 2604,
    columns: &[("oid", Kind::Oid), ("adrelid", Kind::Oid), ("adnum", Kind::Int2), ("adbin", Kind::Text)],
    rows: attrdef_rows,
};

/// `pg_description`
pub(crate) static PG_DESCRIPTION: Definition = Definition {
    name: "pg_description",
    oid: 2609,
    columns: &[
        ("objoid", Kind::Oid),
        ("classoid", Kind::Oid),
        ("objsubid", Kind::Int4),
        ("description", Kind::Text),
    ],
    rows: description_rows,
};

/// `pg_namespace`
pub(crate) static PG_NAMESPACE: Definition = Definition {
    name: "pg_namespace",
    oid: 2615,
    columns: &[
        ("oid", Kind::Oid),
        ("nspname", Kind::Name),
        ("nspowner", Kind::Oid),
        ("nspacl", Kind::TextArray),
    ],
    rows: namespace_rows,
};

/// `pg_tables`
pub(crate) static PG_TABLES: Definition = Definition {
    name: "pg_tables",
    oid: 12_033,
    columns: &[
        ("schemaname", Kind::Name),
        ("tablename", Kind::Name),
        ("tableowner", Kind::Name),
        ("tablespace", Kind::Name),
        ("hasindexes", Kind::Bool),
        ("hasrules", Kind::Bool),
        ("hastriggers", Kind::Bool),
        ("rowsecurity", Kind::Bool),
    ],
    rows: tables_rows,
};

/// `pg_views`
pub(crate) static PG_VIEWS: Definition = Definition {
    name: "pg_views",
    oid: 12_028,
    columns: &[
        ("schemaname", Kind::Name),
        ("viewname", Kind::Name),
        ("viewowner", Kind::Name),
        ("definition", Kind::Text),
    ],
    rows: views_rows,
};

fn class_rows(context: &StatementContext) -> Rows {
    let row = |oid: u32, name: &str, schema: u32, kind: &str, columns: usize, rows: u64| {
        let persistence = if schema == TEMPORARY_OID { "t" } else { "p" };
        PG_CLASS.row(&[
            ("oid", oid.into()),
            ("relname", name.into()),
            ("relnamespace", schema.into()),
            ("relowner", OWNER_OID.into()),
            ("relam", if kind == "r" { HEAP_OID.into() } else { Value::Int(0) }),
            ("reltuples", Value::Float(rows as f64)),
            ("relpersistence", persistence.into()),
            ("relkind", kind.into()),
            ("relnatts", Value::Int(columns as i64)),
            ("relispopulated", true.into()),
            ("relreplident", if kind == "r" { "d" } else { "n" }.into()),
        ])
    };
    let stored = stored(context).into_iter().map(|relation| {
        let rows = context.snapshot.segments(relation.table.id).iter().map(|segment| segment.rows).sum();
        let columns = relation.table.schema.columns.len();
        let schema = schema_oid(context, relation.schema());
        row(relation.oid(), &relation.name, schema, "r", columns, rows)
    });
    let views = views(context).map(|(entry, view)| {
        let schema = schema_oid(context, &entry.schema);
        row(entry.id.oid(), &entry.name, schema, "v", view.columns.len(), 0)
    });
    // PostgreSQL's own tables are `r`, its views `v`: here all of them are views.
    let made_up =
        made_up().map(|(schema, _, table)| row(table.oid, table.name, schema, "v", table.columns.len(), 0));
    stored.chain(views).chain(made_up).collect()
}

fn attribute_rows(context: &StatementContext) -> Rows {
    let mut rows = Rows::new();
    for relation in stored(context) {
        for column in &relation.table.schema.columns {
            rows.push(attribute(relation.oid(), number_of(column), column));
        }
    }
    for (entry, view) in views(context) {
        for (number, column) in (1_i64..).zip(&view.columns) {
            let column_type = types::of_name(&column.type_name);
            rows.push(attribute_row(entry.id.oid(), number, &column.name, &column_type, &[]));
        }
    }
    for (_, _, table) in made_up() {
        for (number, (name, kind)) in (1_i64..).zip(table.columns) {
            let column_type = types::of_name(kind.pg_type());
            rows.push(attribute_row(table.oid, number, name, &column_type, &[]));
        }
    }
    rows
}

fn attribute(relation: u32, number: i64, column: &Column) -> Vec<Value> {
    let is_generated = matches!(column.origin, ColumnOrigin::Generated { .. });
    let identity = match column.origin {
        ColumnOrigin::Identity { always: true } => "a",
        ColumnOrigin::Identity { always: false } => "d",
        _ => "",
    };
    attribute_row(
        relation,
        number,
        &column.name,
        &types::of_name(&column.column_type.to_string()),
        &[
            ("attnotnull", column.not_null.into()),
            ("atthasdef", default_of(column).is_some().into()),
            ("attidentity", identity.into()),
            ("attgenerated", if is_generated { "s" } else { "" }.into()),
        ],
    )
}

fn attribute_row(
    relation: u32,
    number: i64,
    name: &str,
    column_type: &types::Typed,
    more: &[(&str, Value)],
) -> Vec<Value> {
    let collation = column_type.row.map_or(0, |row| row.collation);
    let mut values = vec![
        ("attrelid", relation.into()),
        ("attname", name.into()),
        ("atttypid", column_type.oid().into()),
        ("attstattarget", Value::Int(-1)),
        ("attlen", Value::Int(column_type.row.map_or(-1, |row| row.length))),
        ("attnum", number.into()),
        ("attndims", Value::Int(column_type.row.map_or(0, |row| i64::from(row.category == "A")))),
        ("attcacheoff", Value::Int(-1)),
        ("atttypmod", column_type.modifier.into()),
        ("attbyval", column_type.row.is_some_and(|row| row.by_value).into()),
        ("attalign", column_type.row.map_or("i", |row| row.align).into()),
        ("attstorage", column_type.row.map_or("x", |row| row.storage).into()),
        ("attislocal", true.into()),
        ("attcollation", if collation == 0 { Value::Int(0) } else { DEFAULT_COLLATION_OID.into() }),
    ];
    values.extend_from_slice(more);
    PG_ATTRIBUTE.row(&values)
}

/// The number of a column in its table, which stays the same when others are dropped.
pub(crate) fn number_of(column: &Column) -> i64 {
    i64::from(column.id.0)
}

/// The expression of a column's default, or of a generated column.
pub(crate) fn default_of(column: &Column) -> Option<&str> {
    match &column.origin {
        ColumnOrigin::Generated { expression } => Some(expression),
        ColumnOrigin::Inserted { default } => default.as_deref(),
        _ => None,
    }
}

/// The OID of a column's default: no table has one, but rows must differ.
fn default_oid(relation: u32, number: i64) -> i64 {
    (i64::from(relation) << 11) + number
}

fn attrdef_rows(context: &StatementContext) -> Rows {
    let mut rows = Rows::new();
    for relation in stored(context) {
        for column in &relation.table.schema.columns {
            let number = number_of(column);
            if let Some(expression) = default_of(column) {
                rows.push(PG_ATTRDEF.row(&[
                    ("oid", default_oid(relation.oid(), number).into()),
                    ("adrelid", relation.oid().into()),
                    ("adnum", number.into()),
                    ("adbin", expression.into()),
                ]));
            }
        }
    }
    rows
}

fn description_rows(context: &StatementContext) -> Rows {
    let mut rows = Rows::new();
    let mut add = |class: u32, object: u32, number: i64, text: &str| {
        rows.push(PG_DESCRIPTION.row(&[
            ("objoid", object.into()),
            ("classoid", class.into()),
            ("objsubid", number.into()),
            ("description", text.into()),
        ]));
    };
    for (entry, _) in views(context) {
        if let Some(comment) = &entry.comment {
            add(PG_CLASS.oid, entry.id.oid(), 0, comment);
        }
    }
    for entry in context.snapshot.catalog().schemas() {
        if let Some(comment) = &entry.comment {
            add(PG_NAMESPACE.oid, entry.id.oid(), 0, comment);
        }
    }
    for relation in stored(context).iter().filter(|relation| !relation.is_dead_letters) {
        if let Some(comment) = &relation.entry.comment {
            add(PG_CLASS.oid, relation.oid(), 0, comment);
        }
        for column in &relation.table.schema.columns {
            if let Some(comment) = &column.comment {
                add(PG_CLASS.oid, relation.oid(), number_of(column), comment);
            }
        }
    }
    rows
}

fn namespace_rows(context: &StatementContext) -> Rows {
    schemas(context)
        .into_iter()
        .map(|(oid, name)| {
            PG_NAMESPACE.row(&[("oid", oid.into()), ("nspname", name.into()), ("nspowner", OWNER_OID.into())])
        })
        .collect()
}

fn tables_rows(context: &StatementContext) -> Rows {
    let owner = context.session.user.as_str();
    stored(context)
        .iter()
        .map(|relation| {
            PG_TABLES.row(&[
                ("schemaname", relation.schema().into()),
                ("tablename", relation.name.as_str().into()),
                ("tableowner", owner.into()),
            ])
        })
        .collect()
}

fn views_rows(context: &StatementContext) -> Rows {
    let owner = context.session.user.as_str();
    views(context)
        .map(|(entry, view)| {
            PG_VIEWS.row(&[
                ("schemaname", entry.schema.as_str().into()),
                ("viewname", entry.name.as_str().into()),
                ("viewowner", owner.into()),
                ("definition", format!(" {};", view.query).into()),
            ])
        })
        .collect()
}
