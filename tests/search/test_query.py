"""Questions, taken apart and put to a real full-text index."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.search.entry import PROSE, Entry, _any_column_tokens, _column_tokens, build_entry, filter_token
from strabo.search.query import MOST_TERMS, MOST_VALUES, Filter, fts_all, fts_name, matches, parse, reword

HOSTILE = [
    '"', "'", "a OR b", "NEAR(a b)", "name:orders", "^a", "a*b", "(((", "a -- b", "* *", "-", "--", '"a', "a + b",
    "\x00", "{name path}: x", "\u202eevil", "🚀", "ORDERS", "order_items", "数据库", "ü", "x", "xq", "-x tag:*",
    '""', "AND",
]  # fmt: skip

awkward = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*HOSTILE, "tag:", "tag:pii", "-tag:a,b", 'schema:"a b"', "column:x*"]), max_size=6).map(
        " ".join
    ),
)


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE fn USING fts5(name, path, content='', columnsize=0, detail=column, prefix='2 3 4',"
            ' tokenize="unicode61 remove_diacritics 0")'
        )
        connection.execute(
            "CREATE VIRTUAL TABLE fa USING fts5(words, content='', columnsize=0, detail=none,"
            ' tokenize="unicode61 remove_diacritics 0")'
        )
        yield connection


def put(db: sqlite3.Connection, entries: list[Entry]) -> None:
    db.execute("INSERT INTO fn(fn) VALUES('delete-all')")
    db.execute("INSERT INTO fa(fa) VALUES('delete-all')")
    for i, entry in enumerate(entries, 1):
        db.execute("INSERT INTO fn(rowid, name, path) VALUES(?, ?, ?)", (i, entry.name_words, entry.path_words))
        db.execute("INSERT INTO fa(rowid, words) VALUES(?, ?)", (i, entry.all_words))


def found(
    db: sqlite3.Connection, text: str, *, relaxed: bool = False, need: int | None = None, typing: bool = True
) -> set[int]:
    query = parse(text, typing=typing)
    ids: set[int] = set()
    for table, match in (
        ("fn", fts_name(query, relaxed=relaxed, need=need)),
        ("fa", fts_all(query, relaxed=relaxed, need=need)),
    ):
        if match:
            ids |= {i for (i,) in db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (match,))}
    return ids


def entry(name: str = "t", **more: object) -> Entry:
    return build_entry(parts=["shop", "public", name], leaf=name, **more)  # type: ignore[arg-type]


SHOP = [
    entry(
        "fct_order_items", columns=["order_id", "amount"], kind="table", tags=["pii", "tier.gold"], owners=["ann@x.de"]
    ),
    entry(
        "CustomerAddress", columns=["customerId", "zip"], kind="view", tags=["pii"], comments=["Where customers live"]
    ),
    entry("orderitems", kind="materialized_view", owners=["bob"], platform="postgres", schema="shop.public"),
    entry("数据库", comments=["café"], namespace="postgres://db.example:5432", platform="postgres", schema="My Schema"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fct_order_items", {1}), ("fctOrderItems", {1}), ("order items", {1, 3}), ("orders", {1}), ("item", {1}),
        ("order_items", {1, 3}), ("orderid", {1}), ("order_id", {1}), ("customer", {2}), ("CUSTOMERS", {2}),
        ("customerid", {2}), ("cust*", {2}), ("cust* zip", {2}), ("addr", {2}), ("addr ", set()), ('"addr"', set()),
        ("cafe", {4}), ("CAFÉ", {4}), ("数据", {4}), ("据", {4}), ("库", {4}), ("据数", set()),
        ("tag:pii", {1, 2}), ("tag: pii", {1, 2}), ("tag:PII -kind:view", {1}), ("-tag:pii", {3, 4}),
        ("tag:tier.*", {1}),
        ("kind:table,view", {1, 2}), ("kind:table kind:view", {1, 2}), ("type:view", {2}),
        ("tag:pii tag:tier.gold", {1}),
        ('kind:"materialized view"', {3}), ("owner:ann", {1}), ("owner:ann@x.de", {1}), ("-owner:*", {2, 4}),
        ("platform:postgresql", {3, 4}), ("schema:public", {3}), ("schema:shop.public", {3}),
        ('schema:"my schema"', {4}),
        ("column:order_id", {1}), ("column:OrderId", {1}), ("column:customer*", {2}), ("column:order", set()),
        ("namespace:postgres://db.example", {4}), ("namespace:postgres://db*", {4}), ("namespace:db.example", {4}),
        ("order* -amount", {3}), ("-amount o", {3}), ("order -amount", set()), ("-items", {2, 3, 4}),
        ("shop", {1, 2, 3, 4}),
        ("postgres://db.example:5432/shop.public.数据库", {4}), ("nothing", set()), ("", set()),
    ],
)  # fmt: skip
def test_what_is_found(db: sqlite3.Connection, text: str, expected: set[int]) -> None:
    put(db, SHOP)
    assert found(db, text) == expected


def test_typing_goes_on_only_where_the_word_may(db: sqlite3.Connection) -> None:
    put(db, SHOP)
    assert found(db, "custo") == {2}
    assert found(db, "custo", typing=False) == set()
    assert found(db, "custo*", typing=False) == {2}
    assert found(db, "custo, ") == set()


def test_relaxed_finds_what_has_fewer_of_the_words(db: sqlite3.Connection) -> None:
    put(db, SHOP)
    assert found(db, "customer order nothing") == set()
    assert found(db, "customer order nothing", relaxed=True) == {1, 2}
    assert found(db, "fct_order_nothing", relaxed=True) == {1}
    assert found(db, "order amount nothing", need=2) == {1}
    assert found(db, "order amount nothing tag:pii", need=1) == {1}
    assert found(db, "customer order -zip", relaxed=True) == {1}


@given(text=awkward)
@example(text="x tag:y")
@example(text="x*")
def test_no_text_is_a_syntax_error(db: sqlite3.Connection, text: str) -> None:
    try:
        query = parse(text)
    except UsageError:
        return
    for relaxed in (False, True):
        for table, match in (("fn", fts_name(query, relaxed=relaxed)), ("fa", fts_all(query, relaxed=relaxed))):
            if match:
                db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (match,)).fetchall()


@given(
    names=st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12)), min_size=1, max_size=4),
    prose=st.text(max_size=30),
    text=awkward,
    relaxed=st.booleans(),
    need=st.one_of(st.none(), st.integers(1, 3)),
)
def test_the_index_and_the_words_in_hand_agree(
    db: sqlite3.Connection, names: list[str], prose: str, text: str, relaxed: bool, need: int | None
) -> None:
    entries = [entry(name, columns=names, comments=[prose], tags=names[:1]) for name in names]
    put(db, entries)
    try:
        query = parse(text)
    except UsageError:
        return
    if query.empty:
        return
    expected = {
        i
        for i, e in enumerate(entries, 1)
        if matches(query, e.name_words, e.path_words, e.all_words, relaxed=relaxed, need=need)
    }
    assert found(db, text, relaxed=relaxed, need=need) == expected


@given(name=st.one_of(st.text(min_size=1, max_size=20), st.sampled_from(HOSTILE)), data=st.data())
def test_a_name_is_found_by_itself_and_by_its_beginning(name: str, data: st.DataObject) -> None:
    one = entry(name)
    said = '"' + name.replace('"', " ") + '"'
    assert parse(said).empty or matches(parse(said), one.name_words, one.path_words, one.all_words)
    for word in one.name_words.split():
        if word.isascii() and not word.startswith(("xu", "xq")):
            beginning = word[: data.draw(st.integers(1, len(word)))]
            assert matches(parse(beginning), one.name_words, one.path_words, one.all_words)


@given(
    field=st.sampled_from(["kind", "platform", "owner", "tag", "schema", "column", "namespace"]),
    values=st.lists(st.text(min_size=1, max_size=150), min_size=1),
)
def test_a_filter_token_is_one_word_and_tells_values_apart(field: str, values: list[str]) -> None:
    for value in values:
        token = filter_token(field, value)
        assert token.isascii()
        assert token.isalnum()
        assert token.startswith("xq" + field)
    assert filter_token("tag", "a" * 200) != filter_token("tag", "a" * 201)
    assert filter_token("tag", "PII") == filter_token("tag", "pii")


@pytest.mark.parametrize(
    ("text", "words"),
    [("tga:pii", "tag:pii"), ("onwer:ann", "owner:ann"), ("colum:id", "column:id"), ("flavour:x", "there are kind")],
)
def test_a_filter_that_there_is_not(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse("orders " + text)
    assert caught.value.where == text
    assert "quotes" in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "postgres://h:5432/shop.public.orders", "s3://bucket/a b", "bigquery:proj.ds.t", "kafka:orders", "urn:li:x",
        "10:30", "host:5432", "file:/tmp/x", "note: see below", "C:\\data", "a::b", "proj:ds.t", "é:x",
    ],
)  # fmt: skip
def test_an_address_is_text(text: str) -> None:
    query = parse(text)
    assert query.terms
    assert not query.filters
    assert query.plain == text


def test_parts_of_a_question() -> None:
    query = parse('big_Orders "order items" -old tag:a,"b c" -owner:* cust', typing=True)
    assert [t.text for t in query.terms] == ["bigorders", "order items", "cust"]
    assert [(t.prefix, t.phrase) for t in query.terms] == [(False, False), (False, True), (True, False)]
    assert [t.text for t in query.unwanted] == ["old"]
    assert query.filters == (Filter("tag", ("a", "b c")), Filter("owner", ("*",), without=True))
    assert query.plain == "big_Orders order items cust"
    assert parse("").empty
    assert parse("  \t").empty


def test_a_pasted_page_is_cut_and_says_so(db: sqlite3.Connection) -> None:
    put(db, SHOP)
    query = parse(" ".join(f"word{i}x" for i in range(500)))
    assert len(query.terms) == MOST_TERMS
    assert query.left_out == 500 - MOST_TERMS
    many = parse("tag:" + ",".join(f"t{i}" for i in range(500)) + " " + " ".join(f"-w{i}" for i in range(200)))
    assert sum(len(f.values) for f in many.filters) == MOST_VALUES
    for one in (query, many, parse("_".join(["ab"] * 5000)), parse("(" * 5000 + '"' * 999)):
        match = fts_all(one, relaxed=True)
        if match:
            db.execute("SELECT rowid FROM fa WHERE fa MATCH ?", (match,)).fetchall()


def test_words_replaced_in_place() -> None:
    query = parse("fct_ordr_items tag:ordr -ordr Ordr")
    assert reword(query, {"ordr": "order"}).text == "fct_order_items tag:ordr -ordr order"


def test_an_entry_holds_words_once_in_order() -> None:
    one = build_entry(
        parts=["shop", "fct_orders"],
        leaf="fct_orders",
        columns=["order_id"],
        comments=["all orders, all"],
        kind="table",
    )
    assert one.name_words == "fct orders fctorders"
    assert one.path_words == "shop"
    assert (
        one.all_words
        == "fct orders fctorders shop order id xqcolumnorderid all xqevery xqanycolumn xqanykind "
        + filter_token("kind", "table")
    )
    assert build_entry(parts=["a", "ÀB"], leaf="ÀB").leaf == "àb"


def test_a_long_comment_is_searched_by_its_beginning() -> None:
    long = " ".join(f"word{i}" for i in range(100_000))
    one = entry("t", comments=["short note", long])
    assert "note" in one.all_words.split()
    assert "word0" in one.all_words.split()
    assert len(one.all_words) < PROSE + 200


@given(st.one_of(st.from_regex(r"[a-eqsux]{1,4}(_[a-eqsux]{1,4}){0,10}", fullmatch=True), st.text(max_size=80)))
def test_the_short_way_with_simple_columns_ends_where_the_long_one_does(column: str) -> None:
    assert list(_column_tokens(column)) == list(_any_column_tokens(column))
