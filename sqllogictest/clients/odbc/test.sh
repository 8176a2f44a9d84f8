#!/usr/bin/env bash
# psqlodbc through unixODBC's isql: as spreadsheets and BI tools come in.
set -euo pipefail
expect() {
    if [ "$1" != "$2" ]; then
        printf 'expected: %s\nbut got:  %s\n' "$2" "$1" >&2
        exit 1
    fi
}
if [ -z "${CI-}" ] && ! odbcinst -q -d -n 'PostgreSQL Unicode' >/dev/null; then
    echo 'skipped: psqlodbc is not installed'
    exit 0
fi
source="DRIVER={PostgreSQL Unicode};Server=$PGHOST;Port=$PGPORT;Database=$PGDATABASE;Uid=$PGUSER;SSLmode=${PGSSLMODE-disable}"
# Rows alone, with a bar between columns. Errors are told on standard output.
ask() { # statement, [what the connection says beside]
    printf '%s\n' "$1" | isql -k "$source${2-}" -b -v '-d|' 2>&1
}

for more in '' ';UseServerSidePrepare=0' ';UseDeclareFetch=1;Fetch=70' ';Protocol=7.4-2'; do
    expect "$(ask 'SELECT count(*), sum(amount), min(ts) FROM orders' "$more")" '1000|499750.00|2026-01-01 00:00:00'
    expect "$(ask 'SELECT id, customer, ratio, ok, day, ref FROM orders WHERE id IN (8, 9) ORDER BY id' "$more")" \
        $'8|customer8|1|1|2026-01-01|00000000-0000-0000-0000-000000000008\n9|customer9|1.125|0|2026-01-01|00000000-0000-0000-0000-000000000009'
    expect "$(ask 'SELECT id FROM orders ORDER BY id' "$more" | wc -l)" 1000
done
# The escapes of ODBC, which the driver writes in PostgreSQL's words.
expect "$(ask "SELECT {fn ucase('a')}, {ts '2026-01-01 00:00:00'} = min(ts) FROM orders")" 'A|1'
# What tools ask of the catalog.
[[ $(ask 'help') == *orders* ]]
[[ $(ask 'help orders') == *customer*numeric*bool* ]]
[[ $(ask 'SELECT nosuch FROM orders' || true) == *42703*'column "nosuch" does not exist'* ]]
