//! A table whose rows tell which segment they are in: what `DELETE` asks before it rewrites some.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session as PlanningSession, TableProvider};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;

use storage::ids::ObjectId;

use crate::catalog::SEGMENT;
use crate::pruning;
use crate::scan;
use crate::table_provider::SnapshotTable;

/// A table's segments without its hot rows, which a transaction writes before it deletes.
#[derive(Debug)]
pub(crate) struct SegmentedTable {
    table: SnapshotTable,
    schema: SchemaRef,
}

impl SegmentedTable {
    /// The table whose segments they are.
    pub(crate) fn id(&self) -> ObjectId {
        self.table.definition.id
    }

    /// The table with one more column, of the segment's place among those of the snapshot.
    pub(crate) fn new(table: SnapshotTable) -> Self {
        let segment = Arc::new(Field::new(SEGMENT, DataType::Int64, true));
        let stored = table.schema();
        let fields = stored.fields().iter().cloned().chain([segment]);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { table, schema }
    }
}

#[async_trait]
impl TableProvider for SegmentedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn PlanningSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let segment_column = self.schema.fields().len() - 1;
        let projected: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..=segment_column).collect());
        let stored: Vec<usize> = projected.iter().copied().filter(|index| *index != segment_column).collect();
        let mut inputs = Vec::new();
        for segment in pruning::prune(&self.table, state, filters)?.segments {
            let place = self.table.segments.iter().position(|other| Arc::ptr_eq(other, &segment));
            let place = place.and_then(|place| i64::try_from(place).ok());
            let rows = scan::stored_rows(&self.table, &[segment], state, Some(&stored), limit)?;
            let mut next = 0..;
            let columns = projected.iter().map(|index| {
                let alias = self.schema.field(*index).name().clone();
                let expr: Arc<dyn PhysicalExpr> = if *index == segment_column {
                    Arc::new(Literal::new(ScalarValue::Int64(place)))
                } else {
                    Arc::new(Column::new(&alias, next.next().unwrap_or_default()))
                };
                ProjectionExpr { expr, alias }
            });
            let columns: Vec<_> = columns.collect();
            inputs.push(Arc::new(ProjectionExec::try_new(columns, rows)?) as Arc<dyn ExecutionPlan>);
        }
        match <[_; 1]>::try_from(inputs) {
            Ok([only]) => Ok(only),
            Err(inputs) if inputs.is_empty() => {
                Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(&projected)?))))
            }
            Err(inputs) => UnionExec::try_new(inputs),
        }
    }
}
