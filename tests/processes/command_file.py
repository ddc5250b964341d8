"""A file under any regime on one node, behind the command line: the same words as `tests.casefile`, asked of `waste-bpm`."""

import json
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.casefile import CASE, CaseFile
from tests.processes.command_desk import ERRORS, FOLDER, found, spoken
from waste_bpm.cli.opening import opened


class CommandFile(CaseFile):
    """One case on one node: drafted by `case import`, and every other step a `case act`."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.folder = Path(mkdtemp(dir=FOLDER))
        self.db = self.folder / "node.db"

    @property
    def case(self):
        with opened(str(self.db)) as node:
            return node.case(CASE)

    def ask(self, party, on, step, data):
        code, said = self._drafted(data) if step == "draft" else self._acted(party, on, step, data)
        if code:
            raise ERRORS[code](found(said))
        return said

    def _drafted(self, notification):
        """The consignment file of the case, imported."""
        parties = [
            {"id": party.id, "name": party.name, "country": party.country, "home": party.country}
            | {"roles": sorted(role.value for role in party.roles)}
            for party in super().node.directory.parties.values()
        ]
        named = {"schema": "waste-bpm/consignment/v1", "case": CASE, "title": "A file", "about": "EXAMPLE DATA."}
        file = self.folder / "consignment.json"
        file.write_text(json.dumps({**named, "parties": parties, "notification": notification}))
        return spoken(self.world.now, "case", "import", file, "--host", ",".join(self.states), "--db", self.db)

    def _acted(self, party, on, step, data):
        given = () if data is None else ("--data", "-")
        words = ("case", "act", CASE, step, "--on", on, "--as", party, "--db", self.db, *given)
        return spoken(self.world.now, *words, data=data)


both_files = pytest.mark.parametrize("file_at", [CaseFile, CommandFile], ids=["python", "command line"])
"""Run through Python and through the command line; the test opens `file_at(...)`."""
