"""A child process that is looked at while Ctrl-C is pressed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.child import Child


class InterruptedLock:
    """A lock, and Ctrl-C at the moment it is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.interrupted = False

    def acquire(self, blocking: bool = True) -> bool:
        taken = self._lock.acquire(blocking)
        if not self.interrupted:
            self.interrupted = True
            signal.raise_signal(signal.SIGINT)
        return taken

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


@pytest.fixture
def sleeper() -> Iterator[Child]:
    child = Child([sys.executable, "-c", "import time; time.sleep(600)"])
    yield child
    child.kill()
    child.wait(10)


def interrupt_the_next_look(child: Any) -> InterruptedLock:
    lock = InterruptedLock()
    child._waitpid_lock = lock
    return lock


def test_an_interrupt_while_looking_comes_after_it_and_the_end_is_still_seen(sleeper: Child) -> None:
    lock = interrupt_the_next_look(sleeper)
    with pytest.raises(KeyboardInterrupt):
        sleeper.poll()
    assert lock.interrupted
    sleeper.kill()
    assert sleeper.wait(10) == -signal.SIGKILL


def test_an_interrupt_while_waiting_ends_the_wait(sleeper: Child) -> None:
    interrupt_the_next_look(sleeper)
    with pytest.raises(KeyboardInterrupt):
        sleeper.wait(10)
    assert sleeper.poll() is None


def test_a_wait_without_an_end_is_over_in_time(sleeper: Child) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.05)
