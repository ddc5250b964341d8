"""The open registers of the law: what is on file, and what is wrong in a file of theirs."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural
from waste_bpm.errors import InputInvalid
from waste_bpm.law import registers
from waste_bpm.law.codes import rows
from waste_bpm.law.registers import REGISTERS, Register


@job(
    examples=(
        "waste-bpm registers list",
        "waste-bpm registers list agreements",
        "waste-bpm registers list import_prohibitions --json",
    )
)
@click.argument("name", required=False)
@as_json
def list_(name: str | None, json_: bool) -> None:
    """List the open registers, or the rows of one.

    A register is open: what has no row is not known, which is neither yes nor no.
    """
    if name:
        held = registers.register(name)
        content = {"register": name, "law": held.law, "rows": [asdict(row) for row in registers.entries(name)]}
        answer("register", content, _rows(held), json_=json_)
        return
    found = [(each.name, str(len(registers.entries(each.name))), each.title, each.law) for each in REGISTERS.values()]
    names = ("name", "rows", "title", "law")
    content = {"registers": [dict(zip(names, row, strict=True)) for row in found]}
    answer("registers", content, columns([("REGISTER", "ROWS", "HOLDS", "LAW"), *found]), json_=json_)


def _rows(held: Register) -> Iterator[str]:
    yield f"{held.title} ({held.law})"
    found = list(rows(held.file))
    for row in found:
        yield "- " + "; ".join(f"{column}: {row.text(column)}" for column in held.columns if row.text(column))
    yield f"{plural(len(found), 'row')}. What has no row is not known."


@job(
    examples=(
        "waste-bpm registers lint",
        "waste-bpm registers lint waivers.csv",
        "waste-bpm registers lint --json",
    )
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json
def lint(files: tuple[Path, ...], json_: bool) -> None:
    """Check files of registers, or those on file.

    Days, countries and codes must be right, and every row must name its source. A file is checked as the register
    whose name it bears, as `waivers.csv`.
    """
    checked = [(registers.register(file.stem), file) for file in files] or [(r, r.file) for r in REGISTERS.values()]
    wrong = [finding for held, file in checked for finding in registers.lint(held, file)]
    if wrong:
        raise InputInvalid(wrong)
    content = {"files": [file.name for _, file in checked], "findings": []}
    answer("registers-lint", content, [f"{plural(len(checked), 'register')} checked, nothing wrong."], json_=json_)
