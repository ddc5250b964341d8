"""Logs as lines of JSON on standard error, for machines to read: what happened, where, under which trace.

A line holds the names listed here and nothing else. Messages of errors are left out, for they may repeat what somebody
sent; an error is told by its kind and by the places it came through.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime

import orjson

FIELDS = (
    "trace_id",
    "method",
    "route",
    "status",
    "problem",
    "seconds",
    "case",
    "message_id",
    "rule",
    "node",
    "peer",
    "moment",
    "lapsed",
    "sealed",
    "delivered",
)
"""What a line may say beside its time, level, place and words: identities and numbers, no content."""


class JsonLines(logging.Formatter):
    """One line of JSON for each record of ours; of other libraries only where it was said and how grave it is."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name.startswith("waste_bpm"):
            line["event"] = str(record.msg)
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _error(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


class ToStandardError(logging.Handler):
    """Writes to standard error as it is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr, flush=True)


def _error(error: BaseException) -> dict[str, object]:
    """The kind of an error and the places it came through, innermost last; never its words."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return {"error": type(error).__name__, "places": [f"{each.filename}:{each.lineno} {each.name}" for each in places]}


def log_as_json(level: int = logging.INFO) -> None:
    """Let everything that is logged from now on go to standard error as lines of JSON."""
    handler = ToStandardError()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("uvicorn", "uvicorn.error", "asyncio", "httpx", "transitions"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
