"""The house rules: floors, one module per outside library, sizes, law numbers, addresses, fresh files."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from waste_bpm.cli.generate import stale

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "waste_bpm"

FLOORS = (
    ("waste_bpm", "vocabulary", "errors", "resources", "law"),
    ("documents",),
    ("processes", "utility_blocks"),
    ("sop",),
    ("casework",),
    ("exchange", "simulation", "reporting"),
    ("api", "web", "locale"),
    ("cli",),
    ("__main__",),
)
"""Each place by floor; what stands on one floor does not know its neighbours, the ground floor excepted."""

OUTSIDE = {
    "lxml": {"utility_blocks/xml.py", "utility_blocks/xsd.py"},
    "xmlschema": {"utility_blocks/explain.py"},
    "joserfc": {"utility_blocks/seal.py"},
    "cryptography": {"utility_blocks/seal.py"},
    "transitions": {"processes/process.py"},
    "pygraphviz": {"processes/exports/graphviz.py"},
    "fastapi": {"api/"},
    "starlette": {"api/"},
    "uvicorn": {"cli/"},
    "click": {"cli/"},
    "yaml": {"resources.py"},
    "holidays": {"law/calendars.py"},
    "uuid_utils": {"cli/clock.py"},
    "secrets": {"cli/clock.py"},
    "sqlite3": {"casework/databases.py"},
    "alembic": {"casework/migrations/"},
    "psycopg": set(),
    "swagger_ui_bundle": {"api/"},
}
"""The modules that may know an outside library; SQL is written with SQLAlchemy Core in casework alone."""

CLOCKS = re.compile(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(|random\.|uuid4\(|uuid1\(|secrets\.")
LEGAL_NUMBER = re.compile(r"timedelta\(days=(?!1\b)\d+|timedelta\(weeks=")
MODULES = sorted(PACKAGE.rglob("*.py"))


def place(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def floor_of(name: str) -> int:
    top = name.split(".", maxsplit=1)[0] if name else "waste_bpm"
    return next(number for number, names in enumerate(FLOORS) if top in names)


def imports(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def own_name(module: Path) -> str:
    inner = place(module).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return "waste_bpm" if inner == "__init__" else inner


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_a_module_imports_only_from_floors_below(module):
    mine = floor_of(own_name(module))
    wing = own_name(module).split(".")[0]
    for name in imports(module):
        if not name.startswith("waste_bpm."):
            continue
        inner = name.removeprefix("waste_bpm.")
        if inner.split(".")[0] == wing or inner == "__version__":
            continue
        assert mine == 0 or floor_of(inner) < mine, f"{place(module)} may not import {name}"


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_each_outside_library_has_its_module(module):
    for name in imports(module):
        top = name.split(".")[0]
        if top == "sqlalchemy":
            assert place(module).startswith("casework/"), place(module)
        allowed = OUTSIDE.get(top)
        if allowed is not None:
            assert any(place(module).startswith(each) for each in allowed), f"{place(module)} may not know {top}"


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_modules_tell_one_story_and_functions_stay_small(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 50, f"{place(module)}: {node.name}"


def test_most_functions_are_short():
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 12
    assert lengths[int(len(lengths) * 0.9)] <= 27


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_clock_randomness_and_identities_are_handed_in(module):
    if place(module) != "cli/clock.py":
        assert not CLOCKS.search(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_no_legal_number_stands_in_python(module):
    assert not LEGAL_NUMBER.search(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", [each for each in MODULES if not place(each).startswith("law/")], ids=place)
def test_nobody_branches_on_a_regime(module):
    assert not re.search(r"if .*\bregime\b *==", module.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_tracked_file_holds_an_index_address_or_a_path_of_a_machine():
    wrong = re.compile(r"index-ur[l] *[= ]|--find-link[s]|https?://[^ \"]+\.(wh[l]|tar\.g[z])|/home[/][a-z]+/|/root[/]")
    for file in tracked():
        if file.suffix in {".png", ".ico"} or not file.is_file():
            continue
        assert not wrong.search(file.read_text(encoding="utf-8", errors="ignore")), file


def test_names_of_files_say_a_noun_of_the_field():
    forbidden = {"utils", "util", "helpers", "helper", "base", "manager", "service", "services", "common", "misc"}
    assert not [place(module) for module in MODULES if module.stem in forbidden]


def test_generated_files_are_fresh():
    assert stale() == []
