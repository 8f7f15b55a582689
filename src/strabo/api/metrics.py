"""What the server tells Prometheus. No label holds a name of data; a feed's name is one of configuration."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from strabo import __version__
from strabo.api.http import Call, Reply, Route
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import Door

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_FEEDS = 200  # runs looked at for the newest of each feed, which bounds the labels too


class Metrics:
    """Counts requests, and asks door and catalog how they fare when somebody wants to know.

    reading: how many reads wait or run. turned_away: how many requests were refused while stopping.
    """

    def __init__(
        self,
        catalog: Catalog,
        door: Door,
        *,
        reading: Callable[[], int] = lambda: 0,
        turned_away: Callable[[], int] = lambda: 0,
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second line for each figure, which nobody asks for
        self.registry = CollectorRegistry()
        self.registry.register(_State(catalog, door, reading, turned_away))
        self._requests = Counter(
            "strabo_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "strabo_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, route: Route | None, status: int, seconds: float) -> None:
        """Counts one request; those that found no route are one route."""
        key = (route.method, route.path, status) if route else ("", "none", status)
        found = self._known.get(key)
        if found is None:  # looking a label up costs more than counting
            method, path, _ = key
            found = self._requests.labels(method, path, str(status)), self._seconds.labels(method, path)
            self._known[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def tell(self, _call: Call) -> Reply:
        """All of it, in Prometheus' text format."""
        return Reply(value=generate_latest(self.registry), media=MEDIA, headers={"cache-control": "no-store"})

    def routes(self) -> list[Route]:
        """Where it is told."""
        return [
            Route(
                method="GET",
                path="/metrics",
                handle=self.tell,
                summary="Figures for Prometheus",
                answer=bytes,
                group="server",
                documented=False,
            )
        ]


class _State(Collector):
    """Figures that somebody else keeps."""

    def __init__(
        self, catalog: Catalog, door: Door, reading: Callable[[], int], turned_away: Callable[[], int]
    ) -> None:
        self._catalog, self._door = catalog, door
        self._reading, self._turned_away = reading, turned_away

    def describe(self) -> Iterable[Metric]:
        """Nothing: so that registering asks no catalog."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """As they are now."""
        door = self._door
        info = GaugeMetricFamily("strabo_info", "The version that runs.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield GaugeMetricFamily("strabo_door_waiting", "Writes accepted and not yet durable.", value=door.waiting)
        yield GaugeMetricFamily("strabo_door_waiting_bytes", "Bytes of them.", value=door.weight)
        yield CounterMetricFamily("strabo_door_commits", "Commits; writes by commits is a group's size.", door.commits)
        yield CounterMetricFamily("strabo_door_commit_seconds", "Time spent in commits.", door.spent)
        writes = CounterMetricFamily("strabo_door_writes", "Writes by what became of them.", labels=["kind", "result"])
        for (kind, result), number in sorted(door.answered.copy().items()):
            writes.add_metric([kind, result], number)
        yield writes
        yield GaugeMetricFamily("strabo_reads_waiting", "Reads that wait or run.", value=self._reading())
        yield CounterMetricFamily("strabo_turned_away", "Requests refused while stopping.", self._turned_away())
        yield from self._of_catalog()

    def _of_catalog(self) -> Iterable[Metric]:
        store = self._catalog.store
        yield GaugeMetricFamily("strabo_catalog_bytes", "Size of the catalog on disk.", value=store.size())
        ended = GaugeMetricFamily(
            "strabo_feed_last_run_timestamp_seconds", "When the newest run of a feed ended.", labels=["feed"]
        )
        well = GaugeMetricFamily("strabo_feed_last_run_ok", "Whether it went well: 1 or 0.", labels=["feed"])
        seen: set[str] = set()
        for run in store.runs(_FEEDS):
            if run.feed in seen or run.ended_at is None:
                continue
            seen.add(run.feed)
            ended.add_metric([run.feed], run.ended_at.timestamp())
            well.add_metric([run.feed], float(run.status == "succeeded"))
        yield ended
        yield well
