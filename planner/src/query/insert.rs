//! `INSERT`: a query's rows in the shape of a table, by PostgreSQL's assignment casts.
//!
//! What PostgreSQL reads by the column's type — literals, parameters and `DEFAULT` standing alone — is
//! given that type in the syntax tree; everything else is converted above the plan.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::{Column as ColumnName, DFSchema, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_expr::PhysicalExpr;
use sqlparser::ast::{self, CastKind, ExprWithAlias, Spanned, Value};
use storage::catalog::{Catalog, CatalogObject};
use storage::schema::{Column, ColumnOrigin, ColumnType};
use storage::snapshot::Snapshot;

use super::{Engine, dialect, parameters};
use crate::error::{Result, SqlError, position_of, translate};
use crate::expression::convert;
use crate::search_path::{SearchPath, no_schema};
use crate::session::Session;
use crate::statement::{CopyFrom, InsertInto, Name, QualifiedName, did_you_mean, parse_expression};

/// Where rows go.
#[derive(Debug)]
pub(super) struct Target {
    columns: Vec<Column>,
    /// The columns that the query gives, by their place in the table.
    given: Vec<usize>,
    /// Whether the statement named them, and where.
    named: bool,
    named_at: Vec<usize>,
    overriding: bool,
    /// Where the first value of each stands in the statement's text, as far as it is known.
    positions: Vec<Option<usize>>,
    /// The fields of the columns that parameters are given to as they are, from `$1`.
    parameters: Vec<Option<Field>>,
}

impl Target {
    /// Finds table and columns.
    pub(super) fn find(into: &InsertInto, path: &SearchPath, catalog: &Catalog) -> Result<Self> {
        let columns = columns_of(&into.table, path, catalog)?;
        let given = match &into.columns {
            None => (0..columns.len()).collect(),
            Some(names) => places(names, columns, &into.table.value)?,
        };
        Ok(Self {
            columns: columns.to_vec(),
            given,
            named: into.columns.is_some(),
            named_at: into.columns.iter().flatten().map(|name| name.position).collect(),
            overriding: into.overriding,
            positions: Vec::new(),
            parameters: Vec::new(),
        })
    }

    /// The columns of the result, as the table has them.
    pub(super) fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|column| column.field().with_nullable(true));
        Arc::new(Schema::new(fields.collect::<Vec<Field>>()))
    }

    /// What [`type_values`](Self::type_values) found of parameters.
    pub(super) fn parameters(&self) -> &[Option<Field>] {
        &self.parameters
    }

    /// Gives literals, parameters and `DEFAULT` the types of their columns.
    pub(super) fn type_values(&mut self, statement: &mut ast::Statement, text: &str) -> Result<()> {
        let ast::Statement::Query(query) = statement else { return Ok(()) };
        match query.body.as_mut() {
            ast::SetExpr::Values(values) => {
                let first = values.rows.first().map(|row| row.content.as_slice()).unwrap_or_default();
                self.positions = first.iter().map(|expr| position_of(expr.span(), text)).collect();
                for row in &mut values.rows {
                    self.check_count(row.len()).map_err(|error| {
                        let extra = row.content.get(self.given.len());
                        let place = extra.and_then(|extra| position_of(extra.span(), text));
                        SqlError { position: error.position.or(place), ..error }
                    })?;
                    for (expr, place) in row.iter_mut().zip(&self.given) {
                        note_parameter(&mut self.parameters, expr, &self.columns[*place]);
                        self.type_value(expr, &self.columns[*place])?;
                    }
                }
            }
            ast::SetExpr::Select(select) => {
                for (item, place) in select.projection.iter_mut().zip(&self.given) {
                    match item {
                        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => {
                            note_parameter(&mut self.parameters, expr, &self.columns[*place]);
                            type_literal(expr, self.columns[*place].column_type);
                        }
                        // Behind a wildcard it is not known which column is which.
                        _ => break,
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn type_value(&self, expr: &mut ast::Expr, column: &Column) -> Result<()> {
        if !is_default(expr) {
            type_literal(expr, column.column_type);
            return Ok(());
        }
        *expr = match &column.origin {
            ColumnOrigin::Inserted { default: Some(default) } => parse_expression(default)?,
            _ => null(),
        };
        type_literal(expr, column.column_type);
        Ok(())
    }

    fn check_count(&self, count: usize) -> Result<()> {
        // DEFAULT VALUES: a row of nothing.
        if self.named && self.given.is_empty() {
            return Ok(());
        }
        if count > self.given.len() {
            return Err(SqlError::new("42601", "INSERT has more expressions than target columns"));
        }
        if count < self.given.len() && self.named {
            let missing = self.named_at.get(count).copied();
            let error = SqlError::new("42601", "INSERT has more target columns than expressions");
            return Err(SqlError { position: missing, ..error });
        }
        Ok(())
    }

    /// The plan of whole rows of the table, above a plan of what the statement gives.
    pub(super) fn project(
        &self,
        plan: LogicalPlan,
        is_values: bool,
        state: &SessionState,
    ) -> Result<LogicalPlan> {
        let fields: Vec<_> =
            plan.schema().iter().map(|(table, field)| (table.cloned(), Arc::clone(field))).collect();
        self.check_count(fields.len())?;
        let failed = |error| translate(error, "");
        let mut exprs = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.iter().enumerate() {
            let source = self.given.iter().position(|place| *place == index);
            let source = source.and_then(|place| fields.get(place));
            let expr = match (source, &column.origin) {
                (Some(_), ColumnOrigin::Generated { .. }) if !is_values => return Err(self.refused(column)),
                (Some(_), ColumnOrigin::Identity { always: true }) if !is_values && !self.overriding => {
                    return Err(self.refused(column));
                }
                (Some((table, field)), _) => {
                    let place = self.given.iter().position(|place| *place == index);
                    let position = place.and_then(|place| *self.positions.get(place)?);
                    let given = Expr::Column(ColumnName::new(table.clone(), field.name()));
                    converted(given, field, column, "expression")
                        .map_err(|error| SqlError { position: error.position.or(position), ..error })?
                }
                (None, ColumnOrigin::Inserted { default: Some(default) }) => {
                    default_value(default, column, state)?
                }
                (None, _) => {
                    Expr::Literal(ScalarValue::try_from(&column.column_type.arrow()).map_err(failed)?, None)
                }
            };
            exprs.push(expr.alias(&column.name));
        }
        LogicalPlanBuilder::from(plan).project(exprs).and_then(LogicalPlanBuilder::build).map_err(failed)
    }

    fn refused(&self, column: &Column) -> SqlError {
        let error = SqlError::new(
            "428C9",
            format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
        );
        match column.origin {
            ColumnOrigin::Identity { .. } => error
                .with_detail(format!(
                    "Column \"{}\" is an identity column defined as GENERATED ALWAYS.",
                    column.name
                ))
                .with_hint("Use OVERRIDING SYSTEM VALUE to override."),
            _ => error.with_detail(format!("Column \"{}\" is a generated column.", column.name)),
        }
    }

    /// `VALUES` may say DEFAULT for a column that takes no other value.
    pub(super) fn check_values(&self, statement: &ast::Statement) -> Result<bool> {
        let ast::Statement::Query(query) = statement else { return Ok(false) };
        let ast::SetExpr::Values(values) = query.body.as_ref() else { return Ok(false) };
        for (row, place) in values.rows.iter().flat_map(|row| row.iter().zip(&self.given)) {
            let column = &self.columns[*place];
            let takes_none = match column.origin {
                ColumnOrigin::Generated { .. } => true,
                ColumnOrigin::Identity { always } => always && !self.overriding,
                _ => false,
            };
            if takes_none && !is_default(row) {
                return Err(self.refused(column));
            }
        }
        Ok(true)
    }
}

fn converted(expr: Expr, field: &Field, column: &Column, what: &str) -> Result<Expr> {
    convert(expr, field, column.column_type, true).map_err(|mut error| {
        error.message = format!("column \"{}\" {}", column.name, error.message.replace("expression", what));
        error
    })
}

/// `DEFAULT`'s expression, as the column's type.
fn default_value(default: &str, column: &Column, state: &SessionState) -> Result<Expr> {
    let failed = |error| translate(error, default);
    let empty = DFSchema::empty();
    let mut ast = parse_expression(default)?;
    type_literal(&mut ast, column.column_type);
    dialect::rewrite(&mut ast);
    let expr = ExprWithAlias { expr: ast, alias: None };
    let expr = state.create_logical_expr_from_sql_expr(expr, &empty).map_err(failed)?;
    let field = expr.to_field(&empty).map_err(failed)?.1;
    converted(expr, &field, column, "default expression")
}

/// Whether a column's default can be computed: names no column, and is of a fitting type.
pub(crate) fn check_default(column: &Column, state: &SessionState) -> Result<()> {
    let ColumnOrigin::Inserted { default: Some(default) } = &column.origin else { return Ok(()) };
    match default_value(default, column, state) {
        Err(error) if error.sqlstate == "42703" => {
            Err(SqlError::new("0A000", "cannot use column reference in DEFAULT expression"))
        }
        Err(error) => Err(error),
        // A constant that is not of the type is found now, not with the first row.
        Ok(value) => {
            let physical = state.create_physical_expr(value, &DFSchema::empty());
            let value =
                physical.and_then(|value| value.evaluate(&RecordBatch::new_empty(Arc::new(Schema::empty()))));
            match value.map_err(|error| translate(error, "")) {
                // 22000 is what has no code of its own, such as a function that only a statement has.
                Err(error) if error.sqlstate.starts_with("22") && error.sqlstate != "22000" => Err(error),
                _ => Ok(()),
            }
        }
    }
}

/// `COPY … FROM`: the table's columns that lines give, and what the others are.
#[derive(Debug)]
pub struct CopyTarget {
    /// All columns of the table.
    pub columns: Vec<Column>,
    /// The places of those that lines give, in their order.
    pub given: Vec<usize>,
    others: Vec<(usize, Arc<dyn PhysicalExpr>)>,
}

impl Engine {
    /// Resolves the columns of `COPY … FROM`.
    pub fn copy_target(&self, copy: &CopyFrom, session: &Session, snapshot: &Snapshot) -> Result<CopyTarget> {
        let (path, catalog) = (&session.path, snapshot.catalog());
        if let Some(schema) = copy.table.schema.as_ref().filter(|schema| !path.exists(catalog, schema)) {
            return Err(no_schema(schema).at(copy.table.position));
        }
        let columns = columns_of(&copy.table, path, catalog)?;
        let given: Vec<usize> = match &copy.columns {
            Some(names) => {
                let places = places(names, columns, &copy.table.value)?;
                let generated = places.iter().zip(names).find(|(place, _)| is_generated(&columns[**place]));
                if let Some((_, name)) = generated {
                    let message = format!("column \"{}\" is a generated column", name.value);
                    return Err(SqlError::new("42P10", message)
                        .with_detail("Generated columns cannot be used in COPY.")
                        .at(name.position));
                }
                places
            }
            None => (0..columns.len()).filter(|place| !is_generated(&columns[*place])).collect(),
        };
        let (state, _) = self.state(session, snapshot)?;
        let failed = |error| translate(error, "");
        let mut others = Vec::new();
        for (place, column) in columns.iter().enumerate().filter(|(place, _)| !given.contains(place)) {
            let expr = match &column.origin {
                ColumnOrigin::Inserted { default: Some(default) } => default_value(default, column, &state)?,
                _ => Expr::Literal(ScalarValue::try_from(&column.column_type.arrow()).map_err(failed)?, None),
            };
            others.push((place, state.create_physical_expr(expr, &DFSchema::empty()).map_err(failed)?));
        }
        Ok(CopyTarget { columns: columns.to_vec(), given, others })
    }
}

impl CopyTarget {
    /// Whole rows of the table, of the columns that lines gave.
    pub fn rows(&self, given: Vec<ArrayRef>, count: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let nothing = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
        let mut columns: Vec<Option<ArrayRef>> = vec![None; self.columns.len()];
        for (place, expr) in &self.others {
            let value = expr.evaluate(&nothing).and_then(|value| value.into_array(count))?;
            columns[*place] = Some(cast(&value, &self.columns[*place].column_type.arrow())?);
        }
        for (place, array) in self.given.iter().zip(given) {
            columns[*place] = Some(array);
        }
        let fields: Vec<Field> =
            self.columns.iter().map(|column| column.field().with_nullable(true)).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().flatten().collect())?)
    }
}

fn is_generated(column: &Column) -> bool {
    matches!(column.origin, ColumnOrigin::Generated { .. })
}

/// The columns of the plain table with this name.
pub(crate) fn columns_of<'a>(
    table: &QualifiedName,
    path: &SearchPath,
    catalog: &'a Catalog,
) -> Result<&'a [Column]> {
    let name = &table.value;
    match path.entry(catalog, table).map(|entry| &entry.object) {
        Some(CatalogObject::Table(found)) => Ok(&found.table.schema.columns),
        Some(CatalogObject::Connection(_)) | None if path.table(catalog, table).is_none() => {
            let error = SqlError::new("42P01", format!("relation \"{table}\" does not exist"));
            let names = catalog.entries.values().map(|entry| entry.name.as_str());
            Err(match did_you_mean(name, names) {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
            .at(table.position))
        }
        Some(CatalogObject::View(_)) => {
            Err(SqlError::new("55000", format!("cannot insert into view \"{name}\""))
                .with_hint("Insert into the table that it reads."))
        }
        _ => Err(SqlError::new("42809", format!("cannot insert into source \"{name}\""))
            .with_detail("Its rows come from Kafka.")
            .with_hint("Send messages to its topic, or insert into a table made by CREATE TABLE.")),
    }
}

/// Where these columns stand in the table.
pub(crate) fn places(names: &[Name], columns: &[Column], table: &str) -> Result<Vec<usize>> {
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let Some(place) = columns.iter().position(|column| column.name == name.value) else {
            let message = format!("column \"{}\" of relation \"{table}\" does not exist", name.value);
            let error = SqlError::new("42703", message).at(name.position);
            return Err(match did_you_mean(&name.value, columns.iter().map(|column| &column.name)) {
                Some(hint) => error.with_hint(hint),
                None => error,
            });
        };
        if places.contains(&place) {
            let message = format!("column \"{}\" specified more than once", name.value);
            return Err(SqlError::new("42701", message).at(name.position));
        }
        places.push(place);
    }
    Ok(places)
}

/// A parameter standing alone is of its first column's type.
fn note_parameter(parameters: &mut Vec<Option<Field>>, expr: &ast::Expr, column: &Column) {
    if let Some(index) = parameters::index_of(expr) {
        parameters.resize(parameters.len().max(index + 1), None);
        parameters[index].get_or_insert_with(|| column.field());
    }
}

fn is_default(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Identifier(ident)
        if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

/// A literal without a type of its own, or a parameter, takes the column's.
fn type_literal(expr: &mut ast::Expr, column_type: ColumnType) {
    let is_open = matches!(expr, ast::Expr::Value(value) if matches!(
        value.value,
        Value::SingleQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::DollarQuotedString(_)
            | Value::UnicodeStringLiteral(_)
            | Value::Placeholder(_)
            | Value::Null
    ));
    if is_open {
        *expr = cast_to(std::mem::replace(expr, null()), column_type);
    }
}

fn null() -> ast::Expr {
    ast::Expr::Value(Value::Null.into())
}

/// An explicit cast, but for lengths: what is too long must be an error, not be cut.
fn cast_to(expr: ast::Expr, column_type: ColumnType) -> ast::Expr {
    use ast::{DataType, ExactNumberInfo, TimezoneInfo};
    let data_type = match column_type {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::SmallInt => DataType::SmallInt(None),
        ColumnType::Integer => DataType::Integer(None),
        ColumnType::BigInt => DataType::BigInt(None),
        ColumnType::Real => DataType::Real,
        ColumnType::Double => DataType::DoublePrecision,
        ColumnType::Numeric { precision, scale } => {
            DataType::Numeric(ExactNumberInfo::PrecisionAndScale(precision.into(), scale.into()))
        }
        ColumnType::Text | ColumnType::Varchar { .. } | ColumnType::Character { .. } => DataType::Text,
        ColumnType::Bytea => DataType::Bytea,
        ColumnType::Uuid => DataType::Uuid,
        ColumnType::Date => DataType::Date,
        ColumnType::Time => DataType::Time(None, TimezoneInfo::None),
        ColumnType::Timestamp => DataType::Timestamp(None, TimezoneInfo::None),
        ColumnType::TimestampTz => DataType::Timestamp(None, TimezoneInfo::Tz),
        ColumnType::Jsonb => DataType::JSONB,
        ColumnType::TextArray => {
            DataType::Array(ast::ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None))
        }
    };
    ast::Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}
