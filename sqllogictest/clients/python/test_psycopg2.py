"""psycopg2: client-side parameters, named cursors, COPY, transactions."""

import datetime
import decimal
import io
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extras

connection = psycopg2.connect("")

with connection.cursor() as cursor:
    cursor.execute(
        "SELECT id, ts, customer, amount, ratio, ok, tags, doc, day, ref FROM orders WHERE id = %s", (7,)
    )
    assert [column.type_code for column in cursor.description] == [
        20, 1184, 25, 1700, 701, 16, 1009, 3802, 1082, 2950,
    ]
    assert cursor.fetchone() == (
        7,
        datetime.datetime(2026, 1, 1, 0, 7, tzinfo=datetime.timezone.utc),
        "customer7",
        decimal.Decimal("7.25"),
        0.875,
        False,
        ["a", "b7"],
        {"n": 7},
        datetime.date(2026, 1, 1),
        "00000000-0000-0000-0000-000000000007",
    )
    psycopg2.extras.register_uuid()
    cursor.execute(
        "SELECT count(*) FROM orders WHERE ref = %s AND ts >= %s AND amount > %s AND customer IN %s",
        (uuid.UUID(int=7), datetime.datetime(2026, 1, 1), decimal.Decimal("1.5"), ("customer7", "x")),
    )
    assert cursor.fetchone() == (1,)
connection.commit()

# A named cursor reads in parts; one WITH HOLD outlives its transaction and goes back.
with connection.cursor(name="parts") as cursor:
    cursor.itersize = 100
    cursor.execute("SELECT id FROM orders ORDER BY id")
    assert [row[0] for row in cursor] == list(range(1000))
connection.rollback()
with connection.cursor(name="held", withhold=True, scrollable=True) as cursor:
    cursor.execute("SELECT id FROM orders ORDER BY id")
    connection.commit()
    assert cursor.fetchmany(5) == [(0,), (1,), (2,), (3,), (4,)]
    cursor.scroll(-2)
    assert cursor.fetchone() == (3,)
    cursor.scroll(998, mode="absolute")
    assert cursor.fetchall() == [(998,), (999,)]
connection.rollback()

# COPY, in its old and its new spelling.
with connection.cursor() as cursor:
    out = io.StringIO()
    cursor.copy_expert("COPY (SELECT id, tags FROM orders WHERE id < 2 ORDER BY id) TO STDOUT WITH CSV HEADER", out)
    assert out.getvalue() == 'id,tags\n0,"{a,b0}"\n1,"{a,b1}"\n', out.getvalue()
    out = io.StringIO()
    cursor.copy_to(out, "orders", columns=("id", "customer"), sep="|")
    assert sorted(out.getvalue().splitlines())[0] == "0|customer0"
connection.rollback()

# Savepoints and errors.
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    cursor.execute("SAVEPOINT before")
    try:
        cursor.execute("SELECT nope FROM orders")
        raise AssertionError("an unknown column")
    except psycopg2.errors.UndefinedColumn as error:
        assert error.diag.statement_position == "8", error.diag.statement_position
    cursor.execute("ROLLBACK TO SAVEPOINT before")
    cursor.execute("SELECT count(*) FROM orders")
    assert cursor.fetchone() == (1000,)
    cursor.execute("RELEASE SAVEPOINT before")
connection.commit()

for level in range(1, 5):
    connection.set_session(isolation_level=level, readonly=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("on",)
    connection.commit()
connection.close()
