"""What authorities answer, and what is asked and told around it: blocks 19 to 21 of the notification."""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Count, CountryCode, Day, Line, Words
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


def least_quantity(conditions: tuple[Condition, ...]) -> Quantity | None:
    """The lowest cap on the quantity that a condition sets."""
    caps = [each.most_quantity for each in conditions if each.most_quantity is not None]
    return min(caps, key=lambda cap: cap.base) if caps else None


def least_shipments(conditions: tuple[Condition, ...]) -> int | None:
    """The lowest cap on the number of shipments that a condition sets."""
    return min((each.most_shipments for each in conditions if each.most_shipments), default=None)


def caps_comparable(conditions: tuple[Condition, ...]) -> str | None:
    """What is wrong when caps of several dimensions are set: which is the lowest cannot be said."""
    caps = [each.most_quantity for each in conditions if each.most_quantity is not None]
    if len({cap.dimension for cap in caps}) < 2:
        return None
    return f"The conditions cap the quantity at {' and at '.join(map(str, caps))}: which is less cannot be said."


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
        return least_quantity(self.conditions)

    @property
    def most_shipments(self) -> int | None:
        """The lowest cap on the number of shipments that a condition sets."""
        return least_shipments(self.conditions)

    @rule(
        "n21-caps-comparable",
        field="conditions",
        law="Basel Art. 6(2)",
        fix="State every cap as a mass, or every cap as a volume.",
    )
    def _comparable(self) -> str | None:
        return caps_comparable(self.conditions)

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


class NotificationReading(Document):
    """An officer has read the notification, perhaps with remarks; this has no legal effect and starts no clock."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    read_on: Annotated[Day, Block(says="Read on")]
    remarks: Annotated[tuple[Words, ...], Block(says="Remarks")] = ()
