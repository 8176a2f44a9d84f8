#!/usr/bin/env bash
# The end-to-end benchmark: builds the server and the load in release mode, runs both with a real
# Kafka broker on this machine, and prints a table for docs/benchmarks.md. See --help for options.
set -euo pipefail
cd "$(dirname "$0")/.."
# The whole workspace: a part of it would choose other features of its dependencies and build them anew.
cargo build --release --workspace --bin tidegate --bin tidegate-bench
"${CARGO_TARGET_DIR:-target}/release/tidegate-bench" "$@"
