"""Other names of systems: the namespaces that a catalog takes for another one."""

from collections.abc import Mapping

from strabo.errors import UsageError
from strabo.model import naming
from strabo.model.ref import Ref


class Names:
    """A mapping of namespaces, put to refs. Empty, it only puts a ref in its normal form.

    mapping: from a namespace to the one that it is taken for. Each target stands for itself, so one step is enough;
    `mapped` keeps it so.
    """

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        self._mapping = {
            naming.normal_namespace(other): naming.normal_namespace(name) for other, name in (mapping or {}).items()
        }

    def __bool__(self) -> bool:
        return bool(self._mapping)

    @property
    def mapping(self) -> dict[str, str]:
        """From each namespace to the one that it is taken for, both in normal form, by name."""
        return dict(sorted(self._mapping.items()))

    def of(self, ref: Ref) -> Ref:
        """The ref as the catalog names it: in normal form, under the namespace that its own is taken for."""
        ref = naming.normal(ref)
        target = self._mapping.get(ref.namespace)
        return ref if target is None else naming.normal(Ref(target, ref.name))

    def mapped(self, other: str, name: str) -> "Names":
        """With one more namespace taken for another. Raises UsageError for a chain or a circle."""
        other, name = _checked(other), _checked(name)
        if other == name:
            raise UsageError(f"{other} is one name: both are written so", fix="nothing has to be mapped")
        beyond = self._mapping.get(name)
        if beyond == other:
            raise UsageError(f"{name} is already taken for {other}", fix=f"`strabo hosts unmap {name}` first")
        if beyond is not None:
            raise UsageError(f"{name} is itself taken for {beyond}", fix=f"`strabo hosts map {other} {beyond}`")
        before = sorted(n for n, target in self._mapping.items() if target == other)
        if before:
            raise UsageError(
                f"{', '.join(before)} is taken for {other}, which would lead on to {name}",
                fix="\n".join(f"`strabo hosts map {n} {name}`" for n in before),
            )
        return Names({**self._mapping, other: name})

    def unmapped(self, other: str) -> "Names":
        """Without one. Raises UsageError when it is not mapped."""
        known = naming.normal_namespace(other)
        if known not in self._mapping:
            raise UsageError(f"{known} is not mapped", fix="`strabo hosts` lists what is")
        return Names({n: target for n, target in self._mapping.items() if n != known})


def _checked(namespace: str) -> str:
    normal = naming.normal_namespace(namespace)
    if not normal or not normal.isprintable():
        raise UsageError(
            f"{namespace!r} is no namespace", fix="write one as `strabo search` shows it: postgres://db:5432"
        )
    return normal
