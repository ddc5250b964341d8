"""What is intended, and what must agree in it: the rules of blocks 1 to 12 of the notification (Annex V A)."""

from typing import Any

from waste_bpm.documents.model import rule
from waste_bpm.documents.notification_form import NotificationForm, NotifierKind, OperationCategory, ShipmentScope
from waste_bpm.documents.parts import undescribed
from waste_bpm.law import codes, numbers
from waste_bpm.law.operations import bound
from waste_bpm.vocabulary import Severity


class NotificationPlan(NotificationForm):
    """Blocks 1 to 12: by whom, how much, when, how, by which operation, and of what the waste consists."""

    def annexed(self, block: str) -> bool:
        """Whether a paper is annexed to a block."""
        return any(annex.to_block == block for annex in self.annexes)

    @rule(
        "n1-dealer-authorised",
        field="notifier_kind",
        law="Regulation (EU) 2024/1157, Art. 3(6)",
        fix="Annex to block N1 the contract or the written authorisation of the producer.",
        stage="submit",
    )
    def _dealer(self) -> str | None:
        if self.notifier_kind not in (NotifierKind.DEALER, NotifierKind.BROKER) or self.annexed("N1"):
            return None
        return f"The notifier is a {self.notifier_kind}, but no authorisation of the producer is annexed."

    @rule(
        "n3-number-of-scheme",
        field="number",
        law="Regulation (EC) 1013/2006, Annex IC, points 3-12",
        fix="Give the number that the authority of export issued.",
    )
    def _numbered(self) -> str | None:
        signed = self.declaration.signed_on if self.declaration else self.first_departure
        strange = numbers.problem(self.number, self.notifier.country, signed)
        return f"{strange.message} {strange.fix}" if strange else None

    @rule(
        "n3-scope-fits-number",
        field="scope",
        law="Basel Art. 6(6)",
        fix="Give 1 shipment for an individual notification, more than 1 for a general one.",
    )
    def _scope(self) -> str | None:
        if (self.scope is ShipmentScope.INDIVIDUAL) == (self.intended_shipments == 1):
            return None
        return f"Block 3A says {self.scope}, block 4 says {self.intended_shipments} shipments."

    @rule(
        "n3-pre-consent-for-recovery",
        field="pre_consented",
        law="OECD Decision C(2001)107, ch. II.D(2), case 2",
        fix="Answer no in block 3C, or yes in block 3B to recovery.",
    )
    def _pre_consented(self) -> str | None:
        if self.pre_consented and self.category is OperationCategory.DISPOSAL:
            return "Block 3C says pre-consented facility, but block 3B says disposal; pre-consent is for recovery."
        return None

    @rule(
        "n5-quantities-comparable",
        field="other_quantity",
        law="Annex V A 15",
        fix="Give the total in one measure and, beside it, in the other; every other quantity in that of the total.",
    )
    def _comparable(self) -> str | None:
        total = self.intended_quantity
        if self.other_quantity is not None and self.other_quantity.dimension == total.dimension:
            return f"{total} and {self.other_quantity} are both a {total.dimension}."
        same = [each for each in (self.least_quantity, self.shipment_quantity) if each is not None]
        strange = [str(each) for each in same if each.dimension != total.dimension]
        return f"{', '.join(strange)} cannot be compared with the total of {total}." if strange else None

    @rule(
        "n5-quantities-in-order",
        field="intended_quantity",
        law="Annex V A 15",
        fix="The total is the most that may be shipped: neither the least total nor one shipment is more.",
    )
    def _quantities(self) -> str | None:
        total = self.intended_quantity
        parts = [each for each in (self.least_quantity, self.shipment_quantity) if each is not None]
        more = [str(each) for each in parts if each.dimension == total.dimension and total < each]
        return f"{', '.join(more)} is more than the total of {total}." if more else None

    @rule(
        "n6-departures-in-order",
        field="last_departure",
        law="Annex V A 10",
        fix="Give a last departure that is not before the first.",
    )
    def _departures(self) -> str | None:
        if self.first_departure <= self.last_departure:
            return None
        return f"The last departure, {self.last_departure}, lies before the first, {self.first_departure}."

    @rule(
        "n7-packaging-described",
        field="packaging_other",
        law="Annex V A 14",
        fix="Write in words what the packaging is.",
    )
    def _packaging(self) -> str | None:
        unsaid = undescribed("PACKAGING", self.packaging, self.packaging_other)
        return f"Packaging type {unsaid} stands without its description." if unsaid else None

    @rule(
        "n7-handling-explained",
        field="handling_instructions",
        law="Annex V A 13",
        fix="Write the handling instructions, with what to do in an accident.",
    )
    def _handling(self) -> str | None:
        if self.special_handling and not self.handling_instructions:
            return "Special handling is required, but no instructions are given."
        return None

    @rule(
        "n10-interim-followed",
        field="later_facilities",
        law="Regulation (EC) 1013/2006, Annex IC, points 21-22",
        fix="Name every later facility with its operation, up to one that is no interim operation.",
        stage="submit",
    )
    def _interim(self) -> str | None:
        last = [code for later in self.later_facilities for code in later.operations]
        if not all(codes.interim(code, "form") for code in self.operations if _held(code)):
            return None
        if any(codes.interim(code, "form") is False for code in last if _held(code)):
            return None
        return f"{', '.join(self.operations)} is interim, and no later facility names the operation that ends it."

    @rule(
        "n11-operations-fit-category",
        field="operations",
        law="Basel Annex IV",
        fix="Disposal takes D codes, recovery takes R codes; correct block 3B or block 11.",
    )
    def _operations(self) -> str | None:
        letter = "D" if self.category is OperationCategory.DISPOSAL else "R"
        wrong = [code for code in self.operations if not code.startswith(letter)]
        return f"Block 3B says {self.category}, but block 11 names {', '.join(wrong)}." if wrong else None

    @rule(
        "n11-entry-bound-to-operation",
        field="operations",
        law="Basel Convention, Annex IX",
        fix="Correct block 11, or name the waste by the entry that covers it.",
    )
    def _bound(self) -> str | None:
        held = bound(self.waste.basel.code)
        if held is None or held.allows(self.operations):
            return None
        before = f", after {' or '.join(held.before)} at most" if held.before else ""
        return (
            f"{held.code} is waste for {held.operation}{before}, block 11 says {', '.join(self.operations)}"
            f" ({held.source})."
        )

    @rule(
        "n11-recovery-data-given",
        field="recovery",
        law="Regulation (EC) 1013/2006, Annex IC",
        fix="State the share that is not recovered, what becomes of it, the value and the costs, or annex it to N11.",
        severity=Severity.WARNING,
        stage="submit",
        parameter="recovery_data",
    )
    def _recovery_data(self, required: Any) -> str | None:
        given = self.recovery is not None or self.annexed("N11")
        if not required or given or self.category is OperationCategory.DISPOSAL:
            return None
        return "A recovery is notified without its yield, its value and its costs."

    @rule(
        "n11-recovery-worth-it",
        field="recovery",
        law="Regulation (EU) 2024/1157, Art. 12(1)",
        fix="Check the share and the value: authorities may object to a recovery that yields nothing.",
        severity=Severity.WARNING,
    )
    def _worth(self) -> str | None:
        if self.recovery is None or self.category is OperationCategory.DISPOSAL:
            return None
        value = self.recovery.recovered_value
        if self.recovery.non_recoverable_share < 100 and (value is None or value.amount > 0):
            return None
        return "The recovery that is claimed yields nothing: no share of the waste, or no value."

    @rule(
        "n12-shares-within-whole",
        field="constituents",
        law="Annex V A 13",
        fix="Correct the shares: the least of all constituents together are at most 100 %.",
    )
    def _shares(self) -> str | None:
        least = sum(each.least for each in self.constituents if each.least is not None)
        return f"The constituents make up at least {least} % of the waste." if least > 100 else None


def _held(code: str) -> bool:
    return bool(codes.find("D", code) or codes.find("R", code))
