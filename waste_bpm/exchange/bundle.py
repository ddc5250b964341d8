"""Letters on a stick: the same parcels, seals and messages as over a wire, as files of a zip archive, and slips back.

    0001.parcel.json, 0001.parcel.json.jws, 0001.xml        on the way out
    0001.slip.json, 0001.slip.json.jws                      on the way back

Whoever carries it can read it and lose it, and change nothing unseen. A letter goes on waiting until its slip is back.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from waste_bpm.casework.node import Node
from waste_bpm.casework.posting import bundle, seal_of, settle
from waste_bpm.casework.reception import take_in
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.utility_blocks.limits import MOST_BYTES
from waste_bpm.utility_blocks.parcel import Sent, Slip
from waste_bpm.vocabulary import Finding

MOST = 9999
"""The most letters in one bundle."""
_PARCEL, _SLIP, _SEAL, _XML = ".parcel.json", ".slip.json", ".jws", ".xml"


def packed(node: Node, receiver: str) -> tuple[bytes, int]:
    """A bundle of what waits for a node, in order; and how many letters are in it."""
    letters = bundle(node, receiver, MOST)
    return archive(letters), len(letters)


def archive(letters: Iterable[Sent]) -> bytes:
    """Parcels, seals and messages as files of one archive, in order."""
    files: dict[str, bytes] = {}
    for number, sent in enumerate(letters, start=1):
        name = f"{number:04d}"
        files |= {f"{name}{_PARCEL}": sent.parcel, f"{name}{_PARCEL}{_SEAL}": sent.seal, f"{name}{_XML}": sent.data}
    return _zipped(files)


def taken_in(node: Node, data: bytes) -> tuple[list[Slip | WasteBpmError], bytes]:
    """Take in each parcel of a bundle; gives what became of each, and the bundle of slips for the way back."""
    seal_of(node, b"")
    found: list[Slip | WasteBpmError] = []
    slips: dict[str, bytes] = {}
    for name, sent in parcels(data):
        try:
            slip = take_in(node, sent)
        except WasteBpmError as error:
            found.append(error)
            continue
        found.append(slip)
        slips |= {f"{name}{_SLIP}": slip.written, f"{name}{_SLIP}{_SEAL}": seal_of(node, slip.written)}
    return found, _zipped(slips)


def settled(node: Node, data: bytes) -> list[Slip]:
    """End the waiting of letters as the slips in a bundle say; raises as `settle` does at the first wrong one."""
    files = _files(data)
    named = [name.removesuffix(_SLIP) for name in files if name.endswith(_SLIP)]
    return [settle(node, files[f"{name}{_SLIP}"], files.get(f"{name}{_SLIP}{_SEAL}", b"")) for name in named]


def parcels(data: bytes) -> Iterator[tuple[str, Sent]]:
    """The parcels of a bundle with the names of their files, in order; raises InputInvalid."""
    files = _files(data)
    for file in files:
        name = file.removesuffix(_PARCEL)
        if name == file:
            continue
        missing = [each for each in (f"{file}{_SEAL}", f"{name}{_XML}") if each not in files]
        if missing:
            raise _malformed(f"{', '.join(missing)} is missing")
        yield name, Sent(parcel=files[file], seal=files[f"{file}{_SEAL}"], data=files[f"{name}{_XML}"])


def _files(data: bytes) -> dict[str, bytes]:
    """The files of an archive in the order of their names; raises InputInvalid for what is too large or no archive."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
            large = [entry.filename for entry in entries if entry.file_size > MOST_BYTES]
            if large or len(entries) > 3 * MOST:
                raise _malformed(f"it holds too much: {', '.join(large[:3]) or f'{len(entries)} files'}")
            if sum(entry.file_size for entry in entries) > len(data):
                raise _malformed("its files are packed; how large they become is known only when they are unpacked")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _malformed(str(error)) from error


def _zipped(files: dict[str, bytes]) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def _malformed(why: str) -> InputInvalid:
    return InputInvalid(
        Finding(
            rule_id="bundle-malformed",
            message=f"This is no bundle of letters: {why}.",
            fix="Take the file that `waste-bpm outbox export` wrote.",
        )
    )
