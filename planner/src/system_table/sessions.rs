//! `tidegate.queries` and `settings`: what the server tells of its sessions.

use super::table::{Definition, Kind, Rows, row};
use crate::catalog::StatementContext;

/// One row a session: its running or its last statement.
pub(crate) static QUERIES: Definition = Definition {
    name: "queries",
    oid: 13_004,
    columns: &[
        ("process_id", Kind::Int4),
        ("user_name", Kind::Text),
        ("application_name", Kind::Text),
        ("client_address", Kind::Text),
        ("state", Kind::Text),
        ("started", Kind::TimestampTz),
        ("query", Kind::Text),
    ],
    rows: queries,
};

fn queries(context: &StatementContext) -> Rows {
    let sessions = context.system.sessions().into_iter();
    sessions
        .map(|session| {
            row![
                session.process_id,
                session.user,
                session.application_name,
                session.client_address,
                session.state,
                session.query_started_micros,
                session.query,
            ]
        })
        .collect()
}

/// One row a setting, with its value in the session that asks.
pub(crate) static SETTINGS: Definition = Definition {
    name: "settings",
    oid: 13_005,
    columns: &[
        ("name", Kind::Text),
        ("value", Kind::Text),
        ("default", Kind::Text),
        ("description", Kind::Text),
    ],
    rows: settings,
};

fn settings(context: &StatementContext) -> Rows {
    let settings = context.system.settings().into_iter();
    settings
        .map(|setting| {
            let in_session = context.session.settings.get(&setting.name.to_lowercase());
            let value = in_session.unwrap_or(&setting.value).clone();
            row![setting.name, value, setting.value, setting.description]
        })
        .collect()
}
