"""Walks by their number: the same seed and number give the same walk, wherever it is told again."""

import random

from tests.walks.coverage import Coverage
from tests.walks.stories import STORIES, WALKS
from tests.walks.walk import Walk

LENGTH = range(1, 91)
"""How many steps a walk may have; the dice say."""


class Broken(AssertionError):  # noqa: N818 - says what happened
    """A walk found something that must not be."""


def walk(seed, number):
    """The walk of a number: stories and regimes come in turn."""
    story, regime = WALKS[number % len(WALKS)]
    return Walk(random.Random(f"{seed}/{number}"), STORIES[story], regime)


def gone(seed, numbers, length=LENGTH):
    """What these walks did, each to its end; raises Broken with the command that tells the walk again."""
    done = Coverage()
    for number in numbers:
        going = None
        try:
            going = walk(seed, number)
            go(going, length)
        except Exception as error:
            raise Broken(_told(seed, number, going, error)) from error
        done.add(going)
        going.close()
    return done


def go(walk, length):
    """A walk of so many steps as the dice say, or until nothing leads on; then years pass."""
    for _ in range(walk.dice.choice(length)):
        if walk.is_over:
            break
        walk.step()
    walk.finish()


def _told(seed, number, going, error):
    story, regime = WALKS[number % len(WALKS)]
    last = "\n".join(going.told[-5:]) if going is not None else "before its first step"
    again = f"python -m tests.campaigns.processes --seed {seed} --replay {number}"
    return f"{story} under {regime}, walk {number}:\n{last}\n{type(error).__name__}: {error}\nAgain: {again}"
