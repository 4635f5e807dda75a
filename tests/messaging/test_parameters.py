"""What a customer reads in an invoice or quote, in order and in the language of the template."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from messaging.documents import KINDS, STEPS, DocumentFacts
from messaging.parameters import DEFAULT_TEMPLATES, WRITERS, assemble, check_order
from messaging.violations import Violation

INVOICE = DocumentFacts(
    customer_name="Ana P\u00e9rez",
    number="F-2025-001",
    period="enero 2025",
    amount=Decimal("15000.00"),
    currency="DOP",
    due_date=date(2025, 1, 15),
    valid_until=date(2025, 2, 1),
    link="https://pay.example.com/i/42",
    organisation="MicroRealEstate",
    days_overdue=12,
)
SEED = DocumentFacts(
    customer_name="Test User",
    number="F-0123456789abcdef",
    period="January 2025",
    amount=Decimal("1000.00"),
    currency="DOP",
)


@pytest.mark.parametrize(
    ("kind", "step", "name", "expected"),
    [
        (
            "invoice",
            "initial",
            "invoice",
            [
                "Ana P\u00e9rez",
                "enero 2025",
                "15.000,00\u00a0DOP",
                "15 de enero de 2025",
                "https://pay.example.com/i/42",
            ],
        ),
        (
            "invoice",
            "notice",
            "rentcall",
            [
                "Ana P\u00e9rez",
                "enero 2025",
                "15.000,00\u00a0DOP",
                "15 de enero de 2025",
                "https://pay.example.com/i/42",
            ],
        ),
        (
            "invoice",
            "reminder",
            "rentcall_reminder",
            [
                "Ana P\u00e9rez",
                "enero 2025",
                "15.000,00\u00a0DOP",
                "15 de enero de 2025",
                "12",
                "https://pay.example.com/i/42",
            ],
        ),
        (
            "invoice",
            "last_reminder",
            "rentcall_last_reminder",
            [
                "Ana P\u00e9rez",
                "enero 2025",
                "15.000,00\u00a0DOP",
                "15 de enero de 2025",
                "12",
                "https://pay.example.com/i/42",
            ],
        ),
        (
            "quote",
            "initial",
            "quote",
            [
                "Ana P\u00e9rez",
                "F-2025-001",
                "15.000,00\u00a0DOP",
                "1 de febrero de 2025",
                "https://pay.example.com/i/42",
            ],
        ),
    ],
)
def test_the_defaults_are_the_founding_templates_in_their_order_s4_10_s4_11(
    kind: str, step: str, name: str, expected: list[str]
) -> None:
    template = DEFAULT_TEMPLATES[(kind, step)]
    assert (template.name, template.language) == (name, "es")
    assert assemble(template.order, INVOICE, template.language) == expected


def test_every_default_is_of_a_known_kind_and_step_and_names_known_parameters() -> None:
    for (kind, step), template in DEFAULT_TEMPLATES.items():
        assert kind in KINDS
        assert step in STEPS
        check_order(template.order)


def test_the_founding_example_without_due_date_and_link_still_reads_on_s4_5() -> None:
    template = DEFAULT_TEMPLATES[("invoice", "initial")]
    parameters = assemble(template.order, SEED, template.language)
    assert parameters == ["Test User", "January 2025", "1.000,00\u00a0DOP", "—", "—"]


@pytest.mark.parametrize(
    ("language", "amount", "due_date"),
    [
        ("en", "DOP\u00a015,000.00", "January 15, 2025"),
        ("es_DO", "RD$15,000.00", "15 de enero de 2025"),
        ("fr", "15\u202f000,00\u00a0DOP", "15 janvier 2025"),
        ("de", "15.000,00\u00a0DOP", "15. Januar 2025"),
        ("pt_BR", "DOP\u00a015.000,00", "15 de janeiro de 2025"),
    ],
)
def test_amounts_and_dates_are_in_the_templates_language(language: str, amount: str, due_date: str) -> None:
    assert assemble(["amount", "due_date"], INVOICE, language) == [amount, due_date]


def test_a_missing_period_is_told_by_the_number() -> None:
    assert assemble(["period"], replace(INVOICE, period=None), "es") == ["F-2025-001"]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("number", {"number": None}),
        ("period", {"period": None, "number": None}),
        ("organisation", {"organisation": None}),
        ("days_overdue", {"days_overdue": None}),
    ],
)
def test_a_fact_that_would_make_the_text_wrong_is_demanded_by_name(name: str, missing: dict[str, Any]) -> None:
    with pytest.raises(Violation) as refused:
        assemble([name], replace(INVOICE, **missing), "es")
    assert refused.value.at == name
    assert name in refused.value.detail


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("customer_name", {"customer_name": "Ana\nP\u00e9rez"}),
        ("customer_name", {"customer_name": ""}),
        ("customer_name", {"customer_name": "undefined"}),
        ("period", {"period": "undefined 2025"}),
        ("number", {"number": "F\t1"}),
    ],
)
def test_a_fact_that_no_template_takes_is_refused_by_name(name: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Violation) as refused:
        assemble([name], replace(INVOICE, **facts), "es")
    assert refused.value.at == name


def test_a_configured_order_with_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(Violation, match="customer_name, number, period, amount") as refused:
        check_order(["amount", "price"])
    assert refused.value.at == "1"
    with pytest.raises(Violation, match="no such document parameter"):
        assemble(["price"], INVOICE, "es")


def test_every_parameter_can_be_written_from_full_facts() -> None:
    assert all(assemble(list(WRITERS), INVOICE, "es"))
