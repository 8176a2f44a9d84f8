//! What the extended protocol sends: binary values, parameters, and round trips of statements.

use std::io::{Read, Write};
use std::time::Duration;

use futures::StreamExt;
use tidegate_sqllogictest::kafka::{self, Message};
use tidegate_sqllogictest::server::Server;
use tokio_postgres::types::{FromSql, Type};

use crate::support::{rows, wait_visible};

/// A value's bytes as they came.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Every type of a source from JSON to PostgreSQL's binary form, in bytes.
#[tokio::test(flavor = "multi_thread")]
async fn binary_values() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let topic = tokio::task::block_in_place(|| {
        let topic = broker.fresh_topic("binary", 1).unwrap();
        let producer = broker.producer().unwrap();
        let message = r#"{"b": true, "s": -2, "i": 1, "l": 258, "f": 1.5, "d": -2.25, "n": "-12345.678", "t": "añ",
            "v": "abc", "y": "\\x00ff", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "da": "2000-01-02",
            "ti": "00:00:01", "ts": "2000-01-01 00:00:01", "tz": "1999-12-31 23:59:59+00", "j": {"a": 1}, "ta": ["x", null]}"#;
        producer.send(&topic, &Message::value(message)).unwrap();
        producer.send(&topic, &Message::value("{}")).unwrap();
        producer.flush().unwrap();
        topic
    });
    let server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    let columns = "b boolean, s smallint, i integer, l bigint, f real, d double precision, n numeric(12,3), t text, \
                   v varchar(5), y bytea, u uuid, da date, ti time, ts timestamp, tz timestamptz, j jsonb, ta text[]";
    let sql = format!(
        "CREATE SOURCE types ({columns}) FROM KAFKA (BROKERS '{}', TOPIC '{topic}') FORMAT JSON INCLUDE OFFSET",
        broker.address()
    );
    client.simple_query(&sql).await.unwrap();
    wait_visible(&client, "types", 0, 2, Duration::from_secs(30)).await;

    let found = client.query("SELECT * FROM types ORDER BY \"offset\"", &[]).await.unwrap();
    let microseconds = |micros: i64| micros.to_be_bytes().to_vec();
    let expected: Vec<(Type, Vec<u8>)> = vec![
        (Type::BOOL, vec![1]),
        (Type::INT2, (-2_i16).to_be_bytes().to_vec()),
        (Type::INT4, 1_i32.to_be_bytes().to_vec()),
        (Type::INT8, 258_i64.to_be_bytes().to_vec()),
        (Type::FLOAT4, 1.5_f32.to_be_bytes().to_vec()),
        (Type::FLOAT8, (-2.25_f64).to_be_bytes().to_vec()),
        // Three groups of four digits, the first worth 10000; negative; three digits after the point.
        (
            Type::NUMERIC,
            [3, 1, 0x4000, 3, 1, 2345, 6780].iter().flat_map(|group: &u16| group.to_be_bytes()).collect(),
        ),
        (Type::TEXT, "añ".into()),
        (Type::VARCHAR, "abc".into()),
        (Type::BYTEA, vec![0, 255]),
        (Type::UUID, 0xa0ee_bc99_9c0b_4ef8_bb6d_6bb9_bd38_0a11_u128.to_be_bytes().to_vec()),
        (Type::DATE, 1_i32.to_be_bytes().to_vec()),
        (Type::TIME, microseconds(1_000_000)),
        (Type::TIMESTAMP, microseconds(1_000_000)),
        (Type::TIMESTAMPTZ, microseconds(-1_000_000)),
        (Type::JSONB, [&[1][..], br#"{"a": 1}"#].concat()),
        // One dimension, with nulls, of text (25), two elements from 1: "x" and null.
        (
            Type::TEXT_ARRAY,
            [&[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, b'x'][..], &[255; 4]]
                .concat(),
        ),
    ];
    for (index, (column_type, bytes)) in expected.iter().enumerate() {
        let column = &found[0].columns()[index];
        assert_eq!(column.type_(), column_type, "{}", column.name());
        assert_eq!(found[0].get::<_, Raw>(index).0, *bytes, "{}", column.name());
        assert!(found[1].get::<_, Option<Raw>>(index).is_none(), "{} is null", column.name());
    }
}

/// Parameters of the usual types, and a portal that is read in parts.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_and_portals() {
    let server = Server::start(&[]).await;
    let mut client = server.connect().await.unwrap();
    let row = client
        .query_one(
            "SELECT $1::integer + $1::integer, $2::bigint * 2, $3::text || '!', $4::boolean, $5::double precision / 2, $6::text IS NULL",
            &[&21_i32, &3_000_000_000_i64, &"hé", &true, &5.0_f64, &None::<&str>],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    assert_eq!(row.get::<_, i64>(1), 6_000_000_000);
    assert_eq!(row.get::<_, &str>(2), "hé!");
    assert!(row.get::<_, bool>(3));
    assert_eq!(row.get::<_, f64>(4), 2.5);
    assert!(row.get::<_, bool>(5));

    let transaction = client.transaction().await.unwrap();
    let portal =
        transaction.bind("SELECT * FROM generate_series(1, 25) AS s(n) ORDER BY n", &[]).await.unwrap();
    let mut sizes = Vec::new();
    let mut sum = 0;
    loop {
        let part = transaction.query_portal(&portal, 10).await.unwrap();
        if part.is_empty() {
            break;
        }
        sizes.push(part.len());
        sum += part.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>();
    }
    assert_eq!((sizes, sum), (vec![10, 10, 5], 325));
    transaction.commit().await.unwrap();
}

/// COPY's three forms, byte by byte as PostgreSQL 15 writes them.
#[tokio::test(flavor = "multi_thread")]
async fn copies() {
    let server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    let rows = r#"VALUES (1, E'a\tb\\\n', true, '{x,"y z"}'), (2, NULL, false, ''), (3, '\.', NULL, 'q"r')"#;
    let sql = format!("SELECT * FROM ({rows}) AS t(n, s, b, a) ORDER BY n");
    let copy = async |options: &str| -> Vec<u8> {
        let stream = client.copy_out(&format!("COPY ({sql}) TO STDOUT {options}")).await.unwrap();
        let parts: Vec<_> = stream.map(|part| part.unwrap().to_vec()).collect().await;
        parts.concat()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(text(copy("").await), "1\ta\\tb\\\\\\n\tt\t{x,\"y z\"}\n2\t\\N\tf\t\n3\t\\\\.\t\\N\tq\"r\n");
    assert_eq!(
        text(copy("(FORMAT csv, HEADER)").await),
        "n,s,b,a\n1,\"a\tb\\\n\",t,\"{x,\"\"y z\"\"}\"\n2,,f,\"\"\n3,\\.,,\"q\"\"r\"\n"
    );
    assert_eq!(
        text(copy("(FORMAT csv, DELIMITER '|', NULL 'none', QUOTE '~', FORCE_QUOTE (n))").await),
        "~1~|~a\tb\\\n~|t|{x,\"y z\"}\n~2~|none|f|\n~3~|\\.|none|q\"r\n"
    );
    let binary = copy("(FORMAT binary)").await;
    let (header, rest) = binary.split_at(19);
    assert_eq!(header, b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    assert_eq!(&rest[..10], [0, 4, 0, 0, 0, 4, 0, 0, 0, 1]);
    assert_eq!(&rest[rest.len() - 2..], [255, 255]);

    // An error in the middle ends the copy, and the session goes on.
    let failing = "COPY (SELECT 1 / (n - 50000) FROM generate_series(1, 100000) AS g(n)) TO STDOUT";
    let mut stream = std::pin::pin!(client.copy_out(failing).await.unwrap());
    let error = loop {
        if let Err(error) = stream.next().await.expect("an error before the end") {
            break error;
        }
    };
    assert_eq!(error.code().unwrap().code(), "22012");
    assert_eq!(crate::support::rows(&client, "SELECT 1").await.unwrap(), [[Some("1".to_owned())]]);
}

/// An error in the extended protocol is sent at once: a client may wait for it before its Sync.
#[tokio::test(flavor = "multi_thread")]
async fn errors_do_not_wait_for_sync() {
    let server = Server::start(&[]).await;
    let port = server.port().unwrap();
    tokio::task::block_in_place(|| {
        let mut socket = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut message = |kind: &[u8], body: &[u8]| {
            let length = (body.len() as u32 + 4).to_be_bytes();
            socket.write_all(&[kind, &length, body].concat()).unwrap();
        };
        message(b"", b"\0\x03\0\0user\0me\0database\0tidegate\0\0");
        message(b"P", b"\0SELECT nope\0\0\0");
        message(b"H", b"");
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while !seen.windows(6).any(|window| window == b"C42703") {
            let read = socket.read(&mut buffer).expect("an answer before the timeout");
            assert!(read > 0, "the server closed the connection");
            seen.extend_from_slice(&buffer[..read]);
        }
    });
}

/// A cancelled statement ends with 57014, and its session goes on.
#[tokio::test(flavor = "multi_thread")]
async fn cancel_and_timeout() {
    let server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    let slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let token = client.cancel_token();
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        token.cancel_query(tokio_postgres::NoTls).await.unwrap();
    };
    let (answer, ()) = tokio::join!(client.simple_query(slow), cancel);
    assert_eq!(answer.unwrap_err().code().unwrap().code(), "57014");
    client.simple_query("SET statement_timeout = '200ms'").await.unwrap();
    let error = client.simple_query(slow).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    client.simple_query("RESET statement_timeout").await.unwrap();
    assert_eq!(rows(&client, "SELECT 1").await.unwrap(), [[Some("1".to_owned())]]);
}

/// The text that SHOW CREATE SOURCE gives makes the same source again.
#[tokio::test(flavor = "multi_thread")]
async fn show_create_source_round_trips() {
    let Some(broker) = tokio::task::block_in_place(kafka::shared) else { return };
    let topic = tokio::task::block_in_place(|| broker.fresh_topic("round-trip.topic", 2).unwrap());
    let server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    let sql = format!(
        r#"CREATE SOURCE "Odd name" (
            ts timestamptz NOT NULL, "select" integer, amount numeric(10,2), path text FROM 'a.b c.d',
            big boolean GENERATED ALWAYS AS (amount > 100 AND "select" IS NOT NULL) STORED, tags text[], short varchar(3)
        ) FROM KAFKA (BROKERS '{}', TOPIC '{topic}', START OFFSET (0, 0)) FORMAT JSON (TIMESTAMP FORMAT 'epoch_seconds')
        INCLUDE KEY AS k, PARTITION, OFFSET AS "off", TIMESTAMP AS at, HEADERS
        WHERE path <> 'it''s' PARTITION BY time_bucket('2 hours', ts) ORDER BY ("select", ts)
        WITH (flush_rows = 1234, flush_bytes = '10 MB', flush_interval = '90 s')"#,
        broker.address()
    );
    client.simple_query(&sql).await.unwrap();
    let show = async || {
        let rows = rows(&client, r#"SHOW CREATE SOURCE "Odd name""#).await.unwrap();
        rows[0].last().unwrap().clone().unwrap()
    };
    let first = show().await;
    client.simple_query(r#"DROP SOURCE "Odd name""#).await.unwrap();
    client.simple_query(&first).await.unwrap_or_else(|error| panic!("{first}\n{error:?}"));
    assert_eq!(show().await, first);
}
