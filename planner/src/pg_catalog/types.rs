//! Types, collations and access methods: PostgreSQL 15's own rows, as far as they exist here.

use crate::catalog::StatementContext;
use crate::system_table::table::{Definition, Kind, Rows, Value};

/// The OID of the schema `pg_catalog`, as in PostgreSQL.
pub(crate) const PG_CATALOG_OID: u32 = 11;

/// What `pg_type` says of a type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeRow {
    pub(crate) oid: u32,
    pub(crate) name: &'static str,
    pub(crate) length: i64,
    pub(crate) by_value: bool,
    pub(crate) kind: &'static str,
    pub(crate) category: &'static str,
    pub(crate) is_preferred: bool,
    pub(crate) element: u32,
    pub(crate) array: u32,
    pub(crate) align: &'static str,
    pub(crate) storage: &'static str,
    pub(crate) collation: u32,
    /// As `format_type` writes it.
    pub(crate) formatted: &'static str,
}

/// A type with its modifier, -1 where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed {
    pub(crate) row: Option<&'static TypeRow>,
    pub(crate) modifier: i32,
}

impl Typed {
    pub(crate) fn oid(&self) -> u32 {
        self.row.map_or(0, |row| row.oid)
    }
}

/// The type with this OID.
pub(crate) fn of_oid(oid: u32) -> Option<&'static TypeRow> {
    TYPES.iter().find(|row| row.oid == oid)
}

/// The type that `format_type` writes like this, or that is called so in `pg_type`.
pub(crate) fn of_name(formatted: &str) -> Typed {
    let (base, modifier) = match formatted.split_once('(') {
        Some((base, rest)) => {
            let numbers: Vec<i32> = rest
                .trim_end_matches(')')
                .split(',')
                .filter_map(|number| number.trim().parse().ok())
                .collect();
            let modifier = match numbers.as_slice() {
                [length] if base != "numeric" => length + 4,
                [precision] => (precision << 16) + 4,
                [precision, scale] => (precision << 16 | scale & 0x7ff) + 4,
                _ => -1,
            };
            (base, modifier)
        }
        None => (formatted, -1),
    };
    let row = TYPES.iter().find(|row| row.formatted == base || row.name == base);
    Typed { row, modifier }
}

/// `format_type`.
pub(crate) fn format_type(oid: u32, modifier: Option<i32>) -> String {
    let Some(row) = of_oid(oid) else { return if oid == 0 { "-" } else { "???" }.to_owned() };
    match (row.name, modifier) {
        ("varchar" | "bpchar", Some(modifier)) if modifier >= 4 => {
            format!("{}({})", row.formatted, modifier - 4)
        }
        ("numeric", Some(modifier)) if modifier >= 4 => {
            let digits = modifier - 4;
            format!("numeric({},{})", digits >> 16, digits & 0x7ff)
        }
        _ => row.formatted.to_owned(),
    }
}

/// `pg_type`
pub(crate) static PG_TYPE: Definition = Definition {
    name: "pg_type",
    oid: 1247,
    columns: &[
        ("oid", Kind::Oid),
        ("typname", Kind::Name),
        ("typnamespace", Kind::Oid),
        ("typowner", Kind::Oid),
        ("typlen", Kind::Int2),
        ("typbyval", Kind::Bool),
        ("typtype", Kind::Char),
        ("typcategory", Kind::Char),
        ("typispreferred", Kind::Bool),
        ("typisdefined", Kind::Bool),
        ("typdelim", Kind::Char),
        ("typrelid", Kind::Oid),
        ("typsubscript", Kind::Text),
        ("typelem", Kind::Oid),
        ("typarray", Kind::Oid),
        ("typinput", Kind::Text),
        ("typoutput", Kind::Text),
        ("typreceive", Kind::Text),
        ("typsend", Kind::Text),
        ("typmodin", Kind::Text),
        ("typmodout", Kind::Text),
        ("typanalyze", Kind::Text),
        ("typalign", Kind::Char),
        ("typstorage", Kind::Char),
        ("typnotnull", Kind::Bool),
        ("typbasetype", Kind::Oid),
        ("typtypmod", Kind::Int4),
        ("typndims", Kind::Int4),
        ("typcollation", Kind::Oid),
        ("typdefaultbin", Kind::Text),
        ("typdefault", Kind::Text),
        ("typacl", Kind::TextArray),
    ],
    rows: type_rows,
};

/// `pg_collation`
pub(crate) static PG_COLLATION: Definition = Definition {
    name: "pg_collation",
    oid: 3456,
    columns: &[
        ("oid", Kind::Oid),
        ("collname", Kind::Name),
        ("collnamespace", Kind::Oid),
        ("collowner", Kind::Oid),
        ("collprovider", Kind::Char),
        ("collisdeterministic", Kind::Bool),
        ("collencoding", Kind::Int4),
        ("collcollate", Kind::Text),
        ("collctype", Kind::Text),
        ("colliculocale", Kind::Text),
        ("collversion", Kind::Text),
    ],
    rows: collation_rows,
};

/// `pg_am`
pub(crate) static PG_AM: Definition = Definition {
    name: "pg_am",
    oid: 2601,
    columns: &[("oid", Kind::Oid), ("amname", Kind::Name), ("amhandler", Kind::Text), ("amtype", Kind::Char)],
    rows: am_rows,
};

fn type_rows(_: &StatementContext) -> Rows {
    TYPES
        .iter()
        .map(|row| {
            let function = |suffix: &str| match row.element {
                0 => Value::Text(format!("{}{suffix}", row.name)),
                _ => Value::Text(format!("array_{suffix}")),
            };
            PG_TYPE.row(&[
                ("oid", row.oid.into()),
                ("typname", row.name.into()),
                ("typnamespace", PG_CATALOG_OID.into()),
                ("typowner", super::relations::OWNER_OID.into()),
                ("typlen", row.length.into()),
                ("typbyval", row.by_value.into()),
                ("typtype", row.kind.into()),
                ("typcategory", row.category.into()),
                ("typispreferred", row.is_preferred.into()),
                ("typisdefined", true.into()),
                ("typdelim", ",".into()),
                ("typelem", row.element.into()),
                ("typarray", row.array.into()),
                ("typinput", function("in")),
                ("typoutput", function("out")),
                ("typreceive", function("recv")),
                ("typsend", function("send")),
                ("typalign", row.align.into()),
                ("typstorage", row.storage.into()),
                ("typtypmod", Value::Int(-1)),
                ("typcollation", row.collation.into()),
            ])
        })
        .collect()
}

fn collation_rows(_: &StatementContext) -> Rows {
    [(100_u32, "default", "d", None), (950, "C", "c", Some("C")), (951, "POSIX", "c", Some("POSIX"))]
        .into_iter()
        .map(|(oid, name, provider, locale)| {
            PG_COLLATION.row(&[
                ("oid", oid.into()),
                ("collname", name.into()),
                ("collnamespace", PG_CATALOG_OID.into()),
                ("collowner", super::relations::OWNER_OID.into()),
                ("collprovider", provider.into()),
                ("collisdeterministic", true.into()),
                ("collencoding", Value::Int(-1)),
                ("collcollate", locale.into()),
                ("collctype", locale.into()),
            ])
        })
        .collect()
}

fn am_rows(_: &StatementContext) -> Rows {
    vec![PG_AM.row(&[
        ("oid", Value::Int(2)),
        ("amname", "heap".into()),
        ("amhandler", "heap_tableam_handler".into()),
        ("amtype", "t".into()),
    ])]
}

/// A row of PostgreSQL's own table, its values in the order of [`TypeRow`]'s fields.
type Written = (
    u32,
    &'static str,
    i64,
    bool,
    &'static str,
    &'static str,
    bool,
    u32,
    u32,
    &'static str,
    &'static str,
    u32,
    &'static str,
);

const fn row(values: Written) -> TypeRow {
    let (
        oid,
        name,
        length,
        by_value,
        kind,
        category,
        is_preferred,
        element,
        array,
        align,
        storage,
        collation,
        formatted,
    ) = values;
    TypeRow {
        oid,
        name,
        length,
        by_value,
        kind,
        category,
        is_preferred,
        element,
        array,
        align,
        storage,
        collation,
        formatted,
    }
}

/// From a PostgreSQL 15.
const TYPES: &[TypeRow] = &[
    row((16, "bool", 1, true, "b", "B", true, 0, 1000, "c", "p", 0, "boolean")),
    row((17, "bytea", -1, false, "b", "U", false, 0, 1001, "i", "x", 0, "bytea")),
    row((18, "char", 1, true, "b", "Z", false, 0, 1002, "c", "p", 0, "\"char\"")),
    row((19, "name", 64, false, "b", "S", false, 18, 1003, "c", "p", 950, "name")),
    row((20, "int8", 8, true, "b", "N", false, 0, 1016, "d", "p", 0, "bigint")),
    row((21, "int2", 2, true, "b", "N", false, 0, 1005, "s", "p", 0, "smallint")),
    row((22, "int2vector", -1, false, "b", "A", false, 21, 1006, "i", "p", 0, "int2vector")),
    row((23, "int4", 4, true, "b", "N", false, 0, 1007, "i", "p", 0, "integer")),
    row((24, "regproc", 4, true, "b", "N", false, 0, 1008, "i", "p", 0, "regproc")),
    row((25, "text", -1, false, "b", "S", true, 0, 1009, "i", "x", 100, "text")),
    row((26, "oid", 4, true, "b", "N", true, 0, 1028, "i", "p", 0, "oid")),
    row((27, "tid", 6, false, "b", "U", false, 0, 1010, "s", "p", 0, "tid")),
    row((28, "xid", 4, true, "b", "U", false, 0, 1011, "i", "p", 0, "xid")),
    row((29, "cid", 4, true, "b", "U", false, 0, 1012, "i", "p", 0, "cid")),
    row((30, "oidvector", -1, false, "b", "A", false, 26, 1013, "i", "p", 0, "oidvector")),
    row((114, "json", -1, false, "b", "U", false, 0, 199, "i", "x", 0, "json")),
    row((142, "xml", -1, false, "b", "U", false, 0, 143, "i", "x", 0, "xml")),
    row((143, "_xml", -1, false, "b", "A", false, 142, 0, "i", "x", 0, "xml[]")),
    row((199, "_json", -1, false, "b", "A", false, 114, 0, "i", "x", 0, "json[]")),
    row((600, "point", 16, false, "b", "G", false, 701, 1017, "d", "p", 0, "point")),
    row((650, "cidr", -1, false, "b", "I", false, 0, 651, "i", "m", 0, "cidr")),
    row((651, "_cidr", -1, false, "b", "A", false, 650, 0, "i", "x", 0, "cidr[]")),
    row((700, "float4", 4, true, "b", "N", false, 0, 1021, "i", "p", 0, "real")),
    row((701, "float8", 8, true, "b", "N", true, 0, 1022, "d", "p", 0, "double precision")),
    row((705, "unknown", -2, false, "p", "X", false, 0, 0, "c", "p", 0, "unknown")),
    row((790, "money", 8, true, "b", "N", false, 0, 791, "d", "p", 0, "money")),
    row((791, "_money", -1, false, "b", "A", false, 790, 0, "d", "x", 0, "money[]")),
    row((869, "inet", -1, false, "b", "I", true, 0, 1041, "i", "m", 0, "inet")),
    row((1000, "_bool", -1, false, "b", "A", false, 16, 0, "i", "x", 0, "boolean[]")),
    row((1001, "_bytea", -1, false, "b", "A", false, 17, 0, "i", "x", 0, "bytea[]")),
    row((1002, "_char", -1, false, "b", "A", false, 18, 0, "i", "x", 0, "\"char\"[]")),
    row((1003, "_name", -1, false, "b", "A", false, 19, 0, "i", "x", 950, "name[]")),
    row((1005, "_int2", -1, false, "b", "A", false, 21, 0, "i", "x", 0, "smallint[]")),
    row((1006, "_int2vector", -1, false, "b", "A", false, 22, 0, "i", "x", 0, "int2vector[]")),
    row((1007, "_int4", -1, false, "b", "A", false, 23, 0, "i", "x", 0, "integer[]")),
    row((1008, "_regproc", -1, false, "b", "A", false, 24, 0, "i", "x", 0, "regproc[]")),
    row((1009, "_text", -1, false, "b", "A", false, 25, 0, "i", "x", 100, "text[]")),
    row((1010, "_tid", -1, false, "b", "A", false, 27, 0, "i", "x", 0, "tid[]")),
    row((1011, "_xid", -1, false, "b", "A", false, 28, 0, "i", "x", 0, "xid[]")),
    row((1012, "_cid", -1, false, "b", "A", false, 29, 0, "i", "x", 0, "cid[]")),
    row((1013, "_oidvector", -1, false, "b", "A", false, 30, 0, "i", "x", 0, "oidvector[]")),
    row((1014, "_bpchar", -1, false, "b", "A", false, 1042, 0, "i", "x", 100, "character[]")),
    row((1015, "_varchar", -1, false, "b", "A", false, 1043, 0, "i", "x", 100, "character varying[]")),
    row((1016, "_int8", -1, false, "b", "A", false, 20, 0, "d", "x", 0, "bigint[]")),
    row((1017, "_point", -1, false, "b", "A", false, 600, 0, "d", "x", 0, "point[]")),
    row((1021, "_float4", -1, false, "b", "A", false, 700, 0, "i", "x", 0, "real[]")),
    row((1022, "_float8", -1, false, "b", "A", false, 701, 0, "d", "x", 0, "double precision[]")),
    row((1028, "_oid", -1, false, "b", "A", false, 26, 0, "i", "x", 0, "oid[]")),
    row((1041, "_inet", -1, false, "b", "A", false, 869, 0, "i", "x", 0, "inet[]")),
    row((1042, "bpchar", -1, false, "b", "S", false, 0, 1014, "i", "x", 100, "character")),
    row((1043, "varchar", -1, false, "b", "S", false, 0, 1015, "i", "x", 100, "character varying")),
    row((1082, "date", 4, true, "b", "D", false, 0, 1182, "i", "p", 0, "date")),
    row((1083, "time", 8, true, "b", "D", false, 0, 1183, "d", "p", 0, "time without time zone")),
    row((1114, "timestamp", 8, true, "b", "D", false, 0, 1115, "d", "p", 0, "timestamp without time zone")),
    row((
        1115,
        "_timestamp",
        -1,
        false,
        "b",
        "A",
        false,
        1114,
        0,
        "d",
        "x",
        0,
        "timestamp without time zone[]",
    )),
    row((1182, "_date", -1, false, "b", "A", false, 1082, 0, "i", "x", 0, "date[]")),
    row((1183, "_time", -1, false, "b", "A", false, 1083, 0, "d", "x", 0, "time without time zone[]")),
    row((1184, "timestamptz", 8, true, "b", "D", true, 0, 1185, "d", "p", 0, "timestamp with time zone")),
    row((
        1185,
        "_timestamptz",
        -1,
        false,
        "b",
        "A",
        false,
        1184,
        0,
        "d",
        "x",
        0,
        "timestamp with time zone[]",
    )),
    row((1186, "interval", 16, false, "b", "T", true, 0, 1187, "d", "p", 0, "interval")),
    row((1187, "_interval", -1, false, "b", "A", false, 1186, 0, "d", "x", 0, "interval[]")),
    row((1231, "_numeric", -1, false, "b", "A", false, 1700, 0, "i", "x", 0, "numeric[]")),
    row((1263, "_cstring", -1, false, "b", "A", false, 2275, 0, "i", "x", 0, "cstring[]")),
    row((1266, "timetz", 12, false, "b", "D", false, 0, 1270, "d", "p", 0, "time with time zone")),
    row((1270, "_timetz", -1, false, "b", "A", false, 1266, 0, "d", "x", 0, "time with time zone[]")),
    row((1560, "bit", -1, false, "b", "V", false, 0, 1561, "i", "x", 0, "bit")),
    row((1561, "_bit", -1, false, "b", "A", false, 1560, 0, "i", "x", 0, "bit[]")),
    row((1562, "varbit", -1, false, "b", "V", true, 0, 1563, "i", "x", 0, "bit varying")),
    row((1563, "_varbit", -1, false, "b", "A", false, 1562, 0, "i", "x", 0, "bit varying[]")),
    row((1700, "numeric", -1, false, "b", "N", false, 0, 1231, "i", "m", 0, "numeric")),
    row((2205, "regclass", 4, true, "b", "N", false, 0, 2210, "i", "p", 0, "regclass")),
    row((2206, "regtype", 4, true, "b", "N", false, 0, 2211, "i", "p", 0, "regtype")),
    row((2210, "_regclass", -1, false, "b", "A", false, 2205, 0, "i", "x", 0, "regclass[]")),
    row((2211, "_regtype", -1, false, "b", "A", false, 2206, 0, "i", "x", 0, "regtype[]")),
    row((2249, "record", -1, false, "p", "P", false, 0, 2287, "d", "x", 0, "record")),
    row((2275, "cstring", -2, false, "p", "P", false, 0, 1263, "c", "p", 0, "cstring")),
    row((2277, "anyarray", -1, false, "p", "P", false, 0, 0, "d", "x", 0, "anyarray")),
    row((2278, "void", 4, true, "p", "P", false, 0, 0, "i", "p", 0, "void")),
    row((2283, "anyelement", 4, true, "p", "P", false, 0, 0, "i", "p", 0, "anyelement")),
    row((2287, "_record", -1, false, "p", "P", false, 2249, 0, "d", "x", 0, "record[]")),
    row((2950, "uuid", 16, false, "b", "U", false, 0, 2951, "c", "p", 0, "uuid")),
    row((2951, "_uuid", -1, false, "b", "A", false, 2950, 0, "i", "x", 0, "uuid[]")),
    row((3802, "jsonb", -1, false, "b", "U", false, 0, 3807, "i", "x", 0, "jsonb")),
    row((3807, "_jsonb", -1, false, "b", "A", false, 3802, 0, "i", "x", 0, "jsonb[]")),
    row((4072, "jsonpath", -1, false, "b", "U", false, 0, 4073, "i", "x", 0, "jsonpath")),
    row((4073, "_jsonpath", -1, false, "b", "A", false, 4072, 0, "i", "x", 0, "jsonpath[]")),
    row((4089, "regnamespace", 4, true, "b", "N", false, 0, 4090, "i", "p", 0, "regnamespace")),
    row((4090, "_regnamespace", -1, false, "b", "A", false, 4089, 0, "i", "x", 0, "regnamespace[]")),
];
