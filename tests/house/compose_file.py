"""`docker-compose.yml` as Compose sees it: merged, with its variables replaced."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<rest>[^{}]*))?\}")
"""An innermost `${…}`: Compose specification, Interpolation. Only the forms that the file uses."""


class Missing(Exception):
    """A variable marked as required is absent or empty."""


def raw_services() -> dict[str, Any]:
    """Return the services with `<<` merged, variables as written."""
    return _document()["services"]


def services(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the services with variables replaced.

    Raises:
        Missing: a required variable is absent; the message is its name.
    """
    return _interpolated(raw_services(), environment)


def document(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole file with variables replaced."""
    return _interpolated(_document(), environment)


def words(command: str | list[str]) -> list[str]:
    """Return a command as its arguments."""
    return command.split() if isinstance(command, str) else command


def environment_of(path: Path) -> dict[str, str]:
    """Return the assignments of an env file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def trial() -> dict[str, str]:
    """Return a complete environment: the one that the file's header offers for a trial."""
    return environment_of(ROOT / "deploy" / "simulator.env")


def _document() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def _interpolated(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _interpolated(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_interpolated(value, environment) for value in node]
    return _replaced(node, environment) if isinstance(node, str) else node


def _replaced(text: str, environment: Mapping[str, str]) -> str:
    while match := VARIABLE.search(text):
        value = environment.get(match["name"], "")
        if not value and match["operator"] == ":?":
            raise Missing(match["name"])
        text = text[: match.start()] + (value or match["rest"] or "") + text[match.end() :]
    return text
