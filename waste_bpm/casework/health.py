"""Whether a node can work now, check by check, each with its reason; and the halt before its disk is full."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import false, update

from waste_bpm.casework import schema
from waste_bpm.casework.node import Node
from waste_bpm.casework.signing import keys_of
from waste_bpm.casework.store import SETTING, Halt, Store
from waste_bpm.casework.turning_away import kept
from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding

RESERVE = 256
"""Mebibytes of the disk that are left free: a node stops taking anything before they are used."""
SOON = timedelta(hours=168)
"""How long before its end a key is said to end."""
_MEBIBYTE = 1024 * 1024
_NOTHING = update(SETTING).where(false()).values(value="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that a node needs: whether it has it, and in words why or why not."""

    name: str
    well: bool
    says: str

    @property
    def finding(self) -> Finding:
        """Why the node is not ready."""
        return Finding(
            rule_id=f"ready-{self.name}",
            message=f"{self.says[0].upper()}{self.says[1:]}.",
            fix="See docs/operations.md, 'Health', for what to do.",
        )


Asked = Callable[[], Check]
"""A check that somebody else than the node itself can answer: of the worker beside it, of its disk."""


def checks(node: Node, others: tuple[Asked, ...] = ()) -> list[Check]:
    """Every check; those that ask the database only when it answers."""
    store = node.store
    with store.turn:
        database = _database(store)
        found = [_schema(store), _writer(store), _keys(node), _mode(store), _turned_away(node)] if database.well else []
    return [database, *found, *(asked() for asked in others)]


def _database(store: Store) -> Check:
    """Writing is tried with a statement that changes no row."""
    try:
        store.newer("", 0)
        with store.transaction() as connection:
            connection.execute(_NOTHING)
    except Exception as error:  # each driver has its own words; who asks wants to know that it does not answer
        return Check(name="database", well=False, says=f"the database does not take anything ({type(error).__name__})")
    return Check(name="database", well=True, says="it can be read and written")


def _schema(store: Store) -> Check:
    with store.transaction() as connection:
        found = schema.version(connection)
    return Check(name="schema", well=found == schema.VERSION, says=f"version {found}, known here {schema.VERSION}")


def _writer(store: Store) -> Check:
    if store.database.shared:
        return Check(name="writer", well=True, says="any number of processes may write")
    return Check(
        name="writer", well=store.exclusive, says="one process writes" + ("" if store.exclusive else ": another")
    )


def _keys(node: Node) -> Check:
    """A node that signs needs a key that is good now; one that ends soon is told while there is time."""
    keys, now = keys_of(node.store).keys, node.clock()
    if not keys:
        return Check(name="keys", well=True, says="no key: heads are not signed")
    good = [key for key in keys if key.fault(now) is None]
    if not good or node.sign is None:
        return Check(name="keys", well=False, says="no key is good now" if not good else "the private key is not here")
    last = max(good, key=lambda key: key.valid_to)
    when = f"{last.kid} is good until {last.valid_to.date()}"
    return Check(name="keys", well=True, says=f"{when}: rotate soon" if last.valid_to - now < SOON else when)


def _mode(store: Store) -> Check:
    halted = store.halted
    says = "acts and messages are taken" if halted is None else halted.message.rstrip(".")
    return Check(name="mode", well=halted is None, says=says)


def _turned_away(node: Node) -> Check:
    """A flood of what is turned away keeps nobody from working, so it is told and the node stays ready."""
    found = kept(node.store, node.clock())
    says = f"{found.rows} things are on file that were not taken in"
    flood = f"; older ones gave way before their time at {found.cut_at}: somebody floods this node"
    return Check(name="turned-away", well=True, says=f"{says}{flood if found.cut_at else ''}")


def disk(folder: Path, reserve: int = RESERVE) -> Asked:
    """Whether the disk of a folder has more left than the reserve."""

    def asked() -> Check:
        free = free_on(folder) // _MEBIBYTE
        return Check(name="disk", well=free > reserve, says=f"{free} MiB free, {reserve} MiB are kept free")

    return asked


def free_on(folder: Path) -> int:
    """Bytes that are free on the disk of a folder."""
    return shutil.disk_usage(folder).free


def nearly_full(folder: Path, reserve: int = RESERVE) -> Halt:
    """The halt of a node whose disk has only the reserve left: reading goes on, nothing more is taken."""

    def halt() -> Finding | None:
        free = free_on(folder) // _MEBIBYTE
        if free > reserve:
            return None
        return Finding(
            rule_id="disk-nearly-full",
            message=f"The disk of the node has {free} MiB left; it takes nothing more until there are {reserve}.",
            fix="Free some space; the node goes on by itself.",
        )

    return halt


def refuse_unwell(found: list[Check]) -> None:
    """Raise Unavailable with the reason of each check that is not well."""
    if reasons := [check.finding for check in found if not check.well]:
        raise Unavailable(reasons)
