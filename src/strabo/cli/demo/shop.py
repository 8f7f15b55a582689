"""The demo company's shop: an SQLite database such as a web application leaves behind."""

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = """
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent_id INTEGER REFERENCES categories (id));
CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT, email TEXT);
CREATE TABLE products (
    id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, supplier_id INTEGER REFERENCES suppliers (id),
    price NUMERIC(10, 2) NOT NULL DEFAULT 0, weight_g INTEGER, discontinued BOOLEAN NOT NULL DEFAULT 0
);
CREATE TABLE product_categories (
    product_id INTEGER NOT NULL REFERENCES products (id), category_id INTEGER NOT NULL REFERENCES categories (id),
    PRIMARY KEY (product_id, category_id)
) WITHOUT ROWID;
CREATE TABLE warehouses (id INTEGER PRIMARY KEY, city TEXT NOT NULL, capacity INTEGER);
CREATE TABLE inventory (
    warehouse_id INTEGER NOT NULL REFERENCES warehouses (id), product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL DEFAULT 0, counted_at TIMESTAMP, PRIMARY KEY (warehouse_id, product_id)
);
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL,
    country TEXT NOT NULL DEFAULT 'NL', birth_date DATE, created_at TIMESTAMP NOT NULL, marketing_consent BOOLEAN
);
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), street TEXT, city TEXT, postcode TEXT
);
CREATE TABLE coupons (code TEXT PRIMARY KEY, percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100), ends_on DATE);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    address_id INTEGER REFERENCES addresses (id), coupon_code TEXT REFERENCES coupons (code),
    status TEXT NOT NULL DEFAULT 'new', ordered_at TIMESTAMP NOT NULL, shipping NUMERIC(10, 2) NOT NULL DEFAULT 0
);
CREATE INDEX orders_by_customer ON orders (customer_id, ordered_at);
CREATE INDEX orders_open ON orders (ordered_at) WHERE status = 'new';
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id), line INTEGER NOT NULL, product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL, unit_price NUMERIC(10, 2) NOT NULL,
    amount NUMERIC(12, 2) GENERATED ALWAYS AS (quantity * unit_price) STORED, PRIMARY KEY (order_id, line)
);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), method TEXT NOT NULL,
    amount NUMERIC(12, 2) NOT NULL, paid_at TIMESTAMP NOT NULL, card_last4 TEXT
);
CREATE TABLE refunds (id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payments (id), amount NUMERIC(12, 2), reason TEXT);
CREATE TABLE shipments (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), warehouse_id INTEGER REFERENCES warehouses (id),
    carrier TEXT, shipped_at TIMESTAMP, delivered_at TIMESTAMP
);
CREATE TABLE reviews (
    product_id INTEGER NOT NULL REFERENCES products (id), customer_id INTEGER NOT NULL REFERENCES customers (id),
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5), body TEXT, PRIMARY KEY (product_id, customer_id)
);
CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT NOT NULL, manager_id INTEGER REFERENCES employees (id), hired_on DATE);
CREATE TABLE legacy_newsletter (email TEXT, subscribed TEXT);
CREATE TABLE "audit log" (id INTEGER PRIMARY KEY, "what?" TEXT, "when" TIMESTAMP);
CREATE TABLE "price.list" ("product.sku" TEXT PRIMARY KEY, "net ""list"" price" REAL);
CREATE TABLE "café menü ☕" (id INTEGER PRIMARY KEY, "größe" TEXT, "preis €" NUMERIC);
CREATE TABLE "طلبات" (id INTEGER PRIMARY KEY, "العميل" TEXT);
CREATE TRIGGER orders_audit AFTER UPDATE OF status ON orders BEGIN
    INSERT INTO "audit log" ("what?", "when") VALUES ('order ' || new.id || ' is ' || new.status, CURRENT_TIMESTAMP);
END;
CREATE VIEW open_orders AS
    SELECT o.id AS order_id, c.full_name AS customer, o.ordered_at FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.status = 'new';
CREATE VIEW order_totals AS
    SELECT o.id AS order_id, o.customer_id, sum(i.amount) + o.shipping AS total, count(*) AS lines
    FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.id, o.customer_id, o.shipping;
CREATE VIEW best_customers AS
    SELECT c.id, c.full_name, sum(t.total) AS spent FROM customers c JOIN order_totals t ON t.customer_id = c.id
    GROUP BY c.id, c.full_name;
"""

CHANGES = """
ALTER TABLE customers ADD COLUMN loyalty_tier TEXT DEFAULT 'none';
DROP TABLE legacy_newsletter;
CREATE TABLE gift_cards (code TEXT PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), balance NUMERIC(10, 2) NOT NULL);
DROP VIEW open_orders;
CREATE VIEW open_orders AS
    SELECT o.id AS order_id, c.full_name AS customer, c.loyalty_tier, o.ordered_at
    FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'new';
"""

COPIED = (
    "categories", "suppliers", "products", "product_categories", "warehouses", "inventory", "customers", "addresses",
    "orders", "order_items", "payments", "refunds", "shipments", "reviews",
)  # fmt: skip
"""The tables that the nightly job copies into the warehouse."""


def build(path: Path) -> None:
    """The shop as it is on the first day, with a few hundred rows that are the same every time."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(TABLES)
        db.executemany(
            "INSERT INTO categories VALUES (?, ?, ?)", [(1, "garden", None), (2, "tools", 1), (3, "seeds", 1)]
        )
        db.executemany(
            "INSERT INTO suppliers VALUES (?, ?, ?, ?)",
            [(n, f"Supplier {n}", "NL", f"s{n}@supplier.example") for n in (1, 2)],
        )
        db.executemany(
            "INSERT INTO products (id, sku, name, supplier_id, price, weight_g) VALUES (?, ?, ?, ?, ?, ?)",
            [(n, f"SKU-{n:03}", f"Product {n}", 1 + n % 2, 5 + n * 1.25, 100 * n) for n in range(1, 21)],
        )
        db.executemany("INSERT INTO product_categories VALUES (?, ?)", [(n, 1 + n % 3) for n in range(1, 21)])
        db.executemany("INSERT INTO warehouses VALUES (?, ?, ?)", [(1, "Utrecht", 5000), (2, "Gent", 3000)])
        db.executemany(
            "INSERT INTO inventory VALUES (?, ?, ?, ?)",
            [(1 + n % 2, n, 10 * n, "2026-11-01 06:00:00") for n in range(1, 21)],
        )
        db.executemany(
            "INSERT INTO customers (email, full_name, country, birth_date, created_at) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    f"customer{n}@mail.example",
                    f"Customer {n}",
                    "NL" if n % 3 else "BE",
                    f"19{60 + n % 40}-05-01",
                    "2026-01-01 10:00:00",
                )
                for n in range(1, 31)
            ],
        )
        db.executemany(
            "INSERT INTO addresses VALUES (?, ?, ?, ?, ?)",
            [(n, n, f"Street {n}", "Utrecht", f"35{n:02}AB") for n in range(1, 31)],
        )
        db.execute("INSERT INTO coupons VALUES ('SPRING', 10, '2026-06-01')")
        db.executemany(
            "INSERT INTO orders (id, customer_id, address_id, status, ordered_at, shipping) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    n,
                    1 + n % 30,
                    1 + n % 30,
                    "paid" if n % 4 else "new",
                    f"2026-{1 + n % 10:02}-{1 + n % 28:02} 12:00:00",
                    4.95,
                )
                for n in range(1, 101)
            ],
        )
        db.executemany(
            "INSERT INTO order_items (order_id, line, product_id, quantity, unit_price) VALUES (?, ?, ?, ?, ?)",
            [(n, line, 1 + (n * line) % 20, line, 5 + line * 1.25) for n in range(1, 101) for line in (1, 2)],
        )
        db.executemany(
            "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?)",
            [
                (n, n, "card", 20.0, f"2026-{1 + n % 10:02}-{1 + n % 28:02} 12:05:00", "0000")
                for n in range(1, 101)
                if n % 4
            ],
        )
        db.execute("INSERT INTO refunds VALUES (1, 1, 5.0, 'damaged')")
        db.executemany(
            "INSERT INTO shipments VALUES (?, ?, ?, ?, ?, ?)",
            [(n, n, 1, "post", "2026-10-02 08:00:00", None) for n in range(1, 51)],
        )
        db.executemany("INSERT INTO reviews VALUES (?, ?, ?, ?)", [(n, n, 1 + n % 5, "fine") for n in range(1, 21)])
        db.execute("ANALYZE")


def change(path: Path) -> None:
    """What the developers of the shop did the next day."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(CHANGES)
