"""The handbook pages of the utility blocks: the four parts of each, an index, and the data dictionary."""

from collections.abc import Iterable, Iterator, Sequence

from waste_bpm.documents.model import FieldSpec, present_at
from waste_bpm.exchange import saying
from waste_bpm.exchange.manifest import Manifest, MessageEntry, Reply, manifest, walked
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports.conversation import mermaid
from waste_bpm.utility_blocks import limits
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message, Package
from waste_bpm.utility_blocks.policy import Clause
from waste_bpm.vocabulary import Role

_MADE = "Made from the steps, the documents, the law and `waste_bpm/utility_blocks/packages/` by `make generate`.\n"
_TECHNIQUE = """\
- A message is one XML file in UTF-8 with one root element: the header first, then one document. The XSD is 1.0; codes
  and rules across fields are not in it, because codes change by day and a sentence explains more than a schema.
- A file holds at most {mebibytes} MiB, no DOCTYPE, entity, comment, processing instruction or schema location.
- It is judged in this order: limits, well-formed, root and version, XSD, letters, codes on the day of the event, rules
  of the document. All findings of the first level that fails are given at once, each with block, article and cure.
- What is sent is sent again as the same bytes until it is answered; the same identity with other bytes is refused.
- A minor version adds optional fields only; anything else is a new major version and a new namespace.
- What needs a case (rights, state, quantities left, deadlines) is judged by the receiver, and is in no example here.

Check your own files: `waste-bpm validate FILE`, or a whole folder against the list below with
`waste-bpm blocks check FOLDER --block {block}`.
"""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the text of each page."""
    made = [manifest(package) for package in BLOCKS.values()]
    yield "README.md", _index(made)
    for package, each in zip(BLOCKS.values(), made, strict=True):
        yield f"{package.id}.md", "\n".join(_page(package, each))
    yield "dictionary.md", "\n".join(_dictionary())


def _index(made: Sequence[Manifest]) -> str:
    rows = [
        (f"[{each.id}]({each.id}.md)", each.version, each.status, each.title, each.covers, len(each.messages))
        for each in made
    ]
    parts = ["# The utility blocks\n", _MADE]
    parts.append(
        "A utility block is a versioned package: why something is said, who says it to whom and when, what is said, "
        "and how it travels. Each folder `schemas/<block>/<major>/` holds its XSD, its manifest for machines (schema: "
        "`schemas/manifest/v1.json`) and its examples. A block is a draft until its XSD is released and frozen.\n"
    )
    parts.append(_table(("Block", "Version", "Status", "Title", "Covers", "Messages"), rows))
    parts.append(
        "\nWhat no step of a process says, a node says by itself, on the occasion that the policy of the block names: "
        "the signals of UB-TMW-00, the report of UB-TMW-09."
    )
    parts.append("\nEvery element with its meaning, source and ids elsewhere: [the dictionary](dictionary.md).\n")
    return "\n".join(parts)


def _page(package: Package, said: Manifest) -> Iterator[str]:
    yield f"# {said.id}: {said.title}\n"
    yield _MADE
    yield f"Version {said.version}, {said.status}. {said.covers}\n"
    yield from _policy(said)
    yield from _process(said)
    yield from _data(package, said)
    yield from _technique(said)


def _policy(said: Manifest) -> Iterator[str]:
    yield "## 1. Policy\n"
    yield f"Legal basis: {'; '.join(said.legal_basis)}.\n"
    clauses = (
        ("Purpose", (said.purpose_limitation,)),
        ("Access", said.access),
        ("Personal data", said.personal_data_rules),
        ("Retention", said.retention),
        ("Disputes and corrections", said.disputes),
    )
    rows = [(name, clause.says, clause.regime or "all", _source(clause)) for name, held in clauses for clause in held]
    yield _table(("Matter", "What holds", "Regime", "Source"), rows) + "\n"


def _source(clause: Clause) -> str:
    return f"{clause.source} ({clause.confidence})" if clause.confidence else clause.source


def _process(said: Manifest) -> Iterator[str]:
    yield "## 2. Process\n"
    rows = [row for each in said.messages for row in _triggers(each)]
    yield _table(("Code", "Message", "Step that says it", "From", "To", "Answered by"), rows) + "\n"
    yield from _deadlines(said)
    yield f"```mermaid\n{_sequence(said).rstrip()}\n```\n"


def _sequence(said: Manifest) -> str:
    """Who tells whom what: by the rows of the processes, and where no row says anything, by occasion."""
    names = {each.name for each in said.messages}
    if any(row.step.says in names for row in saying.rows()):
        return mermaid(PROCESSES.values(), names)
    return "\n".join(_by_occasion(said.messages))


def _by_occasion(said: Sequence[MessageEntry]) -> Iterator[str]:
    """The sequence of what no row says; between nodes it is the answer to a message of any block."""
    speak = saying.unique(role for each in said for role in each.senders)
    hear = saying.unique(role for each in said for role in each.receivers)
    answers = speak == hear
    yield "sequenceDiagram"
    yield f"    participant P0 as {_roles(speak)}{' that received' if answers else ''}"
    yield f"    participant P1 as {_roles(hear)}{' that sent' if answers else ''}"
    if answers:
        yield "    P1->>P0: a message of any block"
    for each in said:
        yield from (f"    Note over P0,P1: {trigger.title}" for trigger in each.triggers)
        yield f"    P0->>P1: {each.name}"


def _triggers(each: MessageEntry) -> Iterator[tuple[str, ...]]:
    answers = "; ".join(dict.fromkeys(_answer(reply) for reply in each.replies)) or "-"
    for trigger in each.triggers:
        yield (
            each.type_code,
            each.name,
            f"{trigger.title} (`{trigger.step}`)",
            _roles(trigger.senders),
            _roles(trigger.receivers),
            answers,
        )


def _answer(reply: Reply) -> str:
    return f"{reply.message} (`{reply.rule}`)" if reply.rule else f"{reply.message} ({reply.source})"


def _deadlines(said: Manifest) -> Iterator[str]:
    rows = {
        (f"`{reply.rule}`", term.regime, term.since, _number(term.value, term.unit), term.reason or "", term.reference)
        for each in said.messages
        for reply in each.replies
        for term in reply.terms
    }
    if rows:
        yield "The deadlines of the answers, as each regime sets them:\n"
        yield _table(("Rule", "Regime", "From", "Time", "Why none", "Source"), sorted(rows)) + "\n"


def _number(value: int | None, unit: str) -> str:
    return "none" if value is None else f"{value} {unit}"


def _data(package: Package, said: Manifest) -> Iterator[str]:
    yield "## 3. Data\n"
    for message in saying.messages(package):
        yield f"### {message.code} {message.name}\n"
        rows = [_field(spec, required) for spec, required in present_at(message.document, message.stage, package.minor)]
        yield _table(("Block", "Element", "Says", "Use", "Sealed from", "Code list", "Law"), rows) + "\n"
    lists = [(each.id, each.title) for each in said.code_lists]
    yield "Code lists: " + ("; ".join(f"{name} ({title})" for name, title in lists) or "none") + ".\n"
    yield "Personal data, by category:\n"
    kept = [(each.category, ", ".join(each.elements)) for each in said.personal_data_categories]
    yield _table(("Category", "Elements"), kept) + "\n" if kept else "none.\n"


def _field(spec: FieldSpec, required: bool) -> tuple[str, ...]:
    many = ", several" if spec.many else ""
    return (
        spec.block.number or "",
        spec.tag,
        spec.block.says,
        ("required" if required else "optional") + many,
        spec.block.sealed_from or "",
        spec.block.codes or "",
        spec.block.law or "",
    )


def _technique(said: Manifest) -> Iterator[str]:
    yield "## 4. Technique\n"
    folder = f"schemas/{said.id}/{said.version.partition('.')[0]}"
    yield f"Namespace `{said.namespace}`; XSD {', '.join(f'`{folder}/{each}`' for each in said.xsd)}.\n"
    yield _TECHNIQUE.format(mebibytes=limits.MOST_BYTES // 2**20, block=said.id)
    yield "Conformance tests, each with what a node has to answer:\n"
    rows = [
        (f"`{folder}/{each.file}`", "valid" if each.valid else f"refused: {', '.join(each.gives)}")
        for each in said.conformance_tests
    ]
    yield _table(("File", "Answer"), rows) + "\n"


def _dictionary() -> Iterator[str]:
    yield "# The data dictionary\n"
    yield _MADE
    yield (
        "One line for each element of each document, from the declaration that also makes the XSD (`xs:appinfo`), the "
        "forms and the pointers of findings. The ids are those of the WCO Data Model 3.6 and the UN/CEFACT aggregate "
        "library; where none stands, none is verified.\n"
    )
    seen: set[str] = set()
    for message in MESSAGES.values():
        name = message.document.__name__
        if name not in seen:
            seen.add(name)
            yield f"## {name}\n"
            yield f"{(message.document.__doc__ or '').partition(chr(10))[0]}\n"
            yield _table(("Element", "Block", "Says", "Type", "WCO", "UN/CEFACT", "Law"), _lines(message)) + "\n"


def _lines(message: Message) -> Iterator[tuple[str, ...]]:
    for path, spec in walked(message):
        if path.startswith(f"{message.body}/"):
            yield (
                path.partition("/")[2],
                spec.block.number or "",
                spec.block.says,
                _type(spec),
                spec.block.wco or "",
                spec.block.cefact or "",
                spec.block.law or "",
            )


def _type(spec: FieldSpec) -> str:
    if spec.nested:
        return "parts"
    if spec.block.codes:
        return f"code of {spec.block.codes}"
    return spec.lexical.name if spec.lexical else spec.type.__name__


def _roles(roles: Sequence[Role]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)


def _table(heads: Sequence[str], found: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *found]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)
