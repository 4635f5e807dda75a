"""One line an outcome: JSON in production, readable in development, and nothing in it that must not be."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from db.engine import sqlalchemy_url

ROOT = Path(__file__).parents[2]


def speak(*arguments: str) -> str:
    """Return what a process logs."""
    command = [sys.executable, "-W", "error", "-m", "tests.observability.speaker", *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == ""
    return said.stderr


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in speak("production").splitlines()]


def named(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    (line,) = (line for line in lines if line["event"] == event)
    return line


def test_in_production_every_line_is_json_with_time_level_and_logger(lines: list[dict[str, Any]]) -> None:
    assert lines
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None
        assert line["level"] in ("info", "warning", "error")
        assert line["logger"]


def test_an_outcome_keeps_its_fields(lines: list[dict[str, Any]]) -> None:
    line = named(lines, "message.accepted")
    assert (line["message_id"], line["attempt"], line["logger"]) == ("m1", 1, "paperboy.test")


def test_every_line_within_a_request_bears_its_id_libraries_included(lines: list[dict[str, Any]]) -> None:
    assert "request_id" not in named(lines, "outside.of.a.request")
    assert named(lines, "message.accepted")["request_id"] == "request-1"
    assert named(lines, "a library says hello")["request_id"] == "request-1"


def test_an_exception_is_one_line_with_its_traceback(lines: list[dict[str, Any]]) -> None:
    for event in ("something.failed", "a library failed"):
        assert "ValueError: a reason" in named(lines, event)["exception"]


def test_what_is_noise_or_tells_addresses_is_not_logged(lines: list[dict[str, Any]]) -> None:
    said = json.dumps(lines)
    assert not any(part in said for part in ("too.detailed", "appsecret_proof", "Task received"))


def test_in_development_a_line_is_readable() -> None:
    said = speak("development")
    (line,) = (line for line in said.splitlines() if "message.accepted" in line)
    assert "message_id=m1" in line
    assert "request_id=request-1" in line
    assert "\x1b" not in said, "logs go to files as well"
    with pytest.raises(json.JSONDecodeError):
        json.loads(line)
    assert "ValueError: a reason" in said


@pytest.mark.parametrize("env", ["production", "development"])
def test_an_error_of_postgres_does_not_quote_the_row(database: str, env: str) -> None:
    said = speak(env, sqlalchemy_url(database), "+18095550001", '{"text": hidden-body}')
    assert "UniqueViolation" in said
    assert "InvalidTextRepresentation" in said
    assert "DETAIL: hidden" in said
    assert "8095550001" not in said
    assert "hidden-body" not in said
