-- Types: what texts are read, how values are written, in text and in binary.

SELECT true, false, NULL::bool, 't'::bool, 'no'::bool, 'off'::bool, '1'::bool, 'TRUE'::bool;
SELECT 'maybe'::bool;
SELECT 1::smallint, -32768::smallint, 32767::int2;
SELECT 32768::smallint;
SELECT '32768'::smallint;
SELECT 1, 2147483647, 2147483648, -2147483648, 9223372036854775807;
SELECT 1::int4, '42'::integer, ' 42 '::int;
SELECT '2147483648'::int;
SELECT 'x'::int;
SELECT ''::int;
SELECT '1.5'::int;
SELECT 2147483648::int;
SELECT 1::bigint, '9223372036854775807'::bigint;
SELECT '9223372036854775808'::bigint;
SELECT 1.5, 0.1, 100.00, 1e3, .5;
SELECT 1.5::numeric, '1.50'::numeric(10,2), 123.456::numeric(6,2), '-0.001'::numeric(5,3);
SELECT 12345.6::numeric(5,2);
-- differs: a numeric is not read with an exponent
SELECT '1e5'::numeric(10,0);
SELECT 'abc'::numeric(10,2);
SELECT 1.5::real, '3.25'::float4, 1e10::real, 0.1::real;
SELECT 1.5::float8, 0.1::float8, 1e300::float8, 1e-5::float8, 123456789012345678::float8;
SELECT 'NaN'::float8, 'Infinity'::float8, '-Infinity'::float8, 'inf'::float8;
SELECT 'x'::float8;
SELECT 1.0::float8, 100::float8, -0.0::float8, 1e15::float8, 1e16::float8;
SELECT 'abc', 'abc'::text, ''::text, 'it''s', E'a\tb\\n', U&'d\0061t\+000061';
SELECT 'abc'::varchar, 'abc'::varchar(2), 'abc'::varchar(10);
SELECT $$dollar 'quoted'$$, $x$a$$b$x$;
SELECT '\x00ff'::bytea, 'abc'::bytea, '\x'::bytea;
SELECT '\xzz'::bytea;
SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'::uuid;
SELECT 'a0eebc99'::uuid;
SELECT '2024-02-29'::date, DATE '2000-01-01', '1999-12-31'::date;
SELECT '2023-02-29'::date;
SELECT 'yesterday-ish'::date;
SELECT '12:34:56'::time, '12:34:56.789'::time, '00:00'::time;
SELECT '25:00:00'::time;
SELECT '2024-01-02 03:04:05'::timestamp, '2024-01-02 03:04:05.678901'::timestamp, '2024-01-02'::timestamp, '2024-01-02T03:04'::timestamp;
SELECT '2024-13-02 03:04:05'::timestamp;
SELECT 'x'::timestamp;
SELECT '2024-01-02 03:04:05+02'::timestamptz, '2024-01-02 03:04:05Z'::timestamptz, '2024-01-02 03:04:05-05:30'::timestamptz;
SELECT TIMESTAMP '2024-01-02 03:04:05', TIMESTAMPTZ '2024-01-02 03:04:05+00';
SELECT '1 day'::interval, '2 hours 30 minutes'::interval, '1 year 2 months 3 days'::interval, '-1 day'::interval, '1.5 seconds'::interval;
SELECT '1 mon -1 day'::interval, '90 minutes'::interval, '1 week'::interval, '00:00:00'::interval;
SELECT 'x'::interval;
SELECT '{"a": [1, 2, {"b": null}]}'::jsonb, '[]'::jsonb, '"x"'::jsonb, '1.50'::jsonb, 'true'::jsonb;
SELECT '{"b": 1, "a": 2, "a": 3}'::jsonb;
SELECT '{'::jsonb;
SELECT ARRAY['a', 'b', NULL], ARRAY['x y', 'a"b', '', 'NULL'];
SELECT ARRAY[1, 2, 3], ARRAY[1.5, 2.5], ARRAY[true, false], ARRAY[]::text[];
SELECT ARRAY[ARRAY[1, 2], ARRAY[3, 4]];
SELECT NULL, NULL::int, NULL::text;
SELECT 1 AS one, 2 AS "Two", 3 three;
SELECT 'a' || 'b', 'n' || 1, 1 || 'x';

-- Casts between types.
SELECT 1::text, 1.5::text, true::text, 1.0::float8::text, '2024-01-02'::date::text, '2024-01-02 03:04:05'::timestamp::text;
SELECT '2024-01-02 03:04:05+00'::timestamptz::text, '1 day'::interval::text, '12:00'::time::text;
SELECT 1.4::int, 1.6::int, -1.6::int, 2.5::numeric::int, 3.5::numeric::int;
SELECT 1.4::float8::int, 2.5::float8::int, 3.5::float8::int, -2.5::float8::bigint;
SELECT 1e10::float8::int;
SELECT 1::bool, 0::bool, true::int, false::int;
SELECT 1::float8, 1::numeric, 1::numeric(5,2), 1::real;
SELECT '2024-01-02'::date::timestamp, '2024-01-02 03:04:05'::timestamp::date, '2024-01-02 03:04:05'::timestamp::time;
SELECT '2024-01-02 03:04:05+00'::timestamptz::date, '2024-01-02 03:04:05'::timestamp::timestamptz;
SELECT CAST('5' AS int), CAST(5 AS text), CAST(NULL AS int);
-- differs: the place is not told
SELECT true::date;
-- differs: what is no text is read as its text
SELECT 1::uuid;

-- Zones.
SET TimeZone = 'Europe/Berlin';
SELECT '2024-07-01 12:00:00+00'::timestamptz, '2024-01-01 12:00:00+00'::timestamptz;
SELECT '2024-07-01 12:00:00'::timestamptz, '2024-07-01 12:00:00'::timestamp::timestamptz;
SELECT '2024-07-01 22:30:00+00'::timestamptz::date, '2024-07-01 22:30:00+00'::timestamptz::timestamp;
SELECT '2024-07-01 22:30:00+00'::timestamptz AT TIME ZONE 'UTC', '2024-07-01 22:30:00'::timestamp AT TIME ZONE 'America/New_York';
SELECT '2024-07-01 22:30:00+00'::timestamptz::text;
RESET TimeZone;
SHOW TimeZone;
SELECT '2024-07-01 12:00:00+02'::timestamptz;

-- Stored values.
CREATE TABLE st (b bool, s smallint, i int, l bigint, f real, d double precision, n numeric(12,3), t text, v varchar(5), y bytea, u uuid, da date, ti time, ts timestamp, tz timestamptz, j jsonb, ta text[]);
INSERT INTO st VALUES (true, -2, 1, 258, 1.5, -2.25, -12345.678, 'añ', 'abc', '\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2000-01-02', '00:00:01', '2000-01-01 00:00:01', '1999-12-31 23:59:59+00', '{"a": 1}', '{x,NULL,"y z"}');
INSERT INTO st DEFAULT VALUES;
SELECT * FROM st;
SELECT b, s, i, l, f, d, n FROM st WHERE b;
SELECT s + 1, i + s, l * 2, f + 1, d / 2, n * 2, n + i FROM st WHERE b;
SELECT t || v, length(t), octet_length(t), y, u::text FROM st WHERE b;
SELECT da + 1, ts + '1 day'::interval, tz - '1 hour'::interval, da - '1999-12-31'::date, ts - '1999-12-31'::timestamp FROM st WHERE b;
SELECT j -> 'a', j ->> 'a', ta[1], ta[2], array_length(ta, 1) FROM st WHERE b;
SELECT * FROM st WHERE b IS NULL;
SELECT t FROM st ORDER BY t NULLS FIRST;
SELECT count(*), count(b), min(i), max(tz), sum(n) FROM st;
DROP TABLE st;

-- Stored instants are read by the session's zone.
CREATE TABLE sz (ts timestamptz, n int);
INSERT INTO sz VALUES ('2024-07-01 22:30:15.25+00', 1), ('2024-01-01 23:30:00+00', 2);
SET TimeZone = 'Europe/Berlin';
SELECT * FROM sz ORDER BY n;
SELECT ts::date, ts::timestamp, ts::time, ts::text FROM sz ORDER BY n;
SELECT date_trunc('day', ts), date_trunc('hour', ts), date_trunc('month', ts) FROM sz ORDER BY n;
SELECT n FROM sz WHERE ts = '2024-07-02 00:30:15.25';
SELECT n FROM sz WHERE ts >= '2024-07-02' ORDER BY n;
SELECT n FROM sz WHERE ts::date = '2024-01-02';
SELECT date_part('hour', ts), date_part('dow', ts) FROM sz ORDER BY n;
SELECT date_trunc('day', ts), count(*) FROM sz GROUP BY 1 ORDER BY 1;
SELECT min(ts), max(ts) FROM sz;
SELECT ts AT TIME ZONE 'UTC', (ts AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' FROM sz ORDER BY n;
SELECT date_trunc('day', now()) = current_date::timestamptz, now()::date = current_date;
INSERT INTO sz VALUES ('2024-03-01 00:00:00', 3) RETURNING ts, ts::date;
SET TimeZone = 'UTC';
SELECT * FROM sz ORDER BY n;
DROP TABLE sz;

-- character(n): blanks fill it up, and mean nothing.
SELECT 'ab'::char(4), 'abcdef'::char(3), 'x'::char, 'ä '::character(3), NULL::char(2), ''::char(2), 12::char(4);
SELECT 'a'::char(3) = 'a', 'a'::char(3) = 'a  ', 'a'::char(3) = 'a'::char(5), 'a '::char(3) < 'b', 'a'::char(3) = 'a '::text;
SELECT length('a'::char(3)), 'a'::char(3)::text || '!', 'a'::char(3) || '!', upper('a'::char(3)), pg_typeof('a'::char(3))::text;
SELECT 'a'::char(3) IN ('b', 'a '), 'b'::char(2) BETWEEN 'a ' AND 'c ', 'ab'::char(5)::varchar(1), 'ab '::char(5)::char(1);
CREATE TABLE padded (id int, c char(3), d character(5) DEFAULT 'no ', e char);
INSERT INTO padded VALUES (1, 'a', 'b', 'x'), (2, 'abc', NULL, NULL), (3, 'ab     ', DEFAULT, 'y  ');
INSERT INTO padded (id, c) VALUES (4, 'abcd');
INSERT INTO padded (id, c) SELECT 5, 'a ' || 'b ';
INSERT INTO padded (id, e) VALUES (6, 'xy') RETURNING e;
COPY padded FROM STDIN;
7	ab 	f	
8	\N	ä	z
\.
SELECT * FROM padded ORDER BY id;
SELECT c, count(*), max(id) FROM padded GROUP BY c ORDER BY c;
SELECT id FROM padded WHERE c = 'ab' ORDER BY id;
SELECT id FROM padded WHERE c = 'ab ' OR e = d ORDER BY id;
SELECT a.id, b.id FROM padded a JOIN padded b ON a.c = b.d::char(9) ORDER BY 1, 2;
COPY (SELECT c, d FROM padded ORDER BY id) TO STDOUT;
COPY (SELECT c, d FROM padded ORDER BY id) TO STDOUT (FORMAT csv, FORCE_QUOTE *);
PREPARE filled AS SELECT id FROM padded WHERE c = $1 ORDER BY id;
EXECUTE filled ('ab      ');
EXECUTE filled ('a');
PREPARE put_filled AS INSERT INTO padded (id, c) VALUES (9, $1) RETURNING c;
EXECUTE put_filled ('q ');
EXECUTE put_filled ('quite');
CREATE TABLE padded_too AS SELECT id, c, d FROM padded WHERE id < 3;
SELECT * FROM padded_too ORDER BY id;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'padded_too'::regclass AND attnum > 0 ORDER BY attnum;
-- differs: character(n) has no length in information_schema
SELECT column_name, data_type, character_maximum_length FROM information_schema.columns WHERE table_name = 'padded' ORDER BY ordinal_position;
CREATE TABLE nosuch (c char(0));
-- differs: constructs and aggregates that choose among values of character(n) give text
SELECT CASE WHEN id = 1 THEN c ELSE c END, coalesce(c, c), min(c) OVER (), array_agg(c) OVER (ORDER BY id) FROM padded WHERE id < 4 ORDER BY id;
SELECT c FROM padded WHERE id = 1 UNION ALL SELECT c FROM padded WHERE id = 2 ORDER BY 1;
SELECT lower(c), substr(c, 1, 2), c || d, replace(c, 'a', 'b'), ROW(c, 1) FROM padded WHERE id = 1;
-- differs: the blanks of character(n) are not seen within
SELECT concat(c, 'x'), to_json(c), format('%s|', c) FROM padded WHERE id = 1;
SELECT c LIKE 'a%', count(c) FROM padded WHERE id = 1 GROUP BY c;
-- differs: nor here
SELECT c LIKE 'a', octet_length(c), c ~ 'a$' FROM padded WHERE id = 1;
DROP TABLE padded, padded_too;
