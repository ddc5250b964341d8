"""The open registers: every row is sourced, what is wrong in a file is named, and what has no row is not known."""

from datetime import date
from pathlib import Path

import pytest

from waste_bpm.errors import NotFound
from waste_bpm.law import declarations, registers
from waste_bpm.law.declarations import Waiver
from waste_bpm.law.registers import REGISTERS, agreement_covers, country_rule, import_prohibited
from waste_bpm.law.rules import regime

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("held", REGISTERS.values(), ids=lambda held: held.name)
def test_a_register_on_file_has_nothing_wrong_and_a_source_in_every_row(held):
    assert list(registers.lint(held, held.file)) == []
    assert all(row.source for row in registers.entries(held.name))


@pytest.mark.parametrize("held", REGISTERS.values(), ids=lambda held: held.name)
def test_the_columns_of_a_file_are_those_that_its_page_explains(held):
    assert held.file.read_text(encoding="utf-8").splitlines()[0].split(",") == list(held.columns)


def test_a_register_that_there_is_not():
    with pytest.raises(NotFound, match="There are: waivers"):
        registers.register("nothing")


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("waivers", "XQ,2020-01-01,,a letter", "'XQ' is not the code of a country"),
        ("waivers", "LK,,,a letter", "'since' is blank"),
        ("waivers", "LK,2020-01-01,2019-01-01,a letter", "before it begins"),
        ("waivers", "LK,2020-01-01,,", "'source' is blank"),
        ("import_prohibitions", "TN,Y99,,2020-01-01,,,,an act,a gazette", "no code that we hold"),
        ("import_prohibitions", "TN,Y46,,,,,,an act,a gazette", "neither 'since' nor 'known_on'"),
        ("import_prohibitions", "TN,Y46,,2020-01-01,,,perhaps,an act,a gazette", "not yes or no"),
        ("agreements", "x,Title,group:MARS,no,R,,2020-01-01,,,all,a letter", "neither a country nor a group"),
        ("agreements", "x,Title,US;CA,no,X,,2020-01-01,,,all,a letter", "not R, D or R;D"),
        ("country_rules", "1418/2007,MY,B3011,yes,none,,,,a gazette", "neither 'since' nor 'known_on'"),
        ("ports", ",TN,,,,,a page", "'name' is blank"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path: Path, name, row, says):
    held = REGISTERS[name]
    file = tmp_path / f"{name}.csv"
    file.write_text(f"{','.join(held.columns)}\n{row}\n", encoding="utf-8")
    found = list(registers.lint(held, file))
    assert [says in finding.message for finding in found] == [True]
    assert found[0].line == 2


def test_a_column_that_the_register_does_not_have_is_named(tmp_path: Path):
    file = tmp_path / "waivers.csv"
    file.write_text("country,since,until,mood,source\nLK,2020-01-01,,good,a letter\n", encoding="utf-8")
    assert [found.rule_id for found in registers.lint(REGISTERS["waivers"], file)] == ["register-column"]


def filled(monkeypatch, name, *rows, tmp_path):
    """The register with these rows in place of those on file."""
    file = tmp_path / f"{name}.csv"
    file.write_text("\n".join([",".join(REGISTERS[name].columns), *rows, ""]), encoding="utf-8")
    kept = registers.read(REGISTERS[name], file)
    on_file = registers.entries
    monkeypatch.setattr(registers, "entries", lambda asked: kept if asked == name else on_file(asked))


class TestProhibitionsOfImport:
    def ask(self, day, *names, hazardous=False, state="TN"):
        return import_prohibited(state, frozenset(names), hazardous, date.fromisoformat(day))[0]

    def test_household_waste_to_tunisia(self):
        assert self.ask("2020-06-01", "Y46", hazardous=False) is True
        assert self.ask("2020-06-01", "B3010", hazardous=False) is False

    def test_of_the_days_before_the_source_speaks_nothing_is_known(self):
        assert self.ask("2019-06-01", "Y46", hazardous=False) is None

    def test_all_hazardous_waste_as_far_as_it_is_known_to_be_hazardous(self):
        assert self.ask("2020-06-01", "A1160", hazardous=True) is True
        assert self.ask("2020-06-01", "NOT LISTED", hazardous=None) is None

    def test_a_limit_in_words_is_for_a_person_to_judge(self):
        assert self.ask("2021-01-01", "B3010", state="CN") is None
        assert self.ask("2020-12-31", "B3010", state="CN") is False


class TestAgreements:
    def ask(self, start, end, kind, *via):
        return agreement_covers(start, end, via, kind, TODAY)[0]

    def test_the_oecd_decision_covers_recovery_between_its_countries(self):
        assert self.ask("US", "KR", "R") is True
        assert self.ask("US", "KR", "D") is False
        assert self.ask("US", "IN", "R") is False

    def test_one_whose_first_day_or_reach_is_not_read_is_not_known_to_cover(self):
        assert self.ask("US", "CA", "D") is None

    def test_one_way_and_the_states_that_may_be_crossed(self, monkeypatch, tmp_path):
        row = "x,Title,US;PH,yes,R;D,group:OECD,2020-01-01,,,all,a letter"
        filled(monkeypatch, "agreements", row, tmp_path=tmp_path)
        assert self.ask("US", "PH", "D") is True
        assert self.ask("PH", "US", "D") is False
        assert self.ask("US", "PH", "D", "JP") is True
        assert self.ask("US", "PH", "D", "SG") is False


def test_a_country_rule_is_that_of_its_regulation_state_waste_and_day(monkeypatch, tmp_path):
    row = "1418/2007,MY,B3011,no,notification,2021-01-01,,,a gazette"
    filled(monkeypatch, "country_rules", row, tmp_path=tmp_path)
    found = country_rule("1418/2007", "MY", frozenset({"B3011"}), TODAY)
    assert (found.forbids, found.procedure) == (False, "notification")
    for asked in (
        ("2024/1157", "MY", frozenset({"B3011"}), TODAY),
        ("1418/2007", "TH", frozenset({"B3011"}), TODAY),
        ("1418/2007", "MY", frozenset({"B1010"}), TODAY),
        ("1418/2007", "MY", frozenset({"B3011"}), date(2020, 12, 31)),
    ):
        assert country_rule(*asked) is None


def test_a_waiver_on_file_holds_for_every_law_and_a_node_may_add_its_own(monkeypatch, tmp_path):
    filled(monkeypatch, "waivers", "SG,2020-01-01,,a letter", tmp_path=tmp_path)
    assert registers.waivers() == (Waiver(country="SG", since=date(2020, 1, 1), until=None, source="a letter"),)
    own = Waiver(country="LK", since=date(2020, 1, 1), until=None, source="the node")
    law = regime("BASEL").with_waivers([*registers.waivers(), own])
    assert [law.waiver(state, TODAY) is not None for state in ("SG", "LK", "KE")] == [True, True, False]


@pytest.mark.parametrize(
    ("period", "on", "expected"),
    [
        ({"since": date(2020, 1, 1), "until": date(2020, 12, 31)}, date(2020, 12, 31), True),
        ({"since": date(2020, 1, 1), "until": date(2020, 12, 31)}, date(2021, 1, 1), False),
        ({"since": date(2020, 1, 1), "until": None}, date(2019, 12, 31), False),
        ({"since": None, "until": None, "known_on": date(2020, 1, 1)}, date(2020, 1, 1), True),
        ({"since": None, "until": None, "known_on": date(2020, 1, 1)}, date(2019, 12, 31), None),
        ({"since": None, "until": None}, date(2020, 1, 1), None),
    ],
)
def test_a_declaration_holds_in_its_days_and_is_not_known_outside_its_source(period, on, expected):
    assert declarations.Period(**period).on(on) is expected
