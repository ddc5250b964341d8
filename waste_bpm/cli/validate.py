"""Checking messages without recording them: one line a file, every finding, and a summary by rule."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import aloud, plural, put_json, say
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Finding


@job(
    examples=(
        "waste-bpm validate demo-output/messages",
        "waste-bpm validate letter.xml another.xml",
        "waste-bpm validate demo-output/messages --json",
    )
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@as_json
@click.pass_context
def validate(ctx: click.Context, paths: tuple[Path, ...], json_: bool) -> None:
    """Check files or folders of messages.

    A folder stands for every *.xml file below it. Nothing is recorded. The exit code is 3 when any file has findings.
    """
    rules: Counter[str] = Counter()
    results: list[dict[str, Any]] = []
    files = 0
    for file in _files(paths):
        found = gate.findings(file.read_bytes())
        rules.update(finding.rule_id for finding in found)
        files += 1
        results.append({"file": str(file), "findings": [finding.as_json() for finding in found]})
        if not json_:
            _line(file, found)
    if not files:
        raise InputInvalid(_nothing(paths))
    if json_:
        put_json("validation", {"files": results})
    wrong = sum(1 for result in results if result["findings"])
    say(f"{plural(files, 'file')}, {files - wrong} valid, {wrong} with findings. {_by_rule(rules)}".rstrip())
    ctx.exit(InputInvalid.exit_code if wrong else 0)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.xml")) if path.is_dir() else (path,)


def _line(file: Path, found: tuple[Finding, ...]) -> None:
    click.echo(f"{file}: {plural(len(found), 'finding') if found else 'ok'}")
    for finding in found:
        for line in aloud(finding, "  "):
            click.echo(line)


def _by_rule(rules: Counter[str]) -> str:
    return f"By rule: {', '.join(f'{rule} {count}' for rule, count in rules.most_common())}." if rules else ""


def _nothing(paths: Iterable[Path]) -> Finding:
    return Finding(
        rule_id="nothing-to-validate",
        message=f"There is no *.xml file in {', '.join(map(str, paths))}.",
        fix="Name a file, or a folder that holds some.",
    )
