"""Technical signals: what a node answers to a message that arrived. They speak of bytes, never of the law.

A receipt says that the bytes are stored, a report what the gate has to say about them, a rejection why a valid message
was not recorded, a notice that an identity was used twice. Whether anybody acknowledges, consents or objects is said by
a message of its own, and by a person.
"""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Count, Digest, Instant, Line, MessageID, RuleID, Words
from waste_bpm.vocabulary import Severity

_OWN = "policy of the block"


class Result(StrEnum):
    """What became of the bytes: stored now, or on file before."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"


class Overall(StrEnum):
    """The verdict of the gate on some bytes."""

    ACCEPTED = "accepted"
    WITH_WARNINGS = "accepted_with_warnings"
    REJECTED = "rejected"


class ReportedFinding(Document):
    """One reason, or one thing to look at: what, where, why, and how to cure it."""

    rule: Annotated[RuleID, Block(says="Rule", wco="377", cefact="UN01010754 TypeCode")]
    level: Annotated[Line | None, Block(says="The check that found it", cefact="UN01010754 LevelCode")] = None
    severity: Annotated[Severity, Block(says="How much it weighs")]
    text: Annotated[
        tuple[Words, ...], Block(says="What is wrong", wco="488", cefact="UN01010754 Description"), MinLen(1)
    ]
    fix: Annotated[tuple[Words, ...], Block(says="How to cure it")] = ()
    path: Annotated[
        Line | None, Block(says="The element, from the root", wco="375, 381", cefact="UN01010754 ReferencedItem")
    ] = None
    position: Annotated[Count | None, Block(says="Line of the file")] = None
    form_block: Annotated[Line | None, Block(says="Block of the form")] = None
    value: Annotated[Line | None, Block(says="The value that was given", personal="quoted value")] = None
    law: Annotated[Line | None, Block(says="Legal basis")] = None


class Receipt(Document):
    """Proof that a node holds the bytes of a message, and since when; it says nothing about the law."""

    message: Annotated[MessageID, Block(says="Identity of the message that arrived", wco="D026")]
    digest: Annotated[Digest, Block(says="SHA-256 of the bytes that arrived")]
    received_at: Annotated[Instant, Block(says="Stored since", wco="023")]
    result: Annotated[Result, Block(says="Stored now, or before")]
    flags: Annotated[tuple[RuleID, ...], Block(says="Rules that the receiver reads differently")] = ()


class ValidationReport(Document):
    """What the gate has to say about some bytes: the verdict, and every finding of the first check that failed."""

    message: Annotated[MessageID | None, Block(says="Identity of the message, where it could be read", wco="D026")] = (
        None
    )
    digest: Annotated[Digest, Block(says="SHA-256 of the bytes that were judged")]
    judged_at: Annotated[Instant, Block(says="Judged at", wco="D029")]
    overall: Annotated[Overall, Block(says="Verdict")]
    findings: Annotated[tuple[ReportedFinding, ...], Block(says="Findings", cefact="UN01010754")] = ()

    @rule(
        "report-verdict-reasoned",
        field="overall",
        law=_OWN,
        fix="Reject for an error and for nothing else; name each warning, and call it one.",
    )
    def _reasoned(self) -> str | None:
        worst = {each.severity for each in self.findings}
        passed = Overall.WITH_WARNINGS if worst else Overall.ACCEPTED
        fits = Overall.REJECTED if Severity.ERROR in worst else passed
        return None if self.overall is fits else f"The findings say {fits}, the verdict says {self.overall}."


class BusinessRejection(Document):
    """A valid message was not recorded: nobody of the node is addressed, or its sender may not say this here."""

    message: Annotated[MessageID, Block(says="Identity of the message that arrived", wco="D026")]
    digest: Annotated[Digest, Block(says="SHA-256 of the bytes that arrived")]
    rejected_at: Annotated[Instant, Block(says="Rejected at", wco="374")]
    final: Annotated[bool, Block(says="Sending the same bytes again will not help")]
    findings: Annotated[tuple[ReportedFinding, ...], Block(says="Reasons", cefact="UN01010754"), MinLen(1)]


class DuplicateNotice(Document):
    """The identity of a message was used again for other bytes: somebody has to look, for neither is to be believed."""

    message: Annotated[MessageID, Block(says="Identity that was used twice", wco="D026")]
    digest: Annotated[Digest, Block(says="SHA-256 of the bytes that arrived now")]
    on_file: Annotated[Digest, Block(says="SHA-256 of the bytes on file")]
    received_at: Annotated[Instant, Block(says="The bytes on file are stored since", wco="023")]
    noticed_at: Annotated[Instant, Block(says="Noticed at", wco="374")]

    @rule(
        "notice-bytes-differ",
        field="on_file",
        law=_OWN,
        fix="The same bytes again get their first receipt, with the result duplicate.",
    )
    def _differ(self) -> str | None:
        return "Both digests are the same." if self.digest == self.on_file else None
