"""The pages of the law on States: the open registers, and how an administration fills them; and the provisions."""

from collections.abc import Iterable, Iterator, Sequence

from waste_bpm.law import memberships
from waste_bpm.law.codes import rows
from waste_bpm.law.legality.provisions import Provision, chapter
from waste_bpm.law.registers import REGISTERS, Register

_MADE = "Made from the files of `{}` by `make generate`.\n"
_OPEN = """\
A register is open: what has no row is not known, which is neither yes nor no. What the law turns on and nobody has
sourced is named in the answer, and never counts as a yes.

To fill a register, add a row to its file, with the source in the last column: the act, the gazette, the letter to the
Secretariat, and its date. Write days as 2026-11-24 and States by their code of ISO 3166-1. A row is never deleted: it
gets its last day. Then check the file with `waste-bpm registers lint`.
"""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the text of each page."""
    yield "registers.md", _registers()
    yield "memberships.md", _memberships()
    yield "legality.md", _legality()


def _registers() -> str:
    parts = ["# The open registers\n", _MADE.format("waste_bpm/law/registers/"), _OPEN]
    for held in REGISTERS.values():
        parts += [f"## {held.title}\n", f"{held.law}. File: `{held.name}.csv`.\n", f"{held.fill}\n"]
        parts += [_table(("Column", "What it says"), list(held.columns.items())), "", _current(held), ""]
    return "\n".join(parts)


def _current(held: Register) -> str:
    found = [[row.text(column) for column in held.columns] for row in rows(held.file)]
    if not found:
        return "Current rows: none. Nothing is sourced yet."
    return "Current rows:\n\n" + _table(tuple(held.columns), found)


def _memberships() -> str:
    parts = ["# Which States belong to which group\n", _MADE.format("waste_bpm/law/lists/memberships.csv")]
    parts.append("Who is Party to the Convention and bound by the Ban Amendment stands in `countries.csv`.\n")
    for group, says in memberships.GROUPS.items():
        if found := memberships.memberships(group):
            parts.append(f"## {group}: {says}\n")
            parts.append(
                _table(("State or group", "From", "To", "Known on", "Note", "Source"), map(_member, found)) + "\n"
            )
    return "\n".join(parts)


def _member(each: memberships.Membership) -> tuple[str, ...]:
    doubt = "not verified: " if each.status is None else ""
    days = (str(day or "") for day in (each.since, each.until, each.known_on))
    return (each.country, *days, doubt + each.note, each.source)


def _legality() -> str:
    parts = ["# May this waste go?\n", _MADE.format("waste_bpm/law/legality/")]
    parts.append(
        "Every rule is asked, in this order; all that prohibit are named. Then the first route that fits is taken.\n"
    )
    for name in ("prohibitions", "routes", "notifiers", "conditions"):
        held = chapter(name)
        parts.append(f"## {held.title}\n")
        parts += [f"{line}\n" for each in held.provisions for line in _provision(each, held.procedures)]
    return "\n".join(parts)


def _provision(each: Provision, procedures: dict[str, str]) -> Iterator[str]:
    days = f"from {each.since}" + (f" to {each.until}" if each.until else "")
    yield f"### {each.id}, {days}"
    said = each.says or f"{procedures.get(each.procedure, '')}{f', regime {each.regime}' if each.regime else ''}."
    yield f"{said} ({each.reference}{'' if each.confidence == 'text read' else '; ' + each.confidence})"
    asked = [f"`{each.text}`" for each in (*each.when, *each.crossing)]
    if asked:
        yield f"When {', and '.join(asked)}."
    if each.unless:
        yield f"Unless {', or '.join(f'`{text.text}`' for text in each.unless)}."
    if each.open:
        yield f"Open: {each.open}"


def _table(heads: Sequence[str], found: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *found]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)
