//! Statistics of floats in one pass, by Youngs and Cramer's formulas: as `float8_accum` and
//! `float8_regr_accum`, digit by digit.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::Asked;
use crate::error::SqlError;

pub(super) fn state() -> Vec<DataType> {
    vec![DataType::Float64; 6]
}

/// Sums of pairs; of one column that of x.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    x: f64,
    /// Of the squares of distances from the mean, and so on.
    xx: f64,
    y: f64,
    yy: f64,
    xy: f64,
}

/// Errors: 22003 where finite values give an infinite sum.
#[derive(Debug)]
pub(super) struct Floats {
    asked: Asked,
    sums: Sums,
}

impl Floats {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, sums: Sums::default() }
    }
}

impl Sums {
    fn add_one(&mut self, value: f64) -> Result<()> {
        let before = *self;
        self.count += 1.0;
        self.x += value;
        if before.count == 0.0 {
            if !value.is_finite() {
                self.xx = f64::NAN;
            }
            return Ok(());
        }
        let distance = value * self.count - self.x;
        self.xx += distance * distance / (self.count * before.count);
        if self.x.is_infinite() || self.xx.is_infinite() {
            if !before.x.is_infinite() && !value.is_infinite() {
                return Err(overflow());
            }
            self.xx = f64::NAN;
        }
        Ok(())
    }

    fn add_pair(&mut self, y: f64, x: f64) -> Result<()> {
        let before = *self;
        self.count += 1.0;
        self.x += x;
        self.y += y;
        if before.count == 0.0 {
            if !x.is_finite() {
                (self.xx, self.xy) = (f64::NAN, f64::NAN);
            }
            if !y.is_finite() {
                (self.yy, self.xy) = (f64::NAN, f64::NAN);
            }
            return Ok(());
        }
        let (of_x, of_y) = (x * self.count - self.x, y * self.count - self.y);
        let scale = 1.0 / (self.count * before.count);
        self.xx += of_x * of_x * scale;
        self.yy += of_y * of_y * scale;
        self.xy += of_x * of_y * scale;
        let x_was_finite = !before.x.is_infinite() && !x.is_infinite();
        let y_was_finite = !before.y.is_infinite() && !y.is_infinite();
        let x_is_infinite = self.x.is_infinite() || self.xx.is_infinite();
        let y_is_infinite = self.y.is_infinite() || self.yy.is_infinite();
        if x_is_infinite && x_was_finite
            || y_is_infinite && y_was_finite
            || self.xy.is_infinite() && x_was_finite && y_was_finite
        {
            return Err(overflow());
        }
        for sum in [&mut self.xx, &mut self.yy, &mut self.xy] {
            if sum.is_infinite() {
                *sum = f64::NAN;
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let count = self.count + other.count;
        let of_x = self.x / self.count - other.x / other.count;
        let of_y = self.y / self.count - other.y / other.count;
        let weight = self.count * other.count;
        self.xx += other.xx + weight * of_x * of_x / count;
        self.yy += other.yy + weight * of_y * of_y / count;
        self.xy += other.xy + weight * of_x * of_y / count;
        self.x += other.x;
        self.y += other.y;
        self.count = count;
    }

    /// Null where there are too few values, or all lie on a line that has no slope.
    fn result(&self, asked: Asked) -> Option<f64> {
        let Self { count, x, xx, y, yy, xy } = *self;
        let at_least = |least: f64| (count >= least).then_some(());
        match asked {
            Asked::Count => return Some(count),
            Asked::VarSamp | Asked::StddevSamp | Asked::CovarSamp => at_least(2.0)?,
            _ => at_least(1.0)?,
        }
        let sloped = || (xx != 0.0).then_some(());
        Some(match asked {
            Asked::Count => count,
            Asked::VarPop => xx / count,
            Asked::VarSamp => xx / (count - 1.0),
            Asked::StddevPop => (xx / count).sqrt(),
            Asked::StddevSamp => (xx / (count - 1.0)).sqrt(),
            Asked::CovarPop => xy / count,
            Asked::CovarSamp => xy / (count - 1.0),
            Asked::Corr => {
                (xx != 0.0 && yy != 0.0).then_some(())?;
                xy / (xx * yy).sqrt()
            }
            Asked::Slope => {
                sloped()?;
                xy / xx
            }
            Asked::Intercept => {
                sloped()?;
                (y - x * xy / xx) / count
            }
            Asked::R2 => {
                sloped()?;
                if yy == 0.0 { 1.0 } else { (xy * xy) / (xx * yy) }
            }
            Asked::AvgX => x / count,
            Asked::AvgY => y / count,
            Asked::Sxx => xx,
            Asked::Syy => yy,
            Asked::Sxy => xy,
        })
    }
}

fn overflow() -> DataFusionError {
    SqlError::new("22003", "value out of range: overflow").into()
}

impl Accumulator for Floats {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let first = values[0].as_primitive::<Float64Type>();
        let Some(second) = values.get(1) else {
            return first.iter().flatten().try_for_each(|value| self.sums.add_one(value));
        };
        let second = second.as_primitive::<Float64Type>();
        first.iter().zip(second).filter_map(|(y, x)| y.zip(x)).try_for_each(|(y, x)| self.sums.add_pair(y, x))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [count, x, xx, y, yy, xy] =
            std::array::from_fn(|place| states[place].as_primitive::<Float64Type>());
        for row in 0..count.len() {
            self.sums.merge(&Sums {
                count: count.value(row),
                x: x.value(row),
                xx: xx.value(row),
                y: y.value(row),
                yy: yy.value(row),
                xy: xy.value(row),
            });
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let result = self.sums.result(self.asked);
        Ok(match self.asked {
            Asked::Count => ScalarValue::Int64(result.map(|count| count as i64)),
            _ => ScalarValue::Float64(result),
        })
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Sums { count, x, xx, y, yy, xy } = self.sums;
        Ok([count, x, xx, y, yy, xy].map(|sum| ScalarValue::Float64(Some(sum))).to_vec())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
