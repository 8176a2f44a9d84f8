"""psycopg 3: parameters of the server, binary results, pipelines, COPY, server cursors."""

import datetime
import decimal

import psycopg

connection = psycopg.connect("")
UTC = datetime.timezone.utc

row = connection.execute(
    "SELECT id, ts, amount, ratio, ok, tags, doc, day, %s::int + 1 FROM orders WHERE id = %s", (1, 7)
).fetchone()
expected = (
    7,
    datetime.datetime(2026, 1, 1, 0, 7, tzinfo=UTC),
    decimal.Decimal("7.25"),
    0.875,
    False,
    ["a", "b7"],
    {"n": 7},
    datetime.date(2026, 1, 1),
    2,
)
assert row == expected, row
with connection.cursor(binary=True) as cursor:
    row = cursor.execute(
        "SELECT id, ts, amount, ratio, ok, tags, doc, day, %s::int + 1 FROM orders WHERE id = %s", (1, 7)
    ).fetchone()
    assert row == expected, row


def one(sql, *parameters):
    return connection.execute(sql, parameters).fetchone()[0]


assert one("SELECT count(*) FROM orders WHERE customer = ANY (%s)", ["customer1", "customer2"]) == 2
assert one("SELECT count(*) FROM orders WHERE id = ANY (%s)", [1, 2, 3]) == 3
assert one("SELECT id FROM orders ORDER BY id LIMIT %s OFFSET %s", 1, 5) == 5
hour = datetime.timedelta(hours=1)
assert one("SELECT ts + %s FROM orders WHERE id = 0", hour) == datetime.datetime(2026, 1, 1, 1, tzinfo=UTC)
assert one("SELECT ts - %s FROM orders WHERE id = 0", hour) == datetime.datetime(2025, 12, 31, 23, tzinfo=UTC)
assert one("SELECT coalesce(max(id), %s) FROM orders WHERE id < 0", 5) == 5
assert one("SELECT date_trunc(%s, max(ts)) FROM orders", "day") == datetime.datetime(2026, 1, 1, tzinfo=UTC)
for number in range(8):
    assert connection.execute("SELECT id FROM orders WHERE id = %s", (number,), prepare=True).fetchone() == (number,)
connection.rollback()

with connection.pipeline():
    first = connection.execute("SELECT 1")
    second = connection.execute("SELECT 2")
    assert (first.fetchone(), second.fetchone()) == ((1,), (2,))
connection.rollback()

with connection.cursor() as cursor:
    with cursor.copy("COPY (SELECT id, customer FROM orders ORDER BY id) TO STDOUT") as copy:
        rows = list(copy.rows())
    assert rows[7] == ("7", "customer7") and len(rows) == 1000
    sql = "COPY (SELECT id, customer, amount FROM orders WHERE id < %s ORDER BY id) TO STDOUT (FORMAT BINARY)"
    for limit in (3, 0):
        with cursor.copy(sql, (limit,)) as copy:
            copy.set_types(["int8", "text", "numeric"])
            rows = list(copy.rows())
        assert len(rows) == limit and (limit == 0 or rows[2] == (2, "customer2", decimal.Decimal("2.25"))), rows
connection.rollback()

with connection.cursor(name="server") as cursor:
    cursor.execute("SELECT id FROM orders WHERE id >= %s ORDER BY id", (990,))
    assert cursor.fetchmany(3) == [(990,), (991,), (992,)]
    assert len(cursor.fetchall()) == 7
with connection.cursor(name="scrolls", binary=True, scrollable=True) as cursor:
    cursor.execute("SELECT id FROM orders ORDER BY id")
    cursor.scroll(500)
    assert cursor.fetchone() == (500,)
    cursor.scroll(-101)
    assert cursor.fetchone() == (400,), cursor.fetchone()
connection.rollback()
with connection.cursor() as cursor:
    assert sum(1 for _ in cursor.stream("SELECT id FROM orders")) == 1000
connection.rollback()

with connection.transaction():
    connection.execute("SELECT 1")
    try:
        with connection.transaction():
            connection.execute("SELECT 1 / 0")
    except psycopg.errors.DivisionByZero:
        pass
    assert one("SELECT count(*) FROM orders") == 1000
connection.close()
