// postgres.js: everything prepared and pipelined, types looked up in the catalog.
import assert from "node:assert/strict";
import postgres from "postgres";

const sql = postgres({ max: 4, onnotice: () => {} });

const [row] = await sql`SELECT id, ts, amount, ok, tags, doc FROM orders WHERE id = ${7}`;
assert.deepEqual({ ...row }, {
  id: "7",
  ts: new Date("2026-01-01T00:07:00Z"),
  amount: "7.25",
  ok: false,
  tags: ["a", "b7"],
  doc: { n: 7 },
});
const [{ n }] = await sql`SELECT count(*) AS n FROM orders WHERE customer IN ${sql(["customer1", "customer2"])}`;
assert.equal(n, "2");
const [any] = await sql`SELECT count(*) AS n FROM orders WHERE id = ANY (${[1, 2, 3]})`;
assert.equal(any.n, "3");

let seen = 0;
for await (const rows of sql`SELECT id FROM orders ORDER BY id`.cursor(100)) seen += rows.length;
assert.equal(seen, 1000);

const total = await sql.begin("read only", async (sql) => {
  await assert.rejects(sql.savepoint((sql) => sql`SELECT 1 / 0`), { code: "22012" });
  const [{ n }] = await sql`SELECT count(*) AS n FROM orders`;
  return n;
});
assert.equal(total, "1000");

let copied = "";
for await (const part of await sql`COPY (SELECT id FROM orders WHERE id < 3 ORDER BY id) TO STDOUT`.readable()) copied += part;
assert.equal(copied, "0\n1\n2\n");

await assert.rejects(sql`SELECT nope FROM orders`, { code: "42703" });
const results = await Promise.all(Array.from({ length: 20 }, (_, number) => sql`SELECT id FROM orders WHERE id = ${number}`));
results.forEach(([row], number) => assert.equal(row.id, String(number)));
await sql.end();
