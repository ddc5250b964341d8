"""The notification document: who fills which role by it, and what must agree in it (Basel Art. 6(1), Annex V A).

Its fields stand in `notification_form`, the rules of blocks 1 to 12 in `notification_plan`.
"""

from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

import orjson

from waste_bpm.documents.model import Document, rule
from waste_bpm.documents.notification_plan import NotificationPlan
from waste_bpm.documents.parts import undescribed
from waste_bpm.documents.route import AUTHORITY, RouteRole, crossed_twice, out_of_order, without_points
from waste_bpm.law.codes.lists import HAZARDOUS
from waste_bpm.law.countries import country
from waste_bpm.vocabulary import Code, Role, Severity, Slot

_OFFICE = {
    RouteRole.EXPORT: Role.CUSTOMS_EXIT,
    RouteRole.TRANSIT: Role.CUSTOMS_TRANSIT,
    RouteRole.IMPORT: Role.CUSTOMS_ENTRY,
}


FROM_NOTIFICATION = (
    "notifier",
    "consignee",
    "special_handling",
    "generators",
    "facility",
    "operations",
    "designation",
    "composition",
    "physical_characteristics",
    "physical_other",
    "waste",
)
"""What a movement document says as the notification says it: its blocks 3, 4, 7 (handling) and 9 to 14 (Annex V B)."""
_NOT_CONSENTED = ("declaration", "generator_declaration", "acknowledgements", "consents")
_CONTACT = {"contact", "phone", "fax", "email"}
"""What may be corrected without asking the authorities anew; everything else is material."""
_DIGEST = 16


def _without_contacts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_contacts(each) for name, each in value.items() if name not in _CONTACT}
    return [_without_contacts(each) for each in value] if isinstance(value, list) else value


def repeated(document: Document) -> tuple[str, ...]:
    """The digests of what a movement document repeats, in the order of `FROM_NOTIFICATION`, without whom to contact."""
    said = document.model_dump(mode="json", exclude_none=True, include=set(FROM_NOTIFICATION))
    whole = [orjson.dumps(_without_contacts(said[name]), option=orjson.OPT_SORT_KEYS) for name in FROM_NOTIFICATION]
    return tuple(sha256(each).hexdigest()[:_DIGEST] for each in whole)


class Notification(NotificationPlan):
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
            slots.append(Slot(role=AUTHORITY[state.role], party=state.authority, country=state.country))
            for office, place in ((state.entry_office, state.entry_point), (state.exit_office, state.exit_point)):
                if office:
                    slots.append(Slot(role=_OFFICE[state.role], party=office, country=state.country, place=place))
        return tuple(dict.fromkeys(slots))

    def codes_on(self, on: date) -> date:
        """Codes are judged at the day of the signature in block 17, which the notification keeps for its life."""
        return min(on, self.declaration.signed_on) if self.declaration else on

    @property
    def country(self) -> str:
        """The State of export, whose authority transmits it."""
        return self.route[0].country

    @property
    def content(self) -> str:
        """The digest of all that the authorities consent to: everything but whom to contact, and signatures."""
        said = self.model_dump(mode="json", exclude_none=True, exclude=set(_NOT_CONSENTED))
        return sha256(orjson.dumps(_without_contacts(said), option=orjson.OPT_SORT_KEYS)).hexdigest()

    @cached_property
    def repeated(self) -> tuple[str, ...]:
        """The digests of what each movement document repeats."""
        return repeated(self)

    @property
    def routings(self) -> tuple[str, ...]:
        """The names of the routings that may be used instead of block 15."""
        return tuple(each.name for each in self.alternative_routes)

    @property
    def waste_code(self) -> Code:
        """The Basel list entry of the waste (block 14.i)."""
        return self.waste.basel

    @rule(
        "n13-characteristic-described",
        field="physical_other",
        law="Annex V A 13",
        fix="Write in words what the waste is like.",
    )
    def _characteristics(self) -> str | None:
        unsaid = undescribed("PHYSICAL", self.physical_characteristics, self.physical_other)
        return f"Physical characteristic {unsaid} stands without its description." if unsaid else None

    @rule(
        "n14-hazard-stated",
        field="waste",
        law="Basel Art. 1(1)(a), Annexes I and III",
        fix="Give at least one Y code and one H code, or state in block 14 why there is none.",
    )
    def _hazard(self) -> str | None:
        if self.waste.basel.list != HAZARDOUS or self.waste.statement:
            return None
        if not self.waste.unanswered(("y", "h")):
            return None
        return f"{self.waste.basel.code} stands in Annex VIII, but the Y code or the H code is missing."

    @rule(
        "n14-families-answered",
        field="waste",
        law="Annex V A 13, 17",
        fix="Give the codes, or answer with not applicable.",
        stage="submit",
        parameter="block_14_answered",
    )
    def _families(self, families: Any) -> str | None:
        hazard = {"y", "h"} if self.waste.basel.list == HAZARDOUS else set()
        open_ = self.waste.unanswered(tuple(each for each in families if each not in hazard))
        return f"Block 14 leaves open: {', '.join(open_)}." if open_ else None

    @rule(
        "n15-route-joined",
        field="route",
        law="Annex V A 6-8",
        fix="Begin with the State of block 1, end with that of blocks 2 and 10, and put the transit States between.",
    )
    def _route(self) -> str | None:
        if out_of_order(self.route):
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
        "n15-no-state-twice",
        field="route",
        law="Annex V A 7",
        fix="Name each State once, in the order of travel; only the State of export may be crossed again.",
    )
    def _twice(self) -> str | None:
        twice = crossed_twice(self.route)
        return f"Block 15 names {', '.join(twice)} more than once." if twice else None

    @rule(
        "n15-points-of-entry-and-exit",
        field="route",
        law="Annex V A 10",
        fix="Give the exit from the State of export, entry and exit of each transit State, the entry of import.",
        stage="submit",
    )
    def _points(self) -> str | None:
        missing = list(without_points(self.route))
        return f"Block 15 names no point for the {', the '.join(missing)}." if missing else None

    @rule(
        "n15-alternatives-whole",
        field="alternative_routes",
        law="Annex V A 10",
        fix="Each routing has its own name, begins and ends where block 15 does, and names each State once.",
    )
    def _alternatives(self) -> str | None:
        names = [each.name for each in self.alternative_routes]
        ends = {(self.route[0].country, self.route[-1].country)}
        wrong = [
            each.name
            for each in self.alternative_routes
            if names.count(each.name) > 1
            or out_of_order(each.states)
            or crossed_twice(each.states)
            or {(each.states[0].country, each.states[-1].country)} != ends
        ]
        return f"The routing {', '.join(dict.fromkeys(wrong))} is no alternative to block 15." if wrong else None

    @rule(
        "n16-offices-at-the-union-border",
        field="customs_offices",
        law="Regulation (EC) 1013/2006, Annex IC",
        fix="Name the customs offices of entry into and exit from the European Union in block 16, or in block 15.",
        severity=Severity.WARNING,
        stage="submit",
    )
    def _offices(self) -> str | None:
        named = self.customs_offices or any(state.entry_office or state.exit_office for state in self.route)
        inside = {_in_union(each.country) for each in self.route}
        return None if named or len(inside) < 2 else "The route crosses the border of the European Union."

    @rule(
        "n17-generator-signs",
        field="generator_declaration",
        law="Annex V A 19",
        fix="Have the generator sign, or say why that was not practicable.",
        stage="submit",
    )
    def _signed(self) -> str | None:
        others = [each.party.id for each in self.generators if each.party.id != self.notifier.id]
        if not others or self.generator_declaration or self.generator_declaration_missing:
            return None
        return f"The generator {', '.join(others)} has not signed, and nothing says why."

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

    @rule(
        "n19-one-acknowledgement-each",
        field="acknowledgements",
        law="Basel Art. 6(4)",
        fix="Keep the acknowledgement that counts for each State.",
    )
    def _acknowledged(self) -> str | None:
        return _answered_twice("acknowledgements", [each.country for each in self.acknowledgements])

    @rule(
        "n20-one-answer-each",
        field="consents",
        law="Basel Art. 6(2)",
        fix="Keep the answer that counts for each State: a consent or an objection.",
    )
    def _answers(self) -> str | None:
        return _answered_twice(
            "answers", [*(each.country for each in self.consents), *(each.country for each in self.objections)]
        )


def _in_union(iso2: str) -> bool:
    found = country(iso2)
    return bool(found and found.eu)


def _answered_twice(what: str, countries: list[str]) -> str | None:
    twice = sorted({each for each in countries if countries.count(each) > 1})
    return f"There are several {what} of {', '.join(twice)}." if twice else None
