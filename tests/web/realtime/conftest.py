"""The WebSocket process as it runs, and clients of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import requests
from sqlalchemy import Engine
from websockets.sync.client import ClientConnection, connect

from db.ids import new_id
from db.queries import live_events
from db.queries.live_events import Kind, LiveEvent
from embedded.ports import free_port
from tests.db.conftest import new_encryption_key
from tests.waiting import wait_for
from tests.web.api.world import Business, add_business

ROOT = Path(__file__).parents[3]
OWN_ORIGIN = "https://paperboy.example"


@dataclass
class Client:
    """A connection, and what was said on it."""

    socket: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, kind: str, **more: Any) -> dict[str, Any]:
        """Say something; what is answered."""
        self.socket.send(orjson.dumps({"type": kind, **more}).decode())
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next frame."""
        self.heard.append(orjson.loads(self.socket.recv(timeout=20)))
        return self.heard[-1]

    def hear_until(self, sequence: int) -> None:
        """Listen until an event of this number was told."""
        while self.hear().get("sequence", 0) < sequence:
            pass

    @property
    def events(self) -> list[tuple[int, str]]:
        """Number and kind of what was told."""
        kinds = ("new_message", "message_status", "conversation_updated", "session_status", "alarm")
        return [(one["sequence"], one["type"]) for one in self.heard if one["type"] in kinds]


@dataclass
class LiveProcess:
    """A process that runs."""

    popen: subprocess.Popen[bytes]
    port: int
    log: Path
    clients: ExitStack = field(default_factory=ExitStack)

    def connect(self, key: str = "", user_id: str = "ana", query: str = "", **more: Any) -> Client:
        """Connect, and hear that it worked."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"ws://127.0.0.1:{self.port}/api/v1/ws/chat/{user_id}{query}"
        opened = connect(url, additional_headers=headers, compression=None, close_timeout=1, **more)
        client = Client(self.clients.enter_context(opened))
        while client.hear()["type"] != "connected":
            pass
        return client

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(timeout=6)


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Callable[..., LiveProcess]]:
    """Start processes; each ends with the test."""
    started: list[LiveProcess] = []

    def run(**more: str) -> LiveProcess:
        port = free_port()
        given = {
            "DATABASE_URL": database,
            "BROKER_URL": "redis://127.0.0.1:1/0",
            "REALTIME_PORT": str(port),
            "PUBLIC_URL": OWN_ORIGIN,
            "WHATSAPP_ENCRYPTION_KEY": new_encryption_key(),
            **more,
        }
        log = tmp_path / f"live-{port}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", "web.realtime"], cwd=tmp_path, stderr=out, env={**_plain(), **given}
            )
        started.append(LiveProcess(popen, port, log))
        wait_for(lambda: _answers(port))
        return started[-1]

    yield run
    for one in started:
        one.clients.close()
        if one.popen.poll() is None:
            one.popen.kill()
            one.popen.wait()


def _plain() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/live", timeout=1).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.fixture
def live(start: Callable[..., LiveProcess]) -> LiveProcess:
    return start()


@pytest.fixture
def business(engine: Engine) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "default")


@pytest.fixture
def other(engine: Engine, business: Business) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "other")


@pytest.fixture
def tell(engine: Engine, business: Business) -> Callable[..., UUID]:
    """Let something change; the conversation that it is about."""

    def told(kind: Kind = "new_message", conversation_id: UUID | None = None, to: Business = business) -> UUID:
        about = conversation_id or new_id()
        with engine.begin() as connection:
            live_events.emit(connection, [LiveEvent(to.tenant_id, kind, about, new_id(), {"type": "text"})])
        return about

    return told
