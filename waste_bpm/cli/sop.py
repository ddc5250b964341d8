"""Reading checklists: the list of them, one of them step by step, on paper, and whether they are sound."""

from collections.abc import Iterator
from pathlib import Path

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, put_findings, say, wrapped
from waste_bpm.errors import InputInvalid
from waste_bpm.processes import PROCESSES
from waste_bpm.sop.checklist import Sop, SopStep, load, sop, sops
from waste_bpm.sop.lint import lint as look_over
from waste_bpm.sop.printed import printed
from waste_bpm.vocabulary import Finding, Severity


@job(
    examples=(
        "waste-bpm sop list",
        "waste-bpm sop list --json",
        "waste-bpm sop list | cut -c1-60",
    )
)
@as_json
def list_(json_: bool) -> None:
    """List the checklists."""
    known = list(sops().values())
    rows = [(each.id, each.version, ", ".join(each.applies_to.points), each.title) for each in known]
    said = [
        {
            "id": each.id,
            "version": each.version,
            "title": each.title,
            "points": each.applies_to.points,
            "digest": each.digest,
        }
        for each in known
    ]
    answer("sops", {"sops": said}, columns(rows), json_=json_)


@job(
    examples=(
        "waste-bpm sop show SOP-01",
        "waste-bpm sop show SOP-01 --json",
        "waste-bpm sop show SOP-01 | less",
    )
)
@click.argument("id_", metavar="ID")
@as_json
def show(id_: str, json_: bool) -> None:
    """Show a checklist step by step."""
    found = sop(id_)
    content = {"digest": found.digest, "sop": found.model_dump(mode="json", exclude_none=True)}
    answer("sop", content, _shown(found), json_=json_)


def _shown(found: Sop) -> Iterator[str]:
    yield f"{found.id} {found.version}: {found.title}"
    yield wrapped(found.purpose)
    yield f"Used at: {', '.join(found.applies_to.points)}. Law: {'; '.join(found.legal)}."
    for number, step in enumerate(found.steps, 1):
        yield ""
        yield from _step(number, step)


def _step(number: int, step: SopStep) -> Iterator[str]:
    for line in step.warn:
        yield wrapped(line, "    ! ")
    yield wrapped(f"{step.ask} [{step.id}]", f"{number:>2}. ")
    for item in step.items:
        yield wrapped(item, "    - ")
    if step.answer:
        yield f"    Answer: {' | '.join(step.answer.allowed) or step.answer.type}"
    for asked in step.evidence:
        yield f"    Evidence: {asked.label} ({asked.type}{', required' if asked.required else ''})"
    if step.emits:
        yield f"    Ends with: {step.emits.event}{f' ({step.emits.reason})' if step.emits.reason else ''}"
    elif step.next:
        yield f"    Then: {', '.join(dict.fromkeys(row.go for row in step.next))}"


@job(
    examples=(
        "waste-bpm sop lint",
        "waste-bpm sop lint --json",
        "waste-bpm sop lint sops/SOP-01.yaml",
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@as_json
@click.pass_context
def lint(ctx: click.Context, paths: tuple[Path, ...], json_: bool) -> None:
    """Check that every path of a checklist ends, and that all it names exists.

    Without PATH the packaged checklists are checked. A folder stands for its *.yaml files. Exit code 3 means findings.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    checked, found = _looked_over(files) if paths else _linted(list(sops().values()))
    wrong = any(finding.severity is Severity.ERROR for finding in found)
    if found:
        code = InputInvalid.exit_code if wrong else 0
        put_findings(f"{plural(len(found), 'finding')} in {plural(checked, 'checklist')}", found, code, json_=json_)
    else:
        answer("findings", {"findings": []}, [f"{plural(checked, 'checklist')}: sound."], json_=json_)
    ctx.exit(InputInvalid.exit_code if wrong else 0)


def _looked_over(files: list[Path]) -> tuple[int, list[Finding]]:
    """Load and lint files; one that does not load gives its findings and does not stop the others."""
    found: list[Finding] = []
    read: list[Sop] = []
    for file in files:
        try:
            read.append(load(file))
        except InputInvalid as refused:
            found += refused.findings
    return len(files), [*found, *_linted(read)[1]]


def _linted(read: list[Sop]) -> tuple[int, list[Finding]]:
    known = {step.outcome for process in PROCESSES.values() for step in process.steps if step.outcome}
    return len(read), [finding for each in read for finding in look_over(each, known)]


@job(
    examples=(
        "waste-bpm sop print SOP-01",
        "waste-bpm sop print SOP-01 > sop-01.md",
        "waste-bpm sop print SOP-01 --json",
    )
)
@click.argument("id_", metavar="ID")
@as_json
def print_(id_: str, json_: bool) -> None:
    """Write a checklist for paper, as Markdown.

    The numbers on paper are those of the steps, so that what was ticked can be keyed in later.
    """
    found = sop(id_)
    text = printed(found)
    answer("sop-paper", {"id": found.id, "version": found.version, "markdown": text}, [text.rstrip()], json_=json_)
    say(f"{found.id}, version {found.version}: {plural(len(found.steps), 'step')}.")
