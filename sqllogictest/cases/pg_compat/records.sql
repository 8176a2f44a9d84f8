-- Rows as values: chapter 8.16.

CREATE TABLE rec_t (id int, a int, s text, tags text[]);
INSERT INTO rec_t VALUES (1, 10, 'x', '{a,b}'), (2, NULL, 'y "z"', '{}'), (3, 30, '', NULL);
-- differs: a row has no type of its table's
SELECT t FROM rec_t t ORDER BY id;
SELECT t::text FROM rec_t t ORDER BY id;
SELECT (t).id, (t).s FROM rec_t t ORDER BY 1;
SELECT ROW(1, 'a'::text), (1, 2), ROW(1, NULL::int, 'x y'::text, '"q"'::text, 'a\b'::text, ''::text, true, 1.50, date '2024-01-01', ARRAY[1, 2]);
SELECT ROW(ROW(1, 'a b'::text), 2);
-- differs: a literal in a row is a text
SELECT ROW(1, 'a');
SELECT row_to_json(t) FROM rec_t t ORDER BY id;
SELECT to_jsonb(t) FROM rec_t t ORDER BY id;
SELECT json_agg(t ORDER BY id), jsonb_agg(t ORDER BY id DESC) FROM rec_t t;
SELECT row_to_json(q) FROM (SELECT id, count(*), s || 'x' AS sx FROM rec_t GROUP BY 1, 3) q ORDER BY q.id;
SELECT row_to_json(ROW(1, 2, 'a')), json_build_object('t', ROW(1, NULL));
SELECT count(t), count(DISTINCT (a, s)) FROM rec_t t;
SELECT a, s, count(*) FROM rec_t GROUP BY (a, s) ORDER BY 1, 2;
SELECT id FROM rec_t ORDER BY (a, s);
SELECT DISTINCT (a, id) FROM rec_t ORDER BY 1;
SELECT row_to_json(x) FROM (VALUES (1, 'a'), (2, 'b')) x(n, l);
SELECT x FROM (SELECT ROW(1, 2) AS x) q;
SELECT CASE WHEN true THEN ROW(1, 2) END;
WITH w AS (SELECT 1 a, 'x' b) SELECT row_to_json(w) FROM w;
SELECT id AS t FROM rec_t ORDER BY t;
SELECT coalesce(json_agg(t), '[]') FROM rec_t t WHERE false;
-- differs: a row without columns is an error
SELECT ROW();
DROP TABLE rec_t;
