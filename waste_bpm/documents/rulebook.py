"""The catalogue of what documents are checked by: every rule with its block, and where rules across blocks are kept.

Rules of one document stand beside its fields; those that need other facts (the ledger, the consents, the calendar) are
guards of the processes. `CROSS_BLOCK` says which is which, so that none is forgotten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waste_bpm.documents.model import Document, Rule, fields, rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A rule in its place: the document that it belongs to and the block that it points to."""

    rule: Rule
    document: str
    block: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class General:
    """A check that holds for every field of its kind, in every document."""

    id: str
    says: str
    law: str


GENERAL = (
    General(id="field-missing", says="What a document needs from its stage on is there.", law="Annex V A and V B"),
    General(id="code-unknown", says="A code stands in its list.", law="the source of the list"),
    General(
        id="code-withdrawn", says="A code is still valid on the day of the document.", law="the source of the list"
    ),
    General(
        id="code-not-yet-valid",
        says="A code is already valid on the day of the document.",
        law="the source of the list",
    ),
    General(id="country-unknown", says="A country is one of ISO 3166-1.", law="ISO 3166-1"),
    General(id="regime-unknown", says="A regime has its file of law.", law="law/regimes"),
    General(
        id="quantity-decimals",
        says="A declared quantity has no more decimals than the regime takes.",
        law="quantity_decimals_tonnes",
    ),
    General(
        id="text-language-twice",
        says="Free text is said once in each language, the authentic one first.",
        law="the forms",
    ),
)
"""The checks that no document declares by itself."""

CROSS_BLOCK = (
    ("X1", "Block 3B and the codes of block 11 are of one family", "n11-operations-fit-category"),
    ("X2", "An interim operation names what follows it", "n10-interim-followed"),
    ("X3", "One shipment is an individual notification", "n3-scope-fits-number"),
    ("X4", "The span of block 6 is within the limit of the regime", "guard: the period is a number of the regime"),
    (
        "X5",
        "The code of block 14.i is valid on the day of signature and of shipment",
        "code-withdrawn, m14-codes-still-valid",
    ),
    ("X6", "Annex VIII needs Y and H; Annex II has no H", "n14-hazard-stated, n14-other-waste-without-hazard"),
    ("X7", "H code and UN class agree", "n14-class-fits-hazard"),
    ("X8", "A mirror entry needs a reason", "n14-mirror-explained"),
    ("X9", "A UN class needs a UN number", "n14-number-with-class"),
    ("X10", "The route begins and ends with the States of blocks 1, 2 and 10", "n15-route-joined"),
    ("X11", "Each State of block 15 has its answer", "process: one answer for each State"),
    ("X12", "The consents have days in common, which cover departure and arrival", "guard: needs the consents"),
    ("X13", "The loads together stay within the lowest cap", "guard: needs the ledger"),
    ("X14", "A recovery yields something", "n11-recovery-worth-it"),
    ("X15", "An entry bound to an operation goes there", "n11-entry-bound-to-operation"),
    ("X16", "Customs code and waste code correlate, or a reason is given", "n14-customs-code-correlates"),
    ("X17", "The pre-consent covers what is notified", "guard: needs the register of pre-consents"),
    ("X18", "Y48 between OECD States follows national treatment", "legality: needs the treatment by both States"),
    ("X19", "No State stands twice on the route", "n15-no-state-twice"),
)
"""The rules across blocks: what each asks, and which rule, guard or process keeps it."""


def entries(models: Iterable[type[Document]]) -> tuple[Entry, ...]:
    """Every rule of the documents and of the parts they are made of, once each, in the order of the forms."""
    found = {(entry.rule.id, entry.document): entry for model in models for entry in _of(model)}
    return tuple(found.values())


def _of(model: type[Document]) -> Iterator[Entry]:
    specs = {spec.name: spec for spec in fields(model)}
    for rule in rules(model):
        yield Entry(rule=rule, document=model.__name__, block=specs[rule.field].block.number)
    for spec in specs.values():
        if spec.nested:
            yield from _of(spec.type)
