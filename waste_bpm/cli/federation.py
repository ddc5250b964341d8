"""A federation on this machine: four nodes that know each other, a cable that can be cut, and one clock for all."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from waste_bpm import resources
from waste_bpm.cli import clock
from waste_bpm.cli.federation_cable import Cable
from waste_bpm.cli.federation_sites import HERE, Site, free_ports
from waste_bpm.errors import Unavailable
from waste_bpm.simulation.scenario import Scenario, consignment_of
from waste_bpm.vocabulary import Finding

HOSTS = {"ke": ("KE",), "lk": ("LK",), "sg": ("SG",), "kr": ("KR", "CH")}
"""The nodes, and the States whose parties act on each; the mail of the Secretariat lies on one of them."""
LINK = ("ke", "lk")
"""The nodes between which the link is down for a while."""
_QUIET = 120
"""Seconds in which everything that can arrive must have arrived, also on a machine that has much else to do."""
_PASSES = timedelta(minutes=5)
"""How much time passes in the exercise while the nodes leave each other alone after attempts that failed."""


T = TypeVar("T")


class Federation:
    """The sites by name; `with` it, so that no process is left behind."""

    def __init__(self, story: Scenario, out: Path, postgresql: str | None) -> None:
        self.story, self.out, self.clock = story, out, out / "clock"
        ports = free_ports(len(HOSTS))
        self.sites = {name: Site(name, out / name, "", port) for name, port in zip(HOSTS, ports, strict=True)}
        for site in self.sites.values():
            site.folder.mkdir(parents=True)
            site.db = str(site.folder / "node.db")
        if postgresql is not None:
            self.sites["kr"].db = postgresql
        self.cables: dict[str, Cable] = {}
        self.cut = False

    def __enter__(self) -> "Federation":
        return self

    def __exit__(self, *_: object) -> None:
        for site in self.sites.values():
            site.kill()
        for cable in self.cables.values():
            cable.cut()

    def home_of(self, party: str) -> Site:
        """The site on which a party acts."""
        home = next(each.home for each in consignment_of(self.story).parties if each.id == party)
        return next(self.sites[name] for name, states in HOSTS.items() if home in states)

    def tell(self, moment: datetime) -> datetime:
        """Tell all nodes what time it is."""
        return clock.tell(self.clock, moment)

    def begin(self) -> None:
        """Begin the nodes, let them know the parties and each other, and let them serve."""
        self.cables = {name: Cable(self.sites[name].port) for name in LINK}
        self._each(self._begun)
        known = dict(self._each(lambda site: (site.name, self._introduced(site))))
        self._each(lambda site: self._believing(site, known))
        self._each(lambda site: site.serve(self._acting(site)))

    def _each(self, do: Callable[[Site], T]) -> list[T]:
        with ThreadPoolExecutor(len(self.sites)) as together:
            return list(together.map(do, self.sites.values()))

    def _begun(self, site: Site) -> None:
        site.run("node", "init", site.name, "--exercise", self.clock)
        file = resources.path("examples", self.story.consignment)
        site.run("case", "import", file, "--host", ",".join(HOSTS[site.name]))

    def _introduced(self, site: Site) -> dict[str, tuple[Path, str]]:
        """What a site says of itself to each other: over the cable that can be cut it has another address."""
        direct = site.about(site.url)
        said = {name: direct for name in self.sites if name != site.name}
        if site.name in LINK:
            other = next(name for name in LINK if name != site.name)
            said[other] = site.about(f"http://{HERE}:{self.cables[site.name].port}")
        return said

    @staticmethod
    def _believing(site: Site, known: dict[str, dict[str, tuple[Path, str]]]) -> None:
        for said in known.values():
            if site.name in said:
                file, fingerprint = said[site.name]
                site.run("node", "peer", "add", file, "--fingerprint", fingerprint)

    def _acting(self, site: Site) -> list[str]:
        """The parties that act on a site in this story."""
        acting = dict.fromkeys(entry.by for entry in self.story.steps)
        return [party for party in acting if self.home_of(party) is site]

    def part(self) -> None:
        """Cut the cable between the two nodes of the link, both ways."""
        self.cut = True
        for cable in self.cables.values():
            cable.cut()

    def join(self) -> None:
        """Mend the cable."""
        self.cut = False
        for cable in self.cables.values():
            cable.mend()

    def rounds(self) -> None:
        """Let each node do its own work once, whatever it is."""
        time.sleep(0.25)

    def quiet(self) -> None:
        """Wait until every letter has arrived that can; raises Unavailable when that never comes."""
        until, later = time.monotonic() + _QUIET, time.monotonic() + 3
        while waits := [each for site in self.sites.values() if site.up for each in self._waiting(site)]:
            if time.monotonic() > until:
                raise Unavailable(_restless(waits))
            if time.monotonic() > later:
                self.tell(clock.of_exercise(self.clock)() + _PASSES)
                later = time.monotonic() + 3
            time.sleep(0.05)

    def _waiting(self, site: Site) -> Iterable[str]:
        for name, count in site.waiting().items():
            parted = self.cut and {site.name, name} == set(LINK)
            if count and self.sites[name].up and not parted:
                yield f"{count} of {site.name} for {name}"

    def end(self) -> None:
        """End every node in order."""
        self._each(lambda site: site.end())

    def examined(self) -> dict[str, str]:
        """What `waste-bpm check` says of each node."""
        return {site.name: said for site, said in zip(self.sites.values(), self._each(_checked), strict=True)}


def _checked(site: Site) -> str:
    try:
        site.run("check")
    except Unavailable as error:
        return str(error)
    return "clean"


def _restless(waits: list[str]) -> Finding:
    return Finding(
        rule_id="federation-restless",
        message=f"Letters still wait after {_QUIET} seconds: {', '.join(waits)}.",
        fix="Look into the logs of these nodes: log.jsonl in the folder of each.",
    )
