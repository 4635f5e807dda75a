"""One tenant's events in this process: who listens, how far it was told, and who is told what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from db.queries.live_events import NumberedEvent
from observability.logging import get_logger
from web.realtime import frames
from web.realtime.frames import EVERY, OF_CONVERSATIONS, Conversation

MOST_BUFFERED = 262_144
"""Bytes that may wait for a client: some thousand events. Whoever reads slower is cut off and resumes."""
MOST_SUBSCRIPTIONS = 1_000

log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class Listener:
    """A connection with what it wants to hear."""

    connection: ServerConnection
    user_id: str
    position: int
    """The sequence number up to which it was told before it joined its feed."""
    subscriptions: set[Conversation] = field(default_factory=set)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def wants(self, event: NumberedEvent) -> bool:
        """Tell whether an event is for it."""
        if event.kind not in OF_CONVERSATIONS:
            return True
        return EVERY in self.subscriptions or event.conversation_id in self.subscriptions

    def hear(self, packed: bytes) -> None:
        """Write frames at once. Who does not read is cut off: what it missed is told when it resumes."""
        if self.connection.state is not State.OPEN:
            return
        transport = self.connection.transport
        transport.write(packed)
        if transport.get_write_buffer_size() > MOST_BUFFERED:
            transport.abort()
            log.warning("live.slow_client_cut_off")


class Feed:
    """The listeners of one tenant.

    Args:
        position: the sequence number from which on events are told.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.listeners: set[Listener] = set()
        self.expected = 0
        """Listeners, with those who still catch up."""
        self._by_conversation: dict[Conversation, set[Listener]] = defaultdict(set)

    def join(self, listener: Listener) -> None:
        """Tell a listener of all that comes; it has been told all before."""
        self.listeners.add(listener)
        for conversation in listener.subscriptions:
            self._by_conversation[conversation].add(listener)

    def leave(self, listener: Listener) -> None:
        """Tell a listener nothing more."""
        self.listeners.discard(listener)
        for conversation in listener.subscriptions:
            self._forget(conversation, listener)

    def subscribe(self, listener: Listener, conversation: Conversation) -> bool:
        """Tell a listener of a conversation; False when it has too many."""
        if len(listener.subscriptions) >= MOST_SUBSCRIPTIONS:
            return False
        listener.subscriptions.add(conversation)
        self._by_conversation[conversation].add(listener)
        return True

    def unsubscribe(self, listener: Listener, conversation: Conversation) -> None:
        """Tell a listener no more of a conversation."""
        listener.subscriptions.discard(conversation)
        self._forget(conversation, listener)

    def tell(self, events: Sequence[NumberedEvent]) -> None:
        """Tell events, in their order, to those who want them; each is written once, and each listener once."""
        packed: dict[Listener, list[bytes]] = defaultdict(list)
        for event in events:
            if event.sequence > self.position:
                self.position = event.sequence
                frame = frames.packed(frames.event(event))
                for listener in self._wanting(event):
                    if listener.position < event.sequence:
                        packed[listener].append(frame)
        for listener, told in packed.items():
            listener.hear(b"".join(told))

    def beat(self) -> None:
        """Tell all how far they were told, so that they resume from there."""
        frame = frames.packed(frames.write("heartbeat", sequence=self.position))
        for listener in tuple(self.listeners):
            listener.hear(frame)

    def _wanting(self, event: NumberedEvent) -> Iterable[Listener]:
        if event.kind not in OF_CONVERSATIONS:
            return self.listeners
        wanting = set(self._by_conversation.get(EVERY, ()))
        if event.conversation_id is not None:
            wanting.update(self._by_conversation.get(event.conversation_id, ()))
        return wanting

    def _forget(self, conversation: Conversation, listener: Listener) -> None:
        held = self._by_conversation.get(conversation)
        if held is not None:
            held.discard(listener)
            if not held:
                del self._by_conversation[conversation]
