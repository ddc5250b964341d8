"""The application: the routers of all processes, messages and reference under one prefix, over one node."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response

from waste_bpm.api import (
    PREFIX,
    delivery,
    docs,
    entries,
    instances,
    legality,
    messages,
    metrics,
    papers,
    peers,
    problems,
    reference,
)
from waste_bpm.api.asking import answer
from waste_bpm.api.openapi import REFUSED, describe
from waste_bpm.casework.health import Asked
from waste_bpm.casework.node import Node


class Api(FastAPI):
    """An application that describes itself with its documents."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema


def create_app(node: Node, checks: tuple[Asked, ...] = ()) -> FastAPI:
    """The HTTP interface of a node; `checks` are what else must be well for it to be ready."""
    app = Api(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.node = node
    app.state.checks = checks
    metrics.install(app, node)
    problems.install(app)
    law = (reference.routes, legality.routes)
    for routes in (
        instances.cases,
        *instances.routers(),
        messages.routes,
        papers.routes,
        delivery.routes,
        peers.routes,
        *law,
    ):
        app.include_router(routes, prefix=PREFIX, responses=REFUSED)
    app.include_router(docs.routes, prefix=PREFIX)
    app.include_router(_description(app), prefix=PREFIX)
    entries.refuse_unruled(app)
    return app


def _description(app: FastAPI) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return answer(app.openapi())

    return routes
