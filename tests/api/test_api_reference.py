"""The reference, the description of the interface, and what every answer has."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.api.conftest import BEGIN, CASE
from waste_bpm.exchange.manifest import manifest
from waste_bpm.processes import PROCESSES
from waste_bpm.utility_blocks.catalogue import BLOCKS

METHODS = {"get", "post", "delete"}
PAGES = {
    f"/notifications/{CASE}": "/notifications/{id}",
    "/notifications": "/notifications",
    "/events": "/events",
    **{f"/notifications/{CASE}{end}": f"/notifications/{{id}}{end}" for end in ("/ledger", "/deadlines")},
    **{
        f"/{collection}/{CASE}{key}{end}": f"/{collection}/{{id}}{end}"
        for collection, key in (
            ("notifications", ""),
            ("answers", ".LK"),
            ("movements", ".3"),
            ("border-checks", ".3.KR-BUSAN"),
            ("receipts", ".3"),
            ("disposals", ".3"),
            ("return-cases", ".3"),
        )
        for end in ("", "/steps", "/events", "/documents", "/messages")
    },
}


@pytest.fixture(scope="module")
def described(told) -> dict[str, Any]:
    found: dict[str, Any] = told.get("/openapi.json", None).json()
    return found


def operations(described) -> list[dict[str, Any]]:
    return [operation for path in described["paths"].values() for operation in path.values()]


def test_the_description_is_whole(described):
    assert described["openapi"].startswith("3.1.")
    assert all(set(path) <= METHODS for path in described["paths"].values())
    assert all(operation["summary"] and operation["responses"] for operation in operations(described))
    names = [operation["operationId"] for operation in operations(described)]
    assert len(names) == len(set(names))
    # every reference leads somewhere, and every schema is one
    wanted = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert wanted <= set(described["components"]["schemas"])
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_step_that_somebody_takes_is_described_with_its_document(described):
    posts = {operation["operationId"]: operation for operation in operations(described)}
    for process in PROCESSES.values():
        for step in process.steps:
            if not step.by:
                assert f"{process.name}_{step.name}" not in posts
                continue
            operation = posts[f"{process.name}_{step.name}"]
            assert step.law in operation["description"]
            assert {each["name"] for each in operation["parameters"]} == {"id", "Idempotency-Key", "If-Match"}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            assert body == ({"$ref": f"#/components/schemas/{step.takes.__name__}"} if step.takes else None)


def test_fields_are_described_with_block_and_source(described):
    total = described["components"]["schemas"]["Notification"]["properties"]["intended_quantity"]
    assert total["description"] == "Total intended quantity (N5; Annex V A 15)"


@pytest.mark.parametrize(("path", "template"), PAGES.items())
def test_answers_have_the_shape_that_is_described(told, described, path, template):
    # given the described shape
    response = described["paths"][f"/api/v1{template}"]["get"]["responses"]["200"]
    shape = response["content"]["application/json"]["schema"]
    # when it is asked for
    found = told.get(path)
    # then the answer has it
    assert found.status_code == 200
    validator(described, shape).validate(found.json())


def test_what_is_filed_fits_its_described_document(told, described):
    filed = told.get(f"/notifications/{CASE}/documents").json()
    assert len(filed) > 40
    for each in filed:
        validator(described, {"$ref": f"#/components/schemas/{each['kind']}"}).validate(each["document"])


def test_problems_have_the_shape_that_is_described(told, described):
    shape = validator(described, {"$ref": "#/components/schemas/Problem"})
    for refused in (told.get("/notifications", None), told.get("/nowhere"), told.get("/events?limit=0")):
        shape.validate(refused.json())


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    whole = Resource.from_contents(described, DRAFT202012)
    return Draft202012Validator(rebased(schema), registry=Registry().with_resource("urn:api", whole))


def rebased(schema: Any) -> Any:
    """The same schema with references into the whole description."""
    if isinstance(schema, dict):
        return {name: f"urn:api{value}" if name == "$ref" else rebased(value) for name, value in schema.items()}
    return [rebased(each) for each in schema] if isinstance(schema, list) else schema


def test_the_page_loads_nothing_from_elsewhere(told):
    page = told.get("/docs", None)
    assert page.status_code == 200
    assert not re.search(r"(?:https?:)?//", page.text.replace("<!doctype", ""))
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 5
    for link in links:
        asset = told.get(f"/{link}", None)
        assert asset.status_code == 200
        assert len(asset.content) > 100
    assert told.get("/docs/index.html", None).status_code == 404


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/law/deadline?rule=transit_answer&start=2026-01-19", '"due":"2026-03-20"'),
        ("/law/deadline?rule=import_answer&start=2026-01-19", '"due":null'),
        ("/law/deadline?rule=decision&start=2026-04-02&regime=GB&authority=GB-ENG", '"falls_on":"Saturday"'),
        ("/law/deadline?rule=dispatch_request&start=2026-12-18&regime=EU", '"due":"2027-01-05"'),
        ("/law/codes?search=lead acid", "A1160"),
        ("/law/codes/BASEL-VIII/A1160?date=2026-01-01", '"usable":true'),
        ("/processes", "border-checks"),
        ("/processes/border_check?format=table", "STEP"),
        ("/processes/answer?format=json", "waste-bpm/process/v1"),
        ("/processes/answer?format=mermaid", "stateDiagram"),
        ("/processes/answer?format=svg", "<svg"),
        ("/processes/answer?format=bpmn", "definitions"),
        ("/documents/Notification/matrix", "sealed_from"),
        ("/sops", "SOP-01"),
        ("/sops/SOP-01", "digest"),
        ("/health/live", "live"),
        ("/health/ready", "ready"),
    ],
)
def test_anybody_may_look_things_up(told, path, words):
    found = told.get(path, None)
    assert found.status_code == 200
    assert words in found.text


@pytest.mark.parametrize(
    "path",
    [
        "/law/deadline?rule=none&start=2026-01-01",
        "/law/deadline?rule=decision&start=2026-01-01&regime=MOON",
        "/law/deadline?rule=decision&start=2026-01-01&regime=GB&authority=ZZ",
        "/law/codes/BASEL-VIII/A1161",
        "/law/codes/OECD/GA010",
        "/law/codes/NONE/A1160",
        "/processes/none",
        "/documents/None/matrix",
        "/sops/SOP-99",
        "/nowhere",
    ],
)
def test_what_there_is_not_is_a_problem_that_explains_itself(told, path):
    refused = told.get(path, None)
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["findings"][0]["message"]


def test_a_method_that_there_is_not_is_a_problem(told):
    refused = told.client.delete("/api/v1/sops")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert refused.json()["type"] == "urn:waste-bpm:problem:method-not-allowed"


def test_every_answer_is_guarded(told):
    for found in (told.get(f"/notifications/{CASE}"), told.get("/nowhere"), told.get("/notifications", None)):
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in found.headers["content-security-policy"]


def test_what_nobody_foresaw_is_answered_without_a_word_of_the_inside(door, monkeypatch, caplog):
    # given a node that breaks
    here = door(BEGIN)
    monkeypatch.setattr("waste_bpm.api.reference.sops", lambda: 1 / 0)
    # when it is asked
    broken = here.get("/sops")
    # then the answer tells nothing but where to look
    assert broken.status_code == 500
    assert "division" not in broken.text
    assert broken.headers["x-content-type-options"] == "nosniff"
    assert broken.json()["trace_id"] in {getattr(record, "trace_id", None) for record in caplog.records}
    assert "ZeroDivisionError" in caplog.text


def test_a_node_without_its_database_is_not_ready(door):
    here = door(BEGIN)
    here.node.store.newer = lambda *_: 1 / 0
    away = here.get("/health/ready", None)
    assert (away.status_code, away.headers["retry-after"]) == (503, "30")
    assert here.get("/health/live", None).status_code == 200


def test_a_block_is_given_as_its_manifest(told):
    listed = told.get("/blocks").json()["items"]
    assert [each["id"] for each in listed] == list(BLOCKS)
    assert "MovementAnnouncement" in next(each for each in listed if each["id"] == "UB-TMW-03")["messages"]
    assert told.get("/blocks/UB-TMW-03").json() == manifest(BLOCKS["UB-TMW-03"]).as_json()
    assert told.get("/blocks/UB-TMW-77").status_code == 404
