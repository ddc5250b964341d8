"""The pages of `docs/law/`: what each regime says, in tables that a lawyer can check against the text."""

from collections.abc import Iterator

from waste_bpm.law.calendars import calendars
from waste_bpm.law.review import to_verify
from waste_bpm.law.rules import Law, Rule, Value, regime, regimes

_MADE = "Made from `waste_bpm/law/` by `make generate`."
_TIGHTER = {
    "yes or no": {"larger": "yes", "smaller": "no"},
    "words": {"smaller": "fewer, or the first word"},
}


def pages() -> Iterator[tuple[str, str]]:
    """The name and the content of each page."""
    laws = [regime(name) for name in regimes()]
    yield "README.md", "\n".join(_index(laws)) + "\n"
    for law in laws:
        yield f"{law.regime.lower()}.md", "\n".join(_page(law)) + "\n"


def _index(laws: list[Law]) -> Iterator[str]:
    yield "# The law as data"
    yield ""
    yield _MADE
    yield ""
    yield "Each regime is one file of dated values. The rules have the same names in all of them; a dash means that the"
    yield "regime sets nothing, and its page says why. `text read`: the text was opened; `practice`: seen in a running"
    yield "system of an authority, or a choice of this engine; `to verify`: known to practitioners, text not yet read."
    yield ""
    yield f"| rule | {' | '.join(f'[{law.regime}]({law.regime.lower()}.md)' for law in laws)} |"
    yield f"| --- |{' --- |' * len(laws)}"
    for name in laws[0].rules:
        yield f"| `{name}` | {' | '.join(_last(law.rules[name]) if name in law.rules else '' for law in laws)} |"
    yield ""
    yield f"Working days are known for {len(calendars())} calendars; `law/lists/calendars.csv` says up to which year."


def _last(rule: Rule) -> str:
    value = rule.values[-1]
    return value.phrase + (" (to verify)" if value.confidence == "to verify" and value.value is not None else "")


def _page(law: Law) -> Iterator[str]:
    yield f"# {law.regime}: {law.title}"
    yield ""
    yield _MADE
    if law.transition:
        yield ""
        yield " ".join(law.transition.split())
    yield ""
    yield "## Clocks"
    yield ""
    yield from _clocks([rule for rule in law.rules.values() if rule.is_clock])
    yield ""
    yield "## Parameters"
    yield ""
    yield from _parameters([rule for rule in law.rules.values() if not rule.is_clock])
    yield from _notes("Where the law sets nothing", [(rule.id, rule.reason) for rule in law.rules.values()])
    yield from _notes("Open questions", [(rule.id, rule.open) for rule in law.rules.values()])
    yield from _notes(
        "To verify", [(rule.id, f"{value.reference}, since {value.since}") for _, rule, value in to_verify([law])]
    )


def _clocks(rules: list[Rule]) -> Iterator[str]:
    yield "| rule | from | period | starts when | owed by | what follows | reference | how sure | checked |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for rule in rules:
        for value in rule.values:
            yield _row(
                f"`{rule.id}`<br>{rule.description}",
                _period(value),
                value.phrase + _counted(rule, value),
                value.starts or "",
                (rule.owed_by or "").replace("_", " "),
                _follows(rule),
                value.reference,
                value.confidence,
                str(rule.checked_on),
            )


def _counted(rule: Rule, value: Value) -> str:
    notes = [
        f"calendar: {value.calendar}" if value.unit == "working days" and value.value is not None else "",
        "both ends counted" if rule.counts_both_ends(value.since) else "",
        "the last day is the one before" if rule.ends_exclusive(value.since) else "",
        "then the first day allowed" if rule.marks == "first day" and value.value is not None else "",
    ]
    return "".join(f"<br>{note}" for note in notes if note)


def _follows(rule: Rule) -> str:
    return (rule.consequence or "") + (f" Silence: {rule.silence}." if rule.silence else "")


def _parameters(rules: list[Rule]) -> Iterator[str]:
    yield "| rule | from | says | stricter is | reference | how sure | checked |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for rule in rules:
        stricter = _TIGHTER.get(rule.unit, {}).get(rule.tighter or "", rule.tighter or "")
        for value in rule.values:
            name = f"`{rule.id}`<br>{rule.description}"
            yield _row(
                name, _period(value), value.phrase, stricter, value.reference, value.confidence, str(rule.checked_on)
            )


def _period(value: Value) -> str:
    return f"{value.since} to {value.until}" if value.until else str(value.since)


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '/') for cell in cells)} |"


def _notes(title: str, notes: list[tuple[str, str | None]]) -> Iterator[str]:
    said = [(name, " ".join(note.split())) for name, note in notes if note]
    if said:
        yield ""
        yield f"## {title}"
        yield ""
        yield from (f"- `{name}`: {note}" for name, note in said)
