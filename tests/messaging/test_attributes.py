"""Attributes of contacts: plain values of bounded size, whoever tells them."""

import orjson
import pytest

from messaging.attributes import LARGEST_BODY, LONGEST_NAME, LONGEST_VALUE, MOST, read_attributes
from messaging.violations import Violation


def test_plain_values_are_taken_as_they_are() -> None:
    given = {"plan": "oro", "pedidos": 12, "saldo": 10.5, "moroso": False, "asesor": None}
    assert read_attributes(orjson.dumps(given)) == given
    assert read_attributes(b"{}") == {}


def test_as_many_and_as_long_as_allowed_fit() -> None:
    name = "n" * (LONGEST_NAME - 2)
    given = {f"{name}{number:02}": "x" * LONGEST_VALUE for number in range(MOST)}
    assert read_attributes(orjson.dumps(given)) == given


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"<html>", "no JSON"),
        (b"[]", "no JSON object"),
        (b'"gold"', "no JSON object"),
        (b'{"a": {"b": 1}}', "a text, a number"),
        (b'{"a": [1]}', "a text, a number"),
        (b'{"": 1}', "name"),
        (orjson.dumps({"x" * (LONGEST_NAME + 1): 1}), "name"),
        (orjson.dumps({"a": "x" * (LONGEST_VALUE + 1)}), "at most 1000"),
        (b'{"a": "\\u0000"}', "at most 1000"),
        (orjson.dumps({str(number): number for number in range(MOST + 1)}), "at most 50"),
        (b" " * (LARGEST_BODY + 1), "bytes"),
        (b"[" * 2_000, "no JSON"),
    ],
)
def test_everything_else_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Violation, match=reason):
        read_attributes(body)
