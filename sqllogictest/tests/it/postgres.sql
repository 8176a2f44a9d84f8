-- Queries for PostgreSQL and Tidegate alike. Every order is total.

-- Counting and aggregates
SELECT count(*) FROM t;
SELECT count(v), count(x), count(g), count(b) FROM t;
SELECT min(id), max(id), min(v), max(v), min(x), max(x) FROM t;
SELECT min(ts), max(ts), min(day), max(day) FROM t;
SELECT min(n), max(n), sum(n) FROM t;
SELECT min(g), max(g), min(name), max(name) FROM t;
SELECT sum(x), avg(x) FROM t;
SELECT sum(v) FROM t;
SELECT sum(id) FROM t;
SELECT sum(s) FROM t;
SELECT avg(v) FROM t;
SELECT avg(id) FROM t;
SELECT avg(n) FROM t;
SELECT round(avg(n), 4) FROM t;
SELECT count(DISTINCT g), count(DISTINCT k), count(DISTINCT v) FROM t;
SELECT bool_and(b), bool_or(b) FROM t;
SELECT every(b IS NOT NULL) FROM t;
SELECT sum(v) FILTER (WHERE b), count(*) FILTER (WHERE v > 0) FROM t;
SELECT stddev(x), variance(x), stddev_pop(x), var_pop(x) FROM t;
SELECT corr(x, v), covar_pop(x, v) FROM t;
SELECT string_agg(k, ',' ORDER BY id) FROM t WHERE id < 10;
SELECT array_agg(k ORDER BY id) FROM t WHERE id < 5;
SELECT sum(v), min(v), count(*) FROM t WHERE false;

-- Groups
SELECT g, count(*) FROM t GROUP BY g ORDER BY g;
SELECT g, count(*) FROM t GROUP BY g ORDER BY g NULLS FIRST;
SELECT g, count(*) FROM t GROUP BY g ORDER BY g DESC;
SELECT b, g, sum(v) FROM t GROUP BY b, g ORDER BY b, g;
SELECT k, count(*) AS c FROM t GROUP BY k HAVING count(*) > 50 ORDER BY c DESC, k;
SELECT k, max(v) - min(v) FROM t GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT g, b, count(*) FROM t GROUP BY GROUPING SETS ((g), (b), ()) ORDER BY 1, 2, 3;
SELECT g, b, count(*) FROM t GROUP BY ROLLUP (g, b) ORDER BY 1, 2, 3;
SELECT g, b, count(*) FROM t GROUP BY CUBE (g, b) ORDER BY 1, 2, 3;
SELECT date_trunc('day', ts), count(*), sum(x) FROM t GROUP BY 1 ORDER BY 1;
SELECT date_trunc('hour', ts) AS h, count(*) FROM t WHERE ts < '2026-05-02' GROUP BY h ORDER BY h;
SELECT date_bin('6 hours', ts, TIMESTAMPTZ '2026-05-01 00:00:00+00') AS h, count(*) FROM t GROUP BY h ORDER BY h LIMIT 20;
SELECT extract(month FROM day), count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT s % 10, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT DISTINCT g FROM t ORDER BY g;
SELECT DISTINCT b, g IS NULL FROM t ORDER BY 1, 2;
SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id;

-- Conditions
SELECT id FROM t WHERE v > 990000 ORDER BY id;
SELECT id FROM t WHERE v BETWEEN -500 AND 500 ORDER BY id;
SELECT count(*) FROM t WHERE g = 'red';
SELECT count(*) FROM t WHERE g <> 'red';
SELECT count(*) FROM t WHERE g IS DISTINCT FROM 'red';
SELECT count(*) FROM t WHERE g = '';
SELECT count(*) FROM t WHERE g IN ('red', 'blue', '日本');
SELECT count(*) FROM t WHERE g NOT IN ('red', 'blue');
SELECT count(*) FROM t WHERE g NOT IN ('red', NULL);
SELECT count(*) FROM t WHERE name LIKE 'name_1%';
SELECT count(*) FROM t WHERE name LIKE 'name\_1%';
SELECT count(*) FROM t WHERE name LIKE '%\%';
SELECT count(*) FROM t WHERE g ILIKE 'YELLOW' OR g ILIKE 'R%';
SELECT count(*) FROM t WHERE g ~ '^[a-z]+$';
SELECT count(*) FROM t WHERE g !~* 'E';
SELECT count(*) FROM t WHERE g SIMILAR TO '(red|blue)';
SELECT count(*) FROM t WHERE ts >= '2026-05-03' AND ts < '2026-05-04';
SELECT count(*) FROM t WHERE ts > TIMESTAMPTZ '2026-05-01 12:00:00+02';
SELECT count(*) FROM t WHERE day = DATE '2026-02-03' OR day > '2026-12-20';
SELECT count(*) FROM t WHERE b;
SELECT count(*) FROM t WHERE NOT b;
SELECT count(*) FROM t WHERE b IS NOT TRUE;
SELECT count(*) FROM t WHERE v > x;
SELECT count(*) FROM t WHERE n > 50000.50;
SELECT count(*) FROM t WHERE (v > 0) = b;
SELECT count(*) FROM t WHERE v = ANY (ARRAY[1, 2, 3]);

-- Order and limits
SELECT id, g, v FROM t ORDER BY v DESC NULLS LAST, id LIMIT 10;
SELECT id, g, v FROM t ORDER BY v DESC, id LIMIT 5;
SELECT id, x FROM t ORDER BY x, id LIMIT 10 OFFSET 100;
SELECT ts, id FROM t ORDER BY ts DESC, id LIMIT 10;
SELECT id FROM t ORDER BY g, id DESC LIMIT 10;
SELECT id, n FROM t ORDER BY n DESC NULLS LAST, id FETCH FIRST 3 ROWS ONLY;
SELECT * FROM t WHERE id < 20 ORDER BY id;

-- Expressions
SELECT id, v + 1, v * 2, -v, abs(v), v / 7, v % 7 FROM t WHERE id < 30 ORDER BY id;
SELECT id, x + 0.5, x * x, round(x), floor(x), ceil(x), trunc(x), sign(x) FROM t WHERE id < 30 ORDER BY id;
-- differs: numeric division keeps fewer digits here
SELECT id, n + 1, n * 2, n / 3, round(n, 1), n::integer FROM t WHERE id < 30 ORDER BY id;
SELECT id, s + s, s * 100, s::text, s::double precision FROM t WHERE id < 10 ORDER BY id;
-- differs: in the locale C PostgreSQL changes the case of ASCII only
SELECT id, upper(g), lower(g), length(g), reverse(g), g || '!', left(g, 2), right(g, 2) FROM t WHERE id < 40 ORDER BY id;
SELECT id, position('e' IN g), strpos(g, 'e'), substring(g FROM 2 FOR 2), replace(g, 'e', '3'), repeat(g, 2) FROM t WHERE id < 20 ORDER BY id;
SELECT id, lpad(k, 6, '-'), rpad(k, 6, '*'), trim(both 'k' from k), split_part(name, '_', 2), concat(k, g), concat_ws('/', k, g) FROM t WHERE id < 20 ORDER BY id;
SELECT id, CASE WHEN v > 0 THEN 'p' WHEN v < 0 THEN 'n' ELSE 'z' END FROM t WHERE id < 30 ORDER BY id;
SELECT id, coalesce(g, 'none'), nullif(g, 'red'), greatest(v, 0), least(v, 0) FROM t WHERE id < 30 ORDER BY id;
SELECT id, ts + INTERVAL '1 day', ts - INTERVAL '90 minutes' FROM t WHERE id < 5 ORDER BY id;
SELECT id, extract(year FROM ts), extract(dow FROM ts), extract(hour FROM ts), extract(epoch FROM ts) FROM t WHERE id < 10 ORDER BY id;
SELECT id, date_part('minute', ts), day + 1, day - DATE '2026-01-01' FROM t WHERE id < 10 ORDER BY id;
SELECT id, ts::date, ts::time, day::timestamp FROM t WHERE id < 5 ORDER BY id;
SELECT id, ts AT TIME ZONE 'Europe/Berlin' FROM t WHERE id < 5 ORDER BY id;
SELECT id, v::text, v::double precision, x::bigint, b::text, b::integer FROM t WHERE id < 20 ORDER BY id;
SELECT id, sqrt(abs(x)), power(x, 2), exp(s / 100.0::double precision), ln(abs(x) + 1) FROM t WHERE id < 10 ORDER BY id;
SELECT id, md5(k), ascii(k), chr(65 + id), initcap(g) FROM t WHERE id < 10 ORDER BY id;
SELECT id, to_char(ts, 'YYYY-MM-DD HH24:MI:SS') FROM t WHERE id < 5 ORDER BY id;
SELECT id, b AND v > 0, b OR v > 0, NOT b FROM t WHERE id < 30 ORDER BY id;
SELECT id, v IS NULL, v IS NOT NULL, b IS TRUE, b IS UNKNOWN FROM t WHERE id < 30 ORDER BY id;

-- Joins, subqueries, sets
SELECT a.id, b.id FROM t a JOIN t b ON a.id = b.id + 1 WHERE a.id < 10 ORDER BY 1;
SELECT a.id, b.v FROM t a LEFT JOIN t b ON b.id = a.id * 300 WHERE a.id < 12 ORDER BY 1;
SELECT count(*) FROM t a JOIN t b USING (k) WHERE a.id < 100 AND b.id < 100;
SELECT count(*) FROM t a FULL JOIN t b ON a.id = b.id + 1000;
SELECT g, (SELECT count(*) FROM t u WHERE u.g = o.g) FROM (SELECT DISTINCT g FROM t) o ORDER BY g;
SELECT count(*) FROM t WHERE v > (SELECT avg(v) FROM t);
SELECT count(*) FROM t o WHERE EXISTS (SELECT 1 FROM t u WHERE u.k = o.k AND u.id <> o.id);
SELECT count(*) FROM t WHERE id IN (SELECT id + 1 FROM t WHERE b);
SELECT count(*) FROM t WHERE id NOT IN (SELECT v FROM t WHERE v IS NOT NULL);
WITH top AS (SELECT k, count(*) AS c FROM t GROUP BY k), best AS (SELECT max(c) AS m FROM top) SELECT k FROM top JOIN best ON c = m ORDER BY k;
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT sum(n) FROM r;
SELECT g FROM t WHERE id < 50 UNION SELECT k FROM t WHERE id < 10 ORDER BY 1;
SELECT k FROM t WHERE id < 500 INTERSECT SELECT k FROM t WHERE id > 1500 ORDER BY 1;
SELECT k FROM t EXCEPT SELECT k FROM t WHERE b ORDER BY 1;
SELECT * FROM (VALUES (1, 'a'), (2, NULL)) v(i, s) ORDER BY i;

-- Windows
SELECT id, row_number() OVER (ORDER BY v DESC NULLS LAST, id) FROM t WHERE id < 20 ORDER BY id;
SELECT id, rank() OVER (PARTITION BY g ORDER BY k), dense_rank() OVER (PARTITION BY g ORDER BY k) FROM t WHERE id < 50 ORDER BY id;
SELECT id, sum(v) OVER (PARTITION BY g ORDER BY id) FROM t WHERE id < 50 ORDER BY id;
SELECT id, lag(v) OVER (ORDER BY id), lead(v, 2, 0::bigint) OVER (ORDER BY id) FROM t WHERE id < 20 ORDER BY id;
SELECT id, first_value(id) OVER w, last_value(id) OVER w FROM t WHERE id < 30 WINDOW w AS (PARTITION BY b ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id;
SELECT id, ntile(4) OVER (ORDER BY id), percent_rank() OVER (ORDER BY id) FROM t WHERE id < 20 ORDER BY id;
SELECT id, avg(x) OVER (ORDER BY id ROWS 3 PRECEDING) FROM t WHERE id < 20 ORDER BY id;
SELECT id, count(*) OVER () FROM t WHERE id < 5 ORDER BY id;

-- Errors
SELECT nothing FROM t;
SELECT * FROM nothing;
SELECT id / 0 FROM t;
SELECT g::integer FROM t WHERE g = 'red';
SELECT id, count(*) FROM t;
SELECT nofunction(id) FROM t;
SELECT 9223372036854775807 + 1;
SELECT 2147483647 + 1;
SELECT (32767::smallint + 1::smallint)::smallint;
SELECT 'x'::date;
-- differs: an unquoted keyword is taken for a name
SELECT FROM WHERE;
SELECT sum(g) FROM t;
SELECT (SELECT id FROM t);
SELECT id, ts::text, x::text, day::text, b::text, n::text FROM t ORDER BY id;
SELECT id, (ts AT TIME ZONE 'UTC')::text, x || '', ts || '!', concat(x, ' ', id) FROM t WHERE id < 50 ORDER BY id;
SELECT (1.0::double precision)::text, (1e20::double precision)::text, (0.1::real)::text, ('NaN'::double precision)::text;
SELECT '01:02:03.5'::time::text, '1 day 2 hours'::interval::text, array['a', 'b c', NULL]::text, '\x0aff'::bytea::text;
SELECT count(*) FROM t WHERE ts::text LIKE '2026-01-0% 0%';
SELECT length(ts::text), count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM t WHERE b = 'true';
SELECT 'a%b' LIKE 'a/%b' ESCAPE '/', 'axb' LIKE 'a/%b' ESCAPE '/';
SELECT id, ts AT TIME ZONE 'Europe/Berlin', date_trunc('day', ts AT TIME ZONE 'Asia/Tokyo'), timezone('America/New_York', ts) FROM t ORDER BY id;
SELECT (ts AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin', extract(hour FROM ts AT TIME ZONE 'America/New_York')::integer FROM t ORDER BY id LIMIT 40;
SELECT timestamp '2026-03-29 02:30' AT TIME ZONE 'Europe/Berlin', timestamp '2026-10-25 02:30' AT TIME ZONE 'Europe/Berlin', timestamptz '2026-07-01 12:00+00' AT TIME ZONE 'America/New_York';
SELECT now() AT TIME ZONE 'Nowhere/Land';
SELECT date_trunc('hour', ts AT TIME ZONE 'Europe/Berlin') AS hour, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM t WHERE ts >= '2026-05-01 02:30' AND ts < '2026-05-02 02:30+02';
SELECT count(*) FROM t WHERE ts BETWEEN '2026-05-01 02:30' AND '2026-05-03T00:00Z';
