//! Queries of one row that read nothing, such as `SELECT $1 + 1`: what a connection pool asks to see
//! whether a connection lives. Their expressions are compiled once and evaluated where they are asked
//! for, without a plan, a task and a stream.
//!
//! Only expressions whose cost is bounded by the length of what the client sends are taken: no
//! functions, which may compute for long, remember the session, or differ from run to run.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{BinaryExpr, EmptyRelation, Expr, LogicalPlan, LogicalPlanBuilder, Operator};
use datafusion::physical_expr::PhysicalExpr;

use parking_lot::Mutex;
use sqlparser::ast;

use super::{Prepared, run};
use crate::session::{OutputStyle, Session};
use crate::statement::Query;

/// How many are kept, and how long their texts may be: about a megabyte in all.
const KEPT_MAX: usize = 256;
const KEPT_TEXT_BYTES_MAX: usize = 256;

/// Such queries that were prepared before, in any session: they mean the same in each that has the
/// same style.
#[derive(Debug, Default)]
pub(super) struct Constants(Mutex<HashMap<Key, (ast::Statement, Prepared)>>);

/// Text, the types that were given for its parameters, style.
type Key = (String, Vec<Option<DataType>>, OutputStyle);

impl Constants {
    /// The key of a query that may be kept.
    pub(super) fn key(query: &Query, given: &[Option<DataType>], session: &Session) -> Option<Key> {
        let is_short = query.text.len() <= KEPT_TEXT_BYTES_MAX;
        (is_short && query.explain.is_none() && query.into.is_none())
            .then(|| (query.text.clone(), given.to_vec(), session.style()))
    }

    pub(super) fn get(&self, key: &Key, query: &Query) -> Option<Prepared> {
        let kept = self.0.lock();
        // A statement may have several queries, all with its text.
        kept.get(key).filter(|(ast, _)| *ast == query.ast).map(|(_, prepared)| prepared.clone())
    }

    pub(super) fn keep(&self, key: Key, ast: ast::Statement, prepared: &Prepared) {
        let mut kept = self.0.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, (ast, prepared.clone()));
    }
}

/// The expressions of such a query, over a row of its parameters.
#[derive(Debug)]
pub(super) struct Constant {
    columns: Vec<Arc<dyn PhysicalExpr>>,
    parameters: SchemaRef,
}

impl Constant {
    /// Of a plan that was typed; None for what is not of this kind.
    pub(super) fn of(plan: &LogicalPlan, parameters: &[FieldRef], state: &SessionState) -> Option<Self> {
        let written = expressions(plan)?;
        if !written.iter().all(is_cheap) {
            return None;
        }
        // What is wrong with it is told when it runs as a plan.
        Self::compile(written, parameters, state).ok().flatten()
    }

    fn compile(written: &[Expr], parameters: &[FieldRef], state: &SessionState) -> Result<Option<Self>> {
        let fields = parameters
            .iter()
            .zip(1..)
            .map(|(parameter, number)| Field::new(format!("${number}"), parameter.data_type().clone(), true));
        let parameters = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let schema = Arc::new(DFSchema::try_from(Arc::clone(&parameters))?);
        let row = EmptyRelation { produce_one_row: true, schema: Arc::clone(&schema) };
        let columns = written.iter().map(|expr| {
            let column = expr.clone().transform_up(|expr| match expr {
                Expr::Placeholder(Placeholder { id, .. }) => {
                    Ok(Transformed::yes(Expr::Column(Column::new_unqualified(id))))
                }
                // A cast to the type that it has, written twice, would make two plans of one.
                Expr::Cast(cast) if is_of(&cast.expr, cast.field.data_type(), &parameters) => {
                    Ok(Transformed::yes(*cast.expr))
                }
                other => Ok(Transformed::no(other)),
            })?;
            Ok(column.data)
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let plan = LogicalPlanBuilder::from(LogicalPlan::EmptyRelation(row)).project(columns)?.build()?;
        let plan = state.optimize(&plan)?;
        let Some(decided) = expressions(&plan) else { return Ok(None) };
        if !decided.iter().all(is_cheap) {
            return Ok(None);
        }
        let columns = decided.iter().map(|expr| state.create_physical_expr(expr.clone(), &schema));
        Ok(Some(Self { columns: columns.collect::<Result<_>>()?, parameters }))
    }

    /// Its row; None where a value is not of its parameter's type.
    pub(super) fn row(&self, values: &[ScalarValue], schema: &SchemaRef) -> Option<Result<RecordBatch>> {
        let fields = self.parameters.fields();
        let fits = values.len() == fields.len()
            && values.iter().zip(fields).all(|(value, field)| value.data_type() == *field.data_type());
        fits.then(|| {
            let evaluated = catch_unwind(AssertUnwindSafe(|| self.evaluate(values, schema)));
            evaluated.unwrap_or_else(|panic| Err(run::panicked(panic.as_ref()).into()))
        })
    }

    fn evaluate(&self, values: &[ScalarValue], schema: &SchemaRef) -> Result<RecordBatch> {
        let one_row = RecordBatchOptions::new().with_row_count(Some(1));
        let row = values.iter().map(ScalarValue::to_array).collect::<Result<_>>()?;
        let row = RecordBatch::try_new_with_options(Arc::clone(&self.parameters), row, &one_row)?;
        let columns = self.columns.iter().map(|column| column.evaluate(&row)?.into_array(1));
        Ok(run::announced(columns.collect::<Result<_>>()?, 1, schema)?)
    }
}

/// Whether an expression is a parameter of this type.
fn is_of(expr: &Expr, data_type: &DataType, parameters: &Schema) -> bool {
    let Expr::Column(column) = expr else { return false };
    parameters.field_with_name(&column.name).is_ok_and(|field| field.data_type() == data_type)
}

/// The expressions of a plan that is one row of them.
fn expressions(plan: &LogicalPlan) -> Option<&[Expr]> {
    let LogicalPlan::Projection(projection) = plan else { return None };
    match projection.input.as_ref() {
        LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, .. }) => Some(&projection.expr),
        _ => None,
    }
}

/// All but patterns, and what may be of arrays and documents.
const CHEAP_OPERATORS: &[Operator] = &[
    Operator::Eq,
    Operator::NotEq,
    Operator::Lt,
    Operator::LtEq,
    Operator::Gt,
    Operator::GtEq,
    Operator::IsDistinctFrom,
    Operator::IsNotDistinctFrom,
    Operator::And,
    Operator::Or,
    Operator::Plus,
    Operator::Minus,
    Operator::Multiply,
    Operator::Divide,
    Operator::Modulo,
    Operator::StringConcat,
];

/// Arithmetic of PostgreSQL's meaning is made of functions with these names.
const CHEAP_FUNCTIONS: &[&str] = &["+", "-", "*", "/", "%"];

/// Whether an expression costs no more than its text is long.
fn is_cheap(expr: &Expr) -> bool {
    let costs = |expr: &Expr| match expr {
        Expr::Literal(..)
        | Expr::Placeholder(_)
        | Expr::Column(_)
        | Expr::Alias(_)
        | Expr::Not(_)
        | Expr::Negative(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::Between(_)
        | Expr::Case(_)
        | Expr::Cast(_)
        | Expr::InList(_) => false,
        Expr::BinaryExpr(BinaryExpr { op, .. }) => !CHEAP_OPERATORS.contains(op),
        Expr::ScalarFunction(call) => !CHEAP_FUNCTIONS.contains(&call.func.name()),
        _ => true,
    };
    !expr.exists(|expr| Ok(costs(expr))).unwrap_or(true)
}
