"""The notification document: who fills which role by it, and what must agree in it (Basel Art. 6(1), Annex V A).

Its fields stand in `notification_form`.
"""

from waste_bpm.documents.model import rule
from waste_bpm.documents.notification_form import NotificationForm, OperationCategory, ShipmentScope
from waste_bpm.documents.parts import RouteRole
from waste_bpm.vocabulary import Code, Role, Slot

_AUTHORITY = {
    RouteRole.EXPORT: Role.EXPORT_AUTHORITY,
    RouteRole.TRANSIT: Role.TRANSIT_AUTHORITY,
    RouteRole.IMPORT: Role.IMPORT_AUTHORITY,
}
_OFFICE = {
    RouteRole.EXPORT: Role.CUSTOMS_EXIT,
    RouteRole.TRANSIT: Role.CUSTOMS_TRANSIT,
    RouteRole.IMPORT: Role.CUSTOMS_ENTRY,
}


class Notification(NotificationForm):
    """What the notifier lays before the authorities of all States concerned."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who fills which role in this case: blocks 1, 2, 8, 9, 10 and 15, with the States of alternative routings."""
        people = [
            (Role.NOTIFIER, self.notifier),
            (Role.CONSIGNEE, self.consignee),
            (Role.DISPOSER, self.facility.party),
            *((Role.GENERATOR, generator.party) for generator in self.generators),
            *((Role.CARRIER, carrier.party) for carrier in self.carriers),
        ]
        slots = [Slot(role=role, party=party.id, country=party.country) for role, party in people]
        for state in (*self.route, *(each for routing in self.alternative_routes for each in routing.states)):
            slots.append(Slot(role=_AUTHORITY[state.role], party=state.authority, country=state.country))
            for office, place in ((state.entry_office, state.entry_point), (state.exit_office, state.exit_point)):
                if office:
                    slots.append(Slot(role=_OFFICE[state.role], party=office, country=state.country, place=place))
        return tuple(dict.fromkeys(slots))

    @property
    def waste_code(self) -> Code:
        """The Basel list entry of the waste (block 14.i)."""
        return self.waste.basel

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
        "n14-hazard-stated",
        field="waste",
        law="Basel Art. 1(1)(a), Annexes I and III",
        fix="Give at least one Y code and one H code.",
    )
    def _hazard(self) -> str | None:
        if self.waste.basel.list != "BASEL-VIII" or (self.waste.y_codes and self.waste.h_codes):
            return None
        return f"{self.waste.basel.code} stands in Annex VIII, but the Y code or the H code is missing."

    @rule(
        "n15-route-joined",
        field="route",
        law="Annex V A 6-8",
        fix="Begin with the State of block 1, end with that of blocks 2 and 10, and put the transit States between.",
    )
    def _route(self) -> str | None:
        roles = [state.role for state in self.route]
        between = set(roles[1:-1]) - {RouteRole.TRANSIT}
        if roles[0] is not RouteRole.EXPORT or roles[-1] is not RouteRole.IMPORT or between:
            return (
                "The States of block 15 are not one export State, transit States and one import State, in this order."
            )
        if self.route[0].country != self.notifier.country:
            return (
                f"The route begins in {self.route[0].country}, the notifier of block 1 is in {self.notifier.country}."
            )
        if {self.consignee.country, self.facility.party.country} != {self.route[-1].country}:
            return f"The route ends in {self.route[-1].country}, but blocks 2 and 10 name another State."
        return None

    @rule(
        "n18-annexes-counted",
        field="annex_count",
        law="Annex V A",
        fix="Give the number of annexes that are attached.",
    )
    def _annexes(self) -> str | None:
        if self.annex_count == len(self.annexes):
            return None
        return f"Block 18 says {self.annex_count} annexes, {len(self.annexes)} are attached."
