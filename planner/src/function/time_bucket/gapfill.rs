//! `time_bucket_gapfill(length, time [, zone] [, start, finish])`: what its call says. It is a
//! [`time_bucket`](super) in GROUP BY whose gaps [`crate::query`] fills.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{is_open, time};
use crate::error::SqlError;
use crate::function::native::{INTERVAL, missing};

pub(crate) const NAME: &str = "time_bucket_gapfill";

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Gapfill { signature: Signature::user_defined(Volatility::Immutable) })
}

/// The arguments of a call.
pub(crate) struct Call {
    pub(crate) length: Expr,
    pub(crate) time: Expr,
    pub(crate) zone: Option<Expr>,
    /// From the bucket of this on; None where it is not given, or null.
    pub(crate) start: Option<Expr>,
    /// Up to before this.
    pub(crate) finish: Option<Expr>,
}

impl Call {
    /// Of a call whose types were checked.
    pub(crate) fn of(arguments: &[Expr]) -> Option<Self> {
        let given = |expr: &Expr| !matches!(expr, Expr::Literal(value, _) if value.is_null());
        let [length, time, rest @ ..] = arguments else { return None };
        let (zone, range) = match rest {
            [zone] => (Some(zone), &[][..]),
            [zone, start, finish] => (Some(zone), &[start, finish][..]),
            [start, finish] => (None, &[start, finish][..]),
            _ => (None, &[][..]),
        };
        let bound = |index: usize| range.get(index).copied().filter(|bound| given(bound)).cloned();
        Some(Self {
            length: length.clone(),
            time: time.clone(),
            zone: zone.cloned(),
            start: bound(0),
            finish: bound(1),
        })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gapfill {
    signature: Signature,
}

impl ScalarUDFImpl for Gapfill {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let is_length = |length: &DataType| *length == INTERVAL || is_open(length);
        let taken = match types {
            [length, given, rest @ ..] if is_length(length) => time(given).and_then(|given| {
                let zoned = matches!(given, DataType::Timestamp(_, Some(_)));
                let (zone, range) = match rest {
                    [] => (None, rest),
                    [_, _] => (None, rest),
                    [zone, range @ ..] if zoned && (is_open(zone) || zone.is_string()) => {
                        (Some(DataType::Utf8View), range)
                    }
                    _ => return None,
                };
                let is_range =
                    matches!(range.len(), 0 | 2) && range.iter().all(|bound| time(bound).is_some());
                let ends = vec![given.clone(); range.len()];
                is_range.then(|| [INTERVAL, given].into_iter().chain(zone).chain(ends).collect())
            }),
            _ => None,
        };
        match taken {
            Some(taken) => Ok(taken),
            None => plan_err!("{}", missing(NAME, types)),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.get(1).and_then(time) {
            Some(time) => Ok(time),
            None => plan_err!("{}", missing(NAME, types)),
        }
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let message = format!("{NAME} must stand in GROUP BY by itself");
        let error = SqlError::new("0A000", message).with_hint("Elsewhere time_bucket does the same.");
        Err(error.into())
    }
}

/// Of an argument that is not given.
pub(super) fn none() -> Expr {
    Expr::Literal(ScalarValue::Null, None)
}
