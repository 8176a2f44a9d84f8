//! `min` and `max` of intervals, by their length. Of equal ones the last stays, as in PostgreSQL's
//! `interval_smaller` and `interval_larger`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::interval::span;
use super::native::INTERVAL;

/// The least or the greatest.
pub(crate) fn function(is_min: bool) -> Arc<AggregateUDF> {
    let signature = Signature::exact(vec![INTERVAL], Volatility::Immutable);
    Arc::new(AggregateUDF::from(Extreme { is_min, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Extreme {
    is_min: bool,
    signature: Signature,
}

impl AggregateUDFImpl for Extreme {
    fn name(&self) -> &str {
        if self.is_min { "min" } else { "max" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(INTERVAL)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let better = if self.is_min { Ordering::Less } else { Ordering::Greater };
        Ok(Box::new(Best { better, value: None }))
    }
}

#[derive(Debug)]
struct Best {
    better: Ordering,
    value: Option<IntervalMonthDayNano>,
}

impl Accumulator for Best {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<IntervalMonthDayNanoType>().iter().flatten() {
            let is_worse = |best| span(value).cmp(&span(best)) == self.better.reverse();
            if !self.value.is_some_and(is_worse) {
                self.value = Some(value);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::IntervalMonthDayNano(self.value))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
