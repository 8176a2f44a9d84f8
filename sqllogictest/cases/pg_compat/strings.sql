-- Texts and bytes: chapters 9.4 and 9.5.

SELECT 'a' || 'b';
SELECT 'a' || NULL;
SELECT 'a' || 1;
SELECT 1 || 'a';
SELECT 'a' || 1.50;
SELECT 'a' || true;
SELECT 'a' || date '2024-01-02';
SELECT 'a' || 2.5::float8;
SELECT 'x'::text || 'y'::varchar(3);
SELECT ascii('x'), ascii(''), ascii('é'), ascii(NULL);
SELECT btrim('xyxtrimyyx', 'xyz'), btrim('  a  '), btrim('aba', ''), btrim(NULL, 'a');
SELECT char_length('josé'), character_length('abc'), length(''), length(NULL::text);
SELECT bit_length('jose'), octet_length('josé'), bit_length('é');
SELECT chr(65), chr(233), chr(128512);
SELECT chr(0);
SELECT chr(-1);
SELECT chr(1114112);
SELECT concat('abcde', 2, NULL, 22);
-- differs: the place of the call is not told
SELECT concat(), concat(NULL), concat(NULL, NULL);
-- differs: the place of the call is not told
SELECT concat();
SELECT concat(1, true, 2.50, 'x', date '2024-01-01');
SELECT concat(1.0::float8, 1e20::float8, false);
SELECT concat(timestamp '2024-01-01 10:00:00', interval '1 day');
SELECT concat(ARRAY[1,2], 'x');
SELECT concat_ws(',', 'abcde', 2, NULL, 22);
SELECT concat_ws(NULL, 'a', 'b');
-- differs: the place of the call is not told
SELECT concat_ws(',', NULL, NULL), concat_ws(',');
SELECT concat_ws('', 1, true, NULL, 2.5);
-- differs: the place of the call is not told
SELECT concat_ws(',');
SELECT format('Hello %s', 'World');
SELECT format('Hello %s, %1$s', 'World');
SELECT format('%s %s %s', 'a', 1, NULL);
SELECT format('%I %L', 'my col', 'it''s');
SELECT format('%I', 'select'), format('%I', 'abc'), format('%I', 'Abc');
SELECT format('%L %L', NULL, 'a\b');
SELECT format('%I', NULL);
SELECT format('%10s|', 'foo'), format('%-10s|', 'foo'), format('%*s|', 10, 'foo'), format('%*s|', -10, 'foo');
SELECT format('%-*s|', 10, 'foo'), format('%-*s|', -10, 'foo');
SELECT format('%2$s %1$s', 'a', 'b'), format('%1$*2$s|', 'x', 5);
SELECT format('100%%');
SELECT format('%s');
SELECT format('%d', 1);
SELECT format('%');
SELECT format(NULL);
SELECT format('%0$s', 'a');
SELECT format('%s %s', true, 1.5);
SELECT format('%s', date '2024-01-01'), format('%s', ARRAY[1,2]);
SELECT format('plain');
SELECT initcap('hi THOMAS'), initcap('o''neil mc-donald x2y'), initcap(''), initcap(NULL);
SELECT left('abcde', 2), left('abcde', -2), left('abcde', 0), left('abc', -5), left('héllo', 2), left('a', NULL);
SELECT right('abcde', 2), right('abcde', -2), right('abcde', 0), right('abc', -5), right('héllo', 4);
SELECT lower('TOM'), upper('tom'), lower(NULL), upper('');
SELECT lpad('hi', 5, 'xy'), lpad('hi', 5), lpad('hello', 3), lpad('hi', 5, ''), lpad('hi', -1), lpad('hi', 5, NULL);
SELECT rpad('hi', 5, 'xy'), rpad('hi', 5), rpad('hello', 3), rpad('hi', 5, ''), rpad('hi', 0), rpad(NULL, 5);
SELECT ltrim('zzzytest', 'xyz'), ltrim('  a '), rtrim('testxxzx', 'xyz'), rtrim(' a  ');
SELECT md5('abc'), md5(''), md5(NULL);
SELECT md5('abc'::bytea);
SELECT normalize('é'), normalize('é', NFD) = 'é', normalize(U&'\0061\0308bc', NFC);
SELECT octet_length('abc'), octet_length('\x0102'::bytea);
SELECT overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4);
SELECT overlay('Txxxxas' PLACING 'hom' FROM 2);
SELECT overlay('Txxxxas', 'hom', 2, 4), overlay('Txxxxas', 'hom', 2);
SELECT overlay('abc' PLACING 'x' FROM 0);
SELECT overlay('abc' PLACING 'x' FROM 1 FOR -1);
SELECT overlay('abc' PLACING 'xyz' FROM 10);
SELECT parse_ident('"SomeSchema".someTable');
SELECT parse_ident('a.b.c'), parse_ident('Abc');
SELECT parse_ident('a.b)', false);
SELECT parse_ident('a.b)');
SELECT position('om' IN 'Thomas'), position('' IN 'abc'), position('x' IN 'abc'), position(NULL IN 'a'), position('é' IN 'aéb');
SELECT quote_ident('Foo bar'), quote_ident('foo'), quote_ident('select'), quote_ident('a"b'), quote_ident(''), quote_ident('1a'), quote_ident('a$b'), quote_ident('name'), quote_ident('user');
SELECT quote_literal(42.5), quote_literal('O''Reilly'), quote_literal('a\b'), quote_literal(NULL), quote_literal(true), quote_literal('');
SELECT quote_nullable(42.5), quote_nullable(NULL), quote_nullable('x');
SELECT repeat('Pg', 4), repeat('a', 0), repeat('a', -1), repeat('', 5), repeat(NULL, 2);
SELECT replace('abcdefabcdef', 'cd', 'XX'), replace('abc', '', 'x'), replace('abc', 'b', ''), replace('abc', NULL, 'x');
SELECT reverse('abcde'), reverse('héé'), reverse('');
SELECT split_part('abc~@~def~@~ghi', '~@~', 2), split_part('abc,def,ghi,jkl', ',', -2), split_part('a,b', ',', 5), split_part('a,b', ',', -5);
SELECT split_part('a,b', ',', 0);
SELECT split_part('abc', '', 1), split_part('abc', '', 2), split_part('', ',', 1), split_part('abc', '', -1), split_part(NULL, ',', 1);
SELECT starts_with('alphabet', 'alph'), starts_with('a', ''), starts_with(NULL, 'a');
SELECT 'alphabet' ^@ 'alph', 'a' ^@ 'b';
SELECT string_to_array('xx~~yy~~zz', '~~', 'yy'), string_to_array('a,b,,c', ','), string_to_array('abc', NULL), string_to_array('abc', ''), string_to_array('', ','), string_to_array(NULL, ',');
SELECT string_to_array('a,b', ',', 'b'), string_to_array('abc', NULL, 'b'), string_to_array('a,,b', ',', '');
SELECT * FROM string_to_table('xx~^~yy~^~zz', '~^~', 'yy');
SELECT * FROM string_to_table('a,b,c', ',');
SELECT string_to_table('a,b', ',');
SELECT * FROM string_to_table('abc', NULL);
SELECT strpos('high', 'ig'), strpos('', ''), strpos('abc', ''), strpos('a', 'b');
SELECT substr('alphabet', 3), substr('alphabet', 3, 2), substr('abc', 0), substr('abc', -1, 3), substr('abc', 10), substr('héllo', 2, 2);
SELECT substr('abc', 1, -1);
SELECT substring('Thomas' FROM 2 FOR 3), substring('Thomas' FROM 3), substring('Thomas' FOR 2), substring('Thomas', 2), substring('Thomas', 2, 2);
SELECT substring('abc' FROM 2 FOR -1);
SELECT substring('abc' FROM 0 FOR 2), substring('abc' FROM -5 FOR 7);
SELECT substring('Thomas' FROM '...$'), substring('Thomas', 'o(.)'), substring('abc' FROM 'z');
SELECT substring('Thomas' FROM '%#"o_a#"_' FOR '#');
SELECT to_hex(2147483647), to_hex(255), to_hex(-1), to_hex(-1::bigint), to_hex(0), to_hex(NULL::int);
SELECT translate('12345', '143', 'ax'), translate('abc', 'ab', ''), translate('aab', 'aa', 'xy'), translate(NULL, 'a', 'b');
SELECT trim('yxTomxx', 'xyz'), trim(leading 'x' from NULL);
SELECT trim(E'\t a \n');
SELECT unistr('d\0061t\+000061'), unistr('d\u0061t\U00000061'), unistr('a\\b');
SELECT unistr('\zz');
SELECT U&'d\0061t\+000061', E'a\tb\u0041';
SELECT 'ab' < 'b', 'a' < 'B', 'é' > 'z', '' < 'a';
SELECT 'abc' LIKE 'a_c', 'abc' NOT LIKE 'a%', 'a%' LIKE 'a\%', NULL LIKE 'a', 'abc' LIKE '', '' LIKE '', '' LIKE '%';
SELECT 'abc' ILIKE 'A_C', 'ABC' NOT ILIKE 'a%';
SELECT 'abc' ~~ 'a%', 'abc' !~~ 'a%', 'ABC' ~~* 'a%', 'ABC' !~~* 'a%';
SELECT 'abc' LIKE 'abc\';
SELECT 'a#b' LIKE 'a##b' ESCAPE '#', 'a\b' LIKE 'a\b' ESCAPE '';
SELECT E'a\nb' LIKE 'a%b', E'a\nb' LIKE 'a_b';
SELECT length('abc', 'utf8');
SELECT convert_from('\xff'::bytea, 'UTF8');
SELECT string_agg(x, '' ORDER BY x DESC) FROM unnest(ARRAY['a','b']) x;
SELECT upper(substr('abc', 1, 1)) || lower(substr('ABC', 2));
SELECT lpad(5::text, 3, '0'), lpad('é', 3, 'ü');
-- differs: the place of the call is not told
SELECT upper(1);
-- differs: the place of the call is not told
SELECT length(12345);
-- differs: the place of the call is not told
SELECT upper('a', 'b');
-- differs: the place of the call is not told
SELECT upper();
SELECT repeat('a', 2000000000);
SELECT text 'abc', varchar 'abc', bytea 'abc';
SELECT 'foo' 'bar';
-- differs: letters beyond ASCII are letters here, and none in the locale C
SELECT translate('', 'a', 'b'), replace('', 'a', 'b'), reverse(NULL), initcap('ÉCOLE élan');
SELECT rpad('abc', 6, 'é'), lpad('日本', 5, '*');
SELECT strpos(v, 'b'), left(v, n), split_part(v, ',', n), repeat(v, n) FROM (VALUES ('a,b', 2), ('b', 1), (NULL, 1), ('xx', NULL)) t(v, n);
SELECT upper(v), md5(v), format('%s-%s', v, n), concat(v, n) FROM (VALUES ('a,b', 2), ('b', 1), (NULL, 1), ('xx', NULL)) t(v, n);
SELECT '\x123456'::bytea || '\x789a'::bytea;
SELECT bit_length('\x123456'::bytea), octet_length('\x123456'::bytea), length('\x1234567890'::bytea);
SELECT btrim('\x1234567890'::bytea, '\x9012'::bytea), ltrim('\x1234'::bytea, '\x12'::bytea), rtrim('\x1234'::bytea, '\x34'::bytea);
SELECT trim('\x9012'::bytea from '\x1234567890'::bytea);
SELECT overlay('\x1234567890'::bytea placing '\002\003'::bytea from 2 for 3);
SELECT position('\x5678'::bytea in '\x1234567890'::bytea);
SELECT substring('\x1234567890'::bytea from 3 for 2), substr('\x1234567890'::bytea, 3, 2), substr('\x1234567890'::bytea, 3);
SELECT bit_count('\x1234567890'::bytea);
SELECT get_bit('\x1234567890'::bytea, 30), get_byte('\x1234567890'::bytea, 4);
SELECT get_byte('\x12'::bytea, 4);
SELECT set_bit('\x1234567890'::bytea, 30, 0), set_byte('\x1234567890'::bytea, 4, 64);
SELECT sha224('abc'::bytea), sha256('abc'::bytea);
SELECT sha384('abc'::bytea), sha512('abc'::bytea);
SELECT sha256('abc');
SELECT encode('123\000\001'::bytea, 'base64'), encode('abc'::bytea, 'hex'), encode('a\000\\b'::bytea, 'escape');
SELECT decode('MTIzAAE=', 'base64'), decode('616263', 'hex'), decode('a\000b', 'escape');
SELECT encode('abc', 'hex'), encode('abc', 'base64');
SELECT encode('abc', 'foo');
SELECT decode('zz', 'hex');
SELECT decode('a', 'hex');
SELECT decode('a$', 'base64');
SELECT encode(sha256('x'), 'hex');
SELECT encode(decode(repeat('ab', 60), 'hex'), 'base64');
SELECT 'abc'::bytea, '\\x'::bytea, ''::bytea, NULL::bytea;
SELECT '\xzz'::bytea;
SELECT '\x123'::bytea;
SELECT 'a\1'::bytea;
SELECT '\xDEADBEEF'::bytea::text;
SELECT 'abc'::text::bytea;
SELECT md5('\x00'::bytea), encode('\x00ff'::bytea, 'HEX');
SELECT convert_from('abc', 'UTF8'), convert_to('abc', 'LATIN1');
SELECT decode('YWJj' || E'\n', 'base64');
SELECT substring('\x0102'::bytea from -1), substring('\x0102'::bytea, 2);
-- differs: the place of the call is not told
SELECT starts_with('\x01'::bytea, '\x01'::bytea);

-- Known differences.
-- differs: character(n) is a text
SELECT 'abc '::char(6) = 'abc';
-- differs: the parser does not know this spelling
SELECT substring('Thomas' SIMILAR '%#"o_a#"_' ESCAPE '#');
-- differs: the parser does not know this spelling
SELECT trim(leading from '  a ');
-- differs: the hash functions of PostgreSQL are missing
SELECT hashtext('abc');
