"""What is said on a connection, in both directions, as JSON."""

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from websockets.frames import Frame, Opcode

from db.queries.live_events import NumberedEvent

EVERY: Final = "*"
"""Stands where a conversation's id does: all of the tenant."""
OF_CONVERSATIONS = frozenset({"new_message", "message_status"})
"""Told to those who subscribed to the conversation; other kinds to everybody of the tenant."""

Wish = Literal["subscribe_conversation", "unsubscribe_conversation", "ping"]
OF_A_CONVERSATION: tuple[Wish, ...] = ("subscribe_conversation", "unsubscribe_conversation")
Conversation = UUID | Literal["*"]


class WrongFrameError(Exception):
    """A client said what nobody understands; the text is for its author."""


@dataclass(slots=True, frozen=True)
class Said:
    """What a client wants."""

    wish: Wish
    conversation: Conversation | None = None


def read(frame: str | bytes) -> Said:
    """Read what a client said.

    Raises:
        WrongFrameError: it is no JSON object, of no known type, or names no conversation.
    """
    try:
        said = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise WrongFrameError("write a JSON object") from None
    kind = said.get("type") if isinstance(said, dict) else None
    if kind == "ping":
        return Said("ping")
    for wish in OF_A_CONVERSATION:
        if kind == wish:
            return Said(wish, conversation(said.get("conversation_id")))
    raise WrongFrameError("type must be subscribe_conversation, unsubscribe_conversation or ping")


def conversation(given: object) -> Conversation:
    """Read a conversation's id, or "*".

    Raises:
        WrongFrameError: it is neither.
    """
    if given == EVERY:
        return "*"
    try:
        return UUID(str(given))
    except ValueError:
        raise WrongFrameError('conversation_id must be the id of a conversation, or "*"') from None


def write(kind: str, **more: Any) -> str:
    """Return a frame."""
    return orjson.dumps({"type": kind, **more}).decode()


def packed(text: str) -> bytes:
    """Return a text frame as it goes over the wire (RFC 6455, 5.2): made once, written to many."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def event(one: NumberedEvent) -> str:
    """Return the frame of an event."""
    return write(
        one.kind,
        sequence=one.sequence,
        at=one.created_at.isoformat(),
        conversation_id=one.conversation_id,
        message_id=one.message_id,
        data=one.payload,
    )
