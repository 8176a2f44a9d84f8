//! Errors and notices as messages.

use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::{ErrorResponse, NoticeResponse};
use planner::SqlError;

/// Something a client should know that is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE` or `WARNING`.
    pub severity: &'static str,
    /// What, in the form of an error.
    pub content: SqlError,
}

impl Notice {
    /// A notice: something was done as was asked for, in a way that may surprise.
    pub fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { severity: "NOTICE", content: SqlError::new(sqlstate, message) }
    }

    /// A warning: what was asked for had no effect.
    pub fn warning(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { severity: "WARNING", content: SqlError::new(sqlstate, message) }
    }

    /// Its message.
    pub fn message(&self) -> PgWireBackendMessage {
        PgWireBackendMessage::NoticeResponse(NoticeResponse::new(fields(self.severity, &self.content)))
    }
}

/// An error that ends a statement.
pub fn error(error: &SqlError) -> PgWireBackendMessage {
    PgWireBackendMessage::ErrorResponse(ErrorResponse::new(fields("ERROR", error)))
}

/// An error that ends the connection.
pub fn fatal(error: &SqlError) -> PgWireBackendMessage {
    PgWireBackendMessage::ErrorResponse(ErrorResponse::new(fields("FATAL", error)))
}

/// <https://www.postgresql.org/docs/15/protocol-error-fields.html>
fn fields(severity: &str, error: &SqlError) -> Vec<(u8, String)> {
    let mut fields = vec![
        (b'S', severity.to_owned()),
        (b'V', severity.to_owned()),
        (b'C', error.sqlstate.to_string()),
        (b'M', text(&error.message)),
    ];
    fields.extend(error.detail.as_deref().map(|detail| (b'D', text(detail))));
    fields.extend(error.hint.as_deref().map(|hint| (b'H', text(hint))));
    fields.extend(error.position.map(|position| (b'P', position.to_string())));
    fields.extend(error.context.as_deref().map(|context| (b'W', text(context))));
    fields
}

/// A zero byte ends a string of the protocol; what came from data may have one.
fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
