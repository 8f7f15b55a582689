"""Lineage of the fields in a column: a struct taken apart in one view, and copied by another before."""

from strabo.catalog.catalog import Catalog
from strabo.model.records import Column, Dataset, Definition
from strabo.model.ref import Ref
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig
from strabo.store.memory import MemoryStore

DUCK = "duckdb://shop"
CLICKS, SEEN, PATHS = (Ref(DUCK, f"shop.web.{name}") for name in ("clicks", "seen", "paths"))
PAGE = Column(
    name="page",
    type="STRUCT(path VARCHAR, title VARCHAR)",
    kind="struct",
    fields=(Column(name="path", type="VARCHAR"), Column(name="title", type="VARCHAR")),
)


def view(ref: Ref, text: str) -> Definition:
    return Definition(ref=ref, text=text, dialect="duckdb", search_path=("shop.web", "shop.main"))


def shop() -> Catalog:
    catalog = Catalog(MemoryStore())
    found = SqlLineage(SqlLineageConfig())([
        Dataset(ref=CLICKS, kind="table", columns=(PAGE,)),
        Dataset(ref=SEEN, kind="view", columns=(PAGE,)),
        view(SEEN, "CREATE VIEW web.seen AS SELECT page FROM web.clicks"),
        Dataset(ref=PATHS, kind="view", columns=(Column(name="path"), Column(name="title"))),
        view(PATHS, "CREATE VIEW web.paths AS SELECT page.path, page.title FROM web.seen"),
    ])  # fmt: skip
    catalog.put(found, feed="shop")
    return catalog


def reached(ref: str) -> set[tuple[str, str]]:
    graph = shop().lineage(ref, columns=True)
    return {(node.ref.name.rpartition(".")[2], column) for node in graph.nodes for column in node.columns}


def test_a_field_is_followed_through_a_copy_of_its_column() -> None:
    assert reached("clicks.page.path") == {("clicks", "page.path"), ("seen", "page.path"), ("paths", "path")}
    assert reached("paths.title") == {("clicks", "page.title"), ("seen", "page.title"), ("paths", "title")}


def test_the_column_itself_reaches_what_its_fields_do() -> None:
    assert reached("clicks.page") == {("clicks", "page"), ("seen", "page"), ("paths", "path"), ("paths", "title")}


def test_impact_says_by_which_field() -> None:
    rows = shop().impact("clicks.page.title")
    assert [(r.ref.name, r.column, r.via_column) for r in rows] == [
        ("shop.web.seen", "page.title", "page.title"),
        ("shop.web.paths", "title", "page.title"),
    ]
