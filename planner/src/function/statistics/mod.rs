//! Variances, deviations, correlations and regressions, computed as PostgreSQL computes them: of integers and
//! numerics exactly, of floats in one pass.
//!
//! <https://www.postgresql.org/docs/15/functions-aggregate.html#FUNCTIONS-AGGREGATE-STATISTICS-TABLE>

mod distinct;
mod exact;
mod float;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use self::distinct::Distinct;
use self::exact::Exact;
use self::float::Floats;
use crate::error::SqlError;
use crate::function::native::missing;
use crate::numeric::{QUOTIENT, READ};

/// What is asked of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    VarPop,
    VarSamp,
    StddevPop,
    StddevSamp,
    CovarPop,
    CovarSamp,
    Corr,
    Count,
    Slope,
    Intercept,
    R2,
    AvgX,
    AvgY,
    Sxx,
    Syy,
    Sxy,
}

const FUNCTIONS: [(&str, Asked); 18] = [
    ("var_pop", Asked::VarPop),
    ("var_samp", Asked::VarSamp),
    ("variance", Asked::VarSamp),
    ("stddev_pop", Asked::StddevPop),
    ("stddev_samp", Asked::StddevSamp),
    ("stddev", Asked::StddevSamp),
    ("covar_pop", Asked::CovarPop),
    ("covar_samp", Asked::CovarSamp),
    ("corr", Asked::Corr),
    ("regr_count", Asked::Count),
    ("regr_slope", Asked::Slope),
    ("regr_intercept", Asked::Intercept),
    ("regr_r2", Asked::R2),
    ("regr_avgx", Asked::AvgX),
    ("regr_avgy", Asked::AvgY),
    ("regr_sxx", Asked::Sxx),
    ("regr_syy", Asked::Syy),
    ("regr_sxy", Asked::Sxy),
];

/// All of them.
pub(super) fn functions() -> impl Iterator<Item = AggregateUDF> {
    FUNCTIONS.into_iter().map(|(name, asked)| {
        let signature = Signature::user_defined(Volatility::Immutable);
        AggregateUDF::from(Statistic { name, asked, signature })
    })
}

impl Asked {
    /// Of one column, not of pairs.
    fn is_of_one(self) -> bool {
        matches!(self, Self::VarPop | Self::VarSamp | Self::StddevPop | Self::StddevSamp)
    }
}

fn begin(value: &DataType, asked: Asked) -> Box<dyn Accumulator> {
    match asked.is_of_one() && *value != DataType::Float64 {
        true => Box::new(Exact::new(asked, value)),
        false => Box::new(Floats::new(asked)),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Statistic {
    name: &'static str,
    asked: Asked,
    signature: Signature,
}

impl AggregateUDFImpl for Statistic {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let is_number = |data_type: &DataType| {
            data_type.is_numeric() || matches!(data_type, DataType::Null | DataType::Utf8)
        };
        match types {
            [value] if self.asked.is_of_one() && is_number(value) => Ok(vec![match value {
                DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
                DataType::UInt64 => DataType::Decimal128(20, 0),
                decimal if decimal.is_decimal() => decimal.clone(),
                _ => DataType::Float64,
            }]),
            [y, x] if !self.asked.is_of_one() && is_number(y) && is_number(x) => {
                Ok(vec![DataType::Float64; 2])
            }
            _ => plan_err!("{}", missing(self.name, types)),
        }
    }

    /// Of no rows.
    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        if self.asked == Asked::Count {
            Ok(ScalarValue::from(0_i64))
        } else {
            ScalarValue::try_from(data_type)
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match (self.asked, types) {
            (Asked::Count, _) => DataType::Int64,
            // Its digits are those of the variance, which it does not tell.
            (Asked::StddevPop | Asked::StddevSamp, [value]) if *value != DataType::Float64 => READ,
            (_, [value]) if *value != DataType::Float64 => QUOTIENT,
            _ => DataType::Float64,
        })
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let value = args.expr_fields[0].data_type();
        if !args.is_distinct {
            return Ok(begin(value, self.asked));
        }
        if !self.asked.is_of_one() {
            let message = format!("DISTINCT pairs of {} are not supported", self.name);
            return Err(SqlError::new("0A000", message).into());
        }
        Ok(Box::new(Distinct::new(value, self.asked, begin)))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let value = args.input_fields[0].data_type();
        let is_exact = self.asked.is_of_one() && *value != DataType::Float64;
        let types = match is_exact {
            _ if args.is_distinct => distinct::state(value),
            true => exact::state(),
            false => float::state(),
        };
        let fields = types.into_iter().enumerate();
        let named = |number: usize| format!("{}[{number}]", args.name);
        Ok(fields
            .map(|(number, data_type)| Arc::new(Field::new(named(number), data_type, true)) as FieldRef)
            .collect())
    }
}
