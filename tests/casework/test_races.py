"""Several at once on both engines: each race is run in every run of the tests, and many times by `tests.races`."""

import pytest

from tests import engines
from tests.races import RACES, Track

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module")
def track():
    """A track of each engine, laid when it is first needed."""
    laid = {}

    def of(engine):
        if engine not in laid:
            laid[engine] = Track(engine)
        return laid[engine]

    yield of
    for each in laid.values():
        each.remove()


@pytest.mark.parametrize("name", RACES)
@pytest.mark.parametrize(("engine", "times"), [("sqlite", 3), ("postgresql", 1)])
def test_whoever_comes_first_the_law_is_kept(engine, times, name, track):
    if engine == "postgresql":
        engines.server()
    for seed in range(1, times + 1):
        track(engine).run(name, seed)
