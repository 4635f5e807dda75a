"""The id of the request at hand, carried into logs, rows and tasks."""

import re
from contextvars import ContextVar

from uuid_utils import compat

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the id of the request or task at hand; "" outside of one."""
    return _current.get()


def forget() -> None:
    """Start a request that has no id; what the thread's last one left behind is not this one's."""
    _current.set("")


def begin(given: str | None = None) -> str:
    """Start a request: keep the caller's id when it is sane, else make one; return it."""
    request_id = given if given and _SANE.fullmatch(given) else compat.uuid7().hex
    _current.set(request_id)
    return request_id
