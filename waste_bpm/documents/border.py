"""What customs record beyond papers and result: selection, inspection, samples, passage, and a load handed over.

Blocks 20 to 22 of the movement document; the word of the competent authority on a load that is held (Basel Art. 9).
"""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Day, Instant, Line, PartyID, Place, Seal, Words


class RiskSelection(Document):
    """Whether a load is taken out for an inspection, on which grounds; indicators are practice, not law."""

    selected: Annotated[bool, Block(says="Selected for inspection")]
    indicators: Annotated[tuple[Line, ...], Block(says="Risk indicators that were met")] = ()
    decided_at: Annotated[Instant, Block(says="Decided at")]


class Inspector(Document):
    """One agency that takes part in an inspection, and the officer who signs for it."""

    agency: Annotated[PartyID, Block(says="Agency")]
    officer: Annotated[Line, Block(says="Officer", personal="official")]


class Inspection(Document):
    """A physical inspection, by one agency or by several together (Basel Art. 9(1)(d))."""

    inspected_at: Annotated[Instant, Block(says="Inspected at")]
    inspectors: Annotated[tuple[Inspector, ...], Block(says="Who inspected"), MinLen(1)]
    joint: Annotated[bool, Block(says="Joint inspection of several agencies")] = False
    seals_intact: Annotated[bool | None, Block(says="Seals intact, with the numbers recorded")] = None
    new_seals: Annotated[tuple[Seal, ...], Block(says="Seals put on afterwards")] = ()
    conforms: Annotated[bool, Block(says="The load is what its papers say", law="Basel Art. 9(1)(d)")]
    findings: Annotated[tuple[Words, ...], Block(says="What was found")] = ()

    @rule(
        "inspection-joint",
        field="inspectors",
        law="Basel Art. 9(1), 10(2)",
        fix="Name each agency that took part, or record the inspection as that of one agency.",
    )
    def _joint(self) -> str | None:
        if not self.joint or len({each.agency for each in self.inspectors}) > 1:
            return None
        return "A joint inspection names one agency only."

    @rule(
        "inspection-finding-said",
        field="findings",
        law="Basel Art. 9(1)(d)",
        fix="Write down what was found; the competent authority decides on it.",
    )
    def _said(self) -> str | None:
        return None if self.conforms or self.findings else "The load does not conform, and nothing says in what."


class SampleTaken(Document):
    """A sample was taken for a laboratory."""

    sample: Annotated[Line, Block(says="Number of the sample")]
    taken_at: Annotated[Instant, Block(says="Taken at")]
    laboratory: Annotated[Line, Block(says="Laboratory")]


class SampleResult(Document):
    """What the laboratory found in a sample."""

    answered: Annotated[Line, Block(says="Number of the sample")]
    analysed_on: Annotated[Day, Block(says="Analysed on")]
    conforms: Annotated[bool, Block(says="The sample is what the papers say", law="Basel Art. 9(1)(d)")]
    result: Annotated[tuple[Words, ...], Block(says="Result"), MinLen(1)]


class ExitConfirmation(Document):
    """Block 20: the waste left the State of export; the watch for its receipt begins (Basel Art. 6(9))."""

    office: Annotated[PartyID, Block(says="Customs office", number="M20", wco="G005")]
    place: Annotated[Place, Block(says="Border point", number="M20")]
    left_on: Annotated[Day, Block(says="Waste left on", number="M20", wco="277")]


class EntryConfirmation(Document):
    """Block 21: the waste entered the State of import."""

    office: Annotated[PartyID, Block(says="Customs office", number="M21", wco="G015")]
    place: Annotated[Place, Block(says="Border point", number="M21")]
    entered_on: Annotated[Day, Block(says="Waste entered on", number="M21", wco="277")]


class TransitPassage(Document):
    """Block 22: the waste left a State of transit again."""

    office: Annotated[PartyID, Block(says="Customs office of exit", number="M22")]
    place: Annotated[Place, Block(says="Border point", number="M22")]
    passed_on: Annotated[Day, Block(says="Waste left on", number="M22")]


class DetentionNotice(Document):
    """Customs hand a held load over to the competent authority, which decides (Basel Art. 9)."""

    office: Annotated[PartyID, Block(says="Customs office")]
    handed_over_at: Annotated[Instant, Block(says="Handed over at")]
    kept_at: Annotated[Line, Block(says="Where the load is kept")]
    reasons: Annotated[tuple[Words, ...], Block(says="Why it is held", law="Basel Art. 9(1)"), MinLen(1)]


class Instruction(StrEnum):
    """What the authority of the State of export says shall become of a load that is held."""

    RELEASE = "release"
    RETURN = "return"
    SEIZE = "seize"


class DetentionInstruction(Document):
    """The authority of the State of export decides in writing on a load that is held (Basel Art. 8, 9)."""

    office: Annotated[PartyID, Block(says="Customs office that holds the load")]
    instruction: Annotated[Instruction, Block(says="What shall become of it")]
    decided_on: Annotated[Day, Block(says="Decided on")]
    reasons: Annotated[tuple[Words, ...], Block(says="Reasons"), MinLen(1)]
