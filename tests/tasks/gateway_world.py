"""Gateways around us: the simulator speaks for them, a real server receives, and the tasks run when told."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Engine, Row, text
from werkzeug.serving import make_server

from db import gateway_settings
from db.encryption import Keyring
from db.gateway_settings import WantedSession
from db.queries import gateway_sources, outbox
from gateways.kinds import CAPABILITIES, Kind
from settings import Settings
from simulator.gateways.world import API_KEY, SECRET
from tasks.ingest import drain_once
from tasks.sending import THREADS, Sender
from tests.rows import Place, add_message
from tests.simulator.meta import Meta
from web.webhooks.gateway_sources import GatewaySources
from web.webhooks.gateways import create_gateway_app
from web.webhooks.inbox import Inbox

CUSTOMER = "+18095550123"


@contextmanager
def receiving(settings: Settings, sources: GatewaySources) -> Iterator[str]:
    """Serve the gateways' receiver; its address."""
    app = create_gateway_app(settings, Inbox(settings.database, on_stored=lambda: None), sources)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class GatewayWorld:
    """One tenant with sessions of gateways."""

    def __init__(self, engine: Engine, settings: Settings, meta: Meta, address: str, sources: GatewaySources) -> None:
        self.engine = engine
        self.settings = settings
        self.meta = meta
        self.address = address
        self._sources = sources

    def register(self, place: Place, kind: Kind, name: str = "shop") -> Place:
        """Register a session with us and make it known to the simulator; its channel."""
        path = {"founding": "wwebjs"}.get(kind, kind)
        wanted = WantedSession(
            kind=kind,
            session_id=name,
            base_url=f"{self.meta.address}/gateways/{path}",
            api_key=API_KEY,
            proof=CAPABILITIES[kind].proofs[0],
            secret=SECRET,
            user_id="user-1",
        )
        with self.engine.begin() as connection:
            keyring = Keyring(self.settings.encryption_keys)
            made = gateway_settings.register(connection, keyring, place.tenant_id, "test", wanted)
            self._sources.refresh(connection)
        url = f"{self.address}/api/whatsapp/webhook/{name}?secret={SECRET}"
        self.meta.control("gateways", {"kind": kind, "session": name, "webhook_url": url})
        return Place(place.tenant_id, made.channel_id, f"gateway:{name}")

    def connect(self, place: Place, kind: Kind) -> Place:
        """Register a session and link a phone to it; its channel."""
        channel = self.register(place, kind)
        self.act(kind, "start")
        self.act(kind, "scan")
        return channel

    def act(self, kind: Kind, act: str, name: str = "shop", **wanted: Any) -> Any:
        """Let something happen in a session, and take in what is told of it."""
        made = self.meta.control(f"gateways/{kind}/{name}/{act}", wanted)
        self.settle()
        return made

    def settle(self) -> None:
        """Wait until no webhook is on its way, then process all."""
        self.meta.wait(lambda: self.meta.look("gateways")["waiting"] == 0)
        self.drain()

    def drain(self) -> None:
        while drain_once(self.engine):
            pass

    def session(self, place: Place) -> Row[Any]:
        with self.engine.connect() as connection:
            (row,) = gateway_sources.shown(connection, place.tenant_id)
            return row

    def at_gateway(self, kind: Kind, name: str = "shop") -> Any:
        """The session as the gateway knows it."""
        found = self.meta.look("gateways")["sessions"]
        return next(one for one in found if (one["kind"], one["session"]) == (kind, name))

    def rows(self, statement: str, **values: Any) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    def queue(self, channel: Place, body: str = "Your invoice", **columns: Any) -> UUID:
        content = orjson.dumps({"type": "text", "text": {"body": body}}).decode()
        with self.engine.begin() as connection:
            return add_message(
                connection, channel, **{"content": content, "contact_phone": CUSTOMER, "text": body, **columns}
            )

    def resend(self, channel: Place, message_id: UUID) -> None:
        with self.engine.begin() as connection:
            outbox.resend(connection, channel.tenant_id, message_id)

    def send(self) -> None:
        """Run one sending task to its end."""
        with ThreadPoolExecutor(THREADS) as executor:
            Sender(self.engine, executor, _no_graph).run()


def _no_graph(_token: str, _app_secret: str | None) -> Any:
    raise AssertionError("a gateway's message must not go to the Graph API")
