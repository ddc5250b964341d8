"""The lists that we hold, and their entries."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import NotFound
from waste_bpm.law.codes.rows import Row, rows
from waste_bpm.vocabulary import Finding

NOT_CARRIED = frozenset({"HS", "NATIONAL-EXPORT", "NATIONAL-IMPORT", "OTHER"})
"""Lists that a document may name and that we do not hold: their codes are taken as they are written."""

NOT_LISTED = "NOT LISTED"
"""What a document says where no entry of a list covers the waste: a value, and no blank."""

HAZARDOUS = "BASEL-VIII"
"""The list of wastes that are presumed hazardous (Basel Art. 1(1)(a), Annex VIII)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeList:
    """A list of ours: the file it is read from, its title for people, and its part of the file if it is not the whole.

    An `open` list holds what was sourced and no more: a code that it lacks is not known here, and may well exist.
    """

    file: str
    title: str
    part: str | None = None
    open: bool = False


LISTS: Mapping[str, CodeList] = {
    HAZARDOUS: CodeList(file="annex_viii.csv", title="Basel Convention, Annex VIII"),
    "BASEL-IX": CodeList(file="annex_ix.csv", title="Basel Convention, Annex IX"),
    "BASEL-II": CodeList(file="y.csv", title="Basel Convention, Annex II", part="II"),
    "Y": CodeList(file="y.csv", title="Basel Convention, Annexes I and II"),
    "H": CodeList(file="h.csv", title="Basel Convention, Annex III"),
    "D": CodeList(file="disposal.csv", title="Basel Convention, Annex IV A"),
    "R": CodeList(file="recovery.csv", title="Basel Convention, Annex IV B"),
    "OECD": CodeList(file="oecd.csv", title="OECD Decision, Appendices 3 and 4, Part II"),
    "EU": CodeList(file="eu.csv", title="Regulation (EU) 2024/1157, entries of the EU alone"),
    "EC": CodeList(file="ec.csv", title="EU list of waste", open=True),
    "UN-CLASS": CodeList(file="un_class.csv", title="UN classes of dangerous goods", open=True),
    "UN": CodeList(file="un.csv", title="UN numbers of dangerous goods", open=True),
    "PACKAGING": CodeList(file="packaging.csv", title="packaging types of the common forms"),
    "PHYSICAL": CodeList(file="physical.csv", title="physical characteristics of the common forms"),
    "TRANSPORT": CodeList(file="transport.csv", title="means of transport of the common forms"),
}
"""The lists we hold, by the name that documents give them. BASEL-II is the part of the Y list that Annex II holds."""

WASTES = (HAZARDOUS, "BASEL-IX", "BASEL-II", "OECD", "EU")
"""The lists whose entries say which control a waste is under."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A code of a list: what it means in plain words, from which day to which it may be used, and who says so.

    `also`: words that people use for it and the label does not, for search alone. `valid_from` None: the first day is
    not known; `valid_to` is the last day, None while the code stands. `part` is the annex or colour within the file.
    For operations, `interim` says whether another operation must follow as the form instructions read it, and
    `interim_eu` as Regulation (EU) 2024/1157 does; `un_class` is the class of dangerous goods of a hazard; `needs_text`
    says that words must stand beside a code of the forms; `hazardous` that a code of the EU list of waste has a star.
    """

    code: str
    list: str
    label: str
    also: str = ""
    part: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: tuple[str, ...] = ()
    interim: bool | None = None
    interim_eu: bool | None = None
    un_class: str | None = None
    needs_text: bool | None = None
    hazardous: bool | None = None
    source: str

    def overlaps(self, other: "Entry") -> bool:
        """Whether the days of both meet."""
        mine = (self.valid_from or date.min, self.valid_to or date.max)
        theirs = (other.valid_from or date.min, other.valid_to or date.max)
        return mine[0] <= theirs[1] and theirs[0] <= mine[1]


def read(file: Path, list_name: str, part: str | None = None) -> tuple[Entry, ...]:
    """The entries of a code list file, or of one `part` of it; raises InputInvalid naming file and line."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows(file):
        read_entry = entry(row, list_name)
        if any(read_entry.overlaps(other) for other in found[read_entry.code]):
            row.refuse(f"the code {read_entry.code} is said twice for the same days", "code-twice")
        found[read_entry.code].append(read_entry)
    return tuple(each for kept in found.values() for each in kept if part in (None, each.part))


def entry(row: Row, list_name: str) -> Entry:
    """The entry that a row of a code list says; raises InputInvalid naming file and line."""
    first, last = row.period()
    return Entry(
        code=row.required("code"),
        list=list_name,
        label=row.required("label"),
        also=row.text("also"),
        part=row.text("part") or None,
        valid_from=first,
        valid_to=last,
        replaced_by=row.many("replaced_by"),
        interim=row.truth("interim"),
        interim_eu=row.truth("interim_eu"),
        un_class=row.text("un_class") or None,
        needs_text=row.truth("needs_text"),
        hazardous=row.truth("hazardous"),
        source=row.required("source"),
    )


@cache
def _by_code(list_name: str) -> Mapping[str, tuple[Entry, ...]]:
    held = LISTS[list_name]
    found: dict[str, tuple[Entry, ...]] = {}
    for each in read(resources.path("law", "lists", held.file), list_name, held.part):
        found[each.code] = (*found.get(each.code, ()), each)
    return {code: tuple(sorted(kept, key=_first_day)) for code, kept in found.items()}


def _first_day(each: Entry) -> date:
    return each.valid_from or date.min


def entries(list_name: str) -> tuple[Entry, ...]:
    """All codes of a list, withdrawn ones too, in the order of the law; raises NotFound for a list we do not hold."""
    if list_name not in LISTS:
        raise NotFound(list_unknown(list_name))
    return tuple(each for kept in _by_code(list_name).values() for each in kept)


def editions(list_name: str, code: str) -> tuple[Entry, ...]:
    """Every entry that the code ever had in the list, the oldest first; none when we hold no such code or list.

    An open list is published with spaces and stars (16 06 01*), which do not matter.
    """
    if list_name not in LISTS:
        return ()
    return _by_code(list_name).get(code.replace(" ", "").rstrip("*") if LISTS[list_name].open else code, ())


def find(list_name: str, code: str, on: date | None = None) -> Entry | None:
    """The entry of a code as it is written - the one of the day, or else the newest; None when we hold no such code."""
    kept = editions(list_name, code)
    if len(kept) < 2 or on is None:
        return kept[-1] if kept else None
    of_the_day = (each for each in kept if _first_day(each) <= on <= (each.valid_to or date.max))
    return next(of_the_day, kept[-1])


def everywhere(code: str, on: date | None = None) -> tuple[Entry, ...]:
    """The entries of a code in every list that has it."""
    return tuple(found for name in LISTS if (found := find(name, code, on)))


def wastes(code: str, on: date | None = None) -> Entry | None:
    """The entry of a code in the lists that say which control a waste is under; no code stands in two of them."""
    return next((found for name in WASTES if (found := find(name, code, on))), None)


def predecessors(entry: Entry) -> tuple[Entry, ...]:
    """The withdrawn entries whose place the code took: a form's code 1 has none, for it is no waste."""
    withdrawn = (each for name in (*WASTES, entry.list) for each in entries(name) if each.valid_to)
    return tuple(dict.fromkeys(each for each in withdrawn if entry.code in each.replaced_by))


def list_unknown(list_name: str) -> Finding:
    """That there is no such list, and which was meant."""
    known = [*LISTS, *sorted(NOT_CARRIED)]
    near = get_close_matches(list_name.upper(), known, n=1)
    return Finding(
        rule_id="list-unknown",
        message=f"There is no code list {list_name!r}.",
        value=list_name,
        fix=f"Did you mean {near[0]}?" if near else f"Name one of {', '.join(known)}.",
    )
