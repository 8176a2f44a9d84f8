-- Pattern matching: chapter 9.7.

SELECT 'thomas' ~ 't.*ma', 'thomas' ~* 'T.*ma', 'thomas' !~ 't.*max', 'thomas' !~* 'T.*ma', NULL ~ 'a', 'a' ~ NULL;
SELECT 'abc' SIMILAR TO 'abc', 'abc' SIMILAR TO 'a', 'abc' SIMILAR TO '%(b|d)%', 'abc' SIMILAR TO '(b|c)%', 'abc' NOT SIMILAR TO 'a_c';
SELECT 'a.c' SIMILAR TO 'a.c', 'abc' SIMILAR TO 'a.c', 'aac' SIMILAR TO 'a+c', 'a^b' SIMILAR TO 'a^b', 'a$' SIMILAR TO 'a$';
SELECT 'a%c' SIMILAR TO 'a\%c', 'a%c' SIMILAR TO 'a#%c' ESCAPE '#', 'abc' SIMILAR TO 'a\%c';
SELECT 'aaa' SIMILAR TO 'a{2,3}', 'ab' SIMILAR TO '[a-b]{2}', 'ab' SIMILAR TO '[^c]*';
SELECT 'abc' SIMILAR TO NULL;
SELECT regexp_match('foobarbequebaz', '(bar)(beque)'), regexp_match('foobarbequebaz', 'bar.*que'), regexp_match('abc', 'z');
SELECT regexp_match('aBc', 'b', 'i'), regexp_match('a', '(b)?a'), (regexp_match('foo123', '\d+'))[1];
SELECT regexp_match('abc', 'b', 'g');
SELECT regexp_matches('foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g');
SELECT regexp_matches('foobar', 'z');
SELECT * FROM regexp_matches('a1b2c3', '([a-z])(\d)', 'g');
SELECT (regexp_matches('a1b2', '\d', 'g'))[1];
SELECT regexp_replace('Thomas', '.[mN]a.', 'M'), regexp_replace('foobarbaz', 'b..', 'X'), regexp_replace('foobarbaz', 'b..', 'X', 'g');
SELECT regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g'), regexp_replace('abc', 'b', '[\&]'), regexp_replace('abc', '(b)', '\\1'), regexp_replace('ABC', 'b', 'x', 'i');
SELECT regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 0, 'i'), regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i'), regexp_replace('hello', 'l', 'L', 4);
SELECT regexp_replace('abc', 'b', '$1'), regexp_replace('a.c', '\.', '-'), regexp_replace('abc', '', '-', 'g'), regexp_replace(NULL, 'a', 'b');
SELECT regexp_replace('abc', 'b', 'x', 'z');
SELECT regexp_replace('abc', '(', 'x');
SELECT regexp_split_to_array('hello world', '\s+'), regexp_split_to_array('the quick', '\s*'), regexp_split_to_array('abc', ''), regexp_split_to_array('', ','), regexp_split_to_array('aXbxc', 'x', 'i');
SELECT regexp_split_to_table('hello world', '\s+');
SELECT foo FROM regexp_split_to_table('the quick brown', '\s+') AS foo;
SELECT regexp_count('123456789012', '\d\d\d', 2), regexp_count('aXaxa', 'x', 1, 'i'), regexp_count('abc', 'z'), regexp_count('aaa', 'a');
SELECT regexp_count('aaa', 'a', 0);
SELECT regexp_instr('number of your street, town zip, FR', '[^,]+', 1, 2), regexp_instr('abcdef', 'c', 1, 1, 1), regexp_instr('abc', 'z'), regexp_instr('ABCDEFGHI', '(c..)(...)', 1, 1, 0, 'i', 2);
SELECT regexp_like('Hello World', 'world$', 'i'), regexp_like('abc', 'd'), regexp_like('abc', '^b', 'g');
SELECT regexp_like('abc', 'B', 'i'), regexp_like(NULL, 'a');
SELECT regexp_substr('number of your street, town zip, FR', '[^,]+', 1, 2), regexp_substr('ABCDEFGHI', '(c..)(...)', 1, 1, 'i', 2), regexp_substr('abc', 'z');
SELECT regexp_substr('abc', 'b', 0);
SELECT 'abc' ~ '(?i)ABC', 'foo bar' ~ '\mbar\M', 'foo bar' ~ '\yoo', 'foo' ~ '\Yoo';
SELECT 'a1' ~ '^\w\d$', 'a b' ~ '\s', 'ab' ~ '[[:alpha:]]+', 'ab' ~ '^[[:upper:]]', 'x' ~ '[[:<:]]x';
SELECT 'aaa' ~ 'a{2}', 'aaa' ~ '^a{2,3}$', 'aaa' ~ 'a{4,}', 'a{' ~ 'a\{';
SELECT E'a\nb' ~ 'a.b', E'a\nb' ~ '^b', E'a\nb' ~ '(?n)^b', regexp_match(E'a\nb', '^b', 'n'), regexp_match(E'a\nb', 'a.b', 's');
SELECT 'a.b' ~ '(?q)a.b', 'axb' ~ '***=a.b', 'a.b' ~ '***=a.b', regexp_replace('a.b', '.', 'x', 'q');
SELECT 'abc' ~ 'a b c', regexp_match('abc', 'a b c', 'x');
SELECT substring('XY1234Z', 'Y*([0-9]{1,3})'), substring('XY1234Z', 'Y*?([0-9]{1,3})');
SELECT substring('foobar' from 'o.b'), substring('foobar' from 'o(.)b'), regexp_match('abc01234xyz', '(.*)(\d+)(.*)'), regexp_match('abc01234xyz', '(.*?)(\d+)(.*)');
SELECT regexp_match('abc01234xyz', '(?:(.*?)(\d+)(.*)){1,1}');
SELECT 'abc' ~ '[';
SELECT 'abc' ~ 'a**';
SELECT 'abc' ~ '*a';
SELECT 'abc' ~ 'a{5,2}';
SELECT 'abc' ~ 'x)';
SELECT regexp_replace('x', 'x', 'a\nb'), regexp_replace('abc', '(a)(b)(c)', '\3\2\1\9');
SELECT v ~ 'b', regexp_replace(v, 'b+', 'x'), substring(v from 'b+'), regexp_match(v, '(b+)') FROM (VALUES ('abb'), (NULL), ('zz')) t(v);
SELECT v ~ p, regexp_replace(v, p, '-') FROM (VALUES ('abb', 'a'), ('abb', 'b+'), ('zz', NULL)) t(v, p);
SELECT regexp_replace('hello world', '(^|\s)w', '\1W'), regexp_replace('2024-01-15', '(\d+)-(\d+)-(\d+)', '\3/\2/\1');
-- differs: letters beyond ASCII are letters here, and none in the locale C
SELECT 'ÄÖ' ~* 'äö', 'é' ~ '\w', 'é' ~ '^.$';
SELECT 'abc' ~ 'A', 'abc' ~ '^[a-c]+$', 'a-b' ~ '[a\-b]', 'a]' ~ '[]a]', '\' ~ '\\';
SELECT '{a,b}'::text ~ '^\{', 'a|b' ~ 'a\|b', 'tab	x' ~ '\t', 'x' ~ '\x78', 'x' ~ '\u0078';
SELECT 'abc' ~ 'b$', E'abc\n' ~ 'c$', 'foo.bar' ~ 'foo\.bar', 'A' ~ '[[:lower:]]', '_' ~ '\w', '1' ~ '\D', ' ' ~ '\S';
SELECT 'abc' LIKE 'a' || '%', 'abc' ~ ('^' || 'a');
SELECT regexp_like('abc', 'b', 'c'), regexp_count('ABab', 'ab', 1, 'i'), regexp_instr('aXb', 'x', 1, 1, 0, 'i');
SELECT 'a' ~ '', '' ~ '^$', 'abc' ~ '.{3}', 'abc' ~ '\A.{3}\Z', 'abc' ~ '(?:ab)c';

-- Known differences.
-- differs: lookaround is not supported
SELECT 'abc' ~ 'a(?=b)';
-- differs: back-references are not supported
SELECT 'abab' ~ '(ab)\1';
-- differs: within the longest match groups are found as by Perl
SELECT regexp_match('foobar', '(foo|foobar)(bar)?');
