-- Arithmetic that leaves its range, and types that cannot be compared, chosen among or united.

SELECT -x FROM (VALUES (-2147483648)) t(x);
SELECT -x FROM (VALUES ((-32768)::int2)) t(x);
SELECT -x FROM (VALUES ((-9223372036854775808)::int8)) t(x);
SELECT -x, - -x FROM (VALUES (5), (NULL)) t(x);
SELECT (-2147483648) / -1;
SELECT x / -1 FROM (VALUES (-2147483648)) t(x);
SELECT 3.4e38::float4 * 2::float4;
SELECT 1e308::float8 * 10;
SELECT 1e308::float8 + 1e308::float8;
SELECT 1.0::float8 / 0;
SELECT 0::float8 / 0;
SELECT 'NaN'::float8 / 0;
SELECT 'Infinity'::float8 * 2, 'Infinity'::float8 - 'Infinity'::float8;
SELECT 1e-300::float8 * 1e-300::float8;
SELECT x / y FROM (VALUES (1.5::float8, 2::float8), (NULL, 0)) t(x, y);
-- differs: rows are made in batches: none is sent before the error
SELECT x / y FROM (VALUES (1.5::float8, 2::float8), (3, 0)) t(x, y);
SELECT x * 0 FROM (VALUES (1.5::float8)) t(x);
-- differs: the place is not told
SELECT CASE WHEN 1 THEN 2 END;
SELECT CASE WHEN 't' THEN 2 END;
SELECT CASE WHEN NULL THEN 2 END;
-- differs: the place is not told
SELECT CASE WHEN TRUE THEN 1 ELSE 'x'::text END;
SELECT CASE WHEN TRUE THEN 1 ELSE '7' END, CASE WHEN FALSE THEN 'a' END;
-- differs: the place is not told
SELECT coalesce(1, 'a'::text);
SELECT coalesce(x, '2024-01-31') FROM (VALUES (DATE '2024-01-01'), (NULL)) t(x);
-- differs: a column has no digits of its own for each value
SELECT coalesce(1, 2.5, '3.7');
-- differs: the place is not told
SELECT greatest(1, 'a'::text);
-- differs: the place is not told
SELECT nullif(1, 'a'::text);
-- differs: the place is not told
SELECT 1 IN ('a'::text);
-- differs: the place is not told
SELECT 1 BETWEEN 'a'::text AND 'b'::text;
SELECT 1 BETWEEN '0' AND '2', '1' BETWEEN 0 AND 2;
SELECT DATE '2024-01-01' = 5;
SELECT TIME '10:00' < 5.5;
SELECT TRUE = 1;
SELECT TRUE = 'a'::text;
SELECT INTERVAL '1 day' = 5;
-- differs: the place is not told
SELECT 'a'::text UNION SELECT 1;
-- differs: the place is not told
SELECT 1 UNION SELECT DATE '2024-01-01';
-- differs: a column has no digits of its own for each value
SELECT 1 UNION SELECT 2.5 UNION SELECT '3' ORDER BY 1;
SELECT 0.00 = '0.000001';
SELECT '1.5' * 2.0, '1.25' + 1.5, 2.0 - '0.001';
SELECT x > '1.5' FROM (VALUES (1.25), (1.75)) t(x);
SELECT x = '1.755' FROM (VALUES (1.75)) t(x);
SELECT (DATE '2024-03-01' - DATE '2024-02-01') * 2, (DATE '2024-03-01' - DATE '2024-02-01') <= 0, array[DATE '2024-03-01' - DATE '2024-02-01', 5];
SELECT cardinality(array[1,2]) << 2, array_length(array[1,2],1) | 1, 5 # array_length(array[1,2],1);
SELECT DATE '0001-01-01' < TIMESTAMP '2024-01-01', DATE '9999-12-31' > TIMESTAMP '2024-01-01', DATE '2024-01-01' = TIMESTAMP '2024-01-01';
SELECT DATE '2024-01-01' = TIMESTAMPTZ '2024-01-01', DATE '2024-01-01' < TIMESTAMPTZ '2024-01-01 00:00:01';
SELECT -0.0::float8, -x FROM (VALUES (0::float8)) t(x);
SELECT 2::int2 * 20000::int2;
SELECT 9223372036854775807 + x FROM (VALUES (1)) t(x);
SELECT x + 1 FROM (VALUES (2147483647)) t(x);
SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) t(x);
SELECT x::text = 5 FROM (VALUES (1)) t(x);
-- differs: an array of literals is read as the other side's type
SELECT 5 = any(array['a']);
-- differs: the place is not told
SELECT 1 IN (SELECT 'a'::text);
SELECT * FROM (VALUES (1)) a(x) JOIN (VALUES ('1'::text)) b(x) ON a.x = b.x;
SELECT 'a' IN ('a', 'b'), 'a' = 'a', NULL = 1, NULL IN (1), 1 IN (NULL);
SELECT current_date = '2024-01-01', now() > '2024-01-01', current_date > now() - INTERVAL '1 day';

-- Rows by their columns, and casts that there are not.
SELECT (1, 2) = (1, 2), (1, 2) < (1, 3), (1, NULL) = (1, 2), (1, NULL) = (2, 2), (1, NULL) < (2, 1), (2, 1) >= (2, 1);
SELECT (1, '2') = ('1', 2);
SELECT (x, x + 1) IN ((1, 2), (3, 5)) FROM (VALUES (1), (3)) t(x);
SELECT (x, 1) NOT IN ((1, 1), (2, NULL)) FROM (VALUES (1), (2), (3)) t(x);
SELECT ROW(1, 2) = ROW(1, 2), ROW(1, 'a') <> ROW(1, 'b');
SELECT (NULL, NULL) IS NULL, (1, NULL) IS NULL, (1, NULL) IS NOT NULL, (1, 2) IS NOT NULL;
-- differs: the place is not told
SELECT DATE '2024-01-01'::int;
-- differs: the place is not told
SELECT 1::date;
-- differs: the place is not told
SELECT TRUE::float8;
-- differs: the place is not told
SELECT 1.5::boolean;
SELECT 1::boolean, TRUE::int;
-- differs: the place is not told
SELECT 1::bigint::boolean;
-- differs: the place is not told
SELECT INTERVAL '1 hour'::int;
-- differs: the place is not told
SELECT DATE '2024-01-01'::time;
SELECT TIMESTAMP '2024-01-01 10:00'::time, TIMESTAMP '2024-01-01 10:00'::date;
-- differs: the place is not told
SELECT array[1]::int;
SELECT 1::text::date;
