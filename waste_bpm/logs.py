"""Logs as lines of JSON on standard error, for machines to read: what happened, where, under which trace.

A line holds the names listed here and nothing else. Messages of errors are left out, for they may repeat what somebody
sent; an error is told by its kind and by the places it came through. What is logged while a case is worked on, or a
message taken in, names it without being told.
"""

import logging
import sys
import traceback
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict

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
_OURS = "waste_bpm"

structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.render_to_log_kwargs],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=BoundLogger,
    cache_logger_on_first_use=True,
)


def log(name: str) -> BoundLogger:
    """The log of a module."""
    logger: BoundLogger = structlog.get_logger(name)
    return logger


def about(**names: str) -> AbstractContextManager[None]:
    """Whatever is logged in here says these names."""
    return structlog.contextvars.bound_contextvars(**names)


def formatter() -> logging.Formatter:
    """One line of JSON for each record of ours; of other libraries only where it was said and how grave it is."""
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, ExtraAdder(allow=FIELDS), _line],
        processors=[structlog.processors.JSONRenderer(serializer=_written)],
        use_get_message=False,
    )


def _line(_: Any, __: str, said: EventDict) -> EventDict:
    """What a line says, in its order."""
    record: logging.LogRecord = said["_record"]
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if record.name.startswith(_OURS):
        line["event"] = str(said["event"])
    line |= {name: said[name] for name in FIELDS if name in said}
    if record.exc_info and record.exc_info[1] is not None:
        line |= _error(record.exc_info[1])
    return line


def _written(line: EventDict, **_: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def _error(error: BaseException) -> dict[str, object]:
    """The kind of an error and the places it came through, innermost last; never its words."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return {"error": type(error).__name__, "places": [f"{each.filename}:{each.lineno} {each.name}" for each in places]}


class ToStandardError(logging.Handler):
    """Writes to standard error as it is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr, flush=True)


def log_as_json(level: int = logging.INFO) -> None:
    """Let everything that is logged from now on go to standard error as lines of JSON."""
    handler = ToStandardError()
    handler.setFormatter(formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("uvicorn", "uvicorn.error", "asyncio", "httpx", "transitions"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
