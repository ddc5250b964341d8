"""A way in without a rule of who may use it stops the program from starting."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from tests.api.conftest import BEGIN
from waste_bpm.api import entries
from waste_bpm.api.app import create_app
from waste_bpm.api.instances import router
from waste_bpm.casework.permissions import unruled
from waste_bpm.processes import PROCESSES


@pytest.fixture
def node(door):
    return door(BEGIN).node


def test_every_route_asks_who_calls_or_is_open_for_a_reason(node):
    found = list(entries.routes(create_app(node)))
    assert len(found) > 100
    assert {route.path for route in found if route.path in entries.OPEN} == set(entries.OPEN)
    assert all(entries.OPEN.values())


def test_a_route_that_does_not_ask_who_calls_is_not_served(node, monkeypatch):
    """Given a route that was opened by mistake, when the application is made, then it is refused by name."""
    monkeypatch.setattr(entries, "OPEN", {name: why for name, why in entries.OPEN.items() if name != "/sops"})
    with pytest.raises(entries.RuleMissingError, match="GET /sops"):
        create_app(node)


def test_what_changes_something_is_open_to_nobody(node):
    posts = {route.path for route in entries.routes(create_app(node)) if "POST" in route.methods}
    assert posts & set(entries.OPEN) == {"/messages/validate"}


def test_a_route_to_a_step_that_nobody_may_take_is_refused(monkeypatch):
    app, movement = FastAPI(), PROCESSES["movement"]
    app.include_router(router(movement))
    nobodys = replace(movement, steps=[replace(step, by=()) for step in movement.steps])
    monkeypatch.setitem(PROCESSES, "movement", nobodys)
    with pytest.raises(entries.RuleMissingError, match=r"POST /movements/\{id\}/steps/depart.*movement\.depart"):
        entries.refuse_unruled(app)


def test_a_message_that_no_role_may_say_is_refused(monkeypatch):
    assert unruled() == []
    without = [step for step in PROCESSES["receipt"].steps if step.name != "receive"]
    monkeypatch.setitem(PROCESSES, "receipt", replace(PROCESSES["receipt"], steps=without))
    assert unruled() == ["FacilityReceipt"]
