"""Whether the law lets a notification go to the States concerned: the question of legality, asked of its route.

What the law forbids is refused, and so is what turns on a status that is not sourced (Basel Art. 4, 4A, 6(1), 11).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.law.codes import NOT_LISTED
from waste_bpm.law.legality import Ground, Question, known, legality
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.vocabulary import Finding, Role, Slot

_asked = lru_cache(maxsize=1024)(legality)
"""The registers do not change while a node runs, so a question has one answer."""

_PARTIES = ("trade-with-a-non-party",)
_BAN = ("ban-amendment-disposal", "ban-amendment-recovery")


def parties_to_the_convention(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(5), 11: no trade in waste with a State that is no Party, unless an agreement covers it."""
    return _first("states-are-parties", _grounds(case, command, now), _PARTIES)


def not_under_the_ban(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4A: States of Annex VII that are bound do not export hazardous waste to other States."""
    return _first("export-not-banned", _grounds(case, command, now), _BAN)


def not_prohibited_otherwise(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(1), 4(6), and the law of the exporting bloc: whatever else prohibits the movement."""
    found = [each for each in _grounds(case, command, now) if each.outcome == "prohibited"]
    others = tuple(each.rule_id for each in found if each.rule_id not in (*_PARTIES, *_BAN))
    return _first("movement-not-prohibited", found, others)


def _first(rule_id: str, grounds: list[Ground], rules: tuple[str, ...]) -> Finding | None:
    for ground in grounds:
        if ground.rule_id in rules:
            return Finding(rule_id=rule_id, message=ground.message, block="N15", law=ground.law, fix=ground.fix)
    return None


def _grounds(case: Case, command: Command, now: datetime) -> list[Ground]:
    return [ground for question in _questions(case, command, now) for ground in _asked(question).findings]


def _questions(case: Case, command: Command, now: datetime) -> Iterator[Question]:
    """The question of legality, once for each operation of the notification."""
    document = command.document
    notified = document if isinstance(document, NotificationDocument) else case.streams["notification"]
    waste = notified.waste_code.code if notified.waste_code else NOT_LISTED
    for operation in notified.operations:
        yield Question(
            start=_state(notified.slots, Role.EXPORT_AUTHORITY),
            end=_state(notified.slots, Role.IMPORT_AUTHORITY),
            via=tuple(slot.country for slot in notified.slots if slot.role is Role.TRANSIT_AUTHORITY),
            waste=waste if known(waste) else NOT_LISTED,
            operation=operation,
            day=now.date(),
        )


def _state(slots: tuple[Slot, ...], role: Role) -> str:
    return next(slot.country for slot in slots if slot.role is role)
