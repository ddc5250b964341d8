"""A campaign finds what is planted, says how to repeat it, and is the same for the same seed."""

import json
from collections import Counter

import pytest

from tests.campaigns import judging, mutations, running, validators
from tests.hostile.rows import good
from waste_bpm.utility_blocks import explain, gate, reading


def test_a_part_is_the_same_for_the_same_seed():
    one, again = (validators.made("Receipt", 5) for _ in range(2))
    assert one == again
    assert len(set(one)) > 1
    assert validators.made("Receipt", 6) != one
    spoilt = [list(mutations._spoilt(good(), mutations.Random("1/5"))) for _ in range(2)]
    assert spoilt[0] == spoilt[1]


def fails(*_):
    raise RuntimeError("turnip")


def otherwise(data, message, read=reading.documents):
    header, document = read(data, message)
    return header, document.model_copy(update={"serial": 2})


@pytest.mark.parametrize(
    ("broken", "name", "instead", "fault"),
    [
        pytest.param(gate, "read", fails, "crashed: RuntimeError: turnip", id="the gate fails"),
        pytest.param(explain, "second_opinion", lambda *_: False, "libxml2 takes, xmlschema refuses", id="one takes it"),
        pytest.param(
            reading, "documents", otherwise, "taken, and the models make other documents of it", id="it is misread"
        ),
        pytest.param(
            gate, "build", lambda *_: good().replace(b"Used", b"New"), "taken, and not the same when written again",
            id="it comes back otherwise",
        ),
    ],
)  # fmt: skip
def test_what_is_planted_is_a_fault(broken, name, instead, fault, monkeypatch):
    monkeypatch.setattr(broken, name, instead)
    assert judging.judged(good(), Counter()) == fault


def test_a_fault_is_told_with_the_line_that_repeats_it(monkeypatch, capsys):
    def part(seed, number):
        return judging.all_judged(number, "MovementAnnouncement", [good()])

    monkeypatch.setattr(explain, "second_opinion", lambda *_: False)
    monkeypatch.setattr("sys.argv", ["campaign", "--count", "2", "--seed", "7"])
    assert running.command(part, module="tests.campaigns.some", size=1, count=1) == 1
    said = capsys.readouterr()
    assert "python -m tests.campaigns.some --seed 7 --part 1" in said.err
    assert json.loads(said.out)["faults"] == 2


def test_a_part_that_fails_is_a_fault(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["campaign", "--count", "1"])
    assert running.command(fails, module="tests.campaigns.some", size=1, count=1) == 1
    assert "the part failed: RuntimeError: turnip" in capsys.readouterr().err
