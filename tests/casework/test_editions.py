"""A decision names the edition of the law that it rests on, and the node knows since when it used that edition."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from tests.casework.test_sealing import loose
from tests.stage import FOUR, case_id, entry, node_of, played
from waste_bpm import resources
from waste_bpm.casework import editions, record
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.store import EVENT, SETTING
from waste_bpm.errors import Refused
from waste_bpm.law import rules
from waste_bpm.law.rules import regime


@pytest.fixture
def node():
    found = node_of(played("Shipment 1 departs"))
    yield found
    found.store.close()


def recorded(node):
    return [record.event_of(row.body) for row in node.store.rows(select(EVENT.c.body))]


def problems(node):
    return [finding.message for finding in check(node) if finding.rule_id == "I-25"]


def test_every_event_decided_here_names_its_edition_and_no_report_does():
    made = played("Korea consents", FOUR)
    for name, node in made.nodes.items():
        for event in recorded(node):
            assert event.edition == (regime("BASEL").edition if event.home else None), (name, event.type)
        assert problems(node) == []
        node.store.close()


def test_an_edition_is_on_file_since_its_first_use(node):
    ((edition, (name, since)),) = editions.on_file(node.store).items()
    first = node.store.rows(select(EVENT.c.recorded_at).order_by(EVENT.c.position))[0].recorded_at
    assert (edition, name, since) == (regime("BASEL").edition, "BASEL", first)


@pytest.mark.spoils
def test_what_is_refused_puts_no_edition_on_file(node):
    node.store.run(delete(SETTING).where(SETTING.c.name.startswith("edition/")))
    node.store.known.clear()
    with pytest.raises(Refused):
        act(node, Request(case_id=case_id(), **entry("Shipment 1 of 25.0 t is announced")))
    assert editions.on_file(node.store) == {}


@pytest.mark.spoils
def test_an_edition_that_was_not_on_file_by_then_is_found(node):
    node.store.run(update(SETTING).where(SETTING.c.name.startswith("edition/")).values(value="BASEL 2030-01-01"))
    assert "names an edition of the law that was not on file then" in problems(node)[0]


@pytest.mark.spoils
def test_a_decision_without_an_edition_is_found(node):
    last = node.store.newer(case_id(), 0)[-1]
    blank = record.canonical(replace(record.event_of(last.body), edition=None))
    assert problems(node) == []
    loose(node, update(EVENT).where(EVENT.c.position == last.position).values(body=blank))
    assert "names no edition of the law" in problems(node)[0]


@pytest.mark.parametrize("changed", ["regimes/basel.yaml", "lists/holidays.csv", "registers/waivers.csv"])
def test_another_law_is_another_edition_and_the_same_law_the_same(changed, tmp_path, monkeypatch):
    """Given one more byte in a file of the law, then its edition is another one."""
    copy = tmp_path / "law"
    shutil.copytree(resources.folder("law"), copy)
    monkeypatch.setattr(rules.resources, "folder", lambda name: copy)
    before = rules.edition.__wrapped__("BASEL")
    assert before == regime("BASEL").edition
    with (copy / changed).open("a") as file:
        file.write("\n")
    assert rules.edition.__wrapped__("BASEL") != before
