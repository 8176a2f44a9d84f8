// node-postgres: parameters, prepared statements, cursors, streams, cancellation by timeout.
import assert from "node:assert/strict";
import pg from "pg";
import Cursor from "pg-cursor";
import QueryStream from "pg-query-stream";

const client = new pg.Client();
await client.connect();
const one = async (text, values) => (await client.query(text, values)).rows[0];

const row = await one(
  "SELECT id, ts, customer, amount, ratio, ok, tags, doc FROM orders WHERE id = $1",
  [7],
);
assert.deepEqual(row, {
  id: "7",
  ts: new Date("2026-01-01T00:07:00Z"),
  customer: "customer7",
  amount: "7.25",
  ratio: 0.875,
  ok: false,
  tags: ["a", "b7"],
  doc: { n: 7 },
});
assert.equal((await one("SELECT count(*) AS n FROM orders WHERE customer = ANY ($1)", [["customer1", "customer2"]])).n, "2");
assert.equal((await one("SELECT count(*) AS n FROM orders WHERE ts < $1", [new Date("2026-01-01T00:05:00Z")])).n, "5");
for (let number = 0; number < 5; number++) {
  const named = { name: "by-id", text: "SELECT id FROM orders WHERE id = $1", values: [number] };
  assert.equal((await client.query(named)).rows[0].id, String(number));
}
const several = await client.query("SELECT 1 AS a; SELECT 2 AS b");
assert.deepEqual(several.map((result) => result.rows[0]), [{ a: 1 }, { b: 2 }]);

await assert.rejects(client.query("SELECT nope FROM orders"), { code: "42703", position: "8" });

const cursor = client.query(new Cursor("SELECT id FROM orders ORDER BY id"));
assert.equal((await cursor.read(10)).length, 10);
assert.equal((await cursor.read(10))[0].id, "10");
await cursor.close();

let streamed = 0;
for await (const _ of client.query(new QueryStream("SELECT id FROM orders", [], { batchSize: 64 }))) streamed++;
assert.equal(streamed, 1000);

await client.query("SET statement_timeout = 200");
await assert.rejects(client.query("SELECT pg_sleep(60)"), { code: "57014" });
await client.end();

const pool = new pg.Pool({ max: 4 });
const counts = await Promise.all(Array.from({ length: 20 }, () => pool.query("SELECT count(*) AS n FROM orders")));
assert.ok(counts.every((result) => result.rows[0].n === "1000"));
await pool.end();
