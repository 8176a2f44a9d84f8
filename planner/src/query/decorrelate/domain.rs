//! What a correlated subquery is computed for.

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, NullEquality, Result};
use datafusion::logical_expr::expr::WindowFunctionDefinition;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Distinct, Expr, ExprSchemable, JoinType, LogicalPlan, LogicalPlanBuilder, lit,
};

use crate::error::SqlError;

/// Rows of the values that a subquery refers to.
pub(super) struct Domain {
    pub(super) plan: LogicalPlan,
    /// The columns referred to, and what they are here.
    columns: Vec<(Column, Column)>,
    /// All of its columns.
    own: Vec<Column>,
    /// Each row is there once, and tells by its values which it is.
    pub(super) is_distinct: bool,
}

impl Domain {
    /// The distinct values of the columns of some rows that are referred to. Others are of queries further
    /// out, and stay references.
    pub(super) fn distinct(rows: &LogicalPlan, references: &[Column], number: usize) -> Result<Self> {
        ensure_same_twice(rows)?;
        let of_rows = references.iter().filter(|column| rows.schema().has_column(column));
        let columns: Vec<(Column, Column)> = (0..)
            .zip(of_rows)
            .map(|(index, column): (usize, _)| {
                (column.clone(), Column::new_unqualified(format!("__outer_{number}_{index}")))
            })
            .collect();
        let own: Vec<Column> = columns.iter().map(|(_, own)| own.clone()).collect();
        let plan = if own.is_empty() {
            LogicalPlanBuilder::empty(true).build()?
        } else {
            let projected = columns.iter().map(|(column, own)| Expr::Column(column.clone()).alias(&own.name));
            LogicalPlanBuilder::from(rows.clone()).project(projected)?.distinct()?.build()?
        };
        Ok(Self { plan, columns, own, is_distinct: true })
    }

    /// The rows themselves, with all of their columns.
    pub(super) fn rows(rows: &LogicalPlan) -> Self {
        let own = rows.schema().columns();
        let columns = own.iter().map(|column| (column.clone(), column.clone())).collect();
        Self { plan: rows.clone(), columns, own, is_distinct: false }
    }

    /// The same under other names, for the other side of a join.
    pub(super) fn renamed(&self, number: usize) -> Result<Self> {
        let names: Vec<Column> = (0..self.own.len())
            .map(|index| Column::new_unqualified(format!("__outer_{number}_{index}")))
            .collect();
        let projected = self.own.iter().zip(&names);
        let projected = projected.map(|(own, name)| Expr::Column(own.clone()).alias(&name.name));
        let plan = LogicalPlanBuilder::from(self.plan.clone()).project(projected)?.build()?;
        let columns = self.columns.iter().zip(&names).map(|((outer, _), name)| (outer.clone(), name.clone()));
        Ok(Self { plan, columns: columns.collect(), own: names, is_distinct: self.is_distinct })
    }

    /// Its columns, which are in all that it is joined into.
    pub(super) fn own_columns(&self) -> impl Iterator<Item = Expr> + '_ {
        self.own.iter().cloned().map(Expr::Column)
    }

    pub(super) fn own(&self) -> &[Column] {
        &self.own
    }

    /// What a reference is here; None of those of queries further out.
    pub(super) fn column_of(&self, outer: &Column) -> Option<Column> {
        let of_rows = |(column, _): &&(Column, Column)| {
            column == outer || outer.relation.is_none() && column.name == outer.name
        };
        self.columns.iter().find(of_rows).map(|(_, own)| own.clone())
    }

    /// Rows with what was computed for the values that they have; in it the domain's columns have a qualifier.
    pub(super) fn join(
        &self,
        rows: LogicalPlan,
        result: LogicalPlan,
        qualifier: &str,
        join_type: JoinType,
        condition: Option<Expr>,
    ) -> Result<LogicalPlan> {
        let rows = LogicalPlanBuilder::from(rows);
        if self.columns.is_empty() {
            return rows.join_on(result, join_type, [condition.unwrap_or_else(|| lit(true))])?.build();
        }
        let keys = self.columns.iter();
        let keys =
            keys.map(|(column, own)| (column.clone(), Column::new(Some(qualifier), &own.name))).unzip();
        let keys: (Vec<Column>, Vec<Column>) = keys;
        rows.join_detailed(result, join_type, keys, condition, NullEquality::NullEqualsNull)?.build()
    }
}

/// Errors where two readings of a query may differ.
fn ensure_same_twice(rows: &LogicalPlan) -> Result<()> {
    let varies = rows.exists(|node| {
        let by_itself = matches!(node, LogicalPlan::Limit(_) | LogicalPlan::Distinct(Distinct::On(_)));
        let schema = merge_schema(&node.inputs());
        Ok(by_itself || node.expressions().iter().any(|expr| varies(expr, &schema)))
    })?;
    if varies {
        let error =
            SqlError::new("0A000", "a subquery refers to rows that are not the same each time they are read");
        return Err(error
            .with_hint(
                "LIMIT, DISTINCT ON, row_number(), random() and sums of floats are such: store the rows in a table first.",
            )
            .into());
    }
    Ok(())
}

/// Aggregates whose result is the same in whatever order they take their values; of floats `sum` and `avg` are not.
const ORDERLESS: [&str; 11] =
    ["count", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor", "grouping", "sum", "avg"];

fn varies(expr: &Expr, schema: &DFSchema) -> bool {
    let by_order = |part: &Expr| match part {
        Expr::WindowFunction(function) => match &function.fun {
            WindowFunctionDefinition::WindowUDF(window) => {
                !["rank", "dense_rank", "percent_rank", "cume_dist"].contains(&window.name())
            }
            WindowFunctionDefinition::AggregateUDF(_) => false,
        },
        Expr::AggregateFunction(function) => {
            !ORDERLESS.contains(&function.func.name())
                || part.get_type(schema).map_or(true, |data_type| data_type.is_floating())
        }
        Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) => true,
        _ => false,
    };
    expr.is_volatile() || expr.exists(|part| Ok(by_order(part))).unwrap_or(true)
}
