"""The pages of the code lists: one for each list, one for what the lists say of each other, and their index."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from waste_bpm.law import codes

_MADE = "Made from the files of `waste_bpm/law/lists/` by `make generate`.\n"
_PLAIN = "The words are our own: they explain a code and are not the law. A first day that is blank is not known.\n"
_TRUTH = {True: "yes", False: "no", None: ""}

Cell = Callable[[codes.Entry], str]
_OWN_COLUMNS: Mapping[str, Cell] = {
    "Part": lambda entry: entry.part or "",
    "Interim, form": lambda entry: _TRUTH[entry.interim],
    "Interim, EU": lambda entry: _TRUTH[entry.interim_eu],
    "UN class": lambda entry: entry.un_class or "",
    "Also called": lambda entry: entry.also,
    "Hazardous": lambda entry: _TRUTH[entry.hazardous],
    "Words needed": lambda entry: _TRUTH[entry.needs_text],
    "From": lambda entry: _day(entry.valid_from),
    "To": lambda entry: _day(entry.valid_to),
    "Replaced by": lambda entry: ", ".join(entry.replaced_by),
}
"""Columns that stand on the page of a list only where some entry of it fills them."""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the text of each page."""
    lists = {name: held for name, held in codes.LISTS.items() if held.part is None}
    yield "README.md", _index(lists)
    for name, held in lists.items():
        yield f"{name.lower()}.md", _page(name, held)
    yield "treatment.md", _treatment()
    yield "equivalents.md", _equivalents()
    yield "customs.md", _customs()


def _index(lists: Mapping[str, codes.CodeList]) -> str:
    rows = [
        (f"[{name}]({name.lower()}.md)", held.title, str(len(codes.entries(name))), "in part" if held.open else "whole")
        for name, held in lists.items()
    ]
    more = (
        "- [How each control system treats a list](treatment.md)",
        "- [Codes for the same waste in other lists](equivalents.md)",
        "- [From customs codes to waste codes](customs.md)",
    )
    table = _table(("List", "What it is", "Codes", "Held"), rows)
    return "\n".join(("# The code lists\n", _MADE, _PLAIN, table, "", *more, ""))


def _page(name: str, held: codes.CodeList) -> str:
    entries = codes.entries(name)
    sources = list(dict.fromkeys(entry.source for entry in entries))
    own = [head for head, cell in _OWN_COLUMNS.items() if any(cell(entry) for entry in entries)]
    rows = [
        (
            entry.code,
            entry.label,
            *(_OWN_COLUMNS[head](entry) for head in own),
            str(sources.index(entry.source) + 1),
        )
        for entry in entries
    ]
    parts = [f"# {name}: {held.title}\n", _MADE, _PLAIN]
    if held.open:
        parts.append("This list is held in part: a code that is not here is not known here, and may well exist.\n")
    if rows:
        parts += [_table(("Code", "Meaning", *own, "Source"), rows), "\nSources:\n"]
    return "\n".join((*parts, *(f"{number}. {source}" for number, source in enumerate(sources, start=1)), ""))


def _treatment() -> str:
    parts = ["# How each control system treats a list\n", _MADE]
    parts.append(_table(("Word", "What it means"), list(codes.STATUSES.items())))
    for view, title in codes.VIEWS.items():
        rows = [
            (
                rule.status.code or " ".join(filter(None, (rule.list, rule.part))),
                rule.status.status,
                ", ".join(rule.status.instead),
                _day(rule.status.valid_from),
                _day(rule.status.valid_to),
                rule.status.law,
                rule.status.confidence,
            )
            for rule in codes.status_rules(view)
        ]
        heads = ("Code or list", "Status", "Instead", "From", "To", "Law", "Confidence")
        parts.append(f"\n## {view}: {title}\n\n{_table(heads, rows)}")
    return "\n".join((*parts, ""))


def _equivalents() -> str:
    heads = ("Code", "Other code", "Relation", "Leg", "From", "To", "Condition", "Source")
    rows = [
        (
            pair.code,
            pair.equivalent,
            pair.relation,
            pair.leg,
            _day(pair.valid_from),
            _day(pair.valid_to),
            pair.condition,
            pair.source,
        )
        for pair in codes.all_equivalents()
    ]
    return "\n".join(("# Codes for the same waste in other lists\n", _MADE, _table(heads, rows), ""))


def _customs() -> str:
    found: dict[tuple[str, str, str], list[codes.Correlation]] = defaultdict(list)
    for each in codes.correlations():
        found[each.waste or "", ", ".join(each.now), f"{each.evidence}, {each.relation}"].append(each)
    rows = [
        (waste, now, evidence, " ".join(_weak(each) for each in kept)) for (waste, now, evidence), kept in found.items()
    ]
    words = f"{codes.HINT} A star marks a catch-all heading, which says little by itself.\n"
    heads = ("Code of the table", "Code of today", "Evidence", "Customs codes")
    return "\n".join(("# From customs codes to waste codes\n", _MADE, words, _table(heads, rows), ""))


def _weak(each: codes.Correlation) -> str:
    return f"{each.hs}\\*" if each.weak else each.hs


def _day(day: date | None) -> str:
    return str(day or "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
