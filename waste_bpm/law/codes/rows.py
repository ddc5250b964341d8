"""A row of a register or code list, which knows where it stands, so that a mistake in it can be found."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

_TRUTH = {"yes": True, "no": False, "unverified": None, "": None}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file of `law/lists/`; whatever it refuses, it refuses with file, line and reason."""

    file: Path
    line: int
    cells: Mapping[str, str]
    surplus: int = 0
    """How many cells there are beyond the columns of the header; below zero: how many are missing."""

    def text(self, column: str) -> str:
        """The cell, empty when it is blank or the file has no such column."""
        return self.cells.get(column, "").strip()

    def required(self, column: str) -> str:
        """The cell; raises InputInvalid when it is blank."""
        return self.text(column) or self.refuse(f"the column {column!r} is blank", f"{column}-blank")

    def day(self, column: str) -> date | None:
        """The cell as a day, None when blank; raises InputInvalid when it is no day."""
        written = self.text(column)
        try:
            return date.fromisoformat(written) if written else None
        except ValueError:
            return self.refuse(f"{column} is {written!r}, which is no day written as 2026-11-24", "date-wrong")

    def period(self) -> tuple[date | None, date | None]:
        """First and last day; raises InputInvalid when the last comes before the first."""
        first, last = self.day("valid_from"), self.day("valid_to")
        if first and last and last < first:
            self.refuse(f"{self.text('code')} ends on {last}, before it begins on {first}", "dates-reversed")
        return first, last

    def truth(self, column: str) -> bool | None:
        """The cell as yes or no, None when it is blank or `unverified`; raises InputInvalid for another word."""
        written = self.text(column)
        return _TRUTH[written] if written in _TRUTH else self.refuse(f"{column} is {written!r}, not yes or no")

    def many(self, column: str) -> tuple[str, ...]:
        """The values of a cell that may hold several, with `;` between them."""
        written = self.text(column)
        return tuple(written.split(";")) if written else ()

    def one_of(self, column: str, words: Iterator[str] | tuple[str, ...] | Mapping[str, str]) -> str:
        """The cell, which must be one of the words; raises InputInvalid when it is not."""
        written = self.required(column)
        return written if written in words else self.refuse(f"{column} is {written!r}, not {' or '.join(words)}")

    def whole(self) -> "Row":
        """The row itself; raises InputInvalid when it is too long or short, or names no source."""
        if self.surplus:
            columns = len(self.cells) - min(self.surplus, 0)
            self.refuse(f"{columns + self.surplus} cells where the header has {columns}")
        self.required("source")
        return self

    def finding(self, why: str, rule_id: str = "list-row-wrong") -> Finding:
        """What is wrong with this row."""
        return _row_wrong(self.file, self.line, why, rule_id)

    def refuse(self, why: str, rule_id: str = "list-row-wrong") -> NoReturn:
        """Raise InputInvalid with file, line and reason."""
        raise InputInvalid(self.finding(why, rule_id))


def _row_wrong(file: Path, line: int, why: str, rule_id: str = "list-row-wrong") -> Finding:
    return Finding(rule_id=rule_id, message=f"{file.name}, line {line}: {why}.", line=line, pointer=str(file))


def raw(file: Path) -> Iterator[Row]:
    """The rows of a file as they stand; raises InputInvalid when it is no CSV, or its last column is not `source`."""
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        try:
            columns = next(reader, [])
            if columns[-1:] != ["source"]:
                raise InputInvalid(_row_wrong(file, 1, "the last column is not 'source'"))
            for cells in reader:
                said = dict(zip(columns, cells, strict=False))
                yield Row(file, reader.line_num, said, len(cells) - len(columns))
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputInvalid(_row_wrong(file, reader.line_num, f"this is no CSV in UTF-8 ({error})")) from error


def rows(file: Path) -> Iterator[Row]:
    """The rows of a file of `law/lists/`; raises InputInvalid when one is too long or short, or names no source."""
    return (row.whole() for row in raw(file))
