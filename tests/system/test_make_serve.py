"""`make serve` as a process: it serves, the second start is the quicker one, an ordinary user may, and what stops it is a line."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from embedded.ports import free_port
from tests.embedded.processes_left import assert_none_left
from tests.system.test_make_run import ROOT, STARTED, Run, environment

__all__ = ["environment"]

MORE_LOAD_SECONDS = 30
"""Most of a start are imports: what else this machine does meanwhile outweighs the migration that the second is spared."""
READ_CAPABILITY = "+dac_read_search"
"""Lets the ordinary user read a checkout below /root; it may write nothing there (capabilities(7)). make asks access(2)
before it starts a program, which knows no capabilities: `env` starts it."""


class Serve(Run):
    """One `make serve`."""

    target = "serve"

    @property
    def started_in(self) -> float:
        """Seconds that it says it took."""
        [line] = [line for line in self.lines if line.startswith("Started in ")]
        return float(line.split()[2])

    def ready_after(self, name: str) -> float:
        """Seconds that it says a part of it took."""
        [line] = [line for line in self.lines if line.startswith(f"  {name} ")]
        return float(line.split()[3])

    def stop(self) -> None:
        """Press Ctrl-C and wait for the end of all."""
        self.process.send_signal(signal.SIGINT)
        self.finish(seconds=35)
        assert_none_left(self.data_dir)


def serves(run: Serve) -> bool:
    return requests.get(run.address("Health"), timeout=10).json()["status"] == "ready"


@pytest.fixture
def runs() -> Iterator[list[Serve]]:
    begun: list[Serve] = []
    yield begun
    for run in begun:
        run.end_by_all_means()


@pytest.mark.timeout(300)
def test_it_serves_without_an_example_and_a_second_start_makes_nothing_anew(
    environment: dict[str, str], runs: list[Serve]
) -> None:
    for _ in range(2):
        run = Serve(environment)
        runs.append(run)
        run.read_until(STARTED)
        assert serves(run)
        assert not [line for line in run.lines if "Example invoice" in line]
        run.stop()
    first, second = runs
    assert second.ready_after("postgres") < first.ready_after("postgres"), "its files are there"
    assert second.started_in < first.started_in + MORE_LOAD_SECONDS


@pytest.fixture
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[str, ...], Path]]:
    """What makes a command an ordinary user's, and a directory of that user's; nothing to do where one is no root."""
    if os.geteuid() != 0:
        yield (), tmp_path_factory.mktemp("ordinary")
        return
    nobody = pwd.getpwnam("nobody")
    home = Path(f"/tmp/paperboy-ordinary-{os.getpid()}")
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    ids = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    capabilities = (f"--inh-caps={READ_CAPABILITY}", f"--ambient-caps={READ_CAPABILITY}")
    yield ("setpriv", *ids, *capabilities, "--", "env", f"BIN=env {sys.prefix}/bin", "MAKEFLAGS=e"), home
    shutil.rmtree(home)


@pytest.mark.timeout(300)
def test_an_ordinary_user_may(
    environment: dict[str, str], ordinary: tuple[tuple[str, ...], Path], runs: list[Serve]
) -> None:
    prefix, home = ordinary
    run = Serve({**environment, "DATA_DIR": str(home / "data"), "HOME": str(home)}, prefix)
    runs.append(run)
    run.read_until(STARTED)
    assert serves(run)
    assert (home / "data" / "api_key").stat().st_uid != 0
    run.stop()


def refused(environment: Mapping[str, str]) -> str:
    """Return the one line of a `make serve` that must not start; make's own comes after it."""
    command = ["make", "-s", "serve", f"VENV={sys.prefix}"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert run.returncode != 0
    line, made = run.stderr.splitlines()
    assert re.match(r"make(\[\d+\])?: \*\*\* ", made)
    assert_none_left(Path(environment["DATA_DIR"]), 10)
    return line


def test_a_taken_port_is_one_line(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused({**environment, "PORT": str(port)})
    assert line.startswith(f"port {port} (PORT) is taken by ")
    assert line.endswith("set PORT=… in .env or the environment")


def test_a_database_that_is_away_is_one_line(environment: dict[str, str]) -> None:
    line = refused({**environment, "DATABASE_URL": f"postgresql://a:hush@127.0.0.1:{free_port()}/b"})
    assert line.startswith("DATABASE_URL cannot be reached: ")
    assert line.endswith("; correct it, or remove it to use an embedded Postgres")
    assert "hush" not in line


def test_a_missing_tool_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "cut", "make", "tail"):
        (tools / name).symlink_to(shutil.which(name) or "")
    command = [str(tools / "make"), "-s", "serve", f"VENV={tmp_path / 'venv'}"]
    run = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode != 0
    line, made = run.stderr.splitlines()
    assert re.match(r"Python 3\.11 or newer is needed; .* Install one .* or name it: make PYTHON=", line)
    assert re.match(r"make(\[\d+\])?: \*\*\* ", made)
