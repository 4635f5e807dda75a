"""The ladder of message statuses: receipts come late, twice and in any order; a status never goes back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

# Rank of every status a message climbs through; the guard in SQL is generated from this mapping.
RANK: Mapping[str, int] = {
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "unknown": 3,  # the answer of Meta was lost; a receipt settles it
    "accepted": 4,
    "held": 5,  # accepted, but waiting for Meta's quality assessment
    "sent": 6,
    "delivered": 7,  # is skipped when the chat is open: only "read" comes then
    "read": 8,
    "played": 9,
}

# Outside the ladder: nothing moves a message away from these, not even evidence of delivery.
FINAL = ("failed", "cancelled")

MESSAGE_STATUSES: tuple[str, ...] = (*RANK, *FINAL)

# No receipt changes these any more.
SETTLED = frozenset({"played", *FINAL})

# The phone itself answered; "sent" only says that Meta's server took it and may still end in "failed".
DELIVERY_EVIDENCE = frozenset({"delivered", "read", "played"})

RECEIPT_STATUSES = frozenset({"sent", "failed"}) | DELIVERY_EVIDENCE

Receipt = tuple[str, datetime, int | None]


@dataclass(frozen=True, slots=True)
class Fold:
    """What a batch of receipts says about one message.

    `peak` is the highest status on the ladder, None when no receipt counts for it. `failed_at` is the
    earliest time of a failure that counts, None without one; with several failed attempts it is of the latest
    of them, `failed_attempt` (None: the receipts name none). `stamps` holds the earliest time of every status
    in the batch, counted or not.
    """

    peak: str | None
    failed_at: datetime | None
    failed_attempt: int | None
    stamps: Mapping[str, datetime]

    @property
    def failed(self) -> bool:
        """Tell whether a failure counts."""
        return self.failed_at is not None


def fold(receipts: Iterable[Receipt], closed_attempts: Collection[int] = ()) -> Fold:
    """Fold the receipts of one message into one fact, whatever their order and however often they repeat.

    Args:
        receipts: (status, time it happened, number of our attempt or None when the receipt names none).
        closed_attempts: attempts already recorded as failed. A late "sent" or "failed" of such an attempt
            leaves the status alone, else it would bury the resend; evidence of delivery always counts.

    Raises:
        ValueError: a status that Meta's receipts do not have.
    """
    stamps: dict[str, datetime] = {}
    climbed: set[str] = set()
    failures: dict[int | None, datetime] = {}
    for status, at, attempt in receipts:
        if status not in RECEIPT_STATUSES:
            raise ValueError(f"no receipt status: {status}")
        stamps[status] = min(at, stamps.get(status, at))
        if attempt in closed_attempts and status not in DELIVERY_EVIDENCE:
            continue
        if status == "failed":
            failures[attempt] = min(at, failures.get(attempt, at))
        else:
            climbed.add(status)
    failed_attempt = max((attempt for attempt in failures if attempt is not None), default=None)
    return Fold(
        peak=max(climbed, key=RANK.__getitem__, default=None),
        failed_at=min((failures[key] for key in (failed_attempt, None) if key in failures), default=None),
        failed_attempt=failed_attempt,
        stamps=stamps,
    )


def advance(current: str, fold: Fold, *, failed_counts: bool) -> str:
    """Return the status after the receipts of `fold`: `current` or one further on, never one further back.

    Meta repeats and reorders receipts, so "failed" after delivery and delivery after "failed" leave the
    status as it was; the stamps keep both (see `is_contradicted`). Both in one batch: the earlier one
    happened, and delivery when they are of the same time.

    Args:
        current: the status in the row.
        fold: the receipts.
        failed_counts: False when a failure in `fold` does not end the message: it is of an earlier attempt,
            or another attempt follows.
    """
    if current in FINAL:
        return current
    if failed_counts and current not in DELIVERY_EVIDENCE and _failed_first(fold):
        return "failed"
    if fold.peak is not None and RANK[fold.peak] > RANK[current]:
        return fold.peak
    return current


def is_contradicted(stamps: Collection[str]) -> bool:
    """Tell whether a message was both failed and delivered; a person should look at it."""
    return "failed" in stamps and not DELIVERY_EVIDENCE.isdisjoint(stamps)


def _failed_first(fold: Fold) -> bool:
    evidence = [at for status, at in fold.stamps.items() if status in DELIVERY_EVIDENCE]
    return fold.failed_at is not None and all(fold.failed_at < at for at in evidence)
