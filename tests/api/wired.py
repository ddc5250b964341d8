"""Nodes over HTTP with real keys: each in the register of the others, reached through its API in this process."""

from dataclasses import replace

from fastapi.testclient import TestClient

from tests.federation.seals import Real
from tests.federation.two import Two
from waste_bpm.api.app import create_app
from waste_bpm.casework import peers
from waste_bpm.casework.signing import keep_keys
from waste_bpm.exchange.fetching import Fetcher
from waste_bpm.exchange.https import PATH, Postman
from waste_bpm.utility_blocks.cover import uncovered
from waste_bpm.utility_blocks.seal import KeySet


class Wired(Two):
    """Two nodes with real keys, each in the other's register, the second behind its API."""

    def __init__(self, fetches=()):
        super().__init__(seals=Real())
        nodes = self.file.world.nodes
        for name, node in nodes.items():
            keep_keys(node.store, KeySet(keys=tuple(key for key in self.seals.keys.keys if key.node == name)))
            nodes[name] = self.with_keys(node)
        for node in nodes.values():
            for other in nodes.values():
                if other is not node:
                    self.introduce(other, node, other.directory.own not in fetches)
        self.chance = 0.5
        self.postman = self.postman_of(self.ke, self.kr)

    def with_keys(self, node):
        """A node that believes its register and takes covers off with its own key."""
        secret = self.seals.private[f"{node.directory.own}-1"].d
        return replace(node, believes=peers.believed(node.store), uncover=lambda data: uncovered(data, secret))

    def introduce(self, one, to, reached, **how):
        """One node tells another of itself."""
        file = peers.about(one, f"http://localhost/{one.directory.own}" if reached else None, **how)
        peers.enter(to, file, file.peer.fingerprint)

    def postman_of(self, node, at):
        """The postman of a node, who reaches one other."""
        postman = Postman(node, lambda: self.chance)
        postman.client = TestClient(create_app(at), base_url="http://localhost", follow_redirects=False)
        name = at.directory.own
        postman._url = lambda to, path=PATH: path if to == name else Postman._url(postman, to, path)
        return postman

    def fetcher(self):
        """The second node fetches at the first."""
        return Fetcher(self.postman_of(self.kr, self.ke))

    def round(self):
        return self.postman.round()
