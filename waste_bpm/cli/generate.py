"""Write what is derived: XSDs, the SOP schema, process pictures and tables.

`python -m waste_bpm.cli.generate` writes them, with `--check` it only says which are stale.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from waste_bpm import resources
from waste_bpm.cli import pages_blocks, pages_codes, pages_law, pages_registers, pages_rules, pages_traps
from waste_bpm.exchange import manifest, saying, specimens
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import WHOLE, export, whole
from waste_bpm.processes.exports.svg import places
from waste_bpm.simulation import scenario
from waste_bpm.sop.checklist import schema
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, Package


def generated() -> Iterator[tuple[Path, bytes]]:
    """Each generated file of the tree with the content it should have."""
    yield from xsd.generated()
    yield resources.path("schemas", "sop", "v1.json"), _json(schema())
    yield resources.path("schemas", "scenario", "v1.json"), _json(_model_schema("Scenario", "scenario"))
    yield resources.path("schemas", "consignment", "v1.json"), _json(_model_schema("Consignment", "consignment"))
    yield resources.path("schemas", "manifest", "v1.json"), _json(manifest.schema())
    for package in BLOCKS.values():
        yield from _package(package)
    pages = resources.folder("schemas").parent / "docs" / "processes"
    for process in PROCESSES.values():
        yield resources.path("processes", "places", f"{process.name}.json"), places(process)
        yield pages / f"{process.name}.svg", export(process, "svg").encode()
        yield pages / f"{process.name}.bpmn", export(process, "bpmn").encode()
    yield pages / f"{WHOLE}.svg", whole(PROCESSES.values(), "svg").encode()
    yield pages / f"{WHOLE}.bpmn", whole(PROCESSES.values(), "bpmn").encode()
    yield pages / "README.md", _page().encode()
    for name, text in pages_blocks.pages():
        yield pages.parent / "blocks" / name, text.encode()
    for name, text in pages_codes.pages():
        yield pages.parent / "codes" / name, text.encode()
    for name, text in (*pages_law.pages(), *pages_registers.pages()):
        yield pages.parent / "law" / name, text.encode()
    yield pages.parent / "rules.md", pages_rules.page().encode()
    yield pages.parent / "traps.md", pages_traps.page(pages.parent.parent / "tests").encode()


def _package(package: Package) -> Iterator[tuple[Path, bytes]]:
    """The manifest of a block and its examples."""
    yield manifest.place(package, "manifest.json"), _json(manifest.manifest(package).as_json())
    for message in saying.messages(package):
        for each in specimens.specimens(message):
            yield manifest.place(package, "examples", each.file), each.data


def stale() -> list[str]:
    """The generated files that are missing or not as they should be."""
    return [file.name for file, content in generated() if not file.is_file() or file.read_bytes() != content]


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _model_schema(model: str, name: str) -> dict[str, object]:
    made: dict[str, object] = getattr(scenario, model).model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:waste-bpm:schema:{name}:v1", **made}


def _page() -> str:
    parts = ["# The processes\n", "Made from the tables in `waste_bpm/processes/` by `make generate`.\n"]
    parts.append(f"## The whole movement: who tells whom what\n\n![Who tells whom what]({WHOLE}.svg)\n")
    for process in PROCESSES.values():
        parts.append(f"## {process.title}\n\n![{process.title}]({process.name}.svg)\n")
        parts.append(f"```\n{export(process, 'table').rstrip()}\n```\n")
    return "\n".join(parts)


def main() -> int:
    """Write the files, or with `--check` only say which are stale."""
    if "--check" in sys.argv[1:]:
        wrong = stale()
        print("fresh" if not wrong else f"stale: {', '.join(wrong)}; run make generate")
        return 1 if wrong else 0
    for file, content in generated():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
