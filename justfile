# What people do here, in one word each. `just` lists it.

default:
    @just --list

# What CI runs: format, clippy, every test, nothing skipped.
check:
    .ci/run

# A broker, a generator of events, a server, and the psql line to paste.
demo *options:
    cargo run --release -- demo {{options}}

# All tests; those that need Java, Maven or PostgreSQL are skipped where these are missing.
test *options:
    cargo test --workspace {{options}}

# The sqllogictest cases, or those named.
cases *paths:
    cargo run -p tidegate-sqllogictest -- {{paths}}

# Writes what the server answers into the cases; read the difference before you commit it.
cases-override *paths:
    cargo run -p tidegate-sqllogictest -- --override {{paths}}

# Kills the server this many times under load.
crash times='500':
    TIDEGATE_CRASHES={{times}} cargo test --workspace --test it crash -- --nocapture

# The end-to-end benchmark; prints a table for docs/benchmarks.md.
bench *options:
    benches/e2e.sh {{options}}

# Licences, advisories and sources of the dependencies (needs cargo-deny).
deny:
    cargo deny check

fmt:
    cargo fmt --all
