"""How each gateway proves that a webhook is its own, and whether it repeats one that failed."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import jwt

from simulator.gateways import evolution_events, waha_events, wppconnect_events, wwebjs_events
from simulator.gateways.sessions import GatewaySession
from simulator.gateways.steps import Bodies

Headers = Callable[[GatewaySession, bytes], dict[str, str]]
EVOLUTION_TOKEN_S: Final = 600


@dataclass(frozen=True, slots=True)
class Origin:
    """A kind of gateway, seen from the receiver of its webhooks."""

    bodies: Bodies
    headers: Headers
    attempts: int = 1
    gives_up_on: frozenset[int] = frozenset()
    """Answers after which it does not try again."""


def _sha256(session: GatewaySession, body: bytes) -> dict[str, str]:
    digest = hmac.new(session.secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-webhook-signature": "sha256=" + digest}


def _api_key(session: GatewaySession, _body: bytes) -> dict[str, str]:
    return {"x-api-key": session.secret}


def _sha512(session: GatewaySession, body: bytes) -> dict[str, str]:
    return {
        "X-Webhook-Hmac": hmac.new(session.secret.encode(), body, hashlib.sha512).hexdigest(),
        "X-Webhook-Hmac-Algorithm": "sha512",
        "X-Webhook-Request-Id": secrets.token_hex(13),
        "X-Webhook-Timestamp": str(int(time.time() * 1000)),
    }


def _bearer(session: GatewaySession, _body: bytes) -> dict[str, str]:
    now = int(time.time())
    told = {"iat": now, "exp": now + EVOLUTION_TOKEN_S, "app": "evolution", "action": "webhook"}
    return {"Authorization": "Bearer " + jwt.encode(told, session.secret, "HS256")}


def _nothing(_session: GatewaySession, _body: bytes) -> dict[str, str]:
    return {}


ORIGINS: Final[Mapping[str, Origin]] = {
    "founding": Origin(wwebjs_events.founding_bodies, _sha256),
    "wwebjs": Origin(wwebjs_events.bodies, _api_key),
    "waha": Origin(waha_events.bodies, _sha512, attempts=15),
    "evolution": Origin(
        evolution_events.bodies, _bearer, attempts=10, gives_up_on=frozenset({400, 401, 403, 404, 422})
    ),
    "wppconnect": Origin(wppconnect_events.bodies, _nothing),
}
"""WPPConnect proves nothing: its secret stands in the address that it posts to."""
