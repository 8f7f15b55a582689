"""Where a Strabo server is, and whether a token may be sent there."""

import ipaddress
import os
from typing import NamedTuple
from urllib.parse import urlsplit

from strabo.errors import UsageError
from strabo.model.secret import Secret

_API = "/api/v1"


class Address(NamedTuple):
    """The parts of a server's URL. `path` is what stands before /api/v1, without a slash at its end."""

    scheme: str  # "http" or "https"
    host: str
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == standard else f':{self.port}'}{self.path}"

    @property
    def loopback(self) -> bool:
        """Whether what is sent there stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            there = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        inner = getattr(there, "ipv4_mapped", None)  # older Pythons do not look into ::ffff:127.0.0.1
        return there.is_loopback or (inner is not None and inner.is_loopback)


def address(text: str | None) -> Address:
    """The address that a URL spells; without one, that of STRABO_URL. Raises UsageError, which shows no login."""
    text = (text or os.environ.get("STRABO_URL") or "").strip()
    if not text:
        raise UsageError("no server is named", fix="say --url http://127.0.0.1:PORT, or set STRABO_URL")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:  # UnicodeError is one: a label that no name may have
        raise UsageError("the server's URL cannot be taken apart", fix="write https://host:port") from None
    if "@" in text:
        raise UsageError("the server's URL has a login in it", fix="put the token into STRABO_TOKEN, not into the URL")
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageError(f"not the URL of a server: {text}", fix="write https://host:port, or http://127.0.0.1:port")
    if parts.query or parts.fragment or not parts.path.isascii() or not parts.path.isprintable() or " " in parts.path:
        raise UsageError(f"the server's URL ends in something else: {text}", fix=f"write {parts.scheme}://{host}:port")
    path = parts.path.rstrip("/").removesuffix(_API).rstrip("/")
    return Address(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], path)


def token_for(there: Address, token: str | Secret | None, *, insecure: bool = False) -> Secret | None:
    """The token to send there; without one, that of STRABO_TOKEN; None where there is neither.

    Raises UsageError for one that cannot be sent, and for a connection that others may listen to, unless `insecure`.
    """
    given = token.reveal() if isinstance(token, Secret) else token
    text = (given or os.environ.get("STRABO_TOKEN") or "").strip()  # files end in a line end
    if not text:
        return None
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise UsageError("the token is none: it has characters that no token has", fix="copy it again")
    if there.scheme == "http" and not (there.loopback or insecure):
        raise UsageError(
            "a token is not sent in clear text to another machine",
            where=there.url,
            fix=f"use https://{there.host}, or say insecure (--insecure) if nobody else can listen",
        )
    return Secret(text)
