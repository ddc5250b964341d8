"""The tables of who acts for a party: the tokens, each perhaps that of one person, and what waits for a second person.

A person is a pseudonym that the authority gives, as `officer-17`. It stands in the log of this node and in nothing that
others get; whose it is, the authority keeps by itself.
"""

import re

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from waste_bpm.casework.traffic import META, POSITION
from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

CREDENTIAL = Table(
    "credential",
    META,
    Column("digest", String, primary_key=True),
    Column("party", String, nullable=False),
    Column("person", String),
)
PROPOSAL = Table(
    "proposal",
    META,
    Column("position", POSITION, primary_key=True, autoincrement=True),
    Column("case_id", String, nullable=False, index=True),
    Column("stream", String, nullable=False),
    Column("step", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("party", String, nullable=False),
    Column("person", String, nullable=False),
    Column("key", String),
    Column("fingerprint", String, nullable=False),
    Column("kind", String),
    Column("digest", String),
    Column("body", LargeBinary),
    Column("recorded_at", String, nullable=False),
    Column("ended", String),
    Column("ended_by", String),
    Column("ended_at", String),
    Index("ix_proposal_key", "party", "key"),
    sqlite_autoincrement=True,
)
_PSEUDONYM = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def pseudonym(written: str) -> str:
    """The pseudonym of a person; raises InputInvalid for what looks like a name or an address."""
    if isinstance(written, str) and _PSEUDONYM.fullmatch(written):
        return written
    raise InputInvalid(
        Finding(
            rule_id="person-pseudonym",
            message=f"{str(written)[:70]!r} cannot stand for a person in the log.",
            value=str(written)[:70],
            fix="Write a pseudonym of small letters, digits and hyphens, for instance officer-17; no name, no address.",
        )
    )
