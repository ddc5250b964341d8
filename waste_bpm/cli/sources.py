"""Where messages to check come from: files, folders, zip and tar archives, standard input; one after the other.

Nothing is unpacked to the disk and nothing larger than a message is kept. An archive is refused as soon as it holds
more than archives of messages do, by what was counted and not by what it says of itself.
"""

import gzip
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks.limits import MOST_BYTES
from waste_bpm.vocabulary import Finding

MOST_MEMBERS = 200_000
MOST_UNPACKED = 1024 * 1024 * 1024
"""Bytes that the members of one archive may have together."""
_CHUNK = 1024 * 1024
_GZIP, _END, _CHUNK = b"\x1f\x8b", bytes(1024), 1 << 16
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
_USUAL = 1 << 16
"""Bytes that most messages have at most; for more of them, memory is asked for once they are there."""
STANDARD_INPUT = Path("-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Something to check: a file to be read, bytes that were read, or the reason why there are none."""

    name: str
    file: Path | None = None
    data: bytes | None = None
    refused: Finding | None = None

    @property
    def size(self) -> int:
        """How many bytes there are to check; none where they cannot be had."""
        if self.file is None:
            return len(self.data or b"")
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    def read(self) -> bytes:
        """The bytes, and never many more than a message may have."""
        if self.data is not None:
            return self.data
        if self.file is None:
            return b""
        with self.file.open("rb") as opened:
            data = opened.read(_USUAL)
            return data if len(data) < _USUAL else data + opened.read(MOST_BYTES + 1 - _USUAL)


def sources(paths: Iterable[Path], standard_input: IO[bytes]) -> Iterator[Source]:
    """Everything that the paths name; a folder stands for each *.xml file below it, an archive for each in it."""
    for path in paths:
        if path == STANDARD_INPUT:
            yield Source(name="-", data=standard_input.read(MOST_BYTES + 1))
        elif path.is_dir():
            yield from (Source(name=str(file), file=file) for file in sorted(path.rglob("*.xml")))
        elif path.name.lower().endswith(_ARCHIVES):
            yield from _archived(path)
        else:
            yield Source(name=str(path), file=path)


def _archived(path: Path) -> Iterator[Source]:
    members = _of_zip(path) if path.suffix.lower() == ".zip" else _of_tar(path)
    try:
        yield from members
    except InputInvalid as refused:
        yield Source(name=str(path), refused=refused.findings[0])
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        yield Source(
            name=str(path),
            refused=Finding(
                rule_id="archive-unreadable",
                message=f"{path.name} cannot be read as an archive: {str(error) or type(error).__name__}.",
                fix="Pack the messages again, as zip or tar.gz without a password.",
            ),
        )


class _Count:
    """What one archive has given so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.members = 0
        self.unpacked = 0

    def add(self, *, members: int = 0, unpacked: int = 0) -> None:
        self.members += members
        self.unpacked += unpacked
        if self.members <= MOST_MEMBERS and self.unpacked <= MOST_UNPACKED:
            return
        raise InputInvalid(
            Finding(
                rule_id="archive-limit-exceeded",
                message=f"{self.path.name} holds more than {MOST_MEMBERS} files or {MOST_UNPACKED // _CHUNK} MiB.",
                fix="Pack the messages in several archives.",
            )
        )


def _of_zip(path: Path) -> Iterator[Source]:
    count = _Count(path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            count.add(members=1)
            if member.is_dir() or not member.filename.lower().endswith(".xml"):
                continue
            with archive.open(member) as opened:
                data = opened.read(MOST_BYTES + 1)
            count.add(unpacked=len(data))
            yield Source(name=f"{path}:{member.filename}", data=data)


def _of_tar(path: Path) -> Iterator[Source]:
    """A tar archive is read in one go; what it says about a member's size is what has to be passed over.

    It is read to its very end: an archive that was cut off between two members would otherwise look whole.
    """
    count = _Count(path)
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        with gzip.open(file) if packed else nullcontext(file) as opened:
            yield from _members(path, opened, count)
            while left := opened.read(_CHUNK):
                count.add(unpacked=len(left))
    if not packed and not _ends(path):
        raise EOFError("the end of the archive is missing")


def _members(path: Path, opened: Any, count: "_Count") -> Iterator[Source]:
    with tarfile.open(fileobj=opened, mode="r|") as archive:
        for member in archive:
            count.add(members=1, unpacked=member.size)
            wanted = member.isfile() and member.name.lower().endswith(".xml")
            data = archive.extractfile(member) if wanted else None
            if data is not None:
                yield Source(name=f"{path}:{member.name}", data=data.read(MOST_BYTES + 1))


def _ends(path: Path) -> bool:
    """Whether a tar archive ends as it has to, with two empty blocks."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(_END)))
        return file.read() == _END
