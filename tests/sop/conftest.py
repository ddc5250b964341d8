"""A small checklist to break, and every checklist of the tree."""

from copy import deepcopy

import pytest
import yaml

from waste_bpm.sop.checklist import Sop, sops

SMALL = yaml.safe_load("""
id: SOP-99
version: 1.0.0
title: A small checklist
purpose: To be broken by tests.
applies_to: {points: [exit, entry]}
roles: {customs_officer: Answers.}
legal: ["Basel Convention, Art. 6"]
steps:
  - {id: hello, kind: notice, ask: Begin., next: [{go: colour}]}
  - id: colour
    kind: question
    ask: Which colour is it?
    facts: [painted]
    answer: {type: choice, of: [red, green]}
    next:
      - {when: {eq: [answer, red]}, go: stop}
      - {when: {eq: [answer, cannot_tell]}, go: stop}
      - {go: photo}
  - id: photo
    kind: evidence
    ask: Take two photos.
    warn: [Stay behind the line.]
    evidence:
      - {type: photo, label: From the left, required: true}
      - {type: photo, label: From the right, required: true}
      - {type: note, label: Remark}
    next: [{go: weight}]
  - {id: weight, kind: check, ask: "What does it weigh?", answer: {type: number}, next: [{go: words}]}
  - {id: words, kind: check, ask: "What does it say?", answer: {type: text}, next: [{go: fine}]}
  - {id: fine, kind: outcome, ask: Record it., emits: {event: documents.verified}}
  - {id: stop, kind: outcome, ask: Record it., emits: {event: documents.discrepancy_recorded, reason: red}}
""")

EVENTS = {"documents.verified", "documents.discrepancy_recorded"}


@pytest.fixture
def written():
    """The small checklist as plain data, to be changed at will."""
    return deepcopy(SMALL)


@pytest.fixture
def small():
    return Sop.model_validate(deepcopy(SMALL))


def pytest_generate_tests(metafunc):
    if "each_sop" in metafunc.fixturenames:
        metafunc.parametrize("each_sop", sops().values(), ids=lambda sop: sop.id)


@pytest.fixture
def known_events():
    return EVENTS
