"""Dockerfile and .dockerignore: slim, not root, whole."""

import json
import re
from pathlib import Path

from embedded.processes import PROCESSES
from tests.house.compose_file import ROOT

INSTRUCTION = re.compile(r"^(?P<name>[A-Z]+) +(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)
NOT_IN_THE_IMAGE = {"bench", "embedded", "tests"}
WEB = next(process for process in PROCESSES if process.name == "web")


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text()
    return [(match["name"], match["rest"].replace("\\\n", " ")) for match in INSTRUCTION.finditer(text)]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    start = max(index for index, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def of_kind(kind: str) -> list[str]:
    return [rest for name, rest in last_stage() if name == kind]


def test_it_does_not_run_as_root() -> None:
    assert of_kind("USER") == ["paperboy"]
    assert re.search(r"useradd --uid 10001 .* paperboy", " ".join(of_kind("RUN")))


def test_both_stages_stand_on_the_same_slim_python() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert bases == ["python:3.13-slim"] * 2


def test_it_holds_no_compiler_and_nothing_for_development() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"apt|gcc|build-essential|requirements-(dev|embedded)", text)
    assert "--only-binary=:all:" in text


def test_it_is_watched() -> None:
    assert any("/health/live" in rest for rest in of_kind("HEALTHCHECK"))


def test_without_a_command_it_is_the_web() -> None:
    environment = dict(assignment.split("=", 1) for rest in of_kind("ENV") for assignment in rest.split())
    [command] = of_kind("CMD")
    provided = environment | dict.fromkeys(WEB.needs, "given at the start")
    assert json.loads(command) == WEB.arguments(provided | environment)


def test_everything_a_process_imports_is_let_in_and_nothing_else() -> None:
    assert packages() - NOT_IN_THE_IMAGE == {name for name in let_in() if (ROOT / name).is_dir()} - {"deploy/health"}
    assert {name for name in let_in() if name.endswith(".py")} == {path.name for path in ROOT.glob("*.py")}


def test_what_is_let_in_exists() -> None:
    assert [name for name in let_in() if not (ROOT / name).exists()] == []


def test_secrets_and_data_stay_out() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert not {".env", ".data", ".git", ".venv"} & let_in()


def let_in() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def packages() -> set[str]:
    return {path.parent.name for path in Path(ROOT).glob("*/__init__.py")}
