"""The PostgreSQL database of the ingestion benchmark: schemas, tables of twenty columns, comments, keys, views."""

import random
from collections.abc import Iterator

_NOUNS = (
    "order invoice payment shipment customer product supplier contract ticket visit session device claim branch".split()
)
_COLUMNS = (
    ("name", "text"), ("code", "varchar(32)"), ("status", "varchar(16)"), ("amount", "numeric(12,2)"), ("quantity", "integer"),
    ("price", "numeric(10,2)"), ("discount", "real"), ("is_active", "boolean"), ("attributes", "jsonb"), ("labels", "text[]"),
    ("note", "text"), ("source_file", "text"), ("score", "double precision"), ("started_on", "date"), ("ended_on", "date"),
    ("created_at", "timestamptz"), ("updated_at", "timestamptz"), ("created_by", "bigint"),
)  # fmt: skip


def statements(schemas: int = 20, tables: int = 100, views: int = 10) -> Iterator[str]:
    """The SQL that makes it, a schema a piece; every table has `id`, `parent_id` and the columns above."""
    maker = random.Random(20)
    for number in range(schemas):
        schema = f"area_{number:02}"
        names = [f"{_NOUNS[n % len(_NOUNS)]}_{n:03}" for n in range(tables)]
        lines = [f"CREATE SCHEMA {schema};", f"COMMENT ON SCHEMA {schema} IS 'Business area {number}';"]
        for at, name in enumerate(names):
            columns = ["id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "parent_id bigint"]
            columns += [f"{c} {t}{' NOT NULL' if maker.random() < 0.3 else ''}" for c, t in _COLUMNS]
            for key in range(min(at, maker.randint(1, 3))):
                columns.append(
                    f"CONSTRAINT {name}_fk{key} FOREIGN KEY (parent_id) REFERENCES {schema}.{names[maker.randrange(at)]} (id)"
                )
            lines.append(f"CREATE TABLE {schema}.{name} ({', '.join(columns)});")
            lines.append(
                f"COMMENT ON TABLE {schema}.{name} IS 'One row for every {name} of {schema}, kept for seven years.';"
            )
            lines += [
                f"COMMENT ON COLUMN {schema}.{name}.{column} IS 'The {column} of the {name} as the branch has entered it';"
                for column, _ in _COLUMNS[::2]
            ]
            if at % 3 == 0:
                lines.append(f"CREATE INDEX {name}_by_status ON {schema}.{name} (status, created_at);")
        for view in range(views):
            a, b, c = (f"{schema}.{t}" for t in maker.sample(names, 3))
            lines.append(f"CREATE VIEW {schema}.view_{view:02} AS {_query(view, a, b, c, schema)};")
        yield "\n".join(["BEGIN;", *lines, "COMMIT;"])


def _query(view: int, a: str, b: str, c: str, schema: str) -> str:
    if view % 3 == 0:
        return (
            f"SELECT x.id, x.name AS x_name, upper(y.code) AS y_code, x.amount - coalesce(y.discount, 0)::numeric AS net, z.status"
            f" FROM {a} x JOIN {b} y ON y.parent_id = x.id LEFT JOIN {c} z ON z.id = y.parent_id WHERE x.is_active"
        )
    if view % 3 == 1:
        return (
            f"WITH sums AS (SELECT parent_id, sum(amount) AS total, max(updated_at) AS newest FROM {a} GROUP BY parent_id),"
            f" ranked AS (SELECT id, score, row_number() OVER (PARTITION BY status ORDER BY created_at) AS place FROM {b})"
            f" SELECT r.id, r.score, s.total, s.newest, CASE WHEN r.place = 1 THEN 'first' ELSE 'later' END AS standing, z.note"
            f" FROM ranked r JOIN sums s ON s.parent_id = r.id LEFT JOIN {c} z ON z.id = r.id"
        )
    return (
        f"SELECT v.id, v.net, w.total, v.net + w.total AS both_together FROM {schema}.view_{view - 2:02} v"
        f" JOIN {schema}.view_{view - 1:02} w ON w.id = v.id UNION ALL SELECT id, amount, price, amount + price FROM {c}"
    )
