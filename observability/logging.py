"""structlog: one line an outcome, a static event name, ids as fields. JSON in production, readable in development."""

import logging
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import orjson
import structlog

from observability import request_id
from settings import get_settings

QUIET_LOGGERS = (
    "urllib3",  # logs addresses with their query strings, and a proof of the app secret is in there
    "websockets",  # a line for each connection that comes or goes
    "alembic",
    "kombu",
    "amqp",
    "celery.app.trace",  # three lines a task that say nothing; failures are errors and stay
    "celery.beat",
    "celery.worker.request",
    "celery.worker.strategy",
)

_QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT):(?:(?!\\n).)*")
"""Postgres quotes the row in these lines of an error; in a repr they end at a written-out line break."""

_EventDict = MutableMapping[str, Any]


def get_logger(name: str | None = None) -> Any:
    """Return a logger: `log.info("message.accepted", message_id=…)`; never with a body, a token or a phone number."""
    return structlog.get_logger(name)


def line_formatter() -> logging.Formatter:
    """Return the formatter for a program that sets up its logging itself: Granian, by observability/granian.json."""
    return _formatter(get_settings().env)


def configure_logging(env: str, level: int = logging.INFO) -> None:
    """Write our lines and the standard library's records to standard error, through one chain.

    Ours do not pass the standard library's loggers: that doubles what a line costs.

    Args:
        env: "production" writes JSON lines, anything else readable ones.
        level: least level that is written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(env))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, _renderer(env)],
        logger_factory=_Writer,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _formatter(env: str) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(env)],
    )


def _renderer(env: str) -> structlog.typing.Processor:
    if env == "production":
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def _log_crash(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Say in a line of the log what would end the process with a bare traceback; Ctrl-C is nothing to tell."""
    if not issubclass(kind, KeyboardInterrupt):
        get_logger("process").critical("process.crashed", exc_info=error)


class _Writer(structlog.WriteLogger):
    """Writes lines to standard error; knows its name as the standard library's loggers do."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(sys.stderr)
        self.name = name


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _add_request_id(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    current = request_id.current()
    if current:
        event.setdefault("request_id", current)
    return event


def _hide_rows(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    for name in ("event", "exception"):
        if isinstance(text := event.get(name), str) and ("DETAIL:" in text or "CONTEXT:" in text):
            event[name] = _QUOTED_ROW.sub(r"\1: hidden", text)
    return event


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_request_id,
    structlog.processors.format_exc_info,
    _hide_rows,
)
