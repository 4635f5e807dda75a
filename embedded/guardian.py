"""Ends what a supervisor leaves behind when it is killed before it could stop its processes.

Run as a script: `guardian.py <seconds between SIGTERM and SIGKILL>`. Standard input brings a line for each
process group, `+<group>` when it starts and `-<group>` when it has ended; its end means that the supervisor is
gone.
"""

import contextlib
import os
import signal
import sys
import time

EXISTS = 0
"""The signal that is none: only tells whether the group is there (kill(2))."""
LOOK_SECONDS = 0.1
"""Between two looks at groups that are no children of this process: nothing tells when they have ended."""


def main(grace: float) -> None:
    """Follow the groups until the input ends, then stop those that are left within `grace` seconds."""
    for blocked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(blocked, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end(groups, grace)


def end(groups: set[int], grace: float) -> None:
    """Ask `groups` to stop; kill those that are still there after `grace` seconds."""
    deadline = time.monotonic() + grace
    left = send(groups, signal.SIGTERM)
    while left and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        left = send(left, EXISTS)
    send(left, signal.SIGKILL)


def send(groups: set[int], number: int) -> set[int]:
    """Signal `groups`; return those that exist."""
    existing = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
            existing.add(group)
    return existing


if __name__ == "__main__":
    main(float(sys.argv[1]))
