"""`make run` as people meet it: a process that shows an invoice being read, and leaves nothing behind."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from embedded.ports import free_port
from settings import Settings
from tests.embedded.processes_left import assert_none_left
from tests.simulator.meta import Meta
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]

EXPECTED = ["queued", "accepted", "sent", "delivered", "read"]
STARTED = "Ctrl-C stops everything"
LOGIN = re.compile(r"Log in at (?P<address>\S+) as (?P<login>\w+), password (?P<password>\S+)$")


class Run:
    """One `make run`.

    Args:
        environment: of the process.
        prefix: a command before it.
    """

    target = "run"

    def __init__(self, environment: dict[str, str], prefix: tuple[str, ...] = ()) -> None:
        self.data_dir = Path(environment["DATA_DIR"])
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*prefix, "make", "-s", self.target, f"VENV={sys.prefix}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, text: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return
        raise AssertionError("\n".join(self.lines))

    @property
    def invoice(self) -> str:
        [line] = [line for line in self.lines if line.startswith("Example invoice ")]
        return line.split()[2]

    @property
    def timeline(self) -> list[str]:
        return [line.split()[1] for line in self.lines if re.match(r"  \d\d:\d\d:\d\d  ", line)]

    def address(self, name: str) -> str:
        [line] = [line for line in self.lines if line.strip().startswith(f"{name}  ")]
        return line.split()[-1]

    def finish(self, seconds: float) -> int:
        assert self.process.stdout
        code = self.process.wait(seconds)
        self.lines += self.process.stdout.read().splitlines()
        return code

    def end_by_all_means(self) -> None:
        self.process.kill()
        self.process.communicate()
        assert_none_left(self.data_dir, 30)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Free ports and an empty DATA_DIR; nothing of the developer's own settings."""
    names = {name.upper() for name in Settings.model_fields}
    ports = {name: str(free_port()) for name in ("PORT", "REALTIME_PORT", "SIMULATOR_PORT", "FLOWER_PORT")}
    blank = dict.fromkeys(names, "")
    return {**os.environ, **blank, **ports, "DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def first(environment: dict[str, str]) -> Iterator[Run]:
    run = Run(environment)
    yield run
    run.end_by_all_means()


@pytest.mark.timeout(400)
def test_the_invoice_is_read_and_ctrl_c_leaves_no_process_and_all_data(first: Run, environment: dict[str, str]) -> None:
    first.read_until(STARTED)
    assert first.timeline == EXPECTED
    assert_all_addresses_answer(first)
    key = Path(first.address("API key"))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert_the_shown_password_opens_the_pages_and_is_kept_nowhere(first)

    began = time.monotonic()
    first.process.send_signal(signal.SIGINT)
    first.finish(seconds=35)
    assert time.monotonic() - began < 30
    assert_none_left(first.data_dir)

    second = Run(environment)
    try:
        second.read_until(STARTED)
        assert second.timeline == EXPECTED
        assert second.invoice != first.invoice
        assert not [line for line in second.lines if LOGIN.search(line)]
        assert statuses_of(first.invoice, second, key.read_text().strip()) == ["read"]
        kill_a_worker(second)
        assert second.finish(seconds=60) != 0
        assert_crash_is_told(second)
        assert_none_left(second.data_dir)
    finally:
        second.end_by_all_means()


def assert_all_addresses_answer(run: Run) -> None:
    for name in ("API docs", "Flower", "Health"):
        assert requests.get(run.address(name), timeout=10).status_code == 200, name
    [sent] = requests.get(run.address("In Meta's place"), timeout=10).json()
    assert sent["to"].lstrip("+") == "18095550187"


def assert_the_shown_password_opens_the_pages_and_is_kept_nowhere(run: Run) -> None:
    [shown] = [match for line in run.lines if (match := LOGIN.search(line))]
    with requests.Session() as browser:
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(shown["address"], timeout=10).text)
        assert token is not None
        fields = {"login": shown["login"], "password": shown["password"], "csrf_token": token[1]}
        answer = browser.post(shown["address"], data=fields, timeout=10)
        assert (answer.status_code, {one.status_code for one in answer.history}) == (200, {303})
    files = [path for path in run.data_dir.rglob("*") if path.is_file() and "cluster" not in path.parts]
    assert files
    assert not [path for path in files if shown["password"].encode() in path.read_bytes()]


def statuses_of(invoice: str, run: Run, key: str) -> list[str]:
    api = run.address("API docs").removesuffix("/docs")
    headers = {"Authorization": f"Bearer {key}"}
    answer = requests.get(f"{api}/v1/invoices/{invoice}", headers=headers, timeout=10)
    assert answer.status_code == 200
    return [message["status"] for message in answer.json()["messages"]]


def kill_a_worker(run: Run) -> None:
    [supervisor] = psutil.Process(run.process.pid).children()
    [worker] = [child for child in supervisor.children() if "send@%h" in child.cmdline()]
    worker.kill()


def assert_crash_is_told(run: Run) -> None:
    log = run.data_dir / "logs" / "worker-send.log"
    [line] = [line for line in run.lines if line.startswith("worker-send was")]
    assert line == f"worker-send was killed by SIGKILL (a system out of memory does that); read {log} and start again"
    assert not [after for after in run.lines[run.lines.index(line) + 1 :] if not after.startswith("make")]


@pytest.mark.timeout(200)
def test_a_second_ctrl_c_ends_at_once_a_stop_that_waits_for_a_call(first: Run, environment: dict[str, str]) -> None:
    first.read_until(STARTED)
    [supervisor] = psutil.Process(first.process.pid).children()
    with Meta(f"http://127.0.0.1:{environment['SIMULATOR_PORT']}") as meta:
        meta.control("faults", fault="slow", delay_ms=9_500)
        send_a_message(first)
        meta.wait(lambda: meta.look("stats")["faults"])
    supervisor.send_signal(signal.SIGINT)
    wait_until_refused(first.address("Health"))
    supervisor.send_signal(signal.SIGINT)
    first.finish(seconds=20)
    assert "killing everything" in first.lines
    assert_none_left(first.data_dir, 5)


def send_a_message(run: Run) -> None:
    api = run.address("API docs").removesuffix("/docs")
    headers = {"Authorization": f"Bearer {Path(run.address('API key')).read_text().strip()}"}
    body = {"to": "+18095550123", "template": {"name": "hello_world", "language": "es", "body": []}}
    answer = requests.post(f"{api}/v1/messages", json=body, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text


def wait_until_refused(url: str) -> None:
    """Wait until nobody listens any more: the first stage of the stop is over."""
    wait_for(lambda: refuses(url), 20, f"{url} answers no longer")


def refuses(url: str) -> bool:
    try:
        requests.get(url, timeout=10)
    except requests.ConnectionError:
        return True
    return False
