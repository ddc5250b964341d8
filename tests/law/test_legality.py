"""The worked cases L1 to L8 and L10, each as its row says, and the documented cases at each moment."""

import pytest

from tests.law.legal import ask, conditions, in_doubt, procedure, prohibiting


def test_l1_a_non_party_may_not_be_traded_with_unless_an_agreement_covers_it():
    found = ask("US", "IN", "A1181", "R4", "2026-03-01")
    assert (found.verdict, prohibiting(found)) == ("prohibited", {"trade-with-a-non-party"})
    assert found.findings[0].law == "Basel Convention, Art. 4(5), 11"


def test_l2_the_oecd_decision_is_an_agreement_for_recovery():
    found = ask("US", "KR", "A1010", "R4", "2026-03-01")
    assert (found.verdict, found.regime, procedure(found)) == ("permitted", "OECD", "amber-control")
    assert "trade-with-a-non-party" in found.passed


def test_l2_the_oecd_decision_is_none_for_disposal():
    found = ask("US", "KR", "A1010", "D10", "2026-03-01")
    assert (found.verdict, prohibiting(found)) == ("prohibited", {"trade-with-a-non-party"})


def test_l3_two_rules_prohibit_and_both_are_listed():
    found = ask("DE", "GH", "A1181", "R4", "2026-06-01")
    assert prohibiting(found) == {"ban-amendment-recovery", "eu-export-hazardous"}
    assert {ground.law for ground in found.findings} == {
        "Basel Convention, Art. 4A(2)",
        "Regulation (EU) 2024/1157, Art. 39(1)",
    }


def test_l4_the_ban_amendment_does_not_reach_annex_ii_but_the_law_of_the_union_does():
    found = ask("DE", "GH", "Y49", "R4", "2026-06-01")
    assert prohibiting(found) == {"eu-export-other-wastes"}
    assert in_doubt(found) == set()
    assert found.findings[0].law == "Regulation (EU) 2024/1157, Art. 39(1)(c)"


def test_l5_the_day_before_the_plastic_ban_the_country_rules_apply_and_malaysia_is_not_sourced():
    found = ask("DE", "MY", "B3011", "R3", "2026-11-20")
    assert (found.verdict, prohibiting(found)) == ("needs_review", set())
    assert in_doubt(found) == {"eu-export-country-rules"}
    assert "1418/2007 says of B3011 and MY is not sourced" in found.findings[0].message
    assert procedure(found) == "country-rules"


def test_l5_from_its_first_day_the_plastic_ban_prohibits():
    found = ask("DE", "MY", "B3011", "R3", "2026-11-21")
    assert (found.verdict, prohibiting(found)) == ("prohibited", {"eu-export-plastic"})
    assert found.findings[0].law == "Regulation (EU) 2024/1157, Art. 39(1)(d)"


def test_l6_the_procedure_of_the_convention_with_the_import_rules_of_the_union():
    found = ask("KE", "BE", "A1160", "R4", "2026-07-01")
    assert (found.verdict, found.regime, procedure(found)) == ("permitted", "BASEL", "prior-informed-consent")
    assert "eu-import-rules" in conditions(found)
    assert {"need-for-export", "sound-management", "authorised-persons", "contract", "guarantee"} <= conditions(found)


@pytest.mark.parametrize("day", ["1992-05-05", "2007-07-12", "2026-11-24", "2040-01-01"])
@pytest.mark.parametrize("waste", ["A1160", "B1010", "Y46", "NOT LISTED", "GC010"])
def test_l7_nothing_goes_south_of_60_degrees_south(waste, day):
    found = ask("KE", "BE", waste, "R4", day, place="south-of-60S")
    assert found.verdict == "prohibited"
    assert "place-south-of-60" in prohibiting(found)


def test_l7_antarctica_lies_there_and_a_movement_needs_no_border():
    assert "place-south-of-60" in prohibiting(ask("AU", "AQ", "B1010", "D1", "2026-07-01"))
    assert ask("AU", "AU", "B1010", "D1", "2026-07-01", place="south-of-60S").verdict == "prohibited"


@pytest.mark.parametrize(("kg", "expected"), [("25", "green-list-information"), ("20", "no-document")])
def test_l8_green_waste_needs_its_document_above_20_kg(kg, expected):
    found = ask("FR", "DE", "B1010", "R4", "2026-07-01", kg=kg)
    assert (found.verdict, found.regime, procedure(found)) == ("permitted", "EU", expected)


def test_l9_a_code_that_was_withdrawn_says_what_replaced_it():
    assert ask("KE", "BE", "B1110", "R4", "2024-12-31").notes == ()
    found = ask("KE", "BE", "B1110", "R4", "2025-01-01")
    assert [note.rule_id for note in found.notes] == ["code-withdrawn"]
    assert found.judged_as == ("Y49", "A1181")
    assert procedure(found) == "prior-informed-consent"


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-12-31", "green-list-information"), ("2027-01-01", "prior-notification")]
)
def test_l10_electrical_scrap_is_green_within_the_union_until_the_end_of_2026(day, expected):
    found = ask("FR", "DE", "GC010", "R4", day)
    assert (found.verdict, procedure(found), found.judged_as) == ("permitted", expected, ("Y49", "A1181"))


class TestFromItalyToTunisiaIn2020:
    def test_before_departure_with_the_true_code_two_rules_prohibit(self):
        found = ask("IT", "TN", "Y46", "R3", "2020-05-15")
        assert prohibiting(found) == {"import-prohibited", "eu-export-other-wastes"}
        laws = " ".join(ground.law for ground in found.findings)
        assert "Basel Convention, Art. 4(1)" in laws
        assert "Regulation (EC) No 1013/2006, Art. 36(1)(b)" in laws

    def test_with_the_declared_code_nothing_prohibits_but_the_entry_of_tunisia_is_not_sourced(self):
        found = ask("IT", "TN", "B3010", "R3", "2020-05-15")
        assert (found.verdict, in_doubt(found)) == ("needs_review", {"eu-export-country-rules"})

    def test_before_its_source_speaks_the_prohibition_of_import_is_not_known(self):
        assert "import-prohibited" in in_doubt(ask("IT", "TN", "Y46", "R3", "2010-05-15"))


class TestFromCanadaToThePhilippinesIn2013:
    def test_household_waste_needs_notification_and_consent_though_no_state_calls_it_hazardous(self):
        found = ask("CA", "PH", "Y46", "R3", "2013-09-01")
        assert found.question.hazardous_for == frozenset()
        assert (found.regime, procedure(found)) == ("BASEL", "prior-informed-consent")
        assert "written-consent-of-import" in conditions(found)

    def test_the_plastic_entries_of_2021_do_not_apply_yet(self):
        found = ask("CA", "PH", "Y48", "R3", "2013-09-01")
        assert [note.rule_id for note in found.notes] == ["code-not-yet-valid"]
        assert "B3010" in found.judged_as
        assert procedure(found) == "outside-the-convention"


class TestFromGreatBritainToSriLankaIn2017:
    @pytest.mark.parametrize("code", ["Y1", "A4020"])
    def test_the_law_of_the_union_then_in_force_forbids_clinical_waste(self, code):
        found = ask("GB", "LK", code, "R3", "2017-09-15")
        assert prohibiting(found) == {"eu-export-hazardous"}
        assert found.findings[0].law == "Regulation (EC) No 1013/2006, Art. 36(1)"

    def test_the_ban_amendment_was_not_yet_in_force(self):
        found = ask("GB", "LK", "A4020", "R3", "2017-09-15")
        assert not {ground.rule_id for ground in found.findings} & {"ban-amendment-recovery", "ban-amendment-disposal"}
        assert "ban-amendment-recovery" in prohibiting(ask("GB", "LK", "A4020", "R3", "2019-12-05"))

    @pytest.mark.parametrize("end", ["IN", "AE"])
    def test_a_re_export_is_a_movement_of_its_own_and_asks_for_the_first_state(self, end):
        found = ask("LK", end, "A4020", "R3", "2017-12-01", re_export_of="GB")
        assert procedure(found) == "prior-informed-consent"
        assert {"first-state-of-export", "written-consent-of-import"} <= conditions(found)
        assert "first-state-of-export" not in conditions(ask("LK", end, "A4020", "R3", "2017-12-01"))


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        pytest.param(("DE", "GB", "A1160", "D10", "2026-06-01"), {"eu-export-disposal"}, id="disposal leaves no Union"),
        pytest.param(("DE", "NO", "A1160", "D10", "2026-06-01"), set(), id="but to EFTA it may"),
        pytest.param(("DE", "FR", "A1160", "D10", "2026-06-01"), set(), id="and within the Union with consent"),
        pytest.param(
            ("GB", "GH", "A1160", "R4", "2020-06-01"), {"ban-amendment-recovery", "eu-export-hazardous"}, id="2020"
        ),
        pytest.param(
            ("GB", "GH", "A1160", "R4", "2021-06-01"), {"ban-amendment-recovery", "gb-export-hazardous"}, id="2021"
        ),
        pytest.param(("GB", "BG", "A1160", "R4", "2026-06-01"), set(), id="Britain to the Union"),
        pytest.param(("GB", "GH", "Y46", "R3", "2026-06-01"), {"gb-export-other-wastes"}, id="Britain, Annex II"),
        pytest.param(("JP", "GH", "A1160", "R4", "2026-06-01"), set(), id="Japan is not bound by the Ban Amendment"),
        pytest.param(("CH", "GH", "A1160", "D10", "2026-06-01"), {"ban-amendment-disposal"}, id="Switzerland is"),
        pytest.param(("AU", "AQ", "A1160", "D1", "2026-06-01"), {"place-south-of-60"}, id="the Antarctic"),
        pytest.param(
            ("DE", "AQ", "B1010", "D1", "2026-06-01"),
            {"place-south-of-60", "eu-export-south-of-60", "eu-export-disposal"},
            id="the Union forbids it too",
        ),
    ],
)
def test_a_matrix_of_exports(asked, rules):
    assert prohibiting(ask(*asked)) == rules


def test_a_rule_whose_text_was_not_verified_asks_for_review_and_never_decides():
    found = ask("GB", "BR", "B1010", "D1", "2026-06-01")
    assert (found.verdict, in_doubt(found)) == ("needs_review", {"gb-export-disposal"})
    assert "has not been verified" in found.findings[0].message


@pytest.mark.parametrize(
    ("day", "rule"),
    [("2027-05-20", "eu-export-country-rules"), ("2027-05-21", "eu-export-country-list")],
)
def test_in_may_2027_the_list_of_countries_takes_the_place_of_the_country_rules(day, rule):
    assert in_doubt(ask("DE", "BR", "B1010", "R4", day)) == {rule}


def test_mixed_municipal_waste_may_hide_in_y46():
    assert in_doubt(ask("DE", "JP", "Y46", "R1", "2026-06-01")) == {"eu-export-municipal"}
    assert in_doubt(ask("DE", "FR", "Y46", "D10", "2026-06-01")) == {"eu-municipal-disposal"}


@pytest.mark.parametrize(
    ("asked", "rule", "says"),
    [
        (("DE", "KE", "A1160", "R4", "1992-05-04"), "data-begin", "begins on 1992-05-05"),
        (("DE", "FR", "A1160", "R4", "2007-07-11"), "eu-law-begins", "begins on 2007-07-12"),
    ],
)
def test_a_day_before_the_data_is_said_and_not_judged(asked, rule, says):
    found = ask(*asked)
    assert found.verdict == "needs_review"
    assert [says in ground.message for ground in found.findings if ground.rule_id == rule] == [True]


def test_a_prohibition_of_import_limited_in_words_is_for_a_person_to_judge():
    found = ask("JP", "CN", "B1010", "R4", "2026-06-01")
    assert in_doubt(found) == {"import-prohibited"}
    assert "solid waste" in found.findings[0].message
    assert ask("JP", "CN", "B1010", "R4", "2020-12-31").verdict == "permitted"


def test_an_agreement_whose_reach_nobody_has_read_is_no_yes():
    assert "trade-with-a-non-party" in in_doubt(ask("US", "CA", "A1010", "D10", "2026-03-01"))


def test_colombia_may_or_may_not_take_part_in_the_control_system():
    found = ask("US", "CO", "A1010", "R4", "2026-03-01")
    assert found.verdict == "needs_review"
    assert procedure(found) is None
    assert "Whether CO is a country to which the OECD Decision" in found.findings[1].message


def test_every_finding_has_its_evidence_with_a_source_and_a_citation():
    for ground in ask("DE", "GH", "A1181", "R4", "2026-06-01").findings:
        assert ground.law
        assert ground.evidence
        assert all(fact.says and fact.source for fact in ground.evidence)


def test_what_is_prohibited_has_no_procedure_and_no_conditions():
    found = ask("DE", "GH", "A1181", "R4", "2026-06-01")
    assert (found.procedure, found.conditions) == (None, ())


@pytest.mark.parametrize(
    ("asked", "confidence"),
    [
        (("FR", "DE", "A1160", "R4", "2026-07-01"), "text read"),
        (("FR", "DE", "A1160", "R4", "2019-07-01"), "to verify"),
        (("US", "KR", "A1160", "R4", "2026-07-01"), "secondary source"),
        (("GB", "KR", "A1160", "R4", "2026-07-01"), "to verify"),
    ],
)
def test_a_procedure_says_how_sure_its_text_is(asked, confidence):
    assert ask(*asked).procedure.confidence == confidence
