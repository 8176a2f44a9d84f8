-- The shapes of a dashboard, in SQL that Tidegate and DuckDB both speak. A name, then one statement.
-- count in a range
SELECT count(*) FROM backlog WHERE ts >= TIMESTAMPTZ '2026-05-01 01:00:30Z' AND ts < TIMESTAMPTZ '2026-05-01 03:10:10Z';
-- per-minute series of one cluster
SELECT date_trunc('minute', ts) AS minute, avg(value), max(bytes) FROM backlog WHERE cluster = 'cluster-07' GROUP BY 1 ORDER BY 1;
-- hourly by metric
SELECT date_trunc('hour', ts) AS hour, metric, count(*), avg(value) FROM backlog GROUP BY 1, 2 ORDER BY 1, 2;
-- top ten users
SELECT user_id, count(*) AS n, sum(bytes) FROM backlog GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10;
-- newest ten rows
SELECT ts, metric, cluster, value FROM backlog ORDER BY ts DESC LIMIT 10;
