"""Registering sessions of gateways: keys and secrets encrypted, an audit line for each change."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection

from db import app_secrets, sealed
from db.changes.refusal import Refusal
from db.encryption import Keyring
from db.ids import new_id
from db.queries import app_secrets as secret_queries
from db.queries import audit, gateway_sources, outbox, tenants
from db.queries.gateway_sources import NewSource
from messaging.sentences import Sentence
from messaging.violations import Violation

LEAST_SECRET = 16
LEAST_SIGNING_KEY = 32
"""RFC 7518: a key of HS256 has at least the hash's length."""
JWT = "jwt"


class SessionTakenError(Exception):
    """The session's name is registered already."""


class SessionLimitError(Exception):
    """The tenant has as many sessions as it may have: `allowed`."""

    def __init__(self, allowed: int) -> None:
        super().__init__(allowed)
        self.allowed = allowed


@dataclass(slots=True, frozen=True, kw_only=True)
class WantedSession:
    """A session to register; `kind` and `proof` are words of gateways.kinds."""

    kind: str
    session_id: str
    base_url: str | None
    api_key: str | None = field(repr=False)
    proof: str
    secret: str | None = field(repr=False)
    user_id: str | None


@dataclass(slots=True, frozen=True)
class Registered:
    """A session that is registered now, with its secret in plain."""

    channel_id: UUID
    secret: str = field(repr=False)


def register(
    connection: Connection, keyring: Keyring, tenant_id: UUID, actor: str, wanted: WantedSession
) -> Registered:
    """Register a session with a channel of its own.

    Raises:
        Violation: something is missing or malformed; `at` names the field.
        SessionTakenError: the name is registered, here or elsewhere.
        SessionLimitError: the tenant may have no more (S3.49).
    """
    tenants.lock(connection, tenant_id)
    _check_limit(connection, tenant_id)
    secret = _secret(wanted.secret, wanted.proof)
    source = NewSource(
        id=new_id(),
        tenant_id=tenant_id,
        kind=wanted.kind,
        session_id=wanted.session_id,
        base_url=_base_url(wanted.base_url),
        api_key=keyring.encrypt(_api_key(wanted.api_key), sealed.ACCESS_TOKEN),
        proof=wanted.proof,
        user_id=wanted.user_id,
    )
    if not gateway_sources.add(connection, source):
        raise SessionTakenError
    secret_queries.add(
        connection,
        tenant_id,
        source.id,
        secret_id=new_id(),
        secret=keyring.encrypt(secret, sealed.APP_SECRET),
        digest=app_secrets.digest_of(secret),
    )
    audit.write(
        connection, tenant_id, actor=actor, action="gateway.registered", target=wanted.session_id, kind=wanted.kind
    )
    return Registered(source.id, secret)


def remove(connection: Connection, tenant_id: UUID, actor: str, session_id: str) -> bool:
    """Forget a session, erase its keys and cancel what waits to be sent through it; False: there is none."""
    channel_id = gateway_sources.remove(connection, tenant_id, session_id)
    if channel_id is None:
        return False
    outbox.cancel_channel(connection, tenant_id, channel_id)
    audit.write(connection, tenant_id, actor=actor, action="gateway.removed", target=session_id)
    return True


def add_secret(
    connection: Connection,
    keyring: Keyring,
    tenant_id: UUID,
    actor: str,
    session_id: str,
    *,
    secret: str | None,
) -> str | None:
    """Let another secret prove a session's webhooks, beside those it has; return it, or None: there is no such session.

    Args:
        connection: in a transaction.
        keyring: encrypts.
        tenant_id: whose session.
        actor: for the audit log.
        session_id: its name.
        secret: None makes one.

    Raises:
        Violation: it is too short for the session's proof.
    """
    source = gateway_sources.proving(connection, tenant_id, session_id)
    if source is None:
        return None
    made = _secret(secret, source.proof)
    secret_queries.add(
        connection,
        tenant_id,
        source.channel_id,
        secret_id=new_id(),
        secret=keyring.encrypt(made, sealed.APP_SECRET),
        digest=app_secrets.digest_of(made),
    )
    audit.write(connection, tenant_id, actor=actor, action="gateway.secret_added", target=session_id)
    return made


def drop_secret(connection: Connection, tenant_id: UUID, actor: str, session_id: str, secret_id: UUID) -> bool:
    """Drop a secret of a session; False: there is none such.

    Raises:
        Refusal: it is the last one, and every webhook of the session would be refused.
    """
    source = gateway_sources.proving(connection, tenant_id, session_id)
    if source is None or not secret_queries.retire(connection, tenant_id, source.channel_id, secret_id):
        return False
    if source.secrets == 1:
        raise Refusal("last_secret", Sentence("This is the session's only secret: add the new one first."))
    audit.write(connection, tenant_id, actor=actor, action="gateway.secret_dropped", target=session_id)
    return True


def _check_limit(connection: Connection, tenant_id: UUID) -> None:
    allowed = tenants.sessions_allowed(connection, tenant_id)
    if allowed is not None and gateway_sources.count(connection, tenant_id) >= allowed:
        raise SessionLimitError(allowed)


def _secret(given: str | None, proof: str) -> str:
    secret = given or secrets.token_urlsafe(LEAST_SIGNING_KEY)
    least = LEAST_SIGNING_KEY if proof == JWT else LEAST_SECRET
    if len(secret) < least:
        raise Violation(f"the secret is shorter than {least} characters; leave it out and one is made", "secret")
    return secret


def _base_url(base_url: str | None) -> str:
    if not base_url:
        raise Violation("the gateway's address is missing; give base_url or set WHATSAPP_SERVER_API", "base_url")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.username or parts.query:
        raise Violation("the gateway's address must be like http://127.0.0.1:3000", "base_url")
    return base_url.rstrip("/")


def _api_key(api_key: str | None) -> str:
    if not api_key:
        raise Violation("the gateway's key is missing; give api_key or set WHATSAPP_API_KEY", "api_key")
    return api_key
