//! An aggregate over frames, computed as PostgreSQL computes one that cannot take rows out again: a frame
//! that only grew goes on from the last one, any other begins anew.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::filter;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::function::{AccumulatorArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;

use super::frame::{Exclusion, Frames};

/// The aggregate as a window function. With a filter its condition is the last argument.
pub(crate) fn framed(aggregate: Arc<AggregateUDF>, exclusion: Exclusion, has_filter: bool) -> WindowUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    WindowUDF::from(Framed { aggregate, exclusion, has_filter, signature })
}

#[derive(Debug)]
struct Framed {
    aggregate: Arc<AggregateUDF>,
    exclusion: Exclusion,
    has_filter: bool,
    signature: Signature,
}

impl PartialEq for Framed {
    fn eq(&self, other: &Self) -> bool {
        (&self.aggregate, self.exclusion, self.has_filter)
            == (&other.aggregate, other.exclusion, other.has_filter)
    }
}

impl Eq for Framed {}

impl Hash for Framed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.aggregate, self.exclusion, self.has_filter).hash(state);
    }
}

impl Framed {
    /// Without the filter's condition.
    fn own<'a, T>(&self, arguments: &'a [T]) -> &'a [T] {
        &arguments[..arguments.len() - usize::from(self.has_filter)]
    }
}

impl WindowUDFImpl for Framed {
    fn name(&self) -> &str {
        self.aggregate.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let field = |data_type: &DataType| -> FieldRef { Arc::new(Field::new("", data_type.clone(), true)) };
        let fields: Vec<_> = self.own(types).iter().map(field).collect();
        let taken = fields_with_udf(&fields, self.aggregate.as_ref())?;
        let taken = taken.iter().map(|field| field.data_type().clone());
        Ok(taken.chain(self.has_filter.then_some(DataType::Boolean)).collect())
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let field = self.aggregate.return_field(self.own(args.input_fields()))?;
        Ok(Arc::new(field.as_ref().clone().with_name(args.name()).with_nullable(true)))
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        let fields = self.own(args.input_fields()).to_vec();
        let mut running = Running {
            aggregate: Arc::clone(&self.aggregate),
            return_field: self.aggregate.return_field(&fields)?,
            schema: Schema::new(fields.clone()),
            fields,
            exprs: self.own(args.input_exprs()).to_vec(),
            has_filter: self.has_filter,
            excludes: self.exclusion != Exclusion::NoOthers,
            frames: Frames::new(self.exclusion),
            so_far: None,
        };
        // What cannot be computed is told before there are rows.
        running.begin()?;
        Ok(Box::new(running))
    }
}

#[derive(Debug)]
struct Running {
    aggregate: Arc<AggregateUDF>,
    return_field: FieldRef,
    schema: Schema,
    fields: Vec<FieldRef>,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    has_filter: bool,
    excludes: bool,
    frames: Frames,
    so_far: Option<SoFar>,
}

/// Of the last row's frame.
#[derive(Debug)]
struct SoFar {
    accumulator: Box<dyn Accumulator>,
    frame: Range<usize>,
    value: ScalarValue,
}

impl PartitionEvaluator for Running {
    fn uses_window_frame(&self) -> bool {
        true
    }

    fn evaluate(&mut self, values: &[ArrayRef], frame: &Range<usize>) -> Result<ScalarValue> {
        let own = self.exprs.len();
        let arguments = own + usize::from(self.has_filter);
        let Some(rows) = values.first().map(|column| column.len()) else {
            return internal_err!("{} has no argument", self.aggregate.name());
        };
        let condition = self.has_filter.then(|| &values[own]);
        let parts = self.frames.next(frame, &values[arguments..], rows)?;
        let grown = self.so_far.take().filter(|so_far| {
            !self.excludes
                && so_far.frame.start == frame.start
                && so_far.frame.end <= frame.end
                && !so_far.frame.is_empty()
        });
        let (mut accumulator, parts) = match grown {
            Some(so_far) if so_far.frame.end == frame.end => {
                let value = so_far.value.clone();
                self.so_far = Some(so_far);
                return Ok(value);
            }
            Some(so_far) => {
                let none = frame.end..frame.end;
                (so_far.accumulator, [so_far.frame.end..frame.end, none.clone(), none])
            }
            None => (self.begin()?, parts),
        };
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let slice = |column: &ArrayRef| column.slice(part.start, part.len());
            let mut columns: Vec<_> = values[..own].iter().map(slice).collect();
            if let Some(condition) = condition {
                let condition = slice(condition);
                for column in &mut columns {
                    *column = filter(column, condition.as_boolean())?;
                }
            }
            accumulator.update_batch(&columns)?;
        }
        let value = accumulator.evaluate()?;
        self.so_far = Some(SoFar { accumulator, frame: frame.clone(), value: value.clone() });
        Ok(value)
    }
}

impl Running {
    fn begin(&mut self) -> Result<Box<dyn Accumulator>> {
        self.aggregate.accumulator(AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: self.aggregate.name(),
            is_distinct: false,
            exprs: &self.exprs,
            expr_fields: &self.fields,
        })
    }
}
