-- JSON: chapter 9.16.

SELECT '[{"a":"foo"},{"b":"bar"},{"c":"baz"}]'::json -> 2, '[1,2,3]'::jsonb -> -3, '[1]'::jsonb -> 5;
SELECT '{"a": {"b":"foo"}}'::json -> 'a', '{"a": {"b":"foo"}}'::jsonb -> 'z';
SELECT '[1,2,3]'::json ->> 2, '{"a":1,"b":2}'::json ->> 'b', '{"a":null}'::jsonb ->> 'a', '{"a":null}'::jsonb -> 'a', '{"a":"x\"y"}'::jsonb ->> 'a';
SELECT '{"a": {"b": ["foo","bar"]}}'::json #> '{a,b,1}', '{"a": {"b": ["foo","bar"]}}'::json #>> '{a,b,1}', '{"a":1}'::jsonb #> '{}', '{"a":1}'::jsonb #> ARRAY['a'];
SELECT '{"a":1, "b":2}'::jsonb @> '{"b":2}'::jsonb, '{"b":2}'::jsonb <@ '{"a":1, "b":2}'::jsonb, '[1,2,3]'::jsonb @> '[3,1]', '{"a":{"b":1,"c":2}}'::jsonb @> '{"a":{"b":1}}', '[1,2]'::jsonb @> '1';
SELECT '{"a":1}'::jsonb @> '{"a":2}', '"a"'::jsonb @> '"a"', '[[1,2]]'::jsonb @> '[[1]]', '{}'::jsonb @> '{}';
SELECT '{"a":1, "b":2}'::jsonb ? 'b', '["a", "b"]'::jsonb ? 'b', '"foo"'::jsonb ? 'foo', '{"a":1}'::jsonb ? 'z';
SELECT '{"a":1, "b":2, "c":3}'::jsonb ?| array['b', 'd'], '["a", "b", "c"]'::jsonb ?& array['a', 'b'];
SELECT '["a", "b"]'::jsonb || '["a", "d"]'::jsonb, '{"a": "b"}'::jsonb || '{"c": "d"}'::jsonb, '[1, 2]'::jsonb || '3'::jsonb, '{"a": "b"}'::jsonb || '42'::jsonb, '{"a":1}'::jsonb || '{"a":2}';
SELECT '1'::jsonb || '2'::jsonb, '[1]'::jsonb || '[]', '{}'::jsonb || '[1]';
SELECT '{"a": "b", "c": "d"}'::jsonb - 'a', '["a", "b", "c", "b"]'::jsonb - 'b', '{"a": "b", "c": "d"}'::jsonb - '{a,c}'::text[], '["a", "b"]'::jsonb - 1, '["a", "b"]'::jsonb - -1;
SELECT '{"a":1}'::jsonb - 1;
SELECT '"a"'::jsonb - 'a';
SELECT '["a", {"b":1}]'::jsonb #- '{1,b}', '{"a":{"b":1,"c":2}}'::jsonb #- '{a,b}', '{"a":1}'::jsonb #- '{z}';
SELECT to_json('Fred said "Hi."'::text), to_jsonb(1), to_jsonb(1.50), to_jsonb(true), to_jsonb(NULL::int), to_jsonb('x'::text), to_jsonb(ARRAY[1,2]);
SELECT to_jsonb(date '2024-01-02'), to_jsonb(timestamp '2024-01-02 03:04:05'), to_jsonb(1.5::float8), to_jsonb('{"a":1}'::jsonb), to_json(1.0::float8);
SELECT json_build_array(1, 2, 'foo', 4, 5), jsonb_build_array(1, NULL, true, 2.50, 'a'), jsonb_build_array();
SELECT json_build_object('foo', 1, 2, true), jsonb_build_object('foo', 1, 'b', NULL), jsonb_build_object('a', ARRAY[1,2], 'b', '{"x":1}'::jsonb), jsonb_build_object();
SELECT jsonb_build_object('a');
SELECT jsonb_build_object(NULL, 1);
SELECT json_build_object('a', date '2024-01-01', 'b', 1.5::float8);
SELECT json_object('{a, 1, b, "def", c, 3.5}'), json_object('{a,b}', '{1,2}'), jsonb_object('{a,1}'), jsonb_object(ARRAY['a','b'], ARRAY['1',NULL]);
SELECT * FROM jsonb_array_elements_text('["foo", "bar", null, 1]');
SELECT jsonb_array_elements_text('["a","b"]');
SELECT jsonb_array_elements('{"a":1}'::jsonb);
SELECT jsonb_array_elements('1'::jsonb);
SELECT json_array_length('[1,2,3,{"f1":1,"f2":[5,6]},4]'), jsonb_array_length('[]'), jsonb_array_length(NULL);
SELECT jsonb_array_length('{"a":1}');
SELECT jsonb_array_length('1');
SELECT key, value FROM jsonb_each_text('{"a":"foo", "b":null, "c":[1]}');
SELECT json_extract_path('{"f2":{"f3":1},"f4":{"f5":99,"f6":"foo"}}', 'f4', 'f6'), jsonb_extract_path('{"a":[1,2]}', 'a', '1'), json_extract_path_text('{"a":{"b":"x"}}', 'a', 'b'), jsonb_extract_path_text('{"a":1}', 'z');
SELECT * FROM json_object_keys('{"f1":"abc","f2":{"f3":"a", "f4":"b"}}');
SELECT jsonb_object_keys('{"b":1,"a":2,"cc":3}');
SELECT jsonb_object_keys('[1]');
SELECT jsonb_set('[{"f1":1,"f2":null},2,null,3]', '{0,f1}', '[2,3,4]', false), jsonb_set('[{"f1":1,"f2":null},2]', '{0,f3}', '[2,3,4]'), jsonb_set('{"a":1}', '{b}', '2'), jsonb_set('{"a":1}', '{b}', '2', false), jsonb_set('{"a":1}', '{a,b}', '2');
SELECT jsonb_set('[1,2]', '{-1}', '9'), jsonb_set('[1,2]', '{5}', '9'), jsonb_set('{"a":1}', '{a}', NULL);
SELECT jsonb_insert('{"a": [0,1,2]}', '{a, 1}', '"new_value"'), jsonb_insert('{"a": [0,1,2]}', '{a, 1}', '"new_value"', true);
SELECT json_strip_nulls('[{"f1":1, "f2":null}, 2, null, 3]'), jsonb_strip_nulls('{"a":null,"b":{"c":null,"d":1}}');
SELECT jsonb_pretty('[{"f1":1,"f2":null}, 2]'), jsonb_pretty('{}'), jsonb_pretty('[]'), jsonb_pretty('{"a":{"b":[1,{}]}}');
SELECT json_typeof('-123.4'), json_typeof('null'), jsonb_typeof('{"a":1}'), jsonb_typeof('[]'), jsonb_typeof('"x"'), jsonb_typeof('true'), jsonb_typeof(NULL);
SELECT '{"b":1,"a":2,"a":3}'::jsonb, ' { "b" : 1, "a":2 } '::json, '{"b":1,"a":2,"a":3}'::json;
SELECT '{"a":1'::jsonb;
SELECT 'x'::json;
SELECT '1.10'::jsonb, '1e5'::jsonb, '"\u0041"'::jsonb, '1e-3'::jsonb, '-0'::jsonb, '12345678901234567890.123'::jsonb;
SELECT json '{"a":1}', jsonb '[1, 2]';
SELECT ('"x"'::jsonb)::text, '{"a": 1}'::jsonb::text, '{"a":1}'::text::jsonb;
SELECT (jsonb '{"a":{"b":1}}')['a']['b'], (jsonb '[1,2]')[0], (jsonb '[1,2]')[-1];
SELECT json_agg(x), jsonb_agg(x) FROM (VALUES (1), (NULL), (3)) t(x);
SELECT jsonb_agg(x ORDER BY x DESC) FROM (VALUES ('a'), ('b')) t(x);
SELECT json_object_agg(k, v), jsonb_object_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) t(k, v);
SELECT jsonb_object_agg(k, v) FROM (VALUES ('a', 1), (NULL, 2)) t(k, v);
SELECT json_agg(x) FROM (SELECT 1 AS x WHERE false) t;
SELECT jsonb_agg(x) FILTER (WHERE x > 1), jsonb_agg(DISTINCT x) FROM (VALUES (1), (2), (2)) t(x);
SELECT v -> 'a', v ->> 'a', v ? 'a', v @> '{"a":1}', jsonb_typeof(v -> 'a') FROM (VALUES ('{"a":1}'::jsonb), ('{"b":2}'), (NULL), ('[1]')) t(v);
SELECT id, jsonb_object_keys(v) FROM (VALUES (1, '{"a":1,"b":2}'::jsonb)) t(id, v);
SELECT json_build_object('rows', json_agg(x)) FROM (VALUES (1), (2)) t(x);
SELECT jsonb '{"a":1}' -> 'a' = '1', jsonb '{"a":"x"}' ->> 'a' = 'x';
SELECT jsonb_build_object('a', 1) || jsonb_build_object('b', 2);
SELECT jsonb_array_length(v -> 'items') FROM (VALUES ('{"items":[1,2,3]}'::jsonb), ('{}')) t(v);
SELECT sum((v ->> 'n')::int), avg((v ->> 'n')::float8) FROM (VALUES ('{"n":1}'::jsonb), ('{"n":3}')) t(v);
SELECT '"\ud83d\ude00"'::jsonb, '"a\u0000b"'::json;
SELECT '{"a":{"b":[10,20]}}'::jsonb #>> '{a,b,-1}', '{"a":[{"x":1}]}'::jsonb -> 'a' -> 0 ->> 'x';

SELECT '{"a":[1,2]}'::jsonb @? '$.a[*] ? (@ > 1)';
SELECT row_to_json(t) FROM (SELECT 1 AS a) t;
SELECT * FROM json_to_record('{"a":1}') AS x(a int);
SELECT '1'::jsonb = '1.0'::jsonb;
SELECT '10'::jsonb > '9'::jsonb;
SELECT coalesce('{"a":1}'::jsonb -> 'b', '0'::jsonb);

-- Equality and order of jsonb.
SELECT '1'::jsonb = '1.0'::jsonb;
SELECT '10'::jsonb > '9'::jsonb;
SELECT x FROM (values ('10'::jsonb), ('9'), ('"a"'), ('null'), ('[]'), ('[1]'), ('[1,2]'), ('{}'), ('{"a":1}'), ('true'), ('false'), ('-5'), ('-10'), ('0'), ('0.5'), ('1e3'), ('"b"'), ('"ab"'), ('{"b":1}'), ('{"a":1,"b":2}'), ('{"aa":0,"b":9}'), ('[[]]'), ('[{}]'), ('[null]'), ('["a"]'), ('-0.001'), ('100')) t(x) ORDER BY x;
SELECT distinct x FROM (values ('1'::jsonb), ('1'), ('2')) t(x) ORDER BY 1;
SELECT '{"a":1}'::jsonb = '{ "a" : 1 }';
SELECT '{"a":1, "b":2}'::jsonb = '{"b":2,"a":1}'::jsonb;
SELECT '{"a":1}'::jsonb <> '{"a":2}'::jsonb, '[1,2]'::jsonb < '[3]'::jsonb, '[1,2]'::jsonb >= '[1,2.0]';
SELECT '1'::jsonb in ('1.0', '2'), '1'::jsonb between '0' and '10', '1'::jsonb is distinct FROM '1.0'::jsonb;
SELECT a.x, b.x FROM (values ('1'::jsonb), ('2')) a(x) join (values ('1.0'::jsonb), ('3')) b(x) on a.x = b.x;
SELECT case '1'::jsonb when '1.0' then 'y' else 'n' end;
SELECT nullif('1'::jsonb, '1.0'::jsonb);
SELECT greatest('9'::jsonb, '10'::jsonb), least('9'::jsonb, '10');
SELECT max(x) FROM (values ('1'::jsonb)) t(x);
SELECT '1'::json = '1'::json;
-- differs: the place is not told
SELECT x FROM (values ('1'::json)) t(x) ORDER BY x;
SELECT '1'::jsonb = 1;
SELECT coalesce('{"a":1}'::jsonb -> 'b', '0'::jsonb);
SELECT case when true then '{"a":1}'::jsonb else '2' end;
SELECT count(distinct x) FROM (values ('1'::jsonb), ('1.0'), ('2')) t(x);
SELECT '{"a":[1,2,{"b":null}]}'::jsonb -> 'a' -> 2 = '{"b":null}';
SELECT '[1,[2,3]]'::jsonb @> '[[3]]', '"x"'::jsonb < '"y"', 'null'::jsonb < '1';
SELECT x, row_number() OVER (ORDER BY x DESC) FROM (VALUES ('10'::jsonb), ('9'), ('"a"')) t(x) ORDER BY x;
SELECT x, count(*) FROM (VALUES ('1'::jsonb), ('1.0'), ('2')) t(x) GROUP BY x ORDER BY x;
-- differs: an array of jsonb is one of texts
SELECT array_agg(x ORDER BY x) FROM (VALUES ('10'::jsonb), ('9'), ('"a"')) t(x);
-- differs: what is text by declaration is read as jsonb
SELECT jsonb '1' = '1'::text;
SELECT min(x::text), max(y) FROM (SELECT x, x::text AS y FROM (VALUES ('10'::jsonb), ('9')) t(x)) q;
SELECT y FROM (SELECT x::text AS y FROM (VALUES ('10'::jsonb), ('9')) t(x)) q ORDER BY y;
SELECT x::text > '9', x::text = '9' FROM (VALUES ('10'::jsonb), ('9')) t(x) ORDER BY x::text;

-- Records of json.
SELECT * FROM json_to_record('{"a":1,"b":"x","c":[1,2]}') AS x(a int, b text, c jsonb);
SELECT * FROM jsonb_to_recordset('[{"a":1,"b":"x"},{"a":2}]') AS x(a int, b text);
SELECT * FROM json_to_recordset('[{"a":1,"b":{"c":2}}]') AS x(a int, b jsonb, d date);
SELECT x.a + 1, t.id FROM (VALUES (1), (2)) t(id), jsonb_to_recordset(jsonb_build_array(jsonb_build_object('a', t.id))) AS x(a int) ORDER BY 2;
SELECT * FROM json_to_record(NULL) AS x(a int);
SELECT count(*) FROM jsonb_to_recordset('[{"A":1,"B b":"x"}]') AS x("A" int, "B b" text) WHERE "A" = 1;

-- Chains of operators.
SELECT j -> 'a' -> 'b' ->> 'c', j -> 'a' -> 1, j -> 'l' -> 0 -> 'x', j -> 'l' ->> -1, j -> 'l' -> '0', j #>> '{a,b,c}', j -> 'a' #>> '{b,c}', j -> 'a' #> '{l,1}', j -> 'x' -> 'y', j -> 's' -> 0, j -> 's' ->> 0 FROM (VALUES ('{"a": {"b": {"c": "v,}\"", "d": [1]}, "l": [1, [2, 3]]}, "l": [{"x": 1.50}, "z"], "s": 5}'::jsonb), ('[]'), (NULL)) t(j);
SELECT j -> 'a' ->> 'b', j -> 'b' ->> 'b', count(*) FROM (VALUES ('{"a": {"b": 1}, "b": {"b": 2}}'::jsonb)) t(j) GROUP BY 1, 2;
SELECT j -> 'a' ->> k FROM (VALUES ('{"a": {"b": 1, "c": [true]}}'::jsonb, 'b'), ('{"a": {"c": "x"}}', 'c')) t(j, k);
SELECT j -> 'a' ->> 'b' FROM (VALUES ('{"a": {"b": 1, "b": 2}}'::json)) t(j);

-- Aggregates of what is JSON already.
SELECT jsonb_agg(x), json_agg(x) FROM (VALUES ('1'::jsonb), ('{"a": 2}'), (NULL)) v(x);
SELECT json_agg(row_to_json(q) ORDER BY a) FROM (VALUES (1, 'x'), (2, 'y')) q(a, b);
SELECT json_object_agg(k, x), jsonb_object_agg(k, x) FROM (VALUES ('a', '1'::jsonb), ('b', '[true]')) v(k, x);
SELECT jsonb_agg(jsonb_build_object('a', a) ORDER BY a DESC) FROM (VALUES (1), (2)) v(a);
SELECT json_agg(x) FROM (VALUES ('a'), (NULL)) v(x);
