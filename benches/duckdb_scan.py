#!/usr/bin/env python3
"""The queries of scan.sql over the same rows in DuckDB (pip install duckdb pytz).

Reads rows as CSV from the file named first, queries from the file named second; prints a line per
query: its name, a tab, milliseconds (median of nine runs after a first one).
"""

import os
import statistics
import sys
import tempfile
import time

import duckdb


def queries(text):
    """Pairs of name and statement: a statement's name is the comment before it."""
    name = None
    for line in text.splitlines():
        if line.startswith("--"):
            name = line[2:].strip()
        elif line.strip():
            yield name, line


def main():
    rows, sql = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=os.path.dirname(rows)) as directory:
        database = duckdb.connect(os.path.join(directory, "scan.duckdb"), config={"threads": os.cpu_count()})
        database.execute("SET TimeZone = 'UTC'")
        database.execute(
            "CREATE TABLE backlog (ts timestamptz, metric text, cluster text, topic text, partition integer,"
            " region text, value double, bytes bigint, status text, user_id bigint)"
        )
        # Sorted as Tidegate's segments are.
        database.execute(
            f"INSERT INTO backlog SELECT * FROM read_csv('{rows}', header = false, names = ['ts', 'metric',"
            " 'cluster', 'topic', 'partition', 'region', 'value', 'bytes', 'status', 'user_id'], types ="
            " {'ts': 'TIMESTAMPTZ', 'value': 'DOUBLE', 'bytes': 'BIGINT', 'user_id': 'BIGINT',"
            " 'partition': 'INTEGER'}) ORDER BY date_trunc('day', ts), cluster, metric, ts"
        )
        database.execute("CHECKPOINT")
        with open(sql, encoding="utf-8") as file:
            for name, statement in queries(file.read()):
                times = []
                for _ in range(10):
                    start = time.perf_counter()
                    database.execute(statement).fetchall()
                    times.append((time.perf_counter() - start) * 1e3)
                print(f"{name}\t{statistics.median(times[1:]):.1f}", flush=True)


if __name__ == "__main__":
    main()
