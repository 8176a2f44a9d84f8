"""asyncpg: everything binary, types inferred by the server and looked up in its catalog."""

import asyncio
import datetime
import decimal
import io

import asyncpg

UTC = datetime.timezone.utc


async def main():
    connection = await asyncpg.connect()
    one = connection.fetchval
    row = await connection.fetchrow("SELECT id, ts, amount, ratio, ok, tags, doc, day FROM orders WHERE id = $1", 7)
    assert tuple(row.values()) == (
        7,
        datetime.datetime(2026, 1, 1, 0, 7, tzinfo=UTC),
        decimal.Decimal("7.25"),
        0.875,
        False,
        ["a", "b7"],
        '{"n": 7}',
        datetime.date(2026, 1, 1),
    ), row

    # The type of each parameter follows from what it is compared with.
    since = datetime.datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    assert await one("SELECT count(*) FROM orders WHERE ts >= $1 AND customer LIKE $2", since, "customer99%") == 11
    assert await one("SELECT count(*) FROM orders WHERE id BETWEEN $1 AND $2", 10, 19) == 10
    assert await one("SELECT count(*) FROM orders WHERE customer IN ($1, $2)", "customer1", "customer2") == 2
    assert await one("SELECT count(*) FROM orders WHERE id = ANY ($1)", [1, 2]) == 2
    assert await one("SELECT count(*) FROM orders WHERE customer = ANY ($1::text[])", ["customer1"]) == 1
    assert await one("SELECT $1 + 1", 41) == 42
    assert await one("SELECT $1::numeric * 2", decimal.Decimal("1.25")) == decimal.Decimal("2.5")
    assert await one("SELECT coalesce(max(id), $1) FROM orders WHERE id < 0", 3) == 3
    assert await one("SELECT CASE WHEN $1 THEN id ELSE $2 END FROM orders WHERE id = 4", False, 9) == 9
    assert await one("SELECT ts + $1 FROM orders WHERE id = 0", datetime.timedelta(days=1)) == datetime.datetime(
        2026, 1, 2, tzinfo=UTC
    )
    assert await one("SELECT date_trunc($1, ts) FROM orders WHERE id = 61", "hour") == datetime.datetime(
        2026, 1, 1, 1, tzinfo=UTC
    )
    assert [row[0] for row in await connection.fetch("SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2", 2, 1)] == [1, 2]

    # An error while a statement is prepared arrives before the client's Sync.
    try:
        await asyncio.wait_for(connection.prepare("SELECT nope FROM orders WHERE id = $1"), 10)
        raise AssertionError("an unknown column")
    except asyncpg.UndefinedColumnError:
        pass

    async with connection.transaction(isolation="repeatable_read", readonly=True):
        ids = [row["id"] async for row in connection.cursor("SELECT id FROM orders ORDER BY id", prefetch=70)]
        assert ids == list(range(1000))
        try:
            async with connection.transaction():
                await one("SELECT 1 / 0")
        except asyncpg.DivisionByZeroError:
            pass
        assert await one("SELECT count(*) FROM orders") == 1000

    out = io.BytesIO()
    assert await connection.copy_from_query("SELECT id FROM orders WHERE id < $1 ORDER BY id", 3, output=out) == "COPY 3"
    assert out.getvalue() == b"0\n1\n2\n"

    try:
        await one("SELECT pg_sleep(60)", timeout=0.3)
        raise AssertionError("a timeout")
    except asyncio.TimeoutError:
        pass
    assert await one("SELECT 1") == 1
    await connection.reset()
    await connection.close()

    async with asyncpg.create_pool(min_size=2, max_size=4) as pool:
        counts = await asyncio.gather(*(pool.fetchval("SELECT count(*) FROM orders") for _ in range(20)))
        assert counts == [1000] * 20


asyncio.run(main())
