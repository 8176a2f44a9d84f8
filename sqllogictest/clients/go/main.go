// pgx in all of its query modes, its pool, and lib/pq.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/lib/pq"
)

var ctx = context.Background()

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func same(found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		panic(fmt.Sprintf("expected %v, got %v", expected, found))
	}
}

func fails(err error, code string) {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		panic(fmt.Sprintf("expected %s, got %v", code, err))
	}
	same(failure.Code, code)
}

func main() {
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		fmt.Println("mode", mode)
		config, err := pgx.ParseConfig("sslmode=disable")
		check(err)
		config.DefaultQueryExecMode = mode
		connection, err := pgx.ConnectConfig(ctx, config)
		check(err)
		modes(connection, mode)
		check(connection.Close(ctx))
	}
	pool()
	pq()
}

func modes(connection *pgx.Conn, mode pgx.QueryExecMode) {
	var count int64
	check(connection.QueryRow(ctx,
		"SELECT count(*) FROM orders WHERE id >= $1 AND customer = $2 AND ts >= $3 AND ratio < $4 AND ok = $5",
		int64(4), "customer4", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 100.5, true).Scan(&count))
	same(count, int64(1))

	var (
		ts   time.Time
		tags []string
		doc  map[string]any
	)
	check(connection.QueryRow(ctx, "SELECT ts, tags, doc FROM orders WHERE id = $1", 7).Scan(&ts, &tags, &doc))
	same(ts.UTC(), time.Date(2026, 1, 1, 0, 7, 0, 0, time.UTC))
	same(tags, []string{"a", "b7"})
	same(doc, map[string]any{"n": 7.0})
	// Without the server's help a list has no type: an array literal, which is not read yet.
	if mode != pgx.QueryExecModeSimpleProtocol {
		check(connection.QueryRow(ctx, "SELECT count(*) FROM orders WHERE id = ANY ($1)", []int64{1, 2}).Scan(&count))
		same(count, int64(2))
	}
	var ids []int64
	check(connection.QueryRow(ctx, "SELECT array_agg(id ORDER BY id) FROM orders WHERE id < 3").Scan(&ids))
	same(ids, []int64{0, 1, 2})

	batch := &pgx.Batch{}
	batch.Queue("SELECT id FROM orders WHERE id = $1", 1)
	batch.Queue("SELECT nope FROM orders")
	results := connection.SendBatch(ctx, batch)
	if mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol {
		var id int64
		check(results.QueryRow().Scan(&id))
		same(id, int64(1))
	}
	fails(results.Close(), "42703")

	transaction, err := connection.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	check(err)
	nested, err := transaction.Begin(ctx)
	check(err)
	_, err = nested.Exec(ctx, "SELECT 1 / 0")
	fails(err, "22012")
	check(nested.Rollback(ctx))
	check(transaction.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&count))
	same(count, int64(1000))
	check(transaction.Commit(ctx))

	var out bytes.Buffer
	_, err = connection.PgConn().CopyTo(ctx, &out, "COPY (SELECT id FROM orders WHERE id < 3 ORDER BY id) TO STDOUT")
	check(err)
	same(out.String(), "0\n1\n2\n")
}

func pool() {
	pool, err := pgxpool.New(ctx, "sslmode=disable pool_max_conns=4")
	check(err)
	defer pool.Close()
	failures := make(chan error)
	for range 20 {
		go func() {
			var count int64
			failures <- pool.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&count)
		}()
	}
	for range 20 {
		check(<-failures)
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := pool.Exec(short, "SELECT pg_sleep(60)"); !errors.Is(err, context.DeadlineExceeded) {
		panic(err)
	}
	check(pool.Ping(ctx))
}

func pq() {
	database, err := sql.Open("postgres", "sslmode=disable")
	check(err)
	defer database.Close()
	transaction, err := database.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelSerializable})
	check(err)
	rows, err := transaction.Query("SELECT id, ts, amount FROM orders WHERE id >= $1 AND customer LIKE $2 ORDER BY id", 990, "customer%")
	check(err)
	types, err := rows.ColumnTypes()
	check(err)
	same(types[2].DatabaseTypeName(), "NUMERIC")
	seen := 0
	for rows.Next() {
		seen++
	}
	check(rows.Err())
	same(seen, 10)
	check(transaction.Commit())
	fmt.Fprintln(os.Stderr, "ok")
}
