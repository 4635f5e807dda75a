"""One batch of webhook items: where each belongs, and its effects, set-based."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection

from db.ids import new_id
from db.queries import arrivals, channels
from db.queries.arrivals import ArrivedEvent
from db.queries.channels import Route, Routes
from db.queries.inbox import ClaimedRow
from gateways.items import Message, SessionEvent
from gateways.kinds import Kind
from observability.metrics import record_items, record_lag
from tasks import gateway_items
from tasks.gateway_items import GatewayRow
from tasks.ingest_contacts import PlacedPreference
from tasks.ingest_gateways import PlacedEcho, read_echoes
from tasks.ingest_messages import write_messages
from tasks.ingest_receipts import PlacedReceipt, write_receipts
from tasks.ingest_sessions import PlacedSessionEvent, write_session_events
from tasks.placed_messages import messages_of
from whatsapp.items import InboundMessage, Item, OtherEvent, Receipt, Unhandled
from whatsapp.own_messages import PassedMessage
from whatsapp.payload import envelope_of, split
from whatsapp.preferences import preference

UNKNOWN_NUMBER = "unknown_number"
FOREIGN_NUMBER = "foreign_number"
UNPROVED_NUMBER = "unproved_number"
QUARANTINE = {
    UNKNOWN_NUMBER: "No channel has this phone_number_id: add the channel, then replay.",
    UNPROVED_NUMBER: "A channel names this phone_number_id, but its token has not read the number at Meta: check the "
    "channel, then replay.",
    FOREIGN_NUMBER: "It came by this channel's own webhook, but the phone_number_id is of no channel of this tenant.",
}
"""Why an item was written nowhere but in the list of events → what a person reads there."""
NO_ROUTES = Routes({}, {}, frozenset())


@dataclass(slots=True, frozen=True)
class PlacedItem:
    """A webhook item with the row it came in and the tenant it belongs to."""

    item: Item | PassedMessage | SessionEvent | Message
    """A Message is of a gateway's own number."""
    row: ClaimedRow
    tenant_id: UUID
    channel_id: UUID | None
    """None: the item names no number, none of ours, or one that its sender may not speak for."""
    quarantine: str | None = None
    """Why a receipt or a message has no channel: a key of QUARANTINE."""
    digest: bytes | None = None
    """Of a gateway's item: what its repeats share."""


def place(connection: Connection, rows: Sequence[ClaimedRow]) -> list[PlacedItem]:
    """Split rows into items and find out whose they are: by number, else by WABA, else the installation's owner.

    What came by a channel's own webhook, or is replayed for a tenant, never leaves that tenant: whoever holds the
    secret of one Meta app could otherwise write into any other tenant's conversations.
    """
    found = [(row, item) for row in rows if row.gateway_kind is None for item in split(row.body)]
    numbers = {item.phone_number_id for _, item in found if item.phone_number_id}
    routes = channels.routes(connection, sorted(numbers)) if numbers else NO_ROUTES
    strays = [item for row, item in found if row.only_tenant_id is None and item.phone_number_id not in routes.proved]
    tenants = _tenants_of(connection, strays)
    placed = [_placed(row, item, routes, tenants) for row, item in found]
    return placed + [one for row in rows if row.gateway_kind is not None for one in _placed_of_gateway(row)]


def _placed_of_gateway(row: ClaimedRow) -> list[PlacedItem]:
    """Whose they are is told by the secret that proved the row, never by what stands in it."""
    tenant_id, channel_id = cast(UUID, row.only_tenant_id), row.only_channel_id
    return [
        PlacedItem(one.item, row, tenant_id, channel_id, digest=one.digest) for one in gateway_items.read(_gateway(row))
    ]


def _gateway(row: ClaimedRow) -> GatewayRow:
    kind, session_id = Kind(str(row.gateway_kind)), str(row.gateway_session)
    return GatewayRow(cast(UUID, row.only_channel_id), kind, session_id, row.body, row.received_at)


def _placed(row: ClaimedRow, item: Item, routes: Routes, tenants: Mapping[str | None, UUID]) -> PlacedItem:
    only, number = row.only_tenant_id, item.phone_number_id or ""
    route = routes.proved.get(number) if only is None else routes.of_tenants.get((only, number))
    if route is not None:
        return PlacedItem(item, row, route.tenant_id, route.channel_id)
    if only is None:
        reason = UNPROVED_NUMBER if number in routes.claimed else UNKNOWN_NUMBER
        return PlacedItem(item, row, tenants[item.waba_id], None, reason)
    return PlacedItem(item, row, only, None, FOREIGN_NUMBER if number else UNKNOWN_NUMBER)


def _tenants_of(connection: Connection, strays: Iterable[Item]) -> dict[str | None, UUID]:
    wabas: set[str | None] = {item.waba_id for item in strays}
    if not wabas:
        return {}
    known = channels.waba_tenants(connection, sorted(waba for waba in wabas if waba))
    owner = channels.owner_tenant(connection)
    return {waba: known.get(waba or "", owner) for waba in wabas}


def write(connection: Connection, placed: Sequence[PlacedItem]) -> set[str]:
    """Write the effects of items, in a constant number of statements whatever their number; the caller commits.

    Returns:
        Queues that have work once the caller has committed: answers to send, files to fetch.
    """
    placed = _with_echoes_read(connection, placed)
    session_events = [
        PlacedSessionEvent(one.item, _gateway(one.row), one.tenant_id, cast(bytes, one.digest))
        for one in placed
        if isinstance(one.item, SessionEvent)
    ]
    receipts = [
        PlacedReceipt(one.item, Route(one.tenant_id, one.channel_id))
        for one in placed
        if isinstance(one.item, Receipt) and one.channel_id
    ]
    messages = [
        message
        for one in placed
        if one.channel_id and isinstance(one.item, InboundMessage | PassedMessage | OtherEvent)
        for message in messages_of(one.item, one.tenant_id, one.channel_id)
    ]
    events = [_event(one) for one in placed if _is_event(one)]
    if session_events:
        write_session_events(connection, session_events)
    if receipts:
        write_receipts(connection, receipts)
    queues = write_messages(connection, messages, _preferences(placed))
    if events:
        arrivals.add_events(connection, events)
    _count(placed, len(receipts), len(messages), events)
    return queues


def _preferences(placed: Sequence[PlacedItem]) -> list[PlacedPreference]:
    return [
        PlacedPreference(one.tenant_id, choice)
        for one in placed
        if one.channel_id and isinstance(one.item, OtherEvent) and one.item.kind == "user_preference"
        if (choice := preference(one.item))
    ]


def _with_echoes_read(connection: Connection, placed: Sequence[PlacedItem]) -> list[PlacedItem]:
    echoes = [one for one in placed if isinstance(one.item, Message)]
    others = [one for one in placed if not isinstance(one.item, Message)]
    if not echoes:
        return others
    asked = [PlacedEcho(cast(Message, one.item), _gateway(one.row), one.tenant_id) for one in echoes]
    read = zip(echoes, read_echoes(connection, asked), strict=True)
    return others + [replace(one, item=item) for one, item in read if item is not None]


def _is_event(placed: PlacedItem) -> bool:
    return placed.channel_id is None or isinstance(placed.item, OtherEvent | Unhandled)


def _event(placed: PlacedItem) -> ArrivedEvent:
    item = cast(Item, placed.item)
    if isinstance(item, Unhandled):
        return _event_of(placed, kind="unhandled", state="unhandled", reason=item.reason, detail=item.detail)
    if isinstance(item, OtherEvent):
        if placed.quarantine == FOREIGN_NUMBER:
            return _quarantined(placed, item.kind)
        return _event_of(placed, kind=item.kind, state="stored")
    return _quarantined(placed, "receipt" if isinstance(item, Receipt) else "message")


def _quarantined(placed: PlacedItem, kind: str) -> ArrivedEvent:
    reason = placed.quarantine or UNKNOWN_NUMBER
    return _event_of(placed, kind=kind, state="unhandled", reason=reason, detail=QUARANTINE[reason])


def _event_of(
    placed: PlacedItem, *, kind: str, state: str, reason: str | None = None, detail: str | None = None
) -> ArrivedEvent:
    item = cast(Item, placed.item)
    envelope, digest = _replayable(placed)
    return ArrivedEvent(
        id=new_id(),
        tenant_id=placed.tenant_id,
        channel_id=placed.channel_id or placed.row.only_channel_id,
        inbox_id=placed.row.id,
        inbox_received_at=placed.row.received_at,
        waba_id=item.waba_id,
        phone_number_id=item.phone_number_id,
        field=item.field or None,
        kind=kind,
        state=state,
        reason=reason,
        detail=detail,
        at=getattr(item, "at", None),
        envelope=envelope,
        digest=digest,
    )


def _replayable(placed: PlacedItem) -> tuple[dict[str, Any] | None, bytes]:
    """Return a payload with the item alone and its digest; without one, the row's bytes serve for both.

    JSON nested too deeply to be written again (orjson reads 1,024 levels and writes 254) has no payload of its own.
    """
    if placed.digest is not None:
        return None, placed.digest
    envelope = envelope_of(cast(Item, placed.item))
    try:
        canonical = orjson.dumps(envelope, option=orjson.OPT_SORT_KEYS) if envelope else placed.row.body
    except orjson.JSONEncodeError:
        return None, _digest(placed.row.body)
    return envelope or None, _digest(canonical)


def keep_failure(connection: Connection, placed: PlacedItem, error: Exception) -> None:
    """Keep an item that raises every time, with the reason and without its content."""
    detail = f"Processing raised {type(error).__name__} {placed.row.attempts} times."
    event = _event_of(_as_event(placed), kind="failed", state="failed", reason="processing_failed", detail=detail)
    arrivals.add_events(connection, [event])
    record_items("failed", 1)


def _as_event(placed: PlacedItem) -> PlacedItem:
    """What only a gateway has is kept by its name alone: it may hold a QR or what somebody wrote."""
    if not isinstance(placed.item, SessionEvent | Message):
        return placed
    event = gateway_items.other_event(_gateway(placed.row), placed.item, placed.item.event)
    return replace(placed, item=replace(event, raw={}))


def keep_row_failure(connection: Connection, row: ClaimedRow, detail: str) -> None:
    """Keep a row that cannot even be taken apart; its replay takes the row's bytes.

    Args:
        connection: in a transaction.
        row: claimed.
        detail: what happened, for people.
    """
    event = ArrivedEvent(
        id=new_id(),
        tenant_id=row.only_tenant_id or channels.owner_tenant(connection),
        channel_id=row.only_channel_id,
        inbox_id=row.id,
        inbox_received_at=row.received_at,
        waba_id=None,
        phone_number_id=None,
        field=None,
        kind="body",
        state="failed",
        reason="processing_failed",
        detail=detail,
        at=None,
        envelope=None,
        digest=_digest(row.body),
    )
    arrivals.add_events(connection, [event])
    record_items("failed", 1)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _count(placed: Sequence[PlacedItem], receipts: int, messages: int, events: Sequence[ArrivedEvent]) -> None:
    now = datetime.now(UTC)
    for one in placed:
        at = getattr(one.item, "at", None)
        if at is not None:
            record_lag((now - at).total_seconds())
    record_items("session_event", sum(isinstance(one.item, SessionEvent) for one in placed))
    record_items("receipt", receipts)
    record_items("message", messages)
    for state, count in Counter(event.state for event in events).items():
        record_items(state, count)
