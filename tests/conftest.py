"""After each test that wrote to a store, every invariant is asked of it, whatever the test was about.

A test that spoils a store on purpose says so: `pytestmark = pytest.mark.spoils`. Of a test that opens many stores the
last few are asked, so that a run costs little more.
"""

import weakref
from contextlib import suppress

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from waste_bpm.casework.invariants import breaches, dossier
from waste_bpm.casework.invariants_node import breaches_of
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import EVENT, Store
from waste_bpm.errors import Unavailable

STORES = 3
"""How many stores of one test are asked at most, and of how many cases each."""

_nodes = weakref.WeakKeyDictionary()
_written = weakref.WeakSet()
_found = []
_asked = []


def pytest_configure(config):
    config.addinivalue_line("markers", "spoils: the test leaves a store that is not as it must be")


def _remember(self, *args, **named):
    _init(self, *args, **named)
    _nodes[self.store] = weakref.ref(self)


def _write(self, *args, **named):
    position = _original_write(self, *args, **named)
    _written.add(self)
    return position


def _close(self):
    _ask(self)
    _original_close(self)


_init, _original_write, _original_close = Node.__init__, Store.write, Store.close
Node.__init__, Store.write, Store.close = _remember, _write, _close


def _ask(store):
    """Every invariant over a store that was written to since it was asked last."""
    node = _nodes.get(store, lambda: None)()
    if store not in _written or node is None or len(_asked) >= STORES or "connection" not in vars(store.database):
        return
    _written.discard(store)
    _asked.append(store.database.url)
    with suppress(Unavailable, SQLAlchemyError):
        cases = store.rows(select(EVENT.c.case_id).distinct().order_by(EVENT.c.case_id.desc()).limit(STORES))
        for row in cases:
            _found.extend(breaches(dossier(node, row.case_id)))
        _found.extend(breaches_of(node))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Ask the stores that the test wrote to, at its end; those that it closed were asked before."""
    result = yield
    for store in tuple(_written):
        _ask(store)
    found = list(dict.fromkeys(map(str, _found)))
    if found and item.get_closest_marker("spoils") is None:
        pytest.fail("an invariant is broken:\n" + "\n".join(found[:5]), pytrace=False)
    return result


def pytest_runtest_teardown():
    """Begin anew for the next test."""
    _found.clear()
    _asked.clear()
    _written.clear()
