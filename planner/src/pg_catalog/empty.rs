//! Tables of `pg_catalog` for what does not exist here: their columns are PostgreSQL 15's, and
//! they have no rows, so that tools that look find nothing instead of an error.

use crate::catalog::StatementContext;
use crate::system_table::table::{Definition, Kind, Rows};

/// All of them.
pub(super) static TABLES: &[&Definition] = &[
    &PG_AGGREGATE,
    &PG_AUTH_MEMBERS,
    &PG_CAST,
    &PG_CONSTRAINT,
    &PG_CONVERSION,
    &PG_DEPEND,
    &PG_ENUM,
    &PG_EVENT_TRIGGER,
    &PG_EXTENSION,
    &PG_FOREIGN_DATA_WRAPPER,
    &PG_FOREIGN_SERVER,
    &PG_FOREIGN_TABLE,
    &PG_INDEX,
    &PG_INDEXES,
    &PG_INHERITS,
    &PG_LANGUAGE,
    &PG_LOCKS,
    &PG_MATVIEWS,
    &PG_OPCLASS,
    &PG_OPERATOR,
    &PG_PARTITIONED_TABLE,
    &PG_POLICIES,
    &PG_POLICY,
    &PG_PROC,
    &PG_PUBLICATION,
    &PG_PUBLICATION_NAMESPACE,
    &PG_PUBLICATION_REL,
    &PG_RANGE,
    &PG_REWRITE,
    &PG_RULES,
    &PG_SECLABEL,
    &PG_SEQUENCE,
    &PG_SEQUENCES,
    &PG_SHDEPEND,
    &PG_SHDESCRIPTION,
    &PG_STATISTIC_EXT,
    &PG_STATS,
    &PG_SUBSCRIPTION,
    &PG_TRIGGER,
    &PG_TS_CONFIG,
    &PG_TS_DICT,
    &PG_USER_MAPPING,
    &PG_USER_MAPPINGS,
];

fn none(_: &StatementContext) -> Rows {
    Rows::new()
}

static PG_AGGREGATE: Definition = Definition {
    name: "pg_aggregate",
    oid: 2600,
    columns: &[
        ("aggfnoid", Kind::Text),
        ("aggkind", Kind::Char),
        ("aggnumdirectargs", Kind::Int2),
        ("aggtransfn", Kind::Text),
        ("aggfinalfn", Kind::Text),
        ("aggcombinefn", Kind::Text),
        ("aggserialfn", Kind::Text),
        ("aggdeserialfn", Kind::Text),
        ("aggmtransfn", Kind::Text),
        ("aggminvtransfn", Kind::Text),
        ("aggmfinalfn", Kind::Text),
        ("aggfinalextra", Kind::Bool),
        ("aggmfinalextra", Kind::Bool),
        ("aggfinalmodify", Kind::Char),
        ("aggmfinalmodify", Kind::Char),
        ("aggsortop", Kind::Oid),
        ("aggtranstype", Kind::Oid),
        ("aggtransspace", Kind::Int4),
        ("aggmtranstype", Kind::Oid),
        ("aggmtransspace", Kind::Int4),
        ("agginitval", Kind::Text),
        ("aggminitval", Kind::Text),
    ],
    rows: none,
};

static PG_AUTH_MEMBERS: Definition = Definition {
    name: "pg_auth_members",
    oid: 1261,
    columns: &[
        ("roleid", Kind::Oid),
        ("member", Kind::Oid),
        ("grantor", Kind::Oid),
        ("admin_option", Kind::Bool),
    ],
    rows: none,
};

static PG_CAST: Definition = Definition {
    name: "pg_cast",
    oid: 2605,
    columns: &[
        ("oid", Kind::Oid),
        ("castsource", Kind::Oid),
        ("casttarget", Kind::Oid),
        ("castfunc", Kind::Oid),
        ("castcontext", Kind::Char),
        ("castmethod", Kind::Char),
    ],
    rows: none,
};

static PG_CONSTRAINT: Definition = Definition {
    name: "pg_constraint",
    oid: 2606,
    columns: &[
        ("oid", Kind::Oid),
        ("conname", Kind::Name),
        ("connamespace", Kind::Oid),
        ("contype", Kind::Char),
        ("condeferrable", Kind::Bool),
        ("condeferred", Kind::Bool),
        ("convalidated", Kind::Bool),
        ("conrelid", Kind::Oid),
        ("contypid", Kind::Oid),
        ("conindid", Kind::Oid),
        ("conparentid", Kind::Oid),
        ("confrelid", Kind::Oid),
        ("confupdtype", Kind::Char),
        ("confdeltype", Kind::Char),
        ("confmatchtype", Kind::Char),
        ("conislocal", Kind::Bool),
        ("coninhcount", Kind::Int4),
        ("connoinherit", Kind::Bool),
        ("conkey", Kind::Text),
        ("confkey", Kind::Text),
        ("conpfeqop", Kind::Text),
        ("conppeqop", Kind::Text),
        ("conffeqop", Kind::Text),
        ("confdelsetcols", Kind::Text),
        ("conexclop", Kind::Text),
        ("conbin", Kind::Text),
    ],
    rows: none,
};

static PG_CONVERSION: Definition = Definition {
    name: "pg_conversion",
    oid: 2607,
    columns: &[
        ("oid", Kind::Oid),
        ("conname", Kind::Name),
        ("connamespace", Kind::Oid),
        ("conowner", Kind::Oid),
        ("conforencoding", Kind::Int4),
        ("contoencoding", Kind::Int4),
        ("conproc", Kind::Text),
        ("condefault", Kind::Bool),
    ],
    rows: none,
};

static PG_DEPEND: Definition = Definition {
    name: "pg_depend",
    oid: 2608,
    columns: &[
        ("classid", Kind::Oid),
        ("objid", Kind::Oid),
        ("objsubid", Kind::Int4),
        ("refclassid", Kind::Oid),
        ("refobjid", Kind::Oid),
        ("refobjsubid", Kind::Int4),
        ("deptype", Kind::Char),
    ],
    rows: none,
};

static PG_ENUM: Definition = Definition {
    name: "pg_enum",
    oid: 3501,
    columns: &[
        ("oid", Kind::Oid),
        ("enumtypid", Kind::Oid),
        ("enumsortorder", Kind::Float8),
        ("enumlabel", Kind::Name),
    ],
    rows: none,
};

static PG_EVENT_TRIGGER: Definition = Definition {
    name: "pg_event_trigger",
    oid: 3466,
    columns: &[
        ("oid", Kind::Oid),
        ("evtname", Kind::Name),
        ("evtevent", Kind::Name),
        ("evtowner", Kind::Oid),
        ("evtfoid", Kind::Oid),
        ("evtenabled", Kind::Char),
        ("evttags", Kind::TextArray),
    ],
    rows: none,
};

static PG_EXTENSION: Definition = Definition {
    name: "pg_extension",
    oid: 3079,
    columns: &[
        ("oid", Kind::Oid),
        ("extname", Kind::Name),
        ("extowner", Kind::Oid),
        ("extnamespace", Kind::Oid),
        ("extrelocatable", Kind::Bool),
        ("extversion", Kind::Text),
        ("extconfig", Kind::Text),
        ("extcondition", Kind::TextArray),
    ],
    rows: none,
};

static PG_FOREIGN_DATA_WRAPPER: Definition = Definition {
    name: "pg_foreign_data_wrapper",
    oid: 2328,
    columns: &[
        ("oid", Kind::Oid),
        ("fdwname", Kind::Name),
        ("fdwowner", Kind::Oid),
        ("fdwhandler", Kind::Oid),
        ("fdwvalidator", Kind::Oid),
        ("fdwacl", Kind::TextArray),
        ("fdwoptions", Kind::TextArray),
    ],
    rows: none,
};

static PG_FOREIGN_SERVER: Definition = Definition {
    name: "pg_foreign_server",
    oid: 1417,
    columns: &[
        ("oid", Kind::Oid),
        ("srvname", Kind::Name),
        ("srvowner", Kind::Oid),
        ("srvfdw", Kind::Oid),
        ("srvtype", Kind::Text),
        ("srvversion", Kind::Text),
        ("srvacl", Kind::TextArray),
        ("srvoptions", Kind::TextArray),
    ],
    rows: none,
};

static PG_FOREIGN_TABLE: Definition = Definition {
    name: "pg_foreign_table",
    oid: 3118,
    columns: &[("ftrelid", Kind::Oid), ("ftserver", Kind::Oid), ("ftoptions", Kind::TextArray)],
    rows: none,
};

static PG_INDEX: Definition = Definition {
    name: "pg_index",
    oid: 2610,
    columns: &[
        ("indexrelid", Kind::Oid),
        ("indrelid", Kind::Oid),
        ("indnatts", Kind::Int2),
        ("indnkeyatts", Kind::Int2),
        ("indisunique", Kind::Bool),
        ("indnullsnotdistinct", Kind::Bool),
        ("indisprimary", Kind::Bool),
        ("indisexclusion", Kind::Bool),
        ("indimmediate", Kind::Bool),
        ("indisclustered", Kind::Bool),
        ("indisvalid", Kind::Bool),
        ("indcheckxmin", Kind::Bool),
        ("indisready", Kind::Bool),
        ("indislive", Kind::Bool),
        ("indisreplident", Kind::Bool),
        ("indkey", Kind::Text),
        ("indcollation", Kind::Text),
        ("indclass", Kind::Text),
        ("indoption", Kind::Text),
        ("indexprs", Kind::Text),
        ("indpred", Kind::Text),
    ],
    rows: none,
};

static PG_INDEXES: Definition = Definition {
    name: "pg_indexes",
    oid: 12_043,
    columns: &[
        ("schemaname", Kind::Name),
        ("tablename", Kind::Name),
        ("indexname", Kind::Name),
        ("tablespace", Kind::Name),
        ("indexdef", Kind::Text),
    ],
    rows: none,
};

static PG_INHERITS: Definition = Definition {
    name: "pg_inherits",
    oid: 2611,
    columns: &[
        ("inhrelid", Kind::Oid),
        ("inhparent", Kind::Oid),
        ("inhseqno", Kind::Int4),
        ("inhdetachpending", Kind::Bool),
    ],
    rows: none,
};

static PG_LANGUAGE: Definition = Definition {
    name: "pg_language",
    oid: 2612,
    columns: &[
        ("oid", Kind::Oid),
        ("lanname", Kind::Name),
        ("lanowner", Kind::Oid),
        ("lanispl", Kind::Bool),
        ("lanpltrusted", Kind::Bool),
        ("lanplcallfoid", Kind::Oid),
        ("laninline", Kind::Oid),
        ("lanvalidator", Kind::Oid),
        ("lanacl", Kind::TextArray),
    ],
    rows: none,
};

static PG_LOCKS: Definition = Definition {
    name: "pg_locks",
    oid: 12_073,
    columns: &[
        ("locktype", Kind::Text),
        ("database", Kind::Oid),
        ("relation", Kind::Oid),
        ("page", Kind::Int4),
        ("tuple", Kind::Int2),
        ("virtualxid", Kind::Text),
        ("transactionid", Kind::Oid),
        ("classid", Kind::Oid),
        ("objid", Kind::Oid),
        ("objsubid", Kind::Int2),
        ("virtualtransaction", Kind::Text),
        ("pid", Kind::Int4),
        ("mode", Kind::Text),
        ("granted", Kind::Bool),
        ("fastpath", Kind::Bool),
        ("waitstart", Kind::TimestampTz),
    ],
    rows: none,
};

static PG_MATVIEWS: Definition = Definition {
    name: "pg_matviews",
    oid: 12_038,
    columns: &[
        ("schemaname", Kind::Name),
        ("matviewname", Kind::Name),
        ("matviewowner", Kind::Name),
        ("tablespace", Kind::Name),
        ("hasindexes", Kind::Bool),
        ("ispopulated", Kind::Bool),
        ("definition", Kind::Text),
    ],
    rows: none,
};

static PG_OPCLASS: Definition = Definition {
    name: "pg_opclass",
    oid: 2616,
    columns: &[
        ("oid", Kind::Oid),
        ("opcmethod", Kind::Oid),
        ("opcname", Kind::Name),
        ("opcnamespace", Kind::Oid),
        ("opcowner", Kind::Oid),
        ("opcfamily", Kind::Oid),
        ("opcintype", Kind::Oid),
        ("opcdefault", Kind::Bool),
        ("opckeytype", Kind::Oid),
    ],
    rows: none,
};

static PG_OPERATOR: Definition = Definition {
    name: "pg_operator",
    oid: 2617,
    columns: &[
        ("oid", Kind::Oid),
        ("oprname", Kind::Name),
        ("oprnamespace", Kind::Oid),
        ("oprowner", Kind::Oid),
        ("oprkind", Kind::Char),
        ("oprcanmerge", Kind::Bool),
        ("oprcanhash", Kind::Bool),
        ("oprleft", Kind::Oid),
        ("oprright", Kind::Oid),
        ("oprresult", Kind::Oid),
        ("oprcom", Kind::Oid),
        ("oprnegate", Kind::Oid),
        ("oprcode", Kind::Text),
        ("oprrest", Kind::Text),
        ("oprjoin", Kind::Text),
    ],
    rows: none,
};

static PG_PARTITIONED_TABLE: Definition = Definition {
    name: "pg_partitioned_table",
    oid: 3350,
    columns: &[
        ("partrelid", Kind::Oid),
        ("partstrat", Kind::Char),
        ("partnatts", Kind::Int2),
        ("partdefid", Kind::Oid),
        ("partattrs", Kind::Text),
        ("partclass", Kind::Text),
        ("partcollation", Kind::Text),
        ("partexprs", Kind::Text),
    ],
    rows: none,
};

static PG_POLICIES: Definition = Definition {
    name: "pg_policies",
    oid: 12_018,
    columns: &[
        ("schemaname", Kind::Name),
        ("tablename", Kind::Name),
        ("policyname", Kind::Name),
        ("permissive", Kind::Text),
        ("roles", Kind::TextArray),
        ("cmd", Kind::Text),
        ("qual", Kind::Text),
        ("with_check", Kind::Text),
    ],
    rows: none,
};

static PG_POLICY: Definition = Definition {
    name: "pg_policy",
    oid: 3256,
    columns: &[
        ("oid", Kind::Oid),
        ("polname", Kind::Name),
        ("polrelid", Kind::Oid),
        ("polcmd", Kind::Char),
        ("polpermissive", Kind::Bool),
        ("polroles", Kind::Text),
        ("polqual", Kind::Text),
        ("polwithcheck", Kind::Text),
    ],
    rows: none,
};

static PG_PROC: Definition = Definition {
    name: "pg_proc",
    oid: 1255,
    columns: &[
        ("oid", Kind::Oid),
        ("proname", Kind::Name),
        ("pronamespace", Kind::Oid),
        ("proowner", Kind::Oid),
        ("prolang", Kind::Oid),
        ("procost", Kind::Float8),
        ("prorows", Kind::Float8),
        ("provariadic", Kind::Oid),
        ("prosupport", Kind::Text),
        ("prokind", Kind::Char),
        ("prosecdef", Kind::Bool),
        ("proleakproof", Kind::Bool),
        ("proisstrict", Kind::Bool),
        ("proretset", Kind::Bool),
        ("provolatile", Kind::Char),
        ("proparallel", Kind::Char),
        ("pronargs", Kind::Int2),
        ("pronargdefaults", Kind::Int2),
        ("prorettype", Kind::Oid),
        ("proargtypes", Kind::Text),
        ("proallargtypes", Kind::Text),
        ("proargmodes", Kind::TextArray),
        ("proargnames", Kind::TextArray),
        ("proargdefaults", Kind::Text),
        ("protrftypes", Kind::Text),
        ("prosrc", Kind::Text),
        ("probin", Kind::Text),
        ("prosqlbody", Kind::Text),
        ("proconfig", Kind::TextArray),
        ("proacl", Kind::TextArray),
    ],
    rows: none,
};

static PG_PUBLICATION: Definition = Definition {
    name: "pg_publication",
    oid: 6104,
    columns: &[
        ("oid", Kind::Oid),
        ("pubname", Kind::Name),
        ("pubowner", Kind::Oid),
        ("puballtables", Kind::Bool),
        ("pubinsert", Kind::Bool),
        ("pubupdate", Kind::Bool),
        ("pubdelete", Kind::Bool),
        ("pubtruncate", Kind::Bool),
        ("pubviaroot", Kind::Bool),
    ],
    rows: none,
};

static PG_PUBLICATION_NAMESPACE: Definition = Definition {
    name: "pg_publication_namespace",
    oid: 6237,
    columns: &[("oid", Kind::Oid), ("pnpubid", Kind::Oid), ("pnnspid", Kind::Oid)],
    rows: none,
};

static PG_PUBLICATION_REL: Definition = Definition {
    name: "pg_publication_rel",
    oid: 6106,
    columns: &[
        ("oid", Kind::Oid),
        ("prpubid", Kind::Oid),
        ("prrelid", Kind::Oid),
        ("prqual", Kind::Text),
        ("prattrs", Kind::Text),
    ],
    rows: none,
};

static PG_RANGE: Definition = Definition {
    name: "pg_range",
    oid: 3541,
    columns: &[
        ("rngtypid", Kind::Oid),
        ("rngsubtype", Kind::Oid),
        ("rngmultitypid", Kind::Oid),
        ("rngcollation", Kind::Oid),
        ("rngsubopc", Kind::Oid),
        ("rngcanonical", Kind::Text),
        ("rngsubdiff", Kind::Text),
    ],
    rows: none,
};

static PG_REWRITE: Definition = Definition {
    name: "pg_rewrite",
    oid: 2618,
    columns: &[
        ("oid", Kind::Oid),
        ("rulename", Kind::Name),
        ("ev_class", Kind::Oid),
        ("ev_type", Kind::Char),
        ("ev_enabled", Kind::Char),
        ("is_instead", Kind::Bool),
        ("ev_qual", Kind::Text),
        ("ev_action", Kind::Text),
    ],
    rows: none,
};

static PG_RULES: Definition = Definition {
    name: "pg_rules",
    oid: 12_023,
    columns: &[
        ("schemaname", Kind::Name),
        ("tablename", Kind::Name),
        ("rulename", Kind::Name),
        ("definition", Kind::Text),
    ],
    rows: none,
};

static PG_SECLABEL: Definition = Definition {
    name: "pg_seclabel",
    oid: 3596,
    columns: &[
        ("objoid", Kind::Oid),
        ("classoid", Kind::Oid),
        ("objsubid", Kind::Int4),
        ("provider", Kind::Text),
        ("label", Kind::Text),
    ],
    rows: none,
};

static PG_SEQUENCE: Definition = Definition {
    name: "pg_sequence",
    oid: 2224,
    columns: &[
        ("seqrelid", Kind::Oid),
        ("seqtypid", Kind::Oid),
        ("seqstart", Kind::Int8),
        ("seqincrement", Kind::Int8),
        ("seqmax", Kind::Int8),
        ("seqmin", Kind::Int8),
        ("seqcache", Kind::Int8),
        ("seqcycle", Kind::Bool),
    ],
    rows: none,
};

static PG_SEQUENCES: Definition = Definition {
    name: "pg_sequences",
    oid: 12_048,
    columns: &[
        ("schemaname", Kind::Name),
        ("sequencename", Kind::Name),
        ("sequenceowner", Kind::Name),
        ("data_type", Kind::Text),
        ("start_value", Kind::Int8),
        ("min_value", Kind::Int8),
        ("max_value", Kind::Int8),
        ("increment_by", Kind::Int8),
        ("cycle", Kind::Bool),
        ("cache_size", Kind::Int8),
        ("last_value", Kind::Int8),
    ],
    rows: none,
};

static PG_SHDEPEND: Definition = Definition {
    name: "pg_shdepend",
    oid: 1214,
    columns: &[
        ("dbid", Kind::Oid),
        ("classid", Kind::Oid),
        ("objid", Kind::Oid),
        ("objsubid", Kind::Int4),
        ("refclassid", Kind::Oid),
        ("refobjid", Kind::Oid),
        ("deptype", Kind::Char),
    ],
    rows: none,
};

static PG_SHDESCRIPTION: Definition = Definition {
    name: "pg_shdescription",
    oid: 2396,
    columns: &[("objoid", Kind::Oid), ("classoid", Kind::Oid), ("description", Kind::Text)],
    rows: none,
};

static PG_STATISTIC_EXT: Definition = Definition {
    name: "pg_statistic_ext",
    oid: 3381,
    columns: &[
        ("oid", Kind::Oid),
        ("stxrelid", Kind::Oid),
        ("stxname", Kind::Name),
        ("stxnamespace", Kind::Oid),
        ("stxowner", Kind::Oid),
        ("stxstattarget", Kind::Int4),
        ("stxkeys", Kind::Text),
        ("stxkind", Kind::TextArray),
        ("stxexprs", Kind::Text),
    ],
    rows: none,
};

static PG_STATS: Definition = Definition {
    name: "pg_stats",
    oid: 12_053,
    columns: &[
        ("schemaname", Kind::Name),
        ("tablename", Kind::Name),
        ("attname", Kind::Name),
        ("inherited", Kind::Bool),
        ("null_frac", Kind::Float8),
        ("avg_width", Kind::Int4),
        ("n_distinct", Kind::Float8),
        ("most_common_vals", Kind::Text),
        ("most_common_freqs", Kind::Text),
        ("histogram_bounds", Kind::Text),
        ("correlation", Kind::Float8),
        ("most_common_elems", Kind::Text),
        ("most_common_elem_freqs", Kind::Text),
        ("elem_count_histogram", Kind::Text),
    ],
    rows: none,
};

static PG_SUBSCRIPTION: Definition = Definition {
    name: "pg_subscription",
    oid: 6100,
    columns: &[
        ("oid", Kind::Oid),
        ("subdbid", Kind::Oid),
        ("subskiplsn", Kind::Text),
        ("subname", Kind::Name),
        ("subowner", Kind::Oid),
        ("subenabled", Kind::Bool),
        ("subbinary", Kind::Bool),
        ("substream", Kind::Bool),
        ("subtwophasestate", Kind::Char),
        ("subdisableonerr", Kind::Bool),
        ("subconninfo", Kind::Text),
        ("subslotname", Kind::Name),
        ("subsynccommit", Kind::Text),
        ("subpublications", Kind::TextArray),
    ],
    rows: none,
};

static PG_TRIGGER: Definition = Definition {
    name: "pg_trigger",
    oid: 2620,
    columns: &[
        ("oid", Kind::Oid),
        ("tgrelid", Kind::Oid),
        ("tgparentid", Kind::Oid),
        ("tgname", Kind::Name),
        ("tgfoid", Kind::Oid),
        ("tgtype", Kind::Int2),
        ("tgenabled", Kind::Char),
        ("tgisinternal", Kind::Bool),
        ("tgconstrrelid", Kind::Oid),
        ("tgconstrindid", Kind::Oid),
        ("tgconstraint", Kind::Oid),
        ("tgdeferrable", Kind::Bool),
        ("tginitdeferred", Kind::Bool),
        ("tgnargs", Kind::Int2),
        ("tgattr", Kind::Text),
        ("tgargs", Kind::Text),
        ("tgqual", Kind::Text),
        ("tgoldtable", Kind::Name),
        ("tgnewtable", Kind::Name),
    ],
    rows: none,
};

static PG_TS_CONFIG: Definition = Definition {
    name: "pg_ts_config",
    oid: 3602,
    columns: &[
        ("oid", Kind::Oid),
        ("cfgname", Kind::Name),
        ("cfgnamespace", Kind::Oid),
        ("cfgowner", Kind::Oid),
        ("cfgparser", Kind::Oid),
    ],
    rows: none,
};

static PG_TS_DICT: Definition = Definition {
    name: "pg_ts_dict",
    oid: 3600,
    columns: &[
        ("oid", Kind::Oid),
        ("dictname", Kind::Name),
        ("dictnamespace", Kind::Oid),
        ("dictowner", Kind::Oid),
        ("dicttemplate", Kind::Oid),
        ("dictinitoption", Kind::Text),
    ],
    rows: none,
};

static PG_USER_MAPPING: Definition = Definition {
    name: "pg_user_mapping",
    oid: 1418,
    columns: &[
        ("oid", Kind::Oid),
        ("umuser", Kind::Oid),
        ("umserver", Kind::Oid),
        ("umoptions", Kind::TextArray),
    ],
    rows: none,
};

static PG_USER_MAPPINGS: Definition = Definition {
    name: "pg_user_mappings",
    oid: 12_327,
    columns: &[
        ("umid", Kind::Oid),
        ("srvid", Kind::Oid),
        ("srvname", Kind::Name),
        ("umuser", Kind::Oid),
        ("usename", Kind::Name),
        ("umoptions", Kind::TextArray),
    ],
    rows: none,
};
