"""Checking messages without recording them: one line a file, every finding, and a summary by rule.

Many files are checked by all cores, in chunks; what waits in memory is a few chunks, however many files there are.
"""

import itertools
import json
import multiprocessing
import os
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import aloud, plural, reader, say, spoken
from waste_bpm.cli.sources import Source, sources
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.utility_blocks import gate, seal
from waste_bpm.utility_blocks.wording import ENGLISH, in_language
from waste_bpm.vocabulary import Finding

_CHUNK = 100
"""Files that go to a core at once."""
_ENOUGH = 24 * 1024 * 1024
"""Bytes below which starting other processes takes longer than the work."""
_AHEAD = 3
"""Chunks that wait for each process or are with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Check:
    """How each file is checked: the language of its findings, and the keys when seals count."""

    language: str
    keys: seal.KeySet | None
    at: datetime

    def __call__(self, chunk: Sequence[Source]) -> "list[_Result]":
        told: dict[int, Sequence[Finding]] = {}
        asked: list[int] = []
        for number, read in enumerate(gate.read_many(self._bare(chunk, told, asked))):
            if isinstance(read, InputInvalid):
                told[asked[number]] = read.findings
        return [
            (source.name, tuple(in_language(each, self.language) for each in told.get(place, ())))
            for place, source in enumerate(chunk)
        ]

    def _bare(self, chunk: Sequence[Source], told: dict[int, Sequence[Finding]], asked: list[int]) -> Iterator[bytes]:
        """The bytes of each file that has no seal to be verified, and in `asked` its place; the others are told."""
        for place, source in enumerate(chunk):
            try:
                data = self._unsealed(source)
            except WasteBpmError as refused:
                told[place] = refused.findings
            except OSError as error:
                unread = f"The file cannot be read: {error.strerror}."
                told[place] = (Finding(rule_id="file-unreadable", message=unread),)
            else:
                if data is not None:
                    asked.append(place)
                    yield data

    def _unsealed(self, source: Source) -> bytes | None:
        """The bytes of a file; None when its seal vouches for them and they are a valid message."""
        if source.refused is not None:
            raise InputInvalid(source.refused)
        data, beside = source.read(), self._seal(source)
        if beside is None or self.keys is None:
            return data
        seal.opened(data, beside, self.keys, self.at)
        return None

    def _seal(self, source: Source) -> bytes | None:
        if self.keys is None or source.file is None:
            return None
        place = source.file.with_name(source.file.name + seal.SUFFIX)
        return place.read_bytes() if place.is_file() else None


@dataclass(kw_only=True, slots=True)
class _Sum:
    """What was found so far."""

    files: int = 0
    wrong: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, found: Sequence[Finding]) -> None:
        self.files += 1
        self.wrong += bool(found)
        self.rules.update(finding.rule_id for finding in found)

    def sentence(self, language: str) -> str:
        by_rule = ", ".join(f"{rule} {count}" for rule, count in self.rules.most_common())
        said = f"{plural(self.files, 'file')}, {self.files - self.wrong} valid, {self.wrong} with findings."
        rules = [spoken(f"By rule: {by_rule}.", language)] if by_rule else []
        return " ".join((spoken(said, language), *rules))


@job(
    examples=(
        "waste-bpm validate demo-output/messages",
        "waste-bpm validate letter.xml another.xml --lang fr",
        "waste-bpm validate demo-output/messages --json",
    )
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True, path_type=Path))
@click.option("--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Verify seals with these.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes; without it one for each core.")
@as_json
@click.pass_context
def validate(ctx: click.Context, paths: tuple[Path, ...], keys: Path | None, jobs: int | None, json_: bool) -> None:
    """Check files, folders or archives of messages; - is standard input.

    A folder stands for every *.xml file below it, a zip, tar or tar.gz for every *.xml file in it. Nothing is recorded.
    With --keys, the seal that lies beside a file as FILE.jws is verified before the file is read. The exit code is 3
    when any file has findings.
    """
    _refuse_missing(paths)
    lang = reader() or ENGLISH
    check = _Check(language=lang, keys=seal.read_keys(keys.read_bytes()) if keys else None, at=clock.now())
    results = _checked(sources(paths, sys.stdin.buffer), check, jobs or os.cpu_count() or 1)
    total = _Sum()
    counted = _counted(results, total)
    for write in _as_json(counted, total) if json_ else _as_text(counted, lang):
        click.echo(write, nl=False)
    if not total.files:
        raise InputInvalid(_nothing(paths))
    say(total.sentence(lang))
    ctx.exit(InputInvalid.exit_code if total.wrong else 0)


_Result = tuple[str, tuple[Finding, ...]]


def _checked(found: Iterable[Source], check: _Check, jobs: int) -> Iterator[_Result]:
    """Every source with its findings, in order; by other processes when there is enough to do for them."""
    chunks = _chunks(iter(found))
    first = deque(_first(chunks)) if jobs > 1 else deque[list[Source]]()
    if sum(map(_size, first)) < _ENOUGH:
        for chunk in itertools.chain(first, chunks):
            yield from check(chunk)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        ahead = itertools.chain(first, chunks)
        under_way = deque(pool.submit(check, chunk) for chunk in itertools.islice(ahead, _AHEAD * jobs))
        while under_way:
            yield from under_way.popleft().result()
            under_way.extend(pool.submit(check, chunk) for chunk in itertools.islice(ahead, 1))


def _first(chunks: Iterator[list[Source]]) -> Iterator[list[Source]]:
    """As many chunks as show that there is enough to do, or all there are."""
    seen = 0
    for chunk in chunks:
        yield chunk
        seen += _size(chunk)
        if seen >= _ENOUGH:
            return


def _size(chunk: Iterable[Source]) -> int:
    return sum(source.size for source in chunk)


def _chunks(found: Iterator[Source]) -> Iterator[list[Source]]:
    while chunk := list(itertools.islice(found, _CHUNK)):
        yield chunk


def _counted(results: Iterable[_Result], total: _Sum) -> Iterator[_Result]:
    """The results as they come, with progress for whoever watches."""
    watched = sys.stderr.isatty()
    for name, found in results:
        total.add(found)
        if watched and total.files % _CHUNK == 0:
            click.echo(f"\r{total.files} files, {total.wrong} with findings", err=True, nl=False)
        yield name, found
    if watched:
        click.echo("\r\033[K", err=True, nl=False)


def _as_text(results: Iterable[_Result], language: str) -> Iterator[str]:
    for name, found in results:
        yield f"{name}: {spoken(plural(len(found), 'finding'), language) if found else 'ok'}\n"
        for finding in found:
            yield from (f"{line}\n" for line in aloud(finding, "  ", language))


def _as_json(results: Iterable[_Result], total: _Sum) -> Iterator[str]:
    """One JSON object, written while the files are checked: a file a line, and the summary at the end."""
    yield '{"schema": "waste-bpm/validation/v1", "files": ['
    for number, (name, found) in enumerate(results):
        row: dict[str, Any] = {"file": name, "findings": [finding.as_json() for finding in found]}
        yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
    summary = {"files": total.files, "wrong": total.wrong, "rules": dict(total.rules.most_common())}
    yield f'\n], "summary": {json.dumps(summary)}}}\n'


def _refuse_missing(paths: Iterable[Path]) -> None:
    for path in paths:
        if path != Path("-") and not path.exists():
            raise click.BadParameter(f"There is no {path}.", param_hint="PATH...")


def _nothing(paths: Iterable[Path]) -> Finding:
    return Finding(
        rule_id="nothing-to-validate",
        message=f"There is no *.xml file in {', '.join(map(str, paths))}.",
        fix="Name a file, or a folder that holds some.",
    )
