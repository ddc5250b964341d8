"""The paper checklist holds every step, every answer and every way on."""

import re

from waste_bpm.sop.checklist import Sop
from waste_bpm.sop.printed import BOX, printed


def test_each_step_is_printed_with_its_number(each_sop):
    paper = printed(each_sop)
    for number, step in enumerate(each_sop.steps, 1):
        assert f"## {BOX} {number}. {step.ask}\n" in paper
        for text in (*step.warn, *step.items, *(asked.label for asked in step.evidence)):
            assert text in paper
        if step.emits:
            assert f"`{step.emits.event}`" in paper


def test_each_way_on_is_printed(each_sop):
    sent = [int(number) for number in re.findall(r"go to \*\*(\d+)\*\*", printed(each_sop), re.IGNORECASE)]
    numbers = {step.id: number for number, step in enumerate(each_sop.steps, 1)}
    assert sent == [numbers[row.go] for step in each_sop.steps for row in step.next]


def test_safety_comes_first_and_the_signature_last(each_sop):
    paper = printed(each_sop)
    assert paper.index("**Safety.**") < paper.index(each_sop.purpose) < paper.index("## ")
    assert "Signature:" in paper.rsplit("---", 1)[1]
    assert f"version {each_sop.version}, digest {each_sop.digest[:12]}" in paper


def test_the_small_checklist_on_paper(small):
    paper = printed(small)
    assert f"Answer: {BOX} red  {BOX} green  {BOX} cannot tell" in paper
    assert "If the answer is *red*: go to **7**." in paper
    assert f"{BOX} From the left (photo, required):" in paper
    assert paper.count("Stay behind the line.") == 2


def test_conditions_are_said_in_words(written):
    written["steps"][4]["next"].insert(
        0, {"when": {"all": [{"not": {"in": ["colour", ["red", "green"]]}}, {"le": ["weight", 3]}]}, "go": "stop"}
    )
    said = (
        "If it is not so that the answer to 2 is *red* or *green* and the answer to 4 is not more than 3: go to **7**."
    )
    assert said in printed(Sop.model_validate(written))
