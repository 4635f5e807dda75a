"""Webhooks: customers who write through the simulator, and signed POSTs of our own whose every answer is seen."""

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import requests

from simulator.defaults import APP_SECRET
from tests.faults.answers import Answer, Answers
from tests.faults.pace import Paced, pause
from tests.faults.sessions import Sessions
from tests.rows import change, text_item, webhook
from tests.simulator.meta import Meta
from whatsapp.signature import sign

TIMEOUT_SECONDS: Final = 20
OK: Final = 200


class Posts:
    """A steady stream of signed webhooks with one inbound message each, repeated as Meta does until 200.

    Args:
        url: of the web process.
        label: begins each wamid.
        rate: POSTs a second.
        threads: at once.
    """

    def __init__(self, url: str, label: str, rate: float, threads: int = 4) -> None:
        self._webhook = f"{url}/webhook"
        self._label = label
        self.sessions = Sessions()
        self._lock = threading.Lock()
        self.acknowledged: set[str] = set()
        """wamids of inbound messages."""
        self.receipts: set[tuple[str, str]] = set()
        """(wamid, status) of receipts."""
        self.answers = Answers()
        self.paced = Paced(self._write, rate, threads)
        self.gives_up_at = float("inf")

    def until_acknowledged(self, body: bytes, wamids: Sequence[str]) -> bool:
        """Post a body again and again until 200; False when it gives up."""
        while time.monotonic() < self.gives_up_at:
            if self.post(body) == OK:
                with self._lock:
                    self.acknowledged.update(wamids)
                return True
            pause()
        return False

    def until_receipts_are_acknowledged(self, items: Sequence[dict[str, Any]]) -> bool:
        """Post receipts as one webhook, as until_acknowledged does."""
        done = self.until_acknowledged(webhook(change(statuses=list(items))), ())
        if done:
            self.receipts.update((item["id"], item["status"]) for item in items)
        return done

    def post(self, body: bytes) -> int:
        """Post a body once; return the HTTP status, 0 when the connection broke."""
        headers = {"X-Hub-Signature-256": sign(body, APP_SECRET), "Content-Type": "application/json"}
        began = time.monotonic()
        try:
            answer = self.sessions.own().post(self._webhook, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
            status = answer.status_code
        except requests.RequestException:
            status = 0
        self.answers.add(Answer(began, time.monotonic() - began, status))
        return status

    def _write(self, number: int) -> None:
        wamid = f"wamid.{self._label}{number:06d}"
        self.until_acknowledged(inbound_body(wamid), [wamid])


class Customers:
    """A steady stream of messages written at the simulator, which posts and repeats them.

    Args:
        meta: the simulator.
        rate: messages a second.
    """

    BATCH = 5

    def __init__(self, meta: Meta, rate: float) -> None:
        self.meta = Meta(meta.address)
        """Its own connection, as the trial's thread uses the other."""
        self.paced = Paced(self._write, rate / self.BATCH, threads=1)

    def _write(self, number: int) -> None:
        first = number * self.BATCH
        # A fault may have closed the simulator's port; what it took is in its own books, whether or not it answered.
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            self.meta.control("inbound", [written(first + offset) for offset in range(self.BATCH)])


def written(number: int) -> dict[str, Any]:
    """Return one customer's message for the simulator."""
    return {"from": f"+1829{3_000_000 + number}", "body": f"message {number}"}


def inbound_body(*wamids: str) -> bytes:
    """Return a webhook body with a text message under each wamid."""
    return webhook(change(messages=[text_item(wamid, sender="18293009999") for wamid in wamids]))
