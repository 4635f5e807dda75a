"""The example invoice: nobody real ever gets one, and its failure is told in a line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from embedded.example import CUSTOMER, Example, ExampleFailure, invoice_of
from embedded.ports import free_port
from embedded.run import _send_example
from embedded.supervisor import Supervisor
from messaging.money import parse_amount, parse_currency
from messaging.phone import to_e164
from settings import Settings
from simulator.defaults import DISPLAY_PHONE_NUMBER


def test_with_real_credentials_no_example_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, whatsapp_access_token="real")
    supervisor = Supervisor(tmp_path, tmp_path / "logs")
    _send_example(supervisor, settings)
    supervisor.stop()
    said = capsys.readouterr().out.strip()
    assert said == "No example is sent: with real credentials it would reach a real person."


def test_two_runs_have_two_invoices() -> None:
    now = datetime.now(UTC)
    assert invoice_of(now)["number"] != invoice_of(now + timedelta(seconds=1))["number"]


def test_the_example_is_what_the_rules_accept() -> None:
    invoice = invoice_of(datetime.now(UTC))
    currency = parse_currency(invoice["currency"])
    assert parse_amount(invoice["amount"], currency) == Decimal(invoice["amount"])
    assert to_e164(CUSTOMER["phone"]) == CUSTOMER["phone"]
    assert to_e164(DISPLAY_PHONE_NUMBER) != CUSTOMER["phone"], "a number cannot write to itself"


def test_a_web_that_does_not_answer_is_one_line() -> None:
    example = Example(f"http://127.0.0.1:{free_port()}", "key", say=print, meanwhile=lambda: None)
    with pytest.raises(ExampleFailure, match=r"^POST /v1/invoices got no answer: ConnectionError$"):
        example.run()
