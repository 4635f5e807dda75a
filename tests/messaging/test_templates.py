"""Values for a template: each linted, and all checked against Meta's template object."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.templates import (
    HEADER_TEXT_LIMIT,
    ButtonValue,
    HeaderValue,
    check_body,
    check_parameters,
    dynamic_url_buttons,
    lint_parameter,
)
from messaging.violations import Violation

INVOICE: dict[str, Any] = {
    "name": "invoice",
    "language": "es",
    "parameter_format": "POSITIONAL",
    "components": [
        {"type": "HEADER", "format": "DOCUMENT"},
        {"type": "BODY", "text": "Hola {{1}}, factura {{2}} por {{3}}, vence {{4}}: {{5}}. Gracias, {{1}}."},
        {"type": "FOOTER", "text": "Paperboy"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Ver", "url": "https://pay.example.com/i/{{1}}"},
                {"type": "URL", "text": "Web", "url": "https://example.com/"},
                {"type": "QUICK_REPLY", "text": "Ya pagu\u00e9"},
            ],
        },
    ],
}
NAMED: dict[str, Any] = {
    "parameter_format": "NAMED",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Factura {{number}}"},
        {"type": "BODY", "text": "Hola {{customer_name}}: {{ amount }}"},
    ],
}
PLAIN: dict[str, Any] = {
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Hi"},
        {"type": "BODY", "text": "Hello World"},
    ]
}
FIVE = ["Ana", "enero", "RD$ 10", "15 de enero", "https://x.test/1"]
DOCUMENT = HeaderValue("document")
SUFFIX = ButtonValue(0, "url", "abc123")
PAYLOAD = ButtonValue(2, "quick_reply", "paid:42")


@pytest.mark.parametrize(
    "text",
    [
        "Ana",
        "RD$15,000.00",
        "15.000,00\u00a0DOP",
        "a    b",
        "—",
        "Null Island",
        "none",
        "0",
        "contrato null y nulo",
        "x" * 1024,
    ],
)
def test_a_readable_parameter_passes_unchanged(text: str) -> None:
    assert lint_parameter(text) == text


@pytest.mark.parametrize(
    ("text", "part_of_the_answer"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u00a0", "empty"),
        ("a\nb", "line break or a tab"),
        ("a\r\nb", "line break or a tab"),
        ("a\tb", "line break or a tab"),
        ("a\u2028b", "line break or a tab"),
        ("a\u0085b", "line break or a tab"),
        ("a\x00b", "control character"),
        ("a\x7fb", "control character"),
        ("a     b", "more than 4 spaces"),
        ("undefined", "undefined"),
        ("Undefined", "undefined"),
        (" null ", "null"),
        ("NULL", "null"),
        ("NaN", "NaN"),
        ("nan", "NaN"),
        ("RD$undefined", "undefined"),
        ("RD$ NaN", "NaN"),
        ("https://x.test/i/undefined", "undefined"),
        ("[object Object]", "undefined"),
        ("x" * 1025, "has 1025 characters; at most 1024"),
    ],
)
def test_what_meta_or_a_customer_cannot_read_is_refused(text: str, part_of_the_answer: str) -> None:
    with pytest.raises(Violation) as refused:
        lint_parameter(text, at="body/0")
    assert part_of_the_answer in refused.value.detail
    assert refused.value.at == "body/0"


@given(st.text(max_size=40))
def test_no_text_with_a_line_break_passes(text: str) -> None:
    try:
        lint_parameter(text)
    except Violation:
        return
    assert text.splitlines() == [text]


@pytest.mark.parametrize(
    ("definition", "header", "body", "buttons"),
    [
        (INVOICE, DOCUMENT, FIVE, [SUFFIX]),
        (INVOICE, DOCUMENT, FIVE, [PAYLOAD, SUFFIX]),
        (NAMED, HeaderValue("text", "42"), {"customer_name": "Ana", "amount": "RD$ 10"}, []),
        (
            {"components": NAMED["components"]},
            HeaderValue("text", "42"),
            {"customer_name": "A", "amount": "1"},
            [],
        ),
        (PLAIN, None, [], []),
        (PLAIN, None, {}, []),
        ({}, None, [], []),
        (None, DOCUMENT, ["anything"], [SUFFIX]),
        (None, None, {"any": "thing"}, []),
    ],
)
def test_fitting_values_pass(
    definition: dict[str, Any] | None, header: HeaderValue | None, body: Any, buttons: Sequence[ButtonValue]
) -> None:
    check_parameters(definition, header, body, buttons)


@pytest.mark.parametrize(
    ("definition", "header", "body", "buttons", "at", "part_of_the_answer"),
    [
        (INVOICE, DOCUMENT, FIVE[:4], [SUFFIX], "body", "takes 5 parameters; 4 are given"),
        (INVOICE, DOCUMENT, [*FIVE, "more"], [SUFFIX], "body", "takes 5 parameters; 6 are given"),
        (INVOICE, DOCUMENT, [], [SUFFIX], "body", "0 are given"),
        (INVOICE, DOCUMENT, {"customer_name": "Ana"}, [SUFFIX], "body", "an array of 5 texts"),
        (INVOICE, DOCUMENT, ["Ana", "a\nb", *FIVE[2:]], [SUFFIX], "body/1", "line break"),
        (INVOICE, None, FIVE, [SUFFIX], "header", "of the type document"),
        (INVOICE, HeaderValue("image"), FIVE, [SUFFIX], "header", "of the type document"),
        (INVOICE, DOCUMENT, FIVE, [], "buttons", "button 0 is missing"),
        (INVOICE, DOCUMENT, FIVE, [SUFFIX, SUFFIX], "buttons", "same button"),
        (INVOICE, DOCUMENT, FIVE, [SUFFIX, ButtonValue(1, "url", "x")], "buttons/1", "fixed URL"),
        (INVOICE, DOCUMENT, FIVE, [SUFFIX, ButtonValue(2, "url", "x")], "buttons/1", "type quick_reply"),
        (INVOICE, DOCUMENT, FIVE, [ButtonValue(3, "url", "x")], "buttons/0", "no button 3; it has 3"),
        (INVOICE, DOCUMENT, FIVE, [ButtonValue(-1, "url", "x")], "buttons/0", "no button -1"),
        (INVOICE, DOCUMENT, FIVE, [ButtonValue(0, "url", "a b")], "buttons/0", "percent-encoded"),
        (INVOICE, DOCUMENT, FIVE, [ButtonValue(0, "url", "undefined")], "buttons/0", "undefined"),
        (INVOICE, DOCUMENT, FIVE, [ButtonValue(0, "url", "x" * 1990)], "buttons/0", "2000"),
        (INVOICE, DOCUMENT, FIVE, [SUFFIX, ButtonValue(2, "quick_reply", "p" * 257)], "buttons/1", "256"),
        (NAMED, HeaderValue("text", "42"), ["Ana", "1"], [], "body", "customer_name, amount"),
        (NAMED, HeaderValue("text", "42"), {"customer_name": "Ana"}, [], "body", "customer_name, amount"),
        (
            NAMED,
            HeaderValue("text", "42"),
            {"customer_name": "A", "x": "1"},
            [],
            "body",
            "customer_name, amount",
        ),
        (NAMED, HeaderValue("text", "42"), {"a/b~c": ""}, [], "body/a~1b~0c", "empty"),
        (NAMED, None, {"customer_name": "A", "amount": "1"}, [], "header", "of the type text"),
        (NAMED, HeaderValue("text", None), {}, [], "header", "empty"),
        (NAMED, HeaderValue("text", "x" * (HEADER_TEXT_LIMIT + 1)), {}, [], "header", "at most 60"),
        (PLAIN, HeaderValue("text", "42"), [], [], "header", "takes no value"),
        (PLAIN, None, ["x"], [], "body", "takes 0 parameters; 1 are given"),
        (PLAIN, None, {"x": "y"}, [], "body", "takes 0 parameters; 1 are given"),
        (PLAIN, None, [], [SUFFIX], "buttons/0", "no button 0; it has 0"),
        (None, HeaderValue("text", "x" * 61), [], [], "header", "at most 60"),
        (None, None, ["ok", ""], [], "body/1", "empty"),
        (None, None, [], [ButtonValue(0, "url", "")], "buttons/0", "empty"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_stands(
    definition: dict[str, Any] | None,
    header: HeaderValue | None,
    body: Any,
    buttons: Sequence[ButtonValue],
    *,
    at: str,
    part_of_the_answer: str,
) -> None:
    with pytest.raises(Violation) as refused:
        check_parameters(definition, header, body, buttons)
    assert (refused.value.at, part_of_the_answer in refused.value.detail) == (at, True), refused.value.detail


def test_a_placeholder_used_twice_is_one_parameter() -> None:
    check_body({"components": [{"type": "BODY", "text": "{{1}} {{2}} {{1}}"}]}, ["a", "b"])


def test_only_url_buttons_with_a_variable_take_a_suffix() -> None:
    assert dynamic_url_buttons(INVOICE) == [(0, "https://pay.example.com/i/{{1}}")]
    assert dynamic_url_buttons(PLAIN) == []
