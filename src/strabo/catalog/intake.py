"""The single write path: records in, facts, search entries, edges and accounting out, in the caller's transaction.

An Intake lives as long as one run of one feed (or one push). It remembers, in bitmaps, which objects the run has
listed and which facts it has stated, because what a completely listed scope did not state is gone.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, get_args

import msgspec

from strabo.catalog import entries, same, spelling
from strabo.errors import BadRecord
from strabo.ingest.report import Account, account_of
from strabo.model import codec, naming
from strabo.model.records import ACCOUNTS, ENTITIES, Failed, Record, ScopeComplete
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.pack import Bits
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS, ENTITY_ASPECTS, Edge, Held, NewFact

_NOBODY = Ref("", "")
_ASPECT: dict[type, int] = {kind: ASPECTS[codec.tag(kind)] for kind in get_args(Record) if kind not in ACCOUNTS}
_LINEAGE, _SAME_AS, _JOB = ASPECTS["lineage"], ASPECTS["same_as"], ASPECTS["job"]
_CHUNK = 2000
_Key = tuple[str, str]  # a namespace, and a name as it compares
# Facts that add up over time instead of being restated by every listing.
_ADDITIVE = frozenset(ASPECTS[a] for a in ("run", "profile", "usage", "check_result", "sample"))
# What tells facts of one aspect about one object apart.
_PART: dict[int, Callable[[Any], str]] = {
    # What runs were seen to do stands beside what was declared or read in a text: neither replaces the other.
    _LINEAGE: lambda r: (str(r.job) if r.job else "") + ("\x1fobserved" if r.how == "observed" else ""),
    _SAME_AS: lambda r: str(r.other) + ("\x1frename" if r.why == "rename" else ""),
    ASPECTS["description"]: lambda r: r.column or "",
    ASPECTS["run"]: lambda r: r.id,
    ASPECTS["usage"]: lambda r: r.start.isoformat(),
    ASPECTS["check"]: lambda r: f"{r.name}\x1f{r.column or ''}",
    ASPECTS["check_result"]: lambda r: f"{r.name}\x1f{r.column or ''}",
}


def place(record: Record) -> tuple[int, str]:
    """The aspect of a record's object that it is about, and what tells it from others of that aspect."""
    aspect = _ASPECT[type(record)]
    return aspect, _PART[aspect](record) if aspect in _PART else ""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """When a retirement needs a person's word: more than `at_least` objects and more than `limit` of the scope."""

    limit: float = 0.05
    at_least: int = 5
    confirmed: bool = False


class Counts(msgspec.Struct, kw_only=True):
    """Objects that ended so since the last count; `failures` could not be written, and why."""

    written: int = 0
    unchanged: int = 0
    retired: int = 0
    proposed: int = 0
    failures: list[Failed] = []


class _Item(msgspec.Struct):
    record: Record
    hash: bytes
    body: bytes


class Intake:
    """Takes the records of one feed. `run` is 0 for a push, which proves nothing about what it does not say.

    spells: whether this feed is the system itself, whose spelling of a name is the one to show. proves: whether a
    completed scope retires what it did not list; by default, if this is a run. done: scopes that a run before has
    completed and this one leaves out.
    """

    def __init__(
        self,
        feed: str,
        *,
        standing: int = 1,
        run: int = 0,
        guard: Guard | None = None,
        spells: bool = False,
        proves: bool | None = None,
        done: Iterable[Ref] = (),
    ) -> None:
        self.feed, self.standing, self.run = feed, standing, run
        self._proves = bool(run) if proves is None else proves
        self.proposed: list[Ref] = []  # what waits for a person's word
        self._guard = guard or Guard()
        self._spells = spells
        self._listed = Bits()  # nodes that were announced
        self._left = Bits()  # nodes that were filtered, skipped or failed as a whole: they still exist
        self._loose = Bits()  # nodes of which a part could not be read: nothing of them is withdrawn
        self._waiting = Bits()  # nodes whose retirement was proposed: a wider scope must not do it after all
        self._apart: set[_Key] = set()  # what was left out as a whole: what lies below it was not looked at
        self._apart_in_part: set[_Key] = set()  # what could not be read in part: nor could what lies below it
        self._done = frozenset(spelling.key(naming.normal(ref)) for ref in done)
        self._changed = Bits()  # nodes with a fact that is new or different
        self._stated = Bits()  # facts that were stated
        self._failed: list[Ref] = []
        self._again = 0  # objects listed twice, saying the same
        self._counts = Counts()
        self._counted = (0, 0)

    def take(self, writer: Writer, records: Iterable[Record]) -> None:
        """Writes records in their order; a ScopeComplete acts on all that came before it."""
        feed = writer.feed(self.feed, self.standing)
        facts: list[Record] = []
        accounts: list[Record] = []
        for record in records:
            kind = type(record)
            if kind is ScopeComplete:
                self._facts(writer, feed, facts)
                self._account(writer, accounts)
                facts, accounts = [], []
                self._close_scope(writer, feed, record)  # type: ignore[arg-type]
            elif kind in ACCOUNTS:
                accounts.append(record)
            else:
                facts.append(record)
        self._facts(writer, feed, facts)
        self._account(writer, accounts)

    def counts(self) -> Counts:
        """What happened since this was last asked."""
        written = len(self._changed & self._listed)
        unchanged = len(self._listed) - written + self._again
        counts, self._counts = self._counts, Counts()
        counts.written, counts.unchanged = written - self._counted[0], unchanged - self._counted[1]
        self._counted = (written, unchanged)
        return counts

    def seen(self) -> dict[str, bytes]:
        """The nodes of the run so far, as bitmaps, by how they ended."""
        return {"written": (self._changed & self._listed).raw(), "unchanged": (self._listed - self._changed).raw()}

    # --- facts

    def _facts(self, writer: Writer, feed: int, records: Sequence[Record]) -> None:
        if not records:
            return
        items, mentioned = self._prepare(records)
        ids, new_nodes = self._identify(writer, feed, items, mentioned)
        held: dict[tuple[int, int, str], Held] = {}
        known = [(ids[ref], aspect, part) for ref, aspect, part in items if ids[ref] not in new_nodes]
        if known:
            held = {(h.node, h.aspect, h.part): h for h in writer.held_at(feed, known)}
        opening: list[tuple[NewFact, Record]] = []
        closing: list[int] = []
        stated, changed, listed = self._stated, self._changed, self._listed
        # Two spellings in one batch can be one object: the last statement wins, as in two batches.
        stating = {(ids[ref], aspect, part): (ref, item) for (ref, aspect, part), item in items.items()}
        for (node, aspect, part), (ref, item) in stating.items():
            old = held.get((node, aspect, part))
            unchanged = old is not None and old.hash == item.hash
            if not unchanged:
                if self._proves and aspect in ENTITY_ASPECTS and old is not None and old.id in stated:
                    self._counts.failures.append(_contradiction(ref, aspect))
                    continue
                problem = _invalid(item.body)
                if problem:
                    self._reject(ref, node, item.record, problem)
                    continue
            if aspect in ENTITY_ASPECTS:
                self._again += node in listed
                listed.add(node)
            if old is not None:
                if unchanged:
                    stated.add(old.id)
                    continue
                closing.append(old.id)
            opening.append((NewFact(node, aspect, part, item.hash, item.body), item.record))
        if not opening:
            return
        writer.close_facts(closing)
        for fact_id, (fact, record) in zip(writer.open_facts(feed, [f for f, _ in opening]), opening, strict=True):
            stated.add(fact_id)
            changed.add(fact.node)
            if fact.aspect == _LINEAGE:
                self._edges(writer, fact_id, fact.node, record, ids)
        joined = [(f.node, ids[r.other]) for f, r in opening if f.aspect == _SAME_AS]  # type: ignore[union-attr]
        same.rejoin(writer, {node for pair in joined for node in pair})
        entries.refresh(writer, opening, new_nodes)

    def _prepare(self, records: Sequence[Record]) -> tuple[dict[tuple[Ref, int, str], _Item], dict[Ref, None]]:
        """The facts by key, the last statement of a key winning; and the refs that they mention."""
        items: dict[tuple[Ref, int, str], _Item] = {}
        mentioned: dict[Ref, None] = {}
        encode, digest = codec.encode, codec.digest
        for record in records:
            try:
                record = map_refs(record, _named)  # noqa: PLW2901 - the normal form of the same record
                body = encode(msgspec.structs.replace(record, ref=_NOBODY))
                aspect, part = place(record)
                key = (record.ref, aspect, part)
                before = items.get(key)
                hashed = digest(body)
                if before is not None and aspect in ENTITY_ASPECTS:
                    if before.hash == hashed:
                        self._again += 1
                        continue
                    if self._proves:
                        self._counts.failures.append(_contradiction(record.ref, aspect))
                        continue
            except (TypeError, ValueError, AttributeError, OverflowError, RecursionError, KeyError) as error:
                ref = _safe(getattr(record, "ref", None))
                self._failed.append(ref)
                self._counts.failures.append(Failed(ref=ref, call="encode record", error=_said(error), fix=_FIX))
                continue
            items[key] = _Item(record, hashed, body)
            if aspect == _LINEAGE:
                mentioned.update(dict.fromkeys(u.ref for u in record.upstreams))  # type: ignore[union-attr]
                if record.job is not None:  # type: ignore[union-attr]
                    mentioned[record.job] = None  # type: ignore[union-attr]
            elif aspect == _SAME_AS:
                mentioned[record.other] = None  # type: ignore[union-attr]
        return items, mentioned

    def _identify(
        self, writer: Writer, feed: int, items: dict[tuple[Ref, int, str], _Item], mentioned: dict[Ref, None]
    ) -> tuple[dict[Ref, int], set[int]]:
        """A node for every ref, and which of the nodes are new.

        The exact spelling decides; else the one that folds the same, unless this feed has listed that one under
        its own spelling: two spellings are two objects only where one feed lists both.
        """
        listed = list(dict.fromkeys(ref for ref, aspect, _ in items if aspect in ENTITY_ASPECTS))
        others = list(dict.fromkeys([r for r, _, _ in items] + list(mentioned)))
        ids: dict[Ref, int] = {}
        new: set[int] = set()
        for refs, announced in ((listed, True), (others, False)):
            wanted = [r for r in refs if r not in ids]
            if not wanted:
                continue
            ids.update(writer.find(wanted))
            missing = [r for r in wanted if r not in ids]
            if not missing:
                continue
            claimed = set(ids.values())
            fresh: list[Ref] = []
            first: dict[_Key, Ref] = {}
            for ref, candidates in spelling.folded(writer, missing).items():
                free = candidates
                if announced and self._proves:  # only a whole listing shows that a system has both spellings
                    free = [c for c in candidates if c not in claimed and c not in self._listed]
                if not free:
                    fresh.append(ref)
                    if not self._proves:  # two spellings in one push are one object, as they are in two pushes
                        twin = first.setdefault(spelling.key(ref), ref)
                        if twin is not ref:
                            fresh.pop()
                    continue
                node = free[0]
                ids[ref] = node
                claimed.add(node)
                if announced and self._spells and self._may_respell(writer, feed, node):
                    writer.respell(node, ref)
            added = writer.add_nodes(fresh)
            ids.update(added)
            new.update(added.values())
            if first:
                ids.update((ref, added[first[spelling.key(ref)]]) for ref in missing if ref not in ids)
        return ids, new

    def _may_respell(self, writer: Writer, feed: int, node: int) -> bool:
        """Only a node that no other feed's run has announced: two systems' spellings must not take turns.

        To a run, what was pushed does not count: the system itself knows better how its tables are called.
        """
        others = [f for f in writer.facts([node], tuple(ENTITY_ASPECTS)) if f.feed != feed]
        if not self.run:
            return not others
        return not any(moment.run for moment in writer.moments({f.since for f in others}).values())

    @staticmethod
    def _edges(writer: Writer, fact: int, target: int, record: Any, ids: dict[Ref, int]) -> None:
        via = ids[record.job] if record.job is not None else 0
        sources = dict.fromkeys(ids[u.ref] for u in record.upstreams)
        writer.open_edges([Edge(source, target, via, fact) for source in sources])

    # --- accounting

    def _account(self, writer: Writer, records: Sequence[Record]) -> None:
        if not records:
            return
        refs = [naming.normal(_safe(r.ref)) for r in records]
        known = writer.find(list(dict.fromkeys(refs)))
        found = {ref: [node] for ref, node in known.items()}
        found.update(spelling.folded(writer, [ref for ref in dict.fromkeys(refs) if ref not in known]))
        rows = []
        for ref, record in zip(refs, records, strict=True):
            whole = getattr(record, "part", None) is None
            for node in found[ref]:
                (self._left if whole else self._loose).add(node)
            (self._apart if whole else self._apart_in_part).add(spelling.key(ref))
            if whole and type(record) is Failed:
                self._failed.append(ref)
            rows.append(account_of(record, ref))
        if self.run:
            writer.add_accounts(self.run, rows)

    def _reject(self, ref: Ref, node: int, record: Record, problem: str) -> None:
        whole = type(record) in ENTITIES
        if whole:
            self._left.add(node)
            self._failed.append(ref)
        self._counts.failures.append(
            Failed(ref=ref, call="write record", error=problem, part=None if whole else codec.tag(record), fix=_FIX)
        )

    # --- scopes

    def _close_scope(self, writer: Writer, feed: int, scope: ScopeComplete) -> None:
        ref = naming.normal(scope.ref)
        if not self._proves:
            return  # a push has no listing to compare with
        if any(naming.within(ref, failed) or failed == ref for failed in self._failed):
            return  # no proof: something in it could not be read
        if self.run:
            writer.add_scope(self.run, ref)
        self._compare(writer, feed, ref, {ASPECTS[c] for c in scope.covers if c in ASPECTS})
        inside = spelling.key(ref)
        for tops in (self._apart, self._apart_in_part):  # their nodes are marked now: memory is that of one scope
            tops -= {top for top in tops if top == inside or inside in spelling.above(Ref(*top))}

    def _compare(self, writer: Writer, feed: int, ref: Ref, covers: set[int]) -> None:
        """Ends what the feed said of this scope and has not said again."""
        listed, left, loose, stated = self._listed, self._left, self._loose, self._stated
        gone: dict[int, None] = {}
        withdrawn: dict[int, int] = {}  # fact -> node
        jobs: list[int] = []
        total = 0
        for fact, node, aspect in writer.feed_nodes(feed, ref.namespace, naming.prefix(ref), ()):
            if aspect in covers:
                total += 1
                if node not in listed and node not in left and node not in self._waiting:
                    gone[node] = None
            if node in listed and node not in loose and fact not in stated and aspect not in _ADDITIVE:
                withdrawn[fact] = node
            if aspect == _JOB and node in listed and node not in loose:
                jobs.append(node)
        self._of_jobs(writer, feed, ref, jobs, withdrawn)
        for node in self._below(writer, set(withdrawn.values()), self._apart_in_part):
            loose.add(node)
        withdrawn = {fact: node for fact, node in withdrawn.items() if node not in loose}
        if withdrawn:
            self._withdraw(writer, withdrawn)
        for node in self._below(writer, gone, self._apart | self._done):
            left.add(node)
            del gone[node]
        if not gone:
            return
        guard = self._guard
        if not guard.confirmed and len(gone) > guard.at_least and len(gone) > guard.limit * total:
            nodes = writer.nodes(gone)
            reason = f"{len(gone)} of {total} objects of {ref} are no longer there: more than {guard.limit:.0%}"
            refs = sorted(nodes[n].ref for n in gone)
            self.proposed += refs
            if self.run:
                rows = [Account(ref=r, state="proposed", reason=reason) for r in refs]
                writer.add_accounts(self.run, rows)
            self._counts.proposed += len(gone)
            for node in gone:
                self._waiting.add(node)
            return
        self.retire(writer, feed, list(gone), reason=f"no longer listed in {ref}")

    @staticmethod
    def _below(writer: Writer, nodes: Iterable[int], tops: AbstractSet[_Key]) -> list[int]:
        """Those of the nodes whose names lie below one of these."""
        if not tops:
            return []
        return [n for n, node in writer.nodes(nodes).items() if not tops.isdisjoint(spelling.above(node.ref))]

    def _of_jobs(self, writer: Writer, feed: int, scope: Ref, jobs: Sequence[int], withdrawn: dict[int, int]) -> None:
        """A job that this feed lists answers for its lineage, wherever the dataset it fills lies.

        So what a listed job no longer does is withdrawn with the job's scope, and not before that with the dataset's.
        """
        via = {e.fact: e.via for e in writer.edges(list(set(withdrawn.values())), upstream=True) if e.fact in withdrawn}
        elsewhere = {
            n for n, node in writer.nodes(set(via.values()) - {0}).items() if not naming.within(scope, node.ref)
        }
        answers = {h.node for h in writer.held(feed, sorted(elsewhere)) if h.aspect == _JOB}
        for fact, job in via.items():
            if job in answers:
                del withdrawn[fact]
        withdrawn.update((f, n) for f, n in self._moved_by(writer, feed, jobs).items() if f not in self._stated)

    @staticmethod
    def _moved_by(writer: Writer, feed: int, jobs: Sequence[int]) -> dict[int, int]:
        """The Lineage facts of a feed that name one of these jobs, and the nodes they are about."""
        found: dict[int, int] = {}
        for start in range(0, len(jobs), _CHUNK):
            chunk = set(jobs[start : start + _CHUNK])
            targets = {e.fact: e.target for e in writer.edges(sorted(chunk), upstream=True) if e.via in chunk}
            own = {h.id for h in writer.held(feed, sorted(set(targets.values())))}
            found.update((fact, node) for fact, node in targets.items() if fact in own)
        return found

    def retire(self, writer: Writer, feed: int, nodes: Sequence[int], *, reason: str) -> None:
        """Ends all that this feed says of these nodes. Their history stays, and so do other feeds' facts."""
        held = writer.held(feed, nodes)
        writer.close_facts(list({h.id for h in held} | self._moved_by(writer, feed, nodes).keys()))
        self._after_closing(writer, {h.node for h in held}, any(h.aspect == _SAME_AS for h in held))
        if self.run:
            named = sorted(node.ref for node in writer.nodes(nodes).values())
            writer.add_accounts(self.run, [Account(ref=r, state="retired", reason=reason) for r in named])
        self._counts.retired += len(nodes)

    def take_back(self, writer: Writer, records: Iterable[Record]) -> None:
        """Ends what this feed said in these records, where it still says something of that kind there."""
        feed = writer.feed(self.feed, self.standing)
        wanted = [map_refs(record, _named) for record in records]
        nodes = spelling.meant(writer, [record.ref for record in wanted])
        keys = [(nodes[record.ref], *place(record)) for record in wanted if record.ref in nodes]
        held = {(h.node, h.aspect, h.part): h.id for h in writer.held_at(feed, keys)}
        gone: dict[int, int] = {}
        for record in wanted:
            node, (aspect, part) = nodes.get(record.ref), place(record)
            fact = held.get((node, aspect, part)) if node is not None else None
            if fact is not None and node is not None:
                gone[fact] = node
        if gone:
            self._withdraw(writer, gone)

    def end_unsaid(self, writer: Writer) -> None:
        """Ends all that this feed said before and this intake did not take."""
        feed = writer.feed(self.feed, self.standing)
        gone = {f.id: f.node for f in writer.scan() if f.feed == feed and f.id not in self._stated}
        if gone:
            self._withdraw(writer, gone)

    def _withdraw(self, writer: Writer, facts: dict[int, int]) -> None:
        """Ends facts about objects that are still there but of which this is no longer said."""
        writer.close_facts(list(facts))
        for node in facts.values():
            self._changed.add(node)
        self._after_closing(writer, set(facts.values()), joined=True)

    @staticmethod
    def _after_closing(writer: Writer, nodes: set[int], joined: bool) -> None:
        if joined:
            same.rejoin(writer, nodes)
        entries.rebuild(writer, sorted(nodes))


_FIX = "compare it with `strabo schema`; the step that made it is at fault"


def _invalid(body: bytes) -> str:
    """Why a record would not come back as it went in; "" when it does. Building a struct checks nothing."""
    try:
        codec.decode(body)
    except BadRecord as error:
        return error.what
    return ""


def _contradiction(ref: Ref, aspect: int) -> Failed:
    whole = aspect in ENTITY_ASPECTS
    return Failed(
        ref=ref,
        call="write record",
        error="the run says two different things about this object; the first was kept",
        part=None if whole else _NAMES[aspect],
        fix="name the two objects apart in the source, or filter one out",
    )


_NAMES = {number: name for name, number in ASPECTS.items()}


def _named(ref: Ref) -> Ref:
    """The normal form. Raises ValueError for a name that no store can look up."""
    for text in (ref.namespace, ref.name):
        if "\0" in text:
            raise ValueError(f"a name cannot hold the character NUL: {text!r}")
        if not text.isascii():
            text.encode()  # half a surrogate pair, as in a file name that is no text, raises
    return naming.normal(ref)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _safe(ref: object) -> Ref:
    """A ref that can be written down, whatever the record held in its place."""
    if isinstance(ref, Ref) and isinstance(ref.namespace, str) and isinstance(ref.name, str):
        if ref.namespace.isascii() and ref.name.isascii():
            return ref
        return Ref(*(text.encode("utf-8", "backslashreplace").decode() for text in (ref.namespace, ref.name)))
    return Ref("unknown", repr(ref)[:200])
