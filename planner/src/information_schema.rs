//! The schema `information_schema`: the SQL standard's view of what exists, in PostgreSQL's words.

use storage::catalog::{CatalogEntry, CatalogObject, KeyKind, PlainTable};
use storage::schema::{Column, ColumnOrigin};

use crate::catalog::StatementContext;
use crate::pg_catalog::relations::{default_of, made_up, number_of, schemas, stored, views};
use crate::pg_catalog::types;
use crate::system_table::table::{Definition, Kind, Rows, Tables, Value};

/// The schema.
pub(crate) static INFORMATION_SCHEMA: Tables = Tables {
    name: "information_schema",
    oid: 13_100,
    tables: &[&[&TABLES, &COLUMNS, &SCHEMATA, &VIEWS, &TABLE_CONSTRAINTS, &KEY_COLUMN_USAGE]],
};

/// `information_schema.tables`
static TABLES: Definition = Definition {
    name: "tables",
    oid: 13_101,
    columns: &[
        ("table_catalog", Kind::Identifier),
        ("table_schema", Kind::Identifier),
        ("table_name", Kind::Identifier),
        ("table_type", Kind::Varchar),
        ("self_referencing_column_name", Kind::Identifier),
        ("reference_generation", Kind::Varchar),
        ("user_defined_type_catalog", Kind::Identifier),
        ("user_defined_type_schema", Kind::Identifier),
        ("user_defined_type_name", Kind::Identifier),
        ("is_insertable_into", Kind::YesOrNo),
        ("is_typed", Kind::YesOrNo),
        ("commit_action", Kind::Varchar),
    ],
    rows: tables_rows,
};

/// `information_schema.columns`
static COLUMNS: Definition = Definition {
    name: "columns",
    oid: 13_102,
    columns: &[
        ("table_catalog", Kind::Identifier),
        ("table_schema", Kind::Identifier),
        ("table_name", Kind::Identifier),
        ("column_name", Kind::Identifier),
        ("ordinal_position", Kind::Int4),
        ("column_default", Kind::Varchar),
        ("is_nullable", Kind::YesOrNo),
        ("data_type", Kind::Varchar),
        ("character_maximum_length", Kind::Int4),
        ("character_octet_length", Kind::Int4),
        ("numeric_precision", Kind::Int4),
        ("numeric_precision_radix", Kind::Int4),
        ("numeric_scale", Kind::Int4),
        ("datetime_precision", Kind::Int4),
        ("interval_type", Kind::Varchar),
        ("interval_precision", Kind::Int4),
        ("character_set_catalog", Kind::Identifier),
        ("character_set_schema", Kind::Identifier),
        ("character_set_name", Kind::Identifier),
        ("collation_catalog", Kind::Identifier),
        ("collation_schema", Kind::Identifier),
        ("collation_name", Kind::Identifier),
        ("domain_catalog", Kind::Identifier),
        ("domain_schema", Kind::Identifier),
        ("domain_name", Kind::Identifier),
        ("udt_catalog", Kind::Identifier),
        ("udt_schema", Kind::Identifier),
        ("udt_name", Kind::Identifier),
        ("scope_catalog", Kind::Identifier),
        ("scope_schema", Kind::Identifier),
        ("scope_name", Kind::Identifier),
        ("maximum_cardinality", Kind::Int4),
        ("dtd_identifier", Kind::Identifier),
        ("is_self_referencing", Kind::YesOrNo),
        ("is_identity", Kind::YesOrNo),
        ("identity_generation", Kind::Varchar),
        ("identity_start", Kind::Varchar),
        ("identity_increment", Kind::Varchar),
        ("identity_maximum", Kind::Varchar),
        ("identity_minimum", Kind::Varchar),
        ("identity_cycle", Kind::YesOrNo),
        ("is_generated", Kind::Varchar),
        ("generation_expression", Kind::Varchar),
        ("is_updatable", Kind::YesOrNo),
    ],
    rows: columns_rows,
};

/// `information_schema.schemata`
static SCHEMATA: Definition = Definition {
    name: "schemata",
    oid: 13_103,
    columns: &[
        ("catalog_name", Kind::Identifier),
        ("schema_name", Kind::Identifier),
        ("schema_owner", Kind::Identifier),
        ("default_character_set_catalog", Kind::Identifier),
        ("default_character_set_schema", Kind::Identifier),
        ("default_character_set_name", Kind::Identifier),
        ("sql_path", Kind::Varchar),
    ],
    rows: schemata_rows,
};

/// `information_schema.views`
static VIEWS: Definition = Definition {
    name: "views",
    oid: 13_104,
    columns: &[
        ("table_catalog", Kind::Identifier),
        ("table_schema", Kind::Identifier),
        ("table_name", Kind::Identifier),
        ("view_definition", Kind::Varchar),
        ("check_option", Kind::Varchar),
        ("is_updatable", Kind::YesOrNo),
        ("is_insertable_into", Kind::YesOrNo),
        ("is_trigger_updatable", Kind::YesOrNo),
        ("is_trigger_deletable", Kind::YesOrNo),
        ("is_trigger_insertable_into", Kind::YesOrNo),
    ],
    rows: views_rows,
};

/// `information_schema.table_constraints`
static TABLE_CONSTRAINTS: Definition = Definition {
    name: "table_constraints",
    oid: 13_105,
    columns: &[
        ("constraint_catalog", Kind::Identifier),
        ("constraint_schema", Kind::Identifier),
        ("constraint_name", Kind::Identifier),
        ("table_catalog", Kind::Identifier),
        ("table_schema", Kind::Identifier),
        ("table_name", Kind::Identifier),
        ("constraint_type", Kind::Varchar),
        ("is_deferrable", Kind::YesOrNo),
        ("initially_deferred", Kind::YesOrNo),
        ("enforced", Kind::YesOrNo),
        ("nulls_distinct", Kind::YesOrNo),
    ],
    rows: constraints_rows,
};

/// `information_schema.key_column_usage`
static KEY_COLUMN_USAGE: Definition = Definition {
    name: "key_column_usage",
    oid: 13_106,
    columns: &[
        ("constraint_catalog", Kind::Identifier),
        ("constraint_schema", Kind::Identifier),
        ("constraint_name", Kind::Identifier),
        ("table_catalog", Kind::Identifier),
        ("table_schema", Kind::Identifier),
        ("table_name", Kind::Identifier),
        ("column_name", Kind::Identifier),
        ("ordinal_position", Kind::Int4),
        ("position_in_unique_constraint", Kind::Int4),
    ],
    rows: key_columns_rows,
};

fn views_rows(context: &StatementContext) -> Rows {
    views(context)
        .map(|(entry, view)| {
            VIEWS.row(&[
                ("table_catalog", context.session.database.as_str().into()),
                ("table_schema", entry.schema.as_str().into()),
                ("table_name", entry.name.as_str().into()),
                ("view_definition", format!(" {};", view.query).into()),
                ("check_option", "NONE".into()),
                ("is_updatable", "NO".into()),
                ("is_insertable_into", "NO".into()),
                ("is_trigger_updatable", "NO".into()),
                ("is_trigger_deletable", "NO".into()),
                ("is_trigger_insertable_into", "NO".into()),
            ])
        })
        .collect()
}

/// Every plain table with its entry.
fn plain_tables(context: &StatementContext) -> impl Iterator<Item = (&CatalogEntry, &PlainTable)> {
    context.snapshot.catalog().entries.values().filter_map(|entry| match &entry.object {
        CatalogObject::Table(table) => Some((entry.as_ref(), table)),
        _ => None,
    })
}

fn constraints_rows(context: &StatementContext) -> Rows {
    let database = context.session.database.as_str();
    let row = |entry: &CatalogEntry, name: &str, kind: &str, enforced: bool| {
        TABLE_CONSTRAINTS.row(&[
            ("constraint_catalog", database.into()),
            ("constraint_schema", entry.schema.as_str().into()),
            ("constraint_name", name.into()),
            ("table_catalog", database.into()),
            ("table_schema", entry.schema.as_str().into()),
            ("table_name", entry.name.as_str().into()),
            ("constraint_type", kind.into()),
            ("is_deferrable", "NO".into()),
            ("initially_deferred", "NO".into()),
            ("enforced", if enforced { "YES" } else { "NO" }.into()),
        ])
    };
    let mut rows = Rows::new();
    for (entry, table) in plain_tables(context) {
        rows.extend(table.checks.iter().map(|check| row(entry, &check.name, "CHECK", true)));
        rows.extend(table.keys.iter().map(|key| {
            let kind = match key.kind {
                KeyKind::Primary => "PRIMARY KEY",
                KeyKind::Unique => "UNIQUE",
                KeyKind::References { .. } => "FOREIGN KEY",
            };
            row(entry, &key.name, kind, false)
        }));
    }
    rows
}

fn key_columns_rows(context: &StatementContext) -> Rows {
    let database = context.session.database.as_str();
    let mut rows = Rows::new();
    for (entry, table) in plain_tables(context) {
        for key in &table.keys {
            let columns = key.columns.iter().filter_map(|id| table.table.schema.column_by_id(*id));
            for (number, column) in (1_i64..).zip(columns) {
                rows.push(KEY_COLUMN_USAGE.row(&[
                    ("constraint_catalog", database.into()),
                    ("constraint_schema", entry.schema.as_str().into()),
                    ("constraint_name", key.name.as_str().into()),
                    ("table_catalog", database.into()),
                    ("table_schema", entry.schema.as_str().into()),
                    ("table_name", entry.name.as_str().into()),
                    ("column_name", column.name.as_str().into()),
                    ("ordinal_position", number.into()),
                    ("position_in_unique_constraint", Value::Null),
                ]));
            }
        }
    }
    rows
}

fn tables_rows(context: &StatementContext) -> Rows {
    let database = context.session.database.as_str();
    let row = |schema: &str, name: &str, kind: &str, insertable: bool| {
        let is_temporary = schema == context.session.path.temporary();
        let kind = if is_temporary && kind == "BASE TABLE" { "LOCAL TEMPORARY" } else { kind };
        TABLES.row(&[
            ("table_catalog", database.into()),
            ("table_schema", schema.into()),
            ("table_name", name.into()),
            ("table_type", kind.into()),
            ("is_insertable_into", if insertable { "YES" } else { "NO" }.into()),
            ("is_typed", "NO".into()),
        ])
    };
    let stored = stored(context).into_iter().map(|relation| {
        let is_plain = matches!(relation.entry.object, CatalogObject::Table(_));
        row(relation.schema(), &relation.name, "BASE TABLE", is_plain)
    });
    let views = views(context).map(|(entry, _)| row(&entry.schema, &entry.name, "VIEW", false));
    let made_up = made_up().map(|(_, schema, table)| row(schema, table.name, "VIEW", false));
    stored.chain(views).chain(made_up).collect()
}

fn columns_rows(context: &StatementContext) -> Rows {
    let database = context.session.database.as_str();
    let mut rows = Rows::new();
    for relation in stored(context) {
        for column in &relation.table.schema.columns {
            let number = number_of(column);
            let written = column.column_type.to_string();
            let mut values = described(&written);
            values.extend(of_column(column));
            let (schema, name) = (relation.schema(), &relation.name);
            rows.push(column_row(database, schema, name, number, &column.name, &values));
        }
    }
    for (entry, view) in views(context) {
        for (number, column) in (1_i64..).zip(&view.columns) {
            let mut values = described(&column.type_name);
            values.extend([("is_nullable", "YES".into()), ("is_generated", "NEVER".into())]);
            let (schema, name) = (&entry.schema, &entry.name);
            rows.push(column_row(database, schema, name, number, &column.name, &values));
        }
    }
    for (_, schema, table) in made_up() {
        for (number, (name, kind)) in (1_i64..).zip(table.columns) {
            let mut values = described(kind.pg_type());
            values.extend([("is_nullable", "YES".into()), ("is_generated", "NEVER".into())]);
            rows.push(column_row(database, schema, table.name, number, name, &values));
        }
    }
    rows
}

fn column_row(
    database: &str,
    schema: &str,
    table: &str,
    number: i64,
    name: &str,
    more: &[(&str, Value)],
) -> Vec<Value> {
    let mut values = vec![
        ("table_catalog", database.into()),
        ("table_schema", schema.into()),
        ("table_name", table.into()),
        ("column_name", name.into()),
        ("ordinal_position", number.into()),
        ("udt_catalog", database.into()),
        ("udt_schema", "pg_catalog".into()),
        ("dtd_identifier", number.to_string().into()),
        ("is_self_referencing", "NO".into()),
        ("is_identity", "NO".into()),
        ("identity_cycle", "NO".into()),
        ("is_updatable", "NO".into()),
    ];
    // A number that does not apply is null here, not 0.
    for (column, kind) in COLUMNS.columns {
        if *kind == Kind::Int4
            && *column != "ordinal_position"
            && !more.iter().any(|(name, _)| name == column)
        {
            values.push((column, Value::Null));
        }
    }
    values.extend_from_slice(more);
    COLUMNS.row(&values)
}

/// What the type says, by its name as `format_type` writes it.
fn described(written: &str) -> Vec<(&'static str, Value)> {
    let typed = types::of_name(written);
    let Some(row) = typed.row else { return Vec::new() };
    let is_array = row.category == "A";
    let data_type = if is_array { "ARRAY" } else { row.formatted };
    let mut values = vec![("data_type", data_type.into()), ("udt_name", row.name.into())];
    let radix = |precision: i64, radix: i64, scale: Option<i64>| {
        vec![
            ("numeric_precision", Value::Int(precision)),
            ("numeric_precision_radix", Value::Int(radix)),
            ("numeric_scale", scale.into()),
        ]
    };
    values.extend(match row.name {
        "int2" => radix(16, 2, Some(0)),
        "int4" => radix(32, 2, Some(0)),
        "int8" => radix(64, 2, Some(0)),
        "float4" => radix(24, 2, None),
        "float8" => radix(53, 2, None),
        "numeric" if typed.modifier >= 4 => {
            let digits = i64::from(typed.modifier - 4);
            radix(digits >> 16, 10, Some(digits & 0x7ff))
        }
        "varchar" if typed.modifier >= 4 => {
            let length = i64::from(typed.modifier - 4);
            let octets = Value::Int(length * 4);
            vec![("character_maximum_length", Value::Int(length)), ("character_octet_length", octets)]
        }
        "text" => vec![("character_octet_length", Value::Int(1 << 30))],
        "date" => vec![("datetime_precision", Value::Int(0))],
        "time" | "timestamp" | "timestamptz" | "interval" => vec![("datetime_precision", Value::Int(6))],
        _ => Vec::new(),
    });
    values
}

fn of_column(column: &Column) -> Vec<(&'static str, Value)> {
    let generated = match &column.origin {
        ColumnOrigin::Generated { expression } => Some(expression.as_str()),
        _ => None,
    };
    let default = if generated.is_none() { default_of(column) } else { None };
    let identity = match column.origin {
        ColumnOrigin::Identity { always: true } => Some("ALWAYS"),
        ColumnOrigin::Identity { always: false } => Some("BY DEFAULT"),
        _ => None,
    };
    vec![
        ("column_default", default.into()),
        ("is_identity", if identity.is_some() { "YES" } else { "NO" }.into()),
        ("identity_generation", identity.into()),
        ("is_nullable", if column.not_null { "NO" } else { "YES" }.into()),
        ("is_generated", if generated.is_some() { "ALWAYS" } else { "NEVER" }.into()),
        ("generation_expression", generated.into()),
    ]
}

fn schemata_rows(context: &StatementContext) -> Rows {
    schemas(context)
        .into_iter()
        .map(|(_, name)| {
            SCHEMATA.row(&[
                ("catalog_name", context.session.database.as_str().into()),
                ("schema_name", name.into()),
                ("schema_owner", context.session.user.as_str().into()),
            ])
        })
        .collect()
}
