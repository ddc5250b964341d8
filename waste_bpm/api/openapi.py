"""The OpenAPI 3.1 description, derived: one operation per step of each process, with the document it takes.

A field of a document says its words, its block of the form and its citation, as the model has them.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from waste_bpm import __version__
from waste_bpm.api import shapes
from waste_bpm.api.problems import MEDIA_TYPE
from waste_bpm.casework.record import documents
from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import FROM_NOTIFICATION
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import Role

_REF = "#/components/schemas/{model}"
_ABOUT = """\
Notifications of transboundary movements of waste under the Basel Convention, and everything that follows from them.

Who asks is told by `Authorization: Bearer TOKEN`. A request that changes something carries an `Idempotency-Key`; sent
again with the same key it gets the same answer and changes nothing more. A change of something that is there already
also carries `If-Match` with the `ETag` that was read. A refusal is a problem (RFC 9457) that gives every reason at
once, each with its legal source and what to do.
"""
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each new request, the same when it is repeated; for instance a UUID.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_VERSION = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the instance as you have read it; left out only where the instance has not begun.",
    "schema": {"type": "string", "pattern": '^"v[0-9]{1,9}"$', "examples": ['"v3"']},
}
_IDENTITY = {
    "case": "the identity of the case",
    "authority": "the identity of the case and the country of the authority: CASE.LK",
    "shipment": "the identity of the case and the number of the shipment: CASE.3",
    "office": "the identity of the case, the number of the shipment and the office: CASE.3.KR-BUSAN",
    "part of a shipment": "the identity of the case, the number of the shipment, and of the part if any: CASE.3.2",
    "guarantee": "the identity of the case and the number of the guarantee: CASE.1",
    "illegal case": "the identity of the case, the State of the find and its number there: CASE.TN.1",
    "change": "the identity of the case and the number of the change: CASE.1",
    "change and authority": "the identity of the case, the number of the change and the country: CASE.1.LK",
}
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused, with every reason", "content": _PROBLEM},
    "5XX": {"description": "Not possible now", "content": _PROBLEM},
}
"""The answers that every operation may give beside its own."""


def id_parts(process: Process) -> str:
    """How an instance of the process is named, in words."""
    return _IDENTITY[process.one_per]


def of_step(process: Process, step: Step, *, begins: bool = False) -> dict[str, Any]:
    """How the operation that takes a step is described; `begins` where it makes a new case."""
    return {
        "operation_id": f"{process.name}_{'begin' if begins else step.name}",
        "summary": f"{process.title}: {step.title[0].lower()}{step.title[1:]}{' of a new case' if begins else ''}",
        "description": " ".join(_told(step)),
        "responses": {
            201 if begins else 200: {"model": shapes.Taken, "description": "Taken, now or when first asked"},
            202: {"model": shapes.Proposal, "description": "Proposed: it waits for a second person"},
        },
        "openapi_extra": {"parameters": [_KEY] if begins else [_KEY, _VERSION], **_body(step)},
    }


def _told(step: Step) -> Iterator[str]:
    who = " or ".join(role.replace("_", " ") for role in step.by if role is not Role.CLOCK)
    yield f"Law: {step.law}."
    yield f"Who may: the {who}." if who else "The node takes this step itself when the period has ended."
    if step.takes:
        yield f"Takes: {step.takes.__name__}" + (", or nothing: then the one on file." if step.repeats else ".")
    if step.changes:
        yield "What is left out stays as it is on file, null takes it away; what is sealed may be sent again unchanged."
    if step.says:
        yield f"Says {step.says} to the {', '.join(role.replace('_', ' ') for role in step.to)}."


def _body(step: Step) -> dict[str, Any]:
    if step.takes is None:
        return {}
    schema = {"$ref": _REF.format(model=step.takes.__name__)}
    return {"requestBody": {"required": not step.repeats, "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description, with the schemas of all documents that steps take."""
    described = get_openapi(
        title="waste_bpm", version=__version__, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
    )
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    described["components"]["schemas"] = dict(sorted((schemas | _schemas()).items()))
    operations = (operation for path in described["paths"].values() for operation in path.values())
    described["tags"] = [{"name": name} for name in dict.fromkeys(operation["tags"][0] for operation in operations)]
    return described


def _schemas() -> dict[str, Any]:
    models = [(model, "validation") for model in (shapes.Problem, *documents().values())]
    _, made = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = made["$defs"]
    for model in _all(list(documents().values())):
        _explain(model, schemas[model.__name__]["properties"])
    _may_be_brief(schemas[Movement.__name__])
    return schemas


def _all(models: list[type[Document]]) -> Iterator[type[Document]]:
    """The documents and what lies in them, each once."""
    known: set[type[Document]] = set()
    while models:
        model = models.pop()
        if model not in known:
            known.add(model)
            models += [spec.type for spec in fields(model) if spec.nested]
            yield model


def _explain(model: type[Document], properties: dict[str, Any]) -> None:
    for spec in fields(model):
        where = "; ".join(each for each in (spec.block.number, spec.block.law) if each)
        described = properties[spec.name]
        described["description"] = f"{spec.block.says} ({where})" if where else spec.block.says
        for leaf in (described, described.get("items", {}), *described.get("anyOf", ())):
            if "pattern" in leaf:
                leaf["pattern"] = _as_javascript(leaf["pattern"])


def _as_javascript(pattern: str) -> str:
    """JSON Schema reads patterns as JavaScript does."""
    return pattern.replace(r"\x{FFFE}\x{FFFF}", r"\uFFFE\uFFFF")


def _may_be_brief(movement: dict[str, Any]) -> None:
    """Whoever announces a shipment leaves out what is as notified, and may name carriers by their identifiers."""
    known = {*FROM_NOTIFICATION, "notification_number", "total_shipments"}
    movement["required"] = [name for name in movement["required"] if name not in known]
    movement["description"] += " What the notification says may be left out; carriers may be named by their identifier."
    carriers = movement["properties"]["carriers"]
    carriers["items"] = {"anyOf": [carriers["items"], {"type": "string"}]}
