"""Tests that need the machine alone have it, beside parallel workers."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.house.compose_file import ROOT

CONFTEST = """
from tests.whole_machine import pytest_collection_modifyitems, pytest_configure, pytest_runtest_protocol
import pytest

@pytest.fixture
def system():
    pass
"""
TESTS = """
import time
from pathlib import Path

import pytest

def run(name):
    began = time.monotonic()
    time.sleep(0.1)
    Path(__file__).with_name(f"{name}.ran").write_text(f"{began} {time.monotonic()}")

@pytest.mark.whole_machine
def test_alone_by_mark():
    run("alone_by_mark")

def test_alone_by_fixture(system):
    run("alone_by_fixture")

@pytest.mark.parametrize("number", range(6))
def test_beside_others(number):
    run(f"beside{number}")
"""
Span = tuple[float, float]


@pytest.fixture
def spans(tmp_path: Path) -> dict[str, Span]:
    """When each test of a small run with two workers ran."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    subprocess.run(command, cwd=tmp_path, env={**own, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return {path.stem: _span(path) for path in tmp_path.glob("*.ran")}


def _span(path: Path) -> Span:
    began, ended = path.read_text().split()
    return float(began), float(ended)


def test_nothing_runs_beside_what_needs_the_machine_alone_and_that_comes_last(spans: dict[str, Span]) -> None:
    alone = {name for name in spans if name.startswith("alone")}
    assert (len(alone), len(spans)) == (2, 8)
    for one, other in product(alone, spans):
        assert one == other or spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0], (one, other)
    last = sorted(spans, key=lambda name: spans[name][0])[-len(alone) :]
    assert set(last) == alone
