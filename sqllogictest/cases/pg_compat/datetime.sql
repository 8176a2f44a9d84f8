-- Dates, times and intervals: chapter 9.9 of the manual.

-- age
SELECT age(timestamp '2026-04-10', timestamp '1957-06-13'), age(timestamp '1957-06-13', timestamp '2026-04-10');
SELECT age(timestamptz '2026-03-31 12:00+00', timestamptz '2026-02-28 13:30:15.5+00');
SELECT age(date '2026-03-01', date '2024-02-29'), age(timestamp '2026-03-31', timestamp '2026-02-28');
SELECT age(current_date, current_date), age(now()) = age(current_date, now());
SELECT age(NULL::timestamp, timestamp '2026-01-01');

-- justify
SELECT justify_days('35 days'::interval), justify_hours('27 hours'::interval), justify_interval('1 mon -1 hour'::interval);
SELECT justify_days('-35 days 4 hours'::interval), justify_hours('-27 hours 3 days'::interval), justify_interval('-35 days 25 hours'::interval);
SELECT justify_interval('1 year 400 days -27:00:00.5'::interval);

-- make
SELECT make_date(2013, 7, 15), make_date(-44, 3, 15), make_time(8, 15, 23.5), make_timestamp(2013, 7, 15, 8, 15, 23.5);
SELECT make_timestamptz(2013, 7, 15, 8, 15, 23.5), make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'America/New_York');
SELECT make_timestamptz(2013, 7, 15, 8, 15, 23.5, '+05:30'), make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'EST');
SELECT make_interval(), make_interval(1), make_interval(1, 2, 3, 4, 5, 6, 7.5), make_interval(years => 1, secs => 2.25);
SELECT make_interval(days => 10), make_interval(hours => 10, mins => 30), make_interval(weeks => 3, months => -5), make_interval(secs => 0.1);
SELECT make_date(2013, 2, 30);
SELECT make_date(0, 2, 3);
SELECT make_time(25, 0, 0);
SELECT make_time(24, 0, 0), make_time(10, 55, 60);
SELECT make_timestamp(2013, 13, 1, 0, 0, 0);
SELECT make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'Nowhere/Land');
SELECT make_interval(years => 2147483647);

-- isfinite, OVERLAPS
SELECT isfinite(date '2026-01-01'), isfinite(timestamp '2026-01-01'), isfinite(now()), isfinite('1 day'::interval), isfinite(NULL::date);
SELECT (DATE '2001-02-16', DATE '2001-12-21') OVERLAPS (DATE '2001-10-30', DATE '2002-10-30');
SELECT (DATE '2001-02-16', INTERVAL '100 days') OVERLAPS (DATE '2001-10-30', DATE '2002-10-30');
SELECT (DATE '2001-10-29', DATE '2001-10-30') OVERLAPS (DATE '2001-10-30', DATE '2001-10-31');
SELECT (DATE '2001-10-30', DATE '2001-10-30') OVERLAPS (DATE '2001-10-30', DATE '2001-10-31');
SELECT (TIME '10:00', TIME '12:00') OVERLAPS (TIME '11:00', TIME '13:00'), (TIME '12:00', TIME '10:00') OVERLAPS (TIME '11:00', INTERVAL '1 hour');
SELECT (TIMESTAMP '2026-01-01', NULL) OVERLAPS (TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02'), (TIMESTAMP '2025-01-01', NULL) OVERLAPS (TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02');
SELECT (now(), now() + interval '1 hour') OVERLAPS (now(), interval '2 hours');

-- date_bin, date_trunc
SELECT date_bin('15 minutes', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01'), date_bin('15 minutes', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01 00:02:30');
SELECT date_bin('1 day', TIMESTAMPTZ '2020-02-11 15:44:17+00', TIMESTAMPTZ '2001-01-01 03:00+00'), date_bin('1 week', TIMESTAMP '1999-02-11 15:44:17', TIMESTAMP '2001-01-01');
SELECT date_bin('1 month', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01');
SELECT date_bin('-1 day', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01');
SELECT date_bin('0 days', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01');
SELECT date_trunc('hour', TIMESTAMP '2001-02-16 20:38:40'), date_trunc('year', TIMESTAMP '2001-02-16 20:38:40'), date_trunc('quarter', date '2001-05-16');
SELECT date_trunc('day', TIMESTAMPTZ '2001-02-16 20:38:40+00'), date_trunc('day', TIMESTAMPTZ '2001-02-16 20:38:40+00', 'Australia/Sydney');
SELECT date_trunc('hour', INTERVAL '3 days 02:47:33'), date_trunc('month', INTERVAL '3 years 5 months 12 days'), date_trunc('quarter', INTERVAL '3 years 5 months 12 days');
SELECT date_trunc('decade', TIMESTAMP '2001-02-16 20:38:40'), date_trunc('century', TIMESTAMP '2001-02-16 20:38:40'), date_trunc('millennium', TIMESTAMP '2001-02-16 20:38:40'), date_trunc('week', TIMESTAMP '2001-02-16 20:38:40');
SELECT date_trunc('milliseconds', TIMESTAMP '2001-02-16 20:38:40.123456'), date_trunc('microseconds', TIMESTAMP '2001-02-16 20:38:40.123456'), date_trunc('second', INTERVAL '1.5 seconds'), date_trunc('minute', TIME '12:34:56');
SELECT date_trunc('week', INTERVAL '1 day');
SELECT date_trunc('nonsense', TIMESTAMP '2001-02-16 20:38:40');
SELECT date_trunc('century', INTERVAL '250 years'), date_trunc('millennium', INTERVAL '2500 years 3 mons'), date_trunc('decade', INTERVAL '-25 years');

-- extract and date_part
SELECT extract(century FROM date '2000-12-31'), extract(day FROM date '2000-12-31'), extract(decade FROM date '2000-12-31'), extract(dow FROM date '2000-12-31'), extract(doy FROM date '2000-12-31'), extract(epoch FROM date '2000-12-31'), extract(isodow FROM date '2000-12-31'), extract(isoyear FROM date '2000-12-31'), extract(julian FROM date '2000-12-31');
SELECT extract(millennium FROM date '2000-12-31'), extract(month FROM date '2000-12-31'), extract(quarter FROM date '2000-12-31'), extract(week FROM date '2000-12-31'), extract(year FROM date '2000-12-31');
SELECT extract(century FROM timestamp '2001-02-16 20:38:40.12'), extract(decade FROM timestamp '2001-02-16 20:38:40.12'), extract(dow FROM timestamp '2001-02-16 20:38:40.12'), extract(doy FROM timestamp '2001-02-16 20:38:40.12'), extract(epoch FROM timestamp '2001-02-16 20:38:40.12'), extract(hour FROM timestamp '2001-02-16 20:38:40.12'), extract(isodow FROM timestamp '2001-02-16 20:38:40.12'), extract(isoyear FROM timestamp '2001-02-16 20:38:40.12'), extract(julian FROM timestamp '2001-02-16 20:38:40.12');
SELECT extract(microseconds FROM timestamp '2001-02-16 20:38:40.12'), extract(millennium FROM timestamp '2001-02-16 20:38:40.12'), extract(milliseconds FROM timestamp '2001-02-16 20:38:40.12'), extract(minute FROM timestamp '2001-02-16 20:38:40.12'), extract(second FROM timestamp '2001-02-16 20:38:40.12'), extract(week FROM timestamp '2001-02-16 20:38:40.12');
SELECT extract(epoch FROM timestamptz '2001-02-16 20:38:40.12+00'), extract(timezone FROM timestamptz '2001-02-16 20:38:40.12+00'), extract(timezone_hour FROM timestamptz '2001-02-16 20:38:40.12+00'), extract(timezone_minute FROM timestamptz '2001-02-16 20:38:40.12+00'), extract(julian FROM timestamptz '2001-02-16 20:38:40.12+00');
SELECT extract(hour FROM time '20:38:40.12'), extract(minute FROM time '20:38:40.12'), extract(second FROM time '20:38:40.12'), extract(milliseconds FROM time '20:38:40.12'), extract(microseconds FROM time '20:38:40.12'), extract(epoch FROM time '20:38:40.12');
SELECT extract(century FROM interval '-2001 years'), extract(decade FROM interval '127 years'), extract(year FROM interval '25 months'), extract(month FROM interval '25 months'), extract(quarter FROM interval '25 months'), extract(day FROM interval '40 days'), extract(hour FROM interval '80 minutes'), extract(minute FROM interval '80 minutes'), extract(second FROM interval '70.5 seconds'), extract(millennium FROM interval '2500 years');
SELECT extract(epoch FROM interval '1 year 2 mons 3 days 04:05:06.7'), extract(milliseconds FROM interval '1.5 seconds'), extract(microseconds FROM interval '1.5 seconds');
SELECT date_part('epoch', interval '1 year 1 mon'), date_part('century', date '2000-12-31'), date_part('julian', timestamp '2001-02-16 12:00'), date_part('isodow', timestamp '2001-02-18 12:00'), date_part('timezone', timestamptz '2001-02-18 12:00+00'), date_part('epoch', timestamptz '2001-02-18 12:00:00.25+00');
SELECT date_part('hour', time '10:20:30'), date_part('dow', date '2026-11-22'), date_part('week', date '2026-01-01'), date_part('isoyear', date '2027-01-01'), date_part('quarter', timestamp '2026-11-01'), date_part('microseconds', time '10:20:30.5'), date_part('year', make_date(-44, 3, 15));
SELECT extract(hour FROM date '2000-12-31');
SELECT extract(timezone FROM timestamp '2000-12-31');
SELECT extract(day FROM time '12:00');
SELECT extract(week FROM interval '1 day');
SELECT extract(nonsense FROM timestamp '2000-12-31');
SELECT date_part('nonsense', interval '1 day');
SELECT extract('year' FROM date '2026-11-22'), extract(years FROM date '2026-11-22'), extract(y FROM date '2026-11-22'), extract(h FROM timestamp '2026-11-22 10:00');
SELECT extract(dow FROM interval '1 day');

-- The present
SELECT now() = current_timestamp, now() = transaction_timestamp(), current_date = now()::date, localtimestamp = now()::timestamp, localtime = now()::time;
SELECT statement_timestamp() >= now(), clock_timestamp() >= statement_timestamp(), length(timeofday()) > 30;
SELECT pg_typeof(localtime)::text, pg_typeof(localtimestamp)::text, pg_typeof(clock_timestamp())::text, pg_typeof(timeofday())::text, pg_typeof(current_date)::text;
SELECT localtimestamp(0) = date_trunc('second', localtimestamp(0)), current_timestamp(0) = date_trunc('second', current_timestamp(0)), extract(microseconds FROM localtime(0))::int % 1000000 = 0;

-- AT TIME ZONE
SELECT TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'America/Denver', TIMESTAMPTZ '2001-02-16 20:38:40-05' AT TIME ZONE 'America/Denver';
SELECT TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'EST', TIMESTAMP '2001-07-16 20:38:40' AT TIME ZONE 'PDT', TIMESTAMPTZ '2001-02-16 20:38:40-05' AT TIME ZONE 'est', TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'MST7MDT';
SELECT TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE '+02:00', TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE '-3', TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'UTC+2', TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'z';
SELECT TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE INTERVAL '-08:00', TIMESTAMPTZ '2001-02-16 20:38:40+00' AT TIME ZONE INTERVAL '5 hours 30 minutes';
SELECT timezone('Asia/Tokyo', TIMESTAMP '2001-02-16 20:38:40'), timezone(INTERVAL '2 hours', TIMESTAMPTZ '2001-02-16 20:38:40+00'), DATE '2026-05-01' AT TIME ZONE 'Europe/Berlin';
SELECT TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'europe/berlin', TIMESTAMP '2001-07-16 20:38:40' AT TIME ZONE 'CEST';
SELECT TIMESTAMPTZ '2001-02-16 20:38:40+00' AT TIME ZONE NULL;

-- Arithmetic
SELECT date '2001-09-28' + 7, date '2001-10-01' - 7, 7 + date '2001-09-28', date '2001-10-01' - date '2001-09-28';
SELECT date '2001-09-28' + interval '1 hour', date '2001-09-28' - interval '1 hour', interval '1 hour' + date '2001-09-28';
SELECT date '2001-09-28' + time '03:00', time '03:00' + date '2001-09-28', time '01:00' + interval '3 hours', time '05:00' - interval '2 hours', time '23:00' + interval '3 hours', time '05:00' - time '03:00';
SELECT timestamp '2001-09-29 03:00' - timestamp '2001-07-27 12:00', timestamp '2001-07-27 12:00' - timestamp '2001-09-29 03:00', timestamptz '2001-09-29 03:00+00' - timestamptz '2001-07-27 12:00+02';
SELECT timestamp '2001-09-28 23:00' - interval '23 hours', timestamp '2001-01-31' + interval '1 month', timestamp '2001-03-31' - interval '1 month', interval '1 day' + timestamp '2001-01-31';
SELECT interval '1 day' + interval '1 hour', interval '1 day' - interval '1 hour', - interval '23 hours', - interval '1 year -2 days 00:00:01';
SELECT 900 * interval '1 second', 21 * interval '1 day', double precision '3.5' * interval '1 hour', interval '1 hour' * 3.5, interval '1 hour' / double precision '1.5', interval '1 month' / 7, interval '1 year' * 0.7;
SELECT interval '1 day' / 0;
SELECT interval '1 month' = interval '30 days', interval '1 day' = interval '24 hours', interval '1 mon' > interval '29 days 23:59', interval '1 year' < interval '365 days', interval '1 month' <> interval '31 days';
SELECT sum(x), avg(x), min(x), max(x), count(DISTINCT x) FROM (VALUES (interval '1 day'), (interval '24 hours'), (interval '1 mon'), (NULL)) v(x);
SELECT x FROM (VALUES (interval '1 day'), (interval '25 hours'), (interval '1 mon'), (interval '29 days'), (interval '-1 hour'), (NULL)) v(x) ORDER BY x;
SELECT x, count(*) FROM (VALUES (interval '1 day'), (interval '24 hours'), (interval '1 mon'), (interval '30 days')) v(x) GROUP BY x ORDER BY x;
SELECT DISTINCT x FROM (VALUES (interval '1 day'), (interval '24 hours')) v(x);
SELECT greatest(interval '1 month', interval '29 days'), least(interval '25 hours', interval '1 day'), interval '2 days' BETWEEN interval '24 hours' AND interval '1 month';
SELECT sum(t2 - t1), avg(t2 - t1), max(t2 - t1) FROM (VALUES (timestamp '2026-01-01', timestamp '2026-01-03 12:00'), (timestamp '2026-01-01', timestamp '2026-01-02')) v(t1, t2);
SELECT (timestamp '2026-01-03 12:00' - timestamp '2026-01-01') > interval '2 days', extract(epoch FROM timestamp '2026-01-03 12:00' - timestamp '2026-01-01'), (timestamp '2026-01-03 12:00' - timestamp '2026-01-01')::text;
SELECT date '2026-01-03' - timestamp '2026-01-01 12:00', date '2026-01-03' = timestamp '2026-01-03', date '2026-01-03' < timestamptz '2026-01-04 00:00+00';
SELECT timestamptz '2026-03-29 00:00+00' + interval '1 day', timestamptz '2026-03-29 00:00+00' - interval '24 hours';
SELECT to_timestamp(1284352323), to_timestamp(0.5), to_timestamp(-1.25), to_timestamp(1284352323.123456);
SELECT to_timestamp('NaN'::float8);
SELECT interval '1 day' * NULL, NULL::date + 1;
SELECT interval '1 hour' + time '23:30', time '23:30' + interval '1 hour', interval '1 day' + time '12:00';
SELECT (interval '1' day)::text, (interval '2' hour)::text, (interval '1-2' year to month)::text, (interval '3 4:05:06' day to second)::text;
-- differs: the row description says no modifier of a time's type
SELECT interval '1' day;
SELECT date '2026-05-03' + 1.5;
SELECT '2026-05-03'::date + '1 day', timestamp '2026-05-03' - '2026-05-01';

-- Intervals as they are written
SELECT '1 day 02:03:04'::interval, '1-2'::interval, '-1-2 +3 -4:05:06'::interval, 'P1Y2M3DT4H5M6.7S'::interval, '1 year 2 mons ago'::interval, '@ 3 weeks'::interval;
SELECT '1.5 days'::interval, '1.5 months'::interval, '1.5 years'::interval, '2.5 weeks'::interval, '.5 hours'::interval, '1 h 30 m'::interval, '90'::interval, '1:30.5'::interval;
SELECT (interval '1' year)::text, (interval '1' month)::text, (interval '1' minute)::text, (interval '1.5' second)::text, (interval '1 day 02:03:04' day to hour)::text, (interval '1 day 02:03:04' day to minute)::text, (interval '2-3' year)::text;
SELECT x::interval FROM (VALUES ('1 day'), ('02:03'), ('1 mon -1 day'), (NULL)) v(x);
SELECT ''::interval;
SELECT '1 nonsense'::interval;
SELECT interval '1 day 2 days';
SELECT '1:2:3:4'::interval;
SELECT '12:70'::interval;
SELECT (timestamp '2026-01-01 12:34:56.789'::timestamp(0))::text, ('2026-01-01 12:34:56.789'::timestamp(1))::text, (time '12:34:56.789'::time(2))::text, (timestamptz '2026-01-01 12:34:56.789+00'::timestamptz(0))::text, (interval '1.23456 seconds'::interval(2))::text;
SELECT greatest(interval '25 hours', interval '1 day', NULL), least(interval '25 hours', NULL, interval '1 day');
SELECT x, rank() OVER (ORDER BY x), avg(x) OVER (ORDER BY x) FROM (VALUES (interval '1 day'), (interval '25 hours'), (interval '1 mon')) v(x) ORDER BY x DESC;
SELECT a.x, b.x FROM (VALUES (interval '1 day'), (interval '1 mon')) a(x) JOIN (VALUES (interval '24 hours'), (interval '30 days')) b(x) ON a.x = b.x ORDER BY 1;
SELECT k, min(x), max(x), avg(x), sum(x) FROM (VALUES (1, interval '1 day'), (1, interval '25 hours'), (2, NULL), (3, interval '-1 mon')) v(k, x) GROUP BY k ORDER BY k;
SELECT avg(x) FROM (VALUES (NULL::interval)) v(x);
SELECT interval '1 day' IN (interval '1 hour', interval '24 hours'), nullif(interval '1 day', interval '24 hours'), nullif(interval '1 day', interval '1 hour'), CASE interval '1 mon' WHEN interval '30 days' THEN 'a' ELSE 'b' END;
SELECT max(x) OVER () FROM (VALUES (interval '1 day')) v(x);

-- In other zones
SET TimeZone = 'America/New_York';
SELECT timestamptz '2026-03-08 01:30' + interval '1 day', timestamptz '2026-03-08 01:30' + interval '24 hours', timestamptz '2026-11-02 12:00' - timestamptz '2026-10-31 12:00';
SELECT extract(timezone FROM timestamptz '2026-07-01 00:00'), extract(timezone_hour FROM timestamptz '2026-01-01 00:00'), extract(hour FROM timestamptz '2026-07-01 00:00+00'), extract(julian FROM timestamptz '2026-07-01 00:00+00'), extract(epoch FROM timestamptz '2026-07-01 00:00'), extract(doy FROM timestamptz '2026-01-01 00:00+00');
SELECT date_trunc('day', timestamptz '2026-07-01 02:00+00'), date_trunc('day', timestamptz '2026-07-01 02:00+00', 'UTC'), date_trunc('month', timestamptz '2026-03-31 12:00'), date_trunc('hour', timestamptz '2026-11-01 05:30+00'), date_trunc('hour', timestamptz '2026-11-01 06:30+00');
SELECT age(timestamptz '2026-07-01 02:00+00', timestamptz '2025-11-01 05:00+00'), date_bin('1 day', timestamptz '2026-07-01 02:00+00', timestamptz '2026-01-01'), make_timestamptz(2026, 7, 1, 12, 0, 0);
SELECT date '2026-07-01' AT TIME ZONE 'UTC', timestamp '2026-07-01 12:00' AT TIME ZONE 'UTC', timestamptz '2026-07-01 12:00' AT TIME ZONE 'UTC', to_timestamp(0), date '2026-07-01'::timestamptz, localtimestamp = now()::timestamp, current_date = now()::date;
SELECT (timestamptz '2026-11-01 00:00', interval '1 day') OVERLAPS (timestamptz '2026-11-02 00:00', interval '1 hour');
SELECT timestamptz '2026-07-01 02:00+00' - interval '1 month', timestamptz '2026-07-01 02:00+00' + interval '6 months', date_part('timezone', timestamptz '2026-07-01 02:00+00');
RESET TimeZone;
