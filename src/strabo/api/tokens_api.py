"""Tokens over HTTP, for those with the right `admin`."""

from datetime import datetime

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.catalog import times, tokens
from strabo.errors import UsageError


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token is to be. expires: such as 90d or 12h from now; without it, it does not expire."""

    name: str
    rights: tuple[tokens.Right, ...]
    feeds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    expires: str | None = None


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A new token with its text, which nothing shows again."""

    token: tokens.Token
    secret: str


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """When a token ceased to open anything; servers that hold it notice within two seconds."""

    id: str
    name: str
    revoked_at: datetime | None


class Which(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to list."""

    revoked: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, without their texts."""

    tokens: list[tokens.Token]


_decode = msgspec.json.Decoder(NewToken).decode


def create(call: Call) -> Reply:
    """Makes a token."""
    try:
        new = _decode(call.body)
    except msgspec.DecodeError as error:  # a ValidationError too
        raise UsageError(
            f"this is no token to make: {error}", where="the body", fix='{"name": …, "rights": […]}'
        ) from None
    token, text = tokens.create(
        call.catalog.store,
        new.name,
        new.rights,
        feeds=new.feeds,
        namespaces=new.namespaces,
        expires=None if new.expires is None else times.length(new.expires),
        actor=call.who.name,
        origin=call.who.address,
    )
    # no-store: neither a browser nor a proxy may keep it
    return Reply(value=Created(token=token, secret=text), status=201, headers={"cache-control": "no-store"})


def listing(call: Call) -> Reply:
    """The tokens there are."""
    return Reply(value=Listing(tokens=tokens.listed(call.catalog.store, revoked=call.query.revoked)))


def revoke(call: Call) -> Reply:
    """Ends a token, named by its id or its name."""
    done = tokens.revoke(call.catalog.store, call.path["token"], actor=call.who.name, origin=call.who.address)
    return Reply(value=Revoked(id=done.id, name=done.name, revoked_at=done.revoked_at))


ROUTES = [
    Route(
        method="POST",
        path="/api/v1/tokens",
        handle=create,
        summary="Make a token",
        needs="admin",
        body=NewToken,
        answer=Created,
        status=201,
        group="tokens",
    ),
    Route(
        method="GET",
        path="/api/v1/tokens",
        handle=listing,
        summary="List the tokens",
        needs="admin",
        query=Which,
        answer=Listing,
        group="tokens",
    ),
    Route(
        method="DELETE",
        path="/api/v1/tokens/{token}",
        handle=revoke,
        summary="Revoke a token",
        needs="admin",
        answer=Revoked,
        group="tokens",
    ),
]
