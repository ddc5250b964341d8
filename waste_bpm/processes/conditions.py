"""Conditions of a case on which clocks depend.

Whose answer it is, whether the facility is pre-consented, whether the State shares the terms of the regime or answers
by the Convention.
"""

from datetime import date

from waste_bpm.law.memberships import shares_terms
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.process import Condition
from waste_bpm.vocabulary import ALL_AUTHORITIES, DEFAULT_REGIME, Role


def role_in(case: Case, command: Command) -> Role:
    """The role of the authority whose answer this is: what the clock takes, it takes for the authority."""
    return next((slot.role for slot in case.slots if _is_its(slot.role, slot.country, command)), command.role)


def _is_its(role: Role, country: str, command: Command) -> bool:
    return role in ALL_AUTHORITIES and country == command.key.rpartition("/")[2]


def pre_consented(case: Case, command: Command) -> bool:
    """Whether the facility is pre-consented, as block 3C says."""
    notification = case.streams.get("notification")
    return notification is not None and bool(notification.pre_consented)


def not_pre_consented(case: Case, command: Command) -> bool:
    """Whether the ordinary period applies."""
    return not pre_consented(case, command)


def by_import(case: Case, command: Command) -> bool:
    """Whether this is the answer of the State of import."""
    return role_in(case, command) is Role.IMPORT_AUTHORITY


def by_export(case: Case, command: Command) -> bool:
    """Whether this is the answer of the State of export."""
    return role_in(case, command) is Role.EXPORT_AUTHORITY


def not_by_export(case: Case, command: Command) -> bool:
    """Whether this is the answer of a State of transit or import."""
    return not by_export(case, command)


def member(case: Case, command: Command) -> bool:
    """Whether the State answers in the term that the States of the regime share."""
    return _shares(case, command) is not False


def outside(case: Case, command: Command) -> bool:
    """Whether the State answers by Basel Art. 6(4), and not in a term that it shares with the others."""
    return _shares(case, command) is not True


def _shares(case: Case, command: Command) -> bool | None:
    day = command.occurred_at.date() if command.occurred_at is not None else date.max
    return shares_terms(case.regime or DEFAULT_REGIME, command.key, day)


def all_of(*conditions: Condition) -> Condition:
    """Whether all of these hold."""

    def together(case: Case, command: Command) -> bool:
        return all(condition(case, command) for condition in conditions)

    together.__name__ = " and ".join(condition.__name__ for condition in conditions)
    return together
