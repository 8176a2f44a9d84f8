//! `/` and `*` of numerics as PostgreSQL rounds them, where the engine's own give four digits more
//! than the dividend has, and none beyond 76.
//! <https://www.postgresql.org/docs/15/functions-math.html>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array, Decimal256Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Field, FieldRef, i256};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::error::SqlError;
use crate::numeric::{self, DIGITS_MAX, QUOTIENT, QUOTIENT_SCALE, READ_SCALE, power_of_ten};

/// `/` of decimals or integers, with a result of [`QUOTIENT`].
pub(crate) fn quotient() -> ScalarUDF {
    let signature = Signature::any(2, Volatility::Immutable);
    ScalarUDF::from(Numeric { operator: Operator::Divide, result: QUOTIENT, signature })
}

/// `*` where the product has more digits than a decimal of the engine's, with a result of
/// [`QUOTIENT`] or [`READ`](numeric::READ).
pub(crate) fn product(result: DataType) -> ScalarUDF {
    let signature = Signature::any(2, Volatility::Immutable);
    ScalarUDF::from(Numeric { operator: Operator::Multiply, result, signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Numeric {
    operator: Operator,
    result: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Numeric {
    fn name(&self) -> &str {
        if self.operator == Operator::Divide { "/" } else { "*" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), self.result.clone(), nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else { return exec_err!("an operator takes two arguments") };
        let is_scalar = matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let (left, right) = (Operand::new(left)?, Operand::new(right)?);
        let carried_scale = if self.result == QUOTIENT { QUOTIENT_SCALE } else { READ_SCALE };
        let mut results = Decimal256Builder::with_capacity(rows).with_data_type(self.result.clone());
        for row in 0..rows {
            let result = match (left.at(row), right.at(row)) {
                (Some(left), Some(right)) if self.operator == Operator::Divide => Some(left.divide(right)?),
                (Some(left), Some(right)) => Some(left.multiply(right, carried_scale)?),
                _ => None,
            };
            results.append_option(result);
        }
        let results = results.finish();
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&results, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(results))
        })
    }
}

/// A column of numbers, or one number for all rows.
struct Operand {
    values: Values,
    scale: i8,
    is_scalar: bool,
}

enum Values {
    Narrow(Decimal128Array),
    Wide(Decimal256Array),
}

impl Operand {
    fn new(column: &ColumnarValue) -> Result<Self> {
        let (array, is_scalar): (ArrayRef, bool) = match column {
            ColumnarValue::Array(array) => (Arc::clone(array), false),
            ColumnarValue::Scalar(value) => (value.to_array()?, true),
        };
        let array = match array.data_type() {
            DataType::Decimal128(..) | DataType::Decimal256(..) => array,
            _ => cast(&array, &DataType::Decimal128(20, 0))?,
        };
        let (values, scale) = match array.data_type() {
            DataType::Decimal256(_, scale) => {
                (Values::Wide(array.as_primitive::<Decimal256Type>().clone()), *scale)
            }
            other => {
                let scale = if let DataType::Decimal128(_, scale) = other { *scale } else { 0 };
                (Values::Narrow(array.as_primitive::<Decimal128Type>().clone()), scale)
            }
        };
        Ok(Self { values, scale, is_scalar })
    }

    fn at(&self, row: usize) -> Option<Number> {
        let row = if self.is_scalar { 0 } else { row };
        match &self.values {
            Values::Narrow(values) => values
                .is_valid(row)
                .then(|| Number { value: i256::from_i128(values.value(row)), scale: self.scale }),
            Values::Wide(values) => values.is_valid(row).then(|| {
                let (value, scale) = numeric::shown(values.value(row), self.scale);
                Number { value, scale }
            }),
        }
    }
}

/// A number as PostgreSQL has it: with the digits behind the point that it shows.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) value: i256,
    pub(super) scale: i8,
}

impl Number {
    /// At the scale of [`QUOTIENT`].
    pub(super) fn divide(self, divisor: Self) -> Result<i256> {
        let (quotient, scale) = self.quotient(divisor)?;
        carried(quotient, scale, QUOTIENT_SCALE)
    }

    /// With its own scale.
    pub(super) fn quotient(self, divisor: Self) -> Result<(i256, i32)> {
        if divisor.value == i256::ZERO {
            return Err(SqlError::new("22012", "division by zero").into());
        }
        // Of `select_div_scale`: 16 significant digits, as many as an operand shows, at most 38 here.
        let ((weight, first), (other_weight, other_first)) = (self.leading(), divisor.leading());
        let weight = weight - other_weight - i32::from(first <= other_first);
        let shown = self.scale.max(divisor.scale).max(0);
        let scale = (16 - 4 * weight).max(shown.into()).min(QUOTIENT_SCALE.into());
        let shift = scale + i32::from(divisor.scale) - i32::from(self.scale);
        let quotient =
            match (self.value.to_i128(), divisor.value.to_i128(), 10_i128.checked_pow(shift.max(0) as u32)) {
                (Some(value), Some(divisor), Some(power)) if shift >= 0 => {
                    value.checked_mul(power).map(|value| i256::from_i128(rounded_quotient(value, divisor)))
                }
                _ => None,
            };
        let quotient = match quotient {
            Some(quotient) => quotient,
            None if shift < 0 => wide_quotient(self.value, scaled(divisor.value, shift.unsigned_abs())?),
            None => wide_quotient(scaled(self.value, shift.unsigned_abs())?, divisor.value),
        };
        Ok((quotient, scale))
    }

    fn multiply(self, other: Self, carried_scale: i8) -> Result<i256> {
        let product = self.value.checked_mul(other.value).ok_or_else(too_large)?;
        carried(product, i32::from(self.scale) + i32::from(other.scale), carried_scale)
    }

    /// The place of the first digit of base 10,000 and that digit; of nothing 0 and 0.
    fn leading(self) -> (i32, u32) {
        let mut magnitude = self.value.wrapping_abs();
        let mut scale = i32::from(self.scale);
        // What a larger number loses stands behind its first digits.
        let small = loop {
            match magnitude.to_i128() {
                Some(small) => break small.unsigned_abs(),
                None => {
                    magnitude = magnitude.wrapping_div(power_of_ten(4));
                    scale -= 4;
                }
            }
        };
        let Some(digits) = small.checked_ilog10() else { return (0, 0) };
        let weight = (digits.cast_signed() - scale).div_euclid(4);
        let place = 4 * weight + scale;
        let power = 10_u128.pow(place.unsigned_abs());
        let first = if place >= 0 { small / power } else { small * power };
        (weight, first as u32)
    }
}

/// The square root of a quotient of two positive numbers, with as many digits as the quotient has, at the scale of
/// [`READ`](numeric::READ): as `sqrt_var` of what `div_var` gives.
pub(super) fn root(dividend: Number, divisor: Number) -> Result<i256> {
    let (quotient, scale) = dividend.quotient(divisor)?;
    // One more digit than is kept, to round by.
    let digits = (scale + 2).unsigned_abs();
    let value = scaled(quotient, digits)?;
    let mut root = i256::ZERO;
    let mut bit =
        (0..127).rev().map(|bit| i256::from_i128(1) << bit).find(|bit| *bit <= value).unwrap_or(i256::ONE);
    while bit > i256::ZERO {
        let tried = root.wrapping_add(bit);
        if tried.checked_mul(tried).is_some_and(|square| square <= value) {
            root = tried;
        }
        bit = bit >> 1;
    }
    let root = wide_quotient(root, i256::from_i128(10));
    carried(root, scale, READ_SCALE)
}

/// Half away from zero. The divisor is not zero.
fn rounded_quotient(value: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    let away = if (value < 0) == (divisor < 0) { 1 } else { -1 };
    // Half of the divisor is at most the rest: written so that nothing overflows.
    if rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs() {
        quotient + away
    } else {
        quotient
    }
}

fn wide_quotient(value: i256, divisor: i256) -> i256 {
    let (quotient, rest) = (value.wrapping_div(divisor), value.wrapping_rem(divisor).wrapping_abs());
    let away = if value.is_negative() == divisor.is_negative() { i256::ONE } else { i256::MINUS_ONE };
    if rest >= divisor.wrapping_abs().wrapping_sub(rest) { quotient.wrapping_add(away) } else { quotient }
}

/// A value with a scale as one of the scale that its column has.
fn carried(value: i256, scale: i32, carried_scale: i8) -> Result<i256> {
    let more = i32::from(carried_scale) - scale;
    if more < 0 {
        return Ok(wide_quotient(value, power_of_ten(more.unsigned_abs())));
    }
    let carried = scaled(value, more.unsigned_abs())?;
    if carried.wrapping_abs() >= power_of_ten(DIGITS_MAX.into()) { Err(too_large()) } else { Ok(carried) }
}

fn scaled(value: i256, digits: u32) -> Result<i256> {
    match value {
        i256::ZERO => Ok(value),
        _ if digits > DIGITS_MAX.into() => Err(too_large()),
        _ => value.checked_mul(power_of_ten(digits)).ok_or_else(too_large),
    }
}

pub(super) fn too_large() -> DataFusionError {
    SqlError::new("22003", "value overflows numeric format").into()
}
