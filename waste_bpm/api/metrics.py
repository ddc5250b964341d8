"""Figures for Prometheus: gauges counted in the database when they are asked for, and counters of this process.

Labels are names of nodes, processes, steps and kinds of problems; never a party, a case or anything that was sent.
Several processes over one database each count what they answered; all else is the same from each. The text format
(version 0.0.4) is a line for each figure, so it is written here.
"""

import threading
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response

from waste_bpm import __version__
from waste_bpm.api import PREFIX
from waste_bpm.casework import health
from waste_bpm.casework.measures import Kind, Measures, Queue, measures, recorded
from waste_bpm.casework.node import Node

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds up to which answers are counted together."""
Labels = tuple[tuple[str, str], ...]
Figure = tuple[str, str, str, Mapping[Labels, float]]
"""A figure: its name, what it says, its kind, and its values by labels."""


class Counts:
    """What this process answered and refused."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._problems: dict[Labels, float] = {}
        self._seconds: dict[Labels, float] = {}
        self._answers: dict[Labels, list[int]] = {}

    def refused(self, problem: str, status: int) -> None:
        """Count a refusal by its kind."""
        labels = (("type", problem), ("status", str(status)))
        with self._turn:
            self._problems[labels] = self._problems.get(labels, 0) + 1

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count an answer and the time that it took."""
        labels = (("method", method), ("status", str(status)))
        with self._turn:
            self._seconds[labels] = self._seconds.get(labels, 0.0) + seconds
            buckets = self._answers.setdefault(labels, [0] * (len(BUCKETS) + 1))
            for number, most in enumerate((*BUCKETS, float("inf"))):
                buckets[number] += seconds <= most

    def figures(self) -> Iterator[Figure]:
        """All of it."""
        with self._turn:
            yield "problems_total", "Requests refused, by kind of problem", "counter", dict(self._problems)
            values: dict[Labels, float] = {}
            for labels, counts in self._answers.items():
                for most, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                    values[(*labels, ("le", most))] = count
            yield "request_seconds_bucket", "Time to answer", "histogram", values
            yield "request_seconds_sum", "", "", dict(self._seconds)
            yield "request_seconds_count", "", "", {labels: each[-1] for labels, each in self._answers.items()}


class Recorded:
    """Every event under a head, by its type and where it was decided; each is counted once."""

    def __init__(self) -> None:
        self._counts: dict[Kind, int] = {}
        self._up_to = 0

    def figure(self, node: Node) -> Figure:
        """What was sealed by now."""
        with node.store.turn:
            found = recorded(node, self._up_to)
            self._up_to = found.up_to
            for kind, count in found.counts.items():
                self._counts[kind] = self._counts.get(kind, 0) + count
            values: dict[Labels, float] = {
                (("type", type_), ("decided", "here" if home else "elsewhere")): float(count)
                for (type_, home), count in self._counts.items()
            }
        return "events_total", "Events recorded and sealed", "counter", values


def _gauges(now: Measures) -> Iterator[Figure]:
    queues: dict[Labels, Queue] = {(("node", queue.node), ("state", queue.state)): queue for queue in now.queues}
    letters = {labels: float(queue.letters) for labels, queue in queues.items()}
    yield "outbox_letters", "Letters without a receipt", "gauge", letters
    oldest = {labels: queue.oldest for labels, queue in queues.items()}
    yield "outbox_oldest_seconds", "Age of the oldest of them", "gauge", oldest
    for name, says, value in (
        ("inbox_rows", "Messages for parties of this node", now.inbox),
        ("deadlines_due_48h", "Deadlines that end within 48 hours", now.due_soon),
        ("deadlines_overdue", "Deadlines whose last day has passed", now.overdue),
        ("unsealed_events", "Events that no head covers yet", now.unsealed),
        ("unsealed_oldest_seconds", "Age of the oldest of them", now.unsealed_age),
        ("head_position", "Place of the newest head", now.head),
        ("read_only", "1 where nothing is taken", now.halted),
        ("key_seconds_left", "How long the key of the node stays good", now.key_seconds),
    ):
        if value is not None:
            yield name, says, "gauge", {(): float(value)}


def _written(figure: Figure) -> Iterator[str]:
    name, says, kind, values = figure
    if says:
        about = f"waste_bpm_{name.removesuffix('_bucket')}"
        yield f"# HELP {about} {says}"
        yield f"# TYPE {about} {kind}"
    for labels, value in values.items():
        told = ",".join(f'{label}="{_escaped(said)}"' for label, said in labels)
        yield f"waste_bpm_{name}{{{told}}} {value}" if told else f"waste_bpm_{name} {value}"


def _escaped(said: str) -> str:
    return said.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def figures(app: FastAPI, node: Node, counts: Counts, events: Recorded) -> Iterator[Figure]:
    """Every figure of an application and its node; of the node only what can be counted now."""
    yield "build_info", "The version that runs", "gauge", {(("version", __version__),): 1.0}
    checks = health.checks(node, app.state.checks)
    well: dict[Labels, float] = {(("check", check.name),): float(check.well) for check in checks}
    yield "check_ok", "1 where a check of readiness is well", "gauge", well
    yield from counts.figures()
    if any(check.name == "database" and check.well for check in checks):
        yield from _gauges(measures(node))
        yield events.figure(node)


def install(app: FastAPI, node: Node) -> None:
    """Count what an application answers, and give all figures at `/metrics`, also under the prefix."""
    counts, events = Counts(), Recorded()
    app.state.counts = counts
    routes = APIRouter()

    @routes.get("/metrics", tags=["Health"], summary="Figures for Prometheus", operation_id="metrics")
    def metrics() -> Response:
        """Counted now, as text; a node whose database does not answer says which checks are not well."""
        lines = (line for figure in figures(app, node, counts, events) for line in _written(figure))
        return Response("\n".join((*lines, "")), media_type=MEDIA_TYPE)

    app.include_router(routes, prefix=PREFIX)
    app.include_router(routes, include_in_schema=False)
