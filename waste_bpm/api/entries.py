"""Every way in has a rule of who may: an application with a route that has none is not made.

A route asks who calls, and the case or the step row decides; or it stands here among those that are open to anybody,
with the reason. A route that takes a step must name a row of a process table, for the row says who may.
"""

from collections.abc import Iterator

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from waste_bpm.api.asking import Caller
from waste_bpm.api.instances import COLLECTIONS
from waste_bpm.casework.permissions import unruled
from waste_bpm.errors import RuleMissingError
from waste_bpm.processes import PROCESSES

OPEN = {
    "/health/live": "says only that the process runs",
    "/health/ready": "says which checks are well; nothing of any case",
    "/metrics": "figures without parties or cases; the proxy keeps it to those who watch",
    "/openapi.json": "the description of this interface",
    "/docs": "the same for people",
    "/docs/start.js": "what the page of the description needs",
    "/docs/{name}": "what the page of the description needs",
    "/law/deadline": "the law is public",
    "/law/legality": "the law is public",
    "/law/codes": "the lists are public",
    "/law/codes/{list}/{code}": "the lists are public",
    "/processes": "the tables are public",
    "/processes/{name}": "the tables are public",
    "/documents/{name}/matrix": "the models are public",
    "/blocks": "the blocks are public",
    "/blocks/{id}": "the blocks are public",
    "/sops": "the checklists are public",
    "/sops/{id}": "the checklists are public",
    "/messages/validate": "checks bytes and keeps nothing",
}
"""What anybody may ask without a token, and why."""
SEALED = {
    "/peer/parcels": "the seal of a registered node is asked, then what its parties may say or what is for it",
    "/peer/relay": "the seal of a registered node is asked, and whether the receiver names this node as its way",
    "/peer/states": "the seal of a registered node is asked, then whether it keeps an authority of the case",
    "/peer/slips": "the seal of the node to which the letter went is asked",
}
"""What other nodes bring without a token: who sealed it decides."""
_CALLER = Caller.__metadata__[0].dependency  # type: ignore[attr-defined]


def refuse_unruled(app: FastAPI) -> None:
    """Raise RuleMissingError for a route, a step or a message that has no rule of who may."""
    wrong = [f"{','.join(sorted(route.methods or ()))} {route.path}" for route in routes(app) if not _ruled(route)]
    wrong += unruled()
    if wrong:
        raise RuleMissingError(f"Nothing says who may use: {'; '.join(wrong)}.")


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of an application, also of the routers that it includes."""
    waits: list[object] = [app.router]
    while waits:
        holder = waits.pop()
        for each in getattr(holder, "routes", ()):
            inner = getattr(each, "original_router", None)
            if isinstance(each, APIRoute):
                yield each
            elif isinstance(inner, APIRouter):
                waits.append(inner)


def _ruled(route: APIRoute) -> bool:
    if not _asks(route.dependant):
        return route.path in OPEN or route.path in SEALED
    collection, _, step = route.path.partition("/{id}/steps/")
    if not step or step == "{step}":
        return True
    process = next((name for name, each in COLLECTIONS.items() if collection.endswith(f"/{each}")), "")
    return process in PROCESSES and bool(PROCESSES[process].by_name[step].by)


def _asks(dependant: Dependant) -> bool:
    """Whether a route asks who calls."""
    return any(each.call is _CALLER or _asks(each) for each in dependant.dependencies)
