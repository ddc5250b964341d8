"""Conditions are three-valued data; the vectors are shared with every other interpreter."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waste_bpm.sop.conditions import compared, holds, problem
from waste_bpm.vocabulary import Quantity, Unit, tonnes

VECTORS = json.loads(Path(__file__).with_name("condition_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector):
    assert problem(vector["condition"]) is None
    assert holds(vector["condition"], vector["values"]) is vector["expected"]


def test_every_word_has_a_vector():
    written = json.dumps(VECTORS)
    assert all(f'"{word}":' in written for word in ("eq", "in", "gt", "le", "all", "any", "not"))


@pytest.mark.parametrize(
    ("left", "right", "more"),
    [
        (tonnes("20.5"), tonnes(20), True),
        (Quantity(Decimal(20000), Unit.KILOGRAM), tonnes(20), False),
        (tonnes(20), Quantity(Decimal(20), Unit.CUBIC_METRE), None),
        (tonnes(20), 20, None),
        (Decimal("1.1"), 1, True),
        (float("nan"), 1, None),
    ],
)
def test_quantities_compare_in_one_dimension_only(left, right, more):
    values = {"weighed": left, "left": right}
    assert holds({"gt": ["weighed", "left"]}, values) is more
    assert holds({"le": ["weighed", "left"]}, values) is (None if more is None else not more)


@pytest.mark.parametrize(
    "written",
    [
        {}, [], "answer == yes", {"eq": ["answer", 1], "in": ["answer", [1]]}, {"like": ["answer", "y"]},
        {"eq": ["answer"]}, {"eq": [1, 1]}, {"in": ["answer", "yes"]}, {"in": ["answer", []]}, {"gt": ["a", [1]]},
        {"gt": ["a", True]}, {"all": []}, {"any": {"eq": ["a", 1]}}, {"any": [{"eq": "a"}]},
        {"not": [{"eq": ["a", 1]}]},
    ],
    ids=str,
)  # fmt: skip
def test_a_condition_of_no_known_form_is_named(written):
    assert problem(written)


def test_names_are_found_at_any_depth():
    condition = {"any": [{"not": {"eq": ["a", 1]}}, {"in": ["b", [1, 2]]}, {"gt": ["c", "d"]}, {"le": ["e", 3]}]}
    assert list(compared(condition)) == [("a", (1,)), ("b", (1, 2)), ("c", ()), ("d", ()), ("e", ())]


LEAVES = st.sampled_from([{"eq": ["a", 1]}, {"eq": ["b", 1]}, {"gt": ["a", "b"]}, {"in": ["b", [0, 1]]}])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@given(CONDITIONS, st.sampled_from([None, 0, 1]), st.integers(0, 1), st.integers(0, 1))
def test_what_is_decided_without_a_fact_stays_so_when_the_fact_is_known(condition, a, b, later):
    before = holds(condition, {"a": a, "b": b})
    if a is None and before is not None:
        assert holds(condition, {"a": later, "b": b}) is before
    assert holds({"not": {"not": condition}}, {"a": a, "b": b}) is before
