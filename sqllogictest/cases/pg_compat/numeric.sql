-- Digits of numerics: quotients, averages, and what is cast to numeric.

SELECT avg(x) FROM (VALUES (1),(2),(4)) t(x);
SELECT avg(x) FROM (VALUES (1::bigint),(2),(4)) t(x);
SELECT avg(x) FROM (VALUES (1.5),(2.25),(4)) t(x);
SELECT avg(x), sum(x), count(x), avg(x) FROM (VALUES (1),(2),(NULL)) t(x);
SELECT avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1),(2),(4)) t(x);
SELECT avg(DISTINCT x) FROM (VALUES (1),(1),(4)) t(x);
SELECT avg(x) FILTER (WHERE x > 1) FROM (VALUES (1),(1),(4)) t(x);
SELECT x%2, avg(x) FROM generate_series(1,10) t(x) GROUP BY x%2 ORDER BY 1;
SELECT x%2, avg(x) FROM generate_series(1,10) t(x) GROUP BY GROUPING SETS ((x%2), ()) ORDER BY 1, 2;
SELECT grouping(x%2), avg(x) FROM generate_series(1,10) t(x) GROUP BY ROLLUP (x%2) ORDER BY 1, 2;
SELECT x%2, avg(x) FROM generate_series(1,10) t(x) GROUP BY x%2 HAVING avg(x) > 5 ORDER BY avg(x) DESC;
SELECT round(avg(x), 2) FROM generate_series(1,10) t(x);
SELECT round(avg(x)) FROM generate_series(1,10) t(x);
SELECT avg(x)::int FROM generate_series(1,10) t(x);
SELECT avg(x)::float8 FROM generate_series(1,10) t(x);
SELECT avg(x)::text FROM generate_series(1,10) t(x);
SELECT avg(x) || 'a' FROM generate_series(1,10) t(x);
SELECT avg(x)::numeric(10,2) FROM generate_series(1,10) t(x);
SELECT coalesce(avg(x), 1.5) FROM generate_series(1,10) t(x);
SELECT avg(x) + 1 FROM generate_series(1,10) t(x);
SELECT avg(x) * 2 FROM generate_series(1,10) t(x);
-- differs: a product of quotients shows the digits of a quotient
SELECT avg(x) * avg(x) FROM generate_series(1,10) t(x);
SELECT avg(x) / 3 FROM generate_series(1,10) t(x);
-- differs: sqrt is a float
SELECT sqrt(avg(x)) FROM generate_series(1,10) t(x);
SELECT abs(avg(x) - 3) FROM generate_series(1,10) t(x);
SELECT -avg(x) FROM generate_series(1,10) t(x);
-- differs: nothing shows the digits of a quotient
SELECT avg(x) - avg(x) FROM generate_series(1,10) t(x);
SELECT avg(x) % 2 FROM generate_series(1,10) t(x);
SELECT greatest(avg(x), 2) FROM generate_series(1,10) t(x);
SELECT CASE WHEN avg(x) > 2 THEN avg(x) ELSE 0 END FROM generate_series(1,10) t(x);
SELECT avg(x) = 5.5, avg(x) > 5, avg(x) BETWEEN 5 AND 6, avg(x) IN (5.5, 6) FROM generate_series(1,10) t(x);
SELECT max(a), min(a), sum(a), avg(a) FROM (SELECT x%3 g, avg(x) a FROM generate_series(1,10) t(x) GROUP BY 1) t;
SELECT sum(avg(x)) OVER () FROM generate_series(1,10) t(x);
SELECT y, (SELECT avg(x) FROM (VALUES (1),(2),(3)) t(x) WHERE x = o.y) FROM (VALUES (1),(5)) o(y) ORDER BY 1;
SELECT 1.0/3, 10.0/3, 100.0*3/7, 1/3.0, 2::numeric/3;
SELECT 1.0*3/1000000, 1.0/3*3, 7::numeric/2, 0.0/5, 1.0/1;
SELECT 1/0.0;
SELECT 1.5::numeric/0;
SELECT NULL/1.5;
SELECT count(*)*1.0/7 FROM generate_series(1,10);
SELECT 100.0*count(*) FILTER (WHERE x>3)/count(*) FROM generate_series(1,10) t(x);
SELECT round(100.0*count(*) FILTER (WHERE x>3)/count(*), 1) FROM generate_series(1,10) t(x);
SELECT '1e5'::numeric, '1.50'::numeric, 1.5::float8::numeric, 0.1::float4::numeric, (1.0::float8/3)::numeric;
-- differs: a column has no digits of its own for each value
SELECT x::numeric FROM (VALUES ('1.50'),('1e3')) t(x);
SELECT 'abc'::numeric;
-- differs: a column has no digits of its own for each value
SELECT x::numeric * 2, x::numeric + 1.5, x::numeric / 2 FROM (VALUES ('1.25'),('3')) t(x);
SELECT 1.5::real + 1, 1.5::real * 2.5, 1.1::real = 1.1, 1.5::real + 1::bigint, 1.5::real+1.5::real;
SELECT avg(x::real), avg(x::float8) FROM (VALUES (1.5),(2)) t(x);
-- differs: pg_typeof is a text
SELECT pg_typeof(avg(x)), pg_typeof(avg(x::real)) FROM (VALUES (1)) t(x);
SELECT 12345678901234567890123456789012345678::numeric / 3;
SELECT array_agg(a) FROM (SELECT avg(x) a FROM generate_series(1,10) t(x)) t;
SELECT a FROM (SELECT avg(x) a FROM generate_series(1,10) t(x)) t WHERE a = 5.5;
SELECT a, count(*) FROM (SELECT x%2, avg(x) a FROM generate_series(1,10) t(x) GROUP BY 1) t GROUP BY a ORDER BY a;
SELECT DISTINCT x/2.0 FROM generate_series(1,4) t(x) ORDER BY 1;
SELECT avg(x) FROM generate_series(1,0) t(x);
SELECT avg(x) AS a, avg(x+1) AS b FROM generate_series(1,10) t(x) ORDER BY avg(x) LIMIT 1;
SELECT ceil(avg(x)), floor(avg(x)), trunc(avg(x),1) FROM generate_series(1,10) t(x);
SELECT INTERVAL '1 second' * avg(x) FROM generate_series(1,10) t(x);
SELECT avg(x) UNION ALL SELECT 1 FROM generate_series(1,10) t(x);
SELECT avg(x) FILTER (WHERE x > 100) FROM generate_series(1,10) t(x);
-- differs: which digits a quotient shows follows from its value
SELECT avg(1), avg(1.5), avg(NULL::int);
SELECT 5.0 / 2 AS q, 5 / 2 AS i, 5 / 2.5 AS d;
SELECT lag(avg(x)) OVER (ORDER BY x%2) FROM generate_series(1,10) t(x) GROUP BY x%2;
SELECT sum(x::real), sum(x::float8), sum(x::int) FROM (VALUES (1.5),(2)) t(x);
-- differs: a column has no digits of its own for each value
SELECT x::int, x::text, count(*) FROM (VALUES (1.5),(2)) t(x) GROUP BY x::int, x::text;
SELECT sum(x::int) OVER (PARTITION BY x::text), sum(x::int) OVER (PARTITION BY x::int) FROM (VALUES (1.5),(2)) t(x);
SELECT x::int a, x::real b FROM (VALUES (1.5),(2)) t(x) ORDER BY x::int, x::real;
SELECT DISTINCT ON (x::int) x FROM (VALUES (1.5),(2)) t(x) ORDER BY x::int, x;
SELECT * FROM generate_series('2026-01-01'::timestamp, '2026-01-02'::timestamp, '12 hours'::interval);
