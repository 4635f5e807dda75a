"""No fault is left out of `make test`, and the makefile runs them there."""

import re
from pathlib import Path

from tests.faults.environment import ROOT
from tests.faults.families import ALL, MODULES

LONG_ALONE = {"worker_clocks_an_hour_off_the_other_way"}
"""The same trial once more with other signs."""


def test_every_fault_has_a_short_version_among_the_tests() -> None:
    sources = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    in_short = set(re.findall(r"assert_survives\(\s*system, \w+\.(\w+)\s*\)", sources))
    assert {fault.run.__name__ for fault in ALL} == in_short | LONG_ALONE


def test_every_family_is_in_the_long_run() -> None:
    families = {path.stem for path in (Path(__file__).parent / "families").glob("[a-z]*.py")}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == families


def test_make_test_leaves_nothing_out() -> None:
    [recipe] = re.findall(r"^test:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "pytest" in recipe
    assert not re.search(r"--ignore|--deselect|-m |-k ", recipe.partition("pytest")[2])
