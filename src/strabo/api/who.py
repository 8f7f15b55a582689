"""Who asks, and what they may."""

from collections.abc import Iterable

import msgspec

from strabo.catalog.tokens import RIGHTS, Right
from strabo.errors import AccessDenied
from strabo.kit.patterns import matches
from strabo.model.ref import Ref

__all__ = ["RIGHTS", "Right", "Who"]


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A caller: a token's name, or "local" on loopback without one.

    feeds, namespaces: patterns of what it may write, `*` for any; empty means all.
    """

    name: str
    address: str = ""
    rights: frozenset[Right] = frozenset(RIGHTS)
    feeds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    def may(self, right: Right) -> bool:
        """Whether this caller has a right; admin has all."""
        return right in self.rights or "admin" in self.rights

    def need(self, right: Right) -> None:
        """Raises AccessDenied unless this caller has a right."""
        if not self.may(right):
            raise AccessDenied(
                f"{self.name} may not {right}", fix=f"use a token with the right {right!r}: `strabo token create`"
            )

    def need_feed(self, feed: str) -> None:
        """Raises AccessDenied unless this caller may write as that feed."""
        if self.feeds and not any(matches(p, feed) for p in self.feeds):
            raise AccessDenied(f"{self.name} may not write as feed {feed!r}", fix=f"its feeds: {', '.join(self.feeds)}")

    def refused(self, refs: Iterable[Ref]) -> str:
        """Why this caller may not write about one of these; "" when it may write about all."""
        if not self.namespaces:
            return ""
        for ref in refs:
            if not any(matches(p, ref.namespace) for p in self.namespaces):
                return f"{self.name} may not write about {ref.namespace}"
        return ""
