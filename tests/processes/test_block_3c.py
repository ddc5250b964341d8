"""Block 3C asks the pre-consents on file: of this facility, for this waste, by this operation, on this day (trap 8)."""

import pytest

from tests.casefile import CaseFile
from tests.processes.test_green_and_pre_consent import ASKED, GRANTED
from waste_bpm.casework.line import Request, act

FILE = "99999999-2222-5333-8444-555555555555"


def pre_consent(file, step, party, data):
    act(file.node, Request(case_id=FILE, stream="pre_consent", step=step, party=party, data=data))


@pytest.fixture
def file():
    """A notification from France to Germany; the facility there has a pre-consent for A1160 by R4."""
    file = CaseFile("EU", ("FR", "DE"), on="2026-06-01")
    asked = {**ASKED["facility"], "party": {**ASKED["facility"]["party"], "id": "DE-F"}}
    pre_consent(file, "apply", "DE-F", {**ASKED, "facility": asked})
    file.at("2026-07-01")
    pre_consent(file, "grant", "DE-CA", GRANTED)
    return file.at("2026-07-02")


def revoked(file, effective_on):
    pre_consent(file, "revoke", "DE-CA", {"effective_on": effective_on, "reason": [{"text": "Permit ended"}]})


def submitted(file, **said):
    """The rules by which a notification that says yes in block 3C is refused, and what is pointed out."""
    file.drafted = file.notification(pre_consented=True, **said)
    file.act("FR-N", "notification", "draft", file.drafted)
    refused = file.refused("FR-N", "notification", "submit")
    return refused or set(file.events("NotificationSubmitted")[-1].flags)


def test_a_pre_consent_that_covers_the_notification_is_no_matter(file):
    assert submitted(file) == set()


def test_of_a_facility_without_a_file_here_nothing_is_known_and_that_is_pointed_out():
    """Unknown is no: neither refused nor passed over; the authority of import knows."""
    assert submitted(CaseFile("EU", ("FR", "DE"), on="2026-07-02")) == {"pre-consent-on-file"}


@pytest.mark.parametrize(("effective_on", "found"), [("2026-07-02", {"pre-consent-holds"}), ("2026-07-03", set())])
def test_a_pre_consent_that_is_revoked_holds_until_the_day_of_the_revocation(file, effective_on, found):
    revoked(file, effective_on)
    assert submitted(file) == found


@pytest.mark.parametrize(("today", "found"), [("2036-07-01", set()), ("2036-07-02", {"pre-consent-holds"})])
def test_a_pre_consent_that_has_ended_holds_no_more(file, today, found):
    assert submitted(file.at(today)) == found


def test_it_is_for_its_operations_and_no_others(file):
    assert submitted(file, operations=["R3"]) == {"pre-consent-holds"}


def test_the_authority_of_import_does_not_consent_on_a_pre_consent_that_was_revoked_meanwhile(file):
    """Given a notification that was right when it was submitted, when the pre-consent ends, then 3C has to be changed."""
    file.transmitted(pre_consented=True).completed()
    revoked(file, "2026-07-03")
    file.at("2026-07-03")
    assert file.refused("DE-CA", "answer/DE", "consent") == {"pre-consent-holds"}
    assert file.refused("FR-CA", "answer/FR", "consent") == set(), "the other State does not answer for the facility"


def test_who_says_no_in_block_3c_is_not_asked_for_a_pre_consent(file):
    revoked(file, "2026-07-02")
    file.submitted()
    assert file.events("NotificationSubmitted")[-1].flags == ()
