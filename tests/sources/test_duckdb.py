"""The DuckDB source, against real files."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import AccessDenied, Unavailable, UsageError
from strabo.ingest.contracts import Checkable, Resumable
from strabo.model import codec
from strabo.model.naming import join, split, within
from strabo.model.records import (
    Column,
    Container,
    Dataset,
    Definition,
    Filtered,
    ForeignKey,
    Index,
    Job,
    Key,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref
from strabo.sources.duckdb import DuckDbConfig, DuckDbSource
from strabo.sources.duckdb.queries import quoted
from strabo.sources.duckdb.types import KINDS, opened
from strabo.testing.hostile import HOSTILE_NAMES

nests = pytest.mark.skipif(duckdb.__version__ < "2", reason="schemas nest, and triggers are, since DuckDB 2")

SHOP = """
create type mood as enum ('ok', 'it''s');
create sequence numbers;
create table customer (
    id integer primary key default nextval('numbers'),
    mail varchar not null unique,
    mood mood,
    home struct(street varchar, "geo ""point" double[2]),
    tags map(varchar, integer[]),
    price decimal(10, 2) default 1.5,
    vat decimal(10, 2) generated always as (price * 0.21) virtual,
    check (price > 0), check (mail <> '')
);
create table line (a integer, b integer, primary key (a, b));
create table part (x integer, y integer, foreign key (x, y) references line (a, b));
create index by_price on customer (price, (id + 1));
create unique index by_mood on customer (mood);
comment on table customer is 'who buys'; comment on column customer.mail is 'where to';
insert into line values (1, 1), (1, 2);
create schema reports;
create view reports.dear (x) as select id from customer where price > 100;
comment on view reports.dear is 'for a few';
create macro plus(a, b := 2) as a + b;
create macro plus3(a) as a + 3, (a, b, c) as a + b + c;
create macro cheap(top) as table select * from customer where price < top;
"""


def make(path: Path, script: str) -> Path:
    with closing(duckdb.connect(str(path))) as db:
        db.execute(script)
    return path


def source(path: Path, **settings: object) -> DuckDbSource:
    return DuckDbSource(DuckDbConfig(path=str(path), **settings))  # type: ignore[arg-type]


def datasets(records: list[Record]) -> dict[str, Dataset]:
    return {r.ref.name: r for r in records if isinstance(r, Dataset)}


def scopes(records: list[Record]) -> dict[str, tuple[str, ...]]:
    return {r.ref.name: r.covers for r in records if isinstance(r, ScopeComplete)}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make(tmp_path / "shop.duckdb", SHOP)


def test_names_are_database_schema_table(shop: Path) -> None:
    records = list(source(shop).read())
    assert {r.ref.namespace for r in records} == {f"duckdb://{shop}"}
    assert list(datasets(records)) == ["shop.main.customer", "shop.main.line", "shop.main.part", "shop.reports.dear"]
    containers = [(r.ref.name, r.kind) for r in records if isinstance(r, Container)]
    assert containers == [("shop", "database"), ("shop.main", "schema"), ("shop.reports", "schema")]
    assert scopes(records) == {
        "shop.main": ("dataset", "job"),
        "shop.reports": ("dataset", "job"),
        "shop": ("container", "dataset", "job"),
    }
    assert next(source(shop, namespace="duckdb://s").read()).ref == Ref("duckdb://s", "shop")


def test_a_table(shop: Path) -> None:
    found = datasets(list(source(shop).read()))
    customer = found["shop.main.customer"]
    number = Column(name="element", type="INTEGER", kind="integer")
    assert customer.columns == (
        Column(name="id", type="INTEGER", kind="integer", nullable=False, default="nextval('numbers')", identity=True),
        Column(name="mail", type="VARCHAR", kind="text", nullable=False, comment="where to"),
        Column(name="mood", type="ENUM('ok', 'it''s')", kind="enum", values=("ok", "it's")),
        Column(
            name="home",
            type='STRUCT(street VARCHAR, "geo ""point" DOUBLE[2])',
            kind="struct",
            fields=(
                Column(name="street", type="VARCHAR", kind="text"),
                Column(
                    name='geo "point',
                    type="DOUBLE[2]",
                    kind="array",
                    fields=(Column(name="element", type="DOUBLE", kind="float"),),
                ),
            ),
        ),
        Column(
            name="tags",
            type="MAP(VARCHAR, INTEGER[])",
            kind="map",
            fields=(
                Column(name="key", type="VARCHAR", kind="text"),
                Column(name="value", type="INTEGER[]", kind="array", fields=(number,)),
            ),
        ),
        Column(name="price", type="DECIMAL(10,2)", kind="decimal", default="1.5"),
        Column(name="vat", type="DECIMAL(10,2)", kind="decimal", generated=customer.columns[6].generated),
    )
    assert "price * 0.21" in (customer.columns[6].generated or "")
    assert customer.comment == "who buys"
    assert customer.primary_key is not None
    assert customer.primary_key.columns == ("id",)
    assert [k.columns for k in customer.unique_keys] == [("mail",)]
    assert customer.indexes == (
        Index(name="by_mood", columns=("mood",), unique=True, method="art"),
        Index(name="by_price", columns=("price", "((id + 1))"), method="art"),
    )
    assert set(customer.properties["checks"].splitlines()) == {"(price > 0)", "(mail != '')"}


def test_keys_of_several_columns(shop: Path) -> None:
    found = datasets(list(source(shop).read()))
    line, part = found["shop.main.line"], found["shop.main.part"]
    assert line.primary_key == Key(columns=("a", "b"), name="line_a_b_pkey")
    assert line.foreign_keys == ()
    (key,) = part.foreign_keys
    assert key == ForeignKey(columns=("x", "y"), references=line.ref, to=("a", "b"), name=key.name)


def test_views_macros_and_estimates(shop: Path) -> None:
    records = list(source(shop).read())
    view = datasets(records)["shop.reports.dear"]
    assert (view.kind, view.comment, [c.name for c in view.columns]) == ("view", "for a few", ["x"])
    texts = {r.ref.name: r for r in records if isinstance(r, Definition)}
    assert "WHERE (price > 100)" in texts["shop.reports.dear"].text
    assert texts["shop.reports.dear"].search_path == ("shop.reports", "shop.main")
    assert texts["shop.reports.dear"].dialect == "duckdb"
    jobs = {r.ref.name: r for r in records if isinstance(r, Job)}
    assert {name: job.signature for name, job in jobs.items()} == {
        "shop.main.cheap(top)": "(top) returns table",
        "shop.main.plus(a, b)": "(a, b)",
        "shop.main.plus3(a)": "(a)",
        "shop.main.plus3(a, b, c)": "(a, b, c)",
    }
    assert {job.kind for job in jobs.values()} == {"function"}
    assert texts["shop.main.cheap(top)"].text == "SELECT * FROM customer WHERE (price < top)"
    stats = {r.ref.name: r for r in records if isinstance(r, Stats)}
    assert stats["shop.main.line"] == Stats(ref=Ref(f"duckdb://{shop}", "shop.main.line"), rows=2, exact=False)
    without = list(source(shop, routines=False).read())
    assert not [r for r in without if isinstance(r, Job)]
    assert scopes(without)["shop.main"] == ("dataset",)


@nests
def test_triggers(tmp_path: Path) -> None:
    script = """create table t (a int); create table log (a int);
        create trigger noted after insert on t for each statement insert into log values (1);"""
    records = list(source(make(tmp_path / "x.duckdb", script)).read())
    (job,) = [r for r in records if isinstance(r, Job)]
    assert (job.kind, job.ref.name, job.on) == ("trigger", "x.main.t.noted", Ref(job.ref.namespace, "x.main.t"))
    assert job.properties == {"event": "after insert for each statement"}
    assert [r.text.split()[:3] for r in records if isinstance(r, Definition)] == [["CREATE", "TRIGGER", "noted"]]


@pytest.mark.parametrize(
    ("settings", "listed"),
    [
        ({"schemas": ("reports",)}, {"shop.reports"}),
        ({"exclude_schemas": ("re*",)}, {"shop.main"}),
        ({"exclude_schemas": ("/.*/",)}, set()),
    ],
)
def test_a_filtered_schema_is_accounted_for_and_not_closed(
    shop: Path, settings: dict[str, object], listed: set[str]
) -> None:
    records = list(source(shop, **settings).read())
    filtered = {r.ref.name for r in records if isinstance(r, Filtered)}
    assert filtered == {"shop.main", "shop.reports"} - listed
    assert scopes(records).keys() == listed  # and never the database
    assert {".".join(n.split(".")[:2]) for n in datasets(records)} == listed


def test_what_is_done_is_left_out(shop: Path) -> None:
    assert isinstance(source(shop), Resumable)
    done = Ref(f"duckdb://{shop}", "shop.main")
    rest = list(source(shop).read_rest(frozenset({done})))
    assert not any(within(done, r.ref) for r in rest)
    assert scopes(rest).keys() == {"shop.reports"}
    everything = frozenset({done, Ref(f"duckdb://{shop}", "shop.reports")})
    assert [type(r) for r in source(shop).read_rest(everything)] == [Container]


@nests
def test_nested_schemas_close_from_the_inside(tmp_path: Path) -> None:
    script = """create schema a; create schema a.n; create schema b; create schema b.n; create schema b.m;
        create table a.n.t (x int primary key); create table a.n.u (x int references a.n.t (x));
        create table a.t (y int); create table b.n.t (z int); create macro b.m.f(x) as x; create macro b.n.g(x) as x;"""
    path = make(tmp_path / "x.duckdb", script)
    records = list(source(path).read())
    found = datasets(records)
    assert {n: [c.name for c in d.columns] for n, d in found.items()} == {
        "x.a.n.t": ["x"], "x.a.n.u": ["x"], "x.a.t": ["y"], "x.b.n.t": ["z"],
    }  # fmt: skip
    assert found["x.a.n.u"].foreign_keys[0].references.name == "x.a.n.t"
    for at, record in enumerate(records):
        if isinstance(record, ScopeComplete):
            assert not any(within(record.ref, later.ref) for later in records[at + 1 :])
    # Whose macros they are in a.n and b.n is not told: nothing is made up, and nothing said to be gone.
    assert [r.ref.name for r in records if isinstance(r, Job)] == ["x.b.m.f(x)"]
    assert [(r.ref.name, r.part) for r in records if isinstance(r, Skipped)] == [
        ("x.a.n", "macros"),
        ("x.b.n", "macros"),
    ]
    assert scopes(records) == {
        "x.a": ("dataset",), "x.a.n": ("dataset",), "x.b": ("dataset",), "x.b.n": ("dataset",),
        "x.b.m": ("dataset", "job"), "x.main": ("dataset", "job"), "x": ("container", "dataset"),
    }  # fmt: skip
    rest = scopes(list(source(path, exclude_schemas=("a.n",)).read()))
    assert {"x.a", "x.a.n", "x"}.isdisjoint(rest)
    assert "x.b" in rest


def test_hostile_names(tmp_path: Path) -> None:
    # No question mark in it: what follows one DuckDB takes for a query.
    folder = tmp_path / "50% of #1&x=y 'q' \"d\" é"
    folder.mkdir()
    columns = ", ".join(quoted(n) + f" struct({quoted(n)} int)" for n in HOSTILE_NAMES)
    script = ""
    for name in HOSTILE_NAMES:
        script += f"create table {quoted(name)} ({columns}, k int unique);"
        script += f"create table {quoted('n' + name)} ({quoted(name)} int default 1, g int as ({quoted(name)} + 1));"
        script += f"create index {quoted(name)} on {quoted('n' + name)} ({quoted(name)}, ({quoted(name)} + 1));"
        script += f"create view {quoted('v' + name)} as select {quoted(name)} from {quoted(name)};"
        script += f"create macro {quoted(name)}({quoted(name)}) as {quoted(name)};" if name != "true" else ""
        script += f"create schema {quoted('s' + name)}; create table {quoted('s' + name)}.{quoted(name)} (x int);"
    path = make(folder / "o'r.d\"ers.duckdb", script)
    records = list(source(path).read())
    found = datasets(records)
    database = split(records[0].ref.name)[0]
    expected = {join(database, "main", p + n) for p in ("", "n", "v") for n in HOSTILE_NAMES}
    assert set(found) == expected | {join(database, "s" + n, n) for n in HOSTILE_NAMES}
    for name in HOSTILE_NAMES:
        table = found[join(database, "main", name)]
        assert [c.name for c in table.columns] == [*HOSTILE_NAMES, "k"]
        assert [c.fields[0].name for c in table.columns[:-1]] == list(HOSTILE_NAMES)
        plain = found[join(database, "main", "n" + name)]
        assert plain.columns[1].generated is not None
        assert plain.indexes[0].name == name
        assert plain.indexes[0].columns[0] == name
        assert [c.name for c in found[join(database, "main", "v" + name)].columns] == [name]
    assert len([r for r in records if isinstance(r, Job)]) == len(HOSTILE_NAMES) - 1
    assert len(scopes(records)) == len(HOSTILE_NAMES) + 2
    for record in records:
        assert codec.decode(codec.encode(record)) == record
    assert [p.name for p in folder.iterdir()] == [path.name]


def test_wide_empty_and_broken(tmp_path: Path) -> None:
    script = f"""create table wide ({", ".join(f"c{n} int" for n in range(10_000))}); create table gone (a int);
        create view broken as select a from gone; drop table gone;"""
    records = list(source(make(tmp_path / "x.duckdb", script)).read())
    found = datasets(records)
    assert [c.name for c in found["x.main.wide"].columns] == [f"c{n}" for n in range(10_000)]
    assert [c.name for c in found["x.main.broken"].columns] == ["a"]  # DuckDB remembers
    empty = list(source(make(tmp_path / "empty.duckdb", "select 1")).read())
    assert [type(r) for r in empty] == [Container, Container, ScopeComplete, ScopeComplete]


def test_no_view_leads_out_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("password\nhunter2\n")
    path = make(tmp_path / "x.duckdb", f"create view v as select * from read_csv('{tmp_path}/secret.csv')")
    (tmp_path / "secret.csv").unlink()  # reading it would fail
    assert [c.name for c in datasets(list(source(path).read()))["x.main.v"].columns] == ["password"]
    with closing(source(path)._open()) as db, pytest.raises(duckdb.PermissionException):
        db.execute("select * from v")


class Counting:
    """A connection that counts what is sent on it and on its cursors."""

    def __init__(self, db: duckdb.DuckDBPyConnection, sent: list[str]) -> None:
        self._db, self._sent = db, sent

    def __getattr__(self, name: str) -> object:
        return getattr(self._db, name)

    def execute(self, query: str, *parameters: object) -> "Counting":
        self._sent.append(query)
        self._db.execute(query, *parameters)
        return self

    def cursor(self) -> "Counting":
        return Counting(self._db.cursor(), self._sent)


def test_the_number_of_statements_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(
        f"create schema s{n}; create table s{n}.t (a int unique); create table t{n} (a int);" for n in range(60)
    )
    sent: dict[str, list[str]] = {"select 1": [], many: []}
    for number, (script, statements) in enumerate(sent.items()):
        read = source(make(tmp_path / f"{number}.duckdb", script))
        plain = read._open
        monkeypatch.setattr(read, "_open", lambda plain=plain, sent=statements: Counting(plain(), sent))
        list(read.read())
    assert len(sent[many]) == len(sent["select 1"]) <= 10


def test_reading_twice_says_the_same_and_an_abandoned_reading_lets_go(shop: Path) -> None:
    before = shop.read_bytes()
    assert list(source(shop).read()) == list(source(shop).read())
    records = source(shop).read()
    for _ in range(3):
        next(records)
    records.close()  # type: ignore[attr-defined]
    assert shop.read_bytes() == before
    make(shop, "drop table part")  # would be refused while a reader is there


def test_check(shop: Path) -> None:
    assert isinstance(source(shop), Checkable)
    found = {c.name: c for c in source(shop).check()}
    assert (found["tables"].ok, found["tables"].detail) == (True, "3 listed")
    assert found["macros"].detail == "4 listed"


def test_check_of_a_duckdb_without_triggers(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> tuple[int]:
        raise duckdb.CatalogException("no such function")

    monkeypatch.setattr("strabo.sources.duckdb._one", refuse)
    assert not any(c.ok for c in source(shop).check())


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [":memory:", ":memory:x", ""])
def test_a_database_in_memory_is_nobody_elses(path: str) -> None:
    with pytest.raises(UsageError, match="belongs to the process"):
        DuckDbSource(DuckDbConfig(path=path))


def test_no_database(tmp_path: Path) -> None:
    reading = source(tmp_path / "no.duckdb").read()  # does not connect
    with pytest.raises(Unavailable, match="no such file"):
        next(reading)
    assert not (tmp_path / "no.duckdb").exists()
    with pytest.raises(UsageError, match="a directory"):
        list(source(tmp_path).read())
    with pytest.raises(UsageError, match="not a path"):
        list(DuckDbSource(DuckDbConfig(path="a\0b")).read())
    for name, start, message in (
        ("junk", b"junk" * 1000, "not a DuckDB file"),
        ("empty", b"", "not a DuckDB file"),
        ("lite", b"SQLite format 3\0" + bytes(100), "a SQLite file"),
    ):
        (tmp_path / name).write_bytes(start)
        with pytest.raises(UsageError, match=message) as caught:
            list(source(tmp_path / name).check())
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (PermissionError(13, "Permission denied"), AccessDenied, "chmod"),
        (OSError(5, "Input/output error"), Unavailable, "Input/output error"),
    ],
)
def test_a_file_that_does_not_open(
    shop: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, expected: type[Exception], message: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)  # root may read all, so the file's mode would not do
    with pytest.raises(expected, match=message):
        list(source(shop).read())


@pytest.fixture
def locked(shop: Path) -> Iterator[tuple[Path, int]]:
    """The file, while another process holds it, and that process's number."""
    program = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(shop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        yield shop, holder.pid
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_file_that_another_program_holds(locked: tuple[Path, int]) -> None:
    path, pid = locked
    with pytest.raises(Unavailable, match=f"locked: .*, process {pid}") as caught:
        list(source(path).read())
    assert "read a copy of the file" in str(caught.value)


def test_a_file_that_this_process_holds(shop: Path) -> None:
    with closing(duckdb.connect(str(shop))), pytest.raises(Unavailable, match="this process has the file open"):
        list(source(shop).read())


def test_a_file_of_another_time(shop: Path) -> None:
    raw = bytearray(shop.read_bytes())
    raw[12:20] = (9999).to_bytes(8, "little")  # the storage version
    shop.write_bytes(raw)
    with pytest.raises((UsageError, Unavailable)) as caught:
        list(source(shop).read())
    assert str(shop) in str(caught.value)


def test_an_error_halfway_gives_what_came_before_it(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from strabo.sources.duckdb import listing as duckdb_listing

    plain = duckdb_listing.rows

    def torn(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
        for number, row in enumerate(plain(cursor)):
            if number == 2:
                raise duckdb.IOException("IO Error: Could not read from file")
            yield row

    monkeypatch.setattr(duckdb_listing, "rows", torn)
    monkeypatch.setattr(
        "strabo.sources.duckdb.all_schemas", lambda db: [duckdb_listing.Schema(("main",), _main(db), None)]
    )
    got: list[Record] = []
    with pytest.raises(Unavailable, match="cannot read the file: IO Error"):
        got.extend(source(shop).read())  # extend keeps what came before the error
    assert [type(r) for r in got][:2] == [Container, Container]
    assert not scopes(got)


def _main(db: duckdb.DuckDBPyConnection) -> int:
    query = "select oid from duckdb_schemas() where database_name = current_database() and schema_name = 'main'"
    (found,) = db.execute(query).fetchall()
    return int(found[0])


# --- types ---------------------------------------------------------------------------------------------------------

plain = st.sampled_from([k for k in KINDS if k not in {"STRUCT", "UNION", "MAP", "ENUM", "TUPLE"}]).map(
    lambda name: (name, KINDS[name], ())
)
names = st.sampled_from(HOSTILE_NAMES) | st.text(min_size=1, max_size=5)
Type = tuple[str, str, tuple[Any, ...]]
"""A type's text, its kind, and the names and types of what is in it."""


def containers(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    fields = st.lists(st.tuples(names, inner), min_size=1, max_size=4)

    def spelled(kind: str) -> st.SearchStrategy[Type]:
        return fields.map(
            lambda found: (
                f"{kind.upper()}({', '.join(f'{quoted(n)} {t[0]}' for n, t in found)})",
                kind,
                tuple((n, t) for n, t in found),
            )
        )

    values = st.lists(st.text(max_size=4), max_size=3).map(
        lambda v: ("ENUM(" + ", ".join("'" + x.replace("'", "''") + "'" for x in v) + ")", "enum", tuple(v))
    )
    return (
        spelled("struct")
        | spelled("union")
        | values
        | inner.map(lambda t: (t[0] + "[]", "array", (("element", t),)))
        | inner.map(lambda t: (t[0] + "[17]", "array", (("element", t),)))
        | st.tuples(inner, inner).map(lambda p: (f"MAP({p[0][0]}, {p[1][0]})", "map", (("key", p[0]), ("value", p[1]))))
        | st.lists(inner, min_size=1, max_size=3).map(
            lambda ts: (
                f"TUPLE({', '.join(t[0] for t in ts)})",
                "struct",
                tuple((str(n), t) for n, t in enumerate(ts, 1)),
            )
        )
    )


def agrees(column: Column, expected: Type) -> bool:
    text, kind, inside = expected
    if kind == "enum":
        return (column.type, column.kind, column.values) == (text, kind, inside)
    return (
        (column.type, column.kind) == (text, kind)
        and [c.name for c in column.fields] == [name for name, _ in inside]
        and all(agrees(c, t) for c, (_, t) in zip(column.fields, inside, strict=True))
    )


@given(st.recursive(plain, containers, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_any_type_is_opened_to_what_it_was_made_of(expected: Type) -> None:
    found = opened(expected[0])
    column = Column(name="c", type=expected[0], kind=found.kind, fields=found.fields, values=found.values)
    assert agrees(column, expected)


@given(st.text() | st.text(alphabet="\"'()[], STRUCTMAPENUMxyz", max_size=40))
@settings(max_examples=500)
def test_no_text_upsets_the_reader_of_types(text: str) -> None:
    assert opened(text).kind
    assert opened(f"STRUCT({text}").kind


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("STRUCT(INTEGER, TIMESTAMP WITH TIME ZONE, DECIMAL(1,0), INTEGER[])", "struct", ["1", "2", "3", "4"]),
        ('STRUCT("time" TIME WITH TIME ZONE, a "my type")', "struct", ["time", "a"]),
        ("GEOMETRY('OGC:CRS84')", "geometry", []),
        ('"my type"', "unknown", []),
        ("SOMETHING(NEW, 3)", "unknown", []),
        ("STRUCT(a INTEGER", "unknown", []),
        ("MAP(VARCHAR)", "unknown", []),
        ("ENUM(a)", "unknown", []),
        ("INTEGER[", "unknown", []),
        ("INTEGER)", "unknown", []),
        ("", "unknown", []),
        ("DECIMAL(1(", "unknown", []),
    ],
)
def test_types_by_hand(text: str, kind: str, fields: list[str]) -> None:
    found = opened(text)
    assert (found.kind, [c.name for c in found.fields]) == (kind, fields)


def test_a_type_deeper_than_any_stack() -> None:
    assert opened("STRUCT(a " * 100_000 + "INTEGER" + ")" * 100_000).kind == "unknown"
    assert opened("INTEGER" + "[]" * 100_000).kind == "unknown"


def test_real_types(tmp_path: Path) -> None:
    types = (
        "tinyint hugeint ubigint float double varchar blob date time timestamp_ns timestamptz timetz interval uuid bit"
    )
    script = "create table t (" + ", ".join(f"c{n} {t}" for n, t in enumerate(types.split())) + ", j json, b boolean);"
    script += (
        "create view v as select row(1, 'x', now()) as r, [{'a': 1}] as l, union_value(n := 1) as u, map {1: 2} as m"
    )
    found = datasets(list(source(make(tmp_path / "x.duckdb", script)).read()))
    assert [c.kind for c in found["x.main.t"].columns] == [
        "integer", "integer", "integer", "float", "float", "text", "binary", "date", "time", "timestamp", "timestamp",
        "time", "interval", "uuid", "bit", "json", "boolean",
    ]  # fmt: skip
    kinds = {c.name: (c.kind, [f.name for f in c.fields]) for c in found["x.main.v"].columns}
    assert kinds == {
        "r": ("struct", ["1", "2", "3"]),
        "l": ("array", ["element"]),
        "u": ("union", ["n"]),
        "m": ("map", ["key", "value"]),
    }
