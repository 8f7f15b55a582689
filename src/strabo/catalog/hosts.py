"""The setting that says which systems are one: a namespace is taken for another when somebody pushes."""

import msgspec

from strabo.model import naming
from strabo.model.aliases import Names
from strabo.store.protocol import Reader, Store

SPACE = "hosts"  # of notes: one for each namespace that is taken for another


def load(reader: Reader) -> Names:
    """How the catalog names what it is told."""
    return Names({note.key: msgspec.json.decode(note.body, type=str) for note in reader.notes(SPACE)})


def add(store: Store, other: str, name: str, *, actor: str, origin: str = "") -> Names:
    """Takes one namespace for another from now on. Raises UsageError for a chain or a circle."""
    with store.writing(actor=actor, origin=origin, what=_said("map", other, name)) as writer:
        before = load(writer)  # inside the transaction: two who map at once must not make a circle
        names = before.mapped(other, name)
        for key, target in names.mapping.items():
            if before.mapping.get(key) != target:
                writer.put_note(SPACE, key, msgspec.json.encode(target))
    return names


def remove(store: Store, other: str, *, actor: str, origin: str = "") -> Names:
    """Lets a namespace stand for itself again. Raises UsageError when it is not mapped."""
    with store.writing(actor=actor, origin=origin, what=_said("unmap", other)) as writer:
        before = load(writer)
        names = before.unmapped(other)
        writer.drop_notes(SPACE, sorted(before.mapping.keys() - names.mapping.keys()))
    return names


def _said(what: str, *namespaces: str) -> str:
    """For the audit: in normal form, so that a password in what was typed is not kept."""
    return f"hosts {what} {' '.join(naming.normal_namespace(n) for n in namespaces)}"[:500]
