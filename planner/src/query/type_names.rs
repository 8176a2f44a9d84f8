//! PostgreSQL's type names in expressions.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use datafusion::common::datatype::DataTypeExt;
use datafusion::error::Result;
use datafusion::logical_expr::planner::TypePlanner;
use sqlparser::ast::{self, ArrayElemTypeDef, TimezoneInfo};
use storage::schema::PG_TYPE_KEY;

/// Maps type names to the Arrow types that columns have, see [`storage::schema::ColumnType`].
/// Where several PostgreSQL types share one of them, [`super::dialect`] writes a function
/// instead, which checks the value and says the type.
#[derive(Debug)]
pub(crate) struct TypeNames {
    /// The session's: a text without a zone is a time of that zone.
    pub(crate) time_zone: Arc<str>,
}

impl TypeNames {
    /// Where there is no session: in the expressions of a source.
    pub(crate) fn utc() -> Self {
        Self { time_zone: "UTC".into() }
    }
}

impl TypePlanner for TypeNames {
    fn plan_type_field(&self, sql_type: &ast::DataType) -> Result<Option<FieldRef>> {
        let named = |data_type: DataType, name: String| {
            let field = Field::new("", data_type, true);
            Arc::new(field.with_metadata([(PG_TYPE_KEY.to_owned(), name)].into()))
        };
        use ast::{DataType as Sql, ExactNumberInfo as Info};
        if let Sql::Numeric(info) | Sql::Decimal(info) = sql_type {
            let (precision, scale) = match info {
                // What the engine takes for it; an integer or a numeric stays as it is.
                Info::None => return Ok(Some(named(DataType::Decimal128(38, 10), "numeric".to_owned()))),
                Info::Precision(precision) => (*precision, 0),
                Info::PrecisionAndScale(precision, scale) => (*precision, *scale),
            };
            if let (Ok(digits @ 1..=38), Ok(behind)) = (u8::try_from(precision), i8::try_from(scale))
                && (0..=precision.cast_signed()).contains(&scale)
            {
                let name = format!("numeric({precision},{scale})");
                return Ok(Some(named(DataType::Decimal128(digits, behind), name)));
            }
        }
        if let Sql::Varchar(None) | Sql::CharacterVarying(None) | Sql::CharVarying(None) = sql_type {
            return Ok(Some(named(DataType::Utf8View, "character varying".to_owned())));
        }
        // Or it would go on as what it was made of.
        if let Sql::Text = sql_type {
            return Ok(Some(named(DataType::Utf8View, "text".to_owned())));
        }
        if let Sql::Array(ArrayElemTypeDef::SquareBracket(element, _)) = sql_type
            && let Sql::Text = element.as_ref()
        {
            return Ok(Some(DataType::new_list(DataType::Utf8View, true).into_nullable_field_ref()));
        }
        Ok(self.arrow(sql_type).map(DataTypeExt::into_nullable_field_ref))
    }
}

impl TypeNames {
    fn arrow(&self, sql_type: &ast::DataType) -> Option<DataType> {
        use ast::DataType as Sql;
        let text = DataType::Utf8View;
        let timestamptz = || DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(&self.time_zone)));
        Some(match sql_type {
            Sql::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) | Sql::Datetime(_) => {
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
            Sql::Timestamp(..) => timestamptz(),
            Sql::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
                DataType::Time64(TimeUnit::Microsecond)
            }
            Sql::Float(ast::ExactNumberInfo::None) => DataType::Float64,
            Sql::Float(ast::ExactNumberInfo::Precision(bits)) if *bits > 24 => DataType::Float64,
            Sql::Interval { .. } => DataType::Interval(IntervalUnit::MonthDayNano),
            // As the dialect writes what has digits and no modifier.
            Sql::Dec(ast::ExactNumberInfo::PrecisionAndScale(precision, scale)) => {
                DataType::Decimal128(u8::try_from(*precision).ok()?, i8::try_from(*scale).ok()?)
            }
            Sql::Dec(ast::ExactNumberInfo::Precision(precision)) => {
                DataType::Decimal128(u8::try_from(*precision).ok()?, 0)
            }
            Sql::Dec(ast::ExactNumberInfo::None) => DataType::Decimal128(38, 10),
            Sql::Bytea => DataType::BinaryView,
            Sql::Varchar(_)
            | Sql::CharacterVarying(_)
            | Sql::CharVarying(_)
            | Sql::Char(_)
            | Sql::Character(_)
            | Sql::JSON
            | Sql::JSONB
            | Sql::Uuid => text,
            Sql::Custom(name, modifiers) if modifiers.is_empty() => {
                match name.0.last()?.as_ident()?.value.to_ascii_lowercase().as_str() {
                    "name" | "bpchar" => text,
                    "bool" => DataType::Boolean,
                    "int2" => DataType::Int16,
                    "int4" => DataType::Int32,
                    "int8" | "oid" => DataType::Int64,
                    "float4" => DataType::Float32,
                    "float8" => DataType::Float64,
                    "timestamptz" => timestamptz(),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}
