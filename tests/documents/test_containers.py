"""The check digit of a container mark (ISO 6346) finds a wrong reading; other marks are taken as they are written."""

import pytest

from waste_bpm.documents.containers import check_digit, misread

RIGHT = ("CSQU3054383", "MSKU1234565", "CSQU 305438 3")


@pytest.mark.parametrize("mark", RIGHT)
def test_a_right_mark_is_read(mark):
    assert not misread(mark)


@pytest.mark.parametrize("place", range(11))
def test_one_wrong_character_is_found(place):
    mark = RIGHT[0]
    other = {"C": "D", "S": "T", "Q": "R", "U": "J"}.get(mark[place]) or str((int(mark[place]) + 1) % 10)
    assert misread(mark[:place] + other + mark[place + 1 :])


def test_a_remainder_of_ten_counts_as_zero():
    marks = [f"ABCU{number:06d}" for number in range(40)]
    assert all(0 <= check_digit(mark) <= 9 for mark in marks)
    assert any(check_digit(mark) == 0 for mark in marks)


@pytest.mark.parametrize("mark", ["TANK-7", "DB 80 5436", "SWAP BODY 12"])
def test_a_mark_of_another_kind_is_taken_as_it_is_written(mark):
    assert not misread(mark)
