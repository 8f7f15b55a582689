"""Add: tags, owners and descriptions by rule."""

import pytest

from strabo.model.records import (
    Column,
    Dataset,
    Description,
    Job,
    Owner,
    Ownership,
    Record,
    ScopeComplete,
    Stats,
    Tag,
    Tags,
)  # fmt: skip
from strabo.model.ref import Ref
from strabo.processors import add
from strabo.processors.add import Add, AddConfig, AddRule

DB = "postgres://db:5432"
ORDERS = Ref(DB, "shop.public.orders")
COLUMNS = (
    Column(name="id"),
    Column(name="e-mail", fields=(Column(name="we.ird"), Column(name="📧"))),
    Column(name="Email"),
)


def added(*rules: AddRule, records: list[Record] | None = None) -> list[Record]:
    return list(Add(AddConfig(rules=rules))(records or [Dataset(ref=ORDERS, columns=COLUMNS)]))[1:]


def test_one_record_of_a_kind_merged_over_the_rules_after_the_object() -> None:
    assert added(
        AddRule(match="shop.*", tags=("gold", "eu"), owners=("anna@x",), description="Sold things."),
        AddRule(match="crm.*", tags=("never",)),
        AddRule(match=f"{DB}/*", tags=("eu", "new"), owners=(Owner(name="bi", kind="group"), "anna@x")),
        AddRule(tags=("all",), description="See the wiki."),
        AddRule(tags=("all",), description="See the wiki."),
    ) == [
        Tags(ref=ORDERS, tags=(Tag(name="gold"), Tag(name="eu"), Tag(name="new"), Tag(name="all"))),
        Ownership(ref=ORDERS, owners=(Owner(name="anna@x"), Owner(name="bi", kind="group"))),
        Description(ref=ORDERS, text="Sold things.\n\nSee the wiki."),
    ]


def test_columns_by_pattern_nested_ones_too() -> None:
    assert added(AddRule(column="/(?i).*e-?mail.*/", tags=("pii",), description="Personal.")) == [
        Tags(
            ref=ORDERS,
            tags=tuple(Tag(name="pii", column=c) for c in ("e-mail", 'e-mail."we.ird"', "e-mail.📧", "Email")),
        ),
        *[
            Description(ref=ORDERS, text="Personal.", column=c)
            for c in ("e-mail", 'e-mail."we.ird"', "e-mail.📧", "Email")
        ],
    ]
    assert added(AddRule(column="no_such", tags=("pii",))) == []
    job: list[Record] = [Job(ref=ORDERS)]
    assert added(AddRule(column="*", tags=("pii",)), records=job) == []


def test_kinds_narrow_a_rule() -> None:
    view: list[Record] = [Dataset(ref=ORDERS, kind="view")]
    assert added(AddRule(kinds=("table", "job"), tags=("t",)), records=view) == []
    assert added(AddRule(kinds=("view",), tags=("t",)), records=view)
    assert added(AddRule(kinds=("dataset",), tags=("t",)), records=view)


def test_what_the_source_says_is_merged_not_replaced() -> None:
    rules = (
        AddRule(tags=("gold",), owners=("anna",), description="Ours."),
        AddRule(column="id", description="The key."),
    )
    said: list[Record] = [
        Dataset(ref=ORDERS, columns=COLUMNS),
        Stats(ref=ORDERS, rows=1),
        Tags(ref=ORDERS, tags=(Tag(name="raw"), Tag(name="gold"))),
        Ownership(ref=ORDERS, owners=(Owner(name="bob"),)),
        Description(ref=ORDERS, text="Theirs."),
        Description(ref=ORDERS, text="An id.", column="id"),
        Description(ref=ORDERS, text="Mail.", column="Email"),
        ScopeComplete(ref=Ref(DB, "shop")),
    ]
    found = added(*rules, records=said)
    assert found[4:] == [
        said[1],
        said[2],
        Ownership(ref=ORDERS, owners=(Owner(name="bob"), Owner(name="anna"))),
        Description(ref=ORDERS, text="Theirs.\n\nOurs."),
        Description(ref=ORDERS, text="An id.\n\nThe key.", column="id"),
        said[6],
        said[7],
    ]


def test_what_does_not_match_passes_as_the_same_object() -> None:
    records: list[Record] = [Dataset(ref=ORDERS), Tags(ref=ORDERS, tags=(Tag(name="x"),)), Stats(ref=ORDERS)]
    found = list(Add(AddConfig(rules=(AddRule(match="crm.*", tags=("t",)),)))(records))
    assert all(a is b for a, b in zip(found, records, strict=True))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(add, "_REMEMBERED", 2)
    records: list[Record] = [Dataset(ref=Ref(DB, name)) for name in "abc"]
    records += [Tags(ref=Ref(DB, name), tags=()) for name in "abc"]
    found = list(Add(AddConfig(rules=(AddRule(tags=("t",)),)))(records))[6:]
    assert [len(record.tags) for record in found if isinstance(record, Tags)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"match": "/(/", "tags": ("a",)}, "is no regular expression"),
        ({"column": "/(/", "tags": ("a",)}, "is no regular expression"),
        ({"match": "a"}, "the rule adds nothing"),
        ({"column": "a", "owners": ("x",)}, "a column has no owners"),
    ],
)
def test_wrong_rules_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AddRule(**settings)  # type: ignore[arg-type]
