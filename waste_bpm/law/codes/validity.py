"""Whether a code may be used on a day, and if not, why and what to use instead."""

from datetime import date, timedelta
from difflib import get_close_matches

from waste_bpm.law.codes.lists import (
    HAZARDOUS,
    LISTS,
    NOT_CARRIED,
    NOT_LISTED,
    Entry,
    entries,
    everywhere,
    find,
    list_unknown,
)
from waste_bpm.vocabulary import Finding, Severity


def in_force(entry: Entry, on: date) -> bool:
    """Whether the code may be used on the day; an unknown first day counts as passed."""
    return _begun(entry, on) and not _ended(entry, on)


def _begun(entry: Entry, on: date) -> bool:
    return entry.valid_from is None or entry.valid_from <= on


def _ended(entry: Entry, on: date) -> bool:
    return entry.valid_to is not None and entry.valid_to < on


def problem(list_name: str, code: str, on: date) -> Finding | None:
    """Why the code may not be used on the day, or None when it may, or when we do not hold the list as a whole.

    That a waste is not listed is a value, not a blank.
    Rules: `list-unknown`, `code-unknown`, `code-not-yet-valid`, `code-withdrawn`.
    """
    if list_name in NOT_CARRIED or code == NOT_LISTED:
        return None
    if list_name not in LISTS:
        return list_unknown(list_name)
    entry = find(list_name, code, on)
    if entry is None:
        return None if LISTS[list_name].open else _unknown(list_name, code, on)
    if not _begun(entry, on):
        return _not_yet_valid(entry, on)
    return _withdrawn(entry, on) if _ended(entry, on) else None


def unknown_here(list_name: str, code: str) -> Finding | None:
    """That an open list has no row for the code, which does not make the code wrong; None when it has one."""
    if list_name not in LISTS or not LISTS[list_name].open or find(list_name, code):
        return None
    return Finding(
        rule_id="code-not-known-here",
        message=f"{code!r} is not known here: of the {LISTS[list_name].title} only sourced rows are held.",
        severity=Severity.INFO,
        value=code,
        law=LISTS[list_name].title,
        fix="Look it up where the list is published; documents may carry it.",
    )


def _unknown(list_name: str, code: str, on: date) -> Finding:
    return Finding(
        rule_id="code-unknown",
        message=f"{code!r} is not a code of the list {list_name}.",
        value=code,
        law=LISTS[list_name].title,
        fix=_elsewhere(code) or _did_you_mean(list_name, code, on) or "Look the waste up by a word of its name.",
    )


def _elsewhere(code: str) -> str | None:
    found = everywhere(code)
    if not found:
        return None
    return f"{code} ({found[0].label}) is a code of {' and of '.join(entry.list for entry in found)}: name that list."


_LOOKALIKES = str.maketrans("OIL", "011", " -/")


def _did_you_mean(list_name: str, code: str, on: date) -> str | None:
    """The nearest codes in force; no list has the letters O, I or L after its first, so they stand for digits."""
    meant = code.upper().translate(_LOOKALIKES)
    usable = {entry.code: entry for entry in entries(list_name) if in_force(entry, on)}
    near = [meant] if meant in usable else get_close_matches(meant, usable, n=3)
    return f"Did you mean {' or '.join(f'{each} ({usable[each].label})' for each in near)}?" if near else None


def _not_yet_valid(entry: Entry, on: date) -> Finding:
    return Finding(
        rule_id="code-not-yet-valid",
        message=f"{entry.code} ({entry.label}) may be used from {entry.valid_from}, not yet on {on}.",
        value=entry.code,
        law=entry.source,
        fix=f"Use the code of {entry.list} that covered this waste on {on}.",
    )


def _withdrawn(entry: Entry, on: date) -> Finding:
    since = entry.valid_to + timedelta(days=1) if entry.valid_to else None
    return Finding(
        rule_id="code-withdrawn",
        message=f"{entry.code} ({entry.label}) is withdrawn from {since}, so it may not be used on {on}.",
        value=entry.code,
        law=entry.source,
        fix=f"Use {', or '.join(_named(entry, code) for code in entry.replaced_by)}." if entry.replaced_by else None,
    )


def _named(withdrawn: Entry, code: str) -> str:
    """A successor with its list, and the condition under which it takes the place of a code for harmless waste."""
    successor = next(iter(everywhere(code)), None)
    if successor is None:
        return code
    hazardous = successor.list == HAZARDOUS != withdrawn.list
    return f"{code} of {successor.list}{' if the waste is hazardous' if hazardous else ''}"
