"""What a script leaves behind, without the tables that it only passed through.

Two walks over the statements. The first gives every table an identity that renames and swaps do not change, and learns
which of them are there at the end, and under which name. The second puts the edges together.
"""

from collections.abc import Iterable

import msgspec

from strabo.model.records import DIRECT, Transformation
from strabo.sql.names import Parts
from strabo.sql.result import Decides, Edge, Flow, Read, Result, Statement, Target, Unknown

_ORDER: tuple[Transformation, ...] = ("identity", "transformation", "aggregation")
_AFRESH = frozenset({"create", "overwrite"})  # ways that leave nothing of what was there
_MOST_SOURCES = 20_000  # of one column

Place = tuple[Parts, bool]
"""A name, and whether it is a temporary table's."""
Source = tuple[Parts, str, str, Transformation, bool]
"""A column: its table, its name, its field, what becomes of it, and whether that is guessed."""


class _Held:
    """One table, whatever it is called. made: by this script; it has then no rows but those that the script gave it."""

    def __init__(self, name: Parts, *, made: bool, temporary: bool) -> None:
        self.name = name  # its first one
        self.now = name  # where it is to be found at the end
        self.made = made
        self.temporary = temporary
        self.gone = temporary
        self.moved = False  # whether that has been told
        self.columns: dict[str, frozenset[Source]] = {}
        self.decides: dict[Decides, None] = {}
        self.reads: dict[Read, None] = {}
        self.unknown: dict[Unknown, None] = {}

    @property
    def passed(self) -> bool:
        """Whether nobody sees it but the script."""
        return self.gone and (self.made or self.temporary)

    @property
    def shown(self) -> Parts:
        return self.name if self.gone else self.now


class _Names:
    """Which table a name means, as statement follows statement."""

    def __init__(self, known: Iterable[_Held] | None = None) -> None:
        self._here: dict[Place, _Held] = {}
        self._first = known is None
        self._again = iter(known or ())
        self.all: list[_Held] = []

    def _new(self, place: Place, *, made: bool) -> _Held:
        held = _Held(place[0], made=made, temporary=place[1]) if self._first else next(self._again)
        self.all.append(held)
        self._here[place] = held
        return held

    def at(self, place: Place) -> _Held:
        """The table of a name; one that was there before the script, if nothing has made it."""
        return self._here.get(place) or self._new(place, made=False)

    def made(self, place: Place) -> _Held:
        return self._here.get(place) or self._new(place, made=True)

    def here(self) -> dict[Place, _Held]:
        return self._here

    def dropped(self, place: Place) -> None:
        held = self.at(place)
        held.gone = True
        del self._here[place]

    def moved(self, moves: list[tuple[Place, Place]], *, swap: bool) -> list[_Held]:
        """Each table from one name to another: one after the other, or both at once. The tables come back."""
        if swap:
            held = [self.at(old) for old, _ in moves]
            self._here.update({new: one for one, (_, new) in zip(held, moves, strict=True)})
            return held
        held = []
        for old, new in moves:
            one = self.at(old)
            del self._here[old]
            self._here[new] = one
            held.append(one)
        return held


def collapsed(result: Result) -> Result:
    """The same, where what comes through temporary, dropped, renamed or swapped tables comes from where it began.

    A table that the script makes and leaves behind stays a table, under its last name. Pure; `session` is the same.
    """
    names = _Names()
    for statement in result.statements:
        _named(statement, names)
    for (name, _), held in names.here().items():
        held.now = name
    if not any(held.passed or held.gone or held.now != held.name for held in names.all):
        return result
    taken = {held.now for held in names.all if not held.gone}
    again = _Names(names.all)
    kept: list[Statement] = []
    for statement in result.statements:
        found = _followed(statement, again, taken)
        if found is not None:
            kept.append(found)
    return msgspec.structs.replace(result, statements=tuple(kept))


def _place(named: Read | Target) -> Place:
    return named.table, named.temporary


def _named(statement: Statement, names: _Names) -> None:
    """Takes in what a statement does to names."""
    moves, swap = _moves(statement)
    if moves:
        names.moved(moves, swap=swap)
        return
    for read in statement.reads:
        if not read.location:
            names.at(_place(read))
    for flow in statement.flows:
        into = flow.into
        if into is None or into.location:
            continue
        if into.way == "create":
            names.made(_place(into))
        elif into.way == "drop":
            names.dropped(_place(into))
        else:
            names.at(_place(into))


def _moves(statement: Statement) -> tuple[list[tuple[Place, Place]], bool]:
    """The renames of a statement, or its swap: it reads the old names in the order in which it writes the new ones."""
    into = [flow.into for flow in statement.flows if flow.into is not None]
    old = [_place(read) for read in statement.reads]
    new = [_place(target) for target in into]
    ways = {target.way for target in into}
    if ways == {"rename"} and len(old) == len(new):
        return list(zip(old, new, strict=True)), False
    if ways == {"swap"} and len(new) == 2 and new[0] != new[1]:
        return [(new[1], new[0]), (new[0], new[1])], True
    return [], False


def _followed(statement: Statement, names: _Names, taken: set[Parts]) -> Statement | None:
    """The statement as it is seen from behind the script; None where nothing is left of it."""
    moves, swap = _moves(statement)
    if moves:
        return _moving(statement, names.moved(moves, swap=swap))
    before = {read.table: names.at(_place(read)) for read in statement.reads if not read.location}
    reads, unknown = _reads(statement, before)
    flows: list[Flow] = []
    states: list[tuple[_Held, Flow]] = []
    for flow in statement.flows:
        into = flow.into
        held: _Held | None = None
        if into is not None and not into.location:
            held = names.made(_place(into)) if into.way == "create" else names.at(_place(into))
        composed = _composed(flow, before, unknown, (statement.line, statement.column))
        if into is None or held is None:
            flows.append(composed)
            continue
        if into.way == "drop":
            names.dropped(_place(into))
        states.append((held, composed))
        if not held.passed and not (into.way == "drop" and held.name in taken):
            flows.append(msgspec.structs.replace(composed, into=msgspec.structs.replace(into, table=held.shown)))
    for held, composed in states:
        _given(held, composed, reads, unknown)
    if statement.flows and not flows:
        return None
    return msgspec.structs.replace(statement, reads=tuple(reads), flows=tuple(flows), unknown=tuple(unknown))


def _moving(statement: Statement, moved: list[_Held]) -> Statement | None:
    """A rename or a swap: what is left of it is what was there before the script and is still there."""
    flows: list[Flow] = []
    reads: list[Read] = []
    for flow, held in zip(statement.flows, moved, strict=True):
        if held.gone or held.made or held.moved or held.now == held.name or flow.into is None:
            continue
        held.moved = True  # what comes later only brings it there
        edges = tuple(msgspec.structs.replace(edge, table=held.name) for edge in flow.edges)
        into = msgspec.structs.replace(flow.into, table=held.now)
        flows.append(msgspec.structs.replace(flow, into=into, edges=edges))
        reads.append(Read(held.name, guessed=flow.into.guessed))
    if not flows:
        return None
    return msgspec.structs.replace(statement, reads=tuple(reads), flows=tuple(flows))


def _reads(statement: Statement, before: dict[Parts, _Held]) -> tuple[dict[Read, None], dict[Unknown, None]]:
    """What is read, and what is not known, with those of tables that are only passed through in their place."""
    reads: dict[Read, None] = {}
    unknown = dict.fromkeys(statement.unknown)
    for read in statement.reads:
        held = before.get(read.table)
        if held is None or read.location:
            reads[read] = None
        elif held.passed:
            reads.update(held.reads)
            unknown.update(held.unknown)
        else:
            reads[msgspec.structs.replace(read, table=held.shown)] = None
            if held.gone:
                reads.update(held.reads)
    return reads, unknown


def _composed(flow: Flow, before: dict[Parts, _Held], unknown: dict[Unknown, None], at: tuple[int, int]) -> Flow:
    edges: dict[Edge, None] = {}
    for edge in flow.edges:
        for table, source, field, how, guessed in _sources(
            (edge.table, edge.source, edge.field, edge.how, edge.guessed), before, unknown, at
        ):
            edges[Edge(table, source, edge.target, how, guessed, field)] = None
    decides: dict[Decides, None] = {}
    for one in flow.influences:
        for table, source, field, how, _ in _sources(
            (one.table, one.source, one.field, one.how, False), before, unknown, at
        ):
            decides[Decides(table, source, how, field)] = None
    if flow.edges or flow.outputs or flow.influences:
        for held in before.values():
            if held.gone:
                decides.update(held.decides)
    return msgspec.structs.replace(flow, edges=_strongest(edges), influences=tuple(decides))


def _sources(
    source: Source, before: dict[Parts, _Held], unknown: dict[Unknown, None], at: tuple[int, int]
) -> list[Source]:
    """Where a column begins, that a statement reads."""
    table, name, field, how, guessed = source
    held = before.get(table)
    if held is None:
        return [source]
    itself: list[Source] = [] if held.passed else [(held.shown, name, field, how, guessed)]
    if not held.gone:
        return itself
    found = held.columns.get(name)
    if found is None:
        if held.passed:
            unknown[Unknown(f"what {'.'.join(table)}.{name} is made of is not known", *at)] = None
        return itself
    return [*itself, *(_through(one, field, how, guessed) for one in sorted(found))]


def _through(source: Source, field: str, how: Transformation, guessed: bool) -> Source:
    """A column that comes through another: what is done to it first, then `how`."""
    table, name, own, first, doubt = source
    if how not in DIRECT:
        made = how
    elif first not in DIRECT:
        made = first
    else:
        made = _ORDER[max(_ORDER.index(first), _ORDER.index(how))]
    if field and first == "identity":
        own = f"{own}.{field}" if own else field
    return table, name, own, made, doubt or guessed


def _strongest(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """One direct edge between two columns, the one that changes most; certain, if any is."""
    best: dict[tuple[Parts, str, str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.table, edge.source, edge.field, edge.target, "" if edge.how in DIRECT else edge.how)
        other = best.get(key)
        if other is None:
            best[key] = edge
            continue
        how = edge.how
        if how in DIRECT:
            how = _ORDER[max(_ORDER.index(how), _ORDER.index(other.how))]
        best[key] = msgspec.structs.replace(other, how=how, guessed=other.guessed and edge.guessed)
    return tuple(best.values())


def _given(held: _Held, flow: Flow, reads: dict[Read, None], unknown: dict[Unknown, None]) -> None:
    """Keeps what a table is made of now."""
    assert flow.into is not None  # noqa: S101  (a table is given something)
    way = flow.into.way
    if way == "drop" or not held.gone:
        return
    if way == "truncate":
        held.columns = dict.fromkeys(held.columns, frozenset())
        held.decides, held.reads, held.unknown = {}, {}, {}
        return
    if way in _AFRESH:
        held.columns = {} if way == "create" else dict.fromkeys(held.columns, frozenset())
        held.decides, held.reads, held.unknown = {}, {}, {}
    given: dict[str, set[Source]] = {output.name: set() for output in flow.outputs}
    for edge in flow.edges:
        given.setdefault(edge.target, set()).add((edge.table, edge.source, edge.field, edge.how, edge.guessed))
    for name, sources in given.items():
        both = held.columns.get(name, frozenset()) | sources
        if len(both) > _MOST_SOURCES:
            unknown[Unknown(f"{'.'.join(held.name)}.{name} is made of too many columns")] = None
            both = frozenset(sources)
        held.columns[name] = both
    held.decides.update(dict.fromkeys(flow.influences))
    held.reads.update((read, None) for read in reads if read.table != held.name)
    held.unknown.update(unknown)
