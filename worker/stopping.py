"""Tells the children of a worker that it is stopping, so that they take no new work while it waits for them."""

import mmap
from typing import Any

from celery import signals

_stopping = mmap.mmap(-1, 1)
"""One byte, made before the children are forked, hence shared with them. No multiprocessing.Event: it has a lock, and a
child that is killed while it holds the lock would stop all others for ever."""


@signals.worker_shutting_down.connect
def _note(**_: Any) -> None:
    _stopping[0] = 1


def is_stopping() -> bool:
    """Tell whether this worker was asked to stop."""
    return _stopping[0] == 1
