//! Functions that PostgreSQL has and the engine lacks, or that know the session.

mod calendar;
pub(crate) mod cast;
pub(crate) mod checked;
pub(crate) mod choice;
mod date_part;
mod date_trunc;
pub(crate) mod float8;
mod format;
mod generate_series;
pub(crate) mod interval;
mod json;
mod like_escape;
mod native;
mod now;
pub(crate) mod numeric;
mod oids;
mod pg_typeof;
pub(crate) mod quotient;
pub(crate) mod rint;
mod session;
mod sleep;
pub(crate) mod text;
mod time_bucket;
mod timestamp;
pub(crate) mod timezone;
mod varchar;
mod zone;
mod zone_abbreviations;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

use crate::catalog::StatementContext;

/// Functions that are no more than their definition.
const NATIVE: [native::Definition; 3] = [format::TO_CHAR, format::TO_DATE, format::TO_TIMESTAMP];

/// Registers what is the same for every session.
pub(crate) fn register(state: &mut SessionState) -> Result<()> {
    for function in json::functions().into_iter().chain(cast::functions()).chain([
        now::function("UTC"),
        oids::function(),
        sleep::function(),
        timezone::function("UTC"),
        varchar::function(),
        pg_typeof::function(),
        crate::query::cast_names::function(),
        like_escape::function(),
        time_bucket::function(),
        date_trunc::function(state.udf("date_trunc")?),
        date_part::function(state.udf("date_part")?),
    ]) {
        state.register_udf(Arc::new(function))?;
    }
    let native = NATIVE.map(|definition| definition.function("UTC"));
    for function in native.into_iter().chain([format::to_number()]) {
        // The engine's own would come back by its other names.
        state.deregister_udf(function.name())?;
        state.register_udf(Arc::new(function))?;
    }
    let sign = ScalarUDF::clone(state.udf("signum")?.as_ref()).with_aliases(["sign"]);
    state.register_udf(Arc::new(sign))?;
    if let Some(engine) = state.table_functions().get("generate_series").cloned() {
        state.register_udtf("generate_series", Arc::new(generate_series::GenerateSeries { engine }));
    }
    // The engine has these under other names.
    for (name, alias) in [("bool_and", "every"), ("var", "variance")] {
        let function = AggregateUDF::clone(state.udaf(name)?.as_ref()).with_aliases([alias]);
        state.register_udaf(Arc::new(function))?;
    }
    state.register_expr_planner(Arc::new(crate::query::unknown::Operators))?;
    state.register_expr_planner(Arc::new(crate::query::parameters::Operators))?;
    state.register_expr_planner(Arc::new(json::Operators))
}

/// Registers what answers from the session and the snapshot of one statement.
pub(crate) fn register_session(state: &mut SessionState, context: &Arc<StatementContext>) {
    let session = session::functions(context).into_iter().map(ScalarUDF::from);
    let zone = &context.session.time_zone;
    let zoned = [now::function(zone), timezone::function(zone)];
    let native = NATIVE.into_iter().filter(|definition| definition.is_zoned);
    let native = native.map(|definition| definition.function(zone));
    let choices = choice::functions(state).unwrap_or_default();
    for function in session.chain(zoned).chain(native).chain(crate::pg_catalog::functions(context)).chain(choices) {
        // A state always takes a function; the old one of that name comes back.
        let _ = state.register_udf(Arc::new(function));
    }
}
