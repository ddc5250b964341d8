"""What a waste is in the eyes of the law on a day: hazardous, another waste of Annex II, green or amber, or unlisted.

A code that was withdrawn stands for its successors of that day, one that is not yet in force for its predecessors, and
a code of the OECD or the EU for the entries of the Convention. Where these differ, each is judged.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from waste_bpm.law import codes
from waste_bpm.law.codes import NOT_LISTED, Entry
from waste_bpm.vocabulary import Finding, Severity


@dataclass(frozen=True, slots=True)
class Waste:
    """A waste as it is coded on a day, and the entry of the Convention under which it is judged.

    `hazardous` and `other` (Annex II) are None where no list decides.
    """

    code: str
    day: date
    entry: Entry | None
    hazardous: bool | None
    other: bool | None

    @property
    def names(self) -> frozenset[str]:
        """The codes that name it: the one of the question, and the one it is judged by."""
        return frozenset({self.code, self.entry.code} if self.entry else {self.code})

    @property
    def judged_as(self) -> str:
        """The code it is judged by."""
        return self.entry.code if self.entry else self.code


@lru_cache(maxsize=4096)
def candidates(code: str, day: date) -> tuple[Waste, ...]:
    """The wastes for which a code may stand on a day; more than one when the law asks for a choice."""
    if code == NOT_LISTED:
        return (Waste(code, day, None, None, False),)
    entry = codes.wastes(code, day) or codes.find("Y", code, day)
    meant = _in_force(entry, day) if entry else ()
    wastes = tuple(_waste(code, day, each) for found in meant for each in _of_the_convention(found, day))
    return wastes or (Waste(code, day, None, None, None),)


def _in_force(entry: Entry, day: date) -> tuple[Entry, ...]:
    if codes.in_force(entry, day):
        return (entry,)
    ended = entry.valid_to is not None and entry.valid_to < day
    others = (
        tuple(found for code in entry.replaced_by if (found := codes.wastes(code, day)))
        if ended
        else codes.predecessors(entry)
    )
    return tuple(other for other in others if codes.in_force(other, day))


def _of_the_convention(entry: Entry, day: date) -> tuple[Entry, ...]:
    """The entry itself, or the entries of the Convention that an entry of the OECD or the EU stands for."""
    if entry.list not in ("OECD", "EU"):
        return (entry,)
    pairs = codes.equivalents(entry.code, day)
    said = codes.status(entry.code, day, "EU")
    names = [*(pair.other(entry.code) for pair in pairs), *(said.instead if said else ())]
    found = (codes.wastes(name, day) for name in dict.fromkeys(names))
    return tuple(each for each in found if each and each.list not in ("OECD", "EU")) or (entry,)


_HAZARDOUS = {"BASEL-VIII": True, "Y": True, "BASEL-IX": False, "BASEL-II": False}
_GREEN = "green"


def _waste(code: str, day: date, entry: Entry) -> Waste:
    hazardous = _HAZARDOUS.get(entry.list, False if entry.part == _GREEN else None)
    return Waste(code, day, entry, hazardous, entry.list == "BASEL-II")


@lru_cache(maxsize=8192)
def green(waste: Waste, view: str) -> tuple[bool | None, str]:
    """Whether a view lists the waste as green (None: no list decides), and by which law."""
    code = waste.code if codes.wastes(waste.code, waste.day) or waste.code == NOT_LISTED else waste.judged_as
    return _green(code, waste, view)


def _green(code: str, waste: Waste, view: str) -> tuple[bool | None, str]:
    entry = codes.wastes(code, waste.day)
    if entry is None and code != NOT_LISTED:
        return (False if waste.hazardous else None), "Basel Convention, Annex I"
    if entry is not None and code != waste.judged_as and not codes.in_force(entry, waste.day):
        return _green(waste.judged_as, waste, view)
    found = codes.status(code, waste.day, view)
    if found is None:
        return None, f"how the code {code} is treated {codes.VIEWS[view]} is not sourced"
    if found.status == "not used" and len(found.instead) == 1:
        return _green(found.instead[0], waste, view)
    return {_GREEN: True, "amber": False, "prior notification": False}.get(found.status), found.law


@lru_cache(maxsize=4096)
def code_note(code: str, day: date) -> Finding | None:
    """That a code may not stand on a document of the day, and what to use instead; None when it may."""
    entry = codes.wastes(code, day) or codes.find("Y", code, day)
    found = codes.problem(entry.list, code, day) if entry else None
    if found is None:
        return None
    return Finding(
        rule_id=found.rule_id,
        message=found.message,
        severity=Severity.WARNING,
        value=found.value,
        law=found.law,
        fix=found.fix,
    )
