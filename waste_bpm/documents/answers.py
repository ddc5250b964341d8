"""What authorities answer, and what is asked and told around it: blocks 19 to 21 of the notification."""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Count, CountryCode, Day, FormCode, Line, Words
from waste_bpm.vocabulary import Quantity


class Acknowledgement(Document):
    """Block 19: an authority states when it received the notification and when it acknowledges it (Basel Art. 6(4))."""

    country: Annotated[CountryCode, Block(says="State", number="N19", codes="COUNTRY")]
    received_on: Annotated[
        Day,
        Block(
            says="Notification received on", number="N19", law="Basel Art. 6(4)", cefact="UN03000204 ReceiptDateTime"
        ),
    ]
    acknowledged_on: Annotated[Day, Block(says="Acknowledgement sent on", number="N19")]

    @rule(
        "n19-acknowledged-after-receipt",
        field="acknowledged_on",
        law="Basel Art. 6(4)",
        fix="Give the day on which the acknowledgement was sent; it cannot lie before the day of receipt.",
    )
    def _in_order(self) -> str | None:
        if self.acknowledged_on >= self.received_on:
            return None
        return f"Acknowledged on {self.acknowledged_on}, before the notification was received on {self.received_on}."


class Question(Document):
    """One thing that is missing or unclear, and the block it concerns."""

    block: Annotated[Line, Block(says="Block concerned")]
    text: Annotated[tuple[Words, ...], Block(says="What is asked"), MinLen(1)]


class InformationRequest(Document):
    """An authority asks for more before it decides (Basel Art. 6(2))."""

    country: Annotated[CountryCode, Block(says="State that asks", codes="COUNTRY")]
    request: Annotated[Line, Block(says="Reference of the request")]
    questions: Annotated[tuple[Question, ...], Block(says="Questions", law="Basel Art. 6(2)"), MinLen(1)]
    reply_by: Annotated[Day | None, Block(says="Reply asked for by")] = None


class Reply(Document):
    """The answer to one question."""

    block: Annotated[Line, Block(says="Block concerned")]
    text: Annotated[tuple[Words, ...], Block(says="The answer"), MinLen(1)]


class InformationReply(Document):
    """The notifier answers an information request, point by point (Basel Art. 6(2))."""

    country: Annotated[CountryCode, Block(says="State that asked", codes="COUNTRY")]
    request: Annotated[Line, Block(says="Reference of the request")]
    replies: Annotated[tuple[Reply, ...], Block(says="Answers"), MinLen(1)]


class Withdrawal(Document):
    """The notifier stops the procedure."""

    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]


class Condition(Document):
    """Block 21: a condition in words, and the caps it sets."""

    text: Annotated[
        tuple[Words, ...], Block(says="Condition", number="N21", wco="225", cefact="UN03000303 Condition"), MinLen(1)
    ]
    most_quantity: Annotated[Amount | None, Block(says="At most this quantity in all", number="N21")] = None
    most_shipments: Annotated[Count | None, Block(says="At most this many shipments", number="N21")] = None


class ConsentDecision(Document):
    """Block 20: written consent, with or without conditions (Basel Art. 6(2), 6(4))."""

    country: Annotated[CountryCode, Block(says="State that consents", number="N20", codes="COUNTRY")]
    decided_on: Annotated[
        Day, Block(says="Consent given on", number="N20", law="Basel Art. 6(2)", cefact="UN03000303 DecisionDateTime")
    ]
    valid_from: Annotated[Day, Block(says="Valid from", number="N20", cefact="UN03000303 ValidityTMWDelimitedPeriod")]
    valid_until: Annotated[
        Day,
        Block(says="Valid until", number="N20", law="Basel Art. 6(8)", cefact="UN03000303 ValidityTMWDelimitedPeriod"),
    ]
    contract_confirmed: Annotated[
        bool | None, Block(says="Existence of the contract confirmed", number="N17", law="Basel Art. 6(3)(b)")
    ] = None
    conditions: Annotated[
        tuple[Condition, ...], Block(says="Conditions", number="N21", wco="03A", cefact="UN03000303 Condition")
    ] = ()

    @property
    def most_quantity(self) -> Quantity | None:
        """The lowest cap on the quantity that a condition sets."""
        caps = [each.most_quantity for each in self.conditions if each.most_quantity is not None]
        return min(caps, key=lambda cap: cap.base) if caps else None

    @property
    def most_shipments(self) -> int | None:
        """The lowest cap on the number of shipments that a condition sets."""
        return min((each.most_shipments for each in self.conditions if each.most_shipments), default=None)

    @rule(
        "n21-caps-comparable",
        field="conditions",
        law="Basel Art. 6(2)",
        fix="State every cap as a mass, or every cap as a volume.",
    )
    def _comparable(self) -> str | None:
        caps = [each.most_quantity for each in self.conditions if each.most_quantity is not None]
        if len({cap.dimension for cap in caps}) < 2:
            return None
        return f"The conditions cap the quantity at {' and at '.join(map(str, caps))}: which is less cannot be said."

    @rule(
        "n20-validity-in-order",
        field="valid_until",
        law="Basel Art. 6(8)",
        fix="Give a last day of validity that lies after the first.",
    )
    def _in_order(self) -> str | None:
        if self.valid_until > self.valid_from:
            return None
        return f"The consent would end on {self.valid_until}, not after its first day {self.valid_from}."


class Ground(Document):
    """One ground of an objection."""

    code: Annotated[FormCode | None, Block(says="Coded ground", number="N21", wco="226")] = None
    text: Annotated[
        tuple[Words, ...],
        Block(says="Ground in words", number="N21", wco="225", cefact="UN03000303 Objection"),
        MinLen(1),
    ]


class ObjectionDecision(Document):
    """Blocks 20 and 21: the authority denies permission, with its grounds (Basel Art. 6(2))."""

    country: Annotated[CountryCode, Block(says="State that objects", number="N20", codes="COUNTRY")]
    decided_on: Annotated[Day, Block(says="Decided on", number="N20")]
    grounds: Annotated[tuple[Ground, ...], Block(says="Grounds", number="N21"), MinLen(1)]


class TacitConsent(Document):
    """The record that a transit State which waived written consent kept silent to the end (Basel Art. 6(4))."""

    country: Annotated[CountryCode, Block(says="Transit State", number="N20", codes="COUNTRY")]
    counted_from: Annotated[Day, Block(says="Notification received on", law="Basel Art. 6(4)")]
    counted_to: Annotated[Day, Block(says="Last day for an answer")]
    days: Annotated[Count, Block(says="Days of the rule")]
    waiver: Annotated[Line, Block(says="Where the waiver of written consent is recorded", law="Basel Art. 6(4)")]
    valid_until: Annotated[Day, Block(says="Presumed until", number="N20", law="Basel Art. 6(8)")]


class ConsentWithdrawal(Document):
    """An authority withdraws its consent for shipments that have not departed."""

    country: Annotated[CountryCode, Block(says="State that withdraws", number="N20", codes="COUNTRY")]
    effective_on: Annotated[Day, Block(says="Effective on", number="N20")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason", number="N21"), MinLen(1)]
