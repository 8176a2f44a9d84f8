//! Errors as PostgreSQL tells them: SQLSTATE, message, detail, hint, position.

mod function;
mod operator;
mod place;
mod translate;

use std::borrow::Cow;
use std::ops::ControlFlow;

pub use translate::from_datafusion;
pub(crate) use translate::{position_of, translate};

/// The result of a planner operation.
pub type Result<T, E = SqlError> = std::result::Result<T, E>;

/// An error that goes to the client. The message is lower case and has no full stop; the hint is
/// a sentence that tells what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// Five characters, see <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
    pub sqlstate: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<Box<str>>,
    /// Where, in characters of the text that the client sent, from 1.
    pub position: Option<usize>,
    /// Where in the data, as `COPY t, line 3`.
    pub context: Option<Box<str>>,
}

impl SqlError {
    /// An error without detail, hint and position.
    pub fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self {
            sqlstate: Cow::Borrowed(sqlstate),
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            context: None,
        }
    }

    /// With a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into());
        self
    }

    /// With a place in the data.
    #[must_use]
    pub fn within(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into().into());
        self
    }

    /// With a position.
    #[must_use]
    pub fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

/// Errors that come with a running query's rows: there is no text any more to point into.
impl From<datafusion::common::DataFusionError> for SqlError {
    fn from(error: datafusion::common::DataFusionError) -> Self {
        translate(error, "")
    }
}

/// Within the engine; [`translate`] finds it again.
impl From<SqlError> for datafusion::common::DataFusionError {
    fn from(error: SqlError) -> Self {
        Self::External(Box::new(error))
    }
}

impl From<arrow::error::ArrowError> for SqlError {
    fn from(error: arrow::error::ArrowError) -> Self {
        translate(error.into(), "")
    }
}

/// The outcome of a walk over a syntax tree that an error ends.
pub(crate) fn finished(walk: ControlFlow<SqlError>) -> Result<()> {
    match walk {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// The candidate that the user may have meant, where one is near.
pub(crate) fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const SIMILARITY_MIN: f64 = 0.75;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}
