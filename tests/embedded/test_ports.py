"""Ports: free ones, and who holds a taken one."""

import os
import socket
from collections.abc import Iterator

import pytest

from embedded.ports import NOT_LENT, free_port, why_unusable


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_can_be_used() -> None:
    assert why_unusable(free_port(), "PORT") is None


def test_a_free_port_is_none_that_an_outgoing_connection_may_be_lent_meanwhile() -> None:
    assert free_port() in NOT_LENT


def test_a_taken_port_is_told_with_its_holder_and_its_setting(taken: int) -> None:
    line = why_unusable(taken, "FLOWER_PORT")
    assert line
    assert line.startswith(f"port {taken} (FLOWER_PORT) is taken by pid {os.getpid()} (")
    assert line.endswith("set FLOWER_PORT=… in .env or the environment")


def test_an_address_that_is_not_ours_is_told() -> None:
    assert why_unusable(free_port(), "PORT", "192.0.2.1") == (
        "no interface of this machine has the address 192.0.2.1 (BIND_HOST)"
    )
