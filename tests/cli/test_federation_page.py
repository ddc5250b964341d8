"""The page on federations: its ten commands are typed as they stand, and two nodes hand each other a letter."""

import re
import shlex

import pytest

from tests.cli.conftest import NUMBER, ROOT, run, run_json
from tests.cli.test_deploy import exists
from tests.federation.network import AWAY
from waste_bpm.casework.posting import post
from waste_bpm.casework.reception import take_in
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
from waste_bpm.errors import Unavailable

PAGE = (ROOT / "docs" / "federation.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^    waste-bpm (.*)$", PAGE.partition("## A federation")[0], flags=re.MULTILINE)
TEN, SERVED, ASKED = TYPED[:10], TYPED[10:12], TYPED[12:]


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """A folder in which the ten commands were typed."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "examples").symlink_to(ROOT / "examples")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        heard = {}
        for line in TEN:
            words, _, file = line.partition(" > ")
            for name, fingerprint in heard.items():
                words = words.replace(f"${name}", fingerprint)
            said = run(*shlex.split(words))
            if file:
                (folder / file).write_text(said.stdout)
                heard[{"ke": "KENYA", "kr": "KOREA"}[file[:2]]] = said.stderr.rpartition("keys: ")[2].strip()
        yield folder


def test_the_page_says_ten_commands_then_serves_and_asks():
    assert [line.split()[0] for line in SERVED] == ["serve", "serve"]
    for line in (*SERVED, *ASKED):
        exists(shlex.split(line))


def test_after_ten_commands_the_notification_goes_from_one_node_to_the_other(typed):
    """Given two nodes that were begun as the page says, when a round of posting is done, then the other has the case."""
    with opened(str(typed / "ke.db"), write=True) as unsigned, opened(str(typed / "kr.db"), write=True) as far:
        kenya = signing(unsigned, key_place(str(typed / "ke.db"), None))
        korea = signing(far, key_place(str(typed / "kr.db"), None))

        def carry(receiver, sent):
            if receiver != "kr":
                raise Unavailable(AWAY)
            slip = take_in(korea, sent)
            return slip.written, korea.sign(slip.written)

        assert post(kenya, carry, lambda: 0.5).delivered == 1
    assert run_json("case", "show", NUMBER, "--db", typed / "kr.db")["standing"]["phase"]
    waits = {each["node"]: each["waiting"] for each in run_json("node", "status", "--db", typed / "ke.db")["peers"]}
    assert waits == {"kr": 0, "lk": 1, "sg": 1}
