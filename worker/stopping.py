"""Tells the children of a worker that it is stopping, so that they take no new work while it waits for them."""

import multiprocessing
from typing import Any

from celery import signals

_stopping = multiprocessing.get_context("fork").Event()
"""Made before the children are forked, hence shared with them."""


@signals.worker_shutting_down.connect
def _note(**_: Any) -> None:
    _stopping.set()


def is_stopping() -> bool:
    """Tell whether this worker was asked to stop."""
    return _stopping.is_set()
