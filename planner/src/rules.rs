//! What the rows of a plain table must be: numbers filled in, generated columns computed, constraints
//! held. In PostgreSQL's words and order: <https://www.postgresql.org/docs/15/ddl-constraints.html>.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Int64Type, SchemaRef, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::execution::SessionState;
use datafusion::physical_expr::PhysicalExpr;
use storage::catalog::PlainTable;
use storage::ids::ColumnId;
use storage::schema::{Column, ColumnOrigin, ColumnType, DATE_DAYS, TIMESTAMP_MICROS};

use crate::error::{Result, SqlError, translate};
use crate::expression::{self, Place, ScopeColumn};
use crate::function::character::trimmed;
use crate::query::Engine;

/// The compiled rules of one table.
#[derive(Debug)]
pub struct TableRules {
    name: String,
    columns: Vec<Column>,
    stored: SchemaRef,
    generated: Vec<(usize, Arc<dyn PhysicalExpr>)>,
    checks: Vec<(String, Arc<dyn PhysicalExpr>)>,
}

impl Engine {
    /// Compiles what the rows of a table must be.
    pub fn table_rules(&self, name: &str, table: &PlainTable) -> Result<TableRules> {
        TableRules::compile(name, table, self.expression_state())
    }
}

impl TableRules {
    pub(crate) fn compile(name: &str, table: &PlainTable, state: &SessionState) -> Result<Self> {
        let columns = &table.table.schema.columns;
        let scope = scope(columns);
        let mut generated = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            if let ColumnOrigin::Generated { expression } = &column.origin {
                let place = Place::Generated(column.column_type);
                generated.push((index, expression::compile(expression, place, &scope, state)?));
            }
        }
        let checks = table.checks.iter().map(|check| {
            let compiled = expression::compile(&check.expression, Place::Check, &scope, state)?;
            Ok((check.name.clone(), compiled))
        });
        Ok(Self {
            name: name.to_owned(),
            columns: columns.clone(),
            stored: table.table.schema.stored(),
            generated,
            checks: checks.collect::<Result<_>>()?,
        })
    }

    /// Whole rows in the table's order of columns, as segments and hot rows hold them. `numbers`
    /// gives the first of so many new numbers of an identity column, or learns of a given one.
    pub fn apply(
        &self,
        rows: &RecordBatch,
        numbers: &mut dyn FnMut(ColumnId, Numbers) -> i64,
    ) -> Result<RecordBatch> {
        let mut columns = rows.columns().to_vec();
        for (array, column) in columns.iter_mut().zip(&self.columns) {
            // Of CREATE TABLE AS: a query has more kinds of texts and numerics than tables have.
            let stored = column.column_type.arrow();
            if array.data_type() != &stored {
                let options = CastOptions { safe: false, ..CastOptions::default() };
                *array = cast_with_options(array, &stored, &options).map_err(SqlError::from)?;
            }
            if let ColumnOrigin::Identity { .. } = column.origin {
                *array = numbered(array, column, numbers)?;
            }
            if let ColumnType::Varchar { .. } | ColumnType::Character { .. } = column.column_type {
                *array = fitted(array, column.column_type)?;
            }
        }
        let mut whole = RecordBatch::try_new(Arc::clone(&self.stored), columns).map_err(internal)?;
        for (index, expression) in &self.generated {
            let named = self.named(&whole)?;
            let value = expression.evaluate(&named).and_then(|value| value.into_array(whole.num_rows()));
            let value = value.map_err(|error| translate(error, ""))?;
            let mut columns = whole.columns().to_vec();
            columns[*index] = match self.columns[*index].column_type {
                fits @ (ColumnType::Varchar { .. } | ColumnType::Character { .. }) => fitted(&value, fits)?,
                other => cast(&value, &other.arrow()).map_err(internal)?,
            };
            whole = RecordBatch::try_new(Arc::clone(&self.stored), columns).map_err(internal)?;
        }
        for (array, column) in whole.columns().iter().zip(&self.columns) {
            check_times(array, column.column_type)?;
            if column.not_null
                && let Some(row) = (0..array.len()).find(|row| array.is_null(*row))
            {
                return Err(SqlError::new(
                    "23502",
                    format!(
                        "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                        column.name, self.name
                    ),
                )
                .with_detail(failing_row(&whole, row)));
            }
        }
        for (name, expression) in &self.checks {
            let named = self.named(&whole)?;
            let holds = expression.evaluate(&named).and_then(|value| value.into_array(whole.num_rows()));
            let holds = holds.map_err(|error| translate(error, ""))?;
            let Some(holds) = holds.as_boolean_opt() else { continue };
            if let Some(row) = holds.iter().position(|holds| holds == Some(false)) {
                let message =
                    format!("new row for relation \"{}\" violates check constraint \"{name}\"", self.name);
                return Err(SqlError::new("23514", message).with_detail(failing_row(&whole, row)));
            }
        }
        Ok(whole)
    }

    /// The rows under the names that expressions use.
    fn named(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let fields = self.columns.iter().map(|column| column.field().with_nullable(true));
        let schema = Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()));
        RecordBatch::try_new(schema, rows.columns().to_vec()).map_err(internal)
    }
}

/// What is asked of an identity column's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// So many new ones, of which the first is the answer.
    Next(u64),
    /// This one was given.
    Given(i64),
}

/// What expressions of a table may name.
pub(crate) fn scope(columns: &[Column]) -> Vec<ScopeColumn> {
    columns
        .iter()
        .map(|column| ScopeColumn {
            name: column.name.clone(),
            column_type: column.column_type,
            is_generated: matches!(column.origin, ColumnOrigin::Generated { .. }),
        })
        .collect()
}

fn numbered(
    array: &ArrayRef,
    column: &Column,
    numbers: &mut dyn FnMut(ColumnId, Numbers) -> i64,
) -> Result<ArrayRef> {
    let given = cast(array, &DataType::Int64).map_err(internal)?;
    let given = given.as_primitive::<Int64Type>();
    if let Some(largest) = given.iter().flatten().max() {
        numbers(column.id, Numbers::Given(largest));
    }
    if given.null_count() == 0 {
        return Ok(Arc::clone(array));
    }
    let mut next = numbers(column.id, Numbers::Next(given.null_count() as u64));
    let filled = given.iter().map(|value| {
        value.unwrap_or_else(|| {
            next += 1;
            next - 1
        })
    });
    let filled: ArrayRef = Arc::new(filled.map(Some).collect::<Int64Array>());
    let options = arrow::compute::CastOptions { safe: false, ..Default::default() };
    arrow::compute::cast_with_options(&filled, &column.column_type.arrow(), &options)
        .map_err(|_| SqlError::new("2200H", format!("the numbers of column \"{}\" are used up", column.name)))
}

/// Texts as a column of texts with a length has them; 22001 for one that is too long.
fn fitted(array: &ArrayRef, column_type: ColumnType) -> Result<ArrayRef> {
    let array = cast(array, &DataType::Utf8View).map_err(internal)?;
    match column_type {
        ColumnType::Varchar { length } => shortened(array, length, column_type),
        // Without its blanks at the end it has none to be cut.
        ColumnType::Character { length } => shortened(trimmed(&array), length, column_type),
        _ => Ok(array),
    }
}

/// Texts of so many characters at most; blanks beyond are cut, as SQL wants it.
fn shortened(array: ArrayRef, length: u32, column_type: ColumnType) -> Result<ArrayRef> {
    let texts = array.as_string_view();
    let length = length as usize;
    // Bytes first: counting characters is dearer, and seldom needed.
    let is_long = |text: &str| text.len() > length && text.chars().count() > length;
    if !texts.iter().flatten().any(is_long) {
        return Ok(array);
    }
    let mut cut = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(text) = text.filter(|text| is_long(text)) else {
            cut.push(text);
            continue;
        };
        let end = text.char_indices().nth(length).map_or(text.len(), |(end, _)| end);
        if text[end..].bytes().any(|byte| byte != b' ') {
            let message = format!("value too long for type {column_type}");
            return Err(SqlError::new("22001", message));
        }
        cut.push(Some(&text[..end]));
    }
    Ok(Arc::new(StringViewArray::from_iter(cut)))
}

fn check_times(array: &ArrayRef, column_type: ColumnType) -> Result<()> {
    let is_held = match column_type {
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            let mut values = array.as_primitive::<TimestampMicrosecondType>().iter().flatten();
            values.all(|micros| TIMESTAMP_MICROS.contains(&micros))
        }
        ColumnType::Date => {
            let mut values = array.as_primitive::<Date32Type>().iter().flatten();
            values.all(|days| DATE_DAYS.contains(&days))
        }
        _ => true,
    };
    let name = if column_type == ColumnType::Date { "date" } else { "timestamp" };
    if is_held { Ok(()) } else { Err(SqlError::new("22008", format!("{name} out of range"))) }
}

/// `Failing row contains (1, null, f).`
fn failing_row(rows: &RecordBatch, row: usize) -> String {
    let options = FormatOptions::new()
        .with_null("null")
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f+00"));
    let mut text = String::from("Failing row contains (");
    for (index, array) in rows.columns().iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        match array.as_boolean_opt().filter(|_| array.is_valid(row)) {
            Some(flags) => text.push(if flags.value(row) { 't' } else { 'f' }),
            None => {
                let _ = match ArrayFormatter::try_new(array, &options) {
                    Ok(formatter) => write!(text, "{}", formatter.value(row)),
                    Err(_) => write!(text, "…"),
                };
            }
        }
        // As PostgreSQL, not all of a long value.
        if text.len() > 1024 {
            let mut end = 1024;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push_str("...");
            break;
        }
    }
    text.push_str(").");
    text
}

fn internal(error: arrow::error::ArrowError) -> SqlError {
    SqlError::new("XX000", error.to_string())
}
