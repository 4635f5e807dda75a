"""The lock: exact, whole, and what is installed."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from embedded.processes import PROCESSES

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
TRANSITIVE = "# Brought along by the above"
IN_THE_IMAGE = [
    "app.py",
    "celeryconfig.py",
    "checks",
    "commands",
    "db",
    "gateways",
    "messaging",
    "observability",
    "settings.py",
    "simulator",
    "tasks",
    "web",
    "whatsapp",
    "wire",
    "worker",
]
PYTHONS = ("3.11.2", "3.12.12", "3.13.9", "3.14.0")
"""Interpreters that the lock must hold for; with the first, Debian 12's, redis-py needs one package more."""


@dataclass(frozen=True)
class Pin:
    """One line of a lock."""

    requirement: Requirement
    direct: bool

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def applies_here(self) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate()


@cache
def pins(lock: str) -> tuple[Pin, ...]:
    """Return the pins of one file, without those of the files it includes."""
    direct, _, transitive = (ROOT / lock).read_text().partition(TRANSITIVE)
    return (*_parsed(direct, direct=True), *_parsed(transitive, direct=False))


def _parsed(text: str, *, direct: bool) -> Iterator[Pin]:
    for line in text.splitlines():
        stated = line.partition("#")[0].strip()
        if stated and not stated.startswith("-r "):
            yield Pin(Requirement(stated), direct)


def included(lock: str) -> list[str]:
    """Return the lock and all that it includes."""
    lines = (ROOT / lock).read_text().splitlines()
    below = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    return [lock, *(file for name in below for file in included(name))]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact(lock: str) -> None:
    for pin in pins(lock):
        [specifier] = pin.requirement.specifier
        assert specifier.operator == "==", pin.requirement
        assert "*" not in specifier.version, pin.requirement
        assert pin.requirement.url is None, pin.requirement


def test_no_package_is_pinned_twice() -> None:
    names = [pin.name for lock in LOCKS for pin in pins(lock)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_pinned_is_what_is_installed(lock: str) -> None:
    here = [pin for pin in pins(lock) if pin.applies_here]
    assert {f"{pin.name}=={distribution(pin.name).version}" for pin in here} == {
        f"{pin.name}{pin.requirement.specifier}" for pin in here
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_package_says_why_it_is_here(lock: str) -> None:
    direct, _, _ = (ROOT / lock).read_text().partition(TRANSITIVE)
    for line in direct.splitlines():
        if "==" in line:
            assert line.partition("#")[2].strip(), line


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_whatever_a_pinned_package_needs_is_pinned_too(lock: str, python: str) -> None:
    locked = [pin for file in included(lock) for pin in pins(file)]
    names = {pin.name for pin in locked}
    missing = {
        f"{needed} (for {pin.name})"
        for pin in locked
        if pin.applies_here
        for needed in _needs(pin.requirement, python)
        if needed not in names
    }
    assert missing == set()


def _needs(requirement: Requirement, python: str) -> Iterator[str]:
    for text in distribution(requirement.name).requires or ():
        needed = Requirement(text)
        if needed.marker is None or any(
            needed.marker.evaluate(_environment(python, extra)) for extra in ("", *requirement.extras)
        ):
            yield canonicalize_name(needed.name)


def _environment(python: str, extra: str) -> dict[str, str]:
    return {"python_full_version": python, "python_version": python.rpartition(".")[0], "extra": extra}


@pytest.mark.parametrize(
    ("lock", "packages"),
    [
        ("requirements.txt", IN_THE_IMAGE),
        ("requirements-embedded.txt", ["embedded"]),
        ("requirements-dev.txt", ["bench", "tests"]),
    ],
)
def test_what_the_code_imports_is_a_direct_requirement(lock: str, packages: list[str]) -> None:
    is_tooling = lock == "requirements-dev.txt"  # tests may use what something else brought along
    direct = {pin.name for file in included(lock) for pin in pins(file) if pin.direct or is_tooling}
    undeclared = {name for package in packages for name in _imported(ROOT / package)} - direct
    assert undeclared == set()


def test_nothing_is_required_that_is_neither_imported_nor_started() -> None:
    imported = {name for package in [*IN_THE_IMAGE, "embedded"] for name in _imported(ROOT / package)}
    started = {word for process in PROCESSES for word in re.split(r"[ .]", process.command)}
    started |= set(_words(ROOT / "web/__main__.py"))
    direct = {pin.name for pin in pins("requirements.txt") if pin.direct}
    assert direct - imported - started == set()


def _words(source: Path) -> Iterator[str]:
    """The texts of a module that becomes another program."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _imported(place: Path) -> Iterator[str]:
    owners = packages_distributions()
    for source in place.rglob("*.py") if place.is_dir() else [place]:
        for module in _top_level_imports(source):
            if module not in sys.stdlib_module_names and module in owners:
                yield canonicalize_name(owners[module][0])


def _top_level_imports(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
