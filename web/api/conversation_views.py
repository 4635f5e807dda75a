"""Conversations and their messages as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from messaging import service_window
from messaging.amendments import Amended, Amendment, amended
from web.api import message_views
from web.api.answers import identifier, moment
from whatsapp.contents import read_content


def conversation(row: Any) -> dict[str, Any]:
    """Return a conversation as lists show it."""
    return {
        "id": str(row.id),
        "channel_id": str(row.channel_id),
        "contact": contact_summary(row) if row.contact_id else None,
        "group_id": row.group_id,
        "state": row.state,
        "assignee_id": identifier(row.assignee_id),
        "unread": row.unread,
        "labels": row.labels,
        "window": window(row.window_closes_at),
        "last_message": _last(row),
        "last_message_at": moment(row.last_message_at),
        "closed_at": moment(row.closed_at),
        "created_at": moment(row.created_at),
    }


def contact_summary(row: Any) -> dict[str, Any]:
    """Return who a conversation is with."""
    return {
        "id": str(row.contact_id),
        "name": row.display_name or row.name or row.username,
        "phone": row.phone,
        "bsuid": row.bsuid,
        "lid": row.lid,
        "username": row.username,
        "external_id": row.external_id,
        "stopped": {"marketing": row.marketing_act == "stop", "utility": row.utility_act == "stop"},
        "unreachable": row.unreachable_at is not None,
    }


def window(closes_at: datetime | None) -> dict[str, Any]:
    """Return whether, and until when, free-form messages may be sent."""
    return {"is_open": service_window.is_open(closes_at, datetime.now(UTC)), "closes_at": moment(closes_at)}


def _last(row: Any) -> dict[str, Any] | None:
    if row.last_id is None:
        return None
    return {
        "id": str(row.last_id),
        "type": row.last_type,
        "text": row.last_text,
        "direction": row.last_direction,
        "status": row.last_status,
    }


def thread(rows: Sequence[Any], about: Iterable[Any], files: Mapping[UUID, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages of a conversation as people read them.

    Args:
        rows: of the messages, in the order to show.
        about: rows of what later messages say about them.
        files: by message, as they are shown.
    """
    amendments: dict[str, list[Amendment]] = defaultdict(list)
    for row in about:
        amendments[row.context_wamid].append(
            Amendment(row.type, row.direction, row.at, row.text, row.emoji or None if row.type == "reaction" else None)
        )
    return [_message(row, amended(amendments.get(row.wamid, ())), files.get(row.id)) for row in rows]


def _message(row: Any, changed: Amended, file: dict[str, Any] | None) -> dict[str, Any]:
    content = _content(row)
    shown = {
        **message_views.shown(row),
        "source": row.source,
        "sender_name": row.contact_name if row.direction == "inbound" else None,
        "reply_to": row.context_wamid,
        "content": content,
        "media": file,
        "reactions": changed.reactions,
        "edited_at": moment(changed.edited_at),
        "revoked_at": moment(changed.revoked_at),
        "cleared_at": moment(row.cleared_at),
        "sent_at": moment(row.sent_at),
        "delivered_at": moment(row.delivered_at),
        "read_at": moment(row.read_at),
    }
    if changed.edited_at:
        shown["text"] = changed.text
    if changed.revoked_at:
        shown |= {"text": None, "content": {}, "media": None}
    return shown


def _content(row: Any) -> dict[str, Any]:
    """What came is read with its meaning; what we sent is shown as it was sent, without its text twice."""
    told = row.content.get("message")
    if told is not None:
        return {name: part for name, part in read_content(told).items() if part is not None}
    kind = row.content.get("type")
    return {} if kind in (None, "text") else {kind: row.content[kind]}
