"""Letters as files in a folder, for a receiver that fetches them there: a shared disk, a stick, a mail gateway.

A file appears whole or not at all, and is never written twice: it is written beside its place, brought to the disk, and
then given its name. Lying in a folder is not a receipt, so the letter goes on waiting in the outbox.
"""

import os
import re
from pathlib import Path

from waste_bpm.casework.log import Stored
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, waiting_keys, waiting_letter
from waste_bpm.errors import Conflict, InputInvalid
from waste_bpm.vocabulary import Finding

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def put(outbox: Path, letter: Waiting) -> bool:
    """Hand a letter over as `<outbox>/<node>/<message-id>.xml`; tells whether it was written now.

    Raises Conflict when other bytes lie there, InputInvalid when the name of the node is no name for a folder.
    """
    return keep(outbox / _plain(letter.node), f"{letter.message.removeprefix('urn:uuid:')}.xml", letter.data)


class Folders:
    """Hands every letter that waits over as a file, once, into a folder for each node.

    A file is not a receipt: the letter goes on waiting, and its receipt comes as a message.
    """

    def __init__(self, outbox: Path) -> None:
        self.outbox = outbox
        self._handed: set[tuple[str, str]] = set()

    def __call__(self, node: Node) -> int:
        """Hand over what was not handed over yet; gives how many files were written now."""
        waits = waiting_keys(node)
        self._handed &= waits
        written = 0
        for key in sorted(waits - self._handed):
            for letter in waiting_letter(node, *key):
                written += put(self.outbox, letter)
            self._handed.add(key)
        return written


def keep(folder: Path, name: str, data: bytes) -> bool:
    """Keep bytes as a file, once; tells whether it was written now, raises Conflict when other bytes lie there."""
    file = folder / _plain(name)
    if file.exists():
        _same(file, data)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    part.rename(file)
    _to_disk(folder)
    return True


def name_of(message: Stored) -> str:
    """The name of the file of a message: its place in the order of the node, and what it is."""
    return f"{message.position:04d}-{message.name}.xml"


def _same(file: Path, data: bytes) -> None:
    if file.read_bytes() != data:
        raise Conflict(
            Finding(
                rule_id="file-not-ours",
                message=f"{file} is there already, with other content.",
                pointer=str(file),
                fix="Move it away, or choose another folder; nothing was overwritten.",
            ),
            status=409,
        )


def _plain(name: str) -> str:
    """The name itself, when it names something inside a folder and nothing else."""
    if _PLAIN.fullmatch(name):
        return name
    raise InputInvalid(
        Finding(
            rule_id="name-plain",
            message=f"{name!r} cannot be the name of a file or folder.",
            value=name,
            fix="Use letters, digits, dot, dash and underscore, beginning with a letter or digit.",
        )
    )


def _to_disk(folder: Path) -> None:
    """A name is safe only when the folder that holds it is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
