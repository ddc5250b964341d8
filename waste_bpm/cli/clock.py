"""The real clock, randomness and identities. Nothing else reads them: elsewhere they are arguments."""

import secrets
from datetime import UTC, date, datetime

import uuid_utils


def now() -> datetime:
    """What time it is, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """What day it is, in UTC."""
    return now().date()


def identity(name: str) -> str:
    """A new identity (UUID version 7) for the thing named; it depends on the time and on chance, not on the name."""
    return str(uuid_utils.uuid7())


def chance() -> float:
    """A number from 0 to 1, by which nodes that failed together do not try again together."""
    return secrets.randbelow(10**6) / 10**6


def token() -> str:
    """A new secret of 256 bits for somebody who acts for a party."""
    return secrets.token_urlsafe(32)
