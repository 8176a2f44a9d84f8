//! What a statement needs to know of the session that runs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::search_path::SearchPath;

/// The forms in which PostgreSQL writes intervals.
/// <https://www.postgresql.org/docs/15/datatype-datetime.html#INTERVAL-STYLE-OUTPUT-TABLE>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IntervalStyle {
    /// `1 year 2 mons 3 days 04:05:06`
    #[default]
    Postgres,
    /// `@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs`
    PostgresVerbose,
    /// `+1-2 +3 +4:05:06`
    SqlStandard,
    /// `P1Y2M3DT4H5M6S`
    Iso8601,
}

/// What decides how values are written as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutputStyle {
    /// `TimeZone`, an IANA name.
    pub time_zone: String,
    /// `IntervalStyle`.
    pub intervals: IntervalStyle,
}

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
    /// `IntervalStyle`.
    pub interval_style: IntervalStyle,
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
            interval_style: IntervalStyle::default(),
            process_id: 0,
            path: Arc::default(),
            settings: Arc::default(),
        }
    }
}

impl Session {
    /// How its values are written.
    pub fn style(&self) -> OutputStyle {
        OutputStyle { time_zone: self.time_zone.clone(), intervals: self.interval_style }
    }
}
