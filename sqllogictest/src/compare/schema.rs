//! The tables that both servers get.
//!
//! `plain` and `edge` have a column of each type: expressions are computed over ordinary values and
//! over those at the edges. `people`, `teams` and `events` are for queries: few values, so that joins and
//! groups meet, nulls, duplicates, and binary fractions, whose sums are exact in any order.

use std::fmt::Write as _;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::expression::Column;
use super::grammar::TYPES;

/// Tables of one value of each type a row.
pub(crate) const VALUE_TABLES: [&str; 2] = ["plain", "edge"];
const VALUE_ROWS: usize = 9;

/// A table of queries: its name, rows, and columns with their types and values. `#` is the row's number.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    rows: usize,
    pub(crate) columns: &'static [(&'static str, &'static str, &'static str, &'static [&'static str])],
}

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "people",
        rows: 40,
        columns: &[
            ("id", "int4", "int", &["#"]),
            ("team", "int4", "int", &["1", "2", "3", "4", "9", "null"]),
            ("name", "text", "text", &["'Ann'", "'bob'", "'Cy'", "'Ann'", "''", "null"]),
            ("score", "float8", "float8", &["1.5", "-2.25", "0", "10", "0.5", "null"]),
            ("joined", "date", "date", &["'2024-01-31'", "'2024-02-29'", "'2023-12-31'", "null"]),
            ("active", "bool", "bool", &["true", "false", "null"]),
        ],
    },
    Table {
        name: "teams",
        rows: 12,
        columns: &[
            ("team", "int4", "int", &["1", "2", "3", "4", "5", "null"]),
            ("city", "text", "text", &["'Rome'", "'Oslo'", "'Ann'", "null"]),
            ("budget", "numeric", "numeric(12,2)", &["100.50", "0", "-3.25", "99999.99", "null"]),
            ("founded", "timestamp", "timestamp", &["'2024-01-31 10:20:30'", "'2023-12-31'", "null"]),
            ("size", "int2", "int2", &["1", "5", "-2", "null"]),
        ],
    },
    Table {
        name: "events",
        rows: 120,
        columns: &[
            ("event", "int8", "int8", &["#"]),
            ("id", "int4", "int", &["1", "2", "3", "4", "5", "8", "13", "50", "null"]),
            ("kind", "text", "text", &["'view'", "'buy'", "'Ann'", "null"]),
            ("amount", "numeric", "numeric(10,2)", &["1.25", "10.00", "-7.50", "0.01", "null"]),
            ("value", "float8", "float8", &["1.5", "-2.25", "0", "1024", "null"]),
            (
                "at",
                "timestamptz",
                "timestamptz",
                &[
                    "'2024-03-31 00:30:00+00'",
                    "'2024-01-31 23:59:59.5+00'",
                    "'2023-12-31 12:00:00+00'",
                    "null",
                ],
            ),
            ("n", "int8", "int8", &["0", "1", "3000000000", "-5", "null"]),
        ],
    },
];

/// The columns of the tables of values. What a server stores no column of is written as text.
pub(crate) fn value_columns() -> Vec<Column> {
    let columns = TYPES.iter().enumerate().map(|(index, (kind, ..))| {
        let sql = if stored(kind) == "text" && *kind != "text" {
            format!("c{index}::{kind}")
        } else {
            format!("c{index}")
        };
        Column { sql: if sql.contains(':') { format!("({sql})") } else { sql }, kind }
    });
    columns.collect()
}

/// The type of the column that holds a type.
fn stored(kind: &str) -> &str {
    match kind {
        "numeric" => "numeric(30,6)",
        "interval" | "int4[]" => "text",
        other => other,
    }
}

/// Whether both servers have room for the value. Where one has not, the tables are left without it, and
/// literals still show the difference.
fn is_storable(kind: &str, literal: &str) -> bool {
    !(literal.ends_with("BC")
        || literal.ends_with("infinity")
        || matches!((kind, literal), ("numeric", "NaN" | "1e10") | ("time", "24:00:00")))
}

/// Statements that make the tables anew.
pub(crate) fn statements() -> Vec<String> {
    let mut random = SmallRng::seed_from_u64(15);
    let mut statements = Vec::new();
    for name in VALUE_TABLES {
        let columns =
            TYPES.iter().enumerate().map(|(index, (kind, ..))| format!("c{index} {}", stored(kind)));
        let columns: Vec<String> = columns.collect();
        let rows = (0..VALUE_ROWS).map(|row| {
            let cells = TYPES.iter().map(|(kind, plain, edges)| {
                let literals = if name == "plain" { plain } else { edges };
                match literals.get(row % (literals.len() + 1)) {
                    Some(literal) if is_storable(kind, literal) => format!("'{literal}'"),
                    _ => "null".to_owned(),
                }
            });
            format!("({row}, {})", cells.collect::<Vec<_>>().join(", "))
        });
        let rows: Vec<String> = rows.collect();
        make(&mut statements, name, &format!("k int, {}", columns.join(", ")), &rows);
    }
    for Table { name, rows, columns } in TABLES {
        let definitions: Vec<String> =
            columns.iter().map(|(name, _, stored, _)| format!("{name} {stored}")).collect();
        let rows = (0..*rows).map(|row| {
            let mut cells = String::new();
            for (index, (.., values)) in columns.iter().enumerate() {
                let value = values.choose(&mut random).expect("a column has values");
                let value = if *value == "#" { row.to_string() } else { (*value).to_owned() };
                write!(cells, "{}{value}", if index == 0 { "" } else { ", " }).expect("strings grow");
            }
            format!("({cells})")
        });
        let rows: Vec<String> = rows.collect();
        make(&mut statements, name, &definitions.join(", "), &rows);
    }
    statements
}

fn make(statements: &mut Vec<String>, name: &str, columns: &str, rows: &[String]) {
    statements.push(format!("drop table if exists {name}"));
    statements.push(format!("create table {name} ({columns})"));
    statements.push(format!("insert into {name} values {}", rows.join(", ")));
}
