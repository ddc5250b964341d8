"""The traps of the procedure on which legality turns, each by its number."""

import pytest

from tests.law.legal import ask, conditions, in_doubt, procedure, prohibiting, question
from waste_bpm.errors import InputInvalid


def test_trap_8_pre_consent_belongs_to_recovery_and_never_to_storage_alone():
    assert "pre-consent-covers" in conditions(ask("FR", "DE", "A1160", "R4", "2026-07-01", pre_consented=True))
    for operation in ("R13", "D10"):
        found = conditions(ask("FR", "DE", "A1160", operation, "2026-07-01", pre_consented=True))
        assert "pre-consent-does-not-reach" in found
        assert "pre-consent-covers" not in found


def test_trap_20_that_a_waste_is_not_listed_is_a_value():
    found = ask("FR", "DE", "NOT LISTED", "R4", "2026-07-01")
    assert (found.verdict, procedure(found)) == ("permitted", "prior-notification")
    assert procedure(ask("US", "KR", "NOT LISTED", "R4", "2026-07-01")) == "amber-control" or in_doubt(
        ask("US", "KR", "NOT LISTED", "R4", "2026-07-01")
    )


def test_trap_20_under_the_convention_the_properties_of_an_unlisted_waste_decide():
    found = ask("KE", "TZ", "NOT LISTED", "R4", "2026-07-01")
    assert (found.verdict, in_doubt(found)) == ("needs_review", {"procedure-not-certain"})


class TestTrap21WhatOneStateAloneCallsHazardous:
    def test_trap_21_for_the_state_of_import_alone_the_importer_notifies(self):
        found = ask("KE", "TZ", "B1010", "R4", "2026-07-01", hazardous_for="TZ")
        assert (procedure(found), found.notifiers) == ("prior-informed-consent", ("importer", "disposer"))
        assert found.duty.law == "Basel Convention, Art. 6(5)(b)"

    def test_for_the_state_of_import_and_a_transit_state_it_is_the_same(self):
        found = ask("KE", "TZ", "B1010", "R4", "2026-07-01", via="UG", hazardous_for="TZ UG")
        assert found.notifiers == ("importer", "disposer")

    def test_for_the_state_of_export_alone_the_duties_of_paragraph_9_shift(self):
        found = ask("KE", "TZ", "B1010", "R4", "2026-07-01", hazardous_for="KE")
        assert (found.notifiers, found.duty.law) == (("exporter",), "Basel Convention, Art. 6(5)(a)")

    def test_for_a_transit_state_alone_paragraph_4_applies_to_it(self):
        found = ask("KE", "TZ", "B1010", "R4", "2026-07-01", via="UG", hazardous_for="UG")
        assert (found.notifiers, found.duty.law) == (("exporter",), "Basel Convention, Art. 6(5)(c)")
        assert procedure(found) == "prior-informed-consent"

    def test_what_the_lists_make_hazardous_shifts_nothing(self):
        found = ask("KE", "TZ", "A1160", "R4", "2026-07-01", hazardous_for="TZ")
        assert found.duty.law == "Basel Convention, Art. 6(1)"

    def test_nobody_notifies_what_the_convention_does_not_control(self):
        assert ask("KE", "TZ", "B1010", "R4", "2026-07-01").notifiers == ()

    def test_the_ban_on_recovery_does_not_reach_what_only_national_law_calls_hazardous(self):
        assert "ban-amendment-recovery" not in prohibiting(
            ask("CH", "GH", "B1010", "R4", "2026-07-01", hazardous_for="CH")
        )
        assert "ban-amendment-disposal" in prohibiting(ask("CH", "GH", "B1010", "D1", "2026-07-01", hazardous_for="CH"))


@pytest.mark.parametrize(
    ("start", "end", "asked"), [("KE", "KR", "prior-informed-consent"), ("NO", "DE", "amber-control")]
)
def test_trap_47_what_a_ship_has_offloaded_is_notified_like_any_other_waste(start, end, asked):
    """Oily water of a ship (A4060): what is on board is left out by Basel Art. 1(4), what stands on the quay is not.

    A question is about a movement from a State, so what it asks after is offloaded; nothing exempts it for its origin.
    """
    found = ask(start, end, "A4060", "R9", "2026-07-01")
    assert (found.verdict, procedure(found)) == ("permitted", asked)


def test_trap_22_a_transit_state_that_is_no_party_is_notified_and_need_not_consent():
    found = ask("KE", "TZ", "A1160", "R4", "2026-07-01", via="SS")
    assert [(each.country, each.party, each.law) for each in found.transit] == [
        ("SS", False, "Basel Convention, Art. 7")
    ]
    assert "consent is not required" in found.transit[0].duty
    assert found.verdict == "permitted"


def test_trap_22_a_transit_state_whose_standing_nobody_knows_asks_for_review():
    found = ask("KE", "KR", "A1160", "R4", "2026-07-01", via="SG FJ")
    assert in_doubt(found) == {"transit-standing"}
    assert "consents in writing" in found.transit[1].duty


def test_trap_23_every_state_that_is_crossed_is_a_state_of_transit():
    found = ask("KE", "KR", "A1160", "R4", "2026-07-01", via="LK SG")
    assert [each.country for each in found.transit] == ["LK", "SG"]


def test_trap_24_a_movement_within_a_state_through_another_is_a_movement():
    assert procedure(ask("KE", "KE", "A1160", "R4", "2026-07-01", via="UG")) == "prior-informed-consent"
    with pytest.raises(InputInvalid, match="movement-crosses-no-border"):
        ask("KE", "KE", "A1160", "R4", "2026-07-01")


@pytest.mark.parametrize("code", ["EU", "UK", "XI", "EL", "ke"])
def test_trap_36_these_are_no_codes_of_a_state(code):
    with pytest.raises(InputInvalid, match="country-unknown"):
        question(code, "DE", "A1160", "R4", "2026-07-01").check()


def test_trap_36_northern_ireland_stands_apart_from_great_britain():
    assert "northern-ireland" in conditions(ask("GB", "KR", "A1160", "R4", "2026-07-01"))
    assert "northern-ireland" not in conditions(ask("GB", "KR", "A1160", "R4", "2019-07-01"))


def test_trap_37_who_is_a_party_is_asked_by_date():
    assert "trade-with-a-non-party" in prohibiting(ask("KE", "LK", "A1160", "R4", "2000-08-29"))
    assert ask("KE", "LK", "A1160", "R4", "2000-08-30").verdict == "permitted"


def test_trap_37_a_territory_is_not_sourced():
    assert in_doubt(ask("RE", "MU", "A1160", "R4", "2026-07-01")) >= {"trade-with-a-non-party"}


def test_trap_38_a_state_of_annex_vii_that_has_not_ratified_is_not_bound():
    assert ask("JP", "GH", "A1160", "R4", "2026-07-01").verdict == "permitted"
    assert "ban-amendment-recovery" in prohibiting(ask("NO", "GH", "A1160", "R4", "2026-07-01"))


def test_trap_38_and_one_that_has_not_may_still_receive():
    assert "ban-amendment-recovery" not in prohibiting(ask("NO", "JP", "A1160", "R4", "2026-07-01"))


def test_trap_38_that_later_members_of_the_oecd_count_is_said_to_be_a_reading():
    assert "later-member-of-the-oecd" in conditions(ask("NO", "CL", "A1160", "R4", "2026-07-01"))
    assert "later-member-of-the-oecd" not in conditions(ask("NO", "JP", "A1160", "R4", "2026-07-01"))
    assert "ban-amendment-recovery" in prohibiting(ask("NO", "CR", "A1160", "R4", "2021-05-24"))


@pytest.mark.parametrize(
    ("asked", "kg", "expected"),
    [
        pytest.param(
            ("FR", "DE", "A1160", "R4", "2026-07-01"), "250", "green-list-information", id="250 kg in the Union"
        ),
        pytest.param(("FR", "DE", "A1160", "R4", "2026-07-01"), "250.1", "prior-notification", id="above it"),
        pytest.param(("FR", "KR", "A1160", "R4", "2026-07-01"), "25", "green-list-information", id="25 kg out of it"),
        pytest.param(("FR", "KR", "A1160", "R4", "2026-07-01"), "26", "prior-notification", id="above 25 kg"),
        pytest.param(("US", "KR", "A1160", "R4", "2026-07-01"), "25", "sample-exemption", id="25 kg in the OECD"),
        pytest.param(("US", "KR", "A1160", "R4", "2026-07-01"), "26", "amber-control", id="above it in the OECD"),
        pytest.param(("KE", "KR", "A1160", "R4", "2026-07-01"), "1", "prior-informed-consent", id="none in Basel"),
    ],
)
def test_trap_39_each_law_has_its_own_limit_for_samples(asked, kg, expected):
    assert procedure(ask(*asked, kg=kg, laboratory=True)) == expected


def test_trap_39_a_sample_without_a_mass_is_no_exempt_sample():
    assert procedure(ask("US", "KR", "A1160", "R4", "2026-07-01", laboratory=True)) == "amber-control"


def test_trap_40_the_threshold_counts_per_shipment_and_splitting_is_evasion():
    assert "per-shipment" in conditions(ask("FR", "DE", "B1010", "R4", "2026-07-01", kg="20"))
    assert procedure(ask("FR", "DE", "B1010", "R4", "2026-07-01", kg="20.0001")) == "green-list-information"
    assert procedure(ask("FR", "DE", "B1010", "R4", "2026-07-01")) == "green-list-information"


def test_a_question_with_mistakes_names_them_all():
    with pytest.raises(InputInvalid) as caught:
        ask("KEN", "KR", "A116", "R44", "2026-07-01", hazardous_for="DE", place="the-moon")
    assert [finding.rule_id for finding in caught.value.findings] == [
        "country-unknown",
        "state-off-route",
        "code-unknown",
        "operation-unknown",
        "place-unknown",
    ]
