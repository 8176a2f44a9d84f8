//! Expressions that run while rows come in: generated columns and `WHERE` of a source.
//!
//! A message that is read again must give the same row, so only immutable functions of the row's
//! own columns are allowed. Evaluation is in UTC whatever a session is set to.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, Operator, Volatility, cast};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::expressions::BinaryExpr;
use sqlparser::ast::{self, ExprWithAlias, ObjectNamePart, visit_expressions};
use storage::schema::{ColumnOrigin, ColumnType, PG_TYPE_KEY};

use crate::error::{Result, SqlError};
use crate::statement::{CreateSource, character_at, did_you_mean, parse_expression};

/// The functions and operators of the engine, without an engine.
#[cfg(test)]
pub(crate) fn state() -> SessionState {
    let mut state = datafusion::execution::SessionStateBuilder::new()
        .with_expr_planners(crate::function::planners())
        .with_default_features()
        .with_type_planner(Arc::new(crate::query::type_names::TypeNames::utc()))
        .build();
    crate::function::register(&mut state).unwrap();
    state
}

/// Where an expression stands, which decides what it may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `GENERATED ALWAYS AS`, for a column of this type.
    Generated(ColumnType),
    /// `WHERE`, which comes after the generated columns.
    Filter,
    /// `CHECK` of a table, which comes after them too.
    Check,
}

impl Place {
    fn words(self) -> &'static str {
        match self {
            Self::Generated(_) => "column generation expression",
            Self::Filter => "WHERE of a source",
            Self::Check => "check constraint",
        }
    }
}

/// A column that an expression may name.
#[derive(Clone, Debug)]
pub(crate) struct ScopeColumn {
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    pub(crate) is_generated: bool,
}

/// Checks every expression of a statement, with positions in it.
pub(crate) fn check(create: &CreateSource, state: &SessionState) -> Result<()> {
    let scope: Vec<_> = create
        .columns
        .iter()
        .map(|column| ScopeColumn {
            name: column.name.value.clone(),
            column_type: column.column_type,
            is_generated: matches!(column.origin, ColumnOrigin::Generated { .. }),
        })
        .collect();
    let generated = create.columns.iter().filter_map(|column| {
        let place = Place::Generated(column.column_type);
        column.generated.as_ref().map(|expression| (place, Some(&column.name), expression))
    });
    let filter = create.filter.iter().map(|expression| (Place::Filter, None, expression));
    for (place, column, expression) in generated.chain(filter) {
        compile(&expression.text, place, &scope, state).map_err(|mut error| {
            error.position = match (error.position, column) {
                (Some(position), _) => Some(position + expression.position - 1),
                // A type that does not fit is the column's matter.
                (None, Some(column)) if error.sqlstate == "42804" => Some(column.position),
                (None, _) => Some(expression.position),
            };
            match column {
                Some(column) if error.sqlstate == "42804" => {
                    error.message = format!("column \"{}\" {}", column.value, error.message);
                    error
                }
                _ => error,
            }
        })?;
    }
    Ok(())
}

/// Plans an expression over the columns, which must come in this order at evaluation. Positions
/// of errors count in the expression's own text.
pub(crate) fn compile(
    text: &str,
    place: Place,
    scope: &[ScopeColumn],
    state: &SessionState,
) -> Result<Arc<dyn PhysicalExpr>> {
    let mut ast = parse_expression(text)?;
    check_ast(&ast, text, place, scope, state)?;
    crate::query::dialect::rewrite(&mut ast);
    crate::query::functions::rewrite(&mut ast);
    let schema = schema(scope)?;
    let plan = |expr: Expr| -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
        fail_on_overflow(state.create_physical_expr(expr, &schema)?)
    };
    let logical = state
        .create_logical_expr_from_sql_expr(ExprWithAlias { expr: ast, alias: None }, &schema)
        .map_err(|error| planning_error(&error))?;
    check_logical(&logical, place)?;
    let physical = plan(logical.clone()).map_err(|error| planning_error(&error))?;
    let field = physical.return_field(schema.as_arrow()).map_err(|error| planning_error(&error))?;
    match place {
        Place::Filter | Place::Check => match field.data_type() {
            DataType::Boolean | DataType::Null => Ok(physical),
            other => {
                let clause = if place == Place::Check { "CHECK" } else { "WHERE" };
                let message =
                    format!("argument of {clause} must be type boolean, not type {}", type_name(other));
                Err(SqlError::new("42804", message).at(1))
            }
        },
        Place::Generated(column_type) => {
            // Other types would be written in the engine's own form.
            let converted = convert(logical, &field, column_type, false)?;
            plan(converted).map_err(|error| planning_error(&error))
        }
    }
}

/// Every column may be null: constraints are checked after the transform.
fn schema(scope: &[ScopeColumn]) -> Result<DFSchema> {
    let fields: Vec<_> = scope
        .iter()
        .map(|column| {
            let metadata = HashMap::from([(PG_TYPE_KEY.to_owned(), column.column_type.to_string())]);
            Field::new(&column.name, column.column_type.arrow(), true).with_metadata(metadata)
        })
        .collect();
    DFSchema::try_from(Schema::new(fields)).map_err(|error| planning_error(&error))
}

/// What can be seen in the text, so that the error points at it.
fn check_ast(
    ast: &ast::Expr,
    text: &str,
    place: Place,
    scope: &[ScopeColumn],
    state: &SessionState,
) -> Result<()> {
    let found = visit_expressions(ast, |expr| match check_node(expr, text, place, scope, state) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    });
    crate::error::finished(found)
}

fn check_node(
    expr: &ast::Expr,
    text: &str,
    place: Place,
    scope: &[ScopeColumn],
    state: &SessionState,
) -> Result<()> {
    let words = place.words();
    match expr {
        ast::Expr::Identifier(ident) => {
            let name = match ident.quote_style {
                Some(_) => ident.value.clone(),
                None => ident.value.to_ascii_lowercase(),
            };
            let position = character_at(text, ident.span.start);
            let Some(column) = scope.iter().find(|column| column.name == name) else {
                let error = SqlError::new("42703", format!("column \"{name}\" does not exist")).at(position);
                return Err(match did_you_mean(&name, scope.iter().map(|column| column.name.as_str())) {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                });
            };
            if column.is_generated && matches!(place, Place::Generated(_)) {
                let message = format!("cannot use generated column \"{name}\" in {words}");
                return Err(SqlError::new("42P17", message)
                    .with_detail("A generated column cannot reference another generated column.")
                    .at(position));
            }
            Ok(())
        }
        ast::Expr::CompoundIdentifier(idents) => {
            let position = idents.first().map_or(1, |ident| character_at(text, ident.span.start));
            Err(SqlError::new("0A000", format!("a qualified name in {words} is not supported"))
                .with_hint("Write the name of the column alone, or -> for a field of a jsonb column.")
                .at(position))
        }
        ast::Expr::Subquery(_) | ast::Expr::Exists { .. } | ast::Expr::InSubquery { .. } => {
            let span = ast::Spanned::span(expr);
            Err(SqlError::new("42P17", format!("cannot use subquery in {words}"))
                .at(character_at(text, span.start)))
        }
        ast::Expr::Value(value) if matches!(value.value, ast::Value::Placeholder(_)) => {
            Err(SqlError::new("42P02", format!("there is no parameter {}", value.value))
                .at(character_at(text, value.span.start)))
        }
        ast::Expr::Function(function) => check_function(function, text, place, state),
        _ => Ok(()),
    }
}

fn check_function(function: &ast::Function, text: &str, place: Place, state: &SessionState) -> Result<()> {
    let Some(ObjectNamePart::Identifier(ident)) = function.name.0.last() else { return Ok(()) };
    let position = character_at(text, ident.span.start);
    let name = match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    };
    let refuse = |message: String| Err(SqlError::new("42P17", message).at(position));
    if function.over.is_some() {
        return refuse(format!("window functions are not allowed in {}", place.words()));
    }
    match state.scalar_functions().get(&name) {
        Some(scalar) if scalar.signature().volatility == Volatility::Immutable => Ok(()),
        Some(_) => refuse(not_immutable(&name, place)),
        None if state.aggregate_functions().contains_key(&name) => {
            refuse(format!("aggregate functions are not allowed in {}", place.words()))
        }
        None if state.window_functions().contains_key(&name) => {
            refuse(format!("window functions are not allowed in {}", place.words()))
        }
        None => {
            let error = SqlError::new("42883", format!("function {name} does not exist")).at(position);
            Err(match did_you_mean(&name, state.scalar_functions().keys()) {
                Some(hint) => error.with_hint(hint),
                None => error,
            })
        }
    }
}

fn not_immutable(function: &str, place: Place) -> String {
    format!("function {function} is not immutable, which a {} must be", place.words())
}

/// Syntax such as `CURRENT_DATE` becomes a function only in the plan.
fn check_logical(expr: &Expr, place: Place) -> Result<()> {
    let mut refused = None;
    let walked = expr.apply(|node| {
        let reason = match node {
            Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                Some(not_immutable(call.func.name(), place))
            }
            Expr::AggregateFunction(_) => {
                Some(format!("aggregate functions are not allowed in {}", place.words()))
            }
            Expr::WindowFunction(_) => Some(format!("window functions are not allowed in {}", place.words())),
            Expr::ScalarVariable(..) => Some(format!("variables are not allowed in {}", place.words())),
            _ => None,
        };
        Ok(match reason {
            Some(reason) => {
                refused = Some(reason);
                TreeNodeRecursion::Stop
            }
            None => TreeNodeRecursion::Continue,
        })
    });
    walked.map_err(|error| planning_error(&error))?;
    match refused {
        Some(message) => Err(SqlError::new("42P17", message)),
        None => Ok(()),
    }
}

/// PostgreSQL's assignment casts, as far as both sides have the types.
pub(crate) fn convert(
    expr: Expr,
    from: &Field,
    column_type: ColumnType,
    anything_as_text: bool,
) -> Result<Expr> {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Decimal128, Decimal256, Float32, Float64, Int8, Int16, Int32,
        Int64, LargeBinary, LargeUtf8, List, Null, Time64, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8,
        Utf8View,
    };
    let to = column_type.arrow();
    let given = from.metadata().get(PG_TYPE_KEY);
    let is_integer =
        matches!(from.data_type(), Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64);
    let is_fraction = matches!(from.data_type(), Float32 | Float64 | Decimal128(..) | Decimal256(..));
    let is_text = matches!(from.data_type(), Utf8 | LargeUtf8 | Utf8View);
    let is_literal = matches!(expr, Expr::Literal(..));
    let fits = match column_type {
        ColumnType::Boolean => from.data_type() == &Boolean,
        ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::Real
        | ColumnType::Double
        | ColumnType::Numeric { .. } => is_integer || is_fraction,
        ColumnType::Text | ColumnType::Varchar { .. } | ColumnType::Character { .. } => {
            anything_as_text || is_text || is_integer || from.data_type() == &Boolean
        }
        // Only what is known to be canonical.
        ColumnType::Uuid | ColumnType::Jsonb => {
            is_text && given.is_some_and(|given| *given == column_type.to_string())
        }
        ColumnType::Bytea => matches!(from.data_type(), Binary | LargeBinary | BinaryView),
        ColumnType::Date => matches!(from.data_type(), Date32 | Timestamp(..)),
        ColumnType::Time => matches!(from.data_type(), Time64(_) | Timestamp(..)),
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            matches!(from.data_type(), Date32 | Timestamp(..)) || is_text && is_literal
        }
        ColumnType::TextArray => match from.data_type() {
            List(element) => matches!(element.data_type(), Utf8 | LargeUtf8 | Utf8View),
            _ => false,
        },
    };
    if !fits && from.data_type() != &Null {
        let given = given.cloned().unwrap_or_else(|| type_name(from.data_type()));
        let message = format!("is of type {column_type} but expression is of type {given}");
        return Err(
            SqlError::new("42804", message).with_hint("You will need to rewrite or cast the expression.")
        );
    }
    // PostgreSQL rounds where Arrow cuts.
    let to_integer = matches!(column_type, ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt);
    let expr = if to_integer && is_fraction {
        datafusion::functions::math::expr_fn::round(vec![expr])
    } else {
        expr
    };
    Ok(if from.data_type() == &to { expr } else { cast(expr, to) })
}

/// Integer arithmetic reports what it would otherwise wrap.
fn fail_on_overflow(expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
    expr.transform_up(|node| {
        let Some(binary) = node.downcast_ref::<BinaryExpr>() else { return Ok(Transformed::no(node)) };
        let op = *binary.op();
        if !matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply) {
            return Ok(Transformed::no(node));
        }
        let checked = BinaryExpr::new(Arc::clone(binary.left()), op, Arc::clone(binary.right()))
            .with_fail_on_overflow(true);
        Ok(Transformed::yes(Arc::new(checked) as Arc<dyn PhysicalExpr>))
    })
    .map(|transformed| transformed.data)
}

/// An Arrow type by PostgreSQL's name.
fn type_name(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        DataType::Int64 => "bigint",
        DataType::Float32 => "real",
        DataType::Float64 => "double precision",
        DataType::Decimal128(..) | DataType::Decimal256(..) => "numeric",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "bytea",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time without time zone",
        DataType::Timestamp(_, None) => "timestamp without time zone",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// What the engine says of an expression that it can't plan.
fn planning_error(error: &DataFusionError) -> SqlError {
    let root = error.find_root();
    let message = match root {
        DataFusionError::Plan(message) | DataFusionError::NotImplemented(message) => message.clone(),
        other => other.strip_backtrace(),
    };
    let sqlstate = match root {
        DataFusionError::NotImplemented(_) => "0A000",
        _ => "42883",
    };
    SqlError::new(sqlstate, message)
}
