//! An aggregate of each value once, in their order, as PostgreSQL computes it.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::sort;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

pub(super) fn state(value: &DataType) -> Vec<DataType> {
    vec![DataType::List(Field::new_list_field(value.clone(), true).into())]
}

/// Of one column.
#[derive(Debug)]
pub(super) struct Distinct {
    value: DataType,
    seen: HashSet<ScalarValue>,
    begin: fn(&DataType, super::Asked) -> Box<dyn Accumulator>,
    asked: super::Asked,
}

impl Distinct {
    pub(super) fn new(
        value: &DataType,
        asked: super::Asked,
        begin: fn(&DataType, super::Asked) -> Box<dyn Accumulator>,
    ) -> Self {
        Self { value: value.clone(), seen: HashSet::new(), begin, asked }
    }

    fn values(&self) -> Result<ArrayRef> {
        match self.seen.is_empty() {
            true => Ok(arrow::array::new_empty_array(&self.value)),
            false => Ok(sort(&ScalarValue::iter_to_array(self.seen.iter().cloned())?, None)?),
        }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for row in (0..values[0].len()).filter(|row| values[0].is_valid(*row)) {
            self.seen.insert(ScalarValue::try_from_array(&values[0], row)?);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[0].as_list::<i32>().iter().flatten().try_for_each(|values| self.update_batch(&[values]))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut once = (self.begin)(&self.value, self.asked);
        once.update_batch(&[self.values()?])?;
        once.evaluate()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<_> = self.seen.iter().cloned().collect();
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.value))])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.seen.capacity() * (size_of::<ScalarValue>() + 8)
    }
}
