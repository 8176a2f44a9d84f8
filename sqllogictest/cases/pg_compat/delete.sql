-- DELETE: by conditions, subqueries and other tables, within blocks and by parameters.

CREATE TABLE dt (id int, g text, ts TIMESTAMPTZ DEFAULT '2026-01-01 00:00:00+00', n numeric(10,2));
INSERT INTO dt SELECT x, 'g' || x % 3, TIMESTAMPTZ '2026-01-01' + x * INTERVAL '1 hour', x * 1.5 FROM generate_series(1, 20) t(x);
INSERT INTO dt VALUES (100, NULL, NULL, NULL);
DELETE FROM dt WHERE id = 5;
SELECT count(*), sum(id) FROM dt;
DELETE FROM dt WHERE id = 5;
DELETE FROM dt WHERE g = 'g1' RETURNING id, g;
SELECT count(*), sum(id) FROM dt;
DELETE FROM dt WHERE g IS NULL;
DELETE FROM dt WHERE id IN (SELECT max(id) FROM dt);
DELETE FROM dt a WHERE EXISTS (SELECT 1 FROM dt b WHERE b.id = a.id + 1);
SELECT id FROM dt ORDER BY id;
BEGIN;
INSERT INTO dt VALUES (7, 'x'), (8, 'y');
DELETE FROM dt WHERE id IN (7, 9) RETURNING *;
SELECT id FROM dt ORDER BY id;
SAVEPOINT a;
DELETE FROM dt;
SELECT count(*) FROM dt;
ROLLBACK TO a;
SELECT id FROM dt ORDER BY id;
ROLLBACK;
SELECT id FROM dt ORDER BY id;
CREATE TABLE du (id int);
INSERT INTO du VALUES (3), (6);
DELETE FROM dt USING du WHERE dt.id = du.id AND dt.id > 3;
SELECT id FROM dt ORDER BY id;
PREPARE d(int) AS DELETE FROM dt WHERE id = $1;
EXECUTE d(3);
EXECUTE d(3);
DELETE FROM nope;
DELETE FROM dt WHERE nope = 1;
DELETE FROM dt WHERE id = 'x';
DELETE FROM ONLY dt AS t WHERE t.id > 10;
SELECT id FROM dt ORDER BY id;
CREATE VIEW dv AS SELECT * FROM dt;
SET timezone = 'America/New_York';
INSERT INTO dt SELECT x, 'g', TIMESTAMPTZ '2026-01-01' + x * INTERVAL '1 hour' FROM generate_series(1, 10) t(x);
DELETE FROM dt WHERE ts < '2026-01-01 05:00';
SELECT id, ts FROM dt WHERE ts IS NOT NULL ORDER BY id;

-- RETURNING is computed row by row.
CREATE TABLE returned (a int, b int);
INSERT INTO returned VALUES (1, 2) RETURNING count(*);
INSERT INTO returned VALUES (1, 2) RETURNING a, 1 + max(b);
INSERT INTO returned VALUES (1, 2) RETURNING sum(a) OVER ();
INSERT INTO returned VALUES (1, 2) RETURNING a, row_number() OVER w;
INSERT INTO returned VALUES (1, 2) RETURNING percentile_cont(0.5) WITHIN GROUP (ORDER BY a);
INSERT INTO returned VALUES (1, 2) RETURNING grouping(a);
INSERT INTO returned VALUES (1, 2) RETURNING nosuch;
-- differs: a subquery of the table in RETURNING reads the new rows
INSERT INTO returned VALUES (1, 2) RETURNING (SELECT count(*) FROM returned);
INSERT INTO returned AS r VALUES (1, 2) RETURNING r.b, (SELECT max(x) OVER () FROM generate_series(1, 1) AS x);
DELETE FROM returned RETURNING string_agg(a::text, ',');
DELETE FROM returned RETURNING rank() OVER (ORDER BY a);
DELETE FROM returned RETURNING a, (SELECT count(*) FROM generate_series(1, 3));
DROP TABLE returned;
