"""Sessions over the API: a caller, and sessions in the states that tests need."""

from typing import Any

from sqlalchemy import Engine, text
from werkzeug.test import Client

from db import sealed
from db.encryption import Keyring
from tests.db.conftest import new_encryption_key

KEY = new_encryption_key()
FRIEND = "https://shop.example.com"
STATUS, LIST = "/api/whatsapp/session/status", "/api/whatsapp/session/list-realtime"


class Caller:
    """A client with an API key."""

    def __init__(self, client: Client, key: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        return self._client.open(path, method=method, json=body, query_string=query, headers=self._headers)


def register(admin: Caller, name: str = "shop", kind: str = "waha", **more: Any) -> Any:
    body = {"kind": kind, "session_id": name, "base_url": "http://127.0.0.1:1", "api_key": "never-shown-key", **more}
    return admin("POST", "/v1/gateways", body)


def put(engine: Engine, name: str, status: str, *, qr: str | None = None) -> None:
    """Bring a session into a state."""
    sealed_qr = Keyring([KEY]).encrypt(qr, sealed.SESSION_QR) if qr else None
    statement = """
        UPDATE gateway_sessions s SET status = :status, qr = :qr, qr_expires_at = now() + interval '1 minute'
        FROM gateway_sources g WHERE g.channel_id = s.channel_id AND g.session_id = :name
    """
    with engine.begin() as connection:
        connection.execute(text(statement), {"name": name, "status": status, "qr": sealed_qr})
