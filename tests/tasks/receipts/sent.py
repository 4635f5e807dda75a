"""A message of ours, what Meta says about it, and what the rules make of that."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from db.queries import claims, outbox, outcomes
from db.queries.channels import Route
from db.queries.outcomes import Outcome
from messaging import callback_data, ladder
from messaging.ladder import DELIVERY_EVIDENCE, FINAL, RANK
from tasks.ingest_receipts import PlacedReceipt, write_receipts
from tests.rows import NOW, PHONE_NUMBER_ID, WABA_ID, Place, add_message, status_item
from whatsapp.items import Receipt, ReportedError

STAMPED = ("sent", "delivered", "read", "played")
LIVE = ("sending", "unknown", "accepted", "held", "sent")
"""Where a failure still ends a message."""
Told = tuple[str, int, int | None]
"""Status, seconds after noon, number of our attempt or None."""


@contextmanager
def forgotten(engine: Engine) -> Iterator[Connection]:
    """A connection of whose work nothing is kept."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


class Sent:
    """A message of ours, and what Meta says about it."""

    def __init__(self, connection: Connection, place: Place, status: str = "accepted") -> None:
        self.connection = connection
        self.place = place
        self.id = add_message(connection, place, status, attempt=1)

    @property
    def row(self) -> Any:
        return self.connection.execute(text("SELECT * FROM messages WHERE id = :id"), {"id": self.id}).one()

    @property
    def is_queued(self) -> bool:
        found = self.connection.execute(text("SELECT FROM outbox WHERE message_id = :id"), {"id": self.id})
        return found.first() is not None

    def claim(self) -> None:
        """Let a worker take it, whatever was sent before."""
        self.connection.execute(text("UPDATE pacing SET tokens = 1000, refilled_at = clock_timestamp()"))
        self.connection.execute(text("DELETE FROM pair_pacing"))
        (claimed,) = claims.claim(self.connection, self.place.channel_id, 1)
        assert claimed.id == self.id

    def hear(self, *receipts: Told) -> str:
        """Process a batch of receipts; return the status after it."""
        route = Route(self.place.tenant_id, self.place.channel_id)
        placed = [PlacedReceipt(self._receipt(*one), route) for one in receipts]
        if placed:
            write_receipts(self.connection, placed)
        return str(self.row.status)

    def answer(self, status: str, attempt: int = 1, **more: Any) -> str:
        """Record what came of the call; return the status after it."""
        wamid = self.wamid(attempt) if status in ("accepted", "held") else None
        outcome = "retry" if status == "queued" else status
        delay = timedelta(0) if status in ("queued", "unknown") else None
        outcomes.record(self.connection, [Outcome(self.id, attempt, outcome, status, delay=delay, wamid=wamid, **more)])
        return str(self.row.status)

    def resend(self) -> bool:
        return outbox.resend(self.connection, self.place.tenant_id, self.id)

    def wamid(self, attempt: int) -> str:
        return f"wamid.{self.id}.{attempt}"

    def _receipt(self, status: str, seconds: int, attempt: int | None) -> Receipt:
        at = time_of(seconds)
        callback = callback_data.write(self.id, attempt) if attempt else None
        wamid = self.wamid(attempt or 1)
        return Receipt(
            phone_number_id=PHONE_NUMBER_ID,
            waba_id=WABA_ID,
            field="messages",
            raw=status_item(status, wamid=wamid, callback=callback, at=at),
            wamid=wamid,
            status=status,
            at=at,
            recipient_phone=None,
            recipient_bsuid=None,
            participant="",
            group_id=None,
            callback_data=callback,
            error=ReportedError(131026, "Undeliverable", None, None, None) if status == "failed" else None,
            pricing=None,
            conversation=None,
        )


def time_of(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def as_ladder(receipts: Sequence[Told]) -> list[ladder.Receipt]:
    return [(status, time_of(seconds), attempt) for status, seconds, attempt in receipts]


def expected(row: Any, batch: Sequence[Told]) -> str:
    """What the rules make of a batch."""
    fold = ladder.fold(as_ladder(batch), closed_attempts=range(1, row.closed_attempt + 1))
    counts = row.status in LIVE and fold.failed_attempt in (None, row.attempt)
    return ladder.advance(row.status, fold, failed_counts=counts)


def is_no_step_back(before: str, after: str) -> bool:
    if before == after:
        return True
    if before in FINAL:
        return False
    return RANK[after] > RANK[before] if after != "failed" else before not in DELIVERY_EVIDENCE


def send_again(message: Sent) -> None:
    """Let a worker send a message that was queued again, as its second attempt."""
    message.claim()
    message.answer("accepted", 2)
