-- Queries over a small table: joins, groupings, windows, subqueries, sets, and how results are named.

CREATE TABLE qt (id int, g text, v bigint, x double precision, n numeric(10,2), d date, ts timestamp, b boolean);
INSERT INTO qt VALUES (1, 'a', 10, 1.5, 1.25, '2024-01-01', '2024-01-01 10:00:00', true), (2, 'a', 20, 2.5, NULL, '2024-01-02', '2024-01-02 11:30:00', false), (3, 'b', NULL, 0.5, 3.10, '2024-02-01', '2024-02-01 00:00:00', NULL), (4, 'b', -5, NULL, 0.00, NULL, NULL, true), (5, NULL, 7, 7.25, 99.99, '2023-12-31', '2023-12-31 23:59:59', false);
CREATE TABLE qu (id int, name text);
INSERT INTO qu VALUES (1, 'one'), (2, 'two'), (2, 'zwei'), (9, 'nine');

SELECT count(*), count(v), sum(v), min(v), max(v) FROM qt;
SELECT g, count(*), sum(v), sum(n), min(d), max(ts) FROM qt GROUP BY g ORDER BY g NULLS FIRST;
SELECT g, sum(id) FROM qt GROUP BY g HAVING sum(id) > 3 ORDER BY 2;
SELECT sum(x), min(x), max(x), count(x) FROM qt;
SELECT bool_and(b), bool_or(b), every(b) FROM qt WHERE b IS NOT NULL;
SELECT count(*) FILTER (WHERE b), count(DISTINCT g) FROM qt;
SELECT string_agg(g, ',' ORDER BY id), array_agg(id ORDER BY id DESC) FROM qt;
SELECT sum(v) FROM qt WHERE false;
SELECT g, v FROM qt ORDER BY g DESC NULLS LAST, v NULLS FIRST;
SELECT DISTINCT g FROM qt ORDER BY g;
SELECT DISTINCT ON (g) g, id FROM qt ORDER BY g, id DESC;
SELECT id, CASE WHEN v > 5 THEN 'big' WHEN v IS NULL THEN 'none' ELSE 'small' END FROM qt ORDER BY id;
SELECT id, coalesce(v, 0), nullif(g, 'a'), greatest(id, 3), least(id, 3) FROM qt ORDER BY id;
SELECT id FROM qt WHERE v BETWEEN 5 AND 15 ORDER BY id;
SELECT id FROM qt WHERE g IN ('a', 'c') OR v IN (7, 8) ORDER BY id;
SELECT id FROM qt WHERE g LIKE 'a%' ORDER BY id;
SELECT id FROM qt WHERE g NOT LIKE 'a' ORDER BY id;
SELECT id FROM qt WHERE g IS DISTINCT FROM 'a' ORDER BY id;
SELECT id FROM qt WHERE NOT b ORDER BY id;
SELECT id FROM qt WHERE b IS NOT TRUE ORDER BY id;
SELECT id FROM qt WHERE id = ANY (ARRAY[1, 3]) ORDER BY id;
SELECT id FROM qt WHERE id IN (SELECT id FROM qu) ORDER BY id;
SELECT id FROM qt WHERE id NOT IN (SELECT id FROM qu) ORDER BY id;
SELECT id FROM qt AS t WHERE EXISTS (SELECT 1 FROM qu AS u WHERE u.id = t.id) ORDER BY id;
SELECT id, (SELECT count(*) FROM qu AS u WHERE u.id = t.id) FROM qt AS t ORDER BY id;
SELECT t.id, u.name FROM qt AS t JOIN qu AS u ON t.id = u.id ORDER BY 1, 2;
SELECT t.id, u.name FROM qt AS t LEFT JOIN qu AS u USING (id) ORDER BY 1, 2;
SELECT id, g, name FROM qt NATURAL JOIN qu ORDER BY 1, 3;
SELECT t.id, u.id FROM qt AS t FULL JOIN qu AS u ON t.id = u.id ORDER BY 1 NULLS LAST, 2;
SELECT count(*) FROM qt CROSS JOIN qu;
-- differs: a column of another table in a lateral select list is not planned
SELECT t.id, x.twice FROM qt AS t CROSS JOIN LATERAL (SELECT t.id * 2 AS twice) AS x ORDER BY 1;
SELECT id, row_number() OVER (ORDER BY id DESC), rank() OVER (ORDER BY g), dense_rank() OVER (ORDER BY g) FROM qt ORDER BY id;
SELECT id, sum(id) OVER (PARTITION BY g ORDER BY id), lag(id) OVER (ORDER BY id), lead(id, 2) OVER (ORDER BY id) FROM qt ORDER BY id;
SELECT id, first_value(id) OVER w, last_value(id) OVER w, count(*) OVER w FROM qt WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id;
SELECT g, count(*) FROM qt GROUP BY ROLLUP (g) ORDER BY g NULLS LAST, 2;
SELECT g, b, count(*), grouping(g) FROM qt GROUP BY GROUPING SETS ((g), (b)) ORDER BY 4, 1 NULLS LAST, 2 NULLS LAST;
SELECT 1 UNION SELECT 2 UNION SELECT 1 ORDER BY 1;
SELECT 1 UNION ALL SELECT 1;
SELECT id FROM qt INTERSECT SELECT id FROM qu ORDER BY 1;
SELECT id FROM qt EXCEPT SELECT id FROM qu ORDER BY 1;
WITH a AS (SELECT id, v FROM qt WHERE v > 0) SELECT count(*), sum(v) FROM a;
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r ORDER BY n;
VALUES (1, 'x'), (2, NULL) ORDER BY 1;
SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v(a, b) ORDER BY a;
SELECT id FROM qt ORDER BY id LIMIT 2 OFFSET 1;
SELECT id FROM qt ORDER BY id FETCH FIRST 2 ROWS ONLY;
SELECT id AS "Id", g AS "group", v "V" FROM qt ORDER BY "Id" LIMIT 1;
SELECT t.* FROM qt AS t WHERE t.id = 1;
SELECT qt.id, public.qt.g FROM public.qt ORDER BY 1 LIMIT 1;
SELECT count(*) AS n FROM generate_series(1, 10);
SELECT * FROM generate_series(1, 10, 3) AS g(n);
SELECT * FROM generate_series(3, 1, -1) AS g(n);
SELECT n FROM generate_series(1, 3, 0) AS g(n);
SELECT * FROM generate_series('2024-01-01'::timestamp, '2024-01-02'::timestamp, '12 hours'::interval) AS g(t);

-- Operators and functions.
SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 2 * 3 + 1, 7.0 / 2, 2 ^ 10;
SELECT 1 / 0;
SELECT 1 % 0;
SELECT 2147483647 + 1;
SELECT 9223372036854775807 + 1;
SELECT 5 = 5, 5 <> 4, 5 < 4, 5 >= 5, NULL = NULL, NULL IS NULL, 1 IS NOT NULL;
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool;
SELECT abs(-5), abs(-5.5), sign(-2.5::float8), ceil(1.2), floor(-1.2), round(2.5), round(2.567, 2), trunc(2.567, 1);
SELECT sqrt(16), power(2, 3), exp(0), ln(1), mod(7, 3), pi() > 3;
SELECT length('abc'), char_length('añb'), upper('abc'), lower('ABC'), initcap('hello world'), reverse('abc');
SELECT substr('abcdef', 2, 3), substring('abcdef' FROM 2 FOR 3), left('abc', 2), right('abc', 2), position('c' IN 'abc'), strpos('abc', 'c');
SELECT trim('  x '), ltrim('xxa', 'x'), rtrim('axx', 'x'), btrim('xax', 'x'), lpad('5', 3, '0'), rpad('5', 3, '0'), repeat('ab', 3);
SELECT replace('abcabc', 'b', 'x'), split_part('a,b,c', ',', 2), translate('abc', 'ab', 'xy'), concat('a', NULL, 1), concat_ws('-', 'a', NULL, 'b');
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' ILIKE 'A%', 'a%c' LIKE 'a\%c', 'abc' ~ '^a', 'ABC' ~* 'b', 'abc' !~ 'z';
-- differs: md5 is missing
SELECT starts_with('abc', 'ab'), ascii('A'), chr(65), md5('abc');
SELECT date_trunc('month', '2024-05-17 10:11:12'::timestamp), date_part('year', '2024-05-17'::date), extract(month FROM '2024-05-17'::date), extract(second FROM '10:11:12.5'::time);
SELECT '2024-05-17'::date + 1, '2024-05-17'::date - 1, '2024-05-17'::date - '2024-05-01'::date, '2024-05-17'::date + '1 month'::interval;
SELECT '2024-01-31'::date + '1 month'::interval, '2024-01-01 00:00'::timestamp + '1 day 2 hours'::interval, '2024-03-01'::timestamp - '2024-02-01'::timestamp;
SELECT '1 day'::interval + '2 hours'::interval, '1 day'::interval * 2, -'1 day'::interval;
SELECT ('{"a": {"b": [1, 2]}}'::jsonb) -> 'a' -> 'b' -> 1, ('{"a": {"b": [1, 2]}}'::jsonb) #>> '{a,b,0}', ('{"a": 1}'::jsonb) ->> 'x';
SELECT array_length(ARRAY[1, 2, 3], 1), cardinality(ARRAY[1, 2]), ARRAY[1, 2] || 3, (ARRAY[10, 20])[2], 1 = ANY (ARRAY[1, 2]);
SELECT unnest(ARRAY[1, 2, 3]);
-- differs: the name of a type is a text, and no OID in binary
SELECT pg_typeof(1), pg_typeof(1.5), pg_typeof('x'::text), pg_typeof(now());
SELECT current_schema(), current_database() IS NOT NULL, current_user;
-- differs: format is missing
SELECT quote_ident('a b'), quote_literal('it''s'), format('%s-%s', 1, 'x');
DROP TABLE qt, qu;
