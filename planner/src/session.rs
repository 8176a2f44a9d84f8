//! What a statement needs to know of the session that runs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::search_path::SearchPath;

/// The part of a session that planning and functions read. Immutable: the server makes a new one
/// when a setting changes, so that a running statement keeps what it began with.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user who logged in.
    pub user: String,
    /// The database: `tidegate` (or `postgres`, which stands for it).
    pub database: String,
    /// `TimeZone`, an IANA name.
    pub time_zone: String,
    /// The process id under which the session can be cancelled.
    pub process_id: i32,
    /// `search_path`.
    pub path: Arc<SearchPath>,
    /// Every setting by lower-case name, for `current_setting` and `pg_settings`.
    pub settings: Arc<BTreeMap<String, String>>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            user: "tidegate".to_owned(),
            database: "tidegate".to_owned(),
            time_zone: "UTC".to_owned(),
            process_id: 0,
            path: Arc::default(),
            settings: Arc::default(),
        }
    }
}
