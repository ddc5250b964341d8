"""Ten thousand different messages, as an authority receives them: many cases, each with messages of several kinds.

Every file starts from an example of a block or from the story; the parties, names, addresses, words, numbers,
quantities and days are those of its case, the identity and the times its own. One in five comes indented, as other
systems write. The same seed gives the same files.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.stage import played_until
from waste_bpm.casework import store as stores
from waste_bpm.casework.store import Store
from waste_bpm.documents.model import Document, FieldSpec, fields
from waste_bpm.errors import InputInvalid
from waste_bpm.exchange import specimens
from waste_bpm.law import codes
from waste_bpm.utility_blocks import gate, xml
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.vocabulary import Code, Quantity, Text

LEAST, MOST = 2 * 1024, 10 * 1024
"""Bytes of a file; smaller messages go faster and do not count."""
CASES = 2_500
_INDENTED = 0.2
_DAYS = 300
_LISTED = ("hs_codes",)
"""Codes that are written as words: of a list, and not of a case."""
_WASTES = [each.code for each in codes.entries("BASEL-VIII") if each.valid_to is None]


def files(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """So many valid messages of the size, each with its name, in mixed order of their cases."""
    chance, models = Random(seed), list(_models())
    while count:
        received = chance.choice(models)
        data = _said(received, Case(Random(f"{seed}/{chance.randrange(CASES)}")), chance)
        if data is not None and LEAST <= len(data) <= MOST:
            yield received.message.name, data
            count -= 1


def _models() -> Iterator[gate.Received]:
    """What the messages are made after: full and minimal examples of the blocks, and those of the story."""
    for message in MESSAGES.values():
        for each in specimens.specimens(message):
            if not each.gives and len(each.data) >= LEAST:
                yield gate.read(each.data)
    node, _ = played_until(Store("sqlite://"), "movement/1", "depart")
    for row in node.store.rows(stores.MESSAGE.select()):
        if len(row.body) >= LEAST:
            yield gate.read(row.body)


def _said(received: gate.Received, case: "Case", chance: Random) -> bytes | None:
    """A message of a case; None when its values break a rule together."""
    at = received.header.occurred_at + timedelta(days=case.days, seconds=chance.randrange(86_400))
    recorded = (received.header.recorded[0].model_copy(update={"version": chance.randrange(1, 60)}),)
    header = received.header.model_copy(
        update={
            "message": f"urn:uuid:{UUID(int=chance.getrandbits(128))}",
            "conversation": case.id,
            "notification_number": case.number,
            "occurred_at": at,
            "issued_at": at + timedelta(seconds=chance.randrange(90)),
            "recorded": recorded,
        }
    )
    try:
        data = gate.build(received.message, header, case.of(received.document))
        gate.read(data)
    except InputInvalid:
        return None
    return xml.indented(data) if chance.random() < _INDENTED else data


class Case:
    """What is the same in all messages of a case, and not the same in two cases."""

    def __init__(self, chance: Random) -> None:
        self.id = str(UUID(int=chance.getrandbits(128)))
        self.tail = chance.randrange(10_000, 100_000)
        self.number = f"KE {self.tail:06}"
        self.days = chance.randrange(_DAYS)
        self.times = chance.randrange(1, 40)
        self.waste = chance.choice(_WASTES)

    def of(self, document: Document) -> Any:
        """The same document with the values of this case."""
        said = {}
        for spec in fields(type(document)):
            value = getattr(document, spec.name)
            if value and spec.name not in _LISTED:
                said[spec.name] = (
                    tuple(self.value(each, spec) for each in value) if spec.many else self.value(value, spec)
                )
        return document.model_copy(update=said)

    def value(self, value: Any, spec: FieldSpec) -> Any:
        match value:
            case Document():
                return self.of(value)
            case Text():
                return Text(f"{value.text} ({self.tail})", value.language)
            case Quantity():
                return Quantity(value.amount * Decimal(self.times), value.unit)
            case Code(list="BASEL-VIII"):
                return Code(self.waste, value.list)
            case datetime() | date():
                return value + timedelta(days=self.days)
        written = spec.lexical.name if spec.lexical and not spec.block.codes else ""
        return _SAID.get(written, _as_it_is)(value, self)


def _as_it_is(value: Any, case: Case) -> Any:
    return value


_SAID = {
    "Line": lambda value, case: f"{value} {case.tail}",
    "PartyID": lambda value, case: f"{value}-{case.tail}",
    "Email": lambda value, case: f"office{case.tail}@{value.partition('@')[2]}",
    "Phone": lambda value, case: f"{value[:6]} {case.tail}",
    "NotificationNumber": lambda value, case: case.number,
}
"""How a value that is written so is said in a case."""
