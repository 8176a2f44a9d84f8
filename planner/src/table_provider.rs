//! A table as queries see it: the segments and hot rows of one snapshot.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session as PlanningSession, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use storage::catalog::TableDefinition;
use storage::segment::SegmentMeta;

use crate::catalog::StatementContext;
use crate::scan;

/// One table of one snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotTable {
    pub(crate) name: String,
    pub(crate) definition: TableDefinition,
    pub(crate) context: Arc<StatementContext>,
    /// The segments that a scan considers.
    pub(crate) segments: Arc<[Arc<SegmentMeta>]>,
    /// Segments besides, which were answered for from their statistics.
    pub(crate) answered: usize,
    schema: SchemaRef,
}

impl SnapshotTable {
    /// A table of the statement's snapshot.
    pub(crate) fn new(name: &str, definition: &TableDefinition, context: &Arc<StatementContext>) -> Self {
        // Nullable whatever the constraint says, as segments are: what is planned from this
        // schema must agree with what a scan of them declares.
        let fields = definition.schema.columns.iter().map(|column| column.field().with_nullable(true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self {
            name: name.to_owned(),
            definition: definition.clone(),
            context: Arc::clone(context),
            segments: context.snapshot.segments(definition.id),
            answered: 0,
            schema,
        }
    }

    /// The same table without segments that something else answers for.
    pub(crate) fn with_segments(&self, segments: Arc<[Arc<SegmentMeta>]>) -> Self {
        Self {
            name: self.name.clone(),
            definition: self.definition.clone(),
            context: Arc::clone(&self.context),
            answered: self.answered + self.segments.len() - segments.len(),
            segments,
            schema: Arc::clone(&self.schema),
        }
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Here they choose segments. Which rows pass is decided further down, where the physical
        // filter is pushed into the scan of segments and stays above hot rows.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn PlanningSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        scan::plan(self, state, projection, filters, limit)
    }
}
