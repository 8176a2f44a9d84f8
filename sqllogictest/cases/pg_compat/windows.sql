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

-- Known differences.
-- differs: EXCLUDE is missing
SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM (VALUES (1), (2)) t(x);
-- differs: the offset is a constant
SELECT lag(x, x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: the default is a constant
SELECT lead(x, 1, x) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: the default is cast to the type of the values
SELECT lag(x, 1, 0.5) OVER (ORDER BY x) FROM (VALUES (1), (2)) t(x);
-- differs: no row has that number
SELECT nth_value(x, 0) OVER (ORDER BY x) FROM (VALUES (1)) t(x);
