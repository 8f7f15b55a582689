"""Everything the server answers, in one list."""

from strabo.api.http import Route
from strabo.api.native.routes import ROUTES as NATIVE


def routes() -> list[Route]:
    """The routes of all dialects, in the order in which the documentation lists them."""
    return [*NATIVE]
