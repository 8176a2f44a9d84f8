-- Aggregates: chapter 9.21.

SELECT array_agg(x) FROM (SELECT 1 AS x WHERE false) t;
SELECT array_agg(a) FROM (VALUES (ARRAY[1,2]), (ARRAY[3,4])) t(a);
SELECT bit_and(x), bit_or(x), bit_xor(x) FROM (VALUES (12), (10), (NULL)) t(x);
SELECT bit_and(x::smallint), bit_or(x::bigint) FROM (VALUES (12), (10)) t(x);
SELECT bit_and(x) FROM (SELECT 1 AS x WHERE false) t;
SELECT bool_and(x), bool_or(x), every(x) FROM (VALUES (true), (NULL), (false)) t(x);
SELECT bool_and(x), bool_or(x) FROM (VALUES (NULL::bool)) t(x);
SELECT count(*), count(x), count(DISTINCT x) FROM (VALUES (1), (1), (NULL)) t(x);
SELECT count(DISTINCT (a, b)) FROM (VALUES (1, 2), (1, 2), (1, 3)) t(a, b);
SELECT max(x), min(x) FROM (VALUES ('b'), ('a'), (NULL)) t(x);
SELECT max(x), min(x) FROM (VALUES (date '2024-01-01'), (date '2023-01-01')) t(x);
SELECT max(x), min(x) FROM (VALUES ('NaN'::float8), (1), ('-inf')) t(x);
SELECT sum(x) FROM (VALUES (interval '1 day'), (interval '2 hours')) t(x);
SELECT sum(DISTINCT x), avg(DISTINCT x::float8) FROM (VALUES (1), (1), (3)) t(x);
SELECT string_agg(x, NULL), string_agg(x, '') FROM (VALUES ('a'), ('b')) t(x);
SELECT string_agg(x::text, ',') FROM (VALUES (1), (2)) t(x);
SELECT string_agg(x, ',') FROM (SELECT 'a' AS x WHERE false) t;
SELECT corr(y, x) FROM (VALUES (1, 2), (2, 3)) t(x, y);
SELECT stddev(x), var_pop(x), variance(x) FROM (VALUES (1.0::float8)) t(x);
SELECT mode() WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (2), (3), (3)) t(x);
SELECT mode() WITHIN GROUP (ORDER BY x) FROM (VALUES ('a'), ('b'), ('b'), (NULL)) t(x);
SELECT mode() WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (1), (2)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY x), percentile_cont(0) WITHIN GROUP (ORDER BY x), percentile_cont(1) WITHIN GROUP (ORDER BY x) FROM (VALUES (1.0::float8), (2), (3), (10)) t(x);
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x), percentile_disc(0.9) WITHIN GROUP (ORDER BY x), percentile_disc(0) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES ('a'), ('b'), ('c')) t(x);
SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1.0::float8), (2), (3), (4)) t(x);
SELECT percentile_disc(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (1), (2), (10)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (SELECT 1 AS x WHERE false) t;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (4)) t(x);
SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY x), percentile_disc(0.5) WITHIN GROUP (ORDER BY x), mode() WITHIN GROUP (ORDER BY x) FROM (VALUES ('a', 1), ('a', 2), ('b', 5), ('b', NULL)) t(g, x) GROUP BY g ORDER BY g;
SELECT sum(x) FILTER (WHERE x > 1), count(*) FILTER (WHERE false) FROM (VALUES (1), (2)) t(x);
SELECT g, sum(x), string_agg(x::text, '+' ORDER BY x) FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) t(g, x) GROUP BY g ORDER BY g;
SELECT sum(sum(x)) OVER () FROM (VALUES ('a', 1), ('b', 2)) t(g, x) GROUP BY g;
SELECT g, sum(x) FROM (VALUES ('a', 1)) t(g, x);
SELECT grouping(g), g, sum(x) FROM (VALUES ('a', 1), ('b', 2)) t(g, x) GROUP BY ROLLUP (g) ORDER BY 1, 2;
SELECT a, b, count(*) FROM (VALUES (1, 2), (1, 3)) t(a, b) GROUP BY CUBE (a, b) ORDER BY 1 NULLS LAST, 2 NULLS LAST;
SELECT max(x), min(x), count(*) FROM (SELECT 1 AS x WHERE false) t;
SELECT bool_and(x) FROM (VALUES (1)) t(x);
SELECT avg(x) FROM (VALUES (true)) t(x);
SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) t(x);
SELECT sum(x) FROM (VALUES (2147483647), (1)) t(x);
SELECT min(ARRAY[x]), max(x::text) FROM (VALUES (1), (2)) t(x);
SELECT count(*) AS c FROM (VALUES (1)) t(x) HAVING count(*) > 5;
SELECT sum(x) + 1, max(x) * 2.5, count(*) / 2 FROM (VALUES (1), (2), (3)) t(x);
SELECT string_agg(DISTINCT x, ',') FROM (VALUES ('b'), ('a'), ('b')) t(x);
SELECT string_agg(x, ',' ORDER BY y DESC, x) FROM (VALUES ('b', 1), ('a', 1), ('c', 2)) t(x, y);
SELECT bit_xor(x) FROM (VALUES (5), (3)) t(x);
SELECT max(DISTINCT x), count(DISTINCT x) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (2)) t(x);
SELECT variance(x), stddev(x) FROM (VALUES (NULL::float8)) t(x);
SELECT covar_samp(x, x), corr(x, x), regr_slope(x, x) FROM (VALUES (1.0::float8)) t(x);

-- Statistics, ordered and hypothetical sets, grouping sets, intervals.
SELECT stddev(x), variance(x), var_pop(x), var_samp(x), stddev_pop(x), stddev_samp(x) FROM (VALUES (1), (2), (4)) t(x);
SELECT stddev(x), variance(x), var_pop(x), stddev_pop(x) FROM (VALUES (1::float8)) t(x);
SELECT stddev(x), variance(x), var_pop(x), stddev_pop(x) FROM (VALUES (1.5::real), (2.7::real), (3.1::real)) t(x);
SELECT var_pop(x), var_samp(x) FROM (VALUES (1e300::float8), (-1e300::float8)) t(x);
SELECT var_pop(x) FROM (VALUES ('inf'::float8), (1::float8)) t(x);
SELECT regr_count(y, x), regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x), regr_avgx(y, x), regr_avgy(y, x), regr_sxx(y, x), regr_syy(y, x), regr_sxy(y, x), corr(y, x), covar_pop(y, x), covar_samp(y, x) FROM (VALUES (1::float8, 2::float8), (2, 3), (4, 9), (NULL, 1), (5, NULL), (7, 7)) t(x, y);
SELECT regr_count(y, x), regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x), corr(y, x) FROM (VALUES (1::float8, 2::float8), (1, 3)) t(x, y);
SELECT regr_count(y, x), regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x), corr(y, x) FROM (VALUES (1::float8, 2::float8), (5, 2)) t(x, y);
SELECT regr_slope(y, x), covar_pop(y, x), covar_samp(y, x), regr_avgx(y, x) FROM (VALUES (1, 2)) t(x, y);
SELECT regr_count(y, x) FROM (SELECT 1 x, 2 y WHERE false) t;
SELECT corr(y, x), covar_pop(y, x) FROM (VALUES (1, 2), (3, 5)) t(x, y);
SELECT bit_and(x), bit_or(x), bit_xor(x) FROM (VALUES (7), (3), (NULL)) t(x);
SELECT bit_and(x) FROM (VALUES (1.5)) t(x);
SELECT bool_and(x), bool_or(x), every(x) FROM (VALUES (true), (false), (NULL)) t(x);
SELECT string_agg(x, '\xff'::bytea ORDER BY x DESC) FROM (VALUES ('\x01'::bytea), ('\x02'::bytea)) t(x);
SELECT string_agg(x, d) FROM (VALUES ('a', ','), ('b', ';'), ('c', '-')) t(x, d);
SELECT string_agg(x, x ORDER BY x DESC) FROM (VALUES ('a'), ('b')) t(x);
SELECT string_agg(x, ',' ORDER BY x) FILTER (WHERE x <> 'b') FROM (VALUES ('a'), ('b'), ('c'), (NULL)) t(x);
SELECT string_agg(DISTINCT x, ',' ORDER BY x DESC) FROM (VALUES ('a'), ('b'), ('a')) t(x);
SELECT array_agg(x ORDER BY x DESC), array_agg(DISTINCT x ORDER BY x DESC), array_agg(x) FILTER (WHERE x > 1), array_agg(x ORDER BY y, x DESC) FROM (VALUES (1, 1), (2, 1), (2, 2), (NULL, 3)) t(x, y);
SELECT array_agg(x ORDER BY x NULLS FIRST), array_agg(DISTINCT x) FROM (VALUES (1), (2), (2), (NULL)) t(x);
SELECT mode() WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (2), (NULL), (NULL), (NULL)) t(x);
SELECT mode() WITHIN GROUP (ORDER BY x DESC) FROM (VALUES ('a'), ('b'), ('b'), ('a')) t(x);
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day'), (interval '2 days'), (interval '1 month')) t(x);
SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT percentile_disc(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT percentile_cont(-0.1) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT percentile_cont(NULL) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1.5), (2.5)) t(x);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (NULL::int)) t(x);
SELECT percentile_cont(g / 10.0) WITHIN GROUP (ORDER BY x) FROM (VALUES (1, 5), (2, 5)) t(x, g) GROUP BY g;
SELECT rank(3) WITHIN GROUP (ORDER BY x), dense_rank(3) WITHIN GROUP (ORDER BY x), percent_rank(3) WITHIN GROUP (ORDER BY x), cume_dist(3) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (2), (3), (5)) t(x);
SELECT rank(3) WITHIN GROUP (ORDER BY x DESC), dense_rank(3) WITHIN GROUP (ORDER BY x DESC), percent_rank(3) WITHIN GROUP (ORDER BY x DESC), cume_dist(3) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (1), (2), (2), (3), (5), (NULL)) t(x);
SELECT rank(NULL) WITHIN GROUP (ORDER BY x), cume_dist(NULL) WITHIN GROUP (ORDER BY x NULLS FIRST) FROM (VALUES (1), (2), (NULL)) t(x);
SELECT rank(2, 'b') WITHIN GROUP (ORDER BY x, y DESC), dense_rank(2, 'b') WITHIN GROUP (ORDER BY x, y DESC) FROM (VALUES (1, 'a'), (2, 'c'), (2, 'c'), (2, 'a')) t(x, y);
SELECT g, rank(3) WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 1), cume_dist(g) WITHIN GROUP (ORDER BY x) FROM (VALUES (1, 1), (1, 2), (2, 2)) t(g, x) GROUP BY g ORDER BY g;
SELECT rank(3) WITHIN GROUP (ORDER BY x), percent_rank(3) WITHIN GROUP (ORDER BY x), cume_dist(3) WITHIN GROUP (ORDER BY x), dense_rank(3) WITHIN GROUP (ORDER BY x) FROM (SELECT 1 x WHERE false) t;
SELECT rank(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT rank('x') WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
SELECT json_object_agg(k, v) FROM (VALUES ('a', 1), (NULL, 2)) t(k, v);
SELECT jsonb_object_agg(k, v) FROM (VALUES ('a', 1), (NULL, 2)) t(k, v);
SELECT jsonb_object_agg(k, v), json_object_agg(k, v) FROM (VALUES ('a', 1), ('a', 2), ('b', NULL)) t(k, v);
SELECT json_agg(x ORDER BY x DESC), jsonb_agg(DISTINCT x), jsonb_agg(x) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (2), (NULL)) t(x);
SELECT a, b, grouping(a), grouping(b), grouping(a, b), count(*) FROM (VALUES (1, 'x'), (1, 'y'), (2, 'x')) t(a, b) GROUP BY ROLLUP (a, b) ORDER BY 1, 2;
SELECT a + 1, lower(b), count(*) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP (a + 1, lower(b)) ORDER BY 1, 2;
SELECT a + 1, grouping(a + 1), count(*) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP (a + 1) ORDER BY 1, 2;
SELECT a + 1, count(*) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY CUBE (a + 1, b) ORDER BY 1, 2;
SELECT a % 2, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY GROUPING SETS ((a % 2), (b), ()) ORDER BY 1, 2;
SELECT a, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY a, ROLLUP (b) ORDER BY 1, 2;
SELECT a, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP (a), ROLLUP (b) ORDER BY 1, 2;
SELECT a, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY GROUPING SETS (ROLLUP (a, b), (b)) ORDER BY 1, 2;
SELECT a, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP ((a, b)) ORDER BY 1, 2;
SELECT a, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY GROUPING SETS ((a, b), (a), ()) HAVING sum(a) > 1 ORDER BY 1, 2;
SELECT a AS z, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP (1, 2) ORDER BY 1, 2;
SELECT a AS z, b, sum(a) FROM (VALUES (1, 'X'), (1, 'Y'), (2, 'X')) t(a, b) GROUP BY ROLLUP (z, b) ORDER BY 1, 2;
SELECT count(*) FROM (VALUES (1)) t(a) GROUP BY ();
SELECT count(*) FROM (SELECT 1 a WHERE false) t GROUP BY GROUPING SETS ((), ());
SELECT a, count(*) FROM (VALUES (1), (NULL)) t(a) GROUP BY ROLLUP (a) ORDER BY grouping(a), 1;
SELECT date_trunc('month', d), count(*) FROM (VALUES (timestamp '2024-01-05'), (timestamp '2024-02-07')) t(d) GROUP BY ROLLUP (date_trunc('month', d)) ORDER BY 1;
SELECT a, count(*) FROM (VALUES (interval '1 day'), (interval '24 hours'), (interval '2 days')) t(a) GROUP BY a ORDER BY a;
SELECT DISTINCT a FROM (VALUES (interval '24 hours'), (interval '1 day'), (interval '2 days')) t(a) ORDER BY a;
SELECT a, b, count(*) FROM (VALUES (interval '24 hours', 1), (interval '1 day', 1), (interval '2 days', 1)) t(a, b) GROUP BY a, b ORDER BY a;
SELECT count(DISTINCT a) FROM (VALUES (interval '24 hours'), (interval '1 day'), (interval '2 days')) t(a);
SELECT count(*) FROM (SELECT interval '1 day' UNION SELECT interval '24 hours') t;
SELECT sum(x) OVER (PARTITION BY a) FROM (VALUES (interval '24 hours', 1), (interval '1 day', 2), (interval '2 days', 4)) t(a, x) ORDER BY 1;
SELECT sum(x), avg(x) FROM (VALUES ('inf'::float8), ('-inf'::float8)) t(x);
SELECT sum(x), avg(x), min(x), max(x) FROM (VALUES ('NaN'::float8), (1::float8)) t(x);
SELECT avg(x::smallint), sum(x::smallint), sum(x::real), avg(x::real) FROM (VALUES (1), (2)) t(x);
SELECT max(x) FROM (VALUES (ARRAY[1,2]), (ARRAY[3])) t(x);
SELECT min(x), max(x) FROM (VALUES (time '01:00'), (time '02:00')) t(x);
SELECT array_agg(x ORDER BY x DESC), array_agg(DISTINCT x) FROM (VALUES (1), (2), (2), (NULL)) t(x);
SELECT json_agg(x ORDER BY x DESC), jsonb_agg(DISTINCT x) FROM (VALUES (1), (2), (2), (NULL)) t(x);
SELECT json_agg(x ORDER BY x DESC), jsonb_agg(DISTINCT x ORDER BY x DESC), string_agg(DISTINCT x::text, ',' ORDER BY x::text DESC), string_agg(x::text, ',' ORDER BY x) FROM (VALUES (1), (2), (2), (NULL)) t(x);
SELECT array_agg(DISTINCT x ORDER BY x DESC NULLS LAST), array_agg(DISTINCT x ORDER BY x NULLS FIRST), array_agg(y ORDER BY x) FROM (VALUES (1, 'a'), (2, 'b'), (2, 'c'), (NULL, 'd')) t(x, y);
SELECT array_agg(x ORDER BY x DESC), array_agg(y ORDER BY x, y DESC), array_agg(x) FROM (VALUES (1, 'a'), (2, 'b'), (2, 'c'), (NULL, 'd')) t(x, y);
SELECT json_agg(DISTINCT x), jsonb_agg(x ORDER BY y DESC) FROM (VALUES ('q', 'a'), ('r', 'b'), ('q', 'c'), (NULL, 'd')) t(x, y);
SELECT g, array_agg(DISTINCT x ORDER BY x DESC), array_agg(x ORDER BY x) FROM (VALUES (1, 2), (1, 1), (2, 5), (1, 2)) t(g, x) GROUP BY g ORDER BY g;
SELECT rank(2, 'b') WITHIN GROUP (ORDER BY x, y DESC), dense_rank(2, 'b') WITHIN GROUP (ORDER BY x, y DESC) FROM (VALUES (1, 'a'), (2, 'c'), (2, 'c'), (2, 'a')) t(x, y);
SELECT string_agg(x, '\xff'::bytea) FROM (VALUES ('\x01'::bytea), ('\x02'::bytea), (NULL::bytea)) t(x);
SELECT percentile_cont(x / 10.0) WITHIN GROUP (ORDER BY y) FROM (VALUES (5, interval '1 hour'), (5, interval '2 hours')) t(x, y) GROUP BY x;
SELECT stddev(x), variance(x), stddev_pop(x) FROM (VALUES (0.001), (0.002), (0.00004)) t(x);
SELECT stddev(NULL), variance('1');
SELECT stddev(DISTINCT x), var_samp(x) FILTER (WHERE x > 1), var_pop(DISTINCT x::float8) FROM (VALUES (1), (1), (2), (5)) t(x);
SELECT x % 3, round(stddev(x), 10), var_pop(x::float8), regr_slope(x, x * 2) FROM generate_series(1, 1000) x GROUP BY 1 ORDER BY 1;

-- Known differences.
-- differs: the engine knows more types
SELECT max(x) FROM (VALUES (true)) t(x);
-- differs: only of numbers
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 hour'), (interval '2 hours')) t(x);
-- differs: comes with PostgreSQL 16
SELECT any_value(x) FROM (VALUES (1)) t(x);
SELECT stddev(x), variance(x), var_pop(x), var_samp(x), stddev_pop(x), stddev_samp(x) FROM (VALUES (1::bigint), (20000000000), (4)) t(x);
-- differs: nothing shows zeros behind
SELECT stddev(x), variance(x), var_pop(x) FROM (VALUES (1.5), (1.5)) t(x);
-- differs: nothing shows zeros behind
SELECT stddev(x), variance(x), var_pop(x), stddev_pop(x) FROM (VALUES (1)) t(x);
-- differs: the engine casts the value
SELECT string_agg(x, ',') FROM (VALUES (1)) t(x);
-- differs: only of numbers, but for computed fractions
SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day'), (interval '2 days'), (interval '1 month')) t(x);
-- differs: only of numbers
SELECT percentile_cont(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 day'), (interval '2 days'), (interval '1 month')) t(x);
-- differs: is real
SELECT percentile_cont(0.3) WITHIN GROUP (ORDER BY x) FROM (VALUES (1::real), (2::real)) t(x);
-- differs: the types are told in another order
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES ('a'), ('b')) t(x);
-- differs: the number of arguments is not told
SELECT rank() WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: the number of arguments is not told
SELECT rank(1, 2) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: the engine's words
SELECT sum(x) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: ranges are missing
SELECT range_agg(x) FROM (VALUES (1)) t(x);
-- differs: a literal of VALUES has no type yet
SELECT sum(x) FROM (VALUES ('a')) t(x);
-- differs: counts rows where both are there
SELECT count(x, y) FROM (VALUES (1, 2)) t(x, y);
-- differs: the engine's words
SELECT sum(*) FROM (VALUES (1)) t(x);
-- differs: counts rows
SELECT count() FROM (VALUES (1)) t(x);
-- differs: the engine's words
SELECT x FROM (VALUES (1)) t(x) GROUP BY sum(x);
-- differs: the column is not told
SELECT x FROM (VALUES (1)) t(x) HAVING x > 0;
-- differs: the engine knows more types
SELECT min(x), max(x) FROM (VALUES ('\x01'::bytea), ('\x02'::bytea)) t(x);
-- differs: the place in the text
SELECT string_agg(DISTINCT x, ',' ORDER BY length(x)) FROM (VALUES ('a'), ('b'), ('a')) t(x);
-- differs: the place in the text
SELECT array_agg(DISTINCT x ORDER BY y) FROM (VALUES (1, 1), (2, 1)) t(x, y);
-- differs: the place in the text
SELECT grouping(a) FROM (VALUES (1)) t(a);
-- differs: the place in the text
SELECT grouping(b) FROM (VALUES (1, 2)) t(a, b) GROUP BY a;
-- differs: the place in the text
SELECT sum(x) FROM (VALUES (1)) t(x) WHERE sum(x) > 1;
-- differs: the place in the text
SELECT sum(sum(x)) FROM (VALUES (1)) t(x);
-- differs: the deviation shows no zeros behind
SELECT stddev(x), variance(x), var_pop(x), var_samp(x), stddev_pop(x), stddev_samp(x) FROM (VALUES (1.5), (2.25), (4)) t(x);
-- differs: the deviation shows no zeros behind
SELECT var_pop(x::smallint), stddev(x::smallint) FROM (VALUES (3), (7), (11)) t(x);
-- differs: the deviation shows no zeros behind
SELECT stddev(x) OVER (ORDER BY x ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM generate_series(1, 6) x;
-- differs: grouping sets are of what is compared as it is carried
SELECT x, grouping(x), count(*) FROM (VALUES (interval '1 day'), (interval '24 hours')) a(x) GROUP BY ROLLUP (x) ORDER BY 2;
-- differs: no place in the text
SELECT x FROM (VALUES ('1'::json)) t(x) GROUP BY x;
SELECT x, count(*) FROM (VALUES ('{"a":1}'::jsonb), ('{"a":1.0}'::jsonb), ('2'::jsonb)) t(x) GROUP BY x ORDER BY x;
SELECT a.x FROM (VALUES (interval '1 day')) a(x) JOIN (VALUES (interval '24 hours')) b(x) USING (x);
SELECT x FROM (VALUES (interval '1 day')) a(x) EXCEPT SELECT x FROM (VALUES (interval '24 hours')) a(x);
SELECT DISTINCT ON (x) x, y FROM (VALUES (interval '1 day', 1), (interval '24 hours', 2)) a(x, y) ORDER BY x, y;
SELECT percentile_disc(ARRAY[0.25, NULL, 1]) WITHIN GROUP (ORDER BY x) FROM (VALUES (10), (20), (40)) v(x);
SELECT id, (SELECT regr_count(w, w) FROM (VALUES (1.0, 1)) b(w, aid) WHERE aid > a.id + 3) FROM (VALUES (1), (-5)) a(id) ORDER BY id;
