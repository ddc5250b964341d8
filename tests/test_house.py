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
    ("waste_bpm", "vocabulary", "errors", "resources", "logs", "law"),
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
    "joserfc": {"utility_blocks/seal.py", "utility_blocks/cover.py"},
    "cryptography": {"utility_blocks/cover.py"},
    "transitions": {"processes/process.py"},
    "pygraphviz": {"processes/exports/graphviz.py"},
    "fastapi": {"api/"},
    "starlette": {"api/"},
    "uvicorn": {"cli/"},
    "prometheus_client": {"api/metrics.py"},
    "structlog": {"logs.py"},
    "httpx": {"exchange/https.py"},
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
MEASURES = re.compile(
    r"(?:^|_)(?:days?|weeks?|months?|years?|tonnes?|kilograms?|percent|decimals|tolerance|lead|horizon|deadline|due|validity|"
    r"threshold|waiver|rounds)(?:_|$)",
    re.IGNORECASE,
)
"""Names that measure what the law measures; a number beside one of them belongs into a law file."""
NO_LAW = {
    "documents/types.py": {"_FIRST_YEAR, _LAST_YEAR = (1000, 2999)"},
    "law/values.py": {"divmod(start.month - 1 + months, 12)", "number * 12"},
    "law/review.py": {"CHECKED_EVERY_MONTHS = 18"},
    "processes/receipt.py": {"_PERCENT = 100"},
}
"""Numbers beside such names that are no law: the calendar itself, the years of a date, how often this house checks."""
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
    text = module.read_text(encoding="utf-8")
    assert not LEGAL_NUMBER.search(text)
    allowed = NO_LAW.get(place(module), set())
    assert [said for said in legal_numbers(text) if not any(known in said for known in allowed)] == []


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and abs(node.value) > 1


def measures(*nodes: ast.AST) -> bool:
    """Whether a name in these expressions measures what the law measures."""
    for each in (each for node in nodes for each in ast.walk(node)):
        name = getattr(each, "id", None) or getattr(each, "attr", None) or getattr(each, "arg", None)
        if isinstance(name, str) and MEASURES.search(name):
            return True
    return False


def legal_numbers(text: str) -> list[str]:
    """Where a number stands beside a name that measures: compared, added, multiplied, assigned, or handed over."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            suspect = any(map(is_number, (node.left, *node.comparators))) and measures(node)
        elif isinstance(node, ast.BinOp):
            suspect = (is_number(node.left) or is_number(node.right)) and measures(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            suspect = node.value is not None and measures(*targets) and any(map(is_number, ast.walk(node.value)))
        elif isinstance(node, ast.Call):
            named = [key for key in node.keywords if key.arg and MEASURES.search(key.arg)]
            counted = "timedelta" in ast.unparse(node.func) or measures(node.func)
            suspect = any(is_number(each) for key in named for each in ast.walk(key.value)) or (
                counted and any(map(is_number, node.args))
            )
        else:
            suspect = isinstance(node, ast.arguments) and any(
                MEASURES.search(each.arg) and is_number(default)
                for each, default in zip(node.args[::-1], node.defaults[::-1], strict=False)
            )
        if suspect:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "line",
    [
        "due = start + timedelta(30)",
        "due = start + timedelta(days=30)",
        "late = (today - sent).days > 60",
        "validity_months = 12",
        "TRANSIT_ANSWER_DAYS: int = 60",
        "add(day, 7 * weeks)",
        "count(start, working_days=7)",
        "months_later(start, 12)",
        "def f(lead=3): pass",
        "if quantity.tonnes > 25: pass",
    ],
)
def test_a_legal_number_in_python_would_be_seen(line):
    assert legal_numbers(line)


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
