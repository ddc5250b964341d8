"""What an authority decides beside consent: objection, silence, update, withdrawal, prohibition."""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.answers import Condition, caps_comparable, least_quantity, least_shipments
from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Count, CountryCode, Day, Lexical, Line, NoneOrMore, Words
from waste_bpm.vocabulary import Quantity

GroundCode = Annotated[
    str,
    Lexical(name="GroundCode", base="xs:token", example="12(1)(a)", pattern=r"[0-9]{1,2}(\([0-9]{1,2}\))?(\([a-z]\))?"),
]


class Ground(Document):
    """One ground of an objection: the provision it rests on, where the regime has a list of them, and its words."""

    code: Annotated[GroundCode | None, Block(says="Provision", number="N21", wco="226")] = None
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
    """The record of a silence that consents: the rule, its days, and what it rests on (Basel Art. 6(4))."""

    country: Annotated[CountryCode, Block(says="State that kept silent", number="N20", codes="COUNTRY")]
    rule: Annotated[Line, Block(says="Rule")]
    reference: Annotated[Line, Block(says="Where the rule is written")]
    counted_from: Annotated[Day, Block(says="First day", law="Basel Art. 6(4)")]
    counted_to: Annotated[Day, Block(says="Last day for an answer")]
    days: Annotated[Count, Block(says="Days of the period")]
    uncounted: Annotated[NoneOrMore, Block(says="Days of it that the rule did not count")] = 0
    zone: Annotated[Line | None, Block(says="Time zone in which its days were counted")] = None
    waiver: Annotated[
        Line | None, Block(says="Where the waiver of written consent is recorded", law="Basel Art. 6(4)")
    ] = None
    valid_until: Annotated[Day, Block(says="Presumed until", number="N20", law="Basel Art. 6(8)")]


class Outcome(StrEnum):
    """What a decision becomes when it is changed."""

    CONSENT = "consent"
    OBJECTION = "objection"


class DecisionUpdate(Document):
    """An authority changes its decision: an objection becomes a consent, a consent an objection, conditions change."""

    country: Annotated[CountryCode, Block(says="State that decides anew", number="N20", codes="COUNTRY")]
    decided_on: Annotated[Day, Block(says="Decided on", number="N20")]
    replaces: Annotated[Count, Block(says="Number of the decision that it replaces")]
    becomes: Annotated[Outcome, Block(says="What the decision is now", number="N20")]
    valid_from: Annotated[Day | None, Block(says="Valid from", number="N20")] = None
    valid_until: Annotated[Day | None, Block(says="Valid until", number="N20")] = None
    contract_confirmed: Annotated[
        bool | None, Block(says="Existence of the contract confirmed", number="N17", law="Basel Art. 6(3)(b)")
    ] = None
    conditions: Annotated[tuple[Condition, ...], Block(says="Conditions", number="N21")] = ()
    grounds: Annotated[tuple[Ground, ...], Block(says="Grounds", number="N21")] = ()
    reason: Annotated[tuple[Words, ...], Block(says="Why the decision is changed"), MinLen(1)]

    @property
    def most_quantity(self) -> Quantity | None:
        """The lowest cap on the quantity that a condition sets."""
        return least_quantity(self.conditions)

    @property
    def most_shipments(self) -> int | None:
        """The lowest cap on the number of shipments that a condition sets."""
        return least_shipments(self.conditions)

    @property
    def decision(self) -> int:
        """The number of this decision: the authority's next one."""
        return self.replaces + 1

    @rule(
        "n21-caps-comparable",
        field="conditions",
        law="Basel Art. 6(2)",
        fix="State every cap as a mass, or every cap as a volume.",
    )
    def _comparable(self) -> str | None:
        return caps_comparable(self.conditions)

    @rule(
        "n20-update-complete",
        field="becomes",
        law="Basel Art. 6(2)",
        fix="A consent needs its first and last day of validity, in order; an objection needs its grounds.",
    )
    def _complete(self) -> str | None:
        if self.becomes is Outcome.OBJECTION:
            return None if self.grounds else "The decision becomes an objection, and no ground is given."
        if self.valid_from and self.valid_until and self.valid_from < self.valid_until:
            return None
        return "The decision becomes a consent, and its validity is missing or not in order."


class ConsentWithdrawal(Document):
    """An authority withdraws its consent for shipments that have not departed."""

    country: Annotated[CountryCode, Block(says="State that withdraws", number="N20", codes="COUNTRY")]
    effective_on: Annotated[Day, Block(says="Effective on", number="N20")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason", number="N21"), MinLen(1)]


class Prohibition(Document):
    """An authority bars every departure of the file, whatever was consented to, until it lifts the bar."""

    country: Annotated[CountryCode, Block(says="State that prohibits", codes="COUNTRY")]
    prohibited_on: Annotated[Day, Block(says="From")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]


class ProhibitionEnd(Document):
    """An authority lifts a prohibition; the file stands where it stood."""

    country: Annotated[CountryCode, Block(says="State that lifts the prohibition", codes="COUNTRY")]
    lifted_on: Annotated[Day, Block(says="Lifted on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]
