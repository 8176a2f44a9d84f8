use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{Int16Type, Int64Type, TimestampMicrosecondType};
use storage::catalog::CatalogEntry;

use super::*;
use crate::statement::{Statement, parse};

fn state() -> SessionState {
    crate::expression::state()
}

fn create(sql: &str) -> CreateSource {
    match parse(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}")).remove(0).statement {
        Statement::CreateSource(create) => *create,
        other => panic!("{other:?}"),
    }
}

fn origin() -> SourceOrigin {
    SourceOrigin {
        id: ObjectId(7),
        dead_letters_id: ObjectId(8),
        topic_id: "abc".to_owned(),
        start_offsets: BTreeMap::from([(Partition(0), Offset(0)), (Partition(1), Offset(12))]),
    }
}

/// Of what is checked here only the schema matters.
fn named() -> ObjectName {
    ObjectName::from("s")
}

/// A catalog with a connection `prod` and a source `taken`.
fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let connection =
        ConnectionDefinition { brokers: "b1:9092".to_owned(), security: KafkaSecurity::Plaintext };
    let taken = create("CREATE SOURCE taken (a int) FROM KAFKA (BROKERS 'h:1', TOPIC 't') FORMAT JSON");
    let taken = source_definition(&taken, &catalog, origin()).unwrap();
    for (id, name, object) in
        [(1, "prod", CatalogObject::Connection(connection)), (7, "taken", CatalogObject::Source(taken))]
    {
        let entry = CatalogEntry {
            id: ObjectId(id),
            schema: "public".to_owned(),
            name: name.to_owned(),
            version: 1,
            comment: None,
            object,
        };
        catalog.entries.insert(ObjectId(id), Arc::new(entry));
    }
    catalog
}

const KAFKA: &str = "FROM KAFKA (BROKERS 'h:1', TOPIC 't') FORMAT JSON";

#[test]
fn faults() {
    for (rest, expected) in [
        (
            "taken (a int) FROM KAFKA (BROKERS 'h:1', TOPIC 't')",
            "42P07 15: relation \"taken\" already exists",
        ),
        ("prod (a int)", "42P07 15: relation \"prod\" already exists"),
        ("taken_dead_letters (a int)", "42P07 15: relation \"taken_dead_letters\" already exists"),
        (
            "a_name_of_more_than_fifty_bytes_leaves_no_room_for_it (a int)",
            "42622 15: name \"a_name_of_more_than_fifty_bytes_leaves_no_room_for_it\" is too long for a source",
        ),
        ("s (a int, b int, a text)", "42701 32: column \"a\" specified more than once"),
        ("s (key text) INCLUDE KEY", "42701 36: column \"key\" specified more than once"),
        (
            "s (ts timestamptz) PARTITION BY time_bucket('1 day', tz)",
            "42703 68: column \"tz\" does not exist | Did you mean ts?",
        ),
        (
            "s (ts text) PARTITION BY time_bucket('1 day', ts)",
            "42804 61: column \"ts\" is of type text, which can't be partitioned by time | Use a column of type timestamptz or timestamp.",
        ),
        ("s (a int) ORDER BY (a, a)", "42701 38: column \"a\" specified more than once"),
        ("s (a jsonb) ORDER BY (a)", "0A000 37: ORDER BY a column of type jsonb is not supported"),
        (
            "s (latency int, slow boolean GENERATED ALWAYS AS (latncy > 5) STORED)",
            "42703 65: column \"latncy\" does not exist | Did you mean latency?",
        ),
        (
            "s (a int, b int GENERATED ALWAYS AS (a) STORED, c int GENERATED ALWAYS AS (1 +\n b) STORED)",
            "42P17 95: cannot use generated column \"b\" in column generation expression",
        ),
        (
            "s (a int, b timestamptz GENERATED ALWAYS AS (now()) STORED)",
            "42P17 60: function now is not immutable, which a column generation expression must be",
        ),
        (
            "s (a int, b double precision GENERATED ALWAYS AS (random()) STORED)",
            "42P17 65: function random is not immutable, which a column generation expression must be",
        ),
        (
            "s (a int, b date GENERATED ALWAYS AS (current_date) STORED)",
            "42P17 53: function current_date is not immutable, which a column generation expression must be",
        ),
        (
            "s (a int, b bigint GENERATED ALWAYS AS (sum(a)) STORED)",
            "42P17 55: aggregate functions are not allowed in column generation expression",
        ),
        (
            "s (a int, b bigint GENERATED ALWAYS AS (row_number() over ()) STORED)",
            "42P17 55: window functions are not allowed in column generation expression",
        ),
        (
            "s (a int, b bigint GENERATED ALWAYS AS ((select 1)) STORED)",
            "42P17 56: cannot use subquery in column generation expression",
        ),
        ("s (a int, b bigint GENERATED ALWAYS AS ($1) STORED)", "42P02 55: there is no parameter $1"),
        (
            "s (a int, b bigint GENERATED ALWAYS AS (absolut(a)) STORED)",
            "42883 55: function absolut does not exist",
        ),
        (
            "s (a int, b text GENERATED ALWAYS AS (uper('x')) STORED)",
            "42883 53: function uper does not exist | Did you mean upper?",
        ),
        (
            "s (a text, b bigint GENERATED ALWAYS AS (upper(a)) STORED)",
            "42804 26: column \"b\" is of type bigint but expression is of type text | You will need to rewrite or cast the expression.",
        ),
        (
            "s (a int, b jsonb GENERATED ALWAYS AS ('{}') STORED)",
            "42804 25: column \"b\" is of type jsonb but expression is of type text | You will need to rewrite or cast the expression.",
        ),
        ("s (a int) WHERE a", "42804 31: argument of WHERE must be type boolean, not type integer"),
        ("s (a int) WHERE a > 1 AND b", "42703 41: column \"b\" does not exist"),
        (
            "s (a int) WHERE s.a > 1",
            "0A000 31: a qualified name in WHERE of a source is not supported | Write the name of the column alone, or -> for a field of a jsonb column.",
        ),
    ] {
        let kafka = if rest.contains("KAFKA") { "FORMAT JSON" } else { KAFKA };
        let sql = format!("CREATE SOURCE {rest} {kafka}");
        let error = check_source(&create(&sql), &named(), &catalog(), &state()).expect_err(&sql);
        let hint = error.hint.map_or(String::new(), |hint| format!(" | {hint}"));
        let found = format!("{} {}: {}{hint}", error.sqlstate, error.position.unwrap_or(0), error.message);
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn connections_are_found_by_name() {
    let by = |name: &str| {
        let sql = format!("CREATE SOURCE s (a int) FROM KAFKA CONNECTION {name} (TOPIC 't') FORMAT JSON");
        check_source(&create(&sql), &named(), &catalog(), &state()).map_err(|error| error.to_string())
    };
    assert_eq!(by("prod").unwrap().brokers, "b1:9092");
    assert_eq!(by("taken").unwrap_err(), "\"taken\" is not a connection");
    assert_eq!(by("prd").unwrap_err(), "connection \"prd\" does not exist");
}

#[test]
fn time_partitioning_by_default() {
    let partitioning = |columns: &str| {
        let create = create(&format!("CREATE SOURCE s ({columns}) {KAFKA}"));
        let definition = source_definition(&create, &catalog(), origin()).unwrap();
        definition.table.partition_by.map(|by| (by.column.0, by.interval_micros.get()))
    };
    assert_eq!(partitioning("a int, t timestamp, ts timestamptz NOT NULL"), Some((3, 86_400_000_000)));
    assert_eq!(partitioning("a int, t timestamp"), None);
}

#[test]
fn show_create_round_trips() {
    for sql in [
        format!("CREATE SOURCE s (a int) {KAFKA}"),
        "CREATE SOURCE \"Wild \"\"name\" (
            \"Key\" character varying(3) NOT NULL FROM 'a.\"b.c\".it''s\\n', ts timestamptz NOT NULL,
            n numeric(10,3), t time, l text[], j jsonb, b bytea, \"offset\" bigint,
            g bigint GENERATED ALWAYS AS (\"offset\" + CASE WHEN n > 0 THEN 1 ELSE -1 END) STORED
        ) FROM KAFKA CONNECTION prod (TOPIC 'orders.v-1', START OFFSET (0, 12))
        FORMAT JSON (TIMESTAMP FORMAT 'epoch_seconds')
        INCLUDE KEY AS k, PARTITION, OFFSET AS \"Offset\", TIMESTAMP AS at, HEADERS
        WHERE g > 0 OR \"Key\" = 'ä''' PARTITION BY time_bucket('90 minutes', at) ORDER BY (\"Key\", ts)
        WITH (flush_rows = 5, flush_bytes = '3MB', flush_interval = '1500 ms')"
            .to_owned(),
    ] {
        let mut catalog = catalog();
        let first = create(&sql);
        check_source(&first, &named(), &catalog, &state()).unwrap();
        let definition = source_definition(&first, &catalog, origin()).unwrap();
        let name = first.name.value.clone();
        let object = CatalogObject::Source(definition.clone());
        let entry = CatalogEntry {
            id: ObjectId(9),
            schema: "public".to_owned(),
            name: name.clone(),
            version: 1,
            comment: None,
            object,
        };
        catalog.entries.insert(ObjectId(9), Arc::new(entry));
        let shown = show_create_source(&first.name, &SearchPath::default(), &catalog).unwrap();
        let again = create(&shown);
        assert_eq!(again.name.value, name, "{shown}");
        assert_eq!(source_definition(&again, &catalog, origin()).unwrap(), definition, "{shown}");
        assert_eq!(again.start, storage::offsets::StartPosition::Offsets(vec![0, 12]), "{shown}");
    }
}

fn transform(columns: &str, rest: &str) -> (Transform, SourceDefinition) {
    let create = create(&format!("CREATE SOURCE s ({columns}) {KAFKA} {rest}"));
    check_source(&create, &named(), &catalog(), &state()).unwrap();
    let definition = source_definition(&create, &catalog(), origin()).unwrap();
    (Transform::compile(&definition, &state()).unwrap().unwrap(), definition)
}

/// A batch in the stored schema: the given columns first, the rest null.
fn rows(definition: &SourceDefinition, given: Vec<ArrayRef>) -> RecordBatch {
    let schema = definition.table.schema.stored();
    let count = given[0].len();
    let missing = schema.fields()[given.len()..].iter().map(|field| new_null_array(field.data_type(), count));
    let columns = given.iter().cloned().chain(missing).collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

#[test]
fn rows_are_transformed_column_wise() {
    let (transform, definition) = transform(
        "latency double precision, slow boolean GENERATED ALWAYS AS (latency > 500) STORED, \
         rounded smallint GENERATED ALWAYS AS (latency * 2) STORED",
        "WHERE slow OR latency IS NULL",
    );
    let latency = Float64Array::from(vec![Some(499.9), Some(500.6), None]);
    let result = transform.apply(&rows(&definition, vec![Arc::new(latency)]));
    assert_eq!(result.errors, []);
    let slow: Vec<_> = result.generated[0].1.as_boolean().iter().collect();
    assert_eq!(slow, [Some(false), Some(true), None]);
    let rounded: Vec<_> = result.generated[1].1.as_primitive::<Int16Type>().iter().collect();
    assert_eq!(rounded, [Some(1000), Some(1001), None]);
    let keep = result.keep.unwrap();
    assert_eq!((keep.null_count(), keep.values().iter().collect::<Vec<_>>()), (0, vec![false, true, true]));
}

#[test]
fn a_filter_may_answer_without_a_null() {
    let (transform, definition) = transform("a int", "WHERE a > 1");
    let result = transform.apply(&rows(&definition, vec![Arc::new(Int32Array::from(vec![1, 2, 3]))]));
    let keep = result.keep.unwrap();
    assert_eq!((keep.null_count(), keep.values().iter().collect::<Vec<_>>()), (0, vec![false, true, true]));
}

#[test]
fn an_error_in_one_row_leaves_the_others_alone() {
    let (transform, definition) = transform(
        "a int, t text, q bigint GENERATED ALWAYS AS (1000 / a) STORED, \
         n bigint GENERATED ALWAYS AS (CAST(t AS bigint)) STORED, \
         big smallint GENERATED ALWAYS AS (a * 1000) STORED, \
         short varchar(3) GENERATED ALWAYS AS (t) STORED",
        "WHERE 10 / (a - 5) <> 99",
    );
    let a: Vec<i32> = (0..100).collect();
    let t: Vec<String> = (0..100).map(|n| if n == 70 { "x".to_owned() } else { n.to_string() }).collect();
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(a)), Arc::new(StringViewArray::from_iter_values(t))];
    let result = transform.apply(&rows(&definition, columns));
    let failed: Vec<_> = result.errors.iter().map(|error| error.row).collect();
    let expected: Vec<_> = [0, 5].into_iter().chain(33..100).collect();
    assert_eq!(failed, expected);
    assert_eq!(result.errors[0].message, "column \"q\": division by zero");
    assert_eq!(result.errors[1].message, "WHERE: division by zero");
    assert!(result.errors[2].message.starts_with("column \"big\": "), "{}", result.errors[2].message);
    assert!(
        result.errors.iter().find(|error| error.row == 70).unwrap().message.starts_with("column \"n\": ")
    );
    assert_eq!(result.generated[0].1.as_primitive::<Int64Type>().value(8), 125);
    assert_eq!(result.generated[1].1.as_primitive::<Int64Type>().value(99), 99);
}

#[test]
fn texts_too_long_are_errors_and_integers_do_not_wrap() {
    let (transform, definition) = transform(
        "t text, b bigint, v varchar(2) GENERATED ALWAYS AS (t) STORED, \
         c bigint GENERATED ALWAYS AS (b + 1) STORED",
        "",
    );
    let t = StringViewArray::from(vec![Some("äö"), Some("abc"), None]);
    let b = arrow::array::Int64Array::from(vec![i64::MAX, 1, 2]);
    let result = transform.apply(&rows(&definition, vec![Arc::new(t), Arc::new(b)]));
    let errors: Vec<_> = result.errors.iter().map(|error| (error.row, error.message.as_str())).collect();
    assert_eq!(
        errors,
        [
            (0, "column \"c\": value out of range"),
            (1, "column \"v\": value too long for type character varying(2)"),
        ]
    );
    assert!(result.keep.is_none());
}

#[test]
fn casts_mean_what_they_mean_in_a_query() {
    let (transform, definition) = transform(
        "t text, at timestamptz GENERATED ALWAYS AS (t::timestamptz) STORED, \
         id uuid GENERATED ALWAYS AS ('A0EEBC999C0B4EF8BB6D6BB9BD380A11'::uuid) STORED, \
         later boolean GENERATED ALWAYS AS (t::timestamptz >= TIMESTAMPTZ 'epoch') STORED",
        "",
    );
    let t = StringViewArray::from(vec![Some("2300-01-01 00:00:00+00"), Some("1600-01-01"), None]);
    let result = transform.apply(&rows(&definition, vec![Arc::new(t)]));
    assert_eq!(result.errors, []);
    let at = result.generated[0].1.as_primitive::<TimestampMicrosecondType>();
    assert_eq!(at.values()[..2], [10_413_792_000_000_000, -11_676_096_000_000_000]);
    assert_eq!(result.generated[1].1.as_string_view().value(0), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    let later: Vec<_> = result.generated[2].1.as_boolean().iter().collect();
    assert_eq!(later, [Some(true), Some(false), None]);
}

#[test]
fn times_beyond_what_is_stored_are_errors() {
    let (transform, definition) = transform(
        "ts timestamptz, later timestamptz GENERATED ALWAYS AS (ts + INTERVAL '7980 years') STORED",
        "",
    );
    let ts = TimestampMicrosecondArray::from(vec![Some(0), Some(1_795_219_200_000_000), None]);
    let result = transform.apply(&rows(&definition, vec![Arc::new(ts.with_timezone("UTC"))]));
    let errors: Vec<_> = result.errors.iter().map(|error| (error.row, error.message.as_str())).collect();
    let expected = "column \"later\": timestamp with time zone out of range";
    assert_eq!(errors, [(1, expected)]);
}

/// Every example of the manual's page parses, and every source in it can be made.
#[test]
fn the_manual_is_true() {
    let manual = include_str!("../../../docs/create-source.md");
    let examples: Vec<_> =
        manual.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 7, "{}", examples.len());
    let mut sources = 0;
    for example in examples {
        for parsed in parse(example).unwrap_or_else(|error| panic!("{example}: {error:?}")) {
            if let Statement::CreateSource(create) = parsed.statement {
                let checked = check_source(&create, &named(), &catalog(), &state());
                checked.unwrap_or_else(|error| panic!("{example}: {error:?}"));
                sources += 1;
            }
        }
    }
    assert!(sources >= 6, "{sources}");
}
