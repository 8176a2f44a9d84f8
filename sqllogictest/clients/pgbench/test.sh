#!/usr/bin/env bash
# pgbench: what people measure with, in each of its modes, with scripts that fail where an answer is wrong.
set -euo pipefail
scripts=$(mktemp -d)
trap 'rm -r "$scripts"' EXIT

cat >"$scripts/point.sql" <<'SQL'
\set id random(0, 999)
SELECT id AS found, amount AS amount FROM orders WHERE id = :id \gset
\if :found <> :id or :amount <> :id + 0.25
    SELECT 'wrong row' / 0;
\endif
SQL
cat >"$scripts/aggregate.sql" <<'SQL'
\set low random(0, 499)
\set high :low + random(1, 500)
BEGIN;
SELECT count(*) AS n, sum(id) AS ids FROM orders WHERE id >= :low AND id < :high \gset
\if :n <> :high - :low or :ids <> (:low + :high - 1) * (:high - :low) / 2
    SELECT 'wrong sum' / 0;
\endif
END;
SQL
cat >"$scripts/time.sql" <<'SQL'
\set minutes random(1, 1000)
SELECT count(*) AS n FROM orders WHERE ts < timestamptz '2026-01-01 00:00:00+00' + :minutes * interval '1 minute' \gset
\if :n <> :minutes
    SELECT 'wrong count' / 0;
\endif
SQL
cat >"$scripts/write.sql" <<'SQL'
\set id random(1, 1000000)
INSERT INTO bench (client, id) VALUES (:client_id, :id) RETURNING id AS kept \gset
\if :kept <> :id
    SELECT 'wrong row' / 0;
\endif
SQL

psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE TABLE bench (client integer, id bigint)'
for mode in simple extended prepared; do
    for script in "$scripts"/*.sql; do
        report=$(pgbench -n -M "$mode" -c 4 -j 2 -t 25 -f "$script" 2>&1) || { echo "$report" >&2; exit 1; }
        if ! grep -q 'transactions actually processed: 100/100' <<<"$report"; then
            printf '%s, %s:\n%s\n' "$mode" "${script##*/}" "$report" >&2
            exit 1
        fi
    done
done
written=$(psql -X -At -c 'SELECT count(*), count(DISTINCT client) FROM bench')
[ "$written" = '300|4' ] || { echo "rows written: $written" >&2; exit 1; }
psql -X -q -c 'DROP TABLE bench'

# A pipeline of statements, in the modes that have one.
printf '%s\n' '\startpipeline' 'SELECT count(*) FROM orders;' 'SELECT max(id) FROM orders;' '\endpipeline' \
    >"$scripts/pipeline"
for mode in extended prepared; do
    pgbench -n -M "$mode" -c 2 -t 10 -f "$scripts/pipeline" >/dev/null
done
