"""Children of a worker learn that it stops, whatever became of other children."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from worker import stopping


@pytest.fixture(autouse=True)
def not_stopping() -> Iterator[None]:
    yield
    stopping._stopping[0] = 0


def spin() -> int:
    """Start a child that does nothing but ask; return once it does."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, b"!")
        while not stopping.is_stopping():
            pass
        os._exit(0)
    os.read(read, 1)
    os.close(read)
    os.close(write)
    return pid


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_was_forked_before_learns_of_the_stop() -> None:
    child = spin()
    assert not stopping.is_stopping()
    stopping._note()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_children_killed_while_they_ask_do_not_keep_the_others_from_asking() -> None:
    for _ in range(50):
        child = spin()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        stopping.is_stopping()


def test_another_worker_on_the_same_machine_is_not_meant() -> None:
    stopping._note()
    ask = "from worker.stopping import is_stopping; print(is_stopping())"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
