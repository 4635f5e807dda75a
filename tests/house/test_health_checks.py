"""The health checks of the containers, run against real servers and processes."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.house.compose_file import ROOT

CONNECTED = """
import socket, subprocess, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1]))) if sys.argv[1] != "0" else None
if sys.argv[2] == "pool":
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print("up", flush=True)
input()
"""
"""Stands where a worker's main process would: with or without a connection, with or without a child."""


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web_port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def broker_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def worker(port: int, pool: str) -> Iterator[int]:
    command = [sys.executable, "-c", CONNECTED, str(port), pool]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process.pid
        process.communicate("\n", timeout=10)


def check(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", ROOT / "deploy" / "health" / script, *arguments],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
        env={"PATH": os.defpath, **environment},
    )


def test_a_server_that_answers_200_is_well(web_port: int) -> None:
    assert check("answers.py", str(web_port), "/health/live").returncode == 0


def test_a_server_that_answers_anything_else_is_not(web_port: int) -> None:
    result = check("answers.py", str(web_port), "/health/ready")
    assert (result.returncode, result.stdout) == (1, "/health/ready: 503\n")


def test_a_server_that_does_not_listen_is_not(broker_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    result = check("answers.py", str(port), "/health/live")
    assert result.returncode == 1
    assert "refused" in result.stdout
    assert result.stderr == ""


def test_a_proxy_of_the_environment_is_not_asked(web_port: int) -> None:
    proxy = "http://127.0.0.1:1"
    assert check("answers.py", str(web_port), "/health/live", http_proxy=proxy, HTTP_PROXY=proxy).returncode == 0


def test_a_worker_with_pool_and_broker_is_well(broker_port: int) -> None:
    with worker(broker_port, "pool") as pid:
        result = check("connected_pool.py", str(pid), BROKER_URL=f"redis://127.0.0.1:{broker_port}/0")
    assert (result.returncode, result.stdout) == (0, "pool and broker connection stand\n")


def test_a_worker_without_pool_is_not(broker_port: int) -> None:
    with worker(broker_port, "none") as pid:
        result = check("connected_pool.py", str(pid), BROKER_URL=f"redis://127.0.0.1:{broker_port}/0")
    assert (result.returncode, result.stdout) == (1, "no pool process\n")


def test_a_worker_without_broker_is_not(broker_port: int) -> None:
    with worker(0, "pool") as pid:
        result = check("connected_pool.py", str(pid), BROKER_URL=f"redis://127.0.0.1:{broker_port}/0")
    assert (result.returncode, result.stdout) == (1, f"no connection to the broker's port {broker_port}\n")


@pytest.mark.parametrize("url", ["", "redis://:secret@host:port/0", "sqs://secret@"])
def test_a_malformed_broker_address_is_not_repeated(url: str) -> None:
    result = check("connected_pool.py", "1", BROKER_URL=url)
    assert (result.returncode, result.stdout) == (1, "BROKER_URL is missing or malformed\n")
    assert result.stderr == ""


def test_a_broker_address_without_a_port_means_its_usual_one() -> None:
    result = check("connected_pool.py", str(os.getpid()), BROKER_URL="amqp://rabbit")
    assert "5672" in result.stdout
