"""X36 and X37: a schema that was altered on disk is not used, and no pattern can be made to work for long."""

import re
import shutil
import time

import pytest
from lxml import etree

from tests.hostile.rows import good
from waste_bpm import resources
from waste_bpm.errors import Unavailable
from waste_bpm.utility_blocks import explain, gate, xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS

SCHEMAS = list(xsd.released())


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """A copy of the schemas that may be spoilt, and no memory of the good ones."""
    shutil.copytree(resources.folder("schemas"), tmp_path / "schemas")
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path / name)
    for cached in (xsd.content, explain._explainer):
        cached.cache_clear()
    monkeypatch.setattr(xsd, "_local", type(xsd._local)())
    yield tmp_path / "schemas"
    for cached in (xsd.content, explain._explainer):
        cached.cache_clear()


LAX = {
    "a looser pattern": lambda data: data.replace(b'value="[A-Z]{2}"', b'value=".*"'),
    "one byte more": lambda data: data + b"\n",
    "nothing": lambda data: b"",
    "an import": lambda data: data.replace(
        b"</xs:schema>", b'<xs:import schemaLocation="http://127.0.0.1:9/a.xsd"/></xs:schema>'
    ),
}


@pytest.mark.parametrize("how", LAX)
def test_x36_a_node_does_not_start_with_an_altered_schema(how, altered):
    package = BLOCKS["UB-TMW-03"]
    file = altered.joinpath(*xsd.file_of(package, 1))
    changed = LAX[how](file.read_bytes())
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    for start in (xsd.refuse_altered, lambda: xsd.schema(package, 1)):
        with pytest.raises(Unavailable) as answer:
            start()
        (finding,) = answer.value.findings
        assert (finding.rule_id, file.name in finding.message) == ("schema-altered", True)


def test_x36_a_schema_that_is_missing_is_an_altered_one(altered):
    package = BLOCKS["UB-TMW-01"]
    altered.joinpath(*xsd.file_of(package, 0)).unlink()
    with pytest.raises(Unavailable):
        xsd.refuse_altered()


def test_a_node_starts_with_the_schemas_as_they_are(altered):
    xsd.refuse_altered()


KILLERS = (
    "a" * 30,
    "a" * 30 + "!",
    "A" * 30 + "!",
    "1" * 30 + "!",
    "a@" * 15 + "!",
    "-a" * 2_000 + "!",
    " " * 5_000 + "!",
)


@pytest.mark.parametrize(("package", "minor"), SCHEMAS, ids=[f"{package.id}-{minor}" for package, minor in SCHEMAS])
def test_x37_no_pattern_of_a_schema_can_be_killed(package, minor):
    patterns = {each.get("value") for each in etree.fromstring(xsd.content(package, minor)).iter("{*}pattern")}
    assert len(patterns) > 5
    for pattern in patterns:
        started = time.process_time()
        for killer in KILLERS:
            re.fullmatch(pattern, killer)
        assert time.process_time() - started < 1, pattern


@pytest.mark.parametrize("killer", KILLERS)
def test_x37_a_pattern_killer_in_every_value_is_explained_within_a_second(killer):
    data = re.sub(rb">[^<>]+</", b">" + killer.encode() + b"</", good())
    started = time.process_time()
    found = gate.findings(data)
    assert time.process_time() - started < 1
    assert found
