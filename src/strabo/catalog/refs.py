"""What people type, to the one object they mean."""

from strabo.errors import NotFound, UsageError
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import Node

_MOST = 500
_SHOWN = 12


class Ambiguous(UsageError):
    """A name could be several objects: `candidates`, live ones only where there are any."""

    def __init__(self, text: str, candidates: list[Node]) -> None:
        shown = "\n    ".join(str(c.ref) for c in candidates[:_SHOWN])
        more = f"\n    … and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
        super().__init__(
            f"{text!r} could be {len(candidates)} objects:\n    {shown}{more}",
            fix="say more of the name, from its end",
        )
        self.candidates = candidates


def resolve(reader: Reader, text: str | Ref, *, live_only: bool = False) -> Node:
    """The node that `text` means: a namespace and a name, or any ending of a name that only one object has.

    A live object is preferred to a retired one. Raises Ambiguous listing the candidates when there are several,
    NotFound with names close to it when there is none.
    """
    if isinstance(text, Ref):
        found = exact(reader, text)
        if found is None:
            raise _unknown(reader, str(text))
        return found
    for ref in _splits(text):
        found = exact(reader, ref)
        if found is not None and (found.live or not live_only):
            return found
    candidates = _endings(reader, text)
    if live_only:
        candidates = [c for c in candidates if c.live]
    best = [c for c in candidates if c.live] or candidates
    if len(best) > 1:
        whole = [c for c in best if c.ref.name == text or naming.leaf(c.ref) == text]
        best = whole if len(whole) == 1 else best
    if len(best) == 1:
        return best[0]
    if not best:
        raise _unknown(reader, text)
    raise Ambiguous(text, best)


def resolve_with_column(reader: Reader, text: str) -> tuple[Node, str | None]:
    """As `resolve`, but the last part may name a column of the object: `orders.amount`, `orders.address.street`."""
    try:
        return resolve(reader, text), None
    except UsageError as error:
        parts = naming.split(text.rpartition("/")[2])
        head = text[: len(text) - len(text.rpartition("/")[2])]
        for cut in range(len(parts) - 1, 0, -1):
            try:
                node = resolve(reader, head + naming.join(*parts[:cut]))
            except UsageError as inner:
                if isinstance(inner, Ambiguous) and not isinstance(error, Ambiguous):
                    error = inner
                continue
            return node, ".".join(parts[cut:])
        raise error from None


def exact(reader: Reader, ref: Ref) -> Node | None:
    """The node under exactly this name, or under the one other spelling that the platform takes for the same."""
    ref = naming.normal(ref)
    found = reader.find([ref]).get(ref)
    if found is None and naming.folds(ref.namespace):
        candidates = reader.find_folded(ref.namespace, [naming.fold(ref)])
        ids = next(iter(candidates.values()), [])
        found = ids[0] if len(ids) == 1 else None
    return None if found is None else reader.nodes([found])[found]


def _splits(text: str) -> list[Ref]:
    """Every way to cut a text into a namespace and a name."""
    cuts: list[Ref] = []
    scheme, found, rest = text.partition("://")
    if found:
        cuts.append(Ref(text, ""))
        at = len(scheme) + 3
        for i, char in enumerate(rest):
            if char == "/":
                cuts.append(Ref(text[: at + i], rest[i + 1 :]))
                cuts.append(Ref(text[: at + i], rest[i:]))
    else:
        cuts += [Ref(text[:at], text[at + 1 :]) for at, char in enumerate(text) if char == ":"]
    return [c for c in cuts if c.namespace][::-1]


def _endings(reader: Reader, text: str) -> list[Node]:
    """Objects whose full text ends in `text` at a border between parts, letter case aside."""
    if not text.strip():
        return []
    wanted = text.casefold()
    leaves = {naming.split(text)[-1], text.rpartition("/")[2], text}
    found: dict[int, Node] = {}
    for leaf in leaves:
        for node in reader.by_leaf(leaf, _MOST):
            full = str(node.ref).casefold()
            if (
                (
                    full.endswith(wanted)
                    and (len(full) == len(wanted) or full[-len(wanted) - 1] in "./:" or wanted[0] == '"')
                )
                or node.ref.name.casefold() == wanted
                or naming.leaf(node.ref).casefold() == wanted
            ):
                found[node.id] = node
    return sorted(found.values(), key=lambda n: (not n.live, n.ref))


def _unknown(reader: Reader, text: str) -> NotFound:
    last = naming.split(text)[-1] if "://" not in text else text.rpartition("/")[2].rpartition(".")[2]
    near = [n for n in reader.by_leaf(last, 5) if n.live]
    meant = f"did you mean {near[0].ref}? or " if near else ""
    return NotFound(f"the catalog has nothing called {text!r}", fix=f"{meant}`strabo search {last}`")
