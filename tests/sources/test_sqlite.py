"""The SQLite source, against real files."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import AccessDenied, Unavailable, UsageError
from strabo.ingest.contracts import Checkable
from strabo.model import codec
from strabo.model.naming import join, split
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
from strabo.sources import sqlite as queries
from strabo.sources.sqlite import SqliteConfig, SqliteSource, canonical, ddl
from strabo.testing.hostile import HOSTILE_NAMES

SHOP = """
create table customer (
    id integer primary key autoincrement,
    email varchar(200) not null constraint one_mail unique,
    country text default 'NL' /* a, comment with ( */ check (length(country) = 2),
    score decimal(10,2) default (1 + 2),
    upper_mail text generated always as (upper(email || ')')) stored,
    half real as (score / 2),
    anything
);
create table [order line] (
    "order" int, line int, customer_id integer references CUSTOMER,
    a int, b int,
    constraint pk_line primary key ("order", line),
    unique (a, b),
    constraint "the product" foreign key (b, a) references product (SKU, maker) on delete cascade
) without rowid, strict;
create table product (maker text, sku text, primary key (sku, maker));
create index by_country on customer (country collate nocase desc, lower(email)) where country is not null;
create unique index by_score on customer (score);
create view good_customer (id, mail) as select id, email from customer where score > 1;
create trigger renumber after update of email, score on CUSTOMER begin update customer set score = 0; end;
create trigger customer instead of insert on good_customer begin select 1; end;
create virtual table search using fts5(title, body);
"""


def make(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.commit()
    return path


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def source(path: Path, **settings: object) -> SqliteSource:
    return SqliteSource(SqliteConfig(path=str(path), **settings))  # type: ignore[arg-type]


def datasets(records: list[Record]) -> dict[str, Dataset]:
    return {r.ref.name: r for r in records if isinstance(r, Dataset)}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make(tmp_path / "shop.db", SHOP.replace("a int, b int,", "a int, b int,"))


def test_names_lie_right_below_the_file(shop: Path) -> None:
    records = list(source(shop).read())
    assert records[0] == Container(ref=Ref(f"sqlite://{shop}", ""), kind="database")
    assert records[-1] == ScopeComplete(ref=Ref(f"sqlite://{shop}", ""), covers=("dataset", "job"))
    assert list(datasets(records)) == ["customer", "good_customer", "order line", "product", "search"]
    assert {r.ref.namespace for r in source(shop, namespace="sqlite://shop").read()} == {"sqlite://shop"}


def test_a_relative_path_and_a_home_directory_are_made_absolute(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.parent)
    monkeypatch.setenv("HOME", str(shop.parent))
    for path in ("shop.db", "./shop.db", "~/shop.db"):
        first = next(SqliteSource(SqliteConfig(path=path)).read())
        assert first.ref.namespace == f"sqlite://{shop}"


def test_columns(shop: Path) -> None:
    customer = datasets(list(source(shop).read()))["customer"]
    assert customer.columns == (
        Column(name="id", type="INTEGER", kind="integer", nullable=False, identity=True),
        Column(name="email", type="varchar(200)", kind="text", nullable=False),
        Column(name="country", type="TEXT", kind="text", default="'NL'"),
        Column(name="score", type="decimal(10,2)", kind="decimal", default="1 + 2"),
        Column(name="upper_mail", type="TEXT", kind="text", generated="upper(email || ')')"),
        Column(name="half", type="REAL", kind="float", generated="score / 2"),
        Column(name="anything"),
    )
    assert customer.properties == {"autoincrement": "true", "checks": "length(country) = 2"}


def test_keys_and_indexes(shop: Path) -> None:
    found = datasets(list(source(shop).read()))
    customer, line = found["customer"], found["order line"]
    assert customer.primary_key == Key(columns=("id",))
    assert customer.unique_keys == (Key(columns=("email",), name="one_mail"),)
    assert customer.indexes == (
        Index(name="by_country", columns=("country", "lower(email)"), where="country is not null"),
        Index(name="by_score", columns=("score",), unique=True),
    )
    assert line.primary_key == Key(columns=("order", "line"), name="pk_line")
    assert [c.nullable for c in line.columns] == [False, False, True, True, True]
    assert not any(c.identity for c in line.columns)
    assert line.unique_keys == (Key(columns=("a", "b")),)
    assert line.foreign_keys == (
        ForeignKey(columns=("customer_id",), references=customer.ref, to=("id",)),
        ForeignKey(columns=("b", "a"), references=found["product"].ref, to=("sku", "maker"), name="the product"),
    )
    assert line.properties == {"without_rowid": "true", "strict": "true"}
    assert found["product"].primary_key == Key(columns=("sku", "maker"))


@pytest.mark.parametrize(
    ("declared", "identity", "nullable"),
    [
        ("a INTEGER PRIMARY KEY", True, False),
        ("a integer, primary key (a)", True, False),
        ("a INT PRIMARY KEY", False, True),
        ("a INTEGER PRIMARY KEY DESC", False, True),
        ("a INTEGER, b INTEGER, primary key (a, b)", False, True),
        ("a TEXT PRIMARY KEY", False, True),
    ],
)
def test_only_the_row_number_counts_itself(tmp_path: Path, declared: str, identity: bool, nullable: bool) -> None:
    path = make(tmp_path / "x.db", f"create table t ({declared})")
    column = datasets(list(source(path).read()))["t"].columns[0]
    assert (column.identity, column.nullable) == (identity, nullable)


def test_a_foreign_key_without_columns_means_the_primary_key(tmp_path: Path) -> None:
    path = make(
        tmp_path / "x.db",
        """create table child (x, y, z references nowhere, w references nowhere(q), v references "it's"(V),
               foreign key (x, y) references Parent);
           create table parent (b, a, primary key (a, b));
           create table "it's" (v unique);
           create view nowhere_view as select 1; create table odd (a references nowhere_view);""",
    )
    found = datasets(list(source(path).read()))
    ns = f"sqlite://{path}"
    assert found["child"].foreign_keys == (
        ForeignKey(columns=("z",), references=Ref(ns, "nowhere")),
        ForeignKey(columns=("w",), references=Ref(ns, "nowhere"), to=("q",)),
        ForeignKey(columns=("v",), references=Ref(ns, "it's"), to=("v",)),
        ForeignKey(columns=("x", "y"), references=Ref(ns, "parent"), to=("a", "b")),
    )
    assert found["odd"].foreign_keys == (ForeignKey(columns=("a",), references=Ref(ns, "nowhere_view")),)


def test_views_come_with_their_text(shop: Path) -> None:
    records = list(source(shop).read())
    view = datasets(records)["good_customer"]
    assert view.kind == "view"
    assert [c.name for c in view.columns] == ["id", "mail"]
    (definition,) = [r for r in records if isinstance(r, Definition) and r.ref == view.ref]
    assert definition.text.startswith("CREATE VIEW good_customer (id, mail) as select")
    assert (definition.dialect, definition.search_path) == ("sqlite", ())
    assert records.index(definition) == records.index(view) + 1


def test_triggers_are_jobs_on_their_table(shop: Path) -> None:
    records = list(source(shop).read())
    ns = f"sqlite://{shop}"
    jobs = {r.ref.name: r for r in records if isinstance(r, Job)}
    assert list(jobs) == ["customer.renumber", "good_customer.customer"]
    assert jobs["customer.renumber"].on == Ref(ns, "customer")
    assert jobs["customer.renumber"].properties == {"event": "after update of email, score"}
    assert jobs["good_customer.customer"].properties == {"event": "instead of insert"}
    texts = {r.ref.name: r.text for r in records if isinstance(r, Definition)}
    assert "set score = 0" in texts["customer.renumber"]
    without = list(source(shop, routines=False).read())
    assert not [r for r in without if isinstance(r, Job)]
    assert without[-1] == ScopeComplete(ref=Ref(ns, ""), covers=("dataset",))


def test_virtual_tables_hide_their_storage(shop: Path) -> None:
    records = list(source(shop).read())
    search = datasets(records)["search"]
    assert (search.kind, search.properties) == ("table", {"module": "fts5"})
    assert [c.name for c in search.columns] == ["title", "body"]
    filtered = {r.ref.name: r.rule for r in records if isinstance(r, Filtered)}
    assert filtered.keys() == {f"search_{part}" for part in ("config", "content", "data", "docsize", "idx")}
    assert filtered["search_idx"] == "shadow table of search: the module's own storage"


def test_sizes(tmp_path: Path) -> None:
    path = make(
        tmp_path / "x.db",
        """create table full (a); create index i on full (a); create table "no stats" (a);
           insert into full select value from generate_series(1, 1000);""".replace(
            "select value from generate_series(1, 1000)",
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i from n",
        ),
    )
    before = {r.ref.name: r for r in source(path).read() if isinstance(r, Stats)}
    assert before["full"].rows is None
    assert (before["full"].bytes or 0) > (before["no stats"].bytes or 0) == 4096
    with closing(sqlite3.connect(path)) as db:
        db.execute("analyze")
    after = {r.ref.name: r for r in source(path).read() if isinstance(r, Stats)}
    assert (after["full"].rows, after["full"].exact) == (1000, False)
    assert not [r for r in source(path, sizes=False).read() if isinstance(r, Stats) and r.bytes]


def test_without_dbstat_sizes_are_skipped_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strabo.sources.sqlite.BYTES", "select 1 from no_dbstat")
    records = list(source(shop).read())
    assert [(r.part, r.ref.name) for r in records if isinstance(r, Skipped)] == [("sizes", "")]
    assert isinstance(records[-1], ScopeComplete)
    assert not any(isinstance(r, Stats) for r in records)


def test_a_broken_view_costs_its_columns_only(tmp_path: Path) -> None:
    path = make(
        tmp_path / "x.db",
        """create table t (a, b); create table gone (a);
           create view fine as select a from t; create view broken as select a from gone;
           create view "its reader" as select * from broken; create trigger tr after insert on t begin select 1; end;
           drop table gone; create virtual table fts using fts5(x);""",
    )
    records = list(source(path).read())
    found = datasets(records)
    assert {n: [c.name for c in d.columns] for n, d in found.items()} == {
        "t": ["a", "b"], "fine": ["a"], "broken": [], "its reader": [], "fts": ["x"],
    }  # fmt: skip
    skipped = [r for r in records if isinstance(r, Skipped)]
    assert [(r.ref.name, r.part) for r in skipped] == [("broken", "columns"), ("its reader", "columns")]
    assert "no such table" in skipped[0].reason
    assert skipped[0].fix == "make what it reads again, or drop it"
    assert {r.ref.name for r in records if isinstance(r, Definition)} == {"fine", "broken", "its reader", "t.tr"}
    assert isinstance(records[-1], ScopeComplete)


def test_a_module_that_is_not_there_costs_its_table_only(tmp_path: Path) -> None:
    path = make(
        tmp_path / "x.db",
        """create table t (a); create virtual table v using fts5(x); pragma writable_schema = on;
           update sqlite_schema set sql = 'create virtual table v using "no such"(x)' where name = 'v';""",
    )
    records = list(source(path).read())
    assert datasets(records)["v"].properties == {"module": "no such"}
    (skipped,) = [r for r in records if isinstance(r, Skipped)]
    assert (skipped.ref.name, skipped.fix) == ("v", "use a SQLite that has the module")
    assert [c.name for c in datasets(records)["t"].columns] == ["a"]


def test_hostile_names(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1?mode=rwc&x 'q' \"d\" é"
    folder.mkdir()
    columns = ", ".join(quoted(n) + " text" for n in HOSTILE_NAMES)
    script = ""
    for name in HOSTILE_NAMES:
        script += f"create table {quoted(name)} ({columns}, g as ({quoted(name)}), unique ({quoted(name)}));"
        script += f"create index {quoted('i' + name)} on {quoted(name)} ({quoted(name)}, {quoted(name)} || 'x');"
        script += f"create view {quoted('v' + name)} (x, {quoted(name)}) as select 1, 2 from {quoted(name)};"
        script += f"create trigger {quoted(name)} after insert on {quoted(name)} begin select 1; end;"
    path = make(folder / "o'rders.db", script)
    records = list(source(path).read())
    found = datasets(records)
    assert set(found) == {join(p + n) for p in ("", "v") for n in HOSTILE_NAMES}
    assert list(found) == sorted(found, key=lambda name: split(name)[0].encode())
    assert {split(r.ref.name)[1] for r in records if isinstance(r, Job)} == set(HOSTILE_NAMES)
    for name in HOSTILE_NAMES:
        table = found[join(name)]
        assert [c.name for c in table.columns] == [*HOSTILE_NAMES, "g"]
        assert table.columns[-1].generated == quoted(name)
        assert table.unique_keys == (Key(columns=(name,)),)
        assert table.indexes == (Index(name="i" + name, columns=(name, f"{quoted(name)} || 'x'")),)
        in_view = "column2" if name == "true" else name  # SQLite itself renames it there
        assert [c.name for c in found[join("v" + name)].columns] == ["x", in_view]
    assert isinstance(records[-1], ScopeComplete)
    assert sorted(p.name for p in folder.iterdir()) == ["o'rders.db"]  # nothing was made beside it
    for record in records:
        assert codec.decode(codec.encode(record)) == record


def test_two_thousand_columns_and_an_empty_file(tmp_path: Path) -> None:
    path = make(tmp_path / "x.db", f"create table wide ({', '.join(f'c{n} int' for n in range(2000))})")
    assert [c.name for c in datasets(list(source(path).read()))["wide"].columns] == [f"c{n}" for n in range(2000)]
    (tmp_path / "empty.db").touch()
    assert [type(r) for r in source(tmp_path / "empty.db").read()] == [Container, ScopeComplete]


def traced(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that one reading sends, those left out that SQLite sends itself."""
    statements: list[str] = []
    read = source(path)
    plain = read._open

    def opened() -> sqlite3.Connection:
        db = plain()
        db.set_trace_callback(lambda s: statements.append(s) if not s.startswith("--") else None)
        return db

    monkeypatch.setattr(read, "_open", opened)
    list(read.read())
    return statements


def test_the_number_of_statements_does_not_grow_with_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make(tmp_path / "one.db", "create table t (a primary key)")
    many = make(
        tmp_path / "many.db",
        "".join(
            f"create table t{n} (a primary key, b references t0); create index i{n} on t{n} (b);"
            f"create view v{n} as select * from t{n};"
            for n in range(200)
        ),
    )
    assert len(traced(many, monkeypatch)) == len(traced(one, monkeypatch)) <= 10


def test_no_statement_takes_the_square_of_the_tables(tmp_path: Path) -> None:
    """SQLite counts the steps of its machine; ten times the tables may take ten times as many, not a hundred."""

    def steps(tables: int) -> int:
        path = make(
            tmp_path / f"{tables}.db",
            "begin;"
            + "".join(f"create table t{n} (a primary key, b references t{n // 2});" for n in range(tables))
            + "".join(f"create trigger r{n} after insert on t{n} begin select 1; end;" for n in range(tables))
            + "commit; analyze;",
        )
        count = 0

        def step() -> None:
            nonlocal count
            count += 1

        with closing(sqlite3.connect(path)) as db:
            db.set_progress_handler(step, 10)
            for name in ("OBJECTS", "COLUMNS", "INDEXES", "INDEX_TEXTS", "FOREIGN_KEYS", "TRIGGERS", "ROWS", "BYTES"):
                db.execute(getattr(queries, name)).fetchall()
        return count

    assert steps(400) < 15 * steps(40)


def test_reading_twice_says_the_same_and_leaves_nothing_behind(shop: Path) -> None:
    before = shop.read_bytes()
    assert list(source(shop).read()) == list(source(shop).read())
    assert shop.read_bytes() == before
    assert [p.name for p in shop.parent.iterdir()] == ["shop.db"]


def test_an_abandoned_reading_lets_go_of_the_file(shop: Path) -> None:
    records = source(shop).read()
    next(records)
    next(records)
    records.close()  # type: ignore[attr-defined]
    make(shop, "drop table product")


def test_a_file_in_wal_mode_is_read_beside_its_writer(tmp_path: Path) -> None:
    path = make(tmp_path / "x.db", "pragma journal_mode = wal; create table a (x);")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("create table b (x)")
        reading = source(path).read()
        next(reading)
        next(reading)
        writer.execute("create table c (x)")
        assert "c" not in datasets(list(reading))  # one moment, not two
        assert list(datasets(list(source(path).read()))) == ["a", "b", "c"]


def test_check_says_what_is_missing(shop: Path, tmp_path: Path) -> None:
    assert isinstance(source(shop), Checkable)
    found = {c.name: c for c in source(shop).check()}
    assert found["tables and views"].ok
    assert found["columns"].ok
    assert (found["row estimates"].ok, found["row estimates"].fix) == (True, "run ANALYZE on the database")
    broken = make(tmp_path / "x.db", "create table t (a); create view v as select * from t; drop table t;")
    assert not {c.name: c for c in source(broken).check()}["columns"].ok


# --- bad input -----------------------------------------------------------------------------------------------------


def test_constructing_does_not_connect(tmp_path: Path) -> None:
    reading = source(tmp_path / "no.db").read()
    with pytest.raises(Unavailable, match="no such file"):
        next(reading)
    assert not (tmp_path / "no.db").exists()


def test_no_database(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a directory"):
        list(source(tmp_path).read())
    with pytest.raises(UsageError, match="not a path"):
        list(SqliteSource(SqliteConfig(path="a\0b")).read())
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    for read in (source(tmp_path / "junk").read, source(tmp_path / "junk").check):
        with pytest.raises(UsageError, match="not a SQLite file") as caught:
            list(read())
        assert str(tmp_path / "junk") in str(caught.value)


def test_no_right_to_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read all, so the file's mode would not do
    with pytest.raises(AccessDenied, match="chmod"):
        list(source(shop).read())


def test_an_unreadable_disk(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unavailable, match="Input/output error"):
        list(source(shop).read())


@pytest.fixture
def locked(shop: Path) -> Iterator[Path]:
    """The file, while another process holds it."""
    program = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "db.execute('begin exclusive'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(shop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        yield shop
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_locked_file(locked: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable, match="another program has the file locked") as caught:
        list(source(locked, timeout=0.1).read())
    assert time.monotonic() - started < 3
    assert "raise `timeout`" in str(caught.value)
    assert datasets(list(source(locked, immutable=True).read()))  # at the reader's own risk


def test_a_damaged_file_gives_what_it_can_and_closes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "x.db", "".join(f"create table t{n} (a, b, c);" for n in range(300)))
    raw = bytearray(path.read_bytes())
    page = raw.index(b"CREATE TABLE t250") // 4096 * 4096
    raw[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(raw)
    got: list[Record] = []
    with pytest.raises(Unavailable, match="the file is damaged"):
        got.extend(source(path).read())
    assert not any(isinstance(r, ScopeComplete) for r in got)


def test_an_error_halfway_gives_what_came_before_it(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = (
        "with t(k) as (values (x'61'), (x'62'), (x'63'))"
        " select case when k < x'63' then k else json('{') end, cast(k as text), 'create table t (id)', 'table', 0, 0"
        " from t"
    )
    monkeypatch.setattr("strabo.sources.sqlite.OBJECTS", query)
    got: list[Record] = []
    with pytest.raises(Unavailable, match="cannot read the file: malformed JSON"):
        got.extend(source(shop).read())  # extend keeps what came before the error
    assert [type(r) for r in got][:2] == [Container, Dataset]
    assert not any(isinstance(r, ScopeComplete) for r in got)


# --- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("INTEGER", "integer"), ("unsigned big int", "integer"), ("VARCHAR(255)", "text"), ("", "unknown"),
        ("DATETIME", "timestamp"), ("timestamp with time zone", "timestamp"), ("date", "date"), ("TIME", "time"),
        ("BOOLEAN", "boolean"), ("DOUBLE PRECISION", "float"), ("NUMERIC(10,5)", "decimal"), ("BLOB", "binary"),
        ("jsonb", "json"), ("uuid", "uuid"), ("interval", "interval"), ("POINT", "geometry"), ("ANY", "unknown"),
    ],
)  # fmt: skip
def test_canonical_types(declared: str, kind: str) -> None:
    assert canonical(declared) == kind


@given(st.text())
@settings(max_examples=300)
def test_no_text_upsets_the_reader_of_statements(sql: str) -> None:
    for read in (ddl.table_text, ddl.index_text, ddl.module, ddl.event):
        read(sql)
        read("create table x (" + sql)
        read(f"create trigger x.{sql} on (a {sql})")


names = st.sampled_from(HOSTILE_NAMES) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=5
)


@given(names, names, names)
@settings(max_examples=50, deadline=None)
def test_expressions_are_found_whatever_the_names(table: str, first: str, second: str) -> None:
    column = "c" + second  # never the same as `first` behind its "a"
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            f"create table {quoted('t' + table)} ({quoted('a' + first)} int default (')') -- , as (x)\n"
            f", {quoted(column)} int constraint {quoted(table)} unique generated always as ({quoted('a' + first)} + 1)"
            f", constraint {quoted(first)} check ({quoted(column)} <> '''(' ))"
        )
        db.execute(f"create index i on {quoted('t' + table)} ({quoted(column)} desc) where {quoted(column)} > 1")
        sql, index = (sql for (sql,) in db.execute("select sql from sqlite_schema where sql is not null"))
    text = ddl.table_text(sql)
    assert text.generated == {ddl.folded(column): f"{quoted('a' + first)} + 1"}
    assert text.names == {("UNIQUE", (ddl.folded(column),)): table}
    assert text.checks == (f"{quoted(column)} <> '''('",)
    assert ddl.index_text(index) == ((column,), f"{quoted(column)} > 1")
