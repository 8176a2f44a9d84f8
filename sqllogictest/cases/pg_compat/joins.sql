-- Merged columns of joins, and subqueries as conditions and as values.

CREATE TABLE ja (id int, x text, n int);
CREATE TABLE jb (y text, id int, n int);
CREATE TABLE jc (id int, z text);
INSERT INTO ja VALUES (1, 'a', 1), (2, 'b', NULL), (3, 'c', 3), (NULL, 'd', 4);
INSERT INTO jb VALUES ('p', 2, 2), ('q', 3, 3), ('r', 5, NULL), ('s', NULL, 4);
INSERT INTO jc VALUES (3, 'u'), (5, 'v'), (7, 'w');

SELECT * FROM ja JOIN jb USING (id) ORDER BY 1;
SELECT * FROM ja LEFT JOIN jb USING (id) ORDER BY id NULLS FIRST, x;
SELECT * FROM ja RIGHT JOIN jb USING (id) ORDER BY id NULLS FIRST, y;
SELECT * FROM ja FULL JOIN jb USING (id) ORDER BY id NULLS FIRST, x NULLS FIRST;
SELECT * FROM jb JOIN ja USING (id, n) ORDER BY 1;
SELECT * FROM jb FULL JOIN ja USING (n, id) ORDER BY n, id, x;
SELECT * FROM ja NATURAL JOIN jb ORDER BY 1;
SELECT * FROM ja NATURAL FULL JOIN jb ORDER BY id, n, x, y;
SELECT * FROM ja NATURAL JOIN jc ORDER BY 1;
SELECT * FROM ja JOIN jb USING (id) JOIN jc USING (id) ORDER BY 1;
SELECT * FROM ja FULL JOIN jb USING (id) FULL JOIN jc USING (id) ORDER BY id NULLS FIRST, x NULLS FIRST;
SELECT * FROM ja JOIN jb USING (id) CROSS JOIN jc ORDER BY 1, 6;
SELECT *, id FROM ja RIGHT JOIN jb USING (id) ORDER BY y;
SELECT ja.*, jb.* FROM ja RIGHT JOIN jb USING (id) ORDER BY y;
SELECT id, ja.id, jb.id FROM ja FULL JOIN jb USING (id) ORDER BY 1, 2, 3, x NULLS FIRST;
SELECT id + 1, id::text, coalesce(id, 0) FROM ja FULL JOIN jb USING (id) WHERE id > 1 ORDER BY id;
SELECT count(*) FROM ja JOIN jb USING (id) WHERE 2 <= id;
SELECT id, count(*), sum(id) FROM ja FULL JOIN jb USING (id) GROUP BY id HAVING id < 9 ORDER BY id;
SELECT l.id AS left_id, id FROM ja AS l RIGHT JOIN jb AS r USING (id) ORDER BY id NULLS LAST;
SELECT q.id, id FROM (SELECT id, 1 AS one FROM ja) AS q RIGHT JOIN jb USING (id) ORDER BY y;
WITH jb AS (SELECT 3 AS id, 9 AS m) SELECT * FROM ja NATURAL RIGHT JOIN jb;
SELECT id FROM ja JOIN jb ON ja.id = jb.id;
-- differs: the message does not say on which side the column is missing
SELECT x FROM ja JOIN jb USING (y);

SELECT id, n IN (SELECT n FROM jb) AS found FROM ja ORDER BY x;
SELECT id, n NOT IN (SELECT n FROM jb WHERE n < 4) AS absent, EXISTS (SELECT 1 FROM jc WHERE jc.id = ja.id) FROM ja ORDER BY x;
SELECT x FROM ja WHERE (n IN (SELECT n FROM jb)) IS NULL ORDER BY x;
SELECT x FROM ja WHERE n = 1 OR n NOT IN (SELECT n FROM jb) ORDER BY x;
SELECT x FROM ja WHERE n NOT IN (SELECT n FROM jb WHERE n IS NOT NULL) ORDER BY x;
SELECT x FROM ja WHERE NOT n IN (SELECT 4) ORDER BY x;
SELECT count(*) FROM ja WHERE NULL NOT IN (SELECT n FROM jb);
SELECT count(*) FROM ja WHERE NULL NOT IN (SELECT n FROM jb WHERE false);
SELECT 1 IN (SELECT 1), NULL IN (SELECT 1), 1 NOT IN (SELECT NULL::int), EXISTS (SELECT 1 WHERE false);
SELECT x, CASE WHEN EXISTS (SELECT 1 FROM jb WHERE jb.id = ja.id) THEN 'both' ELSE 'left' END FROM ja ORDER BY x;
SELECT x, id IN (SELECT id FROM jb WHERE jb.n = ja.n) FROM ja ORDER BY x;
SELECT x, n = ANY (SELECT n FROM jb), n < ALL (SELECT n FROM jb WHERE n > 1), n > ANY (SELECT n FROM jb), n <> ALL (SELECT n FROM jb), n = ALL (SELECT 3) FROM ja ORDER BY x;
SELECT x, n >= ALL (SELECT n FROM jb WHERE false), n = ANY (SELECT n FROM jb WHERE false) FROM ja ORDER BY x;
SELECT n + 1 IN (SELECT id FROM jb) AS next, count(*) FROM ja GROUP BY 1 ORDER BY 1 NULLS LAST;
DROP TABLE ja, jb, jc;
