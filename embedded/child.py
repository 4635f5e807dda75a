"""A child process that may be looked at while Ctrl-C is pressed."""

import signal
import subprocess
import time
from typing import Final

INTERRUPTS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
LOOK_AGAIN_SECONDS: Final = 0.02


class Child(subprocess.Popen[bytes]):
    """A process whose end is looked for without interrupts.

    `Popen` takes a lock to look. A signal handler that raises (Ctrl-C) between the taking and the `try` that gives it
    back leaves it taken, and whoever waits for the process afterwards waits for ever. Here an interrupt comes after
    the look.
    """

    def poll(self) -> int | None:
        """Return the exit code; None while the process runs."""
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
            return super().poll()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the process ended.

        Args:
            timeout: seconds to wait; None: however long it takes.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began >= timeout:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(LOOK_AGAIN_SECONDS)
        return code
