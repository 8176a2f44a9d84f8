//! Mathematical functions: <https://www.postgresql.org/docs/15/functions-math.html>.
//!
//! The engine's own give infinities and NaN where PostgreSQL fails. Of a `numeric` the ones that PostgreSQL
//! computes as `numeric` are `double precision` here: its digits would have to be known beforehand.

mod angle;
mod bucket;
mod float;
mod nulls;
mod round;
mod whole;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;

use super::overload::Definition;

/// The overload of a function of one number; `$check` looks at argument and result.
macro_rules! of_one {
    ($compute:expr, $check:expr) => {
        overload(&[Kind::Float8], 0, Kind::Float8, |rows| {
            let values = rows.floats(0);
            rows.to_floats(|row| {
                let value = values.value(row);
                let result: f64 = $compute(value);
                $check(value, result)?;
                Ok(Some(result))
            })
        })
    };
}
use of_one;

/// The functions. Some call those of the engine.
pub(super) fn functions(engine: &dyn FunctionRegistry) -> Result<Vec<ScalarUDF>> {
    let definitions = float::DEFINITIONS.iter().chain(angle::DEFINITIONS).chain(whole::DEFINITIONS);
    let mut functions: Vec<_> = definitions.chain(bucket::DEFINITIONS).map(Definition::function).collect();
    functions.extend(nulls::functions());
    for name in ["round", "trunc"] {
        functions.push(round::function(Arc::clone(&engine.udf(name)?)));
    }
    functions.push(ScalarUDF::clone(engine.udf("ceil")?.as_ref()).with_aliases(["ceiling"]));
    Ok(functions)
}
