-- to_char, to_date, to_timestamp, to_number: chapter 9.8 of the manual.

-- Dates and times
SELECT to_char(timestamp '2002-04-20 17:31:12.66', 'HH12:MI:SS'), to_char(timestamptz '2002-04-20 17:31:12.66+00', 'HH24:MI:SS.US');
SELECT to_char(timestamp '2026-05-03 04:05:06.789012', 'YYYY-MM-DD HH24:MI:SS.MS US FF1 FF2 FF3 FF4 FF5 FF6');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'DAY Day day DY Dy dy MONTH Month month MON Mon mon');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'FMDAY FMDay FMday FMMONTH FMMonth FMmonth FMDD FMMM FMHH12 FMMI FMSS');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'TMDay, TMMonth TMMON|RM|rm|FMRM|FMrm');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'Y,YYY YYYY YYY YY Y IYYY IYY IY I BC AD b.c. a.d.');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'Q WW W IW D ID DD DDD IDDD J CC');
SELECT to_char(timestamp '2026-05-03 14:05:06', 'HH HH12 HH24 AM PM am pm A.M. P.M. a.m. p.m. SSSS SSSSS');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'DDTH DDth FMDDth DDDth YYYYth HH24TH MIth SSth FMMMTH CCth Qth Wth DTH');
SELECT to_char(timestamp '2026-05-03 04:05:06', '"the" FMDDth "of" FMMonth, "\"YYYY\"" \YYYY \"YYYY\"');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'FXYYYY FX MM, xyz, ÄÖÜ 日本 "日本 DD" 5');
SELECT to_char(timestamp '2026-05-03 04:05:06', 'TZ|tz|TZH|TZM|OF'), to_char(timestamptz '2026-05-03 04:05:06+00', 'TZ|tz|TZH|TZM|OF');
SELECT to_char(timestamp '2026-05-03 04:05:06', ''), to_char(timestamp '2026-05-03', NULL), to_char(NULL::timestamp, 'YYYY');
SELECT to_char(date '2026-05-03', 'YYYY-MM-DD HH24:MI TZ'), to_char(time '14:05:06.5', 'HH12:MI:SS.MS PM');
SELECT to_char(d, 'IYYY-IW-ID Q CC YYYY DDD WW') FROM (VALUES (date '2025-12-28'), (date '2025-12-29'), (date '2027-01-03'), (date '2024-02-29'), (date '2000-12-31'), (date '2001-01-01'), (date '1999-01-01')) v(d);
SELECT to_char(make_date(-44, 3, 15), 'YYYY BC CC IYYY Y,YYY YY'), to_char(make_date(-100, 1, 1), 'YYYY AD CC');
SELECT to_char(h, 'HH12 am') FROM (VALUES (time '00:00'), (time '01:00'), (time '11:59'), (time '12:00'), (time '12:30'), (time '23:00')) v(h);
SELECT to_char(now(), 'YYYY') = extract(year FROM now())::text, to_char(current_date, 'J')::int = extract(julian FROM current_date)::int;

-- Intervals
SELECT to_char(interval '15h 2m 12s', 'HH24:MI:SS'), to_char(interval '3 days', 'DD HH24'), to_char(interval '40 hours', 'HH12 HH24 PM');
SELECT to_char(interval '1 year 3 months 4 days', 'YYYY MM DD DDD Q CC RM Y,YYY'), to_char(interval '0', 'RM|MM|Q|DD');
SELECT to_char(-interval '30 hours 5 minutes', 'HH24:MI:SS HH12'), to_char(interval '12 months', 'YYYY-MM RM'), to_char(interval '-1 month', 'YYYY-MM RM');
SELECT to_char(interval '1 day', 'Month');
SELECT to_char(interval '1 day', 'TZ');
SELECT to_char(interval '1 day', 'AD');
SELECT to_char(interval '1.5 seconds', 'SS.MS SSSS US'), to_char(timestamp '2026-05-03' - timestamp '2026-05-01 12:00', 'DD HH24');

-- Numbers
SELECT to_char(-0.1, '99.99'), to_char(-0.1, 'FM9.99'), to_char(-0.1, 'FM90.99'), to_char(0.1, '0.9'), to_char(12, '9990999.9'), to_char(12, 'FM9990999.9');
SELECT to_char(485, '999'), to_char(-485, '999'), to_char(485, '9 9 9'), to_char(1485, '9,999'), to_char(1485, '9G999'), to_char(148.5, '999.999'), to_char(148.5, 'FM999.999'), to_char(148.5, 'FM999.990');
SELECT to_char(148.5, '999D999'), to_char(3148.5, '9G999D999'), to_char(-485, '999S'), to_char(-485, '999MI'), to_char(485, '999MI'), to_char(485, 'FM999MI'), to_char(485, 'PL999'), to_char(485, 'SG999'), to_char(-485, 'SG999'), to_char(-485, '9SG99');
SELECT to_char(-485, '999PR'), to_char(485, '999PR'), to_char(485, 'L999'), to_char(485, 'RN'), to_char(485, 'FMRN'), to_char(5.2, 'FMRN'), to_char(482, '999th'), to_char(485, '"Good number:"999'), to_char(485.8, '"Pre:"999" Post:" .999');
SELECT to_char(12, '99V999'), to_char(12.4, '99V999'), to_char(12.45, '99V9'), to_char(0.0004859, '9.99EEEE'), to_char(-1234567, '9.99EEEE'), to_char(9.99, '9.9EEEE'), to_char(9.99::float8, '9.9EEEE');
SELECT to_char(1234, '99'), to_char(-1234.5, '99.9'), to_char(0, '9.9'), to_char(0, '0.0'), to_char(0, 'FM9.9'), to_char(0, 'FM99'), to_char(0.5, 'FM.99'), to_char(100, 'FM999.'), to_char(100, '');
SELECT to_char(1, '9'), to_char(1::smallint, '9th'), to_char(11::bigint, '99TH'), to_char(2.5::real, '9.99'), to_char(2.5::float8, '99.99'), to_char(3.14159265358979::float8, 'FM9.99999999999999999');
SELECT to_char(1234567.891::real, '9999999.999'), to_char(123456789012345678::bigint, '999,999,999,999,999,999'), to_char('NaN'::float8, '999'), to_char('Infinity'::float8, '999.99'), to_char('-Infinity'::float8, '99999999999.9'), to_char('NaN'::float8, '9.9EEEE');
SELECT to_char(x, 'S999'), to_char(x, '999S'), to_char(x, 'FMS999'), to_char(x, '0000'), to_char(x, 'FM0000'), to_char(x, 'B999'), to_char(x, 'rn') FROM (VALUES (0), (1), (-1), (42), (-999), (1000)) v(x);
SELECT to_char(x, 'FM999,999,990.00'), to_char(x, '999G999D99S'), to_char(x, 'MI99.9'), to_char(x, 'SG99.9'), to_char(x, '9.999EEEE') FROM (VALUES (0.0), (0.005), (-0.005), (1234.565), (-98765.4321)) v(x);
SELECT to_char(4000, 'RN'), to_char(0, 'RN'), to_char(3999, 'RN'), to_char(-1, 'FMRN'), to_char(1994, 'rn');
SELECT to_char(1, '9.9.9');
SELECT to_char(1, '9.9V9');
SELECT to_char(1, 'S9S');
SELECT to_char(1, '9PR9');
SELECT to_char(1, 'SMI9');
SELECT to_char(1, '9EEEE9');
SELECT to_char(1, 'FM9EEEE');
SELECT to_char(99999999999, 'RN');
-- differs: the place is not told
SELECT to_char('x', '9');
SELECT to_char(true, '9');
SELECT to_char(NULL::int, '9'), to_char(1, NULL);

-- to_date and to_timestamp
SELECT to_date('05 Dec 2000', 'DD Mon YYYY'), to_date('20260503', 'YYYYMMDD'), to_date('2026-5-3', 'YYYY-MM-DD'), to_date('3.5.26', 'DD.MM.YY');
SELECT to_timestamp('05 Dec 2000', 'DD Mon YYYY'), to_timestamp('2026-05-03 14:05:06.789', 'YYYY-MM-DD HH24:MI:SS.MS'), to_timestamp('02:05 PM', 'HH12:MI AM');
SELECT to_timestamp('2000    JUN', 'YYYY MON'), to_timestamp('2000/JUN', 'FXYYYY MON'), to_date('  2026  05 03', 'YYYYMMDD');
SELECT to_date('2026 123', 'YYYY DDD'), to_date('2026-18-7', 'IYYY-IW-ID'), to_date('2026-127', 'IYYY-IDDD'), to_date('2461164', 'J'), to_date('2026 18', 'YYYY WW'), to_date('2026 05 2', 'YYYY MM W');
SELECT to_date('44-02-01 BC', 'YYYY-MM-DD BC'), to_date('20', 'CC'), to_date('20 45', 'CC YY'), to_date('1,999', 'Y,YYY'), to_date('97', 'YY'), to_date('797', 'YYY'), to_date('7', 'Y'), to_date('69', 'YY'), to_date('70', 'YY');
SELECT to_date('12 viii 1999', 'DD RM YYYY'), to_date('Friday 01 May 2026', 'Day DD Month YYYY'), to_date('may', 'month'), to_date('1st May 2026', 'DDth Mon YYYY');
SELECT to_timestamp('2026-05-03 14:05:06.5', 'YYYY-MM-DD HH24:MI:SS.US'), to_timestamp('2026-05-03 14:05:06.123456', 'YYYY-MM-DD HH24:MI:SS.FF3'), to_timestamp('2026-05-03 50706', 'YYYY-MM-DD SSSS');
SELECT to_timestamp('2026-05-03 14:05 +05:30', 'YYYY-MM-DD HH24:MI TZH:TZM'), to_timestamp('2026-05-03 14:05 -08', 'YYYY-MM-DD HH24:MI TZH');
SELECT to_date('2026-05-03', NULL), to_date(NULL, 'YYYY'), to_date('2026', 'YYYY'), to_timestamp('2026-05-03', 'YYYY-MM-DD') = timestamptz '2026-05-03 00:00+00';
SELECT to_date(x, 'YYYY/MM/DD') FROM (VALUES ('2026/05/03'), ('2024/2/29'), (NULL), ('1999 12 31')) v(x);
SELECT to_date('2026-02-30', 'YYYY-MM-DD');
SELECT to_date('2026-13-01', 'YYYY-MM-DD');
SELECT to_date('x', 'YYYY');
SELECT to_date('2026 Foo', 'YYYY Mon');
SELECT to_date('2026-1', 'YYYYMM');
SELECT to_date('2026-123', 'IYYY-DDD');
SELECT to_date('2026 2027', 'YYYY YYYY');
SELECT to_timestamp('13:00 PM', 'HH12:MI AM');
SELECT to_timestamp('24:00', 'HH24:MI');
SELECT to_timestamp('2026 CET', 'YYYY TZ');
SELECT to_timestamp('99999999999', 'YYYY');
SELECT to_timestamp('12', 'DDD');
SELECT to_timestamp('+20', 'TZH');
SELECT to_date('123', 'DDD');
SELECT to_date(2026, 'YYYY');

-- to_number
SELECT to_number('12,454.8-', '99G999D9S'), to_number('-34,338,492', '99G999G999'), to_number('0.00001-', '9.999999S'), to_number('<564646.654564>', '999999.999999PR');
SELECT to_number('$1,234.56', 'L9G999D99'), to_number('1,234.56', 'L9,999.99'), to_number('1 2 3', '9 9 9'), to_number('1234.56', 'L99,999.99'), to_number('42nd', '99th'), to_number('5 4 4 4 4 8 . 7 8', '9 9 9 9 9 9 . 9 9');
SELECT to_number('.01', 'FM9.99'), to_number('-.0', '99999999.99999999'), to_number('0', '99.99'), to_number('123456', '999G999'), to_number('-0.5', 'MI9.9'), to_number('123', '99V9'), to_number('+7', 'SG9');
SELECT to_number('', '9');
SELECT to_number('abc', '9');
SELECT to_number('1', 'RN');
SELECT to_number('1', '9EEEE');
SELECT to_number('123', '9.9');
SELECT to_number(NULL, '9'), to_number('1', NULL);
SELECT sum(to_number(x, '999.99')) FROM (VALUES ('1.50'), ('2.25'), ('-3.10')) v(x);

-- In another zone
SET TimeZone = 'America/New_York';
SELECT to_char(timestamptz '2026-07-01 12:00+00', 'YYYY-MM-DD HH24:MI TZ tz TZH:TZM OF'), to_char(timestamptz '2026-01-01 02:00+00', 'YYYY-MM-DD HH24:MI TZ OF'), to_char(date '2026-07-01', 'YYYY-MM-DD HH24:MI TZ');
SELECT to_timestamp('2026-07-01 12:00', 'YYYY-MM-DD HH24:MI'), to_timestamp('2026-03-08 02:30', 'YYYY-MM-DD HH24:MI'), to_timestamp('2026-11-01 01:30', 'YYYY-MM-DD HH24:MI'), to_timestamp('2026-07-01 12:00 +00', 'YYYY-MM-DD HH24:MI TZH'), to_date('2026-07-01', 'YYYY-MM-DD');
SET TimeZone = 'Asia/Kolkata';
SELECT to_char(timestamptz '2026-07-01 12:00+00', 'HH24:MI TZ TZH TZM OF'), to_char(timestamp '2026-07-01 12:00', 'HH24:MI TZ TZH TZM OF');
RESET TimeZone;
