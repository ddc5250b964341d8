"""Annex V of the Convention: each item has its fields, and they stand in the blocks where the forms have them."""

import pytest

from waste_bpm.documents.annex_v import cited, mapping

BLOCKS = {
    "A": {1: "N11", 2: "N1", 3: "N9", 4: "N10", 5: "N8", 6: "N15", 7: "N15", 8: "N15", 9: "N3", 10: "N6 N15 N16", 11: "N8",
          12: "N17", 13: "N7 N12 N14", 14: "N7", 15: "N5", 16: "N9", 17: "N14", 18: "N11", 19: "N17", 20: "N18", 21: "N17 N18"},
    "B": {1: "M3", 2: "M9", 3: "M10", 4: "M8", 5: "M1", 6: "M6 M8 M17 M18", 7: "M8 M16 M20-22", 8: "M12 M14", 9: "M7", 10: "M7",
          11: "M5", 12: "M15", 13: "M15", 14: "M18"},
}  # fmt: skip


@pytest.mark.parametrize("item", mapping(), ids=lambda item: f"V {item.part} {item.number}")
def test_each_item_has_its_fields_in_the_blocks_of_the_form(item):
    assert item.fields
    assert set(BLOCKS[item.part][item.number].split()) <= set(item.blocks)


def test_no_item_is_left_out():
    assert {(item.part, item.number) for item in mapping()} == {
        (part, number) for part in BLOCKS for number in BLOCKS[part]
    }


def test_a_citation_may_name_a_range_and_several_items():
    assert list(cited("Annex V A 6-8, 10")) == [("A", 6), ("A", 7), ("A", 8), ("A", 10)]
    assert list(cited("Basel Art. 6(8)")) == []
