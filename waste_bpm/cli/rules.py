"""The catalogue of rules by which documents are checked."""

from collections.abc import Iterator

from waste_bpm.casework.record import documents
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns
from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.model import rules as rules_of


@job(
    examples=("waste-bpm rules list", "waste-bpm rules list --json", "waste-bpm rules list | grep N20"),
)
@as_json
def rules(json_: bool) -> None:
    """List the rules across the fields of documents, with block and law.

    The rules of the procedure itself stand in the tables of the processes: `waste-bpm process show NAME`.
    """
    found = list(dict.fromkeys(row for model in documents().values() for row in _rules(model)))
    names = ("id", "document", "block", "law", "fix")
    content = {"rules": [dict(zip(names, row, strict=True)) for row in found]}
    rows = [
        ("RULE", "DOCUMENT", "BLOCK", "LAW"),
        *((id_, said, block or "-", law) for id_, said, block, law, _ in found),
    ]
    answer("rules", content, columns(rows), json_=json_)


_Row = tuple[str, str, str | None, str, str]


def _rules(model: type[Document]) -> Iterator[_Row]:
    """The rules of a document and of the parts it is made of."""
    specs = {spec.name: spec for spec in fields(model)}
    for rule in rules_of(model):
        yield rule.id, model.__name__, specs[rule.field].block.number, rule.law, rule.fix
    for spec in specs.values():
        if spec.nested:
            yield from _rules(spec.type)
