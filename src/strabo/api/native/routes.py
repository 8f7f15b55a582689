"""The routes of this API, in the order in which they are documented."""

from strabo.api.http import Route
from strabo.api.native import lineage, records, search, things

ROUTES: list[Route] = [*records.ROUTES, *search.ROUTES, *things.ROUTES, *lineage.ROUTES]
