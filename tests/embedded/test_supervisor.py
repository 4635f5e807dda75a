"""The supervisor: all processes or none, in order, and nothing left behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from embedded.processes import MIGRATE, POSTGRES_STOP_IN, PROCESSES, REDIS_STOP_IN, stop_stages
from tests.embedded.processes_left import assert_none_left, processes_of
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
STEADY = ("low:1:steady", "middle:2:steady", "high:3:steady", "high-too:3:steady")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run of dummies and waits until all are ready."""
    runs: list[subprocess.Popen[str]] = []

    def begin(*descriptions: str, prefix: tuple[str, ...] = (), ready: bool = True) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.embedded.dummy_run", str(tmp_path), *descriptions]
        run = subprocess.Popen(
            [*prefix, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        runs.append(run)
        if ready:
            read_until(run, "all are ready")
        return run

    yield begin
    for run in runs:
        run.kill()
        run.communicate()
    assert_none_left(tmp_path, 20)


def read_until(run: subprocess.Popen[str], text: str) -> None:
    assert run.stdout is not None
    for line in run.stdout:
        if text in line:
            return
    raise AssertionError(f"the run never said {text!r}")


def events(directory: Path) -> list[str]:
    return (directory / "events").read_text().splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_leaves_none(number: signal.Signals, start: Start, tmp_path: Path) -> None:
    run = start(*STEADY)
    assert len(processes_of(tmp_path)) == 1 + 2 * len(STEADY), "the run, its dummies and their children"
    run.send_signal(number)
    assert run.wait(20) == 0
    assert_none_left(tmp_path)


def test_the_end_comes_in_the_reverse_order_of_the_stages(start: Start, tmp_path: Path) -> None:
    run = start(*STEADY)
    run.send_signal(signal.SIGINT)
    run.wait(20)
    stopped = [event for event in events(tmp_path) if event.startswith("stop")]
    assert sorted(stopped[:2]) == ["stop high", "stop high-too"]
    assert stopped[2:] == ["stop middle", "stop low"]


def test_a_crash_is_one_line_with_its_log_and_what_to_do_and_ends_the_run(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", "weak:2:crashing")
    (tmp_path / "crash").touch()
    output, _ = run.communicate(timeout=20)
    assert run.returncode == 1
    log = tmp_path / "logs" / "weak.log"
    advice = f"weak crashed (exit code 3): the last straw; read {log}, correct the cause and start again"
    assert output.splitlines() == [advice]
    assert log.read_text().splitlines() == ["weak is ready.", "the last straw"]
    assert "stop low" in events(tmp_path)
    assert_none_left(tmp_path)


def test_a_killed_process_is_named_with_its_signal(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady")
    [dummy] = [child for child in psutil.Process(run.pid).children() if "dummy.py" in " ".join(child.cmdline())]
    dummy.kill()
    output, _ = run.communicate(timeout=20)
    log = tmp_path / "logs" / "low.log"
    told = f"low was killed by SIGKILL (a system out of memory does that); read {log} and start again"
    assert output.splitlines() == [told], "what it said last has nothing to do with it"
    assert run.returncode == 1
    assert_none_left(tmp_path)


def test_a_missing_program_is_named(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", "absent:2:missing", ready=False)
    output, _ = run.communicate(timeout=20)
    [line] = [line for line in output.splitlines() if "crashed" in line]
    assert line.startswith("absent crashed (exit code 127): no-such-program: No such file or directory; read ")
    assert run.returncode == 1
    assert_none_left(tmp_path)


def test_a_second_signal_kills_at_once(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", "mule:2:stubborn")
    run.send_signal(signal.SIGINT)
    wait_for_event(tmp_path, "stop mule")
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 0
    assert time.monotonic() - began < 20, "it would have waited for a minute"
    assert_none_left(tmp_path)


def test_a_killed_run_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", "mule:2:stubborn")
    run.kill()
    run.wait()
    assert_none_left(tmp_path, 20)


def test_make_that_alone_gets_the_signal_ends_the_run(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", prefix=make_of(tmp_path))
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=20)
    assert events(tmp_path)[-1] == "stop low"
    assert_none_left(tmp_path)


def test_a_killed_make_ends_the_run(start: Start, tmp_path: Path) -> None:
    run = start("low:1:steady", prefix=make_of(tmp_path))
    run.kill()
    run.wait()
    assert_none_left(tmp_path, 20)
    assert events(tmp_path)[-1] == "stop low"


def test_all_the_time_shares_together_are_less_than_thirty_seconds() -> None:
    stages = [max(process.stop_in for process in stage) for stage in stop_stages((MIGRATE, *PROCESSES))]
    assert sum(stages) + REDIS_STOP_IN + POSTGRES_STOP_IN < 30


def make_of(directory: Path) -> tuple[str, ...]:
    """A make whose recipe is what follows."""
    makefile = directory / "Makefile"
    makefile.write_text("run:\n\t@$(COMMAND)\n")
    script = 'makefile=$1; shift; exec make -s -f "$makefile" run COMMAND="$*"'
    return ("sh", "-c", script, "sh", str(makefile))


def wait_for_event(directory: Path, event: str) -> None:
    wait_for(lambda: event in events(directory), 20, event)
