"""Messages of one batch: their people, threads, files, answers and events, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from db.ids import id_at, new_id
from db.queries import arrivals, media_files, threads
from db.queries.arrivals import ArrivedMessage
from db.queries.media_files import AwaitedFile
from db.queries.threads import ThreadKey, ThreadProgress
from messaging.service_window import WINDOW, closes_at, opens_window
from tasks.conversation_rules import rules_of
from tasks.gateway_items import GatewayFile, file_of
from tasks.ingest_contacts import ContactsInMotionError, PlacedPreference, Writer, write_contacts
from tasks.ingest_replies import Answerable, write_replies
from tasks.placed_messages import MessageKey, PlacedMessage, once_each
from whatsapp.media_references import MEDIA_TYPES, media_reference
from worker.queues import MEDIA, SEND

ABOUT_OTHERS = frozenset({"reaction", "edit", "revoke", "system"})
"""These change how another message is shown, or who somebody is: they are not unread messages of their own."""

TRIES = 3


@dataclass(slots=True, frozen=True)
class _Threaded:
    message: PlacedMessage
    id: UUID
    conversation_id: UUID
    writer: Writer | None


def write_messages(
    connection: Connection, told: Sequence[PlacedMessage], preferences: Sequence[PlacedPreference]
) -> set[str]:
    """Store messages, each once, with all that follows from them.

    Returns:
        Queues that have work now.

    Raises:
        ContactsInMotionError: other workers made the same contacts or threads at this moment; try again.
    """
    messages = _new_ones(connection, told)
    if not messages and not preferences:
        return set()
    tenants = {one.tenant_id for one in messages} | {one.tenant_id for one in preferences}
    rules = rules_of(connection, tenants)
    writers = write_contacts(connection, messages, preferences, rules)
    if not messages:
        return set()
    threaded = _stored(connection, _threaded(connection, messages, writers))
    if not threaded:
        return set()
    windows = _advance(connection, threaded)
    queues = {MEDIA} if _await_files(connection, threaded) else set()
    answerable = [
        Answerable(one.message, one.conversation_id, one.writer, _window(one, windows))
        for one in threaded
        if one.writer and one.message.is_from_customer
    ]
    if write_replies(connection, answerable, rules):
        queues.add(SEND)
    return queues


def _new_ones(connection: Connection, told: Sequence[PlacedMessage]) -> list[PlacedMessage]:
    """Leave out what is stored already: a repetition must not say who somebody is, or was, again."""
    messages = once_each(told)
    if not messages:
        return []
    known = arrivals.known_messages(connection, [one.key for one in messages])
    return [one for one in messages if one.key not in known]


def _threaded(
    connection: Connection, messages: Sequence[PlacedMessage], writers: Mapping[MessageKey, Writer]
) -> list[_Threaded]:
    keys = [_thread_key(one, writers.get(one.key)) for one in messages]
    ids = _open_threads(connection, {key: one.at for key, one in zip(keys, messages, strict=True)})
    return [
        _Threaded(one, _message_id(one), ids[key], writers.get(one.key))
        for key, one in zip(keys, messages, strict=True)
    ]


def _thread_key(message: PlacedMessage, writer: Writer | None) -> ThreadKey:
    contact_id = writer.contact.id if writer else None
    return ThreadKey(message.tenant_id, message.channel_id, contact_id, message.group_id)


def _open_threads(connection: Connection, wanted: Mapping[ThreadKey, datetime]) -> dict[ThreadKey, UUID]:
    ids: dict[ThreadKey, UUID] = {}
    for _ in range(TRIES):
        missing = [(key, new_id(), at) for key, at in wanted.items() if key not in ids]
        if not missing:
            return ids
        ids |= threads.open_threads(connection, missing)
    if set(wanted) <= set(ids):
        return ids
    raise ContactsInMotionError


def _message_id(message: PlacedMessage) -> UUID:
    """Imported messages stand among those of their time."""
    return id_at(message.at) if message.source == "history" else new_id()


def _stored(connection: Connection, threaded: Sequence[_Threaded]) -> list[_Threaded]:
    stored = arrivals.add_messages(connection, [_arrived(one) for one in threaded])
    return [one for one in threaded if one.id in stored]


def _arrived(one: _Threaded) -> ArrivedMessage:
    message = one.message
    is_ours = message.direction == "outbound"
    return ArrivedMessage(
        id=one.id,
        tenant_id=message.tenant_id,
        channel_id=message.channel_id,
        conversation_id=one.conversation_id,
        direction=message.direction,
        source=message.source,
        status=message.status,
        wamid=message.wamid,
        type=message.type,
        contact_phone=message.person.phone,
        contact_bsuid=message.person.bsuid or message.person.lid,
        contact_name=message.name or message.username,
        group_id=message.group_id,
        text=message.text,
        content=message.content,
        context_wamid=message.context_wamid,
        created_at=message.at if message.source == "history" else datetime.now(UTC),
        sent_at=message.at if is_ours else None,
        delivered_at=None if is_ours else message.at,
    )


def _advance(connection: Connection, threaded: Sequence[_Threaded]) -> dict[UUID, datetime | None]:
    """Move threads on; return until when each may be answered freely, as far as this batch tells."""
    groups: dict[UUID, list[PlacedMessage]] = defaultdict(list)
    for one in threaded:
        groups[one.conversation_id].append(one.message)
    now = datetime.now(UTC)
    progress = [_progress(conversation_id, group, now) for conversation_id, group in groups.items()]
    threads.advance(connection, progress)
    return {one.id: one.window_closes_at for one in progress}


def _window(one: _Threaded, windows: Mapping[UUID, datetime | None]) -> datetime | None:
    """Where there is no window, an automatic answer still belongs to what was written just now."""
    return windows[one.conversation_id] if one.message.has_window else one.message.at + WINDOW


def _progress(conversation_id: UUID, messages: Sequence[PlacedMessage], now: datetime) -> ThreadProgress:
    """Messages sent from the phone app are ours, and history is read already: neither is unread."""
    new = [one for one in messages if one.source is None and one.type not in ABOUT_OTHERS]
    opening = [one.at for one in messages if one.has_window and _opens_window(one)]
    return ThreadProgress(
        id=conversation_id,
        tenant_id=messages[0].tenant_id,
        unread=len(new),
        window_closes_at=closes_at(opening, now),
        last_message_at=min(max(one.at for one in messages), now),
        reopens=bool(new),
    )


def _opens_window(message: PlacedMessage) -> bool:
    return message.is_from_customer and opens_window(message.type, is_group=False)


def _await_files(connection: Connection, threaded: Sequence[_Threaded]) -> bool:
    files = [file for one in threaded if (file := _awaited(one))]
    if files:
        media_files.await_files(connection, files)
    return bool(files)


def _awaited(one: _Threaded) -> AwaitedFile | None:
    told = one.message.content["message"]
    reference = media_reference(told)
    if reference is None:
        return _awaited_of_gateway(one, file_of(told))
    return AwaitedFile(
        id=new_id(),
        tenant_id=one.message.tenant_id,
        channel_id=one.message.channel_id,
        message_id=one.id,
        type=reference.type,
        meta_id=reference.media_id,
        mime_type=reference.mime_type,
        sha256=reference.sha256,
        filename=reference.filename,
    )


def _awaited_of_gateway(one: _Threaded, file: GatewayFile | None) -> AwaitedFile | None:
    if file is None:
        return None
    return AwaitedFile(
        id=new_id(),
        tenant_id=one.message.tenant_id,
        channel_id=one.message.channel_id,
        message_id=one.id,
        type=one.message.type if one.message.type in MEDIA_TYPES else "document",
        meta_id=None,
        mime_type=file.mime_type,
        sha256=None,
        filename=file.filename,
    )
