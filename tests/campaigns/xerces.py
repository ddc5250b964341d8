"""A fourth judge: Xerces, the validator that most systems in Java run, on every example of every block.

`python -m tests.campaigns.xerces` needs Java and the package libxerces2-java of the operating system; the suite never
asks for them. It also breaks each good example once, so that a judge that takes everything is found out.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from waste_bpm import resources
from waste_bpm.exchange import manifest
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, Package

JARS = [Path("/usr/share/java") / name for name in ("xercesSamples.jar", "xercesImpl.jar")]


def judged(package: Package, files: list[Path]) -> list[str]:
    """What Xerces says against the files; nothing when it finds them valid."""
    schema = resources.path("schemas", *xsd.file_of(package, package.minor))
    validator = ["java", "-cp", ":".join(map(str, JARS)), "jaxp.SourceValidator", "-f", "-a", schema, "-i", *files]
    said = subprocess.run(validator, capture_output=True, text=True, check=True)
    return [line for line in (said.stdout + said.stderr).splitlines() if "rror]" in line or "rror:" in line]


def broken(file: Path, folder: Path) -> Path:
    """The example with an element that nobody knows."""
    copy = folder / file.name
    copy.write_text(file.read_text(encoding="utf-8").replace("</Header>", "</Header><Unknown/>"), encoding="utf-8")
    return copy


def main() -> int:
    """Judge every block; the exit code is 1 when Xerces and the product disagree anywhere."""
    missing = [str(jar) for jar in JARS if not jar.is_file()]
    if missing:
        print(f"not installed: {', '.join(missing)}; apt-get install default-jre-headless libxerces2-java")
        return 2
    wrong = 0
    for package in BLOCKS.values():
        files = sorted(manifest.place(package, "examples").glob("*.xml"))
        said = judged(package, files)
        with tempfile.TemporaryDirectory() as folder:
            refused = judged(package, [broken(file, Path(folder)) for file in files])
        print(
            f"{package.id}: {len(files)} examples, {len(said)} errors; {len(refused)} errors in {len(files)} broken ones"
        )
        print(*said[:5], sep="\n", end="\n" if said else "")
        wrong += bool(said) or len(refused) < len(files)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
