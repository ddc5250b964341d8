"""X16, X17, X29, X30 and X86 over HTTP, and findings in the language of the reader."""

import asyncio
import gzip

import pytest

from tests.api.conftest import LK_ACKNOWLEDGES, STORY

XML = {"Content-Type": "application/xml"}
BYTES = STORY.message(LK_ACKNOWLEDGES)
LIMIT = 2 * 1024 * 1024


@pytest.mark.parametrize("path", ["/messages", "/messages/validate"])
@pytest.mark.parametrize(
    ("name", "content", "headers", "status", "rule"),
    [
        ("X16 one byte too many", b" " * (LIMIT + 1), {}, 413, "body-too-large"),
        ("X29 packed", gzip.compress(BYTES), {"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        ("X86 XML sent as JSON", BYTES, {"Content-Type": "application/json"}, 415, "unsupported-media-type"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("X") else "",
)
def test_a_hostile_body_is_refused_before_it_is_parsed(told, path, name, content, headers, status, rule):
    refused = told.post(path, "LK-CA", content=content, headers=XML | headers)
    assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (status, rule)


@pytest.mark.parametrize("path", ["/messages", "/messages/validate"])
def test_x17_chunks_without_end_are_read_to_the_limit_and_no_further(told, path):
    """Spoken to the application itself: the client of the tests would first read the endless body to its end."""
    given, answered = [], []

    async def receive():
        given.append(65536)
        assert len(given) < 100
        return {"type": "http.request", "body": b" " * given[-1], "more_body": True}

    async def send(message):
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1{path}",
        "raw_path": f"/api/v1{path}".encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/xml"), (b"authorization", b"Bearer token of LK-CA")],
    }
    asyncio.run(told.client.app(scope, receive, send))
    assert answered[0]["status"] == 413
    assert LIMIT < sum(given) <= LIMIT + 2 * 65536


@pytest.mark.parametrize(
    ("name", "content"), [("X30 packed and not said", gzip.compress(BYTES)), ("X86 JSON sent as XML", b'{"a": 1}')]
)
def test_what_is_no_xml_is_malformed(told, name, content):
    refused = told.post("/messages", "LK-CA", content=content, headers=XML)
    assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (400, "xml-malformed"), name


@pytest.mark.parametrize(
    ("wanted", "got", "begins"),
    [
        ("fr", "fr", "NotificationNumber : 'ke"),
        ("fr-CH, de;q=0.9", "fr", "NotificationNumber : 'ke"),
        ("de, en;q=0.5, fr;q=0.4", "en", "Notification number: 'ke"),
        ("", "en", "Notification number: 'ke"),
    ],
)
def test_findings_are_told_in_the_language_that_the_reader_asks_for(told, wanted, got, begins):
    wrong = BYTES.replace(b"<NotificationNumber>KE", b"<NotificationNumber>ke", 1)
    said = told.post("/messages/validate", None, content=wrong, headers=XML | {"Accept-Language": wanted})
    assert said.headers["content-language"] == got
    assert said.json()["findings"][0]["message"].startswith(begins)
    refused = told.post("/messages", "LK-CA", content=wrong, headers=XML | {"Accept-Language": wanted})
    assert refused.json()["findings"][0]["message"].startswith(begins)
    assert (said.json()["findings"][0]["level"], said.json()["findings"][0]["key"]) == (
        "schema",
        "schema-value-small-letters",
    )
