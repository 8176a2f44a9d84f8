//! The database, its users, its settings and its sessions.

use super::relations::OWNER_OID;
use crate::catalog::StatementContext;
use crate::system_table::table::{Definition, Kind, Rows, Value, row};

/// The OID of the one database.
const DATABASE_OID: u32 = 5;
/// `UTF8` in `pg_encoding_to_char`.
const UTF8: i64 = 6;

/// `pg_database`
pub(crate) static PG_DATABASE: Definition = Definition {
    name: "pg_database",
    oid: 1262,
    columns: &[
        ("oid", Kind::Oid),
        ("datname", Kind::Name),
        ("datdba", Kind::Oid),
        ("encoding", Kind::Int4),
        ("datlocprovider", Kind::Char),
        ("datistemplate", Kind::Bool),
        ("datallowconn", Kind::Bool),
        ("datconnlimit", Kind::Int4),
        ("datfrozenxid", Kind::Oid),
        ("datminmxid", Kind::Oid),
        ("dattablespace", Kind::Oid),
        ("datcollate", Kind::Text),
        ("datctype", Kind::Text),
        ("daticulocale", Kind::Text),
        ("datcollversion", Kind::Text),
        ("datacl", Kind::TextArray),
    ],
    rows: database_rows,
};

/// `pg_roles`
pub(crate) static PG_ROLES: Definition = Definition {
    name: "pg_roles",
    oid: 12_000,
    columns: &[
        ("rolname", Kind::Name),
        ("rolsuper", Kind::Bool),
        ("rolinherit", Kind::Bool),
        ("rolcreaterole", Kind::Bool),
        ("rolcreatedb", Kind::Bool),
        ("rolcanlogin", Kind::Bool),
        ("rolreplication", Kind::Bool),
        ("rolconnlimit", Kind::Int4),
        ("rolpassword", Kind::Text),
        ("rolvaliduntil", Kind::TimestampTz),
        ("rolbypassrls", Kind::Bool),
        ("rolconfig", Kind::TextArray),
        ("oid", Kind::Oid),
    ],
    rows: roles_rows,
};

/// `pg_user`
pub(crate) static PG_USER: Definition = Definition {
    name: "pg_user",
    oid: 12_014,
    columns: &[
        ("usename", Kind::Name),
        ("usesysid", Kind::Oid),
        ("usecreatedb", Kind::Bool),
        ("usesuper", Kind::Bool),
        ("userepl", Kind::Bool),
        ("usebypassrls", Kind::Bool),
        ("passwd", Kind::Text),
        ("valuntil", Kind::TimestampTz),
        ("useconfig", Kind::TextArray),
    ],
    rows: user_rows,
};

/// `pg_settings`
pub(crate) static PG_SETTINGS: Definition = Definition {
    name: "pg_settings",
    oid: 12_104,
    columns: &[
        ("name", Kind::Text),
        ("setting", Kind::Text),
        ("unit", Kind::Text),
        ("category", Kind::Text),
        ("short_desc", Kind::Text),
        ("extra_desc", Kind::Text),
        ("context", Kind::Text),
        ("vartype", Kind::Text),
        ("source", Kind::Text),
        ("min_val", Kind::Text),
        ("max_val", Kind::Text),
        ("enumvals", Kind::TextArray),
        ("boot_val", Kind::Text),
        ("reset_val", Kind::Text),
        ("sourcefile", Kind::Text),
        ("sourceline", Kind::Int4),
        ("pending_restart", Kind::Bool),
    ],
    rows: settings_rows,
};

/// `pg_tablespace`
pub(crate) static PG_TABLESPACE: Definition = Definition {
    name: "pg_tablespace",
    oid: 1213,
    columns: &[
        ("oid", Kind::Oid),
        ("spcname", Kind::Name),
        ("spcowner", Kind::Oid),
        ("spcacl", Kind::TextArray),
        ("spcoptions", Kind::TextArray),
    ],
    rows: tablespace_rows,
};

/// `pg_stat_activity`
pub(crate) static PG_STAT_ACTIVITY: Definition = Definition {
    name: "pg_stat_activity",
    oid: 12_222,
    columns: &[
        ("datid", Kind::Oid),
        ("datname", Kind::Name),
        ("pid", Kind::Int4),
        ("leader_pid", Kind::Int4),
        ("usesysid", Kind::Oid),
        ("usename", Kind::Name),
        ("application_name", Kind::Text),
        ("client_addr", Kind::Text),
        ("client_hostname", Kind::Text),
        ("client_port", Kind::Int4),
        ("backend_start", Kind::TimestampTz),
        ("xact_start", Kind::TimestampTz),
        ("query_start", Kind::TimestampTz),
        ("state_change", Kind::TimestampTz),
        ("wait_event_type", Kind::Text),
        ("wait_event", Kind::Text),
        ("state", Kind::Text),
        ("backend_xid", Kind::Oid),
        ("backend_xmin", Kind::Oid),
        ("query_id", Kind::Int8),
        ("query", Kind::Text),
        ("backend_type", Kind::Text),
    ],
    rows: stat_activity_rows,
};

/// `pg_stat_ssl`
pub(crate) static PG_STAT_SSL: Definition = Definition {
    name: "pg_stat_ssl",
    oid: 12_249,
    columns: &[
        ("pid", Kind::Int4),
        ("ssl", Kind::Bool),
        ("version", Kind::Text),
        ("cipher", Kind::Text),
        ("bits", Kind::Int4),
        ("client_dn", Kind::Text),
        ("client_serial", Kind::Numeric),
        ("issuer_dn", Kind::Text),
    ],
    rows: stat_ssl_rows,
};

fn database_rows(context: &StatementContext) -> Rows {
    vec![PG_DATABASE.row(&[
        ("oid", DATABASE_OID.into()),
        ("datname", context.session.database.as_str().into()),
        ("datdba", OWNER_OID.into()),
        ("encoding", UTF8.into()),
        ("datlocprovider", "c".into()),
        ("datallowconn", true.into()),
        ("datconnlimit", Value::Int(-1)),
        ("dattablespace", Value::Int(1663)),
        ("datcollate", "C.UTF-8".into()),
        ("datctype", "C.UTF-8".into()),
    ])]
}

fn roles_rows(context: &StatementContext) -> Rows {
    let yes = Value::Bool(true);
    vec![PG_ROLES.row(&[
        ("rolname", context.session.user.as_str().into()),
        ("rolsuper", yes.clone()),
        ("rolinherit", yes.clone()),
        ("rolcreaterole", yes.clone()),
        ("rolcreatedb", yes.clone()),
        ("rolcanlogin", yes.clone()),
        ("rolreplication", yes.clone()),
        ("rolconnlimit", Value::Int(-1)),
        ("rolpassword", "********".into()),
        ("rolbypassrls", yes),
        ("oid", OWNER_OID.into()),
    ])]
}

fn user_rows(context: &StatementContext) -> Rows {
    vec![PG_USER.row(&[
        ("usename", context.session.user.as_str().into()),
        ("usesysid", OWNER_OID.into()),
        ("usecreatedb", true.into()),
        ("usesuper", true.into()),
        ("userepl", true.into()),
        ("usebypassrls", true.into()),
        ("passwd", "********".into()),
    ])]
}

fn settings_rows(context: &StatementContext) -> Rows {
    let settings = context.system.settings().into_iter();
    settings
        .map(|setting| {
            let in_session = context.session.settings.get(&setting.name.to_lowercase());
            let value = in_session.unwrap_or(&setting.value).as_str();
            PG_SETTINGS.row(&[
                ("name", setting.name.as_str().into()),
                ("setting", value.into()),
                ("category", "Tidegate".into()),
                ("short_desc", setting.description.as_str().into()),
                ("context", "user".into()),
                ("vartype", "string".into()),
                ("source", if in_session.is_some() { "session" } else { "default" }.into()),
                ("boot_val", setting.value.as_str().into()),
                ("reset_val", setting.value.as_str().into()),
            ])
        })
        .collect()
}

fn tablespace_rows(_: &StatementContext) -> Rows {
    [(1663_u32, "pg_default"), (1664, "pg_global")]
        .into_iter()
        .map(|(oid, name)| {
            PG_TABLESPACE.row(&[
                ("oid", oid.into()),
                ("spcname", name.into()),
                ("spcowner", OWNER_OID.into()),
            ])
        })
        .collect()
}

fn stat_activity_rows(context: &StatementContext) -> Rows {
    let sessions = context.system.sessions().into_iter();
    sessions
        .map(|session| {
            PG_STAT_ACTIVITY.row(&[
                ("datid", DATABASE_OID.into()),
                ("datname", context.session.database.as_str().into()),
                ("pid", session.process_id.into()),
                ("usesysid", OWNER_OID.into()),
                ("usename", session.user.into()),
                ("application_name", session.application_name.into()),
                ("client_addr", session.client_address.into()),
                ("backend_start", session.connected_micros.into()),
                ("query_start", session.query_started_micros.into()),
                ("state_change", session.query_started_micros.into()),
                ("state", session.state.into()),
                ("query", session.query.into()),
                ("backend_type", "client backend".into()),
            ])
        })
        .collect()
}

fn stat_ssl_rows(context: &StatementContext) -> Rows {
    let sessions = context.system.sessions().into_iter();
    sessions
        .map(|session| {
            let used = session.encryption;
            row![
                session.process_id,
                used.is_some(),
                used.as_ref().map(|used| used.version),
                used.as_ref().map(|used| used.cipher.as_str()),
                used.as_ref().map(|used| used.bits),
                Value::Null,
                Value::Null,
                Value::Null,
            ]
        })
        .collect()
}
