"""Serving the API of a node. It binds to this machine unless told otherwise."""

import ipaddress
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
import uvicorn

from waste_bpm.api.app import create_app
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.work import Worker
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.node import issue
from waste_bpm.cli.opening import again, opened
from waste_bpm.cli.output import put_json, say
from waste_bpm.cli.work import deliveries, disk_reserve, disks, fetching, guarded, outbox_folder, pause
from waste_bpm.errors import Unavailable
from waste_bpm.logs import log, log_as_json
from waste_bpm.utility_blocks.xsd import refuse_altered
from waste_bpm.vocabulary import Finding

_log = log(__name__)
_PATIENCE = 20
"""Seconds for which requests that began are finished when the server is told to end."""


@job(
    examples=(
        "waste-bpm serve --db demo-output/demo.db",
        "waste-bpm serve --db demo-output/demo.db --token KE-CA --token KR-BUSAN",
        "waste-bpm serve --host 127.0.0.1 --port 8080",
    ),
    who=Who.OPERATOR,
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."
)
@click.option("--token", "parties", multiple=True, metavar="PARTY", help="Issue a token for this party before serving.")
@pause
@outbox_folder
@fetching
@disk_reserve
@private_key
@database
@as_json
def serve(host: str, port: int, parties: tuple[str, ...], db: str, json_: bool, **named: Any) -> None:
    """Serve the API of a node on this machine.

    Beside the requests it ends deadlines, seals the log and hands letters over; where the database is on a server, any
    number of `waste-bpm work` may help. SIGTERM ends it in order. Only this machine can reach it unless --host says
    otherwise; then put a proxy with TLS before it.
    """
    refuse_altered()
    log_as_json()
    outbox, reserve = named["outbox"], named["reserve"]
    with opened(db, write=True) as unsigned, _listening(host, port) as listening:
        node = guarded(signing(unsigned, key_place(db, named["key_file"])), reserve)
        tokens = {party: issue(node, party) for party in parties}
        base = _address(host, listening.getsockname()[1])
        if json_:
            put_json("serving", {"address": base, "reference": f"{base}/api/v1/docs", "tokens": tokens})
        for line in _said(base, tokens, db, host):
            say(line)
        signal.signal(signal.SIGTERM, _end)
        signal.signal(signal.SIGINT, _interrupted)
        deliver = deliveries(node, outbox, fetch=named["fetch"])
        with _told(node), Worker(node, deliver=deliver, every=named["every"]) as worker:
            app = create_app(node, (worker.check, *disks(node, reserve)))
            config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_PATIENCE)
            uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _told(node: Node) -> Iterator[None]:
    """The log says when this process serves; of one that was killed it does not say the end."""
    _log.info("begins to serve", node=node.directory.own, moment=instant(node.clock()))
    try:
        yield
    finally:
        _log.info("ends", node=node.directory.own, moment=instant(node.clock()))


def _end(*_: object) -> NoReturn:
    """End in order when asked to: requests and the round of work that began are finished, then the store is closed."""
    raise SystemExit(0)


def _interrupted(*_: object) -> NoReturn:
    """End in the same order on Ctrl-C, and say so: a loop that handles it by itself may forget that it was asked."""
    raise KeyboardInterrupt


def _listening(host: str, port: int) -> socket.socket:
    """A bound socket; raises Unavailable when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(
            Finding(
                rule_id="address-in-use",
                message=f"Nothing can be served at {host}, port {port}: {error.strerror or error}.",
                fix="Stop what runs there, or choose another port with --port.",
            )
        ) from error


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _said(base: str, tokens: dict[str, str], db: str, host: str) -> Iterator[str]:
    yield f"Serving {db}. Stop with Ctrl-C."
    yield f"  Reference:   {base}/api/v1/docs"
    yield f"  OpenAPI:     {base}/api/v1/openapi.json"
    for party, token in tokens.items():
        yield f"  Token of {party}: {token}"
    if not tokens:
        yield f"  Tokens:      stop the server and run: waste-bpm node token PARTY{again(db)}"
        yield "               or begin with: waste-bpm serve --token PARTY"
    if not _only_here(host):
        yield f"  Others can reach {host}. Put a proxy with TLS before it; tokens travel in clear text."


def _only_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
