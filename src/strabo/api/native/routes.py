"""The routes of this API, in the order in which they are documented."""

from strabo.api.http import Route
from strabo.api.native import (
    changes,
    edges,
    history,
    job_runs,
    lineage,
    listing,
    loads,
    objects,
    records,
    runs,
    search,
    things,
)

ROUTES: list[Route] = [
    *records.ROUTES,
    *edges.ROUTES,
    *objects.ROUTES,
    *loads.ROUTES,
    *search.ROUTES,
    *listing.ROUTES,
    *things.ROUTES,
    *job_runs.ROUTES,
    *lineage.ROUTES,
    *history.ROUTES,
    *changes.ROUTES,
    *runs.ROUTES,
]
