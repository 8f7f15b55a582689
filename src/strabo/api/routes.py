"""Everything the server answers, in one list."""

from strabo.api.http import Route


def routes() -> list[Route]:
    """The routes of all dialects, in the order in which the documentation lists them."""
    return []
