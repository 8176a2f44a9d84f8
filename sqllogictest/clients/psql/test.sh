#!/usr/bin/env bash
# psql: what a person types beside SQL.
set -euo pipefail
expect() {
    if [ "$1" != "$2" ]; then
        printf 'expected: %s\nbut got:  %s\n' "$2" "$1" >&2
        exit 1
    fi
}
psql=(psql -X -v ON_ERROR_STOP=1 -At)

expect "$("${psql[@]}" -c 'SELECT count(*) FROM orders')" 1000
expect "$("${psql[@]}" -v FETCH_COUNT=70 -c 'SELECT id FROM orders ORDER BY id' | sort -n | uniq | wc -l | tr -d ' ')" 1000
expect "$("${psql[@]}" -c '\copy (SELECT id, customer FROM orders WHERE id < 2 ORDER BY id) TO STDOUT CSV HEADER')" \
    $'id,customer\n0,customer0\n1,customer1'
expect "$(printf 'SELECT id, amount FROM orders \\gdesc\n' | "${psql[@]}")" $'id|bigint\namount|numeric(12,2)'
expect "$(printf 'SELECT count(*) AS n FROM orders \\gset\n\\echo :n\n' | "${psql[@]}")" 1000
expect "$("${psql[@]}" -c '\d orders' | grep -c '|')" 10
expect "$(printf 'BEGIN;\nDECLARE c SCROLL CURSOR FOR SELECT id FROM orders ORDER BY id;\nFETCH 2 FROM c;\nFETCH LAST FROM c;\nFETCH BACKWARD 1 FROM c;\nCOMMIT;\n' \
    | "${psql[@]}" -q)" $'0\n1\n999\n998'
# Over TLS exactly where that was asked for.
expect "$("${psql[@]}" -c 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')" \
    "$([ "${PGSSLMODE-}" = verify-full ] && echo t || echo f)"
# An error inside a block with ON_ERROR_ROLLBACK ends its statement alone.
expect "$(printf '\\set ON_ERROR_STOP off\n\\set ON_ERROR_ROLLBACK on\nBEGIN;\nSELECT nope;\nSELECT 1;\nCOMMIT;\n' \
    | "${psql[@]}" -q 2>/dev/null)" 1
