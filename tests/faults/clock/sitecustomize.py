"""Shifts the wall clock of a Python process by CLOCK_SHIFT_SECONDS: on its PYTHONPATH, nowhere else.

`time.time` and what `datetime` tells about now are shifted; the monotonic clock is not, as on a machine whose clock is
wrong. Real datetimes come out of it, so that C code that asks for the exact type is content.
"""

import datetime as module
import os
import time
from typing import Any

SHIFT = float(os.environ.get("CLOCK_SHIFT_SECONDS", "0"))

_real = module.datetime
_time, _time_ns = time.time, time.time_ns
_gmtime, _localtime = time.gmtime, time.localtime


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _real)


class _Shifted(_real, metaclass=_Kind):
    """Makes real datetimes; only what it calls now is shifted."""

    __slots__ = ()

    def __new__(cls, *given: Any, **named: Any) -> Any:
        return _real(*given, **named)

    @classmethod
    def now(cls, tz: module.tzinfo | None = None) -> Any:
        return _real.now(tz) + module.timedelta(seconds=SHIFT)

    @classmethod
    def utcnow(cls) -> Any:
        """What Flask-Login 0.6 asks for the end of its cookie; inherited, it would tell the true time."""
        return _real.now(module.UTC).replace(tzinfo=None) + module.timedelta(seconds=SHIFT)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


if SHIFT:
    time.time = lambda: _time() + SHIFT
    time.time_ns = lambda: _time_ns() + int(SHIFT * 1e9)
    time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
    time.localtime = lambda seconds=None: _localtime(time.time() if seconds is None else seconds)
    module.datetime = _Shifted  # type: ignore[misc]
