//! Functions that PostgreSQL has and the engine lacks, or that know the session.

mod avg;
mod calendar;
pub(crate) mod cast;
pub(crate) mod checked;
pub(crate) mod choice;
pub(crate) mod datetime;
pub(crate) mod float8;
mod format;
mod generate_series;
pub(crate) mod interval;
mod json;
mod like_escape;
pub(crate) mod native;
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

use storage::clock::Clock;

use crate::catalog::StatementContext;

/// Functions that are no more than their definition.
fn native() -> impl Iterator<Item = native::Definition> {
    let formatting = [format::TO_CHAR, format::TO_DATE, format::TO_TIMESTAMP];
    formatting.into_iter().chain(datetime::NATIVE.iter().copied())
}

/// Registers what is the same for every session.
pub(crate) fn register(state: &mut SessionState) -> Result<()> {
    let own = [
        now::function("UTC"),
        oids::function(),
        sleep::function(),
        timezone::function("UTC"),
        varchar::function(),
        pg_typeof::function(),
        crate::query::cast_names::function(),
        like_escape::function(),
        time_bucket::function(),
        datetime::date_bin("UTC"),
        datetime::date_trunc(state.udf("date_trunc")?, "UTC"),
        format::to_number(),
    ];
    let native = native().map(|definition| definition.function("UTC"));
    let own = own.into_iter().chain(datetime::extract()).chain(native);
    let catalog = crate::pg_catalog::functions();
    for function in json::functions().into_iter().chain(cast::functions()).chain(own).chain(catalog) {
        // The engine's own would come back by its other names.
        state.deregister_udf(function.name())?;
        state.register_udf(Arc::new(function))?;
    }
    let sign = ScalarUDF::clone(state.udf("signum")?.as_ref()).with_aliases(["sign"]);
    state.register_udf(Arc::new(sign))?;
    if let Some(engine) = state.table_functions().get("generate_series").cloned() {
        state.register_udtf("generate_series", Arc::new(generate_series::GenerateSeries { engine }));
    }
    let avg = avg::function(state.udaf("avg")?);
    state.register_udaf(Arc::new(avg))?;
    // The engine has these under other names.
    for (name, alias) in [("bool_and", "every"), ("var", "variance")] {
        let function = AggregateUDF::clone(state.udaf(name)?.as_ref()).with_aliases([alias]);
        state.register_udaf(Arc::new(function))?;
    }
    state.register_expr_planner(Arc::new(crate::query::unknown::Operators))?;
    state.register_expr_planner(Arc::new(crate::query::parameters::Operators))?;
    state.register_expr_planner(Arc::new(json::Operators))
}

/// Registers what is the same for every session in one time zone.
pub(crate) fn register_zone(state: &mut SessionState, clock: &Arc<dyn Clock>, zone: &str) -> Result<()> {
    let zoned = [now::function(zone), timezone::function(zone), datetime::date_bin(zone)];
    let date_trunc = datetime::date_trunc_in_zone(&*state.udf("date_trunc")?, zone);
    let native = native().filter(|definition| definition.is_zoned);
    let native = native.map(|definition| definition.function(zone));
    let own = zoned.into_iter().chain(datetime::clock(clock, zone)).chain(native).chain(date_trunc);
    for function in own.chain(choice::functions(state)?) {
        state.register_udf(Arc::new(function))?;
    }
    Ok(())
}

/// Registers what answers from the session of one statement.
pub(crate) fn register_session(state: &mut SessionState, context: &Arc<StatementContext>) {
    for function in session::functions(context) {
        // A state always takes a function; the old one of that name comes back.
        let _ = state.register_udf(Arc::new(ScalarUDF::from(function)));
    }
}
