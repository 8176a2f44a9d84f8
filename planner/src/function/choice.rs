//! `coalesce`, `greatest`, `least` and `nullif` while a statement is planned.
//!
//! The engine finds the common type of what they choose among before anyone could say that a text literal
//! is of the type of the others. These take anything; once the literals are typed
//! ([`crate::query::unknown`]) the engine's own functions come back.
//! <https://www.postgresql.org/docs/15/typeconv-union-case.html>

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

const NAMES: [&str; 4] = ["coalesce", "greatest", "least", "nullif"];

/// Those that a registry knows, made to take anything.
pub(super) fn functions(registry: &dyn FunctionRegistry) -> Result<Vec<ScalarUDF>> {
    let functions = NAMES.into_iter().map(|name| {
        let engine = registry.udf(name)?;
        Ok(ScalarUDF::from(Choice { engine, signature: Signature::variadic_any(Volatility::Immutable) }))
    });
    functions.collect()
}

/// Puts the engine's function in its place.
pub(crate) fn settle(call: &mut ScalarFunction) {
    let function: &dyn Any = call.func.inner().as_ref();
    if let Some(choice) = function.downcast_ref::<Choice>() {
        call.func = Arc::clone(&choice.engine);
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Choice {
    engine: Arc<ScalarUDF>,
    signature: Signature,
}

impl ScalarUDFImpl for Choice {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.engine.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let is_literal = |value: &Option<&ScalarValue>| matches!(value, Some(ScalarValue::Utf8(Some(_))));
        let fields = args.arg_fields.iter().zip(args.scalar_arguments);
        let typed: Vec<_> = fields.filter(|(_, value)| !is_literal(value)).map(|(field, _)| field).collect();
        let first = typed.iter().find(|field| !field.data_type().is_null());
        let types: Vec<_> = typed.iter().map(|field| field.data_type().clone()).collect();
        // Several types that have none in common are an error that is told with their names.
        let common = match self.engine.coerce_types(&types) {
            Ok(types) => types.first().cloned(),
            Err(_) => first.map(|field| field.data_type().clone()),
        };
        let data_type = common.unwrap_or(DataType::Utf8);
        let metadata = first.map(|field| field.metadata().clone()).unwrap_or_default();
        Ok(Arc::new(Field::new(self.name(), data_type, true).with_metadata(metadata)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} is planned with the engine's function", self.name())
    }
}
