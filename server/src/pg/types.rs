//! PostgreSQL's types as the wire names them, and how Arrow's map to them.

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use storage::schema::PG_TYPE_KEY;

/// A type without array brackets and modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `oid`
    Oid,
    /// `name`
    Name,
    /// `"char"`, a single byte
    Char,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `numeric`
    Numeric,
    /// `text`
    Text,
    /// `character varying`
    Varchar,
    /// `character`
    Bpchar,
    /// `bytea`
    Bytea,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time without time zone`
    Time,
    /// `timestamp without time zone`
    Timestamp,
    /// `timestamp with time zone`
    TimestampTz,
    /// `interval`
    Interval,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `jsonpath`
    Jsonpath,
    /// `record`, a row as a value
    Record,
}

/// What the catalog `pg_type` says of a scalar type.
struct TypeRow {
    scalar: Scalar,
    oid: u32,
    array_oid: u32,
    size: i16,
    name: &'static str,
    aliases: &'static [&'static str],
}

const fn row(
    scalar: Scalar,
    oid: u32,
    array_oid: u32,
    size: i16,
    name: &'static str,
    aliases: &'static [&'static str],
) -> TypeRow {
    TypeRow { scalar, oid, array_oid, size, name, aliases }
}

/// OIDs and sizes from PostgreSQL 15's `pg_type.dat`.
const TYPES: &[TypeRow] = &[
    row(Scalar::Bool, 16, 1000, 1, "boolean", &["bool"]),
    row(Scalar::Bytea, 17, 1001, -1, "bytea", &[]),
    row(Scalar::Char, 18, 1002, 1, "\"char\"", &[]),
    row(Scalar::Name, 19, 1003, 64, "name", &[]),
    row(Scalar::Int8, 20, 1016, 8, "bigint", &["int8"]),
    row(Scalar::Int2, 21, 1005, 2, "smallint", &["int2"]),
    row(Scalar::Int4, 23, 1007, 4, "integer", &["int4", "int"]),
    row(Scalar::Text, 25, 1009, -1, "text", &[]),
    row(Scalar::Oid, 26, 1028, 4, "oid", &[]),
    row(Scalar::Json, 114, 199, -1, "json", &[]),
    row(Scalar::Float4, 700, 1021, 4, "real", &["float4"]),
    row(Scalar::Float8, 701, 1022, 8, "double precision", &["float8"]),
    row(Scalar::Bpchar, 1042, 1014, -1, "character", &["bpchar", "char"]),
    row(Scalar::Varchar, 1043, 1015, -1, "character varying", &["varchar"]),
    row(Scalar::Date, 1082, 1182, 4, "date", &[]),
    row(Scalar::Time, 1083, 1183, 8, "time without time zone", &["time"]),
    row(Scalar::Timestamp, 1114, 1115, 8, "timestamp without time zone", &["timestamp"]),
    row(Scalar::TimestampTz, 1184, 1185, 8, "timestamp with time zone", &["timestamptz"]),
    row(Scalar::Interval, 1186, 1187, 16, "interval", &[]),
    row(Scalar::Numeric, 1700, 1231, -1, "numeric", &["decimal"]),
    row(Scalar::Record, 2249, 2287, -1, "record", &[]),
    row(Scalar::Uuid, 2950, 2951, 16, "uuid", &[]),
    row(Scalar::Jsonb, 3802, 3807, -1, "jsonb", &[]),
    row(Scalar::Jsonpath, 4072, 4073, -1, "jsonpath", &[]),
];

/// `unknown`: a literal or parameter whose type is still open.
pub const UNKNOWN_OID: u32 = 705;

impl Scalar {
    fn row(self) -> &'static TypeRow {
        TYPES.iter().find(|row| row.scalar == self).expect("every scalar has a row")
    }

    /// Its name as `format_type` prints it.
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

/// A type as a column or parameter has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PgType {
    /// The type, or that of the elements.
    pub scalar: Scalar,
    /// Whether it is an array of them.
    pub array: bool,
    /// `atttypmod`: length of a varchar, precision and scale of a numeric; -1 where open.
    pub modifier: i32,
}

impl PgType {
    /// A type without modifier.
    pub const fn new(scalar: Scalar) -> Self {
        Self { scalar, array: false, modifier: -1 }
    }

    /// The type of a result column: by its metadata, else by its Arrow type.
    pub fn of_field(field: &Field) -> Self {
        field
            .metadata()
            .get(PG_TYPE_KEY)
            .and_then(|name| Self::parse(name))
            .unwrap_or_else(|| Self::of_arrow(field.data_type()))
    }

    /// The type that stands for an Arrow type.
    pub fn of_arrow(data_type: &DataType) -> Self {
        let scalar = match data_type {
            DataType::Boolean => Scalar::Bool,
            DataType::Int8 | DataType::UInt8 | DataType::Int16 => Scalar::Int2,
            DataType::UInt16 | DataType::Int32 => Scalar::Int4,
            DataType::UInt32 | DataType::Int64 => Scalar::Int8,
            DataType::UInt64 => Scalar::Numeric,
            DataType::Float16 | DataType::Float32 => Scalar::Float4,
            DataType::Float64 => Scalar::Float8,
            // What the engine counts with is no declared precision.
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Scalar::Numeric,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Scalar::Bytea,
            DataType::Date32 | DataType::Date64 => Scalar::Date,
            DataType::Time32(_) | DataType::Time64(_) => Scalar::Time,
            DataType::Timestamp(_, None) => Scalar::Timestamp,
            DataType::Timestamp(_, Some(_)) => Scalar::TimestampTz,
            DataType::Interval(_) | DataType::Duration(_) => Scalar::Interval,
            DataType::Struct(_) => Scalar::Record,
            DataType::Dictionary(_, values) => return Self::of_arrow(values),
            DataType::RunEndEncoded(_, values) => return Self::of_field(values),
            DataType::List(element)
            | DataType::LargeList(element)
            | DataType::ListView(element)
            | DataType::LargeListView(element)
            | DataType::FixedSizeList(element, _) => {
                // PostgreSQL's array types have no dimensions: an array of arrays has the same type.
                return Self { array: true, modifier: -1, ..Self::of_field(element) };
            }
            // Text: what has no type of its own on the wire is shown as text.
            _ => Scalar::Text,
        };
        Self::new(scalar)
    }

    /// Reads a type's name as `format_type` prints it: `numeric(10,2)`, `text[]`.
    pub fn parse(name: &str) -> Option<Self> {
        let (name, array) = match name.strip_suffix("[]") {
            Some(element) => (element, true),
            None => (name, false),
        };
        let (base, arguments) = match name.split_once('(') {
            Some((base, rest)) => (base, Some(rest.strip_suffix(')')?)),
            None => (name, None),
        };
        let row = TYPES.iter().find(|row| row.name == base || row.aliases.contains(&base))?;
        let modifier = match (row.scalar, arguments) {
            (Scalar::Numeric, Some(arguments)) => {
                let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
                numeric_modifier(precision.trim().parse().ok()?, scale.trim().parse().ok()?)
            }
            (Scalar::Varchar | Scalar::Bpchar, Some(length)) => length.trim().parse::<i32>().ok()? + 4,
            _ => -1,
        };
        Some(Self { scalar: row.scalar, array, modifier })
    }

    /// The type with this OID.
    pub fn from_oid(oid: u32) -> Option<Self> {
        TYPES.iter().find_map(|row| {
            let array = if row.oid == oid {
                false
            } else if row.array_oid == oid {
                true
            } else {
                return None;
            };
            Some(Self { scalar: row.scalar, array, modifier: -1 })
        })
    }

    /// Its OID.
    pub fn oid(self) -> u32 {
        let row = self.scalar.row();
        if self.array { row.array_oid } else { row.oid }
    }

    /// `typlen`: bytes of a value, negative where they vary.
    pub fn size(self) -> i16 {
        if self.array { -1 } else { self.scalar.row().size }
    }

    /// The Arrow type in which a parameter of this type reaches the planner.
    pub fn arrow(self) -> DataType {
        let scalar = match self.scalar {
            Scalar::Bool => DataType::Boolean,
            Scalar::Int2 => DataType::Int16,
            Scalar::Int4 => DataType::Int32,
            Scalar::Int8 | Scalar::Oid => DataType::Int64,
            Scalar::Float4 => DataType::Float32,
            Scalar::Float8 => DataType::Float64,
            // The scale that holds most of what people write; a value that needs more is rounded
            // only if the statement itself asks for this type.
            Scalar::Numeric => DataType::Decimal128(38, 10),
            Scalar::Name
            | Scalar::Char
            | Scalar::Text
            | Scalar::Varchar
            | Scalar::Bpchar
            | Scalar::Uuid
            | Scalar::Json
            | Scalar::Jsonb
            | Scalar::Jsonpath
            // None can be given: what is read of one is an error.
            | Scalar::Record => DataType::Utf8View,
            Scalar::Bytea => DataType::BinaryView,
            Scalar::Date => DataType::Date32,
            Scalar::Time => DataType::Time64(TimeUnit::Microsecond),
            Scalar::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Scalar::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Scalar::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
        };
        if self.array { DataType::new_list(scalar, true) } else { scalar }
    }

    /// Its name as an error message prints it.
    pub fn name(self) -> String {
        format!("{}{}", self.scalar.name(), if self.array { "[]" } else { "" })
    }
}

/// `atttypmod` of `numeric(precision, scale)`. Zero precision stands for none.
fn numeric_modifier(precision: u8, scale: i8) -> i32 {
    ((i32::from(precision) << 16) | (i32::from(scale) & 0x7ff)) + 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_oid_leads_back_to_its_type() {
        for row in TYPES {
            for (oid, array) in [(row.oid, false), (row.array_oid, true)] {
                let found = PgType::from_oid(oid).unwrap();
                assert_eq!((found.scalar, found.array, found.oid()), (row.scalar, array, oid));
                assert_eq!(PgType::parse(&found.name()), Some(found));
            }
        }
    }

    #[test]
    fn modifiers_are_postgresqls() {
        // From `select atttypmod` on PostgreSQL 15.
        assert_eq!(PgType::parse("numeric(10,2)").unwrap().modifier, 655_366);
        assert_eq!(PgType::parse("character varying(20)").unwrap().modifier, 24);
        assert_eq!(PgType::parse("text[]").unwrap().oid(), 1009);
        assert_eq!(PgType::parse("no such type"), None);
    }
}
