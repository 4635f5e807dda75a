"""Business systems that send invoices and messages, and ask again until they are answered."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import requests

from tests.faults.answers import Answer, Answers
from tests.faults.pace import Paced, pause
from tests.faults.sessions import Sessions

TIMEOUT_SECONDS: Final = 20
ACCEPTED: Final = (200, 202)
UNAVAILABLE: Final = 503
"""The one error that a caller repeats with the same key; a broken connection, too."""
FIRST_PHONE: Final = 2_200_000


@dataclass(slots=True)
class Asked:
    """A send that was asked for; `message_id` is known once it was accepted."""

    reference: str
    phone: str
    message_id: str | None = None
    tries: int = 0


@dataclass(slots=True)
class Book:
    """All that was asked for, by reference; a reference stands in the text that Meta gets."""

    asked: dict[str, Asked] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, asked: Asked) -> Asked:
        """Write down what will be asked."""
        with self._lock:
            self.asked[asked.reference] = asked
        return asked

    @property
    def accepted(self) -> list[Asked]:
        """What was answered with 200 or 202."""
        return [one for one in list(self.asked.values()) if one.message_id]


class Api:
    """The API of the running system, from one thread or many.

    Args:
        url: of the web process.
        key: API key.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self.sessions = Sessions()
        self.answers = Answers()

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> requests.Response | None:
        """Return the answer; None when the connection broke. `key` is the Idempotency-Key."""
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        began = time.monotonic()
        try:
            answer = self.sessions.own().request(
                method, self._url + path, json=body, headers=headers, timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException:
            answer = None
        status = 0 if answer is None else answer.status_code
        self.answers.add(Answer(began, time.monotonic() - began, status))
        return answer

    def get(self, path: str) -> Any:
        """Return the JSON of a GET that must succeed."""
        answer = self.call("GET", path)
        assert answer is not None, path
        assert answer.ok, answer.text
        return answer.json()


class Callers:
    """A steady stream of sends, every other one an invoice.

    Args:
        api: where to send.
        book: where they are written down.
        label: begins each reference; only letters and digits.
        rate: sends a second.
        threads: callers at once.
        is_erp: sends invoices alone, and knows no Idempotency-Key.
    """

    def __init__(
        self, api: Api, book: Book, label: str, rate: float, threads: int = 6, *, is_erp: bool = False
    ) -> None:
        self._api = api
        self._book = book
        self._label = label
        self.paced = Paced(self._send, rate, threads)
        self.gives_up_at = float("inf")
        self._is_erp = is_erp

    def send_now(self, name: str, phone: str | None = None, template: str = "invoice") -> Asked:
        """Send one message under a reference that ends in `name`; returns when it is accepted."""
        asked = self._book.open(Asked(f"{self._label}{name}", phone or phone_of(crc32(name.encode()))))
        self._until_accepted(asked, *message(asked, template))
        return asked

    def _send(self, number: int) -> None:
        asked = self._book.open(Asked(f"{self._label}{number:06d}", phone_of(number)))
        self._until_accepted(asked, *(invoice(asked) if number % 2 or self._is_erp else message(asked)))

    def _until_accepted(self, asked: Asked, path: str, body: dict[str, Any]) -> None:
        while time.monotonic() < self.gives_up_at:
            asked.tries += 1
            answer = self._api.call("POST", path, body, key=None if self._is_erp else asked.reference)
            status = 0 if answer is None else answer.status_code
            if answer is not None and status in ACCEPTED:
                asked.message_id = message_id_of(answer.json())
                return
            if wrong := _what_is_wrong(answer):
                self._book.refusals.append(f"{path}: {wrong}")
                return
            pause()


def _what_is_wrong(answer: requests.Response | None) -> str | None:
    """Tell why a caller could not go on with an answer that is no acceptance; None when it may ask again."""
    if answer is None:
        return None
    if answer.status_code != UNAVAILABLE:
        return f"{answer.status_code} {answer.text[:200]}"
    if "Retry-After" not in answer.headers or answer.headers["Content-Type"] != "application/problem+json":
        return f"{answer.status_code} without Retry-After or problem+json"
    return None


def phone_of(number: int) -> str:
    """Return a customer's number of its own; none ends in a code that makes the simulator fail it."""
    return f"+1809{FIRST_PHONE + number % 700_000}"


def message(asked: Asked, template: str = "invoice") -> tuple[str, dict[str, Any]]:
    """Return path and body of a template message; of the templates only `invoice` has parameters."""
    body = ["Ana Peña", asked.reference, "RD$ 1,500.00", "30/11/2026", "https://pay.example.com/i/8Xk2"]
    content = {"name": template, "language": "es", "body": body if template == "invoice" else []}
    return "/v1/messages", {"to": asked.phone, "template": content, "client_reference": asked.reference}


def invoice(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Return path and body of an invoice."""
    return "/v1/invoices", {
        "number": asked.reference,
        "customer": {"name": "Ana Peña", "phone": asked.phone},
        "amount": "1500.00",
        "currency": "DOP",
        "due_date": "2026-11-30",
        "link": "https://pay.example.com/i/8Xk2",
    }


def message_id_of(answer: dict[str, Any]) -> str:
    """Return our message id from the answer to either."""
    message_id: str = answer["messages"][0]["id"] if "messages" in answer else answer["id"]
    return message_id
