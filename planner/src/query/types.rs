//! The PostgreSQL types of a result's columns.

use arrow::datatypes::{DataType, Field};
use storage::schema::PG_TYPE_KEY;

/// A column keeps PostgreSQL's type while its values are still of it: the engine hands the
/// metadata of a cast's input on to its output. What the engine counts without a sign is `bigint`.
pub(super) fn settle(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    if metadata.get(PG_TYPE_KEY).is_some_and(|name| !carries(field.data_type(), name)) {
        metadata.remove(PG_TYPE_KEY);
    }
    if field.data_type() == &DataType::UInt64 {
        metadata.entry(PG_TYPE_KEY.to_owned()).or_insert_with(|| "bigint".to_owned());
    }
    field.with_metadata(metadata)
}

/// PostgreSQL's name of a column's type, as `format_type` writes it.
pub(crate) fn name_of(field: &Field) -> String {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Decimal128, Decimal256, FixedSizeList, Float32, Float64, Int8,
        Int16, Int32, Interval, LargeBinary, LargeList, List, Time64, Timestamp, UInt8, UInt16,
    };
    if let Some(name) = field.metadata().get(PG_TYPE_KEY) {
        return name.clone();
    }
    let name = match field.data_type() {
        Boolean => "boolean",
        Int8 | Int16 | UInt8 => "smallint",
        Int32 | UInt16 => "integer",
        Float32 => "real",
        Float64 => "double precision",
        Decimal128(..) | Decimal256(..) => "numeric",
        Binary | LargeBinary | BinaryView => "bytea",
        Date32 => "date",
        Time64(_) => "time without time zone",
        Timestamp(_, None) => "timestamp without time zone",
        Timestamp(_, Some(_)) => "timestamp with time zone",
        Interval(_) => "interval",
        DataType::Struct(_) => "record",
        List(element) | LargeList(element) | FixedSizeList(element, _) => {
            return format!("{}[]", name_of(element));
        }
        other if other.is_integer() => "bigint",
        _ => "text",
    };
    name.to_owned()
}

/// Whether values of this Arrow type can be of the type that `format_type` calls so.
fn carries(data_type: &DataType, name: &str) -> bool {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Decimal128, Decimal256, FixedSizeList, Float32, Float64, Int16,
        Int32, Int64, Interval, LargeBinary, LargeList, LargeUtf8, List, Time64, Timestamp, UInt64, Utf8,
        Utf8View,
    };
    if let DataType::Dictionary(_, values) = data_type {
        return carries(values, name);
    }
    if name.ends_with("[]") {
        return matches!(data_type, List(_) | LargeList(_) | FixedSizeList(..));
    }
    match name.split_once('(').map_or(name, |(base, _)| base) {
        "boolean" => data_type == &Boolean,
        "smallint" => data_type == &Int16,
        "integer" => data_type == &Int32,
        "bigint" => matches!(data_type, Int64 | UInt64),
        "real" => data_type == &Float32,
        "double precision" => data_type == &Float64,
        "numeric" => matches!(data_type, Decimal128(..) | Decimal256(..)),
        "bytea" => matches!(data_type, Binary | LargeBinary | BinaryView),
        "date" => data_type == &Date32,
        "time without time zone" => matches!(data_type, Time64(_)),
        "timestamp without time zone" => matches!(data_type, Timestamp(_, None)),
        "timestamp with time zone" => matches!(data_type, Timestamp(_, Some(_))),
        "interval" => matches!(data_type, Interval(_)),
        "oid" => data_type.is_integer(),
        // Everything else is carried as text.
        _ => matches!(data_type, Utf8 | LargeUtf8 | Utf8View),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_of_another_type_is_dropped() {
        let check = |data_type: DataType, name: &str, expected: Option<&str>| {
            let mut field = Field::new("c", data_type, true);
            if !name.is_empty() {
                field = field.with_metadata([(PG_TYPE_KEY.to_owned(), name.to_owned())].into());
            }
            assert_eq!(settle(field).metadata().get(PG_TYPE_KEY).map(String::as_str), expected, "{name}");
        };
        check(DataType::Utf8View, "integer", None);
        check(DataType::Int32, "text", None);
        check(DataType::Int32, "boolean", None);
        check(DataType::Int32, "integer", Some("integer"));
        check(DataType::Utf8View, "jsonb", Some("jsonb"));
        check(DataType::Int64, "oid", Some("oid"));
        check(DataType::Decimal128(12, 2), "numeric(12,2)", Some("numeric(12,2)"));
        check(DataType::new_list(DataType::Utf8View, true), "text[]", Some("text[]"));
        check(DataType::Utf8View, "text[]", None);
        check(DataType::UInt64, "", Some("bigint"));
        check(DataType::Int64, "", None);
    }
}
