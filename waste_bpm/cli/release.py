"""Freezing the XSDs of a release: `python -m waste_bpm.cli.release`, then `make generate`, then the tag.

What is frozen never changes again: a new optional field raises the minor version, anything else the major. A frozen
file that differs from its digest is refused, and so is a release of files that are not as the documents give them.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from waste_bpm import resources
from waste_bpm.utility_blocks import xsd


def frozen(held: Mapping[str, str], files: Iterable[tuple[Path, bytes]]) -> tuple[dict[str, str], list[str]]:
    """The digests after a release, old and new, and what forbids it: each file with the reason."""
    digests, wrong = dict(held), []
    for file, made in files:
        data = file.read_bytes() if file.is_file() else b""
        digest = hashlib.sha256(data).hexdigest()
        if held.get(file.name, digest) != digest:
            wrong.append(f"{file.name} is released and was changed; restore it, and raise the version of the block")
        elif data != made:
            wrong.append(f"{file.name} is not what the documents give; run make generate")
        digests.setdefault(file.name, digest)
    return dict(sorted(digests.items())), wrong


def main() -> int:
    """Freeze every XSD as it is; the exit code is 1 when anything forbids it, and then nothing is written."""
    file = resources.path("schemas", "released.json")
    said = json.loads(file.read_text(encoding="utf-8"))
    digests, wrong = frozen(said["sha256"], xsd.generated())
    if wrong:
        print(*wrong, sep="\n")
        return 1
    new = len(digests) - len(said["sha256"])
    file.write_text(json.dumps(said | {"sha256": digests}, indent=2) + "\n", encoding="utf-8")
    print(f"{new} schemas frozen, {len(digests)} in all; run make generate, so that the manifests say so")
    return 0


if __name__ == "__main__":
    sys.exit(main())
