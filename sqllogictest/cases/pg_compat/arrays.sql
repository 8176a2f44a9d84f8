-- Arrays: chapter 9.19.

SELECT ARRAY[1,4,3] @> ARRAY[3,1,3], ARRAY[2,2,7] <@ ARRAY[1,7,4,2,6], ARRAY[1,4,3] && ARRAY[2,1], ARRAY[1] && ARRAY[2];
SELECT ARRAY[1,2] @> ARRAY[]::int[], ARRAY[1,NULL] @> ARRAY[NULL]::int[], NULL::int[] @> ARRAY[1];
SELECT ARRAY['a','b'] @> ARRAY['a'], ARRAY['a'] && ARRAY['b','a'];
SELECT ARRAY[1,2,3] || ARRAY[4,5], ARRAY[1,2,3] || 4, 3 || ARRAY[4,5,6], ARRAY[1] || NULL, NULL || ARRAY[1];
SELECT ARRAY[1,2] || NULL::int[], NULL::int[] || ARRAY[1], ARRAY['a'] || 'b'::text, 'b'::text || ARRAY['a'];
SELECT ARRAY[1,2] || ARRAY[[3,4]];
SELECT ARRAY['a'] || '{b,c}';
SELECT array_append(ARRAY[1,2], 3), array_append(NULL, 3), array_append(ARRAY[1], NULL);
SELECT array_cat(ARRAY[1,2], ARRAY[3]), array_cat(NULL, ARRAY[1]), array_cat(ARRAY[1], NULL);
SELECT array_dims(ARRAY[[1,2,3],[4,5,6]]), array_dims(ARRAY[1]), array_dims('{}'::int[]), array_dims(NULL::int[]);
SELECT array_fill(NULL::int, ARRAY[2]);
SELECT array_length(ARRAY[1,2,3], 1), array_length('{}'::int[], 1), array_length(ARRAY[1], 2), array_length(ARRAY[[1,2],[3,4]], 2), array_length(NULL::int[], 1);
SELECT array_ndims(ARRAY[[1,2,3],[4,5,6]]), array_ndims(ARRAY[1]), array_ndims('{}'::int[]);
SELECT array_position(ARRAY['sun','mon','tue'], 'mon'), array_position(ARRAY[1,2,1], 1, 2), array_position(ARRAY[1], 5), array_position(ARRAY[1,NULL], NULL);
SELECT array_positions(ARRAY['A','A','B','A'], 'A'), array_positions(ARRAY[1], 2), array_positions(NULL::int[], 1);
SELECT array_prepend(1, ARRAY[2,3]), array_prepend(1, NULL), array_prepend(NULL, ARRAY[1]);
SELECT array_replace(ARRAY[1,2,5,4], 5, 3), array_replace(ARRAY[1,NULL], NULL, 0), array_replace(ARRAY[1,1], 1, NULL);
SELECT array_to_string(ARRAY[1,2,3,NULL,5], ',', '*'), array_to_string(ARRAY[1,NULL,2], ','), array_to_string('{}'::int[], ','), array_to_string(ARRAY[1,2], NULL), array_to_string(NULL::int[], ',');
SELECT cardinality(ARRAY[[1,2],[3,4]]), cardinality('{}'::int[]), cardinality(NULL::int[]), cardinality(ARRAY[1]);
SELECT trim_array(ARRAY[1,2,3,4,5,6], 2), trim_array(ARRAY[1], 1), trim_array(ARRAY[1,2], 0);
SELECT trim_array(ARRAY[1], 5);
SELECT trim_array(ARRAY[1], -1);
SELECT unnest(ARRAY[1,2]);
SELECT unnest(ARRAY['foo','bar']);
SELECT * FROM unnest(ARRAY[1,2], ARRAY['foo','bar','baz']) AS x(a,b);
SELECT * FROM unnest(ARRAY['a','b']) WITH ORDINALITY;
SELECT * FROM unnest(ARRAY['a','b']) WITH ORDINALITY AS t(v, n);
SELECT * FROM unnest(ARRAY[1,2]) AS u;
SELECT u FROM unnest(ARRAY[1,2]) AS u ORDER BY u DESC;
SELECT unnest(ARRAY[1,2]), unnest(ARRAY['a','b','c']);
SELECT unnest('{}'::int[]);
SELECT unnest(NULL::int[]);
SELECT unnest(ARRAY[[1,2],[3,4]]);
SELECT (ARRAY[1,2,3])[2], (ARRAY[1,2,3])[0], (ARRAY[1,2,3])[4], (ARRAY[1,2,3])[-1], (ARRAY[1,2,3])[NULL];
SELECT (ARRAY[1,2,3,4])[2:3], (ARRAY[1,2,3,4])[:2], (ARRAY[1,2,3,4])[3:], (ARRAY[1,2,3,4])[:], (ARRAY[1,2,3])[3:2], (ARRAY[1,2,3])[0:2], (ARRAY[1,2])[-5:1];
SELECT ARRAY[1,'x'];
SELECT '{1,x}'::int[];
SELECT '{1,2'::int[];
SELECT '1,2'::int[];
SELECT ARRAY['a b','c,d','e"f','','null','NULL',NULL,'x\y','{'];
SELECT ARRAY[1.5::float8, 'NaN', 2], ARRAY[date '2024-01-01'], ARRAY[timestamp '2024-01-01 10:00'], ARRAY[true,false];
SELECT 1 = ANY (ARRAY[1,2]), 3 = ANY (ARRAY[1,2]), 3 = ANY (ARRAY[1,NULL]), 1 = ALL (ARRAY[1,1]), 1 <> ALL (ARRAY[2,3]), 1 < ANY (ARRAY[0,5]), 1 > ALL (ARRAY[]::int[]), 1 = SOME (ARRAY[1]);
SELECT 1 = ANY ('{1,2}'), 'a' = ANY ('{a,b}'), 1 = ANY (NULL::int[]);
SELECT 2 IN (1,2), 3 NOT IN (1,2), 3 IN (1,NULL), NULL IN (1), 3 NOT IN (1,NULL);
SELECT ARRAY(SELECT g FROM generate_series(1,3) g), ARRAY(SELECT 1 WHERE false), ARRAY(SELECT g FROM generate_series(1,3) g ORDER BY g DESC);
SELECT array_agg(g), array_agg(g ORDER BY g DESC) FROM generate_series(1,3) g;
SELECT generate_subscripts(ARRAY[10,20,30], 1);
SELECT * FROM generate_subscripts(ARRAY[10,20], 1) AS s;
SELECT array_to_json(ARRAY[1,2]), to_json(ARRAY['a','b']);
SELECT ARRAY[1,2] IS NULL, ARRAY[NULL] IS NULL, ARRAY[1,2] IN (ARRAY[1,2], ARRAY[3]);
SELECT v[1], v[2:], cardinality(v), v || 9, 2 = ANY (v), array_position(v, 2), array_remove(v, 1) FROM (VALUES (ARRAY[1,2,3]), (ARRAY[2]), (NULL), ('{}'::int[])) t(v);
SELECT array_length(v, 1), array_to_string(v, '-'), v @> ARRAY['a'], v && ARRAY['b'] FROM (VALUES (ARRAY['a','b']), (ARRAY['c']), (NULL)) t(v);
SELECT max(v), min(v), count(DISTINCT v) FROM (VALUES (ARRAY[1,2]), (ARRAY[1,3])) t(v);
SELECT v FROM (VALUES (ARRAY[2]), (ARRAY[1,3]), (ARRAY[1])) t(v) ORDER BY v;
SELECT id, unnest(tags) FROM (VALUES (1, ARRAY['a','b']), (2, ARRAY['c'])) t(id, tags);
SELECT u, count(*) FROM (SELECT unnest(ARRAY['a','b','a']) u) s GROUP BY u ORDER BY u;
SELECT array_agg(DISTINCT x) FROM unnest(ARRAY[3,1,3,2]) x;
SELECT array_append(ARRAY[1], 'x');
SELECT array_ndims(1);
SELECT * FROM unnest(ARRAY[1,2]) a, unnest(ARRAY[3,4]) b;
SELECT count(*) FROM unnest(ARRAY[1,NULL,3]) x WHERE x IS NOT NULL;
SELECT array(SELECT unnest(ARRAY[3,1,2]) ORDER BY 1);

-- Known differences.
-- differs: a text of several dimensions is not read
SELECT '{{1,2},{3,4}}'::int[];
-- differs: arrays begin at 1
SELECT '[2:3]={1,2}'::int[];
-- differs: an array of several dimensions is one of arrays
SELECT (ARRAY[[1,2],[3,4]])[1];
-- differs: an array without a type is one of texts
SELECT ARRAY[];
-- differs: a null is the smallest value of an array
SELECT ARRAY[1,NULL] < ARRAY[1,2];
SELECT ARRAY[1.5,2.5]::int[];
-- differs: only of one dimension
SELECT array_fill(11, ARRAY[2,3]);
SELECT t.id, u FROM (VALUES (1, ARRAY['a'])) t(id, tags), unnest(t.tags) AS u;
