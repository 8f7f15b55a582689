"""Rename: every Ref, wherever it is, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.model.records import (
    Column,
    ColumnEdge,
    Container,
    Dashboard,
    Dataset,
    Definition,
    Domain,
    Failed,
    ForeignKey,
    Group,
    Job,
    Lineage,
    Person,
    Record,
    SameAs,
    ScopeComplete,
    Skipped,
    Stats,
    Term,
    Upstream,
)  # fmt: skip
from strabo.model.ref import Ref
from strabo.processors.rename import NameRule, Rename, RenameConfig

OLD, NEW = "postgres://staging:5432", "postgres://prod:5432"
CONFIG = RenameConfig(namespace={OLD: NEW}, names=(NameRule(match=r"^shop\.", replace="store."),))


def old(name: str) -> Ref:
    return Ref(OLD, name)


def new(name: str) -> Ref:
    return Ref(NEW, name)


def one(config: RenameConfig, record: Record) -> Record:
    (found,) = Rename(config)([record])
    return found


def everywhere(make: Any) -> list[Record]:
    """Records that hold Refs in every place there is, made with one function for all of them."""
    a, b = make("shop.a"), make("shop.b")
    return [
        Dataset(
            ref=a, foreign_keys=(ForeignKey(columns=("x",), references=b), ForeignKey(columns=("y",), references=a))
        ),
        Job(ref=a, parent=b, after=(a, b), on=b),
        Lineage(ref=a, job=b, upstreams=(Upstream(ref=b, columns=(ColumnEdge(source="s", target="t"),)),)),
        SameAs(ref=a, other=b),
        Dashboard(ref=a, charts=(a, b)),
        Person(ref=a, manager=b),
        Group(ref=a, members=(b,)),
        Term(ref=a, parent=b, assigned=(a,)),
        Domain(ref=a, members=(a, b)),
        ScopeComplete(ref=make("shop.public")),
        Container(ref=make("shop.public")),
        Skipped(ref=a, reason="r"),
    ]


def renamed_as_if_made_so(name: str) -> Ref:
    return new(name.replace("shop.", "store."))


def test_every_ref_inside_a_record_is_renamed() -> None:
    assert list(Rename(CONFIG)(everywhere(old))) == everywhere(renamed_as_if_made_so)


def refs_in(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from refs_in(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, dict):
        yield from refs_in(list(value.values()))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_record_keeps_an_old_ref(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(get_args(Record)))
    made = data.draw(_any_of(kind))
    (found,) = Rename(RenameConfig(namespace={OLD: "renamed"}))([made])
    assert [ref.name for ref in refs_in(found)] == [ref.name for ref in refs_in(made)]
    assert {ref.namespace for ref in refs_in(found)} == {"renamed"}
    (same,) = Rename(RenameConfig(namespace={"other": "renamed"}))([made])
    assert same is made


def _any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a record's type, with Refs in them wherever they can be."""
    whole, args = get_origin(kind), get_args(kind)
    if kind is Ref:
        return st.builds(Ref, st.just(OLD), st.sampled_from(["a", "b.c", "🦆"]))
    if kind is datetime:
        return st.just(datetime(2026, 1, 1, tzinfo=UTC))
    if kind is Any or kind is Column:
        return st.just(Column(name="c"))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{name: _any_of(hint) for name, hint in get_type_hints(kind).items()})
    if whole is Literal:
        return st.sampled_from(args)
    if whole is tuple:
        return st.lists(_any_of(args[0]), max_size=2).map(tuple)
    if whole is dict:
        return st.dictionaries(_any_of(args[0]), _any_of(args[1]), max_size=1)
    if whole in {Union, UnionType}:
        return st.one_of(*(_any_of(arm) for arm in args))
    return st.just("x") if kind is str else st.from_type(kind)


def test_what_does_not_apply_passes_as_the_same_object() -> None:
    other = "mysql://db:3306"
    for record in everywhere(lambda name: Ref(other, "crm." + name)):
        assert one(CONFIG, record) is record
    record = Stats(ref=Ref(other, "shop"), rows=1)
    assert one(RenameConfig(), record) is record


@pytest.mark.parametrize(
    ("mapping", "before", "after"),
    [
        ({"a": "b"}, "a", "b"),
        ({"a": "b"}, "ab", "ab"),
        ({"postgresql://STAGING": NEW}, OLD, NEW),
        ({"postgres://stag*": "postgres://pr*"}, "postgres://staging:5432", "postgres://pring:5432"),
        ({"s3://old*": "s3://new"}, "s3://old-bucket", "s3://new-bucket"),
        ({"s3://*": "s3://x", "s3://old*": "s3://y"}, "s3://old", "s3://y"),
        ({"s3://*": "s3://x", "s3://old": "s3://y"}, "s3://old", "s3://y"),
        ({"🦆": "🦢"}, "🦆", "🦢"),
    ],
)
def test_namespaces(mapping: dict[str, str], before: str, after: str) -> None:
    assert one(RenameConfig(namespace=mapping), Stats(ref=Ref(before, "t"))).ref == Ref(after, "t")


@pytest.mark.parametrize(
    ("match", "replace", "before", "after"),
    [
        (r"^(\w+)\.(\w+)\.", r"\2.\1.", "db.schema.t", "schema.db.t"),
        (r"(?P<x>o)rders", r"\g<x>RDERS", "orders", "oRDERS"),
        (r'"', "'", 'a."b.c"', "a.'b.c'"),
        (r"עברית", "hebrew", "x.עברית", "x.hebrew"),
    ],
)
def test_names(match: str, replace: str, before: str, after: str) -> None:
    rule = NameRule(match=match, replace=replace)
    assert one(RenameConfig(names=(rule,)), Stats(ref=old(before))).ref.name == after


def test_rules_follow_one_another() -> None:
    rules = (NameRule(match="a", replace="b"), NameRule(match="b", replace="c"))
    assert one(RenameConfig(names=rules), Stats(ref=old("ab"))).ref.name == "cc"


def test_a_scope_and_a_container_go_with_the_objects_below_them() -> None:
    assert one(CONFIG, ScopeComplete(ref=old("shop"))).ref == new("store")
    assert one(CONFIG, Container(ref=old("shop"))).ref == new("store")
    assert one(CONFIG, ScopeComplete(ref=old(""))).ref == new("")
    assert one(CONFIG, ScopeComplete(ref=old("shopping"))).ref == new("shopping")
    paths = RenameConfig(names=(NameRule(match="^raw/", replace="bronze/"),))
    assert one(paths, ScopeComplete(ref=Ref("s3://lake", "raw"))).ref == Ref("s3://lake", "bronze")
    exact = RenameConfig(names=(NameRule(match="^shop$", replace="store"),))
    assert one(exact, Container(ref=old("shop"))).ref.name == "store"
    # The objects below are still shop.…: claiming that all of store is listed would be wrong.
    assert one(exact, ScopeComplete(ref=old("shop"))).ref.name == "shop"


@pytest.mark.parametrize(("match", "replace"), [(r"^shop\.", ""), (r"\.", "_")])
def test_a_scope_that_no_folder_is_left_of_is_not_claimed_complete(match: str, replace: str) -> None:
    config = RenameConfig(names=(NameRule(match=match, replace=replace),))
    found = one(config, ScopeComplete(ref=old("shop")))
    assert isinstance(found, Skipped)
    assert found.part == "deletions"
    assert "no folder" in found.reason
    assert found.fix


def test_a_search_path_goes_too_and_the_text_stays() -> None:
    found = one(
        CONFIG,
        Definition(ref=old("shop.v"), text="select * from shop.t", dialect="x", search_path=("shop.public", "shop")),
    )
    assert found == Definition(
        ref=new("store.v"), text="select * from shop.t", dialect="x", search_path=("store.public", "store")
    )


def test_a_rule_that_leaves_no_name_fails_that_record_only() -> None:
    config = RenameConfig(names=(NameRule(match="^tmp.*", replace=""),))
    found = list(Rename(config)([Dataset(ref=old("tmp_1")), Stats(ref=old("tmp_1")), Dataset(ref=old("a"))]))
    assert [(type(record), getattr(record, "part", None)) for record in found] == [
        (Failed, None), (Failed, "stats"), (Dataset, None),
    ]  # fmt: skip
    failed = found[0]
    assert isinstance(failed, Failed)
    assert failed.ref == old("tmp_1")
    assert failed.error == "the rules leave nothing of the name 'tmp_1'"
    assert failed.fix


@pytest.mark.parametrize(
    ("match", "replace", "said"),
    [
        ("(", "", "match is no regular expression"),
        ("a", r"\1", "replace does not fit match: invalid group reference"),
        ("a", r"\g<x>", "replace does not fit match: unknown group name"),
    ],
)
def test_wrong_rules_are_refused(match: str, replace: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        NameRule(match=match, replace=replace)


@pytest.mark.parametrize("mapping", [{"": "x"}, {"*": "x"}, {"x": ""}])
def test_empty_namespaces_are_refused(mapping: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="neither the old nor the new may be empty"):
        RenameConfig(namespace=mapping)
