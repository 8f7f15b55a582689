"""What every Store must do. Subclass it and override the fixture `store` with an empty one of yours."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from strabo.errors import Unavailable
from strabo.ingest.report import Account
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.search.entry import build_entry
from strabo.search.query import parse
from strabo.store.pack import Bits
from strabo.store.protocol import Store, Writer
from strabo.store.rows import ASPECTS, Edge, EntryRow, NewEvent, NewFact, Seen, Sighting
from strabo.testing.hostile import CASES, HOSTILE_NAMES

_DATASET, _STATS, _LINEAGE = ASPECTS["dataset"], ASPECTS["stats"], ASPECTS["lineage"]
_PG = "postgres://db:5432"


class _Stop(Exception):
    pass


def _node(writer: Writer, name: str, namespace: str = _PG) -> int:
    ref = Ref(namespace, name)
    found = writer.find([ref])
    return found[ref] if ref in found else writer.add_nodes([ref])[ref]


def _fact(node: int, body: bytes = b"{}", *, aspect: int = _DATASET, part: str = "") -> NewFact:
    return NewFact(node, aspect, part, body[:16], body)


def _row(node: int, leaf: str, *, rank: int = 20, columns: Sequence[str] = (), above: Sequence[str] = ()) -> EntryRow:
    entry = build_entry(parts=(*above, leaf), leaf=leaf, columns=columns, kind="table", namespace=_PG)
    return EntryRow(node, rank, entry.name_words, entry.path_words, entry.all_words)


class StoreContract:
    """The promises of the protocol, one test each."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store, closed after the test."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def impatient(self) -> Iterator[Store]:
        """An empty store that waits for another writer a few hundredths of a second only."""
        raise NotImplementedError("override the fixture `impatient`")

    # --- transactions

    def test_an_empty_store_says_nothing(self, store: Store) -> None:
        assert store.last() == 0
        assert store.feeds() == {}
        assert store.moment(1) is None
        assert list(store.scan()) == []
        assert list(store.changes(0, 99)) == []
        assert list(store.vocabulary()) == []
        assert store.run(1) is None
        assert store.runs(9) == []
        assert store.run_info(1) == {}
        assert store.find([Ref("", "")]) == {}
        assert store.nodes([1]) == {}
        assert store.size() >= 0
        assert store.check() == []

    def test_what_is_written_is_read_after_the_end_and_not_before(self, store: Store) -> None:
        with store.writing(feed="pg", run=3, actor="ann") as writer:
            node = _node(writer, "shop.public.orders")
            (fact,) = writer.open_facts(writer.feed("pg", 1), [_fact(node, b'{"a":1}')])
            assert [f.id for f in writer.facts([node])] == [fact]
            assert store.facts([node]) == []
            assert store.last() == 0
        (read,) = store.facts([node])
        assert (read.id, read.node, read.aspect, read.part, read.body) == (fact, node, _DATASET, "", b'{"a":1}')
        assert read.until is None
        assert store.bodies([fact, fact + 99]) == {fact: b'{"a":1}'}
        moment = store.moment(store.last())
        assert moment is not None
        assert (moment.id, moment.run, moment.actor) == (read.since, 3, "ann")
        assert store.feeds()[moment.feed].name == "pg"

    def test_a_transaction_that_raises_leaves_nothing(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            kept = _node(writer, "kept")
            writer.set_nodes([(kept, "table", True)])
            (fact,) = writer.open_facts(1, [_fact(kept)])
            writer.put_entries([_row(kept, "kept")], {kept: [("tag", "pii")]})
        run = store.start_run("a", workflow="")
        before = self._everything(store, [kept], run)
        with pytest.raises(_Stop), store.writing(feed="other", standing=3, run=run) as writer:  # noqa: PT012 - all of it is undone
            new = _node(writer, "new")
            writer.respell(kept, Ref(_PG, "KEPT"))
            writer.set_nodes([(new, "view", True), (kept, "table", False)])
            writer.set_same([(new, kept)])
            writer.close_facts([fact])
            (lineage,) = writer.open_facts(1, [_fact(new, aspect=_LINEAGE)])
            writer.open_edges([Edge(kept, new, 0, lineage)])
            writer.drop_entries([kept])
            writer.put_entries([_row(new, "brandnew")], {new: [("tag", "x")]})
            writer.add_accounts(run, [Account(ref=Ref("a", "b"), state="skipped")])
            writer.add_scope(run, Ref("a", ""))
            writer.save_seen(run, {"written": b"\x01"})
            raise _Stop
        assert self._everything(store, [kept, kept + 1], run) == before

    @staticmethod
    def _everything(store: Store, nodes: Sequence[int], run: int) -> dict[str, object]:
        return {
            "last": store.last(),
            "nodes": store.nodes(nodes),
            "refs": store.by_prefix(_PG, "", 99),
            "facts": list(store.scan()),
            "past": store.past(nodes),
            "edges": list(store.all_edges()),
            "feeds": store.feeds(),
            "counts": store.counts(),
            "words": dict(store.vocabulary()),
            "found": [store.candidates(parse(q), 9) for q in ("kept", "brandnew")],
            "labels": store.labels(nodes),
            "run": (list(store.accounts(run)), store.seen(run), store.scopes_done(run)),
        }

    def test_after_a_transaction_that_raised_the_next_one_goes_well(self, store: Store) -> None:
        with pytest.raises(_Stop), store.writing(feed="a") as writer:  # noqa: PT012 - all of it is undone
            _node(writer, "x")
            raise _Stop
        with store.writing(feed="a") as writer:
            node = _node(writer, "y")
        assert store.find([Ref(_PG, "x"), Ref(_PG, "y")]) == {Ref(_PG, "y"): node}

    def test_time_only_goes_forward(self, store: Store) -> None:
        moments = []
        for _ in range(20):
            with store.writing(feed="a") as writer:
                moments.append(writer.tx)
        read = [store.moments(moments)[m] for m in moments]
        assert [m.id for m in read] == sorted({m.id for m in read})
        assert [m.at for m in read] == sorted({m.at for m in read})
        for moment in read:
            assert store.last(at=moment.at) == moment.id
            assert store.last(at=moment.at - 1) == moment.id - 1
        assert store.last(at=0) == 0

    def test_ids_are_never_used_twice(self, store: Store) -> None:
        nodes: list[int] = []
        facts: list[int] = []
        for i in range(6):
            with store.writing(feed="a") as writer:
                nodes.append(_node(writer, f"n{i}"))
                new = writer.open_facts(1, [_fact(nodes[-1])])
                facts += new
                writer.close_facts(new[: i % 2])
            with store.writing(feed="a") as writer:
                writer.close_facts([f.id for f in writer.facts(nodes)])
        assert nodes == sorted(set(nodes))
        assert facts == sorted(set(facts))

    def test_a_second_writer_waits_and_then_says_so(self, impatient: Store) -> None:
        run = impatient.start_run("nightly", workflow="")
        caught: list[BaseException] = []

        def second() -> None:
            try:
                with impatient.writing(feed="b"):
                    pass
            except Unavailable as error:
                caught.append(error)

        with impatient.writing(feed="nightly", run=run) as writer:
            _node(writer, "x")
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(10)
        assert not thread.is_alive()
        (error,) = caught
        assert "writing to the catalog" in str(error)
        assert f"run {run} of nightly" in str(error)
        with impatient.writing(feed="b"):
            pass

    def test_readers_do_not_wait_for_a_writer(self, store: Store) -> None:
        read: list[object] = []
        with store.writing(feed="a") as writer:
            node = _node(writer, "x")
            writer.open_facts(1, [_fact(node)])
            thread = threading.Thread(target=lambda: read.append((store.facts([node]), store.last(), store.feeds())))
            thread.start()
            thread.join(5)
            assert read == [([], 0, {})]

    # --- nodes

    @pytest.mark.parametrize("namespace", [_PG, "snowflake://acme", "bigquery", "s3://lake"])
    def test_every_name_is_its_own_node(self, store: Store, namespace: str) -> None:
        refs = [Ref(namespace, name) for name in dict.fromkeys((*HOSTILE_NAMES, *CASES))]
        with store.writing(feed="a") as writer:
            added = writer.add_nodes(refs)
            assert len(set(added.values())) == len(refs)
            assert writer.find(refs) == added
        assert store.find(refs) == added
        assert store.find([Ref("elsewhere", r.name) for r in refs]) == {}
        nodes = store.nodes(added.values())
        assert {node.ref: node.id for node in nodes.values()} == added
        assert all((n.kind, n.live, n.same) == ("", False, None) for n in nodes.values())
        for ref, node in added.items():
            assert node in store.find_folded(namespace, [naming.fold(ref)])[naming.fold(ref)]
            assert (
                node in [n.id for n in store.by_leaf(naming.leaf(ref).swapcase(), 99)] or not naming.leaf(ref).isascii()
            )
            assert node in [n.id for n in store.by_prefix(namespace, ref.name, 999)]
            assert node in [n.id for n in store.by_prefix(namespace, ref.name[:1], 999)]

    def test_folded_names_find_all_spellings(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            added = writer.add_nodes([Ref(_PG, name) for name in CASES])
            other = writer.add_nodes([Ref("bigquery", name) for name in CASES])
        found = store.find_folded(_PG, ["orders", "nothing"])
        assert list(found) == ["orders"]
        assert sorted(found["orders"]) == sorted(added.values())
        assert store.find_folded("bigquery", ["orders", "ORDERS"]) == {
            "orders": [other[Ref("bigquery", "orders")]],
            "ORDERS": [other[Ref("bigquery", "ORDERS")]],
        }

    def test_a_prefix_is_a_prefix_of_code_points(self, store: Store) -> None:
        names = ["a", "a.", "a.b", "a.\U0010ffff", "a.\U0010ffff\U0010ffff\U0010ffff", "a/", "b", "A.b", "a.%", "a._"]
        with store.writing(feed="a") as writer:
            writer.add_nodes([Ref(_PG, name) for name in names])
        assert [n.ref.name for n in store.by_prefix(_PG, "a.", 99)] == sorted(n for n in names if n.startswith("a."))
        assert [n.ref.name for n in store.by_prefix(_PG, "a.%", 99)] == ["a.%"]
        assert len(store.by_prefix(_PG, "", 99)) == len(names)
        assert [n.ref.name for n in store.by_prefix(_PG, "", 2)] == sorted(names)[:2]

    def test_live_nodes_come_first_by_leaf(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a, b = _node(writer, "a.orders"), _node(writer, "b.ORDERS")
            writer.set_nodes([(b, "table", True)])
        assert [n.id for n in store.by_leaf("Orders", 9)] == [b, a]
        assert [n.id for n in store.by_leaf("orders", 1)] == [b]
        assert store.counts() == {"table": 1}
        assert store.namespaces() == {_PG: 1}

    def test_a_node_takes_another_spelling(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            node = _node(writer, "shop.orders")
        with store.writing(feed="a") as writer:
            writer.respell(node, Ref(_PG, "Shop.Orders"))
        assert store.find([Ref(_PG, "shop.orders"), Ref(_PG, "Shop.Orders")]) == {Ref(_PG, "Shop.Orders"): node}
        assert store.find_folded(_PG, ["shop.orders"]) == {"shop.orders": [node]}
        assert [n.id for n in store.by_leaf("orders", 9)] == [node]

    def test_aliases_are_members_of_one_object(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a, b, c = (_node(writer, name) for name in "abc")
            writer.set_same([(a, c), (b, c)])
        assert [store.members(n) for n in (a, b, c)] == [[c, a, b]] * 3
        assert store.aliases([a, b, c, 999]) == {c: [a, b]}
        with store.writing(feed="a") as writer:
            writer.set_same([(a, None)])
        assert store.aliases([a, b, c]) == {c: [b]}
        assert store.members(a) == [a]
        assert store.members(b) == [c, b]
        assert store.members(999) == [999]

    # --- facts and time

    def test_nothing_is_overwritten(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            node, other = _node(writer, "x"), _node(writer, "y")
            (first, _) = writer.open_facts(1, [_fact(node, b'{"v":1}'), _fact(other, b'{"o":1}')])
            one = writer.tx
        with store.writing(feed="a") as writer:
            writer.close_facts([first])
            (second,) = writer.open_facts(1, [_fact(node, b'{"v":2}')])
            two = writer.tx
        with store.writing(feed="a") as writer:
            writer.close_facts([second])
            three = writer.tx
        assert store.facts([node]) == []
        assert [f.body for f in store.facts([node], at=one)] == [b'{"v":1}']
        assert [f.body for f in store.facts([node], at=two)] == [b'{"v":2}']
        assert store.facts([node], at=three) == []
        assert store.facts([node], at=one - 1) == []
        assert [(f.since, f.until, f.body) for f in store.past([node])] == [
            (one, two, b'{"v":1}'),
            (two, three, b'{"v":2}'),
        ]
        assert store.bodies([first, second]) == {first: b'{"v":1}', second: b'{"v":2}'}
        assert len(store.facts([node, other], at=one)) == 2
        changes = [(c.tx, c.opened, c.fact) for c in store.changes(one, three)]
        assert changes == [(two, False, first), (two, True, second), (three, False, second)]
        assert [c.fact for c in store.changes(0, one)] == [first, first + 1]
        assert list(store.changes(three, three + 9)) == []

    def test_facts_are_told_apart_by_aspect_feed_and_part(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            node = _node(writer, "x")
            a, b = writer.feed("a", 1), writer.feed("b", 0)
            parts = ["", "it's", '"', "\x1f", "مرحبا", "Case", "case"]
            writer.open_facts(a, [_fact(node, part=part) for part in parts])
            writer.open_facts(a, [_fact(node, aspect=_STATS)])
            writer.open_facts(b, [_fact(node, b'{"b":1}')])
        assert {(h.aspect, h.part) for h in store.held(a, [node])} == {*((_DATASET, p) for p in parts), (_STATS, "")}
        assert [h.hash for h in store.held(b, [node])] == [b'{"b":1}']
        assert [f.aspect for f in store.facts([node], [_STATS])] == [_STATS]
        assert [f.aspect for f in store.scan([_STATS])] == [_STATS]
        assert [f.id for f in store.scan()] == sorted(f.id for f in store.facts([node]))
        assert {f.name: f.standing for f in store.feeds().values()} == {"a": 1, "b": 0}

    def test_what_began_and_ended_in_one_transaction_never_was(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            node = _node(writer, "x")
            (first,) = writer.open_facts(1, [_fact(node, b"1")])
        with store.writing(feed="a") as writer:
            writer.close_facts([first])
            (passing,) = writer.open_facts(1, [_fact(node, b"2", aspect=_LINEAGE)])
            writer.open_edges([Edge(node, node, 0, passing)])
            writer.close_facts([passing])
            (final,) = writer.open_facts(1, [_fact(node, b"3")])
            assert list(writer.all_edges()) == []
            tx = writer.tx
        assert [(c.opened, c.fact) for c in store.changes(tx - 1, tx)] == [(False, first), (True, final)]
        assert [f.id for f in store.past([node])] == [first]
        assert [f.id for f in store.facts([node], at=tx)] == [final]
        assert store.edges([node], upstream=True, at=tx) == []

    def test_feed_nodes_are_those_below_a_prefix(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a, b = writer.feed("a", 1), writer.feed("b", 1)
            nodes = {name: _node(writer, name) for name in ("s.x", "s.y", "sx", "S.x", 's."it\'s"')}
            facts = dict(zip(nodes, writer.open_facts(a, [_fact(n) for n in nodes.values()]), strict=True))
            writer.open_facts(b, [_fact(nodes["s.x"])])
            writer.open_facts(a, [_fact(nodes["s.x"], aspect=_STATS)])
            below = {(facts[name], nodes[name], _DATASET) for name in ("s.x", "s.y", 's."it\'s"')}
            assert set(writer.feed_nodes(a, _PG, "s.", [_DATASET])) == below
            assert len(list(writer.feed_nodes(a, _PG, "s.", ()))) == 4
            assert len(list(writer.feed_nodes(a, _PG, "", [_DATASET]))) == 5
            assert list(writer.feed_nodes(a, "elsewhere", "", ())) == []

    # --- lineage

    def test_edges_now_and_then(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a, b, c, job = (_node(writer, name) for name in ("a", "b", "c", "job"))
            (view, load) = writer.open_facts(1, [_fact(b, aspect=_LINEAGE), _fact(c, aspect=_LINEAGE)])
            edges = [Edge(a, b, 0, view), Edge(b, c, job, load)]
            writer.open_edges(edges)
            one = writer.tx
        with store.writing(feed="a") as writer:
            writer.close_facts([load])
            two = writer.tx
        assert store.edges([b], upstream=True) == [edges[0]]
        assert store.edges([a], upstream=False) == [edges[0]]
        assert store.edges([b], upstream=False) == []
        assert store.edges([job], upstream=True) == []
        assert list(store.all_edges()) == [(a, b)]
        for tx, expected in ((one, [edges[1]]), (two, []), (one - 1, [])):
            assert store.edges([b], upstream=False, at=tx) == expected
            assert store.edges([c], upstream=True, at=tx) == expected
            assert store.edges([job], upstream=True, at=tx) == expected
            assert store.edges([job], upstream=False, at=tx) == expected
        assert sorted(store.edges([a, b, c, job], upstream=True, at=one)) == sorted(edges)

    # --- search

    def test_search_has_no_ghosts(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a, b = _node(writer, "a"), _node(writer, "b")
            writer.put_entries([_row(a, "alpha", columns=["amount"]), _row(b, "beta")], {a: [("tag", "pii")]})
            one = writer.tx
        assert store.candidates(parse("alpha"), 9) == [a]
        assert store.candidates(parse("amount"), 9) == [a]
        assert sorted(store.candidates(parse("alpha beta"), 9, relaxed=True)) == [a, b]
        assert store.labels([a, b]) == [("tag", "pii", 1)]
        with store.writing(feed="a") as writer:
            writer.put_entries([_row(a, "gamma")], {a: [("tag", "gdpr"), ("owner", "it's")]})
            two = writer.tx
        assert store.candidates(parse("alpha"), 9) == []
        assert store.candidates(parse("amount"), 9) == []
        assert store.candidates(parse("gamma"), 9) == [a]
        assert "alpha" not in dict(store.vocabulary())
        assert store.labels([a]) == [("owner", "it's", 1), ("tag", "gdpr", 1)]
        with store.writing(feed="a") as writer:
            writer.drop_entries([a, 999])
        assert store.candidates(parse("gamma"), 9) == []
        assert store.labels([a]) == []
        assert store.candidates(parse("beta"), 9) == [b]
        assert store.candidates_at(parse("alpha"), 9, one) == [a]
        assert store.candidates_at(parse("alpha"), 9, two) == []
        assert store.candidates_at(parse("gamma"), 9, two) == [a]
        assert store.candidates_at(parse("beta"), 9, two) == [b]
        assert store.candidates_at(parse("beta"), 9, one - 1) == []
        assert dict(store.vocabulary())["beta"] == 1

    def test_an_entry_put_over_and_over_in_one_transaction_is_there_once(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            a = _node(writer, "a")
            for rank in (20, 3, 7):
                writer.put_entries([_row(a, f"name{rank}", rank=rank)], {a: [("tag", str(rank))]})
        assert [store.candidates(parse(f"name{r}"), 9) for r in (20, 3, 7)] == [[], [], [a]]
        assert store.labels([a]) == [("tag", "7", 1)]
        assert [store.candidates_at(parse(f"name{r}"), 9, store.last()) for r in (20, 3, 7)] == [[], [], [a]]

    def test_what_is_used_most_comes_first_and_the_rest_is_cut_off(self, store: Store) -> None:
        with store.writing(feed="a") as writer:
            nodes = [_node(writer, f"n{i}") for i in range(30)]
            writer.put_entries([_row(n, f"orders_{n}", rank=20 - i % 5) for i, n in enumerate(nodes)], {})
        found = store.candidates(parse("orders"), 6)
        assert found == [n for i, n in enumerate(nodes) if i % 5 == 4]
        assert store.candidates_at(parse("orders"), 6, store.last()) == found

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_a_hostile_name_is_searched_and_forgotten(self, store: Store, name: str) -> None:
        with store.writing(feed=name, actor=name) as writer:
            node = _node(writer, name)
            writer.put_entries([_row(node, name, columns=[name], above=[name])], {node: [("tag", name)]})
        query = parse('"' + name.replace('"', " ") + '"')
        if not query.empty:
            assert store.candidates(query, 9) == [node]
        assert store.labels([node]) == [("tag", name, 1)]
        with store.writing(feed=name) as writer:
            writer.drop_entries([node])
        assert store.candidates(query, 9) == []
        assert dict(store.vocabulary()) == {}

    # --- runs

    def test_runs_are_recorded(self, store: Store) -> None:
        one, two = store.start_run("a", workflow="a.yaml"), store.start_run("it's", workflow="")
        assert one < two
        report = store.run(one)
        assert report is not None
        assert (report.status, report.feed, report.run) == ("running", "a", one)
        assert store.run_info(one)["workflow"] == "a.yaml"
        assert store.run_info(one)["pid"] > 0
        report.status, report.written = "succeeded", 7
        assert store.run(one) != report  # what is handed out is the reader's own
        store.end_run(report)
        assert store.run(one) == report
        assert [r.run for r in store.runs(9)] == [two, one]
        assert [r.run for r in store.runs(1)] == [two]
        assert [r.run for r in store.runs(9, "a")] == [one]
        with store.writing(feed="a", run=one) as writer:
            report.retired = 3
            writer.save_run(report)
            first = writer.tx
        with store.writing(feed="a", run=one):
            pass
        assert store.run(one) == report
        assert (store.first_of(one), store.last(run=one)) == (first, first + 1)
        assert (store.first_of(two), store.last(run=two)) == (0, 0)

    def test_accounting_is_kept(self, store: Store) -> None:
        run, other = store.start_run("a", workflow=""), store.start_run("a", workflow="")
        accounts = [
            Account(ref=Ref(_PG, name), state="skipped", reason=name, fix=name, part=name) for name in HOSTILE_NAMES
        ]
        bits = Bits()
        for node in (1, 64, 5000):
            bits.add(node)
        with store.writing(feed="a", run=run) as writer:
            writer.add_accounts(run, accounts[:3])
            writer.add_accounts(run, accounts[3:])
            for name in HOSTILE_NAMES:
                writer.add_scope(run, Ref(_PG, name))
            writer.save_seen(run, {"written": b"\x01"})
            writer.save_seen(run, {"written": bits.raw(), "unchanged": b""})
        assert list(store.accounts(run)) == accounts
        assert store.scopes_done(run) == [Ref(_PG, name) for name in HOSTILE_NAMES]
        seen = store.seen(run)
        assert list(Bits(seen["written"])) == [1, 64, 5000]
        assert list(Bits(seen.get("unchanged", b""))) == []
        assert (list(store.accounts(other)), store.seen(other), store.scopes_done(other)) == ([], {}, [])

    def test_held_facts_are_found_by_their_keys(self, store: Store) -> None:
        with store.writing(feed="f") as writer:
            f, g = writer.feed("f", 1), writer.feed("g", 1)
            one, two = _node(writer, "one"), _node(writer, "two")
            parts = ["", "a", 'q"ב\\', "[1]", "null", "7", "\0", "a\0b"]
            ids = writer.open_facts(f, [_fact(one, aspect=_LINEAGE, part=p) for p in parts])
            writer.open_facts(f, [_fact(two)])
            writer.open_facts(g, [_fact(one, aspect=_LINEAGE, part="a")])
            wanted = [(one, _LINEAGE, p) for p in [*parts, "none"]]
            assert sorted(h.id for h in writer.held_at(f, wanted)) == ids
            assert writer.held_at(f, [(two, _LINEAGE, ""), (one, _DATASET, "")]) == []
        assert store.held_at(f, []) == []

    def test_the_newest_facts_of_an_aspect_and_those_of_a_run(self, store: Store) -> None:
        run = ASPECTS["run"]
        with store.writing(feed="f") as writer:
            f = writer.feed("f", 1)
            one, two = _node(writer, "one"), _node(writer, "two")
            ids = writer.open_facts(f, [_fact(one, aspect=run, part=p) for p in ("a", "b", "c")])
            other = writer.open_facts(f, [_fact(two, aspect=run, part="a"), _fact(two, aspect=_LINEAGE, part="a")])
        assert [x.id for x in store.newest([one, two], run, 2)] == [ids[2], ids[1], other[0]]
        assert [x.id for x in store.of_run("a")] == [ids[0], other[0]]
        assert store.of_run("none") == []
        with store.writing(feed="f") as writer:
            writer.close_facts([ids[2]])
        assert [x.part for x in store.newest([one], run, 2)] == ["b", "a"]

    def test_a_listing_goes_on_behind_a_name(self, store: Store) -> None:
        with store.writing(feed="f") as writer:
            for name in ("s.a", "s.b", "s.c", "t.a"):
                _node(writer, name)
        assert [n.ref.name for n in store.by_prefix(_PG, "s.", 2)] == ["s.a", "s.b"]
        assert [n.ref.name for n in store.by_prefix(_PG, "s.", 2, after="s.b")] == ["s.c"]
        assert [n.ref.name for n in store.by_prefix(_PG, "", 9, after="s.b")] == ["s.c", "t.a"]

    # --- what was pushed

    def test_one_transaction_can_hold_the_words_of_several(self, store: Store) -> None:
        with store.writing(feed="a", actor="ann", origin="10.0.0.1", what="push") as writer:
            first = writer.tx
            writer.open_facts(writer.feed("a", 1), [_fact(_node(writer, "one"))])
            writer.turn(feed="b", standing=0, actor="bob")
            writer.open_facts(writer.feed("b", 0), [_fact(_node(writer, "two"))])
        ann, bob = store.moment(first), store.moment(first + 1)
        assert ann is not None
        assert bob is not None
        assert (ann.actor, ann.origin, ann.what, bob.actor) == ("ann", "10.0.0.1", "push", "bob")
        assert ann.at < bob.at
        assert [c.tx for c in store.changes(0, bob.id)] == [ann.id, bob.id]
        assert [m.id for m in store.writes(before=None, limit=9)] == [bob.id, ann.id]
        assert [m.id for m in store.writes(before=bob.id, limit=9)] == [ann.id]

    def test_a_part_of_a_transaction_is_undone_alone(self, store: Store) -> None:
        with store.writing(feed="f") as writer:
            feed = writer.feed("f", 1)
            kept = _node(writer, "kept")
            writer.open_facts(feed, [_fact(kept)])
            with pytest.raises(_Stop), writer.trying():  # noqa: PT012 - what is written before it raises is the point
                writer.turn(feed="other", standing=1)
                writer.open_facts(feed, [_fact(_node(writer, "undone", "mysql://elsewhere:3306"))])
                raise _Stop
            with writer.trying():
                writer.open_facts(feed, [_fact(_node(writer, "again", "mysql://elsewhere:3306"))])
        assert [n.ref.name for n in store.nodes(range(1, 9)).values()] == ["kept", "again"]
        assert len(list(store.scan())) == 2
        assert store.last() == 1

    def test_an_event_is_kept_once(self, store: Store) -> None:
        event = NewEvent(b"1" * 16, 20, b"r" * 16, b'{"a": 1}')
        other = NewEvent(b"2" * 16, 10, b"s" * 16, b'{"a": 2}')
        with store.writing(feed="f") as writer:
            feed = writer.feed("f", 1)
            assert writer.add_events(feed, [event, other, event]) == [True, True, False]
        with store.writing(feed="f") as writer:
            assert writer.add_events(feed, [other]) == [False]
            assert writer.add_events(writer.feed("g", 1), [other]) == [True]
        assert [e.body for e in store.events()] == [event.body, other.body, other.body]
        assert [e.at for e in store.events(subject=b"r" * 16)] == [20]
        assert [e.id for e in store.events(after=1, limit=1)] == [2]
        assert [e.at for e in store.events_by_time(since=0, until=21, newest=True, offset=0, limit=9)] == [20, 10, 10]
        assert [e.at for e in store.events_by_time(since=10, until=20, newest=False, offset=1, limit=9)] == [10]
        assert store.event_count() == 3

    def test_states_are_kept_by_feed_and_forgotten_together(self, store: Store) -> None:
        keys = [bytes([n]) * 16 for n in range(3)]
        with store.writing(feed="f") as writer:
            f, g = writer.feed("f", 1), writer.feed("g", 1)
            writer.put_states(f, {keys[0]: b"old", keys[1]: b"other"})
            writer.put_states(f, {keys[0]: b"new"})
            writer.put_states(g, {keys[0]: b"g"})
            assert writer.states(f, keys) == {keys[0]: b"new", keys[1]: b"other"}
            writer.add_sightings([Sighting(1, 2, 3, f, 0, 5, b"r", 4)])
            writer.drop_states(f)
        assert store.states(f, keys) == {}
        assert store.states(g, keys) == {keys[0]: b"g"}
        assert list(store.all_states(g)) == [(keys[0], b"g")]
        assert store.seen_edges([1]) == []

    def test_sightings_of_an_edge_add_up(self, store: Store) -> None:
        old = Sighting(1, 2, 9, 1, 1, 50, b"a", 40)
        new = Sighting(1, 2, 9, 1, 0, 70, b"b", 60)
        with store.writing(feed="f") as writer:
            writer.add_sightings([old, new, new, Sighting(1, 3, 9, 1, 0, 70, b"b", 60)])
            assert writer.best_sighting(1, 1, 2, 9) == old  # it tells more, though it is older
            assert writer.best_sighting(2, 1, 2, 9) is None
        assert store.seen_edges([1, 7]) == [Seen(1, 2, 9, 40, 70, 2), Seen(1, 3, 9, 60, 70, 1)]
        with store.writing(feed="f") as writer:
            writer.drop_sightings([old])
            assert writer.best_sighting(1, 1, 2, 9) == new

    def test_notes_are_replaced_by_key(self, store: Store) -> None:
        with store.writing(feed="f") as writer:
            for key, body in (("b", b"1"), ("a", b"2"), ("b", b"3")):
                writer.put_note("tokens", key, body)
            writer.put_note("answers", "b", b"4")
        assert [(n.key, n.body) for n in store.notes("tokens")] == [("a", b"2"), ("b", b"3")]
        assert [(n.key, n.body) for n in store.notes("answers", ["b", "c", "b"])] == [("b", b"4")]
        with store.writing(feed="f") as writer:
            writer.drop_notes("tokens", ["a", "none"])
            writer.drop_old_notes("answers", 1 << 60)
            writer.drop_old_notes("tokens", 1)
        assert [n.key for n in store.notes("tokens")] == ["b"]
        assert store.notes("answers") == []
