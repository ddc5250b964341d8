"""The file of a node's private key: where it lies, how it is written, and the node that signs with it."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from waste_bpm.casework.node import Node
from waste_bpm.casework.signing import as_known, keep_keys, keys_of, signer, with_new_key
from waste_bpm.cli.opening import SERVER, SQLITE
from waste_bpm.errors import Conflict, NotPermitted, Unavailable
from waste_bpm.utility_blocks.cover import uncovered
from waste_bpm.utility_blocks.seal import KeySet, PrivateKey, read_key
from waste_bpm.vocabulary import Finding


def key_place(db: str, named: Path | None) -> Path | None:
    """Where the private key of the node lies: as named, else beside a database on a file; None on a server."""
    if named is not None or db.startswith(SERVER):
        return named
    return Path(f"{Path(db.removeprefix(SQLITE)).absolute()}.key.json")


def signing(node: Node, file: Path | None) -> Node:
    """The node with the key that signs its heads; a node that never had one gets it now.

    Raises Unavailable when the node has keys but its private one is not where it must be. A node on a server without a
    key file stays without signatures until `waste-bpm node init --key FILE` gives it one.
    """
    known = keys_of(node.store)
    if file is None and not known.keys:
        return node
    if file is None or (known.keys and not file.exists()):
        raise Unavailable(_key_missing(file))
    if not file.exists():
        return _with_key(node, made_key(node, file))
    return _with_key(node, as_known(_own_key(file), known))


def _with_key(node: Node, key: PrivateKey) -> Node:
    return replace(node, sign=signer(key, node.clock), uncover=lambda data: uncovered(data, key.d))


def made_key(node: Node, file: Path, *, days: int = 365, overlap: int = 30) -> PrivateKey:
    """Make a key for the node: the private half in a file, the public one in the database."""
    key, keys = with_new_key(node, good_for=timedelta(days=days), overlap=timedelta(days=overlap))
    keep_key(node, file, key, keys)
    return key


def keep_key(node: Node, file: Path, key: PrivateKey, keys: KeySet) -> None:
    """Write the private half beside its place, the public one into the database, then give the file its name.

    Whenever this is cut short, the old key file still fits the database, or a new key can be made.
    """
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    write_secret(part, key.model_dump_json(indent=2))
    keep_keys(node.store, keys)
    part.replace(file)


def _own_key(file: Path) -> PrivateKey:
    if file.stat().st_mode & 0o077:
        raise NotPermitted(
            Finding(
                rule_id="key-file-open",
                message=f"Others than its owner may read {file}.",
                pointer=str(file),
                fix="Give it the mode 600; if somebody may have read it: waste-bpm node rotate --revoke REASON.",
            )
        )
    return read_key(file.read_bytes())


def write_secret(file: Path, content: str) -> None:
    """Write a file that only its owner may read, and never over another."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(
            Finding(rule_id="key-file-there", message=f"{file} is there already.", fix="Give the key another id.")
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as opened_file:
        opened_file.write(content + "\n")
        opened_file.flush()
        os.fsync(opened_file.fileno())


def _key_missing(file: Path | None) -> Finding:
    where = f"{file} is not there" if file is not None else "nobody says where it is"
    return Finding(
        rule_id="key-missing",
        message=f"This node signs its heads, and its private key is missing: {where}.",
        pointer=None if file is None else str(file),
        fix="Put the key file back, or name it with --key or WASTE_BPM_KEY; if it is lost: waste-bpm node rotate.",
    )
