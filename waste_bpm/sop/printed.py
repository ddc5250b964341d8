"""The paper checklist: Markdown with numbered boxes, for a post without power or network.

The numbers are those of the steps in the file, so that what was ticked on paper can be keyed in afterwards.
"""

from collections.abc import Iterable, Iterator

from waste_bpm.sop.checklist import Next, Sop, SopStep
from waste_bpm.sop.conditions import Condition

BOX = "☐"
BLANK = "______________________"

_COMPARED = {"eq": "is", "in": "is", "gt": "is more than", "le": "is not more than"}


def printed(sop: Sop) -> str:
    """Write the checklist as plain Markdown: safety first, a numbered box per step, where to go next, the signature."""
    numbers = {step.id: number for number, step in enumerate(sop.steps, 1)}
    lines = [*_head(sop)]
    for step in sop.steps:
        lines += ["", *_step(step, numbers)]
    return "\n".join([*lines, "", *_foot(sop), ""])


def _head(sop: Sop) -> Iterator[str]:
    yield f"# {sop.id} {sop.title}"
    yield ""
    for text in (*_safety(line for step in sop.steps for line in step.warn), sop.purpose):
        yield from (text, "")
    yield f"- Consignment: {BLANK}"
    yield "- Place: " + "  ".join(f"{BOX} {_plain(point)}" for point in sop.applies_to.points)
    yield from (f"- {_plain(role).capitalize()}: {text}" for role, text in sop.roles.items())
    yield f"- Law: {'; '.join(sop.legal)}"


def _safety(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"> **Safety.** {line}" for line in dict.fromkeys(lines))


def _step(step: SopStep, numbers: dict[str, int]) -> Iterator[str]:
    yield f"## {BOX} {numbers[step.id]}. {step.ask}"
    yield ""
    for text in (*_safety(step.warn), *([step.why] if step.why else [])):
        yield from (text, "")
    yield from (f"- {BOX} {item}" for item in step.items)
    yield from (f"- {_plain(fact).capitalize()}: {BLANK}" for fact in step.facts)
    if step.answer:
        boxes = "  ".join(f"{BOX} {_plain(value)}" for value in step.answer.allowed)
        yield f"- Answer: {boxes or BLANK}"
    for asked in step.evidence:
        yield f"- {BOX} {asked.label} ({_plain(asked.type)}{', required' if asked.required else ''}): {BLANK}"
    yield from (f"- {line}" for line in _ways(step, numbers))
    if step.emits:
        reason = f", reason `{step.emits.reason}`" if step.emits.reason else ""
        yield f"- **End.** Record `{step.emits.event}`{reason}."


def _ways(step: SopStep, numbers: dict[str, int]) -> Iterator[str]:
    for row in step.next:
        yield f"{_when(row, numbers, alone=len(step.next) == 1)} **{numbers[row.go]}**."


def _when(row: Next, numbers: dict[str, int], *, alone: bool) -> str:
    if row.when is not None:
        return f"If {_words(row.when, numbers)}: go to"
    return "Go to" if alone else "Otherwise: go to"


def _words(condition: Condition, numbers: dict[str, int]) -> str:
    ((word, about),) = condition.items()
    if word == "not":
        return f"it is not so that {_words(about, numbers)}"
    if word in {"all", "any"}:
        return f" {'and' if word == 'all' else 'or'} ".join(_words(part, numbers) for part in about)
    name, other = about
    said = f"the answer to {numbers[name]}" if name in numbers else f"the {_plain(name)}"
    if word == "in":
        return f"{said} {_COMPARED[word]} {' or '.join(f'*{_plain(value)}*' for value in other)}"
    value = f"*{_plain(other)}*" if word == "eq" else f"the {_plain(other)}" if isinstance(other, str) else str(other)
    return f"{said} {_COMPARED[word]} {value}"


def _foot(sop: Sop) -> Iterator[str]:
    yield "---"
    yield ""
    yield f"Name and office: {BLANK}  Date and time: {BLANK}  Signature: {BLANK}"
    yield ""
    yield f"{sop.id}, version {sop.version}, digest {sop.digest[:12]}. Keep this sheet with the papers."


def _plain(name: object) -> str:
    return str(name).replace("_", " ")
