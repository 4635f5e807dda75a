"""Every line of the founding systems that the main job promises has a test that names it."""

import ast
import re
from functools import cache

import pytest

from tests.house.compose_file import ROOT

SESSIONS_ELSEWHERE = (23, 24)
"""The origin's table, and DATABASE_URL, which all systems share."""
PROMISED = (
    *(f"S3.{number}" for number in range(1, 51) if number not in SESSIONS_ELSEWHERE),
    *(f"S4.{number}" for number in range(1, 14)),
    "S4.17",
)
"""Sessions of gateways; verify, receive, status, statuses, send-invoice and its rules, send-message, send-template,
health."""
NUMBER = re.compile(r"S(\d+)[._](\d+)(?!\d)", re.IGNORECASE)


@cache
def proven() -> frozenset[str]:
    """Requirements that a test names in its name or its docstring."""
    files = (ROOT / "tests").rglob("test_*.py")
    tests = [node for file in files for node in ast.walk(ast.parse(file.read_text())) if is_test(node)]
    return frozenset(f"S{major}.{minor}" for test in tests for major, minor in NUMBER.findall(said_of(test)))


def is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def said_of(test: ast.AST) -> str:
    assert isinstance(test, ast.FunctionDef)
    return f"{test.name} {ast.get_docstring(test) or ''}"


@pytest.mark.parametrize("requirement", PROMISED)
def test_a_promised_requirement_is_named_by_a_test(requirement: str) -> None:
    assert requirement in proven(), (
        f"no test names {requirement}: put its number into the name of the one that proves it"
    )


@pytest.mark.parametrize(("text", "found"), [("x_s4_1_y", "S4.1"), ("as S4.13 says", "S4.13"), ("S0_1_S1_5", "S1.5")])
def test_a_number_is_read_whole(text: str, found: str) -> None:
    assert found in {f"S{major}.{minor}" for major, minor in NUMBER.findall(text)}
    assert "S4.1" not in {f"S{major}.{minor}" for major, minor in NUMBER.findall("test_s4_13")}
