"""The editions of the law under which this node decided: each is put on file with the moment of its first use.

An event decided here names its edition, the digest of all files of the law. So a decision can be repeated with the law
that it rested on, and a law that was changed behind the back of the program shows as another edition.
"""

from datetime import datetime

from sqlalchemy import select

from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import SETTING, Store
from waste_bpm.law.rules import Law

_PREFIX = "edition/"
"""Before the digest of an edition in the settings; the value is its regime and the moment of its first use."""
_ON_FILE = select(SETTING.c.name, SETTING.c.value).where(SETTING.c.name.startswith(_PREFIX))


def note(store: Store, law: Law, now: datetime) -> None:
    """Put the edition of a law on file at its first use, in the transaction of the act that uses it."""
    if law.edition in store.known:
        return
    store.hold("editions")
    if law.edition not in on_file(store):
        store.replace(SETTING, [{"name": _PREFIX + law.edition, "value": f"{law.regime} {instant(now)}"}])
    store.known.add(law.edition)


def on_file(store: Store) -> dict[str, tuple[str, str]]:
    """Each edition that was used here: of which regime, and since when."""
    rows = ((row.name.removeprefix(_PREFIX), row.value.split(" ", 1)) for row in store.rows(_ON_FILE))
    return {edition: (regime, since) for edition, (regime, since) in rows}
