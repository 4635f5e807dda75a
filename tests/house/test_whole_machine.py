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
from tests.whole_machine import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_itemcollected,
    pytest_runtest_protocol,
)
import pytest

@pytest.fixture
def system():
    pass
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
    "embedded": """
@pytest.mark.whole_machine
def test_alone_by_mark():
    run("alone_by_mark")

@pytest.mark.parametrize("number", range(6))
def test_beside_others(number):
    run(f"beside{number}")
""",
    "system": """
@pytest.mark.parametrize("number", range(5))
def test_alone_by_fixture(system, number):
    run(f"alone_by_fixture{number}")
""",
}
Span = tuple[float, float, str]
"""Beginning, end, and the worker."""


@pytest.fixture
def spans(tmp_path: Path) -> dict[str, Span]:
    """When each test of a small run with two workers ran."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for folder, tests in TESTS.items():
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / f"test_{folder}.py").write_text(RUN + tests)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    subprocess.run(command, cwd=tmp_path, env={**own, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return {path.stem: _span(path) for path in tmp_path.glob("*.ran")}


def _span(path: Path) -> Span:
    began, ended, worker = path.read_text().split()
    return float(began), float(ended), worker


def test_all_that_need_a_whole_system_share_one_worker_and_its_fixtures(spans: dict[str, Span]) -> None:
    assert len({worker for name, (_, _, worker) in spans.items() if name.startswith("alone")}) == 1
    assert len({worker for _, _, worker in spans.values()}) == 2


def test_nothing_runs_beside_what_needs_the_machine_alone_and_that_comes_last(spans: dict[str, Span]) -> None:
    alone = {name for name in spans if name.startswith("alone")}
    assert (len(alone), len(spans)) == (6, 12)
    for one, other in product(alone, spans):
        assert one == other or spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0], (one, other)
    last = sorted(spans, key=lambda name: spans[name][0])[-len(alone) :]
    assert set(last) == alone


def test_tests_of_which_only_the_first_would_run_are_refused(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.UsageError, match=r"only the first would run: .*test_tests_of_which_only"):
        pytest_collection_modifyitems([request.node, request.node])
