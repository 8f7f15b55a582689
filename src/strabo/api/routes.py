"""Everything the server answers, in one list."""

from strabo.api import openapi, page
from strabo.api.audit_api import ROUTES as AUDIT
from strabo.api.http import Route
from strabo.api.marquez.routes import ROUTES as MARQUEZ
from strabo.api.native.routes import ROUTES as NATIVE
from strabo.api.openlineage import ROUTES as OPENLINEAGE
from strabo.api.tokens_api import ROUTES as TOKENS
from strabo.api.wherehows.routes import ROUTES as WHEREHOWS


def routes() -> list[Route]:
    """The routes of all dialects, in the order in which the documentation lists them."""
    found = [*NATIVE, *OPENLINEAGE, *MARQUEZ, *WHEREHOWS, *TOKENS, *AUDIT]
    found += openapi.routes(found)
    return [*found, *page.routes(found)]
