"""The simulator as a process: options, a taken port, signals."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

import pytest
import requests

from simulator.options import Options, read_options
from tests.simulator.meta import Meta, template_message

COMMAND = [sys.executable, "-m", "simulator"]
AT_ONCE_SECONDS = 5
"""Far above what a busy machine takes, far below any wait of the simulator's."""


def start(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


def test_help_names_every_option_and_variable() -> None:
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("--port", "SIMULATOR_PORT", "8002", "BIND_HOST", "PUBLIC_URL", "http://127.0.0.1:8000"):
        assert name in shown


def test_a_taken_port_is_one_clear_line_and_exit_code_1() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(environment={"SIMULATOR_PORT": str(port)}) as process:
            output, _errors = process.communicate(timeout=10)
    assert process.returncode == 1
    [line] = output.splitlines()
    assert (
        line == f"simulator: port {port} on 127.0.0.1 is taken; stop what uses it or set SIMULATOR_PORT to a free one"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_once_and_cleanly(number: signal.Signals) -> None:
    with start("--port", "0") as process:
        assert process.stdout is not None
        assert "listening on http://127.0.0.1:" in process.stdout.readline()
        started = time.monotonic()
        process.send_signal(number)
        _output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert time.monotonic() - started < AT_ONCE_SECONDS


def test_calls_and_webhooks_on_their_way_do_not_delay_the_stop() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        start("--port", "0", "--public-url", f"http://127.0.0.1:{silent.getsockname()[1]}") as process,
    ):
        assert process.stdout is not None
        with Meta(process.stdout.readline().split()[3].rstrip(",")) as meta:
            meta.control("inbound", type="text")
            connection, _address = silent.accept()
            meta.control("faults", fault="slow", delay_ms=60_000)
            caller = threading.Thread(target=give_up, args=(meta,))
            caller.start()
            meta.wait(lambda: requests.get(meta.address + "/_sim/sends", timeout=5).json())
            started = time.monotonic()
            process.terminate()
            _output, errors = process.communicate(timeout=10)
            assert time.monotonic() - started < 1.5
            caller.join()
            connection.close()
    assert (process.returncode, errors) == (0, "")


def give_up(meta: Meta) -> None:
    with pytest.raises(requests.ConnectionError):
        meta.post_message(template_message())


def test_options_win_over_the_environment_and_it_over_the_defaults() -> None:
    environment = {"SIMULATOR_PORT": "9000", "PUBLIC_URL": "http://web:8000/", "SIMULATOR_APP_SECRET": ""}
    options = read_options(["--port", "9001"], environment)
    assert options == Options(port=9001, public_url="http://web:8000/")
    assert options.webhook_url == "http://web:8000/webhook"


@pytest.mark.parametrize("port", ["none", "-1", "65536"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--port=" + port], {})
    assert "is not a port" in capsys.readouterr().err
