//! Casts to text of the types that the engine writes in another way than PostgreSQL: times with a
//! `T` and `Z`, `1.0` for `1`. The wire knows how PostgreSQL writes them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_column;
use crate::catalog::StatementContext;
use crate::numeric::is_carried;
use crate::session::OutputStyle;
use crate::system_table::SystemState;

/// How the wire writes values, in one style.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    system: Arc<dyn SystemState>,
    style: OutputStyle,
}

impl Writer {
    pub(crate) fn new(system: &Arc<dyn SystemState>, style: OutputStyle) -> Self {
        Self { system: Arc::clone(system), style }
    }

    /// The values of a field as texts.
    pub(crate) fn texts(&self, values: &ArrayRef, field: &Field) -> Result<ArrayRef> {
        Ok(self.system.text(values, field, &self.style)?)
    }

    /// Whether another one writes the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.style == other.style
    }
}

/// The cast to `target`, a text type of Arrow's.
pub(crate) fn function(context: &Arc<StatementContext>, target: &DataType) -> ScalarUDF {
    ScalarUDF::from(Text {
        writer: Writer::new(&context.system, context.session.style()),
        target: target.clone(),
        signature: Signature::any(1, Volatility::Immutable),
    })
}

/// Whether the engine's own text of a type is not PostgreSQL's.
pub(crate) fn is_different(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(..)
        | DataType::Time64(_)
        | DataType::Time32(_)
        | DataType::Float32
        | DataType::Float64
        | DataType::Interval(_)
        | DataType::Duration(_)
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::Struct(_) => true,
        data_type => data_type.is_list() || is_carried(data_type),
    }
}

#[derive(Debug)]
struct Text {
    writer: Writer,
    target: DataType,
    signature: Signature,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target && self.writer.is_like(&other.writer)
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.target.hash(state);
    }
}

impl ScalarUDFImpl for Text {
    fn name(&self) -> &str {
        "text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.target.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new("text", self.target.clone(), args.arg_fields[0].is_nullable())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_column(&args, |values| {
            let text = self.writer.texts(values, &args.arg_fields[0])?;
            Ok(cast(&text, &self.target)?)
        })
    }
}
