"""The Makefile explains itself, and says in one line what is missing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
TOOLS = ("sh", "make", "cat", "cksum", "cut", "rm", "tail", "touch")


def make(*arguments: str, path: Path | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=cwd,
        env={"PATH": str(path)} if path else None,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A directory for PATH with the tools that every machine has, and no Python."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    return tools


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, as far as the Makefile looks at it."""
    fresh = tmp_path / "checkout"
    (fresh / "embedded").mkdir(parents=True)
    for name in ("Makefile", "embedded/set_up.sh", *LOCKS):
        shutil.copy(ROOT / name, fresh / name)
    return fresh


def python_that(tools: Path, script: str) -> None:
    program = tools / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_make_alone_lists_every_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert {"run", "serve", "test", "check", "bench", "help", "clean"} <= targets
    listed = re.findall(r"^  make (\w+) +\S", make().stdout, re.MULTILINE)
    assert sorted(listed) == sorted(targets)


def test_every_target_is_phony() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_no_python_is_one_line(bare_machine: Path, checkout: Path) -> None:
    made = make("-s", "run", path=bare_machine, cwd=checkout)
    assert made.returncode != 0
    assert "Python 3.11 or newer is needed; python3 is: not found. Install one" in made.stderr


def test_an_old_python_is_one_line_that_tells_its_version(bare_machine: Path, checkout: Path) -> None:
    python_that(bare_machine, '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    made = make("-s", "run", path=bare_machine, cwd=checkout)
    assert made.returncode != 0
    assert "Python 3.11 or newer is needed; python3 is: Python 3.9.2. Install one" in made.stderr


def test_a_missing_venv_module_is_one_line_that_names_the_package(bare_machine: Path, checkout: Path) -> None:
    python_that(bare_machine, 'case "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac; exit 0')
    made = make("-s", "run", path=bare_machine, cwd=checkout)
    assert made.returncode != 0
    assert "python3 has no venv module. Install it (Debian, Ubuntu: apt install python3.11-venv)" in made.stderr


def test_a_second_time_installs_nothing_until_the_requirements_change(checkout: Path) -> None:
    stamps = [line.split()[-1] for line in make("-n", "run", cwd=checkout).stdout.splitlines() if "set_up.sh" in line]
    [stamp] = stamps
    (checkout / ".venv").mkdir()
    (checkout / stamp).touch()
    assert "set_up.sh" not in make("-n", "run", cwd=checkout).stdout
    with (checkout / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert "set_up.sh" in make("-n", "run", cwd=checkout).stdout
