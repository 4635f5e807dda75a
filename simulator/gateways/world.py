"""What happens to sessions: started, scanned, written to, lost. Each step is told by webhook."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from simulator.bad_control import BadControl
from simulator.gateways.origins import ORIGINS
from simulator.gateways.posting import Posting
from simulator.gateways.sessions import GatewaySession, WebMessage, new_message_id, outgoing
from simulator.gateways.steps import Step
from simulator.state import State

API_KEY: Final = "simulator-gateway-key"
SECRET: Final = "simulator-gateway-secret-of-32-bytes"
ACKS: Final = {"sent": 1, "delivered": 2, "read": 3}


class World:
    """All sessions of all gateways of one simulator."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.posting = Posting(state)
        self.sessions: dict[tuple[str, str], GatewaySession] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def reset(self) -> None:
        """Forget everything."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.posting.clear()
        self.sessions.clear()

    def register(self, kind: str, name: str, webhook_url: str, secret: str) -> GatewaySession:
        """Make a session, or point a known one elsewhere."""
        session = self.sessions.setdefault((kind, name), GatewaySession(kind, name, webhook_url, secret))
        session.webhook_url, session.secret = webhook_url, secret
        return session

    def find(self, kind: str, name: str) -> GatewaySession | None:
        """The session of a gateway; the founding gateway is one of wwebjs-api's."""
        return self.sessions.get((kind, name)) or (self.sessions.get(("founding", name)) if kind == "wwebjs" else None)

    def file_of(self, kind: str, message_id: str) -> dict[str, str] | None:
        """The file of a message in any session of a gateway."""
        sessions = [session for session in self.sessions.values() if session.kind == kind]
        found = next(filter(None, (session.find(message_id) for session in sessions)), None)
        return found.file if found else None

    def tell(self, session: GatewaySession, name: str, **facts: Any) -> None:
        """Post what the gateway says about a step that happens now."""
        self.posting.tell(session, Step(name, facts.pop("at", time.time()), facts.pop("id", new_message_id()), **facts))

    def start(self, session: GatewaySession) -> None:
        """Start: until somebody scans there is a QR; a session that was scanned before connects at once."""
        session.state = "scan"
        self.tell(session, "starting")
        self.show_qr(session)

    def show_qr(self, session: GatewaySession) -> None:
        """A new QR replaces the old one."""
        session.state = "scan"
        self.tell(session, "qr", text=session.new_qr())

    def ask_pairing_code(self, session: GatewaySession) -> str:
        """A code instead of a QR."""
        code = session.new_pairing_code()
        self.tell(session, "pairing_code", text=code)
        return code

    def scan(self, session: GatewaySession) -> None:
        """Somebody scanned: authenticated, loading, connected."""
        session.qr = session.pairing_code = None
        session.state = "connected"
        self.tell(session, "authenticated")
        for percent in (0, 75, 100):
            self.tell(session, "loading", number=percent)
        self.tell(session, "connected")

    def lose(self, session: GatewaySession, reason: str) -> None:
        """The connection is lost; LOGOUT ends the pairing."""
        session.state, session.qr = "stopped", None
        self.tell(session, "disconnected", text=reason)

    def refuse(self, session: GatewaySession, reason: str) -> None:
        """The login failed."""
        session.state, session.qr = "failed", None
        self.tell(session, "auth_failure", text=reason)

    def stop(self, session: GatewaySession) -> None:
        """Stopped at the gateway."""
        session.state, session.qr = "stopped", None
        self.tell(session, "stopped")

    def send(
        self, session: GatewaySession, chat: str, kind: str, body: str, file: Mapping[str, str] | None
    ) -> WebMessage:
        """The session sends; its acks follow as the settings say."""
        message = outgoing(chat, kind, body, dict(file) if file else None)
        session.sent.append(message)
        self.tell(session, "message", message=message)
        for status, number in ACKS.items():
            delay = self._state.settings.delays_ms.get(status)
            if delay is not None:
                self._later(delay / 1000, session, message, number)
        return message

    def acknowledge(self, session: GatewaySession, message: WebMessage, number: int) -> None:
        """How far a message came."""
        message.ack = max(number, message.ack) if number >= 0 else number
        self.tell(session, "ack", message=message, number=number)

    def receive(self, session: GatewaySession, message: WebMessage) -> None:
        """Somebody writes to the session."""
        session.received.append(message)
        self.tell(session, "message", message=message)

    def _later(self, seconds: float, session: GatewaySession, message: WebMessage, number: int) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            self.acknowledge(session, message, number)

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)


WORLD: Final = web.AppKey("gateways", World)


def known_kind(kind: Any) -> str:
    """Raises BadControl for a gateway that is not simulated."""
    if kind not in ORIGINS:
        raise BadControl("unknown kind", ORIGINS)
    return str(kind)
