"""The registers of a node, kept in its database: who it is, which parties it knows, which waivers are on file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from waste_bpm.casework import four_eyes
from waste_bpm.casework.correspondence import Directory, Ids
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import believed, spoken
from waste_bpm.casework.persons import CREDENTIAL, pseudonym
from waste_bpm.casework.record import digest
from waste_bpm.casework.store import PARTY, SETTING, WAIVER, Store
from waste_bpm.errors import NotFound
from waste_bpm.law.rules import Waiver
from waste_bpm.vocabulary import Finding, Party, Role

_CALENDAR = "calendar/"
"""Before the identifier of an authority in the settings: the calendar that it keeps."""
_POLICY = "policy/"
"""Before the regime and the name of a rule in the settings: the word that this node has chosen."""


def register(store: Store, own: str, parties: Iterable[Party], waivers: Iterable[Waiver]) -> None:
    """Write down who this node is and whom it knows; what is registered already is replaced."""
    parties = tuple(parties)
    calendars = [{"name": f"{_CALENDAR}{each.id}", "value": each.calendar} for each in parties if each.calendar]
    store.replace(SETTING, [{"name": "node", "value": own}, *calendars])
    store.replace(
        PARTY,
        [
            {
                "id": party.id,
                "name": party.name,
                "country": party.country,
                "roles": " ".join(sorted(party.roles)),
                "node": party.node,
            }
            for party in parties
        ],
    )
    store.replace(
        WAIVER,
        [
            {
                "country": waiver.country,
                "since": waiver.since.isoformat(),
                "until": waiver.until.isoformat() if waiver.until else "",
                "source": waiver.source,
            }
            for waiver in waivers
        ],
    )


def choose(node: Node, name: str, rule: str, word: str) -> None:
    """Handle what is mere practice under a regime by this word from now on; raises NotFound or InputInvalid."""
    node.law(name).chosen(rule, word)
    node.store.replace(SETTING, [{"name": f"{_POLICY}{name}/{rule}", "value": word}])


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """For whom a token acts: a party, and the person that it was issued to; None where it is that of a system."""

    party: str
    person: str | None = None


def admit(store: Store, party: str, token: str, *, person: str | None = None) -> None:
    """Let whoever shows this token act for the party, as this person if one is named; only its digest is kept."""
    who = None if person is None else pseudonym(person)
    store.replace(CREDENTIAL, [{"digest": digest(token.encode()), "party": party, "person": who}])


def bearer_of(store: Store, token: str) -> Bearer | None:
    """For whom a token was issued; None when it was not issued here."""
    issued = select(CREDENTIAL.c.party, CREDENTIAL.c.person).where(CREDENTIAL.c.digest == digest(token.encode()))
    found = store.rows(issued)
    return Bearer(**found[0]._mapping) if found else None


def party_of(store: Store, token: str) -> str | None:
    """The party for which a token was issued; None when it was not issued here."""
    found = bearer_of(store, token)
    return None if found is None else found.party


def open_node(store: Store, clock: Callable[[], datetime], ids: Ids) -> Node:
    """The node that a database holds; raises NotFound when it holds none yet."""
    settings = {row.name: row.value for row in store.rows(select(SETTING))}
    if "node" not in settings:
        raise NotFound(
            Finding(
                rule_id="node-unknown",
                message="This database holds no node yet.",
                fix="Import a consignment file first: waste-bpm case import FILE.",
            )
        )
    waivers = tuple(_waiver(row) for row in store.rows(select(WAIVER)))
    parties = {row.id: _party(row) for row in store.rows(select(PARTY))}
    directory = Directory(own=settings["node"], parties=parties)
    calendars = {name.removeprefix(_CALENDAR): kept for name, kept in settings.items() if name.startswith(_CALENDAR)}
    policies: dict[str, dict[str, str]] = {}
    for name, word in settings.items():
        if name.startswith(_POLICY):
            of, _, rule = name.removeprefix(_POLICY).partition("/")
            policies.setdefault(of, {})[rule] = word
    return Node(
        store=store,
        believes=believed(store),
        speaks=spoken(store),
        directory=directory,
        clock=clock,
        ids=ids,
        waivers=waivers,
        calendars=calendars,
        policies=policies,
        four_eyes=four_eyes.on_file(store),
    )


def _waiver(row: object) -> Waiver:
    country, since, until, source = (getattr(row, name) for name in ("country", "since", "until", "source"))
    ends = date.fromisoformat(until) if until else None
    return Waiver(country=country, since=date.fromisoformat(since), until=ends, source=source)


def _party(row: object) -> Party:
    said = {name: getattr(row, name) for name in ("id", "name", "country", "node")}
    roles = str(getattr(row, "roles", "")).split()
    return Party(**said, roles=frozenset(Role(role) for role in roles))
