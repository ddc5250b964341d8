"""Figures for Prometheus: gauges counted in the database when they are asked for, and counters of this process.

Labels are names of nodes, processes, steps and kinds of problems; never a party, a case or anything that was sent.
Several processes over one database each count what they answered; all else is the same from each.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from waste_bpm import __version__
from waste_bpm.api import PREFIX
from waste_bpm.casework import digests, health
from waste_bpm.casework.against_days import counted
from waste_bpm.casework.measures import Kind, Measures, measures, recorded
from waste_bpm.casework.node import Node
from waste_bpm.casework.undelivered import undelivered, unreachable

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds up to which answers are counted together."""
_NAMED = "waste_bpm_"

disable_created_metrics()  # type: ignore[no-untyped-call]


class Counts:
    """What this process answered and refused."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._problems = Counter(
            f"{_NAMED}problems", "Requests refused, by kind of problem", ["type", "status"], registry=registry
        )
        self._answers = Histogram(
            f"{_NAMED}request_seconds", "Time to answer", ["method", "status"], buckets=BUCKETS, registry=registry
        )

    def refused(self, problem: str, status: int) -> None:
        """Count a refusal by its kind."""
        self._problems.labels(problem, str(status)).inc()

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count an answer and the time that it took."""
        self._answers.labels(method, str(status)).observe(seconds)


class Sealed:
    """Every event under a head, by its type and where it was decided; each is counted once."""

    def __init__(self) -> None:
        self._counts: dict[Kind, int] = {}
        self._up_to = 0

    def figure(self, node: Node) -> Metric:
        """What was sealed by now."""
        with node.store.turn:
            found = recorded(node, self._up_to)
            self._up_to = found.up_to
            for kind, count in found.counts.items():
                self._counts[kind] = self._counts.get(kind, 0) + count
            said = CounterMetricFamily(f"{_NAMED}events", "Events recorded and sealed", labels=["type", "decided"])
            for (type_, home), count in self._counts.items():
                said.add_metric([type_, "here" if home else "elsewhere"], count)
        return said


class OfNode(Collector):
    """The figures of an application and its node; of the node only what can be counted now."""

    def __init__(self, app: FastAPI, node: Node) -> None:
        self._app, self._node, self._sealed = app, node, Sealed()

    def collect(self) -> Iterator[Metric]:
        """All of them, counted at this moment."""
        yield _gauge("build_info", "The version that runs", ["version"], [((__version__,), 1)])
        checks = health.checks(self._node, self._app.state.checks)
        well = [((check.name,), float(check.well)) for check in checks]
        yield _gauge("check_ok", "1 where a check of readiness is well", ["check"], well)
        if any(check.name == "database" and check.well for check in checks):
            yield from _gauges(measures(self._node))
            yield _next_attempts(self._node)
            yield from _in_danger(self._node)
            yield _compared(self._node)
            yield self._sealed.figure(self._node)


def _gauge(name: str, says: str, labels: list[str], values: Sequence[tuple[Sequence[str], float]]) -> Metric:
    said = GaugeMetricFamily(f"{_NAMED}{name}", says, labels=labels)
    for under, value in values:
        said.add_metric(under, value)
    return said


def _gauges(now: Measures) -> Iterator[Metric]:
    queues = {(queue.node, queue.state): queue for queue in now.queues}
    letters = [(labels, float(queue.letters)) for labels, queue in queues.items()]
    yield _gauge("outbox_letters", "Letters without a receipt", ["node", "state"], letters)
    oldest = [(labels, queue.oldest) for labels, queue in queues.items()]
    yield _gauge("outbox_oldest_seconds", "Age of the oldest of them", ["node", "state"], oldest)
    for name, says, value in (
        ("inbox_rows", "Messages for parties of this node", now.inbox),
        ("deadlines_due_48h", "Deadlines that end within 48 hours", now.due_soon),
        ("deadlines_overdue", "Deadlines whose last day has passed", now.overdue),
        ("unsealed_events", "Events that no head covers yet", now.unsealed),
        ("unsealed_oldest_seconds", "Age of the oldest of them", now.unsealed_age),
        ("head_position", "Place of the newest head", now.head),
        ("turned_away_rows", "What came from other nodes and was not taken in, as far as it is kept", now.turned_away),
        ("turned_away_cut", "1 where such rows gave way before their time within a day", now.turned_away_cut),
        ("read_only", "1 where nothing is taken", now.halted),
        ("key_seconds_left", "How long the key of the node stays good", now.key_seconds),
    ):
        if value is not None:
            yield _gauge(name, says, [], [((), float(value))])


def _next_attempts(node: Node) -> Metric:
    """In how many seconds the letters for each node go again: 0 is at the next round; none where they go on paper."""
    now = node.clock()
    with node.store.turn:
        found = [each for each in undelivered(node) if each["waiting"] and not each["on_paper"]]
    values = [((each["node"],), _until(each["next_attempt"], now)) for each in found]
    return _gauge("outbox_next_attempt_seconds", "Until letters for a node go again", ["node"], values)


def _in_danger(node: Node) -> Iterator[Metric]:
    """Letters under way against the days of the law, and for how long each node was not heard: 0 is not away."""
    with node.store.turn:
        letters, away, waited_for = counted(node), unreachable(node), undelivered(node)
    says = "Letters under way that may not arrive by their last day in law"
    values = [((name, level.value), float(count)) for (name, level), count in letters.items()]
    yield _gauge("letters_against_day", says, ["node", "level"], values)
    now, names = node.clock(), {each["node"] for each in waited_for} | set(away)
    seconds = [((name,), (now - away.get(name, now)).total_seconds()) for name in sorted(names)]
    yield _gauge("peer_away_seconds", "For how long a node was not heard", ["node"], seconds)


def _compared(node: Node) -> Metric:
    """How many cases are the same on other nodes, how many are still under way, and how many differ."""
    with node.store.turn:
        found = [(labels, float(cases)) for labels, cases in digests.counted(node).items()]
    return _gauge("peer_cases", "Cases that other nodes hold too, by how they compare", ["node", "result"], found)


def _until(moment: str | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (datetime.fromisoformat(moment) - now).total_seconds())


def install(app: FastAPI, node: Node) -> None:
    """Count what an application answers, and give all figures at `/metrics`, also under the prefix."""
    registry = CollectorRegistry()
    app.state.counts = Counts(registry)
    registry.register(OfNode(app, node))
    routes = APIRouter()

    @routes.get("/metrics", tags=["Health"], summary="Figures for Prometheus", operation_id="metrics")
    def metrics() -> Response:
        """Counted now, as text; a node whose database does not answer says which checks are not well."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    app.include_router(routes, prefix=PREFIX)
    app.include_router(routes, include_in_schema=False)
