"""The example invoice of `make run`: sent through the public API, followed until it is read."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

CUSTOMER = {"name": "Ana Pérez", "phone": "+18095550187"}
FOLLOW_SECONDS = 60
POLL_SECONDS = 0.1
GOOD_ENDS = ("read", "played")
BAD_ENDS = ("failed", "cancelled")


class ExampleFailure(Exception):
    """The example did not get as far as *read*; the message is one line that tells why."""


class Example:
    """One invoice on its way.

    Args:
        api: address of the web process.
        api_key: of the tenant that sends.
        say: prints a line for people.
        meanwhile: called between two looks; may raise to end the example.
    """

    def __init__(self, api: str, api_key: str, *, say: Callable[[str], None], meanwhile: Callable[[], None]) -> None:
        self._api = api
        self._say = say
        self._meanwhile = meanwhile
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {api_key}"

    def run(self) -> None:
        """Send the invoice and print its timeline until it is read.

        Raises:
            ExampleFailure: it is refused, fails, or takes too long.
        """
        invoice = invoice_of(datetime.now(UTC))
        with self._session:
            message_id = self._send(invoice)
            self._say(f"\nExample invoice {invoice['number']} to {CUSTOMER['name']} {CUSTOMER['phone']}:")
            self._follow(message_id)

    def _send(self, invoice: dict[str, Any]) -> str:
        answer = self._call("POST", "/v1/invoices", json=invoice, headers={"Idempotency-Key": invoice["number"]})
        message_id: str = answer["messages"][0]["id"]
        return message_id

    def _follow(self, message_id: str) -> None:
        shown: set[tuple[str, str]] = set()
        deadline = time.monotonic() + FOLLOW_SECONDS
        while time.monotonic() < deadline:
            message = self._call("GET", f"/v1/messages/{message_id}")
            self._show_new(message["timeline"], shown)
            if message["status"] in GOOD_ENDS:
                return
            if message["status"] in BAD_ENDS:
                raise ExampleFailure(_reason(message))
            self._meanwhile()
            time.sleep(POLL_SECONDS)
        raise ExampleFailure(f"still {message['status']} after {FOLLOW_SECONDS} s: look at the workers' logs")

    def _show_new(self, timeline: list[dict[str, str]], shown: set[tuple[str, str]]) -> None:
        for step in timeline:
            if (step["status"], step["at"]) not in shown:
                shown.add((step["status"], step["at"]))
                self._say(f"  {local_clock(step['at'])}  {step['status']}")

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = self._session.request(method, f"{self._api}{path}", timeout=10, **options)
        except requests.RequestException as error:
            raise ExampleFailure(f"{method} {path} got no answer: {type(error).__name__}") from None
        if not response.ok:
            raise ExampleFailure(f"{method} {path} answered {response.status_code}: {response.text[:200]}")
        answer: dict[str, Any] = response.json()
        return answer


def invoice_of(now: datetime) -> dict[str, Any]:
    """Return the body of POST /v1/invoices for an invoice that is numbered after `now`."""
    return {
        "number": f"EXAMPLE-{now:%Y%m%d-%H%M%S}",
        "customer": CUSTOMER,
        "amount": "1250.00",
        "currency": "DOP",
        "period": f"{now:%m/%Y}",
        "due_date": f"{now:%Y-%m-%d}",
        "link": f"https://example.com/invoices/{now:%Y%m%d%H%M%S}",
    }


def local_clock(timestamp: str) -> str:
    """Return the local time of day of an RFC 3339 timestamp."""
    return datetime.fromisoformat(timestamp).astimezone().strftime("%H:%M:%S")


def _reason(message: dict[str, Any]) -> str:
    error = message.get("error") or {}
    return f"{message['status']}: {error.get('title', '')} {error.get('advice', '')}".strip()
