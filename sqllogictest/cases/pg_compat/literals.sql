-- Text literals beside what is typed, stars beside columns, and functions that return rows.

SELECT '1' + 1;
SELECT 1 + '1';
SELECT 'a' + 1;
SELECT '1.5' + 1;
-- differs: what is read shows no zeros at its end
SELECT '1.5' * 2.0;
SELECT '5' / 2;
SELECT 2 - '1';
SELECT '5' % 3;
SELECT 1 = '1', 1 < '2', '10' > 9;
SELECT 1 = 'a';
SELECT 1.5 = '1.50';
SELECT x = '1' FROM (VALUES (1),(2)) t(x);
SELECT x > '10' FROM (VALUES (2),(11)) t(x);
SELECT x IN ('1','2') FROM (VALUES (1),(3)) t(x);
SELECT x BETWEEN '1' AND '2' FROM (VALUES (1),(3)) t(x);
SELECT x = 'abc' FROM (VALUES (1),(3)) t(x);
SELECT CASE WHEN TRUE THEN 1 ELSE '2' END;
SELECT coalesce(NULL, '5', 1);
SELECT coalesce(1, 'x');
SELECT greatest(1, '5');
SELECT nullif(1, '1');
SELECT 1 UNION ALL SELECT '2';
SELECT '2' UNION ALL SELECT 1;
SELECT 1 UNION SELECT 'x';
SELECT NULL UNION ALL SELECT 1;
SELECT '2026-01-01' UNION ALL SELECT DATE '2026-01-02' ORDER BY 1;
SELECT DATE '2026-01-01' = '2026-01-01', DATE '2026-01-01' < '2026-02-01';
SELECT DATE '2026-01-03' - '2026-01-01';
-- differs: the place is not told
SELECT DATE '2026-01-03' + '1';
SELECT TIMESTAMP '2026-01-03' - '1 day';
SELECT TIMESTAMP '2026-01-03' + '1 day';
SELECT '1 day' + TIMESTAMP '2026-01-03';
SELECT TIMESTAMP '2026-01-03' - TIMESTAMP '2026-01-01';
SELECT TIMESTAMP '2026-01-03' = '2026-01-03', TIMESTAMPTZ '2026-01-03' > '2026-01-02';
SELECT INTERVAL '1 day' + '2 hours', INTERVAL '1 day' > '2 hours';
SELECT '1 day'::interval * '2';
SELECT ARRAY[1,2] = '{1,2}';
SELECT '{1,2}'::int[] || 3;
SELECT ARRAY[1, '2'];
SELECT 'a' || 1, 1 || 'a', 'a' || 1.5, 'a' || TRUE, 'a' || NULL;
SELECT 'a' = 'b', 'a' < 'b';
SELECT '5'::int + '6';
SELECT * FROM (VALUES (1),('2')) t(x);
SELECT * FROM (VALUES ('1'),(2)) t(x);
SELECT x + '1' FROM (VALUES (1),(2)) t(x);
SELECT x::text = 'a' FROM (VALUES (1)) t(x);
SELECT x || 1 FROM (VALUES ('a')) t(x);
-- differs: the place is not told
SELECT '1' = 1::bigint, '1'::text = 1;
-- differs: the place is not told
SELECT 'abc'::text + 1;
SELECT 3 IN (1, '3');
SELECT uuid '00000000-0000-0000-0000-000000000001' = '00000000-0000-0000-0000-000000000001';
SELECT '{"a":1}'::jsonb -> 'a', '{"a":1}'::jsonb = '{"a": 1}';
SELECT a.x FROM (SELECT 'a' AS x) a WHERE x = 'a';
-- differs: the place is that of the expression
SELECT x + 1 FROM (SELECT '1' AS x) a;
SELECT id, * FROM (VALUES (1,2)) t(id, b);
SELECT count(*), t.* FROM (VALUES (1,2)) t(id, b) GROUP BY id, b;
SELECT t.*, id AS id FROM (VALUES (1,2)) t(id, b);
SELECT 1 AS a, 2 AS a;
SELECT a, a FROM (SELECT 1 AS a) t;
SELECT t.a, u.a, * FROM (SELECT 1 AS a) t, (SELECT 2 AS a) u;
SELECT * FROM generate_series(1,3);
SELECT generate_series FROM generate_series(1,3);
SELECT x FROM generate_series(1,3) x;
SELECT x FROM generate_series(1,3) AS x WHERE x > 1;
SELECT x.y FROM generate_series(1,3) AS x(y);
-- differs: a series in a select list is of bigint
SELECT generate_series(1,3);
SELECT * FROM generate_series(1,2) a, generate_series(1,2) b ORDER BY 1, 2;
SELECT * FROM generate_series(1,2) a JOIN generate_series(1,2) b ON a = b ORDER BY 1, 2;
SELECT sum(x::real) FROM generate_series(1,10) t(x);
SELECT sum(x::real) OVER (ORDER BY x) FROM generate_series(1,3) t(x);
SELECT a FROM unnest(ARRAY[1,2]) a;
SELECT * FROM unnest(ARRAY[1,2]);
SELECT * FROM (VALUES (1),(2)) v;
SELECT x::date FROM generate_series('2026-01-01'::date, '2026-01-03'::date, '1 day') x;
