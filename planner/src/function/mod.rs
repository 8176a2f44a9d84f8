//! Functions that PostgreSQL has and the engine lacks, or that know the session.

mod array;
mod avg;
mod bytes;
mod calendar;
pub(crate) mod cast;
pub(crate) mod character;
pub(crate) mod checked;
pub(crate) mod choice;
pub(crate) mod columns;
pub(crate) mod datetime;
mod digest;
mod encoding;
pub(crate) mod float8;
mod format;
mod generate_series;
pub(crate) mod interval;
pub(crate) mod interval_extreme;
pub(crate) mod json;
mod like_escape;
mod math;
pub(crate) mod native;
mod now;
pub(crate) mod numeric;
mod oids;
pub(crate) mod overload;
mod pg_typeof;
pub(crate) mod quotient;
pub(crate) mod record;
mod regex;
pub(crate) mod rint;
mod session;
mod sleep;
mod statistics;
mod string;
pub(crate) mod text;
pub(crate) mod time_bucket;
mod timestamp;
pub(crate) mod timezone;
mod uuid;
pub(crate) mod window;
mod zone;
mod zone_abbreviations;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use storage::clock::Clock;

pub use self::datetime::interval_input::interval_of_text;
use self::generate_series::table::GenerateSeries;
use crate::catalog::StatementContext;
use crate::query::ties::WITH_TIES;
use crate::session::OutputStyle;
use crate::system_table::SystemState;

/// Functions that are no more than their definition.
fn native() -> impl Iterator<Item = native::Definition> {
    let own =
        [format::TO_CHAR, format::TO_DATE, format::TO_TIMESTAMP, generate_series::GENERATE_SERIES, WITH_TIES];
    own.into_iter().chain(datetime::NATIVE.iter().copied())
}

/// Registers what is the same for every session.
pub(crate) fn register(state: &mut SessionState) -> Result<()> {
    let [varchar, bpchar] = character::functions();
    let own = [
        now::function("UTC"),
        oids::function(),
        sleep::function(),
        uuid::function(),
        timezone::function("UTC"),
        varchar,
        bpchar,
        pg_typeof::function(),
        record::function(),
        crate::query::cast_names::function(),
        like_escape::function(),
        time_bucket::function(),
        time_bucket::gapfill(),
        datetime::date_bin("UTC"),
        datetime::date_trunc(state.udf("date_trunc")?, "UTC"),
        format::to_number(),
    ];
    let native = native().map(|definition| definition.function("UTC"));
    let own = own.into_iter().chain(datetime::extract()).chain(native);
    let catalog = crate::pg_catalog::functions();
    for function in json::functions().chain(cast::functions()).chain(own).chain(catalog) {
        replace(state, function)?;
    }
    let definitions = bytes::DEFINITIONS.iter().chain(digest::DEFINITIONS).chain(encoding::DEFINITIONS);
    let functions = definitions
        .map(overload::Definition::function)
        .chain(array::functions())
        .chain(regex::functions())
        .chain(string::functions());
    for function in functions.chain(math::functions(state)?) {
        replace(state, function)?;
    }
    if let Some(engine) = state.table_functions().get("generate_series").cloned() {
        state.register_udtf("generate_series", Arc::new(GenerateSeries { engine }));
    }
    for function in window::functions().chain(time_bucket::windows().map(Arc::new)) {
        state.register_udwf(function)?;
    }
    let avg = avg::function(state.udaf("avg")?);
    state.register_udaf(Arc::new(avg))?;
    for function in statistics::functions() {
        // With all its names, as in `replace`.
        if let Ok(engine) = state.udaf(function.name()) {
            state.deregister_udaf(engine.name())?;
        }
        state.register_udaf(Arc::new(function))?;
    }
    // The engine has it under another name.
    let every = AggregateUDF::clone(state.udaf("bool_and")?.as_ref()).with_aliases(["every"]);
    state.register_udaf(Arc::new(every))?;
    Ok(())
}

/// Registers a function. One of the engine's of that name goes with all its names: under another one it
/// would come back when a state is made of this one.
fn replace(state: &mut SessionState, function: ScalarUDF) -> Result<()> {
    if let Ok(engine) = state.udf(function.name()) {
        state.deregister_udf(engine.name())?;
    }
    state.register_udf(Arc::new(function)).map(|_| ())
}

/// What turns operators into calls, before the engine's own has a look at them.
pub(crate) fn planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![
        Arc::new(crate::query::unknown::Operators),
        Arc::new(crate::query::parameters::Operators),
        Arc::new(regex::Operators),
        Arc::new(json::Operators),
        Arc::new(array::Operators),
    ]
}

/// Registers what is the same for every session of one style.
pub(crate) fn register_style(
    state: &mut SessionState,
    clock: &Arc<dyn Clock>,
    system: &Arc<dyn SystemState>,
    style: &OutputStyle,
) -> Result<()> {
    let zone = style.time_zone.as_str();
    let zoned = [now::function(zone), timezone::function(zone), datetime::date_bin(zone)];
    let date_trunc = datetime::date_trunc_in_zone(&*state.udf("date_trunc")?, zone);
    let native = native().filter(|definition| definition.is_zoned);
    let native = native.map(|definition| definition.function(zone));
    let writer = text::Writer::new(system, style.clone());
    let written = json::functions_of_zone(&writer).into_iter().chain([array::to_string(&writer)]);
    let own = zoned.into_iter().chain(datetime::clock(clock, zone)).chain(native).chain(date_trunc);
    for function in own.chain(written).chain(choice::functions(state)?) {
        replace(state, function)?;
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
