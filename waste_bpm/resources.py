"""The only reader of packaged data: `schemas/`, `sops/`, `scenarios/`, `examples/` and the files of `law/`.

In a wheel the four folders lie in `waste_bpm/data/`; in a checkout they lie beside the package.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

try:  # the loader written in C reads the law ten times as fast; an installation may lack it
    from yaml import CSafeLoader as _Safe
except ImportError:
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]

from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.vocabulary import Finding

_PACKAGE = Path(__file__).parent


@cache
def folder(name: str) -> Path:
    """The folder of packaged data called `name`; raises NotFound when the installation lacks it."""
    for place in (_PACKAGE / "data" / name, _PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise NotFound(Finding(rule_id="data-missing", message=f"The installation has no folder {name!r}."))


def path(name: str, *parts: str) -> Path:
    """The path of one packaged file or folder."""
    return folder(name).joinpath(*parts)


def files(name: str, pattern: str) -> Iterator[Path]:
    """The files of a packaged folder that match a pattern, in order of name."""
    return iter(sorted(folder(name).rglob(pattern)))


class _Loader(_Safe):
    """Safe YAML in which NO is a country, not a refusal, and in which a key said twice is an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the shape PyYAML asks for
        first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is said twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def read_yaml(file: Path) -> Any:
    """The content of a YAML file; raises InputInvalid with file and line when it cannot be read."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - derives from the safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputInvalid(_unreadable(file, error)) from error


def line_of(file: Path, keys: Iterable[object]) -> int:
    """The line of a YAML file on which the entry under these keys begins, or as deep as the keys lead."""
    node: Any = yaml.compose(file.read_text(encoding="utf-8"), Loader=_Loader)
    line = 1
    for key in keys:
        held = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((pair for pair in held if pair[0].value == str(key)), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _unreadable(file: Path, error: Exception) -> Finding:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or str(error).partition("\n")[0]
    line = mark.line + 1 if mark else None
    return Finding(rule_id="file-unreadable", message=f"{file.name}: {why}", line=line, pointer=str(file))
