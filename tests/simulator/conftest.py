"""The simulator as a real process, and a receiver for its webhooks."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.simulator.meta import Meta
from tests.simulator.receiver import Receiver

FAST = {
    "delays_ms": {"sent": 1, "delivered": 20, "read": 40},
    "jitter": 0,
    "linger_ms": 0,
    "retry_start_ms": 20,
    "retry_max_ms": 80,
}


@pytest.fixture(scope="session")
def receiving_server() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def simulator_process(receiving_server: Receiver) -> Iterator[str]:
    """The address of a simulator that posts to the receiver."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--public-url", receiving_server.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[3].rstrip(",")
        process.terminate()
        assert process.wait(timeout=5) == 0


@pytest.fixture
def receiver(receiving_server: Receiver) -> Receiver:
    receiving_server.forget()
    return receiving_server


@pytest.fixture
def meta(simulator_process: str, receiver: Receiver) -> Iterator[Meta]:
    """A client of a fresh simulator with short delays."""
    with Meta(simulator_process) as client:
        client.control("reset")
        receiver.forget()
        client.control("settings", **FAST)
        yield client
        client.control("reset")
