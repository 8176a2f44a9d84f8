"""SQLAlchemy over psycopg2 and psycopg: reflection, statements, streams, pandas."""

import os

import pandas
import sqlalchemy as sa

for driver in ("psycopg2", "psycopg"):
    engine = sa.create_engine(f"postgresql+{driver}://{os.environ['PGUSER']}@/{os.environ['PGDATABASE']}")
    inspector = sa.inspect(engine)
    assert {"public", "information_schema"} <= set(inspector.get_schema_names())
    assert {"orders", "orders_dead_letters"} <= set(inspector.get_table_names())
    assert inspector.get_pk_constraint("orders")["constrained_columns"] == []
    assert inspector.get_indexes("orders") == [] and inspector.get_foreign_keys("orders") == []
    columns = {column["name"]: column for column in inspector.get_columns("orders")}
    assert str(columns["amount"]["type"]) == "NUMERIC(12, 2)" and str(columns["doc"]["type"]) == "JSONB"
    assert columns["id"]["nullable"] is False and columns["ts"]["type"].timezone is True

    orders = sa.Table("orders", sa.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        statement = (
            sa.select(sa.func.count(), sa.func.sum(orders.c.amount))
            .where(orders.c.id < 10, orders.c.customer.startswith("customer"))
            .where(orders.c.ok.is_(True))
        )
        assert tuple(str(value) for value in connection.execute(statement).one()) == ("5", "21.25")
        rows = connection.execution_options(stream_results=True).execute(sa.select(orders.c.id))
        assert len(rows.fetchall()) == 1000
    frame = pandas.read_sql("SELECT date_trunc('hour', ts) AS hour, count(*) AS n FROM orders GROUP BY 1", engine)
    assert frame["n"].sum() == 1000 and str(frame["hour"].dtype).startswith("datetime64[")
    engine.dispose()
