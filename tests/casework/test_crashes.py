"""Nothing that was acknowledged is lost, and nothing happens twice, wherever a process dies."""

import pytest

from tests import engines
from tests.crashes import OPERATIONS, Ground, killed_at, killed_at_any_moment, points_of

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


class TestKills:
    @pytest.mark.parametrize(
        ("engine", "name", "each"),
        [
            ("sqlite", "announces", 2),
            ("sqlite", "hears", 4),
            ("sqlite", "late", 3),
            ("sqlite", "seals", 3),
            ("postgresql", "departs", 6),
        ],
    )
    def test_at_each_named_point_an_operation_did_all_or_nothing(self, engine, name, each):
        """Each is stopped at some of its points; `tests.crashes` stops all of them at all."""
        ground, operation = Ground(engine, OPERATIONS[name].until), OPERATIONS[name]
        points = points_of(ground, operation)
        assert {"before BEGIN", "before COMMIT", "after COMMIT"} <= set(points)
        for stop in sorted({*range(1, len(points) + 1, each), points.index("before COMMIT") + 1, len(points)}):
            killed_at(ground, operation, stop)
        ground.remove()

    def test_a_letter_sent_before_the_kill_is_sent_again_and_marked_once(self):
        ground, operation = Ground("sqlite", OPERATIONS["delivers"].until), OPERATIONS["delivers"]
        points = points_of(ground, operation)
        for stop in (points.index("a letter was sent") + 1, points.index("a letter was sent") + 2, len(points)):
            killed_at(ground, operation, stop)
        ground.remove()

    @pytest.mark.parametrize("engine", engines.ENGINES)
    def test_at_any_moment_what_was_acknowledged_is_there(self, engine):
        kills, _ = killed_at_any_moment(engine, kills=3, seed=7)
        assert kills == 3
