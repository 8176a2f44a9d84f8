//! A plan without what it was planned with: a statement may stay prepared for days, and would keep the
//! snapshot of its first day, with all its rows in memory and all its segments on disk.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as PlanningSession, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, internal_err};
use datafusion::datasource::{TableType, provider_as_source, source_as_provider};
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use datafusion::physical_plan::ExecutionPlan;

use storage::ids::ObjectId;

use super::run::is_named;
use crate::segmented::SegmentedTable;
use crate::table_provider::SnapshotTable;

/// Puts columns in the place of tables; [`rebind`](super::run::rebind) puts tables back.
pub(super) fn unbind(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(mut scan) if is_named(&scan)? => {
            let bound = source_as_provider(&scan.source)?;
            // Of a view, whose plan was made by itself.
            if bound.downcast_ref::<UnboundTable>().is_some() {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            }
            let stored = bound.downcast_ref::<SnapshotTable>().map(|table| table.definition.id);
            let stored = stored.or_else(|| bound.downcast_ref::<SegmentedTable>().map(SegmentedTable::id));
            let (schema, table_type) = (bound.schema(), bound.table_type());
            let unbound = UnboundTable { schema, table_type, stored };
            scan.source = provider_as_source(Arc::new(unbound));
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(plan.data)
}

/// The stored table that a scan of an unbound plan is of; None for one that is made up.
pub(super) fn stored_table(scan: &TableScan) -> Result<Option<ObjectId>> {
    let provider = source_as_provider(&scan.source)?;
    Ok(provider.downcast_ref::<UnboundTable>().and_then(|table| table.stored))
}

/// The columns of a table, and which one it is.
#[derive(Debug)]
struct UnboundTable {
    schema: SchemaRef,
    table_type: TableType,
    stored: Option<ObjectId>,
}

#[async_trait]
impl TableProvider for UnboundTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.table_type
    }

    async fn scan(
        &self,
        _: &dyn PlanningSession,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        internal_err!("a prepared plan was not bound to a snapshot")
    }
}
