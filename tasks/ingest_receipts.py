"""Receipts of one batch: matched to our messages, folded per message, written in at most four statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from db.queries import receipts as queries
from db.queries.channels import Route
from db.queries.receipts import Advance, KeptReceipt
from messaging import callback_data, ladder
from tasks.receipt_brakes import apply_failures
from whatsapp.items import Receipt

OPEN_STATUSES = frozenset({"scheduled", "queued", "sending", "unknown"})
"""A message in one of these is still on the outbox."""


@dataclass(slots=True)
class PlacedReceipt:
    """A receipt with its channel and, once it is matched, our message."""

    receipt: Receipt
    route: Route
    message_id: UUID | None = None
    attempt: int | None = None


def write_receipts(connection: Connection, placed: Sequence[PlacedReceipt]) -> None:
    """Match receipts (our callback data first, the wamid second), advance the messages, keep every receipt."""
    _match(connection, placed)
    matched = _advance(connection, placed)
    queries.keep_receipts(connection, [_kept(one, matched) for one in placed])


def _match(connection: Connection, placed: Sequence[PlacedReceipt]) -> None:
    nameless = []
    for one in placed:
        ours = callback_data.read(one.receipt.callback_data)
        if ours:
            one.message_id, one.attempt = ours
        else:
            nameless.append(one)
    if nameless:
        keys = sorted({(one.route.channel_id, one.receipt.wamid) for one in nameless})
        known = queries.messages_by_wamid(connection, keys)
        for one in nameless:
            one.message_id = known.get((one.route.channel_id, one.receipt.wamid))


def _advance(connection: Connection, placed: Sequence[PlacedReceipt]) -> set[UUID]:
    groups: dict[tuple[UUID, UUID], list[PlacedReceipt]] = defaultdict(list)
    for one in placed:
        if one.message_id:
            groups[one.message_id, one.route.channel_id].append(one)
    if not groups:
        return set()
    advances = [fold_group(message_id, group) for (message_id, _), group in sorted(groups.items())]
    advanced = queries.advance_messages(connection, advances)
    proven = [one.message_id for one in advanced if one.after and one.before in OPEN_STATUSES]
    if proven:
        queries.settle(connection, proven)
    failed = [one.message_id for one in advanced if one.after == "failed" and one.before != "failed"]
    if failed:
        apply_failures(connection, failed)
    return {one.message_id for one in advanced}


def fold_group(message_id: UUID, group: Sequence[PlacedReceipt]) -> Advance:
    """Fold the receipts of one message into what the guarded update needs."""
    fold = ladder.fold((one.receipt.status, one.receipt.at, one.attempt) for one in group)
    latest = max(group, key=lambda one: (one.attempt or 0, one.receipt.at))
    advance = Advance(
        message_id=message_id,
        channel_id=latest.route.channel_id,
        wamid=latest.receipt.wamid,
        attempt=latest.attempt,
        first_taken=min((one.attempt for one in group if one.attempt and one.receipt.status != "failed"), default=None),
        peak=fold.peak,
        failed=ladder.advance("accepted", fold, failed_counts=True) == "failed",
        failed_attempt=fold.failed_attempt,
        sent_at=fold.stamps.get("sent"),
        delivered_at=fold.stamps.get("delivered"),
        read_at=fold.stamps.get("read"),
        played_at=fold.stamps.get("played"),
        failed_at=fold.stamps.get("failed"),
    )
    for one in group:
        _add_details(advance, one.receipt)
    return advance


def _add_details(advance: Advance, receipt: Receipt) -> None:
    advance.pricing = advance.pricing or receipt.pricing
    advance.conversation = advance.conversation or receipt.conversation
    advance.bsuid = advance.bsuid or receipt.recipient_bsuid
    if receipt.error:
        advance.error_code = receipt.error.code
        advance.error_title = receipt.error.title or receipt.error.message
        advance.error_detail = receipt.error.details


def _kept(one: PlacedReceipt, matched: set[UUID]) -> KeptReceipt:
    receipt = one.receipt
    return KeptReceipt(
        tenant_id=one.route.tenant_id,
        channel_id=one.route.channel_id,
        wamid=receipt.wamid,
        status=receipt.status,
        participant=receipt.participant,
        at=receipt.at,
        message_id=one.message_id if one.message_id in matched else None,
        attempt=one.attempt,
        raw=receipt.raw,
    )
