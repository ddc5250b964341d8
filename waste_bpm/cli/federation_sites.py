"""Sites of a federation on this machine: each node a process of its own, with its database, key, tokens and port."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson

from waste_bpm.api import PREFIX
from waste_bpm.api.instances import COLLECTIONS, id_of
from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding

HERE = "127.0.0.1"
_WAITING = re.compile(r'^waste_bpm_outbox_letters\{node="([^"]+)",state="waiting"\} ([0-9.e+]+)$', re.MULTILINE)
_FINGERPRINT = re.compile(r"fingerprint of the keys: ([0-9a-f ]+)")
_EVERY = "0.1"
"""Seconds between two rounds of a node: a demonstration does not wait long."""
_PATIENCE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a node answers over HTTP."""

    status: int
    etag: str
    body: bytes

    @property
    def rules(self) -> set[str]:
        """The rules by which it refuses."""
        return {finding["rule_id"] for finding in orjson.loads(self.body).get("findings", ())}


@dataclass
class Site:
    """A node that runs, or does not run just now."""

    name: str
    folder: Path
    db: str
    port: int
    tokens: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def up(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{HERE}:{self.port}"

    @property
    def log(self) -> Path:
        """What its processes said, one after the other."""
        return self.folder / "log.jsonl"

    @property
    def _environment(self) -> dict[str, str]:
        key = str(self.folder / "node.key.json")
        return {**os.environ, "WASTE_BPM_DB": self.db, "WASTE_BPM_KEY": key, "NO_COLOR": "1"}

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of `waste-bpm` for this node; raises Unavailable with what it said when it fails."""
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            [sys.executable, "-m", "waste_bpm", *map(str, words)],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise _failed(self.name, words, done.stdout + done.stderr)
        return done

    def about(self, url: str) -> tuple[Path, str]:
        """The file in which the node says who it is and where it is reached, and the fingerprint of its keys."""
        done = self.run("node", "about", "--url", url)
        file = self.folder / f"{self.name}-at-{url.rpartition(':')[2]}.peer.json"
        file.write_text(done.stdout, encoding="utf-8")
        found = _FINGERPRINT.search(done.stderr)
        return file, found.group(1).strip() if found else ""

    def serve(self, parties: Sequence[str] = ()) -> None:
        """Begin to serve, and wait until it answers; issues tokens for these parties."""
        words = ["serve", "--port", str(self.port), "--every", _EVERY, "--json"]
        words += [word for party in parties for word in ("--token", party)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "waste_bpm", *words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.tokens |= self._said()["tokens"]
        self.ask("GET", f"{PREFIX}/health/live")

    def _said(self) -> dict[str, Any]:
        """What the process says of itself as soon as it listens."""
        if self.process is None or self.process.stdout is None:
            raise _failed(self.name, ("serve",), "it does not run")
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("}"):
                return dict(orjson.loads("".join(lines)))
        raise _failed(self.name, ("serve",), self.log.read_text(encoding="utf-8", errors="replace")[-800:])

    def kill(self) -> None:
        """End it as a power cut would: it is not asked (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self._gone(self.process)

    def end(self) -> None:
        """End it in order (SIGTERM)."""
        if self.process is not None and self.up:
            self.process.terminate()
            self._gone(self.process)

    def _gone(self, process: subprocess.Popen[str]) -> None:
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self.process = None

    def ask(
        self, method: str, path: str, party: str = "", data: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask it over HTTP for a party; raises Unavailable when it does not answer."""
        body = None if data is None else orjson.dumps(data)
        sent = {"Authorization": f"Bearer {self.tokens.get(party, '')}", **(headers or {})}
        connection = HTTPConnection(HERE, self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, sent | ({"Content-Type": "application/json"} if body else {}))
            answer = connection.getresponse()
            return Answer(status=answer.status, etag=answer.headers.get("ETag", ""), body=answer.read())
        except OSError as error:
            raise _failed(self.name, (method, path), str(error)) from error
        finally:
            connection.close()

    def take(self, party: str, case: str, on: str, step: str, data: Any, key: str) -> Answer:
        """Take a step for a party, in the version of the instance that it has seen."""
        place = f"{PREFIX}/{COLLECTIONS[on.partition('/')[0]]}/{id_of(case, on)}"
        seen = self.ask("GET", place, party).etag
        headers = {"Idempotency-Key": key} | ({"If-Match": seen} if seen else {})
        return self.ask("POST", f"{place}/steps/{step}", party, data, headers)

    def waiting(self) -> dict[str, int]:
        """How many of its letters wait, by the node that they are for."""
        figures = self.ask("GET", "/metrics").body.decode()
        return {node: int(float(count)) for node, count in _WAITING.findall(figures)}


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nobody listens."""
    listening = [socket.create_server((HERE, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports


def _failed(name: str, words: Sequence[object], said: str) -> Unavailable:
    return Unavailable(
        Finding(
            rule_id="site-failed",
            message=f"Node {name}, {' '.join(map(str, words))}: {said.strip()[-800:] or 'it said nothing'}",
            value=name,
            fix="Look into its log, and begin again in another folder (--out).",
        )
    )
