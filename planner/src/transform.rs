//! Generated columns and filter of a source, run over batches as they come in.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{concat, prep_null_mask_filter};
use arrow::datatypes::{DataType, Date32Type, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::physical_expr::PhysicalExpr;
use storage::catalog::SourceDefinition;
use storage::ids::ColumnId;
use storage::schema::{ColumnOrigin, ColumnType, DATE_DAYS, TIMESTAMP_MICROS};
use storage::transform::{RowError, RowTransform, Transformed};

use crate::error::Result;
use crate::expression::{Place, ScopeColumn, compile};
use crate::function::character::trimmed;

/// The compiled expressions of one definition.
#[derive(Debug)]
pub(crate) struct Transform {
    generated: Vec<Generated>,
    filter: Option<Arc<dyn PhysicalExpr>>,
}

#[derive(Debug)]
struct Generated {
    id: ColumnId,
    /// Its place among the columns.
    index: usize,
    name: String,
    column_type: ColumnType,
    expression: Arc<dyn PhysicalExpr>,
}

impl Transform {
    /// None where there is nothing to do.
    pub(crate) fn compile(source: &SourceDefinition, state: &SessionState) -> Result<Option<Self>> {
        let columns = &source.table.schema.columns;
        let scope: Vec<_> = columns
            .iter()
            .map(|column| ScopeColumn {
                name: column.name.clone(),
                column_type: column.column_type,
                is_generated: matches!(column.origin, ColumnOrigin::Generated { .. }),
            })
            .collect();
        let mut generated = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            if let ColumnOrigin::Generated { expression } = &column.origin {
                generated.push(Generated {
                    id: column.id,
                    index,
                    name: column.name.clone(),
                    column_type: column.column_type,
                    expression: compile(expression, Place::Generated(column.column_type), &scope, state)?,
                });
            }
        }
        let filter = source.filter.as_ref();
        let filter = filter.map(|filter| compile(filter, Place::Filter, &scope, state)).transpose()?;
        Ok((!generated.is_empty() || filter.is_some()).then_some(Self { generated, filter }))
    }
}

impl RowTransform for Transform {
    fn apply(&self, rows: &RecordBatch) -> Transformed {
        // One error a row: the first.
        let mut errors = BTreeMap::new();
        let mut generated = Vec::with_capacity(self.generated.len());
        let mut columns = rows.columns().to_vec();
        for column in &self.generated {
            let data_type = column.column_type.arrow();
            let mut values = evaluate(&column.expression, rows, 0, &data_type, &mut |row, reason| {
                errors.entry(row).or_insert_with(|| format!("column \"{}\": {reason}", column.name));
            });
            if let ColumnType::Character { .. } = column.column_type {
                values = trimmed(&values);
            }
            if let ColumnType::Varchar { length } | ColumnType::Character { length } = column.column_type {
                check_lengths(&values, length, column, &mut errors);
            }
            check_times(&values, column.column_type, &column.name, &mut errors);
            columns[column.index] = Arc::clone(&values);
            generated.push((column.id, values));
        }
        let keep = self.filter.as_ref().map(|filter| {
            let rows = with_columns(rows, columns);
            let kept = evaluate(filter, &rows, 0, &DataType::Boolean, &mut |row, reason| {
                errors.entry(row).or_insert_with(|| format!("WHERE: {reason}"));
            });
            let kept = kept.as_boolean();
            // Null is no yes. The kernel wants nulls to be there.
            if kept.null_count() == 0 { kept.clone() } else { prep_null_mask_filter(kept) }
        });
        let errors = errors.into_iter().map(|(row, message)| RowError { row, message }).collect();
        Transformed { generated, keep, errors }
    }
}

/// The same rows with other columns of the same types.
fn with_columns(rows: &RecordBatch, columns: Vec<ArrayRef>) -> RecordBatch {
    let schema = SchemaRef::clone(rows.schema_ref());
    RecordBatch::try_new(schema, columns)
        .expect("columns keep length and type, and stored fields are nullable")
}

/// Evaluates a whole batch at once; where that fails, each half by itself, down to the rows that
/// are at fault, which become null.
fn evaluate(
    expression: &Arc<dyn PhysicalExpr>,
    rows: &RecordBatch,
    first: usize,
    data_type: &DataType,
    fail: &mut dyn FnMut(usize, String),
) -> ArrayRef {
    let count = rows.num_rows();
    let evaluated = expression.evaluate(rows).and_then(|value| value.into_array(count));
    // A constant NULL has a type of its own.
    match evaluated.map(|values| {
        if values.data_type() == &DataType::Null { new_null_array(data_type, count) } else { values }
    }) {
        Ok(values) => values,
        Err(error) if count <= 1 => {
            if count == 1 {
                fail(first, reason(&error));
            }
            new_null_array(data_type, count)
        }
        Err(_) => {
            let half = count / 2;
            let left = evaluate(expression, &rows.slice(0, half), first, data_type, fail);
            let right = evaluate(expression, &rows.slice(half, count - half), first + half, data_type, fail);
            concat(&[&left, &right]).expect("both halves have the column's type")
        }
    }
}

fn check_lengths(values: &ArrayRef, length: u32, column: &Generated, errors: &mut BTreeMap<usize, String>) {
    for (row, value) in values.as_string_view().iter().enumerate() {
        // Bytes first: counting characters is dearer, and seldom needed.
        if let Some(value) = value
            && value.len() > length as usize
            && value.chars().count() > length as usize
        {
            errors.entry(row).or_insert_with(|| {
                format!("column \"{}\": value too long for type {}", column.name, column.column_type)
            });
        }
    }
}

fn check_times(values: &ArrayRef, column_type: ColumnType, name: &str, errors: &mut BTreeMap<usize, String>) {
    let mut check = |row, is_held: bool| {
        if !is_held {
            errors.entry(row).or_insert_with(|| format!("column \"{name}\": {column_type} out of range"));
        }
    };
    match column_type {
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            for (row, micros) in values.as_primitive::<TimestampMicrosecondType>().iter().enumerate() {
                check(row, micros.is_none_or(|micros| TIMESTAMP_MICROS.contains(&micros)));
            }
        }
        ColumnType::Date => {
            for (row, days) in values.as_primitive::<Date32Type>().iter().enumerate() {
                check(row, days.is_none_or(|days| DATE_DAYS.contains(&days)));
            }
        }
        _ => {}
    }
}

/// In PostgreSQL's words where it has some.
fn reason(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            ArrowError::DivideByZero => "division by zero".to_owned(),
            ArrowError::ArithmeticOverflow(_) => "value out of range".to_owned(),
            ArrowError::CastError(message)
            | ArrowError::ComputeError(message)
            | ArrowError::ParseError(message)
            | ArrowError::InvalidArgumentError(message) => message.clone(),
            other => other.to_string(),
        },
        DataFusionError::Execution(message) => message.clone(),
        other => other.strip_backtrace(),
    }
}
