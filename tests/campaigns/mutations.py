"""Ways to spoil a message: by structure (delete, double, swap, rename, move, deepen, other type, attributes) and by bytes.

`python -m tests.campaigns.mutations --count N --workers 2` spoils the examples of every block and the messages of the
story, again and again: the gate never fails, and never takes what is not valid for both validators.
"""

import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from random import Random

from lxml import etree

from tests.campaigns.judging import all_judged
from tests.campaigns.running import Done, command
from tests.hostile.rows import stored
from waste_bpm.exchange.specimens import specimens
from waste_bpm.utility_blocks.catalogue import MESSAGES

WORDS = (
    "", " ", "-1", "0", "-0", "+1", "1e3", "NaN", "INF", "1,5", "9" * 17, "0.0000001", "٢٥", "true", "1", "yes",
    "12345678901.5", "100.01", "-0.0", "2026-02-30", "2026-2-3", "2026-04-01Z", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+14:00",
    "0000-01-01", "x" * 300, "x" * 5_000, "KE\u00a0", "\u0085", "ke", "KE ", "\tKE", "A1180\n", "a\nb", "\u202e", "\ud55c",
    "export_authority", "R4", "TNE", "en", "EN", "urn:uuid:1",
)  # fmt: skip
ATTRIBUTES = ("unitCode", "languageID", "listID", "role", "schemaVersion", "x")


def mutated(data: bytes, chance: Random) -> bytes:
    """The message with one to three mutations."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = _bytes(data, chance) if chance.random() < 0.2 else _structure(data, chance)
    return data


def _structure(data: bytes, chance: Random) -> bytes:
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return data
    elements = [each for each in root.iter(etree.Element) if each is not root]
    if not elements:
        return data
    one, other = chance.choice(elements), chance.choice(elements)
    chance.choice(STRUCTURES)(one, other, chance)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _delete(one, other, chance):
    one.getparent().remove(one)


def _double(one, other, chance):
    one.addnext(deepcopy(one))


def _copy(one, other, chance):
    one.addnext(deepcopy(other))


def _swap(one, other, chance):
    one.text, other.text = other.text, one.text


def _neighbours(one, other, chance):
    after = one.getnext()
    if after is not None:
        after.addnext(one)


def _rename(one, other, chance):
    one.tag = other.tag


def _misspell(one, other, chance):
    one.tag += chance.choice(("s", "_", "X"))


def _namespace(one, other, chance):
    one.tag = chance.choice(("", "{urn:other}")) + etree.QName(one).localname


def _deepen(one, other, chance):
    inner = deepcopy(one)
    one.clear()
    one.append(inner)


def _retype(one, other, chance):
    one.text = chance.choice(WORDS)


def _tail(one, other, chance):
    one.tail = chance.choice(WORDS)


def _attribute(one, other, chance):
    one.set(chance.choice(ATTRIBUTES), chance.choice(WORDS))


def _no_attributes(one, other, chance):
    one.attrib.clear()


STRUCTURES = (
    _delete, _double, _copy, _swap, _neighbours, _rename, _misspell, _namespace, _deepen,
    _retype, _retype, _retype, _tail, _attribute, _no_attributes,
)  # fmt: skip


def _bytes(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) or 1)
    kind = chance.randrange(5)
    if kind == 0:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + data[at + chance.randrange(1, 9) :]
    if kind == 2:
        return data[:at] + chance.randbytes(chance.randrange(1, 4)) + data[at:]
    if kind == 3:
        return data[:at]
    return data[:at] + data[at : at + 40] + data[at:]


SIZE = 100
"""Mutants in a part."""
_DEEP = 2
"""How often a mutant is mutated again before the next one starts from the good message."""


@cache
def good() -> list[tuple[str, bytes]]:
    """What is spoilt: a full and a minimal example of every message, and the messages of the story."""
    examples = [
        (each.file, each.data) for message in MESSAGES.values() for each in specimens(message) if not each.gives
    ]
    return [*examples, *sorted(stored().items())]


def part(seed: int, number: int) -> Done:
    """One message, spoilt many times."""
    name, data = good()[number % len(good())]
    return all_judged(number, name, _spoilt(data, Random(f"{seed}/{number}")))


def _spoilt(data: bytes, chance: Random) -> Iterator[bytes]:
    spoilt = data
    for number in range(SIZE):
        spoilt = mutated(spoilt if number % _DEEP else data, chance)
        yield spoilt


if __name__ == "__main__":
    sys.exit(command(part, module="tests.campaigns.mutations", size=SIZE, count=20_000))
