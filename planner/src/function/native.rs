//! What one of PostgreSQL's functions consists of, without all that the engine wants around it: the types
//! it takes, the type it gives, and what it does to whole columns.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::columns::call_columns;
use crate::error::SqlError;
use crate::query::types::name_of;

pub(crate) const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
pub(crate) const TIME: DataType = DataType::Time64(TimeUnit::Microsecond);

/// An instant, shown in a zone.
pub(crate) fn timestamptz(zone: &Arc<str>) -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone)))
}

/// The types that arguments are cast to, and the type of the result.
pub(crate) type Resolved = (Vec<DataType>, DataType);

/// A function. Its name tells it from others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) volatility: Volatility,
    /// Whether it reads the session's zone.
    pub(crate) is_zoned: bool,
    /// Of types, and the session's zone; None where no function takes such. Of what it has resolved it
    /// gives the same.
    pub(crate) resolve: fn(&[DataType], &Arc<str>) -> Option<Resolved>,
    pub(crate) call: fn(&Call<'_>) -> Result<ArrayRef, SqlError>,
}

/// One call for a batch of rows.
pub(crate) struct Call<'a> {
    /// Columns of as many rows.
    pub(crate) arguments: Vec<ArrayRef>,
    pub(crate) result: &'a DataType,
    pub(crate) rows: usize,
    /// The session's.
    pub(crate) zone: &'a str,
}

impl Call<'_> {
    pub(crate) fn text(&self, index: usize) -> &StringViewArray {
        self.arguments[index].as_string_view()
    }

    /// Whether any argument is null there.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.arguments.iter().any(|argument| argument.is_null(row))
    }
}

impl Definition {
    /// The function, for sessions in this zone.
    pub(crate) fn function(self, zone: &str) -> ScalarUDF {
        ScalarUDF::from(Native {
            definition: self,
            zone: zone.into(),
            signature: Signature::user_defined(self.volatility),
        })
    }
}

#[derive(Debug)]
struct Native {
    definition: Definition,
    zone: Arc<str>,
    signature: Signature,
}

impl PartialEq for Native {
    fn eq(&self, other: &Self) -> bool {
        (self.definition.name, &self.zone) == (other.definition.name, &other.zone)
    }
}

impl Eq for Native {}

impl Hash for Native {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.definition.name, &self.zone).hash(state);
    }
}

impl Native {
    fn resolve(&self, types: &[DataType]) -> Result<Resolved> {
        match (self.definition.resolve)(types, &self.zone) {
            Some(resolved) => Ok(resolved),
            None => plan_err!("{}", missing(self.definition.name, types)),
        }
    }
}

/// What PostgreSQL says of a function that does not exist for these types.
pub(crate) fn missing(name: &str, types: &[DataType]) -> String {
    // A literal, as a rule.
    let is_open = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::Null);
    let named = |data_type: &DataType| match is_open(data_type) {
        true => "unknown".to_owned(),
        false => name_of(&Field::new("", data_type.clone(), true)),
    };
    let what =
        if !types.is_empty() && types.iter().all(is_open) { "is not unique" } else { "does not exist" };
    let types: Vec<String> = types.iter().map(named).collect();
    format!("function {name}({}) {what}", types.join(", "))
}

impl ScalarUDFImpl for Native {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.resolve(types).map(|(taken, _)| taken)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.resolve(types).map(|(_, result)| result)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        call_columns(&args, |arguments, rows| {
            let call = Call { arguments, result: args.return_type(), rows, zone: &self.zone };
            (self.definition.call)(&call)
        })
    }
}
