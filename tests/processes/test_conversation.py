"""Who tells whom what over all processes: one collaboration, derived from the rows."""

from itertools import combinations
from textwrap import wrap
from xml.etree import ElementTree as Xml

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnValidator

from waste_bpm.errors import InputInvalid
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import whole
from waste_bpm.processes.exports.conversation import POOLS, sayings, strip
from waste_bpm.vocabulary import Role

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SAID = [saying for process in PROCESSES.values() for saying in sayings(process)]


def test_every_role_has_its_pool():
    roles = [role for held in POOLS.values() for role in held]
    assert sorted(roles) == sorted(Role)


def test_every_row_that_says_something_is_a_task_and_every_pool_that_hears_it_has_a_message_flow():
    root = Xml.fromstring(whole(PROCESSES.values(), "bpmn"))  # noqa: S314 - written here a moment ago
    tasks = {task.get("id") for task in root.iter(f"{MODEL}sendTask")}
    assert tasks == {f"Task_{said.process.name}.{said.step.name}" for said in SAID}
    flows = [flow.get("sourceRef") for flow in root.iter(f"{MODEL}messageFlow")]
    assert len(flows) == sum(len([pool for pool in said.to if pool != said.pool]) for said in SAID)


def test_the_collaboration_is_valid_against_the_schema_of_the_omg():
    document = etree.fromstring(whole(PROCESSES.values(), "bpmn").encode())
    BpmnValidator().validate(document)


def test_no_message_crosses_another_or_a_task():
    drawn = strip(SAID)
    lines = [(n, x, *sorted((start, end))) for n in range(len(SAID)) for _, x, start, end in drawn.messages(n)]
    assert [pair for pair in combinations(lines, 2) if pair[0][1] == pair[1][1]] == []
    for number, x, *_ in lines:
        for other in range(len(SAID)):
            left, _, width, _ = drawn.task(other)
            assert (left < x < left + width) == (other == number)


def test_the_words_of_a_task_fit_into_its_box():
    """The widest of the fonts named takes six tenths of its size for a letter of the message, which is set smaller."""
    _, _, width, _ = strip(SAID).task(0)
    assert max(len(line) for said in SAID for line in wrap(said.message, 22)) * 6.2 < width
    assert max(len(line) for said in SAID for line in wrap(said.step.title, 20)) * 6.8 < width


def test_mermaid_tells_every_message():
    text = whole(PROCESSES.values(), "mermaid")
    assert [said.step.says for said in SAID if f": {said.step.says}\n" not in text and said.to] == []


def test_another_format_is_refused_with_those_that_exist():
    with pytest.raises(InputInvalid, match="svg, mermaid, bpmn"):
        whole(PROCESSES.values(), "table")
