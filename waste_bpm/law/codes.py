"""The dated code lists that documents name: Annexes I to IV, VIII and IX of the Convention, and codes of the forms.

Each list is a file of `law/lists/`: one code a row, `source` last. A column that a file leaves out is blank for all its
rows. A code is never deleted: it gets its last day and, where there are any, its successors (`;` between them). A blank
first day means that the code is known and the day it began is not; such a code counts as valid.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NoReturn

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.vocabulary import Finding

NOT_CARRIED = frozenset({"HS", "UN", "UN-CLASS", "EC", "NATIONAL-EXPORT", "NATIONAL-IMPORT", "OTHER", "OECD"})
"""Lists that a document may name and that we do not hold: their codes are taken as they are written."""

HAZARDOUS = "BASEL-VIII"
"""The list of wastes that are presumed hazardous (Basel Art. 1(1)(a), Annex VIII)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeList:
    """A list of ours: the file it is read from, its title for people, and the annex if it is a part of the file."""

    file: str
    title: str
    annex: str | None = None


LISTS: Mapping[str, CodeList] = {
    HAZARDOUS: CodeList(file="annex_viii.csv", title="Basel Convention, Annex VIII"),
    "BASEL-IX": CodeList(file="annex_ix.csv", title="Basel Convention, Annex IX"),
    "BASEL-II": CodeList(file="y.csv", title="Basel Convention, Annex II", annex="II"),
    "Y": CodeList(file="y.csv", title="Basel Convention, Annexes I and II"),
    "H": CodeList(file="h.csv", title="Basel Convention, Annex III"),
    "D": CodeList(file="disposal.csv", title="Basel Convention, Annex IV A"),
    "R": CodeList(file="recovery.csv", title="Basel Convention, Annex IV B"),
    "PACKAGING": CodeList(file="packaging.csv", title="packaging types of the common forms"),
    "PHYSICAL": CodeList(file="physical.csv", title="physical characteristics of the common forms"),
    "TRANSPORT": CodeList(file="transport.csv", title="means of transport of the common forms"),
}
"""The lists we hold, by the name that documents give them. BASEL-II is the part of the Y list that Annex II holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A code of a list: what it means in plain words, from which day to which it may be used, and who says so.

    `valid_from` None: the first day is not known; `valid_to` is the last day, None while the code stands. `interim`
    says, for operations only, whether another operation must follow (the reading of the form instructions), and
    `un_class`, for hazards only, the class of dangerous goods.
    """

    code: str
    list: str
    label: str
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: tuple[str, ...] = ()
    interim: bool | None = None
    un_class: str | None = None
    source: str


_TRUTH = {"yes": True, "no": False, "unverified": None, "": None}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file of `law/lists/`, which knows where it stands, so that a mistake in it can be found."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """The cell, empty when it is blank or the file has no such column."""
        return self.cells.get(column, "").strip()

    def required(self, column: str) -> str:
        """The cell; raises InputInvalid when it is blank."""
        return self.text(column) or self.refuse(f"the column {column!r} is blank")

    def day(self, column: str) -> date | None:
        """The cell as a day, None when blank; raises InputInvalid when it is no day."""
        written = self.text(column)
        try:
            return date.fromisoformat(written) if written else None
        except ValueError:
            return self.refuse(f"{column} is {written!r}, which is no day written as 2026-11-24")

    def truth(self, column: str) -> bool | None:
        """The cell as yes or no, None when it is blank or `unverified`; raises InputInvalid for another word."""
        written = self.text(column)
        return _TRUTH[written] if written in _TRUTH else self.refuse(f"{column} is {written!r}, not yes or no")

    def refuse(self, why: str) -> NoReturn:
        """Raise InputInvalid with file, line and reason."""
        raise InputInvalid(_row_wrong(self.file, self.line, why))


def _row_wrong(file: Path, line: int, why: str) -> Finding:
    return Finding(rule_id="list-row-wrong", message=f"{file.name}, line {line}: {why}.", line=line, pointer=str(file))


def rows(file: Path) -> Iterator[Row]:
    """The rows of a file of `law/lists/`; raises InputInvalid when one is too long or short, or names no source."""
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        try:
            columns = next(reader, [])
            if columns[-1:] != ["source"]:
                raise InputInvalid(_row_wrong(file, 1, "the last column is not 'source'"))
            for cells in reader:
                yield _row(file, reader.line_num, columns, cells)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputInvalid(_row_wrong(file, reader.line_num, f"this is no CSV in UTF-8 ({error})")) from error


def _row(file: Path, line: int, columns: list[str], cells: list[str]) -> Row:
    row = Row(file, line, dict(zip(columns, cells, strict=False)))
    if len(cells) != len(columns):
        row.refuse(f"{len(cells)} cells where the header has {len(columns)}")
    row.required("source")
    return row


def read(file: Path, list_name: str, annex: str | None = None) -> tuple[Entry, ...]:
    """The entries of a code list file, or of one `annex` in it; raises InputInvalid naming file and line."""
    found: dict[str, Entry] = {}
    for row in rows(file):
        entry = _entry(row, list_name)
        if entry.code in found:
            row.refuse(f"the code {entry.code} is said twice")
        if annex in (None, row.text("annex")):
            found[entry.code] = entry
    return tuple(found.values())


def _entry(row: Row, list_name: str) -> Entry:
    entry = Entry(
        code=row.required("code"),
        list=list_name,
        label=row.required("label"),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        replaced_by=tuple(code for code in row.text("replaced_by").split(";") if code),
        interim=row.truth("interim"),
        un_class=row.text("un_class") or None,
        source=row.required("source"),
    )
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        row.refuse(f"{entry.code} ends on {entry.valid_to}, before it begins on {entry.valid_from}")
    return entry


@cache
def _by_code(list_name: str) -> Mapping[str, Entry]:
    held = LISTS[list_name]
    return {entry.code: entry for entry in read(resources.path("law", "lists", held.file), list_name, held.annex)}


def entries(list_name: str) -> tuple[Entry, ...]:
    """All codes of a list, withdrawn ones too, in the order of the law; raises NotFound for a list we do not hold."""
    if list_name not in LISTS:
        raise NotFound(_list_unknown(list_name))
    return tuple(_by_code(list_name).values())


def find(list_name: str, code: str) -> Entry | None:
    """The entry of a code as it is written, or None when we hold no such code or no such list."""
    return _by_code(list_name).get(code) if list_name in LISTS else None


def in_force(entry: Entry, on: date) -> bool:
    """Whether the code may be used on the day; an unknown first day counts as passed."""
    return _begun(entry, on) and not _ended(entry, on)


def _begun(entry: Entry, on: date) -> bool:
    return entry.valid_from is None or entry.valid_from <= on


def _ended(entry: Entry, on: date) -> bool:
    return entry.valid_to is not None and entry.valid_to < on


def problem(list_name: str, code: str, on: date) -> Finding | None:
    """Why the code may not be used on the day, or None when it may, or when we do not hold the list it is from.

    Rules: `list-unknown`, `code-unknown`, `code-not-yet-valid`, `code-withdrawn`.
    """
    if list_name in NOT_CARRIED:
        return None
    if list_name not in LISTS:
        return _list_unknown(list_name)
    entry = find(list_name, code)
    if entry is None:
        return _unknown(list_name, code, on)
    if not _begun(entry, on):
        return _not_yet_valid(entry, on)
    return _withdrawn(entry, on) if _ended(entry, on) else None


def _list_unknown(list_name: str) -> Finding:
    known = [*LISTS, *sorted(NOT_CARRIED)]
    near = get_close_matches(list_name.upper(), known, n=1)
    return Finding(
        rule_id="list-unknown",
        message=f"There is no code list {list_name!r}.",
        value=list_name,
        fix=f"Did you mean {near[0]}?" if near else f"Name one of {', '.join(known)}.",
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
    found = [entry for name in LISTS if (entry := find(name, code))]
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
    successor = next((entry for name in LISTS if (entry := find(name, code))), None)
    if successor is None:
        return code
    hazardous = successor.list == HAZARDOUS != withdrawn.list
    return f"{code} of {successor.list}{' if the waste is hazardous' if hazardous else ''}"


@cache
def _searchable() -> tuple[tuple[Entry, str], ...]:
    return tuple(
        (entry, f"{entry.code} {entry.label}".casefold())
        for name, held in LISTS.items()
        if held.annex is None
        for entry in entries(name)
    )


@cache
def _words() -> frozenset[str]:
    return frozenset(word.strip("(),:;") for _, text in _searchable() for word in text.split())


def search(text: str) -> list[Entry]:
    """The entries whose code and label hold every word of `text`; if there are none, those that nearly do, best first.

    Withdrawn codes are found too. The codes of Annex II are found once, as codes of the Y list.
    """
    asked = text.casefold().split()
    return _holding([[word] for word in asked]) or _holding([_spellings(word) for word in asked])


def _spellings(word: str) -> list[str]:
    return [word, *get_close_matches(word, _words(), n=9, cutoff=0.65)]


def _holding(asked: list[list[str]]) -> list[Entry]:
    """The entries that hold one spelling of each word; spellings stand best first, and so do the entries."""
    ranked = ((_rank(text, asked), entry) for entry, text in _searchable()) if asked else ()
    found = [(rank, entry) for rank, entry in ranked if rank is not None]
    return [entry for _, entry in sorted(found, key=lambda each: each[0])]


def _rank(text: str, asked: list[list[str]]) -> int | None:
    places = [next((place for place, word in enumerate(spellings) if word in text), None) for spellings in asked]
    return None if None in places else sum(place or 0 for place in places)
