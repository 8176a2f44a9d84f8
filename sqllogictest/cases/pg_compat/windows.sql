-- Window functions: chapter 9.22.

SELECT x, row_number() OVER (ORDER BY x), rank() OVER (ORDER BY x), dense_rank() OVER (ORDER BY x) FROM (VALUES (1), (2), (2), (3)) t(x);
SELECT x, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x) FROM (VALUES (1), (2), (2), (3)) t(x);
SELECT x, lag(x) OVER (ORDER BY x), lag(x, 2) OVER (ORDER BY x), lag(x, 1, 0) OVER (ORDER BY x), lag(x, 0) OVER (ORDER BY x), lag(x, -1) OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, lead(x) OVER (ORDER BY x), lead(x, 2, -1) OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, lag(x, 1, 'none') OVER (ORDER BY x) FROM (VALUES ('a'), ('b')) t(x);
SELECT x, first_value(x) OVER (ORDER BY x), last_value(x) OVER (ORDER BY x), nth_value(x, 2) OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, last_value(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), nth_value(x, 5) OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), sum(x) OVER (ORDER BY x ROWS 2 PRECEDING) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT x, sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (2), (2), (5)) t(x);
SELECT x, sum(x) OVER (ORDER BY x RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (2), (5)) t(x);
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (2), (5)) t(x);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN interval '1 day' PRECEDING AND CURRENT ROW) FROM (VALUES (date '2024-01-01'), (date '2024-01-02'), (date '2024-01-05')) t(d);
SELECT d, sum(v) OVER (ORDER BY d RANGE BETWEEN '1 day' PRECEDING AND CURRENT ROW) FROM (VALUES (timestamp '2024-01-01 00:00:00', 1), (timestamp '2024-01-02 00:00:00', 2)) t(d, v);
SELECT g, x, sum(x) OVER w, rank() OVER w FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) t(g, x) WINDOW w AS (PARTITION BY g ORDER BY x) ORDER BY 1, 2;
SELECT g, x, sum(x) OVER (w ORDER BY x) FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) t(g, x) WINDOW w AS (PARTITION BY g) ORDER BY 1, 2;
SELECT x, sum(x) OVER (), avg(x::float8) OVER (), count(*) OVER (), max(x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) FILTER (WHERE x > 1) OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, array_agg(x) OVER (ORDER BY x), string_agg(x::text, ',') OVER (ORDER BY x) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, bool_and(x > 1) OVER (ORDER BY x DESC) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, row_number() OVER (ORDER BY x DESC NULLS LAST) FROM (VALUES (1), (NULL), (2)) t(x) ORDER BY 2;
SELECT row_number() OVER () FROM (VALUES (1), (2)) t(x);
SELECT row_number() OVER (ORDER BY count(*) DESC), g FROM (VALUES ('a'), ('b'), ('b')) t(g) GROUP BY g ORDER BY 1;
SELECT x - lag(x) OVER (ORDER BY x) FROM (VALUES (1), (4), (9)) t(x);
SELECT sum(x) OVER (ORDER BY x) / sum(x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT first_value(x) OVER (PARTITION BY g ORDER BY x DESC), g FROM (VALUES ('a', 1), ('a', 5)) t(g, x);
SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, jsonb_agg(x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x DESC RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (4)) t(x) ORDER BY x;
SELECT x, min(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM (VALUES (1), (2), (3)) t(x);

-- Offsets, defaults, numbers that are not constant; bad ones.
SELECT lag(x, NULL) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, NULL::int) OVER (ORDER BY x), lead(x, NULL) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, x - 1) OVER (ORDER BY x) FROM (VALUES (1), (2),(3)) t(x);
SELECT lead(x, 1, x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1, 1.5::float8) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1, '7') OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1, 'a') OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1, now()) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1::bigint) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1.0) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 1, NULL) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, -1, 9) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x, 100, 9) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x) OVER (PARTITION BY x % 2 ORDER BY x), x FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT lag(x::date, 1, timestamp '2020-01-01') OVER (ORDER BY x) FROM (VALUES ('2024-01-01'), ('2024-01-02')) t(x);
SELECT lag() OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT lag(x) FROM (VALUES (1), (2)) t(x);
SELECT nth_value(x, 0) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
SELECT nth_value(x, -1) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
SELECT nth_value(x, NULL) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
SELECT nth_value(x, x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (VALUES (1), (2), (3)) t(x);
SELECT ntile(0) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
SELECT ntile(-1) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
SELECT ntile(NULL) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT ntile(3) OVER (ORDER BY x) FROM (VALUES (1), (2), (3), (4), (5)) t(x);
SELECT ntile(x) OVER (ORDER BY x) FROM (VALUES (2), (2), (3)) t(x);
SELECT ntile(2.5) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT min(x) OVER (ORDER BY x), max(x) OVER (ORDER BY x) FROM (VALUES (interval '1 day'), (interval '24 hours'), (interval '1 month'), (interval '31 days')) t(x);
SELECT max(x) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1, interval '31 days'), (2, interval '1 month'), (3, interval '2 hours')) t(n, x);
SELECT bool_and(x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), bool_or(x>2) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (2), (3)) t(x);
SELECT every(x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE NO OTHERS) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP) FROM (VALUES (1), (2), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM (VALUES (1), (2), (2), (3)) t(x);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN interval '1 month' PRECEDING AND CURRENT ROW) FROM (VALUES (date '2024-01-31'), (date '2024-02-29'), (date '2024-03-30'), (date '2024-03-31')) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN interval '1 month' PRECEDING AND interval '1 day' FOLLOWING) FROM (VALUES (timestamp '2024-01-31'), (timestamp '2024-02-29'), (timestamp '2024-03-30'), (timestamp '2024-03-31')) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN '2 hours' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (timestamptz '2024-01-31 00:00Z'), (timestamptz '2024-01-31 02:00Z'), (timestamptz '2024-01-31 04:00Z')) t(d);
SELECT d, count(*) OVER (ORDER BY d DESC RANGE BETWEEN '2 hours' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (timestamptz '2024-01-31 00:00Z'), (timestamptz '2024-01-31 02:00Z'), (timestamptz '2024-01-31 04:00Z')) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN '2 hours' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (time '00:00'), (time '02:00'), (time '04:00')) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN '2 hours' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (interval '00:00'), (interval '02:00'), (interval '1 day')) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN 1.5 PRECEDING AND 0.5 FOLLOWING) FROM (VALUES (1.0), (2.5), (3.0)) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (9223372036854775807), (9223372036854775806), (NULL), (-9223372036854775808)) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (NULL), (NULL), (2)) t(d);
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1::smallint), (3::smallint), (2::smallint)) t(d);
SELECT d, count(*) OVER (ORDER BY d NULLS FIRST RANGE BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) FROM (VALUES (1), (NULL), (NULL), (2)) t(d);
SELECT x, sum(x) OVER (ORDER BY x RANGE BETWEEN -1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN NULL PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN x PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1+1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x ROWS 1 FOLLOWING) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x, y RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1, 1), (2, 1)) t(x, y);
SELECT x, sum(x) OVER (GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2)) t(x);
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (1), (2), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM (VALUES (1), (1), (2), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN -1 PRECEDING AND UNBOUNDED FOLLOWING) FROM (VALUES (1), (1), (2), (2), (3)) t(x);
SELECT x, sum(x) OVER (ORDER BY x DESC GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) FROM (VALUES (1), (1), (2), (2), (3)) t(x);
SELECT sum(x) OVER w, sum(x) OVER (w) FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x);
SELECT sum(x) OVER (w ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3)) t(x) WINDOW w AS (ORDER BY x);
SELECT sum(x) OVER w2 FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x), w2 AS (w ROWS 1 PRECEDING);
SELECT sum(x) OVER (w ORDER BY x) FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x);
SELECT sum(x) OVER (w PARTITION BY x) FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x);
SELECT sum(x) OVER (w) FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x ROWS 1 PRECEDING);
SELECT sum(x) OVER w FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x ROWS 1 PRECEDING);
SELECT sum(x) OVER (w ROWS 1 PRECEDING) FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x ROWS 1 PRECEDING);
SELECT sum(x) OVER w FROM (VALUES (1), (2)) t(x);
SELECT sum(x) OVER (nope ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT sum(x) OVER w FROM (VALUES (1), (2)) t(x) WINDOW w AS (), w AS ();
SELECT x FROM (VALUES (2), (1)) t(x) WINDOW w AS (PARTITION BY x) ORDER BY sum(x) OVER (w ORDER BY x);
SELECT x FROM (VALUES (2), (1)) t(x) WINDOW w AS (ORDER BY x DESC) ORDER BY rank() OVER w;
SELECT sum(x) OVER W FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x);
SELECT x FROM (VALUES (1), (2)) t(x) WHERE row_number() OVER () = 1;
SELECT x FROM (VALUES (1), (2)) t(x) GROUP BY x HAVING row_number() OVER () = 1;
SELECT count(*) FROM (VALUES (1), (2)) t(x) GROUP BY row_number() OVER ();
SELECT sum(sum(x) OVER ()) OVER () FROM (VALUES (1), (2)) t(x);
SELECT sum(x) OVER (PARTITION BY row_number() OVER ()) FROM (VALUES (1), (2)) t(x);
SELECT x FROM (VALUES (1), (2)) t(x) JOIN (VALUES (1)) u(y) ON row_number() OVER () = 1;
SELECT x FROM (VALUES (1), (2)) t(x) LIMIT row_number() OVER ();
SELECT row_number() FROM (VALUES (1), (2)) t(x);
SELECT rank() FROM (VALUES (1), (2)) t(x);
SELECT row_number(x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT count(DISTINCT x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT sum(DISTINCT x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT array_agg(x ORDER BY x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) OVER () FROM (VALUES (1), (2)) t(x);
SELECT sum(x) FILTER (WHERE x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), count(*) FILTER (WHERE x % 2 = 0) OVER (), array_agg(x) FILTER (WHERE x > 1) OVER (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT avg(x) FILTER (WHERE x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT string_agg(x::text, ',') FILTER (WHERE x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT min(x) FILTER (WHERE x > 1) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT first_value(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), last_value(x) OVER (ORDER BY x ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING), nth_value(x, 2) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT array_agg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT stddev(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), var_pop(x) OVER (ORDER BY x) FROM (VALUES (1::float8), (2), (3), (4)) t(x);
SELECT corr(x, x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), regr_slope(x, x*2) OVER (ORDER BY x) FROM (VALUES (1::float8), (2), (3), (4)) t(x);
SELECT bit_and(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), bit_xor(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), bit_or(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT jsonb_agg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), json_agg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT string_agg(x::text, ',') OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT max(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), min(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES ('a'), ('c'), ('b')) t(x);
SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (interval '1 day'), (interval '2 hours'), (interval '1 month')) t(x);
SELECT sum(x) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1, 1e20::float8), (2, 1), (3, 2)) t(n, x);
SELECT sum(x) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1, 'NaN'::float8), (2, 1), (3, 2), (4, 'inf'), (5, 1), (6,2)) t(n, x);
SELECT sum(x) OVER (ORDER BY x), sum(x) OVER (ORDER BY x DESC), rank() OVER (ORDER BY x DESC) FROM (VALUES (1), (2), (2)) t(x) ORDER BY x;
SELECT x, count(*) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 2 PRECEDING), sum(x) OVER (ORDER BY x ROWS BETWEEN 2 FOLLOWING AND 1 FOLLOWING), first_value(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND 2 PRECEDING) FROM (VALUES (1), (2), (3)) t(x);
SELECT x, sum(x) OVER (w ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW), first_value(x) OVER (w GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP), last_value(x) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES), nth_value(x, 2) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM (VALUES (1), (2), (2), (3)) t(x) WINDOW w AS (ORDER BY x);
SELECT x, count(*) OVER (PARTITION BY x % 2 ORDER BY x RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE GROUP), count(*) FILTER (WHERE x > 1) OVER w FROM (VALUES (1), (2), (2), (3), (4)) t(x) WINDOW w AS (ORDER BY x ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES) ORDER BY 1;
SELECT x, (SELECT sum(y) OVER (w) FROM (VALUES (1)) u(y) WINDOW w AS (ORDER BY y)), sum(x) OVER w FROM (VALUES (1), (2)) t(x) WINDOW w AS (ORDER BY x DESC) ORDER BY 1;
SELECT x, sum(x) OVER (ORDER BY x EXCLUDE TIES) FROM (VALUES (1), (2)) t(x);

-- Known differences.
-- differs: a column has one scale
SELECT lag(x, 1, 0.5) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: the number is taken as days
SELECT x, sum(1) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (date '2024-01-01')) t(x);
-- differs: OVER of a plain function is passed over
SELECT abs(x) OVER () FROM (VALUES (1), (2)) t(x);
-- differs: the types of the arguments are not told
SELECT nosuch(x) OVER () FROM (VALUES (1), (2)) t(x);
-- differs: the engine has it
SELECT first_value(x) IGNORE NULLS OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: no place in the text
SELECT x, sum(1) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES ('a'), ('b')) t(x);
-- differs: no place in the text
SELECT sum(row_number() OVER ()) FROM (VALUES (1), (2)) t(x);
-- differs: no place in the text
SELECT rank() FILTER (WHERE true) OVER () FROM (VALUES (1), (2)) t(x);
-- differs: no place in the text
SELECT sum(x) FILTER (WHERE 1) OVER () FROM (VALUES (1), (2)) t(x);
-- differs: such a range is not supported
SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 2 PRECEDING) FROM (VALUES (1), (2)) t(x);
