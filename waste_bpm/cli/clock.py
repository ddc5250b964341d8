"""The real clock, randomness and identities. Nothing else reads them: elsewhere they are arguments."""

import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uuid_utils

from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding


def now() -> datetime:
    """What time it is, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """What day it is, in UTC."""
    return now().date()


def of_exercise(file: Path) -> Callable[[], datetime]:
    """The clock of an exercise: it goes on, as time does, from the moment that was told last."""

    def told() -> datetime:
        try:
            with file.open(encoding="ascii") as opened:
                moment = datetime.fromisoformat(opened.read().strip())
                since = time.time_ns() - os.fstat(opened.fileno()).st_mtime_ns
        except (OSError, ValueError) as error:
            raise _not_told(file) from error
        return moment + timedelta(microseconds=max(0, since // 1000))

    return told


def tell(file: Path, moment: datetime) -> datetime:
    """Tell all nodes of an exercise what time it is, never earlier than it was; gives what time it is."""
    moment = max(moment, of_exercise(file)()) if file.exists() else moment
    part = file.with_name(f".{file.name}.part")
    part.write_text(f"{moment.isoformat()}\n", encoding="ascii")
    part.replace(file)
    return moment


def _not_told(file: Path) -> Unavailable:
    return Unavailable(
        Finding(
            rule_id="exercise-clock-missing",
            message=f"This node belongs to an exercise, and nothing tells its time: {file} holds no moment.",
            pointer=str(file),
            fix="Write a moment with its zone into the file, for instance 2026-01-12T07:30:00+00:00.",
        )
    )


def identity(name: str) -> str:
    """A new identity (UUID version 7) for the thing named; it depends on the time and on chance, not on the name."""
    return str(uuid_utils.uuid7())


def chance() -> float:
    """A number from 0 to 1, by which nodes that failed together do not try again together."""
    return secrets.randbelow(10**6) / 10**6


def token() -> str:
    """A new secret of 256 bits for somebody who acts for a party."""
    return secrets.token_urlsafe(32)
