#!/usr/bin/env bash
# The end-to-end benchmark: builds the server and the load in release mode, runs both with a real
# Kafka broker on this machine, and prints a table for docs/benchmarks.md. See --help for options.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -p tidegate --bin tidegate
cargo run --release -p tidegate-sqllogictest --bin tidegate-bench -- "$@"
