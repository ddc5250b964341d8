"""Cut the power: what a file holds after it, rebuilt from every write and sync that the database asked for.

A process that is killed leaves its writes to the operating system; a power cut does not. So a file system of our own
stands between SQLite and the disk (a VFS, put in by ctypes): it notes each write, truncation and sync. From these
notes the files are rebuilt as they may be found after a cut at any moment: what was synced is there; of what was
written since then all, nothing, some, or torn sectors are there. `python -m tests.storage --images 10000 --seed 1`
runs a campaign: with full syncs nothing acknowledged may be missing, and with fewer the same test must see losses.
"""

import _sqlite3
import argparse
import ctypes
import os
import pickle
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.crashes import Ground, assert_sound
from tests.stage import DEMO, consignment, story
from waste_bpm.casework import databases
from waste_bpm.casework.store import EVENT, Store
from waste_bpm.simulation.world import World, play

SECTOR = 512
OK, IO_ERROR_WRITE, DISK_FULL = 0, 778, 13
MODES = ("nothing", "everything", "some", "torn")
"""What becomes of the writes that no sync has made sure of."""

_POINTER, _INT, _LONG, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p
_OPEN = ctypes.CFUNCTYPE(_INT, _POINTER, _POINTER, _POINTER, _INT, _POINTER)
_DELETE = ctypes.CFUNCTYPE(_INT, _POINTER, _TEXT, _INT)
_WRITE = ctypes.CFUNCTYPE(_INT, _POINTER, _POINTER, _INT, _LONG)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _POINTER, _LONG)
_SYNC = ctypes.CFUNCTYPE(_INT, _POINTER, _INT)


class _System(ctypes.Structure):
    """`sqlite3_vfs`: only what stands before the functions that are not touched is named."""

    _fields_ = (
        ("version", _INT),
        ("size_of_file", _INT),
        ("longest_path", _INT),
        ("next", _POINTER),
        ("name", _POINTER),
        ("data", _POINTER),
        ("open", _POINTER),
        ("delete", _POINTER),
        ("rest", _POINTER * 13),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`."""

    _fields_ = (
        ("version", _INT),
        ("close", _POINTER),
        ("read", _POINTER),
        ("write", _POINTER),
        ("truncate", _POINTER),
        ("sync", _POINTER),
        ("rest", _POINTER * 13),
    )


@dataclass(frozen=True)
class Note:
    """One thing that was done to a file, or one thing that was acknowledged to a client."""

    kind: str
    file: str = ""
    at: int = 0
    data: bytes = b""


class Recorder:
    """The file system that notes what is done; it becomes the one that SQLite uses, in this process."""

    def __init__(self, fail_at: int | None = None, code: int = DISK_FULL) -> None:
        library = ctypes.CDLL(_sqlite3.__file__)
        if not hasattr(library, "sqlite3_vfs_register"):
            raise RuntimeError("SQLite is built into this Python in a way that hides its file system")
        self.notes: list[Note] = []
        self.fail_at, self.code, self.writes = fail_at, code, 0
        self._files: dict[int, str] = {}
        self._kept: list[Any] = []
        self._methods: dict[int, _Methods] = {}
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_System)
        self._system = _System()
        first = library.sqlite3_vfs_find(None)
        ctypes.memmove(ctypes.byref(self._system), first, ctypes.sizeof(_System))
        self._name = ctypes.create_string_buffer(b"recorder")
        self._system.name = ctypes.cast(self._name, _POINTER)
        self._open, self._delete = _OPEN(first.contents.open), _DELETE(first.contents.delete)
        self._system.open = self._pointer(_OPEN(self._opened))
        self._system.delete = self._pointer(_DELETE(self._deleted))
        library.sqlite3_vfs_register(ctypes.byref(self._system), 1)

    def _pointer(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, _POINTER).value

    def acknowledge(self, said: bytes) -> None:
        self.notes.append(Note("acknowledged", data=said))

    def _opened(self, system: int, name: int | None, file: int, flags: int, out: int) -> int:
        code = self._open(system, name, file, flags, out)
        place = ctypes.cast(file, ctypes.POINTER(_POINTER))
        if code == OK and name and place[0]:
            self._files[file] = Path(ctypes.string_at(name).decode()).name
            place[0] = ctypes.addressof(self._wrapped(place[0]))
        return code

    def _wrapped(self, original: int) -> _Methods:
        """The methods of a file with ours before those that change it."""
        if original not in self._methods:
            methods = _Methods()
            ctypes.memmove(ctypes.byref(methods), original, ctypes.sizeof(_Methods))
            write, truncate, sync = _WRITE(methods.write), _TRUNCATE(methods.truncate), _SYNC(methods.sync)

            def writing(file: int, data: int, size: int, at: int) -> int:
                self.writes += 1
                if self.fail_at is not None and self.writes >= self.fail_at:
                    return self.code
                self.notes.append(Note("write", self._files[file], at, ctypes.string_at(data, size)))
                return int(write(file, data, size, at))

            def truncating(file: int, size: int) -> int:
                self.notes.append(Note("truncate", self._files[file], size))
                return int(truncate(file, size))

            def syncing(file: int, flags: int) -> int:
                self.notes.append(Note("sync", self._files[file]))
                return int(sync(file, flags))

            methods.write = self._pointer(_WRITE(writing))
            methods.truncate = self._pointer(_TRUNCATE(truncating))
            methods.sync = self._pointer(_SYNC(syncing))
            self._methods[original] = methods
        return self._methods[original]

    def _deleted(self, system: int, name: bytes, sync: int) -> int:
        self.notes.append(Note("delete", Path(name.decode()).name))
        return int(self._delete(system, name, sync))


def recorded(synchronous: str | None = None, until: int | None = None) -> list[Note]:
    """What is done to the files while the story is told, in a process of its own; `synchronous` as SQLite names it."""
    folder = Path(tempfile.mkdtemp(prefix="waste-bpm-storage"))
    child = os.fork()
    if child == 0:
        try:
            databases._SQLITE["synchronous"] = synchronous or databases._SQLITE["synchronous"]
            recorder = Recorder()
            store = Store(f"sqlite:///{folder}/node.db")
            for number, said in enumerate(_told(store)):
                recorder.acknowledge(said)
                if number == until:
                    break
            (folder / "notes").write_bytes(pickle.dumps(recorder.notes))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    notes: list[Note] = pickle.loads((folder / "notes").read_bytes())  # noqa: S301 - written by our own child
    shutil.rmtree(folder)
    return notes


def _told(store: Store) -> Iterator[bytes]:
    """The story, told on a store: each event as soon as it is acknowledged."""
    world = World(now=datetime(2026, 1, 1, tzinfo=UTC))
    world.host(consignment(), "demo", DEMO, store)
    for each in play(world, story()):
        for event in each.events:
            yield f"{event.stream} {event.version}".encode()


class Disk:
    """The files as a power cut may leave them."""

    def __init__(self, notes: Sequence[Note]) -> None:
        self.notes = notes

    def image(self, stop: int, mode: str, chance: random.Random) -> dict[str, bytearray]:
        """The files after a cut behind the first `stop` notes."""
        sure, unsure = self._parted(stop)
        files: dict[str, bytearray] = {}
        for note in sure:
            _apply(files, note)
        for note in unsure if mode != "nothing" else ():
            if mode == "everything":
                _apply(files, note)
            elif chance.random() < 0.5:
                _apply(files, _torn(note, chance) if mode == "torn" else note)
        return files

    def _parted(self, stop: int) -> tuple[list[Note], list[Note]]:
        """What a sync has made sure of, and what none has, in the order in which it was done.

        That a file is gone is sure with the next sync of any file, as file systems keep it that have a journal.
        """
        synced: dict[str, int] = {}
        latest = -1
        for number, note in enumerate(self.notes[:stop]):
            if note.kind == "sync":
                synced[note.file] = latest = number
        parts: tuple[list[Note], list[Note]] = ([], [])
        for number, note in enumerate(self.notes[:stop]):
            if note.kind in ("write", "truncate", "delete"):
                sure = latest if note.kind == "delete" else synced.get(note.file, -1)
                parts[number > sure].append(note)
        return parts

    def acknowledged(self, stop: int) -> set[str]:
        """What a client had been told before the cut."""
        return {note.data.decode() for note in self.notes[:stop] if note.kind == "acknowledged"}


def _apply(files: dict[str, bytearray], note: Note) -> None:
    if note.kind == "delete":
        files.pop(note.file, None)
        return
    content = files.setdefault(note.file, bytearray())
    if note.kind == "truncate":
        del content[note.at :]
        return
    if len(content) < note.at:
        content.extend(bytes(note.at - len(content)))
    content[note.at : note.at + len(note.data)] = note.data


def _torn(note: Note, chance: random.Random) -> Note:
    """A write of which only some sectors arrived."""
    sectors = -(-len(note.data) // SECTOR)
    kept = chance.randrange(sectors + 1) * SECTOR
    return replace(note, data=note.data[:kept])


class Bench:
    """Where images are looked at: a node that reads whatever file it is given."""

    def __init__(self) -> None:
        self.ground = Ground("sqlite", None)
        self.folder = self.ground.folder

    def missing(self, files: dict[str, bytearray], acknowledged: set[str]) -> set[str]:
        """What was acknowledged and is not there; raises AssertionError when what is there is not whole."""
        for old in self.folder.glob("image.db*"):
            old.unlink()
        for name, content in files.items():
            (self.folder / name.replace("node", "image")).write_bytes(content)
        node = self.ground.opened(f"sqlite:///{self.folder}/image.db")
        with closing(node.store):
            if node.directory.own and acknowledged:
                assert_sound(node)
            return acknowledged - _on_file(node.store)

    def remove(self) -> None:
        self.ground.remove()


def _on_file(store: Store) -> set[str]:
    return {f"{row.stream} {row.version}" for row in store.rows(select(EVENT.c.stream, EVENT.c.version))}


def cuts(notes: Sequence[Note], count: int, seed: int) -> Iterator[tuple[int, str, random.Random]]:
    """Moments of a cut with what becomes of unsure writes: behind every sync first, then at any other note."""
    chance = random.Random(seed)
    begun = next(number for number, note in enumerate(notes) if note.kind == "acknowledged")
    syncs = [number for number, note in enumerate(notes) if note.kind in ("sync", "acknowledged") and number >= begun]
    others = [number for number in range(begun, len(notes)) if number not in set(syncs)]
    chance.shuffle(syncs)
    chance.shuffle(others)
    stops = [stop + after for stop in syncs for after in (0, 1)] + others
    made = 0
    while made < count:
        for stop in stops[: count - made]:
            for mode in MODES:
                yield stop, mode, random.Random(chance.getrandbits(32))
                made += 1
                if made == count:
                    return


def survived(notes: Sequence[Note], images: int, seed: int) -> int:
    """How many images lost something that was acknowledged."""
    disk, bench, lossy = Disk(notes), Bench(), 0
    for stop, mode, chance in cuts(notes, images, seed):
        try:
            lossy += bool(bench.missing(disk.image(stop, mode, chance), disk.acknowledged(stop)))
        except Exception:  # whatever it is: a file that cannot be opened or is not whole is a loss
            lossy += 1
    bench.remove()
    return lossy


def refused_writes(code: int, every: int = 7) -> int:
    """Tell the story again and again on a disk that takes fewer and fewer writes; gives how often it stopped.

    Each time what was acknowledged is there, the log is whole, and telling goes on once there is room.
    """
    stopped, bench = 0, Bench()
    unbroken = recorded("2")
    total, whole = sum(note.kind == "write" for note in unbroken), Disk(unbroken).acknowledged(len(unbroken))
    for number in range(total - 1, 40, -max(total // every, 1)):
        said = _told_until_full(bench.folder / "full.db", number, code)
        node = bench.ground.opened(f"sqlite:///{bench.folder}/full.db")
        with closing(node.store):
            assert_sound(node)
            assert said <= _on_file(node.store)
            for _ in _told(node.store):
                pass
            assert whole <= _on_file(node.store)
        stopped += 1
    bench.remove()
    return stopped


def _told_until_full(file: Path, writes: int, code: int) -> set[str]:
    """What was acknowledged before the disk refused to write."""
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            full = Recorder(fail_at=writes, code=code)
            for said in _told(Store(f"sqlite:///{file}")):
                full.acknowledge(said)
                os.write(writing, said + b"\n")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode().split("\n")
    os.waitpid(child, 0)
    return set(said) - {""}


def main() -> None:
    """A campaign: images with full syncs, and with fewer; then disks that are full or fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for name, synchronous, images in (
        ("FULL", "2", chosen.images),
        ("NORMAL", "1", chosen.images // 10),
        ("OFF", "0", chosen.images // 10),
    ):
        begun = time.monotonic()
        notes = recorded(synchronous)
        syncs = sum(note.kind == "sync" for note in notes)
        lossy = survived(notes, images, chosen.seed)
        print(
            f"synchronous={name}, seed {chosen.seed}: {len(notes)} notes, {syncs} syncs, {images} images in "
            f"{time.monotonic() - begun:.0f} s; {lossy} lost something acknowledged",
            flush=True,
        )
        assert (lossy == 0) == (name == "FULL"), (
            f"again: python -m tests.storage --images {images} --seed {chosen.seed}"
        )
    for code in (DISK_FULL, IO_ERROR_WRITE):
        print(
            f"{refused_writes(code, 30)} tellings stopped by a disk that answers {code}: nothing acknowledged is lost"
        )


if __name__ == "__main__":
    main()
