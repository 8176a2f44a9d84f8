// pgjdbc: prepared statements beyond prepareThreshold, fetch size, metadata, savepoints,
// cancellation, CopyManager, time zones, the simple query mode.

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

public class TestJdbc {
    static void same(Object found, Object expected) {
        if (!String.valueOf(found).equals(String.valueOf(expected))) {
            throw new AssertionError("expected " + expected + ", got " + found);
        }
    }

    interface Action {
        void run() throws SQLException;
    }

    static void fails(String state, Action action) {
        try {
            action.run();
        } catch (SQLException error) {
            same(error.getSQLState(), state);
            return;
        }
        throw new AssertionError("no error, but " + state + " was expected");
    }

    static String url(String more) {
        var env = System.getenv();
        return "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE")
            + "?user=" + env.get("PGUSER") + more;
    }

    static List<String> rows(ResultSet result, String... columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (String column : columns) row.add(result.getString(column));
            rows.add(String.join(" ", row));
        }
        return rows;
    }

    public static void main(String[] args) throws Exception {
        for (String mode : List.of("", "&preferQueryMode=simple", "&binaryTransfer=false", "&prepareThreshold=1")) {
            try (Connection connection = DriverManager.getConnection(url(mode))) {
                parameters(connection);
            }
        }
        try (Connection connection = DriverManager.getConnection(url(""))) {
            values(connection);
            transactions(connection);
            metadata(connection.getMetaData());
            var out = new ByteArrayOutputStream();
            var copies = new CopyManager((BaseConnection) connection);
            same(copies.copyOut("COPY (SELECT id FROM orders WHERE id < 3 ORDER BY id) TO STDOUT", out), 3);
            same(out.toString(StandardCharsets.UTF_8), "0\n1\n2\n");
        }
        zones();
    }

    static void parameters(Connection connection) throws SQLException {
        String sql = "SELECT count(*) FROM orders WHERE id >= ? AND customer = ? AND ts >= ? AND amount < ? AND ok = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            // More often than prepareThreshold: first unnamed, then named and binary.
            for (int id = 0; id < 8; id++) {
                statement.setLong(1, id);
                statement.setString(2, "customer" + id);
                statement.setTimestamp(3, Timestamp.from(Instant.parse("2026-01-01T00:00:00Z")));
                statement.setBigDecimal(4, new BigDecimal("100.5"));
                statement.setBoolean(5, id % 2 == 0);
                ResultSet result = statement.executeQuery();
                result.next();
                same(result.getLong(1), 1);
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT id FROM orders ORDER BY id LIMIT ? OFFSET ?")) {
            statement.setInt(1, 2);
            statement.setInt(2, 5);
            same(rows(statement.executeQuery(), "id"), List.of("5", "6"));
        }
    }

    static void values(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            ResultSet result = statement.executeQuery(
                "SELECT id AS n, ts, amount, ratio, ok, tags, doc, day, ref, id + 1 AS more FROM orders WHERE id = 7");
            result.next();
            same(result.getTimestamp("ts").toInstant(), "2026-01-01T00:07:00Z");
            same(result.getObject("ts", OffsetDateTime.class).toInstant(), "2026-01-01T00:07:00Z");
            same(result.getBigDecimal("amount"), "7.25");
            same(result.getDouble("ratio"), 0.875);
            same(result.getBoolean("ok"), false);
            same(List.of((Object[]) result.getArray("tags").getArray()), List.of("a", "b7"));
            same(result.getObject("day", LocalDate.class), "2026-01-01");
            same(result.getObject("ref"), "00000000-0000-0000-0000-000000000007");
            ResultSetMetaData columns = result.getMetaData();
            same(columns.getTableName(1) + "." + ((org.postgresql.PGResultSetMetaData) columns).getBaseColumnName(1), "orders.id");
            same(columns.isNullable(1), ResultSetMetaData.columnNoNulls);
            same(columns.isNullable(3), ResultSetMetaData.columnNullable);
            same(columns.isNullable(10), ResultSetMetaData.columnNullableUnknown);
            same(columns.getPrecision(3) + "," + columns.getScale(3), "12,2");
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int, ?::date + 1, count(*) FROM orders WHERE customer = ANY (?)")) {
            statement.setNull(1, Types.INTEGER);
            statement.setObject(2, LocalDate.of(2026, 1, 1));
            statement.setArray(3, connection.createArrayOf("text", new String[] {"customer1", "customer2"}));
            ResultSet result = statement.executeQuery();
            result.next();
            same(result.getObject(1) + " " + result.getObject(2) + " " + result.getLong(3), "null 2026-01-02 2");
        }
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            ResultSet result = statement.executeQuery("SELECT id FROM orders ORDER BY id");
            result.last();
            same(result.getRow(), 1000);
            result.absolute(10);
            same(result.getLong(1), 9);
        }
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(7);
            same(rows(statement.executeQuery("SELECT id FROM orders"), "id").size(), 7);
        }
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            fails("57014", () -> statement.executeQuery("SELECT pg_sleep(60)"));
        }
    }

    static void transactions(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(70);
            same(rows(statement.executeQuery("SELECT id FROM orders"), "id").size(), 1000);
            same(rows(statement.executeQuery("SHOW transaction_isolation"), "transaction_isolation"), List.of("serializable"));
            Savepoint savepoint = connection.setSavepoint();
            fails("22012", () -> rows(statement.executeQuery("SELECT 1 / 0 AS x"), "x"));
            fails("25P02", () -> statement.executeQuery("SELECT 1"));
            connection.rollback(savepoint);
            same(rows(statement.executeQuery("SELECT count(*) AS n FROM orders"), "n"), List.of("1000"));
        }
        connection.commit();
        connection.setAutoCommit(true);
        connection.setReadOnly(false);
    }

    static void metadata(DatabaseMetaData metadata) throws SQLException {
        same(rows(metadata.getTables(null, "public", "orders%", null), "TABLE_NAME", "TABLE_TYPE"),
            List.of("orders TABLE", "orders_dead_letters TABLE"));
        same(rows(metadata.getColumns(null, "public", "orders", "%"), "COLUMN_NAME", "TYPE_NAME", "IS_NULLABLE").subList(0, 5),
            List.of("id int8 NO", "ts timestamptz NO", "customer text YES", "amount numeric YES", "ratio float8 YES"));
        same(metadata.getPrimaryKeys(null, "public", "orders").next(), false);
        same(metadata.getIndexInfo(null, "public", "orders", false, true).next(), false);
        same(metadata.getImportedKeys(null, "public", "orders").next(), false);
        same(rows(metadata.getSchemas(), "TABLE_SCHEM").contains("public"), true);
        same(rows(metadata.getTypeInfo(), "TYPE_NAME").contains("timestamptz"), true);
        same(metadata.getFunctions(null, null, "%").next(), false);
        same(metadata.getDatabaseMajorVersion(), 15);
    }

    /// The driver sends its zone when it connects, and reads every time back as the same instant.
    static void zones() throws SQLException {
        TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
        try (Connection connection = DriverManager.getConnection(url("")); Statement statement = connection.createStatement()) {
            ResultSet result = statement.executeQuery("SELECT ts, ts::text, day FROM orders WHERE id = 7");
            result.next();
            same(result.getTimestamp(1).toInstant(), "2026-01-01T00:07:00Z");
            same(result.getString(2), "2025-12-31 19:07:00-05");
            same(result.getDate(3), "2026-01-01");
        }
    }
}
