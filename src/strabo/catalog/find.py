"""Search: candidates from the store, weighed here, with facets and the typing errors mended."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import msgspec

from strabo.catalog.entries import RELEVANT, by_precedence, comment_of, title_of, walk
from strabo.model import codec, naming
from strabo.model.records import ENTITIES, Dataset, Description, Ownership, Tags, Usage
from strabo.model.ref import Ref
from strabo.search.query import Query, parse
from strabo.search.rank import Candidate, scored
from strabo.search.snippet import Snippet, snippet
from strabo.search.typo import repair
from strabo.search.words import words
from strabo.store.protocol import Reader
from strabo.store.rows import Fact, Node

WIDE = 200  # candidates weighed by name
CLOSE = 40  # of those, weighed by all that is known of them
COUNTED = 10_000  # matches counted; beyond it is "more than"
FACETED = 2_000  # matches that facets are taken from


class Hit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object that answers a search."""

    ref: Ref
    kind: str
    score: float
    live: bool = True
    title: str | None = None
    snippet: Snippet | None = None  # where in the description the words are
    columns: tuple[str, ...] = ()  # those that match
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a search. `total` is exact unless `more`; `repaired` is the query that was searched instead."""

    query: str
    hits: tuple[Hit, ...] = ()
    total: int = 0
    more: bool = False
    repaired: str | None = None
    relaxed: bool = False  # no object has all of the words: these have some
    facets: dict[str, dict[str, int]] = {}


def find(
    reader: Reader, text: str, *, limit: int = 20, offset: int = 0, at: int | None = None, facets: bool = True
) -> Found:
    """Objects that answer a search, best first. Syntax: see `strabo.search.query`.

    Raises UsageError for a filter that there is not.
    """
    query = parse(text)
    wide = max(WIDE, (offset + limit) * 2)
    relaxed = False
    repaired: str | None = None
    candidates = _candidates(reader, query, wide, at)
    if not candidates and query.terms and at is None:
        other = repair(query, lambda word: _known(reader, word), reader.vocabulary())
        if other is not None:
            mended = _candidates(reader, other, wide, at)
            if mended:
                query, candidates, repaired = other, mended, other.text
    if not candidates and query.terms and at is None:
        candidates = _candidates(reader, query, wide, at, relaxed=True)
        relaxed = bool(candidates)
    known = reader.nodes(candidates)
    order = [c.id for _, c in scored(query, (_by_name(known[n], at) for n in candidates if n in known))]
    close = order[: max(CLOSE, offset + limit)]
    details = _details(reader, [known[n] for n in close], at)
    ranked = scored(query, (details[n][0] for n in close if n in details))
    total, more = len(candidates), False
    if len(candidates) >= wide:
        if at is None:
            counted = reader.count(query, COUNTED + 1, relaxed=relaxed)
        else:
            counted = len(reader.candidates_at(query, COUNTED + 1, at))
        total, more = max(min(counted, COUNTED), len(candidates)), counted > COUNTED
        if facets:
            candidates = _candidates(reader, query, FACETED, at, relaxed=relaxed)
    return Found(
        query=text,
        hits=tuple(
            _hit(query, score, c, known[c.id], details[c.id][1]) for score, c in ranked[offset : offset + limit]
        ),
        total=total,
        more=more,
        repaired=repaired,
        relaxed=relaxed,
        facets=_facets(reader, candidates[:FACETED]) if facets and candidates else {},
    )


def _candidates(reader: Reader, query: Query, limit: int, at: int | None, *, relaxed: bool = False) -> list[int]:
    if at is not None:
        return reader.candidates_at(query, limit, at)
    found: dict[int, None] = {}
    if query.plain and not query.filters and not query.unwanted:
        last = naming.split(query.plain)[-1] if " " not in query.plain else query.plain
        for leaf in dict.fromkeys((query.plain, last)):  # an object is always found by its whole name
            found.update((n.id, None) for n in reader.by_leaf(leaf, 50) if n.live)
    found.update(dict.fromkeys(reader.candidates(query, limit, relaxed=relaxed)))
    return list(found)[:limit]


def _known(reader: Reader, word: str) -> bool:
    return bool(reader.candidates(parse(word, typing=False), 1))


def _by_name(node: Node, at: int | None) -> Candidate:
    return Candidate(
        id=node.id,
        namespace=node.ref.namespace,
        name=node.ref.name,
        leaf=naming.leaf(node.ref),
        kind=node.kind,
        live=node.live or at is not None,
    )


class _Facts(msgspec.Struct):
    title: str | None = None
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # what was written about it, each by itself


def _details(reader: Reader, nodes: list[Node], at: int | None) -> dict[int, tuple[Candidate, _Facts]]:
    facts: dict[int, list[Fact]] = {node.id: [] for node in nodes}
    feeds = reader.feeds()
    for fact in by_precedence(reader.facts(list(facts), RELEVANT, at=at), feeds):
        facts[fact.node].append(fact)
    found = {}
    for node in nodes:
        records = [codec.decode(f.body) for f in facts[node.id]]
        entity = next((r for r in records if type(r) in ENTITIES), None)
        written = [r.text for r in records if isinstance(r, Description)]
        comment = comment_of(entity) if entity is not None else None  # type: ignore[arg-type]
        owners = dict.fromkeys(o.name for r in records if isinstance(r, Ownership) for o in r.owners)
        tags = dict.fromkeys(t.name for r in records if isinstance(r, Tags) for t in r.tags)
        columns = tuple(c.name for c in walk(entity.columns)) if isinstance(entity, Dataset) else ()
        column_comments = [c.comment for c in walk(entity.columns) if c.comment] if isinstance(entity, Dataset) else []
        title = title_of(entity) if entity is not None else None  # type: ignore[arg-type]
        texts = tuple(filter(None, [title, *written, comment, *column_comments]))
        candidate = Candidate(
            id=node.id,
            namespace=node.ref.namespace,
            name=node.ref.name,
            leaf=naming.leaf(node.ref),
            kind=node.kind,
            usage=float(sum(r.queries for r in records if isinstance(r, Usage))),
            comment="\n".join(texts),
            columns=columns,
            labels=(*tags, *owners),
            live=node.live or at is not None,
        )
        found[node.id] = candidate, _Facts(title, tuple(owners), tuple(tags), texts)
    return found


def _hit(query: Query, score: float, candidate: Candidate, node: Node, facts: _Facts) -> Hit:
    asked = {word for term in query.terms for word in (*term.parts, term.whole) if word}
    matching = tuple(
        c
        for c in candidate.columns
        if (not c.isascii() or any(word in c.casefold() for word in asked)) and asked.intersection(words(c))
    )
    return Hit(
        ref=node.ref,
        kind=node.kind,
        score=round(score, 2),
        live=candidate.live,
        title=facts.title,
        snippet=_snippet(facts.texts, query),
        columns=matching[:8],
        owners=facts.owners,
        tags=facts.tags,
    )


def _snippet(texts: tuple[str, ...], query: Query) -> Snippet | None:
    """The first text that holds a word of the question, else the first of all."""
    asked = _asked(query)
    for text in texts[:50]:
        lower = text[:2000].casefold()
        # Looked for letter by letter first: to take a text apart costs a hundred times as much.
        if not text.isascii() or any(word in lower for word in asked):
            found = snippet(text, query)
            if found.marks:
                return found
    return snippet(texts[0], query) if texts else None


def _asked(query: Query) -> set[str]:
    """The words of a question, and what their singular and plural have in common."""
    found = {word for term in query.terms for word in (*term.parts, term.whole) if word}
    return found | {word[:-1] for word in found if len(word) > 3} | {word[:-3] for word in found if len(word) > 5}


def _facets(reader: Reader, nodes: list[int]) -> dict[str, dict[str, int]]:
    kinds: Counter[str] = Counter()
    platforms: Counter[str] = Counter()
    schemas: Counter[str] = Counter()
    for node in reader.nodes(nodes).values():
        kinds[node.kind] += 1
        platforms[naming.platform(node.ref.namespace)] += 1
        above = naming.parts(node.ref)[:-1]
        if above:
            schemas[("/" if naming.platform(node.ref.namespace) in naming.PATHS else ".").join(above)] += 1
    facets = {"kind": _top(kinds), "platform": _top(platforms), "schema": _top(schemas)}
    for field, value, count in reader.labels(nodes):
        facets.setdefault(field, {})[value] = count
    return {field: dict(islice(values.items(), 20)) for field, values in facets.items() if values}


def _top(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:20])


def suggestions(reader: Reader, text: str, limit: int = 10) -> Iterable[Ref]:
    """Objects to complete what was typed so far."""
    return [hit.ref for hit in find(reader, text, limit=limit, facets=False).hits]
