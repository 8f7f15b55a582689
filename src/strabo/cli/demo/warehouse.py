"""The demo company's warehouse: a DuckDB file fed from the shop every night, and what the night's job says it did."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb

from strabo.cli.demo.shop import COPIED
from strabo.model import codec
from strabo.model.records import Column, ColumnEdge, Dataset, Definition, Job, Lineage, Record, Upstream
from strabo.model.ref import Ref

SHOP = "sqlite://demo/shop.db"
WAREHOUSE = "duckdb://demo/warehouse.duckdb"
FILES = "file://demo"
JOBS = "cron://demo"

_TYPES = {"INTEGER": "BIGINT", "NUMERIC(10, 2)": "DECIMAL(10,2)", "NUMERIC(12, 2)": "DECIMAL(12,2)", "TEXT": "VARCHAR"}

STAGING = """
CREATE SCHEMA staging;
CREATE VIEW staging.stg_orders AS
    SELECT id AS order_id, customer_id, address_id, status, ordered_at, CAST(ordered_at AS DATE) AS order_date, shipping FROM raw.orders;
CREATE VIEW staging.stg_order_items AS SELECT * EXCLUDE (line) FROM raw.order_items;
CREATE VIEW staging.stg_customers AS
    SELECT c.id AS customer_id, lower(c.email) AS email, c.full_name, c.country, c.created_at,
           {'street': a.street, 'city': a.city, 'postcode': a.postcode} AS address
    FROM raw.customers c LEFT JOIN raw.addresses a ON a.customer_id = c.id;
COMMENT ON VIEW staging.stg_customers IS 'Customers with their address as one value; personal data';
"""

# The tables that the night's job makes, by the statement that makes each.
MARTS = {
    "fct_order_items": """CREATE TABLE marts.fct_order_items AS
    SELECT o.order_id, o.order_date, o.customer_id, i.product_id, p.name AS product_name, i.quantity, i.unit_price,
           i.quantity * i.unit_price AS amount
    FROM staging.stg_orders o JOIN staging.stg_order_items i ON i.order_id = o.order_id JOIN raw.products p ON p.id = i.product_id""",
    "dim_customer": """CREATE TABLE marts.dim_customer AS
    SELECT customer_id, full_name, email, country, address, created_at AS customer_since FROM staging.stg_customers""",
    "fct_payments": """CREATE TABLE marts.fct_payments AS
    SELECT p.id AS payment_id, p.order_id, p.method, p.amount - coalesce(r.amount, 0) AS net_amount, p.paid_at
    FROM raw.payments p LEFT JOIN raw.refunds r ON r.payment_id = p.id""",
}

VIEWS = """
CREATE VIEW marts.revenue_by_month AS
    SELECT date_trunc('month', f.order_date) AS month, c.country, sum(f.amount) AS revenue, count(DISTINCT f.order_id) AS orders
    FROM marts.fct_order_items f JOIN marts.dim_customer c USING (customer_id) GROUP BY ALL;
CREATE VIEW marts.customer_lifetime_value AS
    WITH spent AS (SELECT customer_id, sum(amount) AS amount, max(order_date) AS last_order FROM marts.fct_order_items GROUP BY customer_id)
    SELECT c.customer_id, c.full_name, c.email, s.amount AS lifetime_value, s.last_order
    FROM marts.dim_customer c LEFT JOIN spent s USING (customer_id);
CREATE SCHEMA "Finance Team";
CREATE VIEW "Finance Team"."Monthly P&L" AS
    SELECT r.month, r.revenue AS "Revenue €", p.paid AS "Cash in €" FROM
    (SELECT month, sum(revenue) AS revenue FROM marts.revenue_by_month GROUP BY month) r
    LEFT JOIN (SELECT date_trunc('month', paid_at) AS month, sum(net_amount) AS paid FROM marts.fct_payments GROUP BY 1) p USING (month);
COMMENT ON TABLE marts.fct_order_items IS 'One row per line of an order, priced as sold';
COMMENT ON COLUMN marts.fct_order_items.amount IS 'Quantity times unit price, without shipping, in euro';
COMMENT ON TABLE marts.dim_customer IS 'One row per customer, with the newest address';
COMMENT ON VIEW marts.revenue_by_month IS 'Revenue by month and country: the number the board looks at';
CREATE TYPE marts.channel AS ENUM ('web', 'shop', 'phone');
CREATE TABLE marts.targets (
    id INTEGER PRIMARY KEY, month DATE NOT NULL, channel marts.channel, goals STRUCT(revenue DECIMAL(12, 2), orders INTEGER),
    notes VARCHAR[], by_country MAP(VARCHAR, DOUBLE), UNIQUE (month, channel)
);
"""

EXPORTS = {"revenue_by_month": "csv", "customer_lifetime_value": "parquet"}


def build(folder: Path) -> None:
    """The warehouse and its exports, made from the shop as a nightly job would."""
    shop, warehouse = folder / "shop.db", folder / "warehouse.duckdb"
    with closing(sqlite3.connect(shop)) as source, duckdb.connect(str(warehouse)) as db:
        db.execute("CREATE SCHEMA raw")
        for table in COPIED:
            columns = source.execute("SELECT name, type FROM pragma_table_xinfo(?)", (table,)).fetchall()
            listing = ", ".join(f'"{name}" {_TYPES.get(kind, kind)}' for name, kind in columns)
            db.execute(f'CREATE TABLE raw."{table}" ({listing})')
            names = ", ".join(f'"{name}"' for name, _ in columns)
            rows = source.execute(f'SELECT {names} FROM "{table}"').fetchall()
            db.executemany(f'INSERT INTO raw."{table}" VALUES ({", ".join("?" * len(columns))})', rows)
            db.execute(f"COMMENT ON TABLE raw.\"{table}\" IS 'Copied every night from the shop, unchanged'")
        db.execute(STAGING)
        db.execute("CREATE SCHEMA marts")
        for statement in MARTS.values():
            db.execute(statement)
        db.execute(VIEWS)
        (folder / "exports").mkdir(exist_ok=True)
        for view, kind in EXPORTS.items():
            target = folder / "exports" / f"{view}.{kind}"
            db.execute(
                f"COPY (SELECT * FROM marts.{view}) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT {kind})"
            )
    write_records(folder)


def change(folder: Path) -> None:
    """What the warehouse team did the next day."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as db:
        db.execute("ALTER TABLE marts.fct_payments ALTER COLUMN net_amount TYPE DECIMAL(14, 2)")
        db.execute("COMMENT ON TABLE marts.targets IS 'What we want to sell'")
        db.execute(
            "CREATE VIEW marts.revenue_by_product AS SELECT product_name, sum(amount) AS revenue"
            " FROM marts.fct_order_items GROUP BY product_name"
        )


def write_records(folder: Path) -> None:
    """What the nightly job knows and no database does: that it copied, from where to where. One record a line."""
    with closing(sqlite3.connect(folder / "shop.db")) as source, (folder / "pipelines.jsonl").open("wb") as file:
        for record in records(source):
            file.write(codec.encode(record) + b"\n")


def records(source: sqlite3.Connection) -> list[Record]:
    """The job, its steps and the lineage between the systems."""
    nightly = Ref(JOBS, "nightly")
    found: list[Record] = [
        Job(ref=nightly, kind="workflow", schedule="0 3 * * *", comment="Shop to warehouse to files")
    ]
    for step in ("copy", "marts", "export"):
        before = {"marts": "copy", "export": "marts"}.get(step)
        after = (Ref(JOBS, f"nightly.{before}"),) if before else ()
        found.append(Job(ref=Ref(JOBS, f"nightly.{step}"), kind="task", parent=nightly, after=after))
    for table in COPIED:
        columns = [name for (name,) in source.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))]
        edges = tuple(ColumnEdge(source=c, target=c) for c in columns)
        found.append(
            Lineage(
                ref=Ref(WAREHOUSE, f"warehouse.raw.{table}"),
                upstreams=(Upstream(ref=Ref(SHOP, table), columns=edges),),
                job=Ref(JOBS, "nightly.copy"),
                evidence="the copying script",
            )
        )
    for table, statement in MARTS.items():
        ref = Ref(WAREHOUSE, f"warehouse.marts.{table}")
        found.append(Definition(ref=ref, text=statement, dialect="duckdb", search_path=("warehouse.main",)))
    for view, kind in EXPORTS.items():
        file = Ref(FILES, f"/exports/{view}.{kind}")
        exported = _EXPORTED[view]
        found.append(Dataset(ref=file, kind="file", format=kind, columns=tuple(Column(name=name) for name in exported)))
        edges = tuple(ColumnEdge(source=name, target=name) for name in exported)
        found.append(
            Lineage(
                ref=file,
                upstreams=(Upstream(ref=Ref(WAREHOUSE, f"warehouse.marts.{view}"), columns=edges),),
                job=Ref(JOBS, "nightly.export"),
                evidence="the exporting script",
            )
        )
    return found


_EXPORTED = {
    "revenue_by_month": ("month", "country", "revenue", "orders"),
    "customer_lifetime_value": ("customer_id", "full_name", "email", "lifetime_value", "last_order"),
}
