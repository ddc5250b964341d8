"""A part of the planted bugs in every run: each is found, and what finds it finds nothing without it."""

import pytest

from tests.campaigns.planted import BUGS, found, quiet

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
SLOW = ("permitted", "power")
QUICK = [bug for bug in BUGS if bug.quick and getattr(bug.by, "__name__", "") not in SLOW]


def test_where_nothing_is_planted_nothing_is_found():
    assert quiet(QUICK) == []


@pytest.mark.parametrize("bug", QUICK, ids=lambda bug: bug.says)
def test_a_planted_bug_is_found(bug):
    assert found(bug, bug.by), bug.says


def test_there_are_enough_of_them():
    assert len(BUGS) > 30
    assert len({bug.says for bug in BUGS}) == len(BUGS)
