//! Joins that can be stopped, and let others run.
//!
//! A join looks for pairs within one poll as long as its condition accepts none: for hours, where its
//! inputs are large. A task is aborted only between polls, and its thread runs nobody else until then. So
//! the conditions of joins, which are evaluated for some thousand pairs at a time, look whether the
//! statement was stopped, and give the thread's other tasks to another thread.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    HashJoinExec, HashJoinExecBuilder, NestedLoopJoinExec, NestedLoopJoinExecBuilder,
};

/// How long a condition may be evaluated before the thread's other tasks go elsewhere. They may have
/// waited for as long; handing them over costs some microseconds.
const LET_GO_AFTER: Duration = Duration::from_millis(20);

/// Stops a statement when it is dropped.
#[derive(Debug)]
pub(super) struct StopOnDrop(Option<Stopped>);

impl StopOnDrop {
    /// Leaves the statement to whoever else can stop it.
    pub(super) fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(stopped) = &self.0 {
            stopped.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether nobody wants a statement's result any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopped(Arc<AtomicBool>);

impl Stopped {
    /// Makes it true when it is dropped.
    pub(super) fn on_drop(&self) -> StopOnDrop {
        StopOnDrop(Some(self.clone()))
    }

    /// The plan with joins that look at this.
    pub(super) fn watched_by(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        let watched = plan.transform_up(|node| {
            if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>()
                && let Some(filter) = join.filter()
            {
                let filter = Some(self.watch(filter));
                let join = NestedLoopJoinExecBuilder::from(join).with_filter(filter).build()?;
                return Ok(Transformed::yes(Arc::new(join) as _));
            }
            if let Some(join) = node.downcast_ref::<HashJoinExec>()
                && let Some(filter) = join.filter()
            {
                let filter = Some(self.watch(filter));
                let join = HashJoinExecBuilder::from(join).with_filter(filter).build()?;
                return Ok(Transformed::yes(Arc::new(join) as _));
            }
            Ok(Transformed::no(node))
        })?;
        Ok(watched.data)
    }

    fn watch(&self, filter: &JoinFilter) -> JoinFilter {
        let condition = Condition {
            written: Arc::clone(filter.expression()),
            stopped: self.clone(),
            began: Instant::now(),
            let_go_millis: AtomicU64::new(0),
        };
        JoinFilter::new(Arc::new(condition), filter.column_indices().to_vec(), Arc::clone(filter.schema()))
    }
}

/// A join's condition that ends with an error when its statement was stopped.
#[derive(Debug)]
struct Condition {
    written: Arc<dyn PhysicalExpr>,
    stopped: Stopped,
    began: Instant,
    /// When tasks were last let go, since it began.
    let_go_millis: AtomicU64,
}

impl Condition {
    fn let_others_run(&self) {
        let now = self.began.elapsed().as_millis() as u64;
        let last = self.let_go_millis.load(Ordering::Relaxed);
        if now >= last + LET_GO_AFTER.as_millis() as u64 {
            self.let_go_millis.store(now, Ordering::Relaxed);
            tokio::task::block_in_place(|| {});
        }
    }
}

impl PhysicalExpr for Condition {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.stopped.0.load(Ordering::Relaxed) {
            return exec_err!("the statement was stopped");
        }
        self.let_others_run();
        self.written.evaluate(batch)
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        self.written.return_field(input)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.written]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let Some(written) = children.pop() else { return Ok(self) };
        let let_go_millis = AtomicU64::new(self.let_go_millis.load(Ordering::Relaxed));
        Ok(Arc::new(Self { written, stopped: self.stopped.clone(), began: self.began, let_go_millis }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt_sql(f)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.written.eq(&other.written)
    }
}

impl Eq for Condition {}

impl Hash for Condition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.written.hash(state);
    }
}
