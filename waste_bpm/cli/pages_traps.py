"""The page of traps: what goes wrong in practice, and the tests that hold each, found by their names."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from waste_bpm.resources import read_yaml

_NAMED = re.compile(r"test_trap_([0-9]+)_")
_TOLD = re.compile(r"\b[Tt]rap ([0-9]+)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trap:
    """A trap: what it is, the tests that hold it, and why there is none as long as there is none."""

    number: int
    says: str
    until: str | None
    tests: tuple[str, ...]


def traps(folder: Path) -> tuple[Trap, ...]:
    """The traps of `traps/traps.yaml` in a folder of tests, with the tests that name them."""
    held = _tests(folder)
    told = read_yaml(folder / "traps" / "traps.yaml")
    return tuple(
        Trap(number=number, says=trap["says"], until=trap.get("until"), tests=held.get(number, ()))
        for number, trap in told.items()
    )


def _tests(folder: Path) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in sorted(_numbers(node)):
                    found[number].append(f"`{node.name}` in {file.relative_to(folder.parent).as_posix()}")
    return {number: tuple(names) for number, names in found.items()}


def _numbers(test: ast.FunctionDef) -> set[int]:
    named = [*_NAMED.findall(test.name), *_TOLD.findall(ast.get_docstring(test) or "")]
    return {int(number) for number in named}


def page(folder: Path) -> str:
    """The traps as Markdown, each with its tests or the reason why it has none."""
    return "\n".join(_lines(traps(folder))) + "\n"


def _lines(found: tuple[Trap, ...]) -> Iterator[str]:
    yield "# Traps of the procedure\n"
    yield "Each trap is held by a test whose name or docstring says `trap` and its number. Made by `make generate`.\n"
    for trap in found:
        yield f"## {trap.number}. {trap.says}\n"
        yield from (f"* {test}" for test in trap.tests)
        if not trap.tests:
            yield f"No test names it yet: {trap.until}."
        yield ""
