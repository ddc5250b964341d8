"""The long campaign of the two validators: `python -m tests.campaigns.validators --count N --workers 2`.

Valid messages of every kind are made from the models, each is mutated by structure or by bytes, and the gate and both
validators judge each. What the gate lets pass must be valid for both and come back equal; anything else is a fault, and
so is an error that nobody foresaw. Disagreements on what the gate refuses are counted.
"""

import random
import sys
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

from tests.campaigns.judging import all_judged
from tests.campaigns.mutations import mutated
from tests.campaigns.running import Done, command
from tests.strategies import document, header
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES

BATCH = 10
"""Valid messages of one kind in a part."""
MUTANTS = 12
"""Mutations of each valid message."""


def made(name: str, number: int) -> list[bytes]:
    """Valid messages of one kind, the same for the same number."""
    found: list[bytes] = []
    message = MESSAGES[name]

    @seed(number)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(some.data())
    def make(data):
        head, body = data.draw(header(message.code)), data.draw(document(message.document, message.stage))
        found.append(gate.build(message, head, body))

    make()
    return found


def part(seed_: int, number: int) -> Done:
    """Valid messages of one kind, and each of them mutated many times."""
    names = sorted(MESSAGES)
    name, chance = names[number % len(names)], random.Random(f"{seed_}/{number}")
    return all_judged(number, name, _spoilt(made(name, chance.getrandbits(32)), chance))


def _spoilt(several: list[bytes], chance: random.Random) -> Iterator[bytes]:
    for good in several:
        yield good
        yield from (mutated(good, chance) for _ in range(MUTANTS))


if __name__ == "__main__":
    sys.exit(command(part, module="tests.campaigns.validators", size=BATCH * (1 + MUTANTS), count=50_000))
