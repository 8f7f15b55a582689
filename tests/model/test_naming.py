"""Names meet however they are spelled, and never where they must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.model import naming
from strabo.model.ref import Ref
from strabo.testing.hostile import CASES, HOSTILE_NAMES
from strabo.testing.records import NAMESPACES, refs, texts

SPELLINGS = [
    ("postgresql://DB.Example", "postgres://db.example:5432"),
    ("postgres://db.example:5432/", "postgres://db.example:5432"),
    ("postgresql+psycopg2://user:secret@db:6543", "postgres://db:6543"),
    ("mariadb://h", "mysql://h:3306"),
    ("s3a://Lake/", "s3://lake"),
    ("gcs://b", "gs://b"),
    ("kafka://b1:9092", "kafka://b1:9092"),
    ("file:///", "file"),
    ("file", "file"),
    ("file://", "file"),
    ("bigquery", "bigquery"),
    ("snowflake://Org-Acct", "snowflake://org-acct"),
    ("sqlite:///Data/My.db", "sqlite:///Data/My.db"),
    ("http://h//", "http://h"),
    ("x://", "x:"),
]


@pytest.mark.parametrize(("said", "normal"), SPELLINGS)
def test_a_namespace_has_one_spelling(said: str, normal: str) -> None:
    assert naming.normal_namespace(said) == normal
    assert naming.normal_namespace(normal) == normal


@given(texts() | st.sampled_from(NAMESPACES), texts())
def test_the_normal_form_of_a_normal_form_is_itself(namespace: str, name: str) -> None:
    once = naming.normal(Ref(namespace, name))
    assert naming.normal(once) is once


@given(st.sampled_from(["s3a", "postgresql", "x", "file", "sqlite", "FILE"]), texts(), texts())
def test_so_it_is_for_whatever_looks_like_a_url(scheme: str, rest: str, name: str) -> None:
    once = naming.normal(Ref(f"{scheme}://{rest}", name))
    assert naming.normal(once) is once


@given(st.lists(texts(), min_size=1, max_size=4))
def test_split_undoes_join(parts: list[str]) -> None:
    assert naming.split(naming.join(*parts)) == parts


@given(st.lists(texts(), min_size=1, max_size=3), st.lists(texts(), min_size=1, max_size=3))
def test_different_parts_make_different_names(a: list[str], b: list[str]) -> None:
    assert (naming.join(*a) == naming.join(*b)) == (a == b)


@pytest.mark.parametrize("name", ["", ".", "a..b", 'a"b', '"a', 'a."b"c', "a.b"])
def test_a_name_that_join_never_made_is_split_at_its_dots(name: str) -> None:
    assert naming.split(name) == name.split(".")


def test_folding_is_the_platforms() -> None:
    def folded(namespace: str) -> set[str]:
        return {naming.fold(Ref(namespace, name)) for name in CASES}

    assert folded("postgres://db") == {"orders"}
    assert folded("postgresql://db") == {"orders"}
    assert folded("snowflake://acme") == {"ORDERS"}
    assert folded("bigquery") == folded("mysql://db") == folded("s3://b") == set(CASES)
    assert len({naming.fold(Ref("postgres://db", name)) for name in HOSTILE_NAMES}) == len(HOSTILE_NAMES)


@given(refs())
def test_folding_twice_is_folding_once(ref: Ref) -> None:
    fold = naming.fold(ref)
    assert naming.fold(Ref(ref.namespace, fold)) == fold
    assert naming.folds(ref.namespace) or fold == ref.name


@pytest.mark.parametrize(
    ("scope", "name", "inside"),
    [
        (Ref("postgres://db:5432", "shop"), "shop.public", True),
        (Ref("postgres://db:5432", "shop"), "shop", False),
        (Ref("postgres://db:5432", "shop"), "shopping.x", False),
        (Ref("postgres://db:5432", ""), "anything", True),
        (Ref("s3://b", "raw"), "raw/2026/x", True),
        (Ref("s3://b", "raw/"), "raw/x", True),
        (Ref("s3://b", "raw"), "raw.x", False),
        (Ref("file", "/data"), "/data/x", True),
        (Ref("file", "/"), "/data", True),
    ],
)
def test_what_lies_in_a_scope(scope: Ref, name: str, inside: bool) -> None:
    assert naming.within(scope, Ref(scope.namespace, name)) is inside
    assert not naming.within(scope, Ref("elsewhere", name))


def test_steps_and_leaves() -> None:
    assert naming.parts(Ref("postgres://db", 'shop."my.schema".orders')) == ["shop", "my.schema", "orders"]
    assert naming.parts(Ref("s3://b", "raw//2026/x.csv")) == ["raw", "2026", "x.csv"]
    assert naming.leaf(Ref("s3://b", "raw/x.csv")) == "x.csv"
    assert naming.leaf(Ref("file", "/")) == "/"
    assert naming.platform("Postgresql://x") == "postgres"


def test_a_ref_reads_as_people_write_it() -> None:
    assert str(Ref("postgres://db:5432", "a.b")) == "postgres://db:5432/a.b"
    assert str(Ref("bigquery", "p.d.t")) == "bigquery:p.d.t"
    assert str(Ref("s3://b", "")) == "s3://b"
