"""What a rule looks for in a text, and that no expression holds a worker."""

import time

import pytest

from messaging.patterns import LONGEST_PATTERN, REGEX_SECONDS, PatternTimeoutError, check_pattern, matches
from messaging.violations import Violation


@pytest.mark.parametrize(
    ("match", "pattern", "text", "expected"),
    [
        ("equals", "Horario", "  horario ", True),
        ("equals", "horario", "horario?", False),
        ("contains", "factura", "¿Dónde está mi FACTURA de mayo?", True),
        ("contains", "factura", "facturación", True),
        ("contains", "mi  factura", "Mi\nfactura", True),
        ("starts_with", "hola", "Hola, ¿qué tal?", True),
        ("starts_with", "hola", "¡Hola!", False),
        ("regex", r"^(hola|buen[oa]s)\b", "Buenas tardes", True),
        ("regex", r"\bpag(o|ué)\b", "ya pagué", True),
        ("regex", r"^\d+$", "12a", False),
    ],
)
def test_a_pattern_matches(match: str, pattern: str, text: str, expected: bool) -> None:
    check_pattern(match, pattern)
    assert matches(match, pattern, text) is expected


def test_an_expression_that_backtracks_for_ever_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(PatternTimeoutError):
        matches("regex", r"^(a+)+$", "a" * 4000 + "b")
    assert time.monotonic() - began < REGEX_SECONDS * 20


@pytest.mark.parametrize("pattern", ["a{1000}", "(a{0,30}){1,30}"])
def test_counts_that_stay_small_are_taken(pattern: str) -> None:
    check_pattern("regex", pattern)


@pytest.mark.parametrize(
    ("match", "pattern", "at"),
    [
        ("similar", "x", "match"),
        ("contains", "", "pattern"),
        ("contains", " \n", "pattern"),
        ("equals", "x" * (LONGEST_PATTERN + 1), "pattern"),
        ("regex", "(", "pattern"),
        ("regex", "[z-a]", "pattern"),
        ("regex", "(((a{1000}){1000}){1000})", "pattern"),
        ("regex", "((a{0,40}){ 1 , 40 })", "pattern"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(match: str, pattern: str, at: str) -> None:
    with pytest.raises(Violation) as refused:
        check_pattern(match, pattern)
    assert refused.value.at == at


def test_brackets_within_brackets_are_refused_however_deep_the_caller_stands() -> None:
    def from_depth(depth: int) -> None:
        return from_depth(depth - 1) if depth else check_pattern("regex", "(" * 240 + "x" + ")" * 240)

    with pytest.raises(Violation, match="brackets"):
        from_depth(700)
