"""From the headers of a request and the address of its peer to who asks."""

import functools
import ipaddress
import logging
from collections.abc import Mapping

import msgspec

from strabo.api.problems import Refused
from strabo.api.who import Who
from strabo.catalog.tokens import Token, Tokens, Uses
from strabo.errors import AccessDenied

_log = logging.getLogger("strabo.access")

# What a proxy adds. A request that came through one is not from this machine, whatever the peer's address says.
_RELAYED = ("x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host")


class Gatekeeper:
    """Says who asks. Call it with headers (names in lower case) and the peer's address.

    required: nobody without a token. open_to_all: everybody without one, from anywhere, with all rights. Otherwise
    who is at this machine needs none until the first token is made. relayed: the addresses come from a proxy that is
    trusted, so headers of proxies mean nothing more.
    """

    def __init__(
        self, tokens: Tokens, uses: Uses, *, required: bool = False, open_to_all: bool = False, relayed: bool = False
    ) -> None:
        self._tokens, self._uses = tokens, uses
        self._required, self._open, self._relayed = required, open_to_all, relayed

    def __call__(self, headers: Mapping[str, str], address: str) -> Who:
        """Raises Refused (401) without a valid token where one is needed, AccessDenied for another site's page."""
        text = presented(headers)
        if text:
            return self._known(text, address)
        if self._open:
            who = Who(name="anyone", address=address)
        else:
            if self._required or self._tokens.wanted:
                raise _who_are_you("this server wants a token", error=False)
            if not is_loopback(address) or (not self._relayed and any(name in headers for name in _RELAYED)):
                raise _who_are_you("from another machine this server wants a token", error=False)
            who = Who(name="local", address=address)
        _same_site(headers)
        return who

    def _known(self, text: str, address: str) -> Who:
        token, why = self._tokens.check(text)
        if token is None:
            line = {"event": "token refused", "why": why, "from": address}
            _log.warning("%s", msgspec.json.encode(line).decode())
            # One answer for all that can be wrong with it: a thief must not learn which.
            raise _who_are_you("the token is not valid, or not any more", error=True)
        self._uses.saw(token.id)
        return _holder(token, address)


@functools.lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether nobody but this machine has an address."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    inner = getattr(found, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return found.is_loopback or (inner is not None and inner.is_loopback)


def presented(headers: Mapping[str, str]) -> str:
    """The token that a request brings, unchecked; "" when it brings none. A login of another kind is none."""
    scheme, _, text = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return headers.get("x-api-key", "").strip()


def _holder(token: Token, address: str) -> Who:
    return Who(
        name=token.name,
        address=address,
        rights=frozenset(token.rights),
        feeds=token.feeds,
        namespaces=token.namespaces,
    )


def _who_are_you(what: str, *, error: bool) -> Refused:
    # https://www.rfc-editor.org/rfc/rfc6750#section-3: no error code where no token was sent
    challenge = 'Bearer realm="strabo"' + (', error="invalid_token"' if error else "")
    fix = "send `Authorization: Bearer …` with a token of `strabo token create`"
    return Refused(401, what, fix=fix, www_authenticate=challenge)


def _same_site(headers: Mapping[str, str]) -> None:
    """A browser sends what any page tells it to, from this machine too, and says which page that was.

    Raises AccessDenied when it is not one of ours: without a token there is nothing else that such a page lacks.
    """
    origin = headers.get("origin", "")
    if origin and origin.partition("://")[2].lower() != headers.get("host", "").lower():
        raise AccessDenied(
            "a page of another site may not use this server without a token",
            where=origin[:200],
            fix="send a token, or ask from a program instead of a page",
        )
