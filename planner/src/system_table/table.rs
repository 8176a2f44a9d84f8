//! A table that is made up when it is read: columns with PostgreSQL's types, rows by a function.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int16Array, Int32Array, Int64Array,
    IntervalMonthDayNanoArray, ListBuilder, RecordBatch, StringViewArray, StringViewBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Field, IntervalMonthDayNanoType, IntervalUnit, Schema, SchemaRef, TimeUnit,
};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use storage::schema::PG_TYPE_KEY;

use crate::catalog::StatementContext;

/// A column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float8,
    /// Whole numbers of any length.
    Numeric,
    Text,
    Varchar,
    /// `varchar(3)`: YES or NO.
    YesOrNo,
    Name,
    /// A `name` that may be null.
    Identifier,
    Char,
    TimestampTz,
    Interval,
    TextArray,
}

impl Kind {
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int2 => DataType::Int16,
            Self::Int4 => DataType::Int32,
            // Signed, so that arithmetic and comparisons with literals keep one type.
            Self::Int8 | Self::Oid => DataType::Int64,
            Self::Float8 => DataType::Float64,
            Self::Numeric => DataType::Decimal128(38, 0),
            Self::Text | Self::Varchar | Self::YesOrNo | Self::Name | Self::Identifier | Self::Char => {
                DataType::Utf8View
            }
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            Self::TextArray => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
        }
    }

    /// The type's name as `format_type` writes it.
    pub(crate) fn pg_type(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Oid => "oid",
            Self::Float8 => "double precision",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Varchar => "character varying",
            Self::YesOrNo => "character varying(3)",
            Self::Name | Self::Identifier => "name",
            Self::Char => "\"char\"",
            Self::TimestampTz => "timestamp with time zone",
            Self::Interval => "interval",
            Self::TextArray => "text[]",
        }
    }
}

impl Kind {
    fn nothing(self) -> Value {
        match self {
            Self::Bool => Value::Bool(false),
            Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid => Value::Int(0),
            Self::Float8 => Value::Float(0.0),
            Self::Name | Self::Char => Value::Text(String::new()),
            Self::Numeric
            | Self::Text
            | Self::Varchar
            | Self::YesOrNo
            | Self::Identifier
            | Self::TimestampTz
            | Self::Interval
            | Self::TextArray => Value::Null,
        }
    }
}

/// A value; the row's function and the column's kind must agree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// Any integer or OID; of a timestamp or an interval the microseconds.
    Int(i64),
    Float(f64),
    Text(String),
    Texts(Vec<String>),
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row: `row![1, "a", None::<i64>]`.
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::system_table::table::Value::from($value)),*]
    };
}
pub(crate) use row;

/// Rows of a system table.
pub(crate) type Rows = Vec<Vec<Value>>;

/// What a system table is.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its OID, as PostgreSQL's where it has the table.
    pub(crate) oid: u32,
    /// Its columns.
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// Its rows.
    pub(crate) rows: fn(&StatementContext) -> Rows,
}

impl Definition {
    /// The columns.
    pub(crate) fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|(name, kind)| {
            let metadata = HashMap::from([(PG_TYPE_KEY.to_owned(), kind.pg_type().to_owned())]);
            Field::new(*name, kind.arrow(), true).with_metadata(metadata)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// A row from the columns that matter; of the others numbers are 0, names empty, the rest null,
    /// as PostgreSQL has them where nothing is to be said.
    pub(crate) fn row(&self, values: &[(&str, Value)]) -> Vec<Value> {
        debug_assert!(
            values.iter().all(|(name, _)| self.columns.iter().any(|(column, _)| column == name)),
            "{}",
            self.name
        );
        let columns = self.columns.iter().map(|(column, kind)| {
            let given = values.iter().find(|(name, _)| name == column);
            given.map_or_else(|| kind.nothing(), |(_, value)| value.clone())
        });
        columns.collect()
    }

    fn batch(&self, context: &StatementContext) -> Result<RecordBatch> {
        let rows = (self.rows)(context);
        debug_assert!(rows.iter().all(|row| row.len() == self.columns.len()), "{}", self.name);
        let columns = self.columns.iter().enumerate().map(|(index, (_, kind))| array(*kind, &rows, index));
        Ok(RecordBatch::try_new(self.schema(), columns.collect())?)
    }
}

pub(crate) fn array(kind: Kind, rows: &Rows, index: usize) -> ArrayRef {
    let values = || rows.iter().map(|row| row.get(index).unwrap_or(&Value::Null));
    let integers = || {
        values().map(|value| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        })
    };
    match kind {
        Kind::Bool => Arc::new(BooleanArray::from_iter(values().map(|value| match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }))),
        Kind::Int2 => Arc::new(Int16Array::from_iter(
            integers().map(|value| value.and_then(|value| i16::try_from(value).ok())),
        )),
        Kind::Int4 => Arc::new(Int32Array::from_iter(
            integers().map(|value| value.and_then(|value| i32::try_from(value).ok())),
        )),
        Kind::Int8 | Kind::Oid => Arc::new(Int64Array::from_iter(integers())),
        Kind::Float8 => Arc::new(Float64Array::from_iter(values().map(|value| match value {
            Value::Float(value) => Some(*value),
            _ => None,
        }))),
        Kind::Numeric => Arc::new(
            Decimal128Array::from_iter(integers().map(|value| value.map(i128::from)))
                .with_data_type(kind.arrow()),
        ),
        Kind::Text | Kind::Varchar | Kind::YesOrNo | Kind::Name | Kind::Identifier | Kind::Char => {
            Arc::new(StringViewArray::from_iter(values().map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })))
        }
        Kind::TimestampTz => Arc::new(TimestampMicrosecondArray::from_iter(integers()).with_timezone("UTC")),
        Kind::Interval => Arc::new(IntervalMonthDayNanoArray::from_iter(integers().map(|micros| {
            micros.map(|micros| IntervalMonthDayNanoType::make_value(0, 0, micros.saturating_mul(1_000)))
        }))),
        Kind::TextArray => {
            let mut builder = ListBuilder::new(StringViewBuilder::new());
            for value in values() {
                match value {
                    Value::Texts(texts) => builder.append_value(texts.iter().map(Some)),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
    }
}

/// A system table for one statement.
#[derive(Debug)]
struct SystemTable {
    definition: &'static Definition,
    context: Arc<StatementContext>,
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        self.definition.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batch = self.definition.batch(&self.context)?;
        let plan = MemorySourceConfig::try_new_exec(&[vec![batch]], self.schema(), projection.cloned())?;
        Ok(plan)
    }
}

/// A schema of such tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    pub(crate) name: &'static str,
    /// Its OID in `pg_namespace`.
    pub(crate) oid: u32,
    /// In groups, as they are written.
    pub(crate) tables: &'static [&'static [&'static Definition]],
}

impl Tables {
    /// All of them.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = &'static Definition> + use<> {
        self.tables.iter().flat_map(|group| group.iter().copied())
    }
}

impl Tables {
    /// The table with this name, for one statement.
    pub(crate) fn table(
        &self,
        name: &str,
        context: &Arc<StatementContext>,
    ) -> Option<Arc<dyn TableProvider>> {
        let definition = self.definitions().find(|table| table.name == name)?;
        Some(Arc::new(SystemTable { definition, context: Arc::clone(context) }))
    }
}
