#!/usr/bin/env bash
# PgBouncer in transaction mode in front: many clients on two connections, each transaction on any of them.
set -euo pipefail
expect() {
    if [ "$1" != "$2" ]; then
        printf 'expected: %s\nbut got:  %s\n' "$2" "$1" >&2
        exit 1
    fi
}
directory=$(mktemp -d)
cat >"$directory/pgbouncer.ini" <<INI
[databases]
$PGDATABASE = host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=$PGUSER pool_size=2
[pgbouncer]
listen_addr =
unix_socket_dir = $directory
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits,options
INI
# It does not want to be root.
runner=()
if [ "$(id -u)" = 0 ]; then
    runner=(-u nobody)
    chown nobody "$directory"
fi
pgbouncer -q "${runner[@]}" "$directory/pgbouncer.ini" 2>"$directory/log" &
bouncer=$!
trap 'kill $bouncer; wait $bouncer || true; rm -r "$directory"' EXIT
export PGHOST=$directory PGPORT=6432
psql=(psql -X -v ON_ERROR_STOP=1 -At)
for _ in $(seq 100); do
    "${psql[@]}" -c 'SELECT 1' >/dev/null 2>&1 && break
    sleep 0.1
done || true

expect "$("${psql[@]}" -c 'SELECT count(*) FROM orders')" 1000
expect "$("${psql[@]}" -c '\d orders' | grep -c '|')" 10
expect "$("${psql[@]}" -c 'COPY (SELECT id FROM orders WHERE id < 3 ORDER BY id) TO STDOUT')" $'0\n1\n2'
# Each client has its own time zone, whatever connection it is given.
for zone in Europe/Berlin UTC Europe/Berlin; do
    moment=$([ "$zone" = UTC ] && echo '2026-01-01 00:00:00+00' || echo '2026-01-01 01:00:00+01')
    expect "$(PGTZ=$zone "${psql[@]}" -c 'SELECT min(ts) FROM orders')" "$moment"
done
expect "$(printf "BEGIN;\nSET LOCAL TimeZone = 'Asia/Kolkata';\nSELECT min(ts) FROM orders;\nCOMMIT;\nSHOW TimeZone;\n" \
    | PGTZ=UTC "${psql[@]}" -q)" $'2026-01-01 05:30:00+05:30\nUTC'

cat >"$directory/block.sql" <<'SQL'
\set id random(0, 999)
BEGIN;
SELECT pg_backend_pid() AS first \gset
SELECT id AS found, pg_backend_pid() AS second FROM orders WHERE id = :id \gset
\if :found <> :id or :first <> :second
    SELECT 'wrong row' / 0;
\endif
COMMIT;
SQL
for mode in simple extended; do
    report=$(pgbench -n -M "$mode" -c 6 -j 2 -t 20 -f "$directory/block.sql" 2>&1) || { echo "$report" >&2; exit 1; }
    grep -q 'transactions actually processed: 120/120' <<<"$report" || { echo "$report" >&2; exit 1; }
done
# An error leaves nothing behind for who comes next.
expect "$(printf 'BEGIN;\nSELECT nosuch;\n' | psql -X -At -q 2>/dev/null || true)" ''
for _ in 1 2 3; do
    expect "$("${psql[@]}" -c 'SELECT 1')" 1
done
