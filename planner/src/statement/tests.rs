//! Each case is a statement and what becomes of it: its `Debug` form cut to what matters, or its
//! error as `SQLSTATE position: message | hint`.

use super::*;

fn one(sql: &str) -> Statement {
    let mut statements = parse(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    assert_eq!(statements.len(), 1, "{sql}");
    statements.remove(0).statement
}

fn error(sql: &str) -> String {
    let error = parse(sql).map(|statements| panic!("{sql}: {statements:?}")).unwrap_err();
    let position = error.position.map_or("-".to_owned(), |position| position.to_string());
    let hint = error.hint.map_or(String::new(), |hint| format!(" | {hint}"));
    format!("{} {position}: {}{hint}", error.sqlstate, error.message)
}

fn check_errors(cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        assert_eq!(error(sql), *expected, "{sql}");
    }
}

fn source(sql: &str) -> CreateSource {
    match one(sql) {
        Statement::CreateSource(create) => *create,
        other => panic!("{other:?}"),
    }
}

const PAGE_VIEWS: &str = "CREATE SOURCE page_views (
    ts timestamptz NOT NULL, user_id bigint, url text, latency_ms double precision,
    slow boolean GENERATED ALWAYS AS (latency_ms > 500) STORED,
    country text FROM 'geo.country'
) FROM KAFKA (BROKERS 'localhost:9092', TOPIC 'page_views') FORMAT JSON;";

#[test]
fn the_short_form() {
    let create = source(PAGE_VIEWS);
    let name = QualifiedName { schema: None, value: "page_views".to_owned(), position: 15 };
    assert_eq!(create.name, name);
    assert_eq!(create.endpoint, Endpoint::Brokers("localhost:9092".to_owned()));
    assert_eq!(create.topic, "page_views");
    assert_eq!(create.start, StartPosition::Earliest);
    assert_eq!(create.options, SourceOptions::default());
    let columns: Vec<_> =
        create.columns.iter().map(|c| (c.name.value.as_str(), c.column_type, c.not_null)).collect();
    assert_eq!(
        columns,
        [
            ("ts", ColumnType::TimestampTz, true),
            ("user_id", ColumnType::BigInt, false),
            ("url", ColumnType::Text, false),
            ("latency_ms", ColumnType::Double, false),
            ("slow", ColumnType::Boolean, false),
            ("country", ColumnType::Text, false),
        ]
    );
    let slow = create.columns[4].generated.as_ref().unwrap();
    assert_eq!(slow.text, "latency_ms > 500");
    assert_eq!(&PAGE_VIEWS[slow.position - 1..][..10], "latency_ms");
    let path = ColumnOrigin::Field { path: Some(vec!["geo".to_owned(), "country".to_owned()]) };
    assert_eq!(create.columns[5].origin, path);
}

#[test]
fn every_clause_in_any_order() {
    let create = source(
        "create source if not exists public.\"Orders\" \
         with (flush_rows = 1000, flush_bytes '64MB', flush_interval = '10 s') \
         order by (customer, \"TS\") partition by time_bucket(interval '1 hour', \"TS\") \
         where amount > 0 and customer is not null \
         include key as k, partition, offset, timestamp as kafka_time, headers \
         format json (timestamp format = 'epoch_milliseconds') envelope none \
         from kafka connection prod (topic = 'orders', start offset (0, 10, 7)) \
         (customer int, amount numeric(12,2), \"TS\" timestamp not null)",
    );
    assert!(create.if_not_exists);
    assert_eq!(create.name.value, "Orders");
    assert_eq!(create.options.flush_rows.get(), 1000);
    assert_eq!(create.options.flush_bytes.get(), 64 << 20);
    assert_eq!(create.options.flush_interval.as_secs(), 10);
    let order: Vec<_> = create.order_by.iter().map(|name| name.value.as_str()).collect();
    assert_eq!(order, ["customer", "TS"]);
    let (interval, column) = create.partition_by.unwrap();
    assert_eq!((interval.get(), column.value.as_str()), (3_600_000_000, "TS"));
    assert_eq!(create.filter.unwrap().text, "amount > 0 and customer is not null");
    assert_eq!(create.timestamp_format, TimestampFormat::EpochMilliseconds);
    assert_eq!(create.start, StartPosition::Offsets(vec![0, 10, 7]));
    assert!(matches!(&create.endpoint, Endpoint::Connection(name) if name.value == "prod"));
    let names: Vec<_> = create.columns.iter().map(|c| c.name.value.as_str()).collect();
    assert_eq!(names, ["customer", "amount", "TS", "k", "partition", "offset", "kafka_time", "headers"]);
}

#[test]
fn types() {
    for (written, expected) in [
        ("BOOL", "boolean"),
        ("int2", "smallint"),
        ("INT", "integer"),
        ("int8", "bigint"),
        ("float4", "real"),
        ("float(24)", "real"),
        ("float", "double precision"),
        ("double precision", "double precision"),
        ("numeric(10)", "numeric(10,0)"),
        ("decimal(38, 38)", "numeric(38,38)"),
        ("text", "text"),
        ("varchar", "text"),
        ("varchar(20)", "character varying(20)"),
        ("character varying(20)", "character varying(20)"),
        ("bytea", "bytea"),
        ("uuid", "uuid"),
        ("date", "date"),
        ("time", "time without time zone"),
        ("time without time zone", "time without time zone"),
        ("timestamp(6)", "timestamp without time zone"),
        ("timestamp with time zone", "timestamp with time zone"),
        ("timestamptz", "timestamp with time zone"),
        ("jsonb", "jsonb"),
        ("text[]", "text[]"),
        ("text ARRAY", "text[]"),
        ("pg_catalog.text", "text"),
    ] {
        let create = source(&format!(
            "CREATE SOURCE s (c {written} NOT NULL) FROM KAFKA (BROKERS 'h:1', TOPIC 't') FORMAT JSON"
        ));
        assert_eq!(create.columns[0].column_type.to_string(), expected, "{written}");
        assert!(create.columns[0].not_null, "{written}");
    }
}

#[test]
fn faults_in_create_source() {
    check_errors(&[
        ("CREATE SOURC s", "42601 8: syntax error at or near \"SOURC\" | Did you mean SOURCE?"),
        (
            "CREATE SOURCE offset (a int)",
            "42601 15: syntax error at or near \"offset\" | \"offset\" is a reserved word. Write it in double quotes to use it as a name.",
        ),
        ("CREATE SOURCE x.y.s (a int)", "0A000 15: cross-database references are not implemented: \"x.y.s\""),
        (
            "CREATE SOURCE s (a int)",
            "42601 24: CREATE SOURCE has no FROM KAFKA | Write FROM KAFKA (BROKERS 'host:9092', TOPIC 'topic').",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (BROKERS 'h:1', TOPIC 't')",
            "42601 62: CREATE SOURCE has no FORMAT | Write FORMAT JSON.",
        ),
        (
            "CREATE SOURCE s FROM KAFKA (BROKERS 'h:1', TOPIC 't') FORMAT JSON",
            "42601 66: CREATE SOURCE has no columns | Write them in brackets after the name, as in CREATE TABLE.",
        ),
        ("CREATE SOURCE s (a bigintt)", "42704 20: type \"bigintt\" does not exist | Did you mean bigint?"),
        ("CREATE SOURCE s (a json)", "0A000 20: a column of type json is not supported yet | Use jsonb."),
        (
            "CREATE SOURCE s (a int[])",
            "0A000 20: an array other than text[] is not supported yet | Use text[] or jsonb.",
        ),
        (
            "CREATE SOURCE s (a numeric)",
            "0A000 20: numeric without a precision is not supported yet | Give precision and scale, as in numeric(18,4).",
        ),
        ("CREATE SOURCE s (a numeric(39,0))", "22023 20: NUMERIC precision 39 must be between 1 and 38"),
        ("CREATE SOURCE s (a numeric(3,4))", "22023 20: NUMERIC scale 4 must be between 0 and precision 3"),
        (
            "CREATE SOURCE s (ä text, b int NOTNULL)",
            "42601 32: syntax error at or near \"NOTNULL\" | Did you mean NOT NULL?",
        ),
        ("CREATE SOURCE s (a int DEFAULT 3)", "0A000 24: DEFAULT in CREATE SOURCE is not supported yet"),
        (
            "CREATE SOURCE s (a int FROM 'a..b')",
            "22023 29: invalid path of a field | Write keys with dots between, such as 'geo.country'; a key with a dot in double quotes.",
        ),
        (
            "CREATE SOURCE s (a int) FORMT JSON",
            "42601 25: syntax error at or near \"FORMT\" | Did you mean FORMAT?",
        ),
        (
            "CREATE SOURCE s (a int) FORMAT JSN",
            "42601 32: syntax error at or near \"JSN\" | Did you mean JSON?",
        ),
        (
            "CREATE SOURCE s (a int) FORMAT AVRO",
            "0A000 32: FORMAT AVRO is not supported yet | Use FORMAT JSON.",
        ),
        ("CREATE SOURCE s (a int) FORMAT JSON FORMAT JSON", "42601 37: FORMAT is given twice"),
        (
            "CREATE SOURCE s (a int) FORMAT JSON (TIMESTAMP FORMAT 'epoch_milis')",
            "22023 55: invalid TIMESTAMP FORMAT \"epoch_milis\" | Write one of 'iso8601', 'epoch_seconds', 'epoch_milliseconds', 'epoch_microseconds'.",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (BROKRES 'h:1')",
            "42601 37: unrecognized option \"BROKRES\" | Did you mean BROKERS?",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (BROKERS 'h')",
            "22023 45: \"h\" is not the address of a broker | Write host:port pairs with commas between, such as 'b1:9092,b2:9092'.",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (BROKERS 'h:1', BROKERS 'h:1')",
            "42601 52: option \"BROKERS\" is given twice",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (BROKERS 'h:1', TOPIC 'a b')",
            "22023 58: \"a b\" can't be the name of a topic | Kafka allows up to 249 letters, digits, \".\", \"_\" and \"-\".",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (TOPIC 't')",
            "42601 36: option BROKERS is missing | Write FROM KAFKA (BROKERS 'host:9092', TOPIC 'topic').",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (TOPIC 't', START OFFSET 'erliest')",
            "22023 61: \"erliest\" is not a place to start from | Did you mean 'earliest'?",
        ),
        (
            "CREATE SOURCE s (a int) FROM KAFKA (TOPIC 't', START TIMESTAMP 'soon')",
            "22007 64: invalid timestamp \"soon\" | Write it as '2026-11-01 12:00:00+00'; without a zone it is UTC.",
        ),
        (
            "CREATE SOURCE s (a int) PARTITION BY time_bucket('1 month', ts)",
            "22023 50: invalid interval for PARTITION BY: \"1 month\" is a calendar unit, whose length varies | Write a fixed length such as '1 hour', '1 day' or '1 week'.",
        ),
        (
            "CREATE SOURCE s (a int) WITH (flush_row = 1)",
            "42601 31: unrecognized option \"flush_row\" | Did you mean flush_rows?",
        ),
        (
            "CREATE SOURCE s (a int) WITH (flush_rows = 0)",
            "22023 44: invalid value for option \"flush_rows\": \"0\" | Write a number of rows, at least 1.",
        ),
        (
            "CREATE SOURCE s (a int) WITH (flush_bytes = '5 apples')",
            "22023 45: invalid value for option \"flush_bytes\": \"5 apples\" | Write a size such as '512MB' (B, kB, MB, GB, TB).",
        ),
        (
            "CREATE SOURCE s (a int) WITH (flush_interval = '1 month')",
            "22023 48: invalid value for option \"flush_interval\": \"1 month\" is a calendar unit, whose length varies | Write a length of time such as '60 s' or '5 minutes'.",
        ),
        (
            "CREATE SOURCE s (a int) WITH (retention = '2 years')",
            "0A000 31: option \"retention\" is not supported yet",
        ),
        (
            "CREATE SOURCE s (a int) ENVELOPE UPSERT (KEY (a))",
            "0A000 34: an envelope other than NONE is not supported yet",
        ),
        (
            "CREATE SOURCE s (a int) INCLUDE HEADER 'trace'",
            "0A000 33: INCLUDE HEADER is not supported yet | Use INCLUDE HEADERS, and headers ->> 'name' in queries.",
        ),
        (
            "CREATE SOURCE s (a int GENERATED ALWAYS AS (b +) STORED)",
            "42601 48: syntax error at or near \")\"",
        ),
        (
            "CREATE SOURCE s (a int GENERATED ALWAYS AS (b) VIRTUAL)",
            "0A000 48: a virtual generated column is not supported yet | Write STORED.",
        ),
        (
            "CREATE SOURCE s (a int) WHERE FORMAT JSON",
            "42601 38: syntax error at or near \"JSON\" | Write one of FROM KAFKA, FORMAT, INCLUDE, WHERE, PARTITION BY, ORDER BY, WITH, ENVELOPE here.",
        ),
    ]);
}

#[test]
fn the_rest_of_ddl() {
    for (sql, expected) in [
        (
            "CREATE CONNECTION IF NOT EXISTS prod TO KAFKA (BROKERS 'b1:9093, b2:9093', SECURITY PROTOCOL 'plaintext')",
            "CreateConnection(CreateConnection { name: Name { value: \"prod\", position: 33 }, if_not_exists: true, definition: ConnectionDefinition { brokers: \"b1:9093,b2:9093\", security: Plaintext } })",
        ),
        (
            "ALTER SOURCE IF EXISTS s PAUSE",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 24 }, if_exists: true, action: Pause }",
        ),
        (
            "alter source s resume",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 14 }, if_exists: false, action: Resume }",
        ),
        (
            "ALTER SOURCE s RESET OFFSETS TO 'latest'",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 14 }, if_exists: false, action: ResetOffsets(Latest) }",
        ),
        (
            "ALTER SOURCE s RESET OFFSETS TO (5)",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 14 }, if_exists: false, action: ResetOffsets(Offsets([5])) }",
        ),
        (
            "ALTER SOURCE s SET (flush_interval = '5 s')",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 14 }, if_exists: false, action: Set([FlushInterval(5s)]) }",
        ),
        (
            "ALTER SOURCE s RENAME TO t",
            "AlterSource { name: QualifiedName { schema: None, value: \"s\", position: 14 }, if_exists: false, action: Rename(Name { value: \"t\", position: 26 }) }",
        ),
        (
            "DROP SOURCE IF EXISTS a, public.b CASCADE",
            "Drop { kind: Source, names: [QualifiedName { schema: None, value: \"a\", position: 23 }, QualifiedName { schema: Some(\"public\"), value: \"b\", position: 26 }], if_exists: true, cascade: true }",
        ),
        (
            "DROP CONNECTION c RESTRICT",
            "Drop { kind: Connection, names: [QualifiedName { schema: None, value: \"c\", position: 17 }], if_exists: false, cascade: false }",
        ),
        (
            "COMMENT ON TABLE s IS 'it''s'",
            "Comment { target: Relation(QualifiedName { schema: None, value: \"s\", position: 18 }), text: Some(\"it's\") }",
        ),
        (
            "COMMENT ON COLUMN public.s.c IS NULL",
            "Comment { target: Column(QualifiedName { schema: Some(\"public\"), value: \"s\", position: 19 }, Name { value: \"c\", position: 28 }), text: None }",
        ),
        (
            "CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION ann",
            "CreateSchema { name: Name { value: \"s\", position: 29 }, if_not_exists: true }",
        ),
        (
            "DROP SCHEMA s RESTRICT",
            "Drop { kind: Schema, names: [QualifiedName { schema: None, value: \"s\", position: 13 }], if_exists: false, cascade: false }",
        ),
        (
            "SHOW CREATE SOURCE S",
            "ShowCreateSource { name: QualifiedName { schema: None, value: \"s\", position: 20 } }",
        ),
    ] {
        assert_eq!(format!("{:?}", one(sql)), expected, "{sql}");
    }
    check_errors(&[
        ("CREATE SEQUENCE t", "0A000 8: CREATE SEQUENCE is not supported yet"),
        (
            "CREATE CONNECTION c TO KAFKA (BROKERS 'h:1', SASL MECHANISM 'PLAIN')",
            "0A000 46: option \"SASL MECHANISM\" is not supported yet",
        ),
        (
            "CREATE CONNECTION c TO KAFKA (SECURITY PROTOCOL 'SSL')",
            "0A000 49: security protocol SSL is not supported yet | For now connections are PLAINTEXT.",
        ),
        ("ALTER SOURCE s PAUS", "42601 16: syntax error at or near \"PAUS\" | Did you mean PAUSE?"),
        ("ALTER SOURCE s ADD COLUMN a int", "0A000 16: ALTER SOURCE … ADD is not supported yet"),
        ("ALTER VIEW s RENAME TO t", "0A000 7: ALTER VIEW is not supported yet"),
        ("DROP INDEX s", "0A000 6: DROP INDEX is not supported yet"),
        ("DROP SOURCE s, ", "42601 15: syntax error at end of input"),
        ("COMMENT ON SOURCE s IS 3", "42601 24: syntax error at or near \"3\""),
    ]);
}

#[test]
fn sessions_and_transactions() {
    for (sql, expected) in [
        ("", "Empty"),
        (
            "SET statement_timeout = '5s'",
            "Set { name: \"statement_timeout\", value: Some(\"5s\"), local: false }",
        ),
        (
            "SET LOCAL Statement_Timeout TO -1",
            "Set { name: \"statement_timeout\", value: Some(\"-1\"), local: true }",
        ),
        (
            "SET SESSION search_path TO \"$user\", public",
            "Set { name: \"search_path\", value: Some(\"\\\"$user\\\", public\"), local: false }",
        ),
        (
            "SET tidegate.report_freshness = on",
            "Set { name: \"tidegate.report_freshness\", value: Some(\"on\"), local: false }",
        ),
        ("SET x TO DEFAULT", "Set { name: \"x\", value: None, local: false }"),
        (
            "SET TIME ZONE 'Europe/Berlin'",
            "Set { name: \"timezone\", value: Some(\"Europe/Berlin\"), local: false }",
        ),
        ("SET TIME ZONE LOCAL", "Set { name: \"timezone\", value: None, local: false }"),
        ("SET NAMES 'utf8'", "Set { name: \"client_encoding\", value: Some(\"utf8\"), local: false }"),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "SetTransaction { modes: TransactionModes { isolation: None, read_only: Some(true) }, session: true }",
        ),
        (
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SetTransaction { modes: TransactionModes { isolation: Some(\"repeatable read\"), read_only: None }, session: false }",
        ),
        ("SHOW TIME ZONE", "Show { name: \"timezone\" }"),
        ("SHOW TRANSACTION ISOLATION LEVEL", "Show { name: \"transaction_isolation\" }"),
        ("SHOW \"Server_Version\"", "Show { name: \"server_version\" }"),
        ("SHOW ALL", "Show { name: \"all\" }"),
        ("RESET ALL", "Reset { name: \"all\" }"),
        ("DISCARD TEMPORARY", "Discard { what: \"TEMP\" }"),
        ("BEGIN", "Begin { modes: TransactionModes { isolation: None, read_only: None }, tag: \"BEGIN\" }"),
        (
            "BEGIN WORK ISOLATION LEVEL READ COMMITTED, READ ONLY NOT DEFERRABLE",
            "Begin { modes: TransactionModes { isolation: Some(\"read committed\"), read_only: Some(true) }, tag: \"BEGIN\" }",
        ),
        (
            "START TRANSACTION READ WRITE",
            "Begin { modes: TransactionModes { isolation: None, read_only: Some(false) }, tag: \"START TRANSACTION\" }",
        ),
        ("END TRANSACTION", "Commit { chain: false }"),
        ("COMMIT AND NO CHAIN", "Commit { chain: false }"),
        ("COMMIT WORK AND CHAIN", "Commit { chain: true }"),
        ("ABORT", "Rollback { chain: false }"),
        ("ROLLBACK TO a", "RollbackTo { savepoint: \"a\" }"),
        ("ROLLBACK WORK TO SAVEPOINT \"A\"", "RollbackTo { savepoint: \"A\" }"),
        ("SAVEPOINT A", "Savepoint { name: \"a\" }"),
        ("RELEASE a", "Release { savepoint: \"a\" }"),
        ("FETCH c", "Fetch { cursor: \"c\", direction: Forward(Count(1)), moves: false }"),
        ("FETCH next", "Fetch { cursor: \"next\", direction: Forward(Count(1)), moves: false }"),
        ("FETCH NEXT c", "Fetch { cursor: \"c\", direction: Forward(Count(1)), moves: false }"),
        ("FETCH FROM c", "Fetch { cursor: \"c\", direction: Forward(Count(1)), moves: false }"),
        ("FETCH -3 IN c", "Fetch { cursor: \"c\", direction: Backward(Count(3)), moves: false }"),
        ("FETCH ALL FROM c", "Fetch { cursor: \"c\", direction: Forward(All), moves: false }"),
        ("FETCH FORWARD 5 FROM c", "Fetch { cursor: \"c\", direction: Forward(Count(5)), moves: false }"),
        ("FETCH BACKWARD ALL c", "Fetch { cursor: \"c\", direction: Backward(All), moves: false }"),
        ("MOVE BACKWARD c", "Fetch { cursor: \"c\", direction: Backward(Count(1)), moves: true }"),
        ("MOVE LAST FROM c", "Fetch { cursor: \"c\", direction: Absolute(-1), moves: true }"),
        ("FETCH ABSOLUTE 7 c", "Fetch { cursor: \"c\", direction: Absolute(7), moves: false }"),
        ("FETCH RELATIVE -2 c", "Fetch { cursor: \"c\", direction: Relative(-2), moves: false }"),
        ("CLOSE \"C\"", "Close { cursor: Some(\"C\") }"),
        ("DEALLOCATE PREPARE p1", "Deallocate { name: Some(\"p1\") }"),
        ("DEALLOCATE ALL", "Deallocate { name: None }"),
        ("CLOSE ALL", "Close { cursor: None }"),
        ("LISTEN x", "Nothing { tag: \"LISTEN\" }"),
        ("UNLISTEN *", "Nothing { tag: \"UNLISTEN\" }"),
    ] {
        assert_eq!(format!("{:?}", one(sql)), expected, "{sql}");
    }
    check_errors(&[
        ("BEGIN READ", "42601 7: syntax error at or near \"READ\""),
        ("BEGIN READ ONLY,", "42601 17: syntax error at end of input"),
        ("COMMIT PREPARED 'x'", "0A000 8: a two-phase transaction is not supported yet"),
        ("SAVEPOINT", "42601 10: syntax error at end of input"),
        ("FETCH ABSOLUTE c", "42601 16: syntax error at or near \"c\""),
        ("FETCH 1.5 FROM c", "42601 7: \"1.5\" is not a whole number of rows"),
        ("DECLARE c CURSOR FOR DELETE FROM t", "42601 22: syntax error at or near \"DELETE\""),
        ("SET x 3", "42601 7: syntax error at or near \"3\""),
        ("SHOW", "42601 5: syntax error at end of input"),
    ]);
}

#[test]
fn cursors_and_copies() {
    let declare = |sql| match one(sql) {
        Statement::Declare(declare) => *declare,
        other => panic!("{other:?}"),
    };
    let plain = declare("DECLARE c CURSOR FOR SELECT 1");
    assert_eq!((plain.name.as_str(), plain.binary, plain.scroll, plain.hold), ("c", false, false, false));
    let all = declare("DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR VALUES (1)");
    assert_eq!(
        (all.binary, all.scroll, all.hold, all.query.ast.to_string().as_str()),
        (true, true, true, "VALUES (1)")
    );

    let copy = |sql| match one(sql) {
        Statement::Copy(copy) => *copy,
        other => panic!("{other:?}"),
    };
    let text = copy("COPY t TO STDOUT");
    assert_eq!(text.query.ast.to_string(), "SELECT * FROM t");
    assert_eq!(
        (text.options.format, text.options.delimiter, text.options.null.as_str()),
        (CopyFormat::Text, b'\t', "\\N")
    );
    let csv =
        copy("COPY public.t (a, \"B\") TO STDOUT WITH CSV HEADER DELIMITER AS ';' NULL 'n' FORCE QUOTE a");
    assert_eq!(csv.query.ast.to_string(), "SELECT a, \"B\" FROM public.t");
    assert_eq!(
        (csv.options.delimiter, csv.options.null.as_str(), csv.options.header),
        (b';', "n", Header::Yes)
    );
    assert!(matches!(&csv.options.force_quote, SomeColumns::Columns(names) if names[0].value == "a"));
    let options =
        copy("COPY (SELECT 1) TO STDOUT (FORMAT csv, HEADER off, QUOTE '~', ESCAPE '\\', FORCE_QUOTE *)")
            .options;
    assert_eq!((options.header, options.quote, options.escape), (Header::No, b'~', b'\\'));
    assert_eq!(options.force_quote, SomeColumns::All);
    assert_eq!(copy("COPY BINARY t TO STDOUT").options.format, CopyFormat::Binary);
    check_errors(&[
        (
            "COPY t FROM '/etc/passwd'",
            "42501 13: COPY from a file of the server is not possible | Use COPY … FROM STDIN, or psql's \\copy, which reads where psql runs.",
        ),
        (
            "COPY t TO '/etc/passwd'",
            "42501 11: COPY to a file of the server is not possible | Use COPY … TO STDOUT, or psql's \\copy, which writes where psql runs.",
        ),
        (
            "COPY t TO STDOUT (FORMAT xml)",
            "22023 26: COPY format \"xml\" not recognized | There are text, csv and binary.",
        ),
        ("COPY t TO STDOUT (DELIMITER 'ab')", "0A000 29: COPY delimiter must be a single one-byte character"),
        ("COPY t TO STDOUT (QUOTE 'x')", "0A000 25: COPY quote available only in CSV mode"),
        ("COPY t TO STDOUT (FORMAT binary, NULL 'x')", "42601 39: cannot specify NULL in BINARY mode"),
        (
            "COPY t TO STDOUT (FORMAT csv, NULL 'a,b')",
            "22023 36: COPY delimiter must not appear in the NULL specification",
        ),
        ("COPY t TO STDOUT (nope 1)", "42601 19: option \"nope\" not recognized"),
    ]);
}

#[test]
fn queries() {
    for (sql, expected) in [
        ("SELECT 1", "SELECT 1"),
        ("(SELECT 1) UNION ALL VALUES (2)", "(SELECT 1) UNION ALL VALUES (2)"),
        ("TABLE public.\"T\"", "SELECT * FROM public.\"T\""),
        ("SHOW SOURCES", "SELECT * FROM tidegate.sources ORDER BY name"),
        ("EXPLAIN ANALYZE VERBOSE SELECT 1", "SELECT 1"),
        ("EXPLAIN (ANALYZE, COSTS off) SELECT 1", "SELECT 1"),
        ("EXPLAIN (SELECT 1)", "(SELECT 1)"),
        ("WITH a AS (SELECT $1::int) SELECT * FROM a", "WITH a AS (SELECT $1::INT) SELECT * FROM a"),
    ] {
        match one(sql) {
            Statement::Query(query) => assert_eq!(query.ast.to_string(), expected, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
    let explain = |sql| match one(sql) {
        Statement::Query(query) => query.explain.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(explain("EXPLAIN SELECT 1"), Explain::default());
    assert!(explain("EXPLAIN (FORMAT JSON) SELECT 1").json);
    assert_eq!(explain("EXPLAIN ANALYZE SELECT 1"), Explain { analyze: true, ..Explain::default() });
    assert_eq!(
        explain("EXPLAIN (VERBOSE 1, ANALYZE false) SELECT 1"),
        Explain { verbose: true, ..Explain::default() }
    );
    check_errors(&[
        ("SELCT 1", "42601 1: syntax error at or near \"SELCT\" | Did you mean SELECT?"),
        ("SELECT a FROM", "42601 14: syntax error at end of input"),
        ("SELECT 'ä', * FRM t x", "42601 19: syntax error at or near \"t\""),
        ("SELECT 1;\n SELECT (2", "42601 21: syntax error at end of input"),
        ("SELECT 1 2", "42601 10: syntax error at or near \"2\""),
        ("UPDATE t SET a = 1", "0A000 1: UPDATE is not supported yet"),
        ("EXPLAIN DELETE FROM t", "0A000 9: EXPLAIN DELETE is not supported yet"),
        ("EXPLAIN (ANALYSIS) SELECT 1", "42601 10: unrecognized EXPLAIN option \"analysis\""),
    ]);
}

#[test]
fn positions_count_from_the_statement() {
    let statements = parse(
        "SELECT 'ö'; /* two */ CREATE SOURCE s (a int) FROM KAFKA (BROKERS 'h:1', TOPIC 't') FORMAT JSON",
    )
    .unwrap();
    assert_eq!((statements[1].start, statements[1].text.starts_with("CREATE")), (22, true));
    assert!(
        matches!(&statements[1].statement, Statement::CreateSource(create) if create.name.position == 15)
    );
}

#[test]
fn depth_is_an_error_not_a_crash() {
    let n = 100_000;
    for sql in [
        format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)),
        format!("SELECT {}", "(".repeat(n)),
        format!("SELECT {}true", "NOT ".repeat(n)),
        format!("SELECT {}1", "- ".repeat(n)),
        format!("SELECT {}1", "+ ".repeat(n)),
        format!("SELECT 1{}", " + 1".repeat(n)),
        format!("SELECT true{}", " AND true".repeat(n)),
        format!("SELECT 1{}", "::int".repeat(n)),
        format!("SELECT 1{}", " IS NULL".repeat(n)),
        format!("SELECT a{}", "[1]".repeat(n)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(n), " END".repeat(n)),
        format!("SELECT {}1{}", "f(".repeat(n), ")".repeat(n)),
        format!("SELECT {}1{}", "ARRAY[".repeat(n), "]".repeat(n)),
        format!("{}SELECT 1{}", "SELECT (".repeat(n), ")".repeat(n)),
        format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(n), ") x".repeat(n)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(n)),
        format!("SELECT * FROM t{}", ", t".repeat(n)),
        format!("SELECT * FROM t{}", " JOIN t ON true".repeat(n)),
        format!("{}SELECT 1", "EXPLAIN ".repeat(n)),
        "(".repeat(n),
        format!("SELECT {}1", "INTERVAL ".repeat(n)),
        format!("CREATE SOURCE s (a int GENERATED ALWAYS AS ({}1{}) STORED)", "(".repeat(n), ")".repeat(n)),
    ] {
        let error = parse(&sql).unwrap_err();
        assert_eq!(error.sqlstate, "54001", "{}: {error}", &sql[..60]);
    }
}

/// A fault behind many levels of what the parser tries in two ways.
#[test]
fn attempts_of_the_parser_end() {
    for open in ["ARRAY[", "CAST(", "f(", "NOT (", "trim(", "substring(", "((SELECT * FROM ", "INTERVAL "] {
        for fault in ["", "1 1", ")", "FROM"] {
            for list in ["", "* FROM "] {
                let sql = format!("SELECT {list}{}{fault}", open.repeat(190));
                // Hardly any of them is right; all of them end.
                let _ = parse(&sql);
            }
        }
    }
}

/// As deep as is allowed, also on the small stack of a server's thread, and without the parser's
/// attempts multiplying: right and wrong statements alike end.
#[test]
fn the_deepest_statements_are_read() {
    let n = super::depth::NESTING_MAX - 10;
    let nested = |n: usize, open: &str, inner: &str, close: &str| {
        format!("SELECT {}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let deep = |open, inner, close| nested(n, open, inner, close);
    // What the parser tries twice, where it fails.
    let retried = |open, inner, close| nested(8, open, inner, close);
    for sql in [
        deep("(", "1", ")"),
        deep("NOT ", "true", ""),
        deep("- ", "1", ""),
        deep("f(", "1", ")"),
        retried("ARRAY[", "1", "]"),
        nested(4, "INTERVAL ", "'1 day'", ""),
        deep("(SELECT ", "1", ")"),
        deep("CASE WHEN true THEN ", "1", " END"),
        retried("CAST(", "1", " AS int)"),
        format!("SELECT * FROM {}t{}", "((SELECT * FROM ".repeat(8), ")) x".repeat(8)),
        retried("substring(", "'a'", " FROM 1)"),
        retried("extract(year FROM ", "a", ")"),
        retried("NOT (", "true", ")"),
        retried("trim(", "a", ")"),
        deep("1 IN (", "1", ")"),
        deep("EXISTS (SELECT ", "1", ")"),
        format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(n), ") x".repeat(n)),
        format!("SELECT * FROM {}a JOIN b ON true{}", "(".repeat(n), ")".repeat(n)),
        format!("SELECT 1{}", " + 1".repeat(900)),
        format!("SELECT true{}", " AND a = b".repeat(900)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(900)),
    ] {
        assert!(matches!(one(&sql), Statement::Query(_)), "{sql}");
        let broken = sql.replacen("SELECT", "SELECT 1 +", 1);
        let broken = format!("{} 1 1", broken.trim_end_matches([')', ' ']));
        assert!(parse(&broken).is_err(), "{broken}");
    }
}

#[test]
fn tables() {
    let Statement::CreateTable(table) = one(
        "CREATE TABLE public.t (id bigserial PRIMARY KEY, a int NOT NULL DEFAULT 1 + 1 CHECK (a > 0), \
         b text GENERATED ALWAYS AS (upper(c)) STORED, c varchar(3) UNIQUE REFERENCES u (x) ON DELETE CASCADE, \
         ts timestamptz, CONSTRAINT k UNIQUE (a, c), FOREIGN KEY (a) REFERENCES v) \
         PARTITION BY time_bucket('1 hour', ts) ORDER BY (a)",
    ) else {
        panic!("a table")
    };
    assert_eq!(
        table.columns.iter().map(|column| column.not_null).collect::<Vec<_>>(),
        [true, true, false, false, false]
    );
    assert!(matches!(&table.columns[0].value, ColumnValue::Identity { always: false }));
    assert!(matches!(&table.columns[1].value, ColumnValue::Given(Some(default)) if default.text == "1 + 1"));
    assert!(matches!(&table.columns[2].value, ColumnValue::Generated(value) if value.text == "upper(c)"));
    assert_eq!(table.checks.len(), 1);
    assert_eq!(table.keys.len(), 5);
    assert_eq!(table.layout.order_by[0].value, "a");
    let Statement::CreateTableAs(table) = one("CREATE TABLE t (a, b) AS SELECT 1, 2 WITH NO DATA") else {
        panic!("a table of a query")
    };
    assert_eq!((table.columns.len(), table.with_data), (2, false));
    let Statement::CreateTableAs(table) = one("SELECT 1 AS a INTO \"T\" FROM u") else {
        panic!("a table of a query")
    };
    assert_eq!(
        (table.name.value.as_str(), table.query.ast.to_string()),
        ("T", "SELECT 1 AS a FROM u".to_owned())
    );
    let Statement::Insert(insert) =
        one("INSERT INTO t AS x (a, b) VALUES ($1, DEFAULT) RETURNING x.a + 1, *")
    else {
        panic!("an insert")
    };
    assert_eq!(insert.returning.unwrap().ast.to_string(), "SELECT x.a + 1, * FROM t AS x");
    let into = insert.query.into.unwrap();
    assert_eq!((into.table.value.as_str(), into.columns.unwrap().len()), ("t", 2));
    let Statement::CreateView(view) = one("CREATE OR REPLACE VIEW v (a) AS SELECT  1 -- one\n") else {
        panic!("a view")
    };
    assert_eq!((view.written.as_str(), view.or_replace, view.columns.len()), ("SELECT  1", true, 1));
    let Statement::AlterTable { actions, .. } = one(
        "ALTER TABLE IF EXISTS t ADD COLUMN a int, DROP b CASCADE, ALTER c SET DEFAULT 'x', RENAME d TO e",
    ) else {
        panic!("a change")
    };
    assert_eq!(actions.len(), 4);
    let Statement::CopyFrom(copy) =
        one("COPY t (a, b) FROM STDIN (FORMAT csv, HEADER match, FORCE_NULL (b))")
    else {
        panic!("a copy")
    };
    assert_eq!((copy.options.header, copy.columns.unwrap().len()), (Header::Match, 2));
    check_errors(&[
        (
            "CREATE TABLE t (a int PRIMARY KEY, b int, PRIMARY KEY (b))",
            "42P16 56: multiple primary keys for table \"t\" are not allowed",
        ),
        (
            "CREATE TABLE t (a int DEFAULT 1 DEFAULT 2)",
            "42601 33: multiple default values specified for column \"a\" of table \"t\"",
        ),
        (
            "CREATE TABLE t (a text GENERATED ALWAYS AS IDENTITY)",
            "22023 52: identity column type must be smallint, integer, or bigint",
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
            "0A000 26: ON CONFLICT is not supported yet | Keys are not enforced: rows are only added. Insert new versions, and query the newest.",
        ),
        (
            "CREATE TEMP TABLE t (a int) ON COMMIT KEEP",
            "42601 39: syntax error at or near \"KEEP\" | Write one of PRESERVE ROWS, DELETE ROWS, DROP here.",
        ),
        (
            "CREATE TEMP SOURCE s (a int)",
            "42601 13: syntax error at or near \"SOURCE\" | Write one of TABLE, VIEW here.",
        ),
        (
            "CREATE SCHEMA s CREATE TABLE t (a int)",
            "0A000 17: CREATE SCHEMA with what lives in it is not supported yet",
        ),
        ("INSERT INTO t VALUES (1) RETURNING a FROM u", "42601 38: syntax error at or near \"FROM\""),
        (
            "INSERT INTO t VALUES (1) RETURNING a UNION SELECT 2",
            "42601 38: syntax error at or near \"UNION\"",
        ),
    ]);
}
