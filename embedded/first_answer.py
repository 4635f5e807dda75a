"""Waiting for the first answer of a server that was just started."""

import contextlib
import time
from collections.abc import Callable

from embedded.child import Child

ASK_AGAIN_SECONDS = 0.03
"""Neither Postgres nor Redis tells its starter that it is ready: one asks."""


def answers_before(deadline: float, process: Child, ask: Callable[[], object], not_yet: type[Exception]) -> bool:
    """Tell whether a server answers in time; False as well when it ends.

    Args:
        deadline: by the monotonic clock.
        process: the server.
        ask: raises `not_yet` until it answers.
        not_yet: what is no answer.
    """
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(not_yet):
            ask()
            return True
        time.sleep(ASK_AGAIN_SECONDS)
    return False
