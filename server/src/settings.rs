//! The settings of a session: which there are, what values they take, and what they stand at.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use planner::{IntervalStyle, SqlError};

use crate::pg::encode::Style;

/// A setting that a session knows.
#[derive(Debug)]
pub struct Setting {
    /// Its name as `SHOW ALL` prints it; compared without regard to case.
    pub name: &'static str,
    /// Its value where nothing else is said.
    pub default: &'static str,
    /// Its values.
    kind: Kind,
    /// Whether a client is told of every change (`ParameterStatus`).
    reported: bool,
    /// What it does.
    pub description: &'static str,
}

#[derive(Debug)]
enum Kind {
    /// `on` or `off`.
    Bool,
    /// Whole numbers from, to.
    Integer(i64, i64),
    /// Milliseconds where no unit is given; 0 is off.
    Duration,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any text.
    Text,
    /// An IANA name.
    TimeZone,
    /// ISO only, with any order of day and month.
    DateStyle,
    /// UTF8 only.
    Encoding,
    /// Not to be changed.
    Fixed,
}

/// What is said of PostgreSQL's version: clients choose their catalog queries by it.
pub const SERVER_VERSION: &str = "15.8";

const ISOLATION_LEVELS: &[&str] = &["serializable", "repeatable read", "read committed", "read uncommitted"];
const INTERVAL_STYLES: &[&str] = &["postgres", "postgres_verbose", "sql_standard", "iso_8601"];
const LEVELS: &[&str] =
    &["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"];

const fn setting(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    description: &'static str,
) -> Setting {
    Setting { name, default, kind, reported: false, description }
}

const fn reported(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    description: &'static str,
) -> Setting {
    Setting { name, default, kind, reported: true, description }
}

/// Every setting, in order of name without regard to case.
pub const KNOWN: &[Setting] = &[
    reported("application_name", "", Kind::Text, "The name that the application gave itself."),
    setting("bytea_output", "hex", Kind::OneOf(&["hex"]), "The form in which bytea is shown."),
    reported("client_encoding", "UTF8", Kind::Encoding, "The client's character set."),
    setting("client_min_messages", "notice", Kind::OneOf(LEVELS), "Below which level messages are not sent."),
    reported("DateStyle", "ISO, MDY", Kind::DateStyle, "The form in which dates are shown and read."),
    setting("default_table_access_method", "heap", Kind::Fixed, "As PostgreSQL calls it; tools ask."),
    setting("default_tablespace", "", Kind::Text, "There is one place for tables."),
    setting("default_transaction_deferrable", "off", Kind::Bool, "No transaction waits for another."),
    setting(
        "default_transaction_isolation",
        "repeatable read",
        Kind::OneOf(ISOLATION_LEVELS),
        "The isolation of new transactions: a block always sees one snapshot.",
    ),
    reported("default_transaction_read_only", "off", Kind::Bool, "Whether new transactions only read."),
    setting(
        "extra_float_digits",
        "1",
        Kind::Integer(-15, 3),
        "Floats are shown with as few digits as read back as the same number.",
    ),
    setting(
        "idle_in_transaction_session_timeout",
        "0",
        Kind::Duration,
        "How long a session may be idle in a transaction block.",
    ),
    setting("idle_session_timeout", "0", Kind::Duration, "How long a session may be idle."),
    reported("in_hot_standby", "off", Kind::Fixed, "Whether the server is a standby."),
    reported("integer_datetimes", "on", Kind::Fixed, "Whether times are counted in integers."),
    reported(
        "IntervalStyle",
        "postgres",
        Kind::OneOf(INTERVAL_STYLES),
        "The form in which intervals are shown.",
    ),
    reported("is_superuser", "on", Kind::Fixed, "Whether the user is a superuser."),
    setting("jit", "off", Kind::Bool, "Queries run vectorized, not compiled."),
    setting("lc_collate", "C", Kind::Fixed, "The order of text."),
    setting("lc_ctype", "C", Kind::Fixed, "The classes of characters."),
    setting("lc_messages", "C", Kind::Text, "The language of messages."),
    setting("lc_monetary", "C", Kind::Text, "The form of amounts of money."),
    setting("lc_numeric", "C", Kind::Text, "The form of numbers."),
    setting("lc_time", "C", Kind::Text, "The form of dates."),
    setting("lock_timeout", "0", Kind::Duration, "There are no locks to wait for."),
    setting("max_identifier_length", "63", Kind::Fixed, "Bytes of a name."),
    setting("max_index_keys", "32", Kind::Fixed, "There are no indexes; tools ask."),
    setting("role", "none", Kind::OneOf(&["none"]), "Whose rights hold: the user's own."),
    setting("row_security", "on", Kind::Bool, "Whether policies filter rows."),
    setting("search_path", "\"$user\", public", Kind::Text, "The schemas in which names are looked up."),
    reported("server_encoding", "UTF8", Kind::Fixed, "The server's character set."),
    reported("server_version", SERVER_VERSION, Kind::Fixed, "The version of PostgreSQL that is spoken."),
    setting("server_version_num", "150008", Kind::Fixed, "The same as a number."),
    reported("session_authorization", "", Kind::Fixed, "The user who logged in."),
    reported(
        "standard_conforming_strings",
        "on",
        Kind::OneOf(&["on"]),
        "Backslashes in strings are characters.",
    ),
    setting("statement_timeout", "0", Kind::Duration, "How long a statement may run."),
    setting("synchronous_commit", "on", Kind::OneOf(&["on"]), "A commit is durable before it is answered."),
    reported("TimeZone", "UTC", Kind::TimeZone, "The time zone in which times are shown and read."),
    setting(
        "transaction_isolation",
        "repeatable read",
        Kind::OneOf(ISOLATION_LEVELS),
        "The isolation of this transaction: a block always sees one snapshot.",
    ),
    setting("transaction_read_only", "off", Kind::Bool, "Whether this transaction only reads."),
];

impl Setting {
    /// The value as it is kept and shown, or why it is refused. As in PostgreSQL, errors call the setting
    /// as the statement `written` calls it, but for those of values that have a reader of their own.
    fn check(&self, written: &str, value: &str) -> Result<String, SqlError> {
        let written = written.to_ascii_lowercase();
        let name = match self.kind {
            Kind::TimeZone | Kind::DateStyle | Kind::Encoding => self.name,
            _ => written.as_str(),
        };
        let refused =
            || SqlError::new("22023", format!("invalid value for parameter \"{name}\": \"{value}\""));
        match self.kind {
            Kind::Text => Ok(value.to_owned()),
            Kind::Fixed => Err(SqlError::new("55P02", format!("parameter \"{name}\" cannot be changed"))),
            Kind::Bool => match value.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" | "1" | "t" | "y" => Ok("on".to_owned()),
                "off" | "false" | "no" | "0" | "f" | "n" => Ok("off".to_owned()),
                _ => Err(SqlError::new("22023", format!("parameter \"{name}\" requires a Boolean value"))),
            },
            Kind::Integer(from, to) => {
                let number: i64 = value.trim().parse().map_err(|_| refused())?;
                if !(from..=to).contains(&number) {
                    return Err(SqlError::new(
                        "22023",
                        format!(
                            "{number} is outside the valid range for parameter \"{name}\" ({from} .. {to})"
                        ),
                    ));
                }
                Ok(number.to_string())
            }
            Kind::Duration => {
                let millis = parse_millis(value).ok_or_else(|| {
                    refused().with_hint(
                        "Valid units for this parameter are \"ms\", \"s\", \"min\", \"h\", and \"d\".",
                    )
                })?;
                Ok(show_millis(millis))
            }
            Kind::OneOf(values) => match values.iter().find(|known| known.eq_ignore_ascii_case(value)) {
                Some(known) => Ok((*known).to_owned()),
                None => Err(refused().with_hint(format!("Available values: {}.", values.join(", ")))),
            },
            Kind::TimeZone => time_zone(value).map(|zone| zone.name().to_owned()).ok_or_else(|| {
                refused()
                    .with_hint("Use a name of the IANA time zone database, such as 'Europe/Berlin' or 'UTC'.")
            }),
            Kind::DateStyle => date_style(value).ok_or_else(|| {
                refused().with_hint("Dates are shown in ISO style; the order can be MDY, DMY or YMD.")
            }),
            Kind::Encoding => match value.to_ascii_uppercase().replace(['-', '_', '\''], "").as_str() {
                "UTF8" | "UNICODE" => Ok("UTF8".to_owned()),
                _ => Err(refused().with_hint("The only encoding is UTF8.")),
            },
        }
    }
}

/// The values that a session's settings stand at. Cheap to clone: a change makes a new map.
#[derive(Clone, Debug)]
pub struct Settings {
    values: Arc<BTreeMap<String, String>>,
}

impl Default for Settings {
    fn default() -> Self {
        let values =
            KNOWN.iter().map(|setting| (setting.name.to_ascii_lowercase(), setting.default.to_owned()));
        Self { values: Arc::new(values.collect()) }
    }
}

impl Settings {
    /// Every value by lower-case name.
    pub fn values(&self) -> &Arc<BTreeMap<String, String>> {
        &self.values
    }

    /// The value of a setting, and its name as it is shown.
    pub fn show(&self, name: &str) -> Result<(String, String), SqlError> {
        let key = canonical(name);
        let value = self.values.get(&key).ok_or_else(|| unknown(name))?;
        Ok((known(&key).map_or(key.as_str(), |setting| setting.name).to_owned(), value.clone()))
    }

    /// Sets a value after checking it.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SqlError> {
        let key = canonical(name);
        let value = match known(&key) {
            Some(setting) => setting.check(name, value)?,
            // As in PostgreSQL, a name with a dot belongs to an application.
            None if key.contains('.') && !key.starts_with("tidegate.") => value.to_owned(),
            None => return Err(unknown(name)),
        };
        self.force(&key, value);
        Ok(())
    }

    /// Sets a value that the server decides.
    pub fn force(&mut self, name: &str, value: String) {
        Arc::make_mut(&mut self.values).insert(name.to_ascii_lowercase(), value);
    }

    /// Back to what `initial` says.
    pub fn reset(&mut self, name: &str, initial: &Self) -> Result<(), SqlError> {
        let key = canonical(name);
        match (initial.values.get(&key), self.values.contains_key(&key)) {
            (Some(value), _) => {
                let value = value.clone();
                self.force(&key, value);
            }
            (None, true) => {
                Arc::make_mut(&mut self.values).remove(&key);
            }
            (None, false) => return Err(unknown(name)),
        }
        Ok(())
    }

    /// The settings that a client is told of, by shown name.
    pub fn reported(&self) -> impl Iterator<Item = (&'static str, &str)> {
        KNOWN.iter().filter(|setting| setting.reported).map(|setting| {
            let value = self.values.get(&setting.name.to_ascii_lowercase());
            (setting.name, value.map_or(setting.default, String::as_str))
        })
    }

    /// A timeout; None where it is off.
    pub fn timeout(&self, name: &str) -> Option<Duration> {
        let millis = self.values.get(name).and_then(|value| parse_millis(value)).unwrap_or(0);
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    /// `TimeZone`.
    pub fn zone(&self) -> Tz {
        self.values.get("timezone").and_then(|name| Tz::from_str(name).ok()).unwrap_or(Tz::UTC)
    }

    /// `IntervalStyle`.
    pub fn interval_style(&self) -> IntervalStyle {
        match self.get("intervalstyle") {
            "postgres_verbose" => IntervalStyle::PostgresVerbose,
            "sql_standard" => IntervalStyle::SqlStandard,
            "iso_8601" => IntervalStyle::Iso8601,
            _ => IntervalStyle::Postgres,
        }
    }

    /// How values are written.
    pub fn style(&self) -> Style {
        Style { zone: self.zone(), intervals: self.interval_style() }
    }

    /// A value that is kept for every session.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }
}

fn known(key: &str) -> Option<&'static Setting> {
    KNOWN.iter().find(|setting| setting.name.eq_ignore_ascii_case(key))
}

/// The key of a name, with the spellings that SQL has for some.
pub(crate) fn canonical(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "time zone" => "timezone".to_owned(),
        "transaction isolation level" => "transaction_isolation".to_owned(),
        "session authorization" => "session_authorization".to_owned(),
        "names" => "client_encoding".to_owned(),
        other => other.to_owned(),
    }
}

fn unknown(name: &str) -> SqlError {
    let error = SqlError::new("42704", format!("unrecognized configuration parameter \"{name}\""));
    let lower = name.to_ascii_lowercase();
    let nearest = KNOWN
        .iter()
        .map(|setting| {
            (strsim::damerau_levenshtein(&lower, &setting.name.to_ascii_lowercase()), setting.name)
        })
        .min();
    match nearest {
        Some((distance, similar)) if distance <= 3 => {
            error.with_hint(format!("Perhaps you meant \"{similar}\"."))
        }
        _ => error.with_hint("SHOW ALL lists the parameters."),
    }
}

fn parse_millis(value: &str) -> Option<u64> {
    let value = value.trim();
    let digits = value.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = value.split_at(digits.unwrap_or(value.len()));
    let unit = match unit.trim() {
        "" | "ms" => 1.0,
        "s" => 1000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    let millis = (number.parse::<f64>().ok()? * unit).round();
    // PostgreSQL's timeouts are 32 bits: some 24 days.
    (0.0..=f64::from(i32::MAX)).contains(&millis).then_some(millis as u64)
}

fn show_millis(millis: u64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")];
    match units.iter().find(|(length, _)| millis.is_multiple_of(*length)) {
        Some((length, unit)) if millis > 0 => format!("{}{unit}", millis / length),
        _ => "0".to_owned(),
    }
}

/// An IANA name in any case, or whole hours from UTC.
fn time_zone(value: &str) -> Option<Tz> {
    let value = value.trim().trim_matches('\'');
    if let Some(zone) = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(value)) {
        return Some(*zone);
    }
    // `SET TIME ZONE 2` is two hours east; the zones of this name count westwards.
    let hours: i32 = value.parse().ok()?;
    Tz::from_str(&format!("Etc/GMT{:+}", -hours)).ok()
}

fn date_style(value: &str) -> Option<String> {
    let mut order = "MDY";
    for word in value.split(',').map(|word| word.trim().to_ascii_uppercase()) {
        order = match word.as_str() {
            "ISO" | "DEFAULT" => order,
            "MDY" | "US" | "NONEURO" | "NONEUROPEAN" => "MDY",
            "DMY" | "EURO" | "EUROPEAN" => "DMY",
            "YMD" => "YMD",
            _ => return None,
        };
    }
    Some(format!("ISO, {order}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: Result<&str, &str>) {
        let mut settings = Settings::default();
        let found = settings.set(name, value).map(|()| settings.show(name).unwrap().1);
        assert_eq!(found.as_deref().map_err(|error| error.sqlstate.as_ref()), expected, "{name} = {value}");
    }

    #[test]
    fn values_are_checked_and_shown_as_postgresql_does() {
        check("statement_timeout", "5000", Ok("5s"));
        check("statement_timeout", "1500", Ok("1500ms"));
        check("statement_timeout", "2 min", Ok("2min"));
        check("statement_timeout", "0", Ok("0"));
        check("statement_timeout", "-1", Err("22023"));
        check("statement_timeout", "1 fortnight", Err("22023"));
        check("timezone", "europe/berlin", Ok("Europe/Berlin"));
        check("TIME ZONE", "2", Ok("Etc/GMT-2"));
        check("TimeZone", "Middle/Earth", Err("22023"));
        check("client_encoding", "utf-8", Ok("UTF8"));
        check("client_encoding", "'utf-8'", Ok("UTF8"));
        check("client_encoding", "LATIN1", Err("22023"));
        check("datestyle", "ISO, DMY", Ok("ISO, DMY"));
        check("datestyle", "German", Err("22023"));
        check("extra_float_digits", "3", Ok("3"));
        check("extra_float_digits", "4", Err("22023"));
        check("intervalstyle", "ISO_8601", Ok("iso_8601"));
        check("intervalstyle", "iso", Err("22023"));
        check("server_version", "9.6", Err("55P02"));
        check("row_security", "false", Ok("off"));
        check("my.app", "anything", Ok("anything"));
        check("no_such_setting", "1", Err("42704"));
    }

    #[test]
    fn names_are_in_order() {
        let names: Vec<String> = KNOWN.iter().map(|setting| setting.name.to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_misspelt_name_gets_a_hint() {
        let error = Settings::default().show("statment_timeout").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("Perhaps you meant \"statement_timeout\"."));
    }
}
