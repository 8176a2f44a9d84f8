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

-- Known differences.
-- differs: of integers double precision, and the last digit may be another
SELECT stddev(x), variance(x) FROM (VALUES (1), (2), (4)) t(x);
-- differs: the engine knows more types
SELECT max(x) FROM (VALUES (true)) t(x);
-- differs: the delimiter is a constant
SELECT string_agg(x, x) FROM (VALUES ('a'), ('b')) t(x);
-- differs: hypothetical aggregates are missing
SELECT rank(2) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: only of numbers
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (interval '1 hour'), (interval '2 hours')) t(x);
-- differs: comes with PostgreSQL 16
SELECT any_value(x) FROM (VALUES (1)) t(x);
