"""Tests that need the machine alone have it, beside parallel workers."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.house.compose_file import ROOT
from tests.whole_machine import pytest_collection_modifyitems

CONFTEST = """
from tests.whole_machine import pytest_collection_modifyitems, pytest_runtest_protocol, pytest_xdist_make_scheduler
"""
RUN = """
import os
import time
from pathlib import Path

import pytest

def run(name):
    began = time.monotonic()
    time.sleep(0.1)
    worker = os.environ["PYTEST_XDIST_WORKER"]
    (Path(__file__).parents[2] / f"{name}.ran").write_text(f"{began} {time.monotonic()} {worker}")
"""
TESTS = {
    "faults/test_first": """
def test_alone():
    run("alone_one")
""",
    "faults/test_second": """
@pytest.mark.parametrize("number", range(5))
def test_alone(number):
    run(f"alone_two{number}")
""",
    "embedded/test_beside": """
@pytest.mark.parametrize("number", range(6))
def test_beside(number):
    run(f"beside{number}")
""",
    "system/test_third": """
def test_shared():
    run("shared_one")
""",
    "system/test_fourth": """
def test_shared():
    run("shared_two")
""",
}
Span = tuple[float, float, str]
"""Beginning, end, and the worker."""


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Span]:
    """When each test of a small run with two workers ran."""
    tmp_path = tmp_path_factory.mktemp("small")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, tests in TESTS.items():
        path = tmp_path / "tests" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RUN + tests)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--no-loadscope-reorder"]
    subprocess.run(command, cwd=tmp_path, env={**own, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return {path.stem: _span(path) for path in tmp_path.glob("*.ran")}


def _span(path: Path) -> Span:
    began, ended, worker = path.read_text().split()
    return float(began), float(ended), worker


@pytest.mark.parametrize("name", ["alone", "beside", "shared"])
def test_a_file_or_what_shares_a_running_system_is_one_workers(name: str, spans: dict[str, Span]) -> None:
    assert len({worker for one, (_, _, worker) in spans.items() if one.startswith(name)}) == 1
    assert len({worker for _, _, worker in spans.values()}) == 2


def test_nothing_runs_beside_what_needs_the_machine_alone_and_that_comes_last(spans: dict[str, Span]) -> None:
    alone = {name for name in spans if name.startswith("alone")}
    assert (len(alone), len(spans)) == (6, 14)
    for one, other in product(alone, spans):
        assert one == other or spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0], (one, other)
    assert max(spans, key=lambda name: spans[name][0]) in alone


def test_tests_of_which_only_the_first_would_run_are_refused(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.UsageError, match=r"only the first would run: .*test_tests_of_which_only"):
        pytest_collection_modifyitems([request.node, request.node])
