"""Illegal traffic: one case per find, from the suspicion to the last container accounted for (Basel Art. 9).

The days of Art. 9(2) and 9(3) run from the day on which the State that must act was informed, whatever the day of the
find. The responsibility may be judged anew; then another State owes the remedy, and what was recorded stays. A consent
given after the fact cures nothing. Parts of one load may have different ends: the case closes when no part is open.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from waste_bpm.documents.illegal import (
    Fate,
    IllegalGround,
    IllegalTrafficClosure,
    IllegalTrafficFeedback,
    IllegalTrafficOutcome,
    IllegalTrafficWarning,
    RemedyOrder,
    Responsibility,
    WasteAccount,
    WastePart,
)
from waste_bpm.law.rules import Law
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Code, Finding, Quantity, Role, Severity, Slot


@dataclass(frozen=True, kw_only=True)
class IllegalCase(Instance):
    """What a case remembers of one find of illegal traffic."""

    appends: ClassVar[frozenset[str]] = frozenset({"part"})

    slots: tuple[Slot, ...] = ()
    found_at: datetime | None = None
    declared: Code | None = None
    found: Code | None = None
    quantity: Quantity | None = None
    containers: int = 0
    grounds: tuple[IllegalGround, ...] = ()
    responsibility: Responsibility | None = None
    informed_on: date | None = None
    part: tuple[WastePart, ...] = ()

    @property
    def open_containers(self) -> int:
        """How many containers are not accounted for."""
        return self.containers - sum(each.containers for each in self.part)

    @property
    def open_quantity(self) -> Quantity | None:
        """What is not accounted for; None when some part was only counted in containers."""
        known = [each.quantity for each in self.part if each.quantity is not None]
        if self.quantity is None or len(known) < len(self.part):
            return None
        left = self.quantity
        for each in known:
            left = left - each
        return left

    def counted(self, fate: Fate) -> int:
        """How many containers had this end."""
        return sum(each.containers for each in self.part if each.fate is fate)


def grounds_are_named(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1): illegal traffic has at least one of five grounds."""
    if not isinstance(command.document, IllegalTrafficFeedback) or command.document.grounds:
        return None
    return Finding(
        rule_id="illegal-ground-named",
        message="No ground of illegal traffic is named.",
        pointer="/grounds",
        law="Basel Art. 9(1)(a)-(e)",
        fix=f"Name at least one of {', '.join(IllegalGround)}, or dismiss the suspicion.",
    )


def grounds_fit_the_file(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1)(a), (b): a ground that the file contradicts is recorded, and pointed out."""
    document, found = command.document, case.streams.get(command.stream)
    notification = case.streams.get("notification")
    if not isinstance(document, IllegalTrafficFeedback) or notification is None or found is None:
        return None
    against = []
    if IllegalGround.NO_NOTIFICATION in document.grounds and notification.number:
        against.append(f"the notification {notification.number} is on file")
    if IllegalGround.NO_CONSENT in document.grounds and not missing_consents(case, found.found_at.date()):
        against.append(f"every consent was in force on {found.found_at.date()}")
    if not against:
        return None
    return Finding(
        rule_id="illegal-ground-fits",
        message=f"The file says otherwise: {' and '.join(against)}.",
        severity=Severity.WARNING,
        pointer="/grounds",
        law="Basel Art. 9(1)(a), (b)",
        fix="Look at the ground again; the decision is the officer's and stays recorded.",
    )


def informed_after_the_find(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(2), 9(3): the days run from the day on which the State that must act was informed."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, IllegalTrafficOutcome) or known is None or known.found_at is None:
        return None
    if known.found_at.date() <= document.informed_on <= now.date():
        return None
    return Finding(
        rule_id="illegal-informed-on",
        message=f"Informed on {document.informed_on} does not fit: found on {known.found_at.date()}, "
        f"today is {now.date()}.",
        pointer="/informed_on",
        law="Basel Art. 9(2), 9(3)",
        fix="Give the day on which the State that must act was informed, not the day of the find.",
    )


def part_is_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """No more is accounted for than was found."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, WasteAccount) or known is None:
        return None
    left = known.open_quantity
    if document.containers <= known.open_containers and _within(document.quantity, left):
        return None
    return Finding(
        rule_id="illegal-part-left",
        message=f"{document.containers} containers and {document.quantity or 'no quantity'} are reported; "
        f"{known.open_containers} containers and {left or 'an unknown quantity'} are not yet accounted for.",
        pointer="/containers",
        law="Basel Art. 9",
        fix="Report at most what is left; correct the quantity found first if it was larger.",
    )


def _within(wanted: Quantity | None, left: Quantity | None) -> bool:
    return wanted is None or left is None or (wanted.dimension == left.dimension and wanted <= left)


def reexport_is_consented(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Waste that goes on to another State is a movement of its own: without consent, new illegal traffic."""
    document = command.document
    if not isinstance(document, WasteAccount) or document.fate is not Fate.REEXPORTED or document.notification_number:
        return None
    return Finding(
        rule_id="illegal-reexport-consented",
        message=f"The part re-exported to {document.destination or 'another State'} moved under no notification.",
        severity=Severity.WARNING,
        pointer="/notification_number",
        law="Basel Art. 6, 9(1)(a), (b)",
        fix="Open another case of illegal traffic for it; the State of first export has to be told.",
    )


def everything_accounted(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The case closes when every container, and every tonne where tonnes are known, has its end."""
    known = case.streams.get(command.stream)
    if known is None:
        return None
    left = known.open_quantity
    if known.part and known.open_containers == 0 and (left is None or left.amount == 0):
        return None
    open_parts = f"{known.open_containers} of {known.containers} containers"
    if left is not None:
        open_parts += f" and {left} of {known.quantity}"
    return Finding(
        rule_id="illegal-waste-accounted",
        message=f"{open_parts} are not accounted for.",
        law="Basel Art. 9(2)-(4)",
        fix="Report what became of the rest, part by part.",
    )


def _exporter_side(case: Case, command: Command) -> bool:
    return getattr(command.document, "responsibility", None) is Responsibility.EXPORTER_SIDE


def _importer_side(case: Case, command: Command) -> bool:
    return getattr(command.document, "responsibility", None) is Responsibility.IMPORTER_SIDE


_TOLD = (*ALL_AUTHORITIES, *CUSTOMS)

ILLEGAL_CASE = Process(
    name="illegal_case",
    title="Case of illegal traffic",
    one_per="illegal case",
    instance=IllegalCase,
    states={
        START: "No suspicion",
        "suspected": "Suspected",
        "dismissed": "Suspicion dismissed",
        "confirmed": "Illegal traffic",
        "assigned": "Responsibility assigned",
        "ordered": "Remedy ordered",
        "closed": "Closed",
    },
    steps=[
        Step(
            name="suspect",
            title="Record a suspicion of illegal traffic",
            source=(START,),
            target="suspected",
            event="IllegalTrafficSuspected",
            by=(*CUSTOMS, *ALL_AUTHORITIES),
            law="Basel Art. 9(1), 13(1)",
            takes=IllegalTrafficWarning,
            says="IllegalTrafficWarning",
            to=_TOLD,
            records=("slots", "found_at", "declared", "found", "quantity", "containers"),
        ),
        Step(
            name="dismiss",
            title="Dismiss the suspicion",
            source=("suspected",),
            target="dismissed",
            event="IllegalTrafficDismissed",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9(1)",
            takes=IllegalTrafficFeedback,
            says="IllegalTrafficFeedback",
            to=_TOLD,
        ),
        Step(
            name="confirm",
            title="Find that it is illegal traffic",
            source=("suspected",),
            target="confirmed",
            event="IllegalTrafficConfirmed",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9(1)",
            takes=IllegalTrafficFeedback,
            says="IllegalTrafficFeedback",
            to=_TOLD,
            records=("grounds", "found"),
            guards=(grounds_are_named, grounds_fit_the_file),
        ),
        Step(
            name="assign",
            title="Say whose conduct made it illegal",
            source=("confirmed", "assigned", "ordered"),
            target="assigned",
            event="ResponsibilityAssigned",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9(2)-(4)",
            takes=IllegalTrafficOutcome,
            says="IllegalTrafficOutcome",
            to=(Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE, Role.SECRETARIAT),
            records=("responsibility", "informed_on"),
            guards=(informed_after_the_find,),
            stops=("take_back_illegal", "disposal_illegal_importer"),
            starts={"take_back_illegal": "informed_on", "disposal_illegal_importer": "informed_on"},
            runs_if={"take_back_illegal": _exporter_side, "disposal_illegal_importer": _importer_side},
        ),
        Step(
            name="order",
            title="Order the remedy",
            source=("assigned",),
            target="ordered",
            event="RemedyOrdered",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9(2)-(4)",
            takes=RemedyOrder,
            says="RemedyOrder",
            to=(Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE),
        ),
        Step(
            name="account",
            title="Report what became of a part",
            source=("assigned", "ordered"),
            target=None,
            event="WasteAccountedFor",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9(2)-(4)",
            takes=WasteAccount,
            says="WasteAccount",
            to=_TOLD,
            records=("part",),
            guards=(part_is_left, reexport_is_consented),
        ),
        Step(
            name="close",
            title="Close the case",
            source=("assigned", "ordered"),
            target="closed",
            event="IllegalCaseClosed",
            by=ALL_AUTHORITIES,
            law="Basel Art. 9, 16(1)(i)",
            takes=IllegalTrafficClosure,
            says="IllegalTrafficClosure",
            to=(*ALL_AUTHORITIES, Role.SECRETARIAT),
            guards=(everything_accounted,),
            stops=("take_back_illegal", "disposal_illegal_importer"),
        ),
    ],
)
