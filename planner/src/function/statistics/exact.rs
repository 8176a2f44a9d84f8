//! Variances of integers and numerics: from the sums of values and squares, as `numeric_stddev_internal`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Int64Type, i256};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::Asked;
use crate::function::quotient::{Number, root, too_large};
use crate::numeric::{DIGITS_MAX, QUOTIENT_SCALE, READ_SCALE};

/// Of 76 digits, at the scale of the values and at twice that.
const SUM: DataType = DataType::Decimal256(DIGITS_MAX, 0);

pub(super) fn state() -> Vec<DataType> {
    vec![DataType::Int64, SUM, SUM]
}

/// Errors: 22003 where a sum of squares passes what 256 bits hold.
#[derive(Debug)]
pub(super) struct Exact {
    asked: Asked,
    scale: i8,
    count: i64,
    sum: i256,
    squares: i256,
}

impl Exact {
    pub(super) fn new(asked: Asked, value: &DataType) -> Self {
        let scale = match value {
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => *scale,
            _ => 0,
        };
        Self { asked, scale, count: 0, sum: i256::ZERO, squares: i256::ZERO }
    }

    fn add(&mut self, value: i256) -> Result<()> {
        self.count += 1;
        self.sum = self.sum.checked_add(value).ok_or_else(too_large)?;
        let square = value.checked_mul(value).ok_or_else(too_large)?;
        self.squares = self.squares.checked_add(square).ok_or_else(too_large)?;
        Ok(())
    }

    fn result(&self) -> Result<Option<i256>> {
        let is_sample = matches!(self.asked, Asked::VarSamp | Asked::StddevSamp);
        if self.count <= i64::from(is_sample) {
            return Ok(None);
        }
        let count = i256::from_i128(self.count.into());
        let squares = self.squares.checked_mul(count).ok_or_else(too_large)?;
        let square = self.sum.checked_mul(self.sum).ok_or_else(too_large)?;
        let value = squares.checked_sub(square).ok_or_else(too_large)?;
        if value <= i256::ZERO {
            return Ok(Some(i256::ZERO));
        }
        let others = i256::from_i128(i128::from(self.count - i64::from(is_sample)));
        let dividend = Number { value, scale: self.scale * 2 };
        let divisor = Number { value: count.checked_mul(others).ok_or_else(too_large)?, scale: 0 };
        if matches!(self.asked, Asked::VarPop | Asked::VarSamp) {
            return dividend.divide(divisor).map(Some);
        }
        root(dividend, divisor).map(Some)
    }
}

impl Accumulator for Exact {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let column = &values[0];
        match column.data_type() {
            DataType::Int64 => {
                let mut values = column.as_primitive::<Int64Type>().iter().flatten();
                values.try_for_each(|value| self.add(i256::from_i128(value.into())))
            }
            DataType::Decimal128(..) => {
                let mut values = column.as_primitive::<Decimal128Type>().iter().flatten();
                values.try_for_each(|value| self.add(i256::from_i128(value)))
            }
            _ => {
                let mut values = column.as_primitive::<Decimal256Type>().iter().flatten();
                values.try_for_each(|value| self.add(value))
            }
        }
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let counts = states[0].as_primitive::<Int64Type>();
        let (sums, squares) =
            (states[1].as_primitive::<Decimal256Type>(), states[2].as_primitive::<Decimal256Type>());
        for row in 0..counts.len() {
            self.count += counts.value(row);
            self.sum = self.sum.checked_add(sums.value(row)).ok_or_else(too_large)?;
            self.squares = self.squares.checked_add(squares.value(row)).ok_or_else(too_large)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let is_variance = matches!(self.asked, Asked::VarPop | Asked::VarSamp);
        let scale = if is_variance { QUOTIENT_SCALE } else { READ_SCALE };
        Ok(ScalarValue::Decimal256(self.result()?, DIGITS_MAX, scale))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sum = |sum| ScalarValue::Decimal256(Some(sum), DIGITS_MAX, 0);
        Ok(vec![ScalarValue::Int64(Some(self.count)), sum(self.sum), sum(self.squares)])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
