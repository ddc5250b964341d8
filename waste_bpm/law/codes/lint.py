"""What is wrong in the files of `law/lists/`: every row that is, with file and line."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law.codes.customs import correlation
from waste_bpm.law.codes.lists import LISTS, NOT_LISTED, WASTES, Entry, entry
from waste_bpm.law.codes.rows import Row, raw
from waste_bpm.law.codes.treatment import Equivalent, equivalent, rule
from waste_bpm.vocabulary import Finding

Read = list[tuple[Row, Any]]
"""The rows of a file with what each says."""


@dataclass(frozen=True, slots=True)
class Check:
    """How a file is read, and what must be so of all its rows together; `codes` are the codes of each list."""

    says: Callable[[Row], Any]
    whole: Callable[[Read, Mapping[str, set[str]]], Iterable[Finding]]


def lint(folder: Path | None = None) -> list[Finding]:
    """Everything that is wrong in the lists of a folder, ours when none is named, and in registers beside them."""
    place = folder or resources.path("law", "lists")
    files = sorted(place.glob("*.csv"))
    found: list[Finding] = []
    read = {file.name: _read(file, found) for file in files}
    codes = _codes(read)
    for name, said in read.items():
        if name in _CHECKS:
            found += _CHECKS[name].whole(said, codes)
    return sorted(found, key=lambda each: (each.pointer or "", each.line or 0))


def _read(file: Path, found: list[Finding]) -> Read:
    """The rows of a file that can be read; what is wrong with the others is added to `found`."""
    said: Read = []
    check = _CHECKS.get(file.name)
    lines = raw(file)
    while True:
        try:
            row = next(lines, None)
            if row is None:
                return said
            said.append((row, check.says(row.whole()) if check else row.whole().period()))
        except InputInvalid as error:
            found += error.findings


def _codes(read: Mapping[str, Read]) -> dict[str, set[str]]:
    """The codes of each list of the folder; a list whose file is not there has none."""
    return {
        name: {each.code for _, each in read.get(held.file, []) if held.part in (None, each.part)}
        for name, held in LISTS.items()
    }


def _entries(said: Read, codes: Mapping[str, set[str]]) -> Iterator[Finding]:
    earlier: dict[str, list[Entry]] = defaultdict(list)
    known = set().union(*codes.values())
    for row, each in said:
        if any(each.overlaps(other) for other in earlier[each.code]):
            yield row.finding(f"the code {each.code} is said twice for the same days", "code-twice")
        earlier[each.code].append(each)
        yield from _must_exist(row, each.replaced_by, known, "successor-unknown")


def _must_exist(row: Row, named: Iterable[str], known: set[str], rule_id: str) -> Iterator[Finding]:
    for code in named:
        if code not in known:
            near = get_close_matches(code, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield row.finding(f"no list has the code {code!r} that is named here{meant}", rule_id)


def _correlations(said: Read, codes: Mapping[str, set[str]]) -> Iterator[Finding]:
    seen: set[tuple[str, str | None, str]] = set()
    known = _wastes(codes)
    for row, each in said:
        key = (each.hs, each.waste, each.relation)
        if key in seen:
            yield row.finding(f"{each.hs} and {each.waste or 'its cover'} are said twice", "code-twice")
        seen.add(key)
        yield from _must_exist(row, {*each.now, *([each.waste] if each.waste else [])}, known, "waste-code-unknown")


def _equivalents(said: Read, codes: Mapping[str, set[str]]) -> Iterator[Finding]:
    earlier: dict[tuple[str, ...], list[Equivalent]] = defaultdict(list)
    for row, each in said:
        key = (each.relation, *sorted((each.code, each.equivalent)))
        yield from _once(row, each, earlier[key], f"{each.code} and {each.equivalent}")
        yield from _must_exist(row, (each.code, each.equivalent), _wastes(codes), "waste-code-unknown")


def _statuses(said: Read, codes: Mapping[str, set[str]]) -> Iterator[Finding]:
    earlier: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row, each in said:
        status = each.status
        key = (each.list, each.part, status.code, status.view)
        yield from _once(row, status, earlier[key], status.code or each.list)
        if status.code != NOT_LISTED:
            yield from _must_exist(row, filter(None, (status.code,)), codes[each.list], "waste-code-unknown")
        yield from _must_exist(row, status.instead, _wastes(codes), "successor-unknown")


def _wastes(codes: Mapping[str, set[str]]) -> set[str]:
    return set().union(*(codes[name] for name in WASTES))


def _once(row: Row, each: Any, earlier: list[Any], named: str) -> Iterator[Finding]:
    if any(_days(each)[0] <= _days(other)[1] and _days(other)[0] <= _days(each)[1] for other in earlier):
        yield row.finding(f"{named} is said twice for the same days", "code-twice")
    earlier.append(each)


def _days(each: Any) -> tuple[date, date]:
    return each.valid_from or date.min, each.valid_to or date.max


_CHECKS: Mapping[str, Check] = {
    **{held.file: Check(partial(entry, list_name=name), _entries) for name, held in LISTS.items() if held.part is None},
    "hs.csv": Check(correlation, _correlations),
    "equivalents.csv": Check(equivalent, _equivalents),
    "status.csv": Check(rule, _statuses),
}
