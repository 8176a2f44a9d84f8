//! Casts in the names of columns.
//!
//! The engine names a column after its expression and leaves casts out: `sum(x::real)` and
//! `sum(x::text::int)` would be two columns `sum(x)`, which it refuses. A function about each cast, which
//! only lasts until the plan is made, tells them apart.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr as Planned, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use sqlparser::ast::{self, Expr, Value, VisitMut, VisitorMut};

use super::dialect::text_literal;
use crate::pg_catalog::call;

const NAME: &str = "cast_name";

/// Writes them into a statement.
pub(super) fn write(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Writer);
}

struct Writer;

impl VisitorMut for Writer {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Cast { expr: inner, data_type, .. } = expr
            && !matches!(inner.as_ref(), Expr::Value(_))
        {
            let name = text_literal(&data_type.to_string());
            let written = std::mem::replace(expr, Expr::Value(Value::Null.into()));
            *expr = call(NAME, vec![name, written]);
        }
        ControlFlow::Continue(())
    }
}

/// The cast itself, of a call that [`write()`] wrote; None of any other.
pub(super) fn read(call: &mut ScalarFunction) -> Option<Planned> {
    if call.func.name() == NAME { call.args.pop() } else { None }
}

/// The function.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(CastName { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CastName {
    signature: Signature,
}

impl ScalarUDFImpl for CastName {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[1].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(FieldRef::clone(&args.arg_fields[1]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.into_iter().nth(1) {
            Some(value) => Ok(value),
            None => internal_err!("{NAME} takes a name and a value"),
        }
    }
}
