"""What the PostgreSQL source says of a real server that has one of everything."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.model import codec
from strabo.model.naming import join
from strabo.model.naming import split as naming_parts
from strabo.model.records import (
    Column,
    Container,
    Dataset,
    Definition,
    Failed,
    Filtered,
    ForeignKey,
    Index,
    Job,
    Key,
    Partitions,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.sources.postgres import PostgresConfig, PostgresSource
from strabo.testing.postgres import Server
from strabo.testing.postgres import postgres_fixture as postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.server

SHOP = (
    "CREATE SCHEMA shop; COMMENT ON SCHEMA shop IS 'Everything sold'",
    "CREATE TYPE shop.mood AS ENUM ('sad', 'it''s \"fine\"', '😀 ok')",
    "CREATE DOMAIN shop.email AS text NOT NULL DEFAULT 'nobody' CHECK (VALUE LIKE '%@%')",
    "CREATE TYPE shop.point3 AS (x numeric(5,2), y shop.mood[])",
    "CREATE TYPE shop.place AS (name text, at shop.point3)",
    "COMMENT ON COLUMN shop.place.name IS 'as people say it'",
    """CREATE TABLE shop.customers (
         id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email shop.email, mood shop.mood, place shop.place,
         tags varchar(20)[], stay tstzrange, home inet, doc jsonb,
         "full" text GENERATED ALWAYS AS (upper(doc::text)) STORED,
         UNIQUE (email, mood))""",
    "COMMENT ON TABLE shop.customers IS 'Who buys'; COMMENT ON COLUMN shop.customers.email IS 'where to write'",
    """CREATE TABLE shop.orders (
         id serial PRIMARY KEY, other bigint DEFAULT 5, total numeric(10,2) NOT NULL DEFAULT 0.0, dropped int,
         customer bigint, made timestamptz DEFAULT now(),
         CONSTRAINT buyer FOREIGN KEY (customer) REFERENCES shop.customers (id))""",
    "ALTER TABLE shop.orders DROP COLUMN dropped",
    "CREATE UNIQUE INDEX once ON shop.orders (customer, lower('a' || total::text)) INCLUDE (made) WHERE total > 0",
    "CREATE INDEX brin ON shop.orders USING brin (made)",
    "INSERT INTO shop.orders (total) SELECT i FROM generate_series(1, 500) AS i; ANALYZE shop.orders",
    "CREATE VIEW shop.big AS SELECT o.id, c.email FROM shop.orders o JOIN shop.customers c ON c.id = o.customer",
    "CREATE MATERIALIZED VIEW shop.totals AS SELECT sum(total) AS total FROM shop.orders WITH NO DATA",
    "CREATE TABLE shop.special_orders (why text) INHERITS (shop.orders)",
    "CREATE UNLOGGED TABLE shop.scratch ()",
    "CREATE SEQUENCE shop.numbers",
    "CREATE TABLE shop.events (id int, at date NOT NULL, place text) PARTITION BY RANGE (at)",
    """CREATE TABLE shop.events_25 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')""",
    """CREATE TABLE shop.events_26 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
         PARTITION BY LIST (place)""",
    "CREATE TABLE public.events_26_eu PARTITION OF shop.events_26 FOR VALUES IN ('eu', 'it''s')",
    "CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT",
    "INSERT INTO shop.events SELECT i, '2025-05-05', 'eu' FROM generate_series(1, 100) AS i; ANALYZE shop.events",
    "CREATE TABLE shop.hashed (a int, b text) PARTITION BY HASH (a, lower(b))",
    "CREATE TABLE shop.points_at_parts (id int PRIMARY KEY, e int)",
    """CREATE FUNCTION shop.add(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql STABLE
         SET search_path = shop, "Odd, one", pg_temp AS 'SELECT $1'""",
    "CREATE FUNCTION shop.add(a shop.mood) RETURNS integer LANGUAGE plpgsql AS $$BEGIN RETURN 1; END$$",
    "COMMENT ON FUNCTION shop.add(shop.mood) IS 'adds nothing'",
    "CREATE PROCEDURE shop.fill() LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO shop.orders (total) VALUES (1)'",
    "CREATE AGGREGATE shop.total(integer) (SFUNC = int4pl, STYPE = integer)",
    "CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "CREATE TRIGGER stamp BEFORE UPDATE ON shop.orders FOR EACH ROW WHEN (old.id > 1) EXECUTE FUNCTION shop.stamp()",
    "ALTER TABLE shop.orders DISABLE TRIGGER stamp",
    "CREATE FOREIGN DATA WRAPPER far",
    "CREATE SERVER away TYPE 'csv' FOREIGN DATA WRAPPER far OPTIONS (host 'h', password 'hush-hush')",
    "CREATE FOREIGN TABLE shop.remote (id int) SERVER away OPTIONS (path '/a=b', api_token 'hush-hush')",
)  # fmt: skip

NAMES = (
    'say "hi"', "it's", "a.b", "with space", "Ünï", "😀", "שלום", "Orders", "orders", "%s %(x)s", "back\\slash", "a/b",
    "new\nline", "tab\t", "select", "'; DROP TABLE x; --", "{}", "$1", "x" * 63,
)  # fmt: skip


R = TypeVar("R", bound=Record)


# An identifier is at most 63 bytes long, and may hold anything but NUL.
identifiers = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=15)


def ident(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def source(server: Server, **more: Any) -> PostgresSource:
    chosen: dict[str, Any] = {"user": server.user, "password": Secret(server.password), **more}
    return PostgresSource(PostgresConfig(host=server.host, port=server.port, **chosen))


@pytest.fixture(scope="module")
def shop(postgres: Server) -> Iterator[Server]:
    postgres.run("CREATE DATABASE shop", "COMMENT ON DATABASE shop IS 'The shop'")
    postgres.run(*SHOP, database="shop")
    yield postgres
    postgres.run("DROP DATABASE shop WITH (FORCE)")


@pytest.fixture(scope="module")
def records(shop: Server) -> list[Record]:
    return list(source(shop, databases=["shop"]).read())


def one(records: list[Record], kind: type[R], *names: str) -> R:
    name = join("shop", *names)
    (found,) = [r for r in records if isinstance(r, kind) and r.ref.name == name]
    return found


def column(records: list[Record], table: str, name: str) -> Column:
    (found,) = [c for c in one(records, Dataset, "shop", table).columns if c.name == name]
    return found


def test_every_record_survives_the_codec_and_nothing_is_amiss(records: list[Record]) -> None:
    assert [codec.decode(codec.encode(r)) for r in records] == records
    assert not [r for r in records if isinstance(r, Failed | Skipped | Filtered)]


def test_reading_twice_says_the_same(shop: Server, records: list[Record]) -> None:
    assert list(source(shop, databases=["shop"]).read()) == records


def test_names_begin_with_the_server(shop: Server, records: list[Record]) -> None:
    assert {r.ref.namespace for r in records} == {f"postgres://127.0.0.1:{shop.port}"}
    (first, *_) = source(shop, databases=["shop"], namespace="postgres://prod:5432").read()
    assert first.ref == Ref("postgres://prod:5432", "shop")


def test_what_is_listed_and_in_which_order(records: list[Record]) -> None:
    assert [r.ref.name for r in records if isinstance(r, Dataset)] == [
        "shop.shop." + name
        for name in (
            "big", "customers", "events", "hashed", "orders", "points_at_parts", "remote", "scratch", "special_orders",
            "totals",
        )
    ]  # fmt: skip
    kinds = {r.ref.name.rpartition(".")[2]: r.kind for r in records if isinstance(r, Dataset)}
    assert (kinds["big"], kinds["totals"]) == ("view", "materialized_view")
    assert (kinds["remote"], kinds["events"]) == ("foreign_table", "table")


def test_containers_come_first_and_scopes_close_last(records: list[Record]) -> None:
    assert records[0] == Container(
        ref=one(records, Container).ref, kind="database", comment="The shop", owner="postgres"
    )
    assert one(records, Container, "shop").comment == "Everything sold"
    assert [(r.ref.name, r.covers) for r in records if isinstance(r, ScopeComplete)] == [
        ("shop.public", ("dataset", "job")),
        ("shop.shop", ("dataset", "job")),
        ("shop", ("container", "dataset", "job")),
    ]
    assert isinstance(records[-1], ScopeComplete)


def test_types_are_spelled_as_the_server_spells_them_and_opened(records: list[Record]) -> None:
    labels = ("sad", 'it\'s "fine"', "😀 ok")
    mood = column(records, "customers", "mood")
    assert (mood.type, mood.kind, mood.values) == ("shop.mood", "enum", labels)
    tags = column(records, "customers", "tags")
    assert (tags.type, tags.kind) == ("character varying(20)[]", "array")
    assert tags.fields == (Column(name="element", type="character varying(20)", kind="text"),)
    assert column(records, "customers", "place").fields == (
        Column(name="name", type="text", kind="text", comment="as people say it"),
        Column(name="at", type="shop.point3", kind="struct", fields=(
            Column(name="x", type="numeric(5,2)", kind="decimal"),
            Column(name="y", type="shop.mood[]", kind="array", fields=(
                Column(name="element", type="shop.mood", kind="enum", values=labels),)),
        )),
    )  # fmt: skip
    assert [column(records, "customers", name).kind for name in ("stay", "home", "doc")] == ["range", "network", "json"]


def test_a_domain_is_its_base_type_with_conditions(records: list[Record]) -> None:
    email = column(records, "customers", "email")
    assert (email.type, email.kind, email.nullable, email.default) == ("shop.email", "text", False, "'nobody'::text")
    assert email.comment == "where to write"
    properties = one(records, Dataset, "shop", "customers").properties
    assert properties["domain shop.email"] == "text NOT NULL CHECK ((VALUE ~~ '%@%'::text))"


def test_columns_that_fill_themselves(records: list[Record]) -> None:
    assert column(records, "customers", "id").identity
    full = column(records, "customers", "full")
    assert (full.generated, full.default) == ("upper((doc)::text)", None)
    number = column(records, "orders", "id")
    assert number.identity
    assert number.default == "nextval('shop.orders_id_seq'::regclass)"
    assert not column(records, "orders", "other").identity
    assert [c.name for c in one(records, Dataset, "shop", "orders").columns] == [
        "id", "other", "total", "customer", "made",
    ]  # fmt: skip


def test_a_virtual_column_tells_its_expression(shop: Server) -> None:
    with shop.connect("shop") as connection:
        how = "VIRTUAL" if connection.info.server_version >= 180000 else "STORED"
        connection.execute(f"CREATE TABLE public.v (a int, b int GENERATED ALWAYS AS (a * 2) {how})")
    found = list(source(shop, databases=["shop"], schemas=["public"]).read())
    shop.run("DROP TABLE public.v", database="shop")
    assert one(found, Dataset, "public", "v").columns[1].generated == "(a * 2)"


def test_keys_and_indexes(records: list[Record]) -> None:
    customers, orders = one(records, Dataset, "shop", "customers"), one(records, Dataset, "shop", "orders")
    assert customers.primary_key == Key(columns=("id",), name="customers_pkey")
    assert customers.unique_keys == (Key(columns=("email", "mood"), name="customers_email_mood_key"),)
    assert customers.indexes == ()  # those of the keys are the keys
    buyer = ForeignKey(columns=("customer",), references=customers.ref, to=("id",), name="buyer")
    assert orders.foreign_keys == (buyer,)
    expression = "lower(('a'::text || (total)::text))"
    assert orders.indexes == (
        Index(name="brin", columns=("made",), method="brin"),
        Index(
            name="once", columns=("customer", expression), unique=True, method="btree", where="(total > (0)::numeric)"
        ),
    )


def test_a_key_to_a_partitioned_table_is_told_once(shop: Server) -> None:
    shop.run(
        "CREATE TABLE public.p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE public.q (p int CONSTRAINT one REFERENCES public.p)",
        database="shop",
    )
    found = list(source(shop, databases=["shop"], schemas=["public"]).read())
    shop.run("DROP TABLE public.q, public.p", database="shop")
    assert [k.name for k in one(found, Dataset, "public", "q").foreign_keys] == ["one"]


def test_view_text_is_fully_qualified(records: list[Record]) -> None:
    big = one(records, Definition, "shop", "big")
    assert "shop.orders" in big.text
    assert "shop.customers" in big.text
    assert (big.dialect, big.search_path) == ("postgres", ("shop.shop",))
    assert "sum(" in one(records, Definition, "shop", "totals").text
    assert one(records, Dataset, "shop", "totals").properties["populated"] == "false"


def test_a_partitioned_table_is_one_dataset(records: list[Record]) -> None:
    events = one(records, Partitions, "shop", "events")
    assert (events.by, events.method) == (("at",), "range")
    assert [(p.name, p.value) for p in events.parts] == [
        ("public.events_26_eu", "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') / FOR VALUES IN ('eu', 'it''s')"),
        ("events_25", "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"),
        ("events_rest", "DEFAULT"),
    ]
    stats = one(records, Stats, "shop", "events")
    assert stats.bytes == sum(p.bytes or 0 for p in events.parts)
    assert stats.bytes
    assert one(records, Partitions, "shop", "hashed") == Partitions(
        ref=one(records, Dataset, "shop", "hashed").ref, by=("a, lower(b)",), method="hash"
    )


def test_sizes_and_estimates(records: list[Record]) -> None:
    orders = one(records, Stats, "shop", "orders")
    assert orders.rows == 500
    assert (orders.bytes or 0) > 8192
    assert not orders.exact
    assert one(records, Stats, "shop", "customers").rows is None  # never counted


def test_what_only_this_system_has(records: list[Record]) -> None:
    assert one(records, Dataset, "shop", "special_orders").properties == {"inherits": "shop.shop.orders"}
    assert one(records, Dataset, "shop", "scratch").properties == {"persistence": "unlogged"}
    assert one(records, Dataset, "shop", "remote").properties == {
        "server": "away", "wrapper": "far", "server_type": "csv", "server_option.host": "h", "option.path": "/a=b",
    }  # fmt: skip
    assert b"hush-hush" not in b"".join(map(codec.encode, records))


def test_routines_are_named_with_their_arguments(records: list[Record]) -> None:
    add = one(records, Job, "shop", "add(integer, text)")
    assert (add.kind, add.signature) == ("function", "(a integer, b text DEFAULT 'x'::text) returns integer")
    assert add.properties == {"language": "sql", "volatility": "stable"}
    text = one(records, Definition, "shop", "add(integer, text)")
    assert text.text.startswith("CREATE OR REPLACE FUNCTION shop.add(")
    assert text.search_path == ("shop.shop", "shop.Odd, one")
    other = one(records, Definition, "shop", "add(shop.mood)")
    assert (other.language, other.search_path) == ("plpgsql", ("shop.public",))
    assert one(records, Job, "shop", "add(shop.mood)").comment == "adds nothing"
    fill = one(records, Job, "shop", "fill()")
    assert (fill.kind, fill.properties["security"]) == ("procedure", "definer")
    assert not [r for r in records if "total(" in r.ref.name]


def test_a_trigger_watches_its_table(records: list[Record]) -> None:
    stamp = one(records, Job, "shop", "orders", "stamp")
    assert (stamp.kind, stamp.on) == ("trigger", one(records, Dataset, "shop", "orders").ref)
    assert stamp.properties == {"function": "shop.shop.stamp()", "enabled": "false"}
    assert one(records, Definition, "shop", "orders", "stamp").text.startswith("CREATE TRIGGER stamp BEFORE UPDATE")


def test_without_routines_no_scope_says_there_are_none(shop: Server) -> None:
    found = list(source(shop, databases=["shop"], routines=False).read())
    assert not [r for r in found if isinstance(r, Job)]
    assert {r.covers for r in found if isinstance(r, ScopeComplete)} == {("dataset",), ("container", "dataset")}


def test_an_excluded_schema_is_accounted_for_and_keeps_the_database_open(shop: Server) -> None:
    found = list(source(shop, databases=["shop"], exclude_schemas=["pub*"]).read())
    assert [(r.ref.name, r.rule) for r in found if isinstance(r, Filtered)] == [
        ("shop.public", "schemas: exclude pub*")
    ]
    assert [r.ref.name for r in found if isinstance(r, ScopeComplete)] == ["shop.shop"]


def test_what_was_done_is_not_read_again(shop: Server, records: list[Record]) -> None:
    ns = records[0].ref.namespace
    rest = list(source(shop, databases=["shop"]).read_rest(frozenset({Ref(ns, "shop.shop")})))
    assert not [r for r in rest if r.ref.name.startswith("shop.shop")]
    assert [r.ref.name for r in rest if isinstance(r, ScopeComplete)] == ["shop.public"]
    assert list(source(shop, databases=["shop"]).read_rest(frozenset({Ref(ns, "shop")}))) == []


def test_what_an_extension_brought_is_left_out_unless_asked_for(postgres: Server) -> None:
    postgres.run("CREATE DATABASE ext")
    postgres.run(
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER EXTENSION plpgsql ADD TABLE mine; ALTER EXTENSION plpgsql ADD FUNCTION mine()",
        database="ext",
    )
    plain = list(source(postgres, databases=["ext"]).read())
    found = list(source(postgres, databases=["ext"], include_system=True).read())
    postgres.run("DROP DATABASE ext")
    names = {r.ref.name for r in found if isinstance(r, Dataset | Job)}
    assert {"ext.pg_catalog.pg_class", "ext.public.mine", "ext.public.mine()"} <= names
    assert not [r for r in plain if isinstance(r, Dataset | Job)]
    assert not [r for r in found if isinstance(r, Failed)]


def test_hostile_names_and_comments_come_back_as_they_are(postgres: Server) -> None:
    postgres.run("CREATE DATABASE " + ident('ho"st.ile'))
    statements = []
    for name in NAMES:
        comment = name.replace("'", "''")
        table = f"{ident(name)}.{ident(name)}"
        statements += [
            f"CREATE SCHEMA {ident(name)}",
            f"CREATE TYPE {ident(name)}.e AS ENUM ('{comment}')",
            f"CREATE TABLE {table} ({ident(name)} {ident(name)}.e, PRIMARY KEY ({ident(name)}))",
            f"COMMENT ON TABLE {table} IS '{comment}'; COMMENT ON COLUMN {table}.{ident(name)} IS '{comment}'",
            f"CREATE FUNCTION {ident(name)}.{ident(name)}(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ]
    postgres.run(*statements, database='ho"st.ile')
    found = list(source(postgres, databases=['ho"st.ile']).read())
    postgres.run("DROP DATABASE " + ident('ho"st.ile'))
    assert not [r for r in found if isinstance(r, Failed | Skipped)]
    by_ref = {r.ref.name: r for r in found if isinstance(r, Dataset)}
    assert len(by_ref) == len(NAMES)
    for name in NAMES:
        dataset = by_ref[join('ho"st.ile', name, name)]
        (only,) = dataset.columns
        assert (only.name, only.values, only.comment, dataset.comment) == (name, (name,), name, name)
        assert dataset.primary_key is not None
        assert dataset.primary_key.columns == (name,)
    assert {r.ref.name for r in found if isinstance(r, Job)} == {
        join('ho"st.ile', name, name + "(integer)") for name in NAMES
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(identifiers, min_size=1, max_size=8, unique=True))
def test_any_name_comes_back_as_it_is(postgres: Server, names: list[str]) -> None:
    postgres.run("CREATE SCHEMA any_name", *[f"CREATE TABLE any_name.{ident(n)} ({ident(n)} int)" for n in names])
    try:
        found = list(source(postgres, databases=["postgres"], schemas=["any_name"]).read())
    finally:
        postgres.run("DROP SCHEMA any_name CASCADE")
    told = {r.ref.name: r.columns[0].name for r in found if isinstance(r, Dataset)}
    assert told == {join("postgres", "any_name", n): n for n in names}
    assert [naming_parts(name)[-1] for name in told] == sorted(names, key=lambda n: n.encode())


def test_a_table_of_very_many_columns_and_one_of_none(postgres: Server) -> None:
    postgres.run("CREATE DATABASE wide")
    columns = ", ".join(f"c{i} int" for i in range(1600))
    postgres.run(f"CREATE TABLE wide ({columns})", "CREATE TABLE narrow ()", database="wide")
    found = [r for r in source(postgres, databases=["wide"]).read() if isinstance(r, Dataset)]
    postgres.run("DROP DATABASE wide")
    assert [len(d.columns) for d in found] == [0, 1600]


def test_bytes_that_are_no_text_are_replaced(postgres: Server) -> None:
    postgres.run("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    postgres.run(
        "DO $$BEGIN EXECUTE E'CREATE TABLE t (a int); COMMENT ON TABLE t IS ''caf\\xe9'''; END$$", database="bytes"
    )
    found = list(source(postgres, databases=["bytes"]).read())
    postgres.run("DROP DATABASE bytes")
    assert not [r for r in found if isinstance(r, Failed)]
    assert [d.comment for d in found if isinstance(d, Dataset)] == ["caf\ufffd"]


def test_order_is_stable_across_batches(postgres: Server) -> None:
    postgres.run("CREATE DATABASE many")
    for schema in ("a", "b"):
        postgres.run(
            f"CREATE SCHEMA {schema}",
            f"DO $$BEGIN FOR i IN 1..450 LOOP EXECUTE format('CREATE TABLE {schema}.t%s (id int)', i); END LOOP; END$$",
            database="many",
        )
    found = [r.ref.name for r in source(postgres, databases=["many"]).read() if isinstance(r, Dataset)]
    postgres.run("DROP DATABASE many")
    assert len(found) == 900
    assert all(before < after for before, after in pairwise(found))


def test_a_url_may_stand_for_the_settings(shop: Server) -> None:
    url = Secret(f"postgresql://postgres:{shop.password}@127.0.0.1:{shop.port}/shop")
    found = list(PostgresSource(PostgresConfig(url=url)).read())
    assert found[0].ref == Ref(f"postgres://127.0.0.1:{shop.port}", "shop")
    assert msgspec.structs.asdict(found[0])["kind"] == "database"
