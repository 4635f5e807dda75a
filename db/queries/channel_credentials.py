"""Channels with their credentials: connect, change, disconnect, and what checks found out about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.queries import number_proof
from db.queries.app_secrets import OWN_APP_SECRET

_COLUMNS = f"""
c.id, c.tenant_id, c.name, c.phone_number_id, c.waba_id, c.display_phone_number, c.is_active, c.access_token,
c.environment_token_digest, c.verify_token, c.webhook_verified_at, c.webhook_refused_at, c.last_event_at,
c.token_checked_at, c.token_is_valid, c.token_expires_at, c.token_data_access_expires_at, c.token_scopes,
c.token_app_id, c.token_problem, c.quality_rating, c.verified_name, c.throughput_level, c.number_checked_at,
c.fields_subscribed, c.number_unproved_since, c.waba_unproved_since,
c.paused_at, c.paused_code, c.paused_reason, c.created_at, c.updated_at, {OWN_APP_SECRET}
"""
_IS_METAS = "NOT EXISTS (SELECT FROM gateway_sources g WHERE g.channel_id = c.id)"
"""A gateway's session has a channel too, whose settings are its own (db.queries.gateway_sources)."""
_FIND = text(f"""
SELECT {_COLUMNS} FROM channels c WHERE c.tenant_id = :tenant_id AND c.id = :id AND c.disconnected_at IS NULL
    AND {_IS_METAS}
""")
_FIND_FIRST = text(f"""
SELECT {_COLUMNS} FROM channels c WHERE c.tenant_id = :tenant_id AND c.disconnected_at IS NULL
    AND {_IS_METAS} ORDER BY c.is_active DESC, c.created_at, c.id LIMIT 1
""")
_LIST = text(f"""
SELECT {_COLUMNS} FROM channels c WHERE c.tenant_id = :tenant_id AND c.disconnected_at IS NULL AND {_IS_METAS}
ORDER BY c.id
""")


def find(connection: Connection, tenant_id: UUID, channel_id: UUID) -> Row[Any] | None:
    """Return a connected channel of the tenant, its secrets encrypted."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": channel_id}).first()


def find_first(connection: Connection, tenant_id: UUID) -> Row[Any] | None:
    """Return the channel that a tenant with one channel means: the one it sends from."""
    return connection.execute(_FIND_FIRST, {"tenant_id": tenant_id}).first()


def list_all(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Return the connected channels of a tenant, their secrets encrypted."""
    return connection.execute(_LIST, {"tenant_id": tenant_id}).all()


_REVIVE = text("""
UPDATE channels SET disconnected_at = NULL, is_active = :is_active, name = :name, waba_id = :waba_id,
    display_phone_number = :display_phone_number, access_token = :access_token, verify_token = :verify_token,
    number_unproved_since = :unproved_since, waba_unproved_since = :unproved_since, updated_at = now()
WHERE id = (
    SELECT id FROM channels
    WHERE tenant_id = :tenant_id AND phone_number_id = :phone_number_id AND disconnected_at IS NOT NULL
    ORDER BY disconnected_at DESC LIMIT 1
) AND NOT EXISTS (SELECT FROM channels WHERE tenant_id = :tenant_id AND phone_number_id = :phone_number_id
    AND disconnected_at IS NULL)
RETURNING id
""")
_CONNECT = text("""
WITH made AS (
    INSERT INTO channels (
        id, tenant_id, name, phone_number_id, waba_id, display_phone_number, access_token, verify_token, is_active,
        number_unproved_since, waba_unproved_since
    ) VALUES (
        :id, :tenant_id, :name, :phone_number_id, :waba_id, :display_phone_number, :access_token, :verify_token,
        :is_active, :unproved_since, :unproved_since
    ) ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO pacing (channel_id) SELECT id FROM made RETURNING channel_id
""")


def connect(connection: Connection, values: Mapping[str, Any]) -> UUID | None:
    """Store a channel; one of the same tenant and number that was disconnected comes back with its messages.

    Args:
        connection: in a transaction.
        values: id, tenant_id, name, phone_number_id, waba_id, display_phone_number, access_token, verify_token (both
            encrypted), is_active, unproved_since (None: somebody who has the machine vouches for number and account).

    Returns:
        The channel's id; None when the number is connected already, by this tenant or by one that proved it.
    """
    if number_proof.is_proved_by_another(connection, values["tenant_id"], values["phone_number_id"]):
        return None
    revived: UUID | None = connection.execute(_REVIVE, values).scalar()
    return revived or connection.execute(_CONNECT, values).scalar()


CHANGEABLE = frozenset({"name", "waba_id", "display_phone_number", "is_active", "access_token", "verify_token"})
_FORGOTTEN_WITH_THE_TOKEN = """, token_checked_at = NULL, token_is_valid = NULL, token_expires_at = NULL,
    token_data_access_expires_at = NULL, token_scopes = NULL, token_app_id = NULL, token_problem = NULL,
    paused_at = NULL, paused_code = NULL, paused_reason = NULL, probe_at = NULL,
    is_on_trial = is_on_trial OR paused_at IS NOT NULL"""
"""What was known of the token before; a channel that Meta had stopped tries one message with the new one."""


def change(
    connection: Connection,
    tenant_id: UUID,
    channel_id: UUID,
    values: Mapping[str, Any],
    unproved_since: datetime | None,
) -> None:
    """Change columns of a channel; `values` has keys of CHANGEABLE, secrets encrypted.

    Another account is to be proved from `unproved_since` on; None: it is vouched for.
    """
    unknown = set(values) - CHANGEABLE
    if unknown or not values:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    forgotten = _FORGOTTEN_WITH_THE_TOKEN if "access_token" in values else ""
    if "waba_id" in values:
        forgotten += ", waba_unproved_since = :unproved_since"
    query = text(f"""
        UPDATE channels SET {assignments}{forgotten}, updated_at = now() WHERE tenant_id = :tenant_id AND id = :id
    """)
    connection.execute(query, {**values, "tenant_id": tenant_id, "id": channel_id, "unproved_since": unproved_since})


_DISCONNECT = text("""
UPDATE channels SET disconnected_at = now(), is_active = false, access_token = NULL, verify_token = NULL,
    environment_token_digest = NULL, updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id AND disconnected_at IS NULL
""")


def disconnect(connection: Connection, tenant_id: UUID, channel_id: UUID) -> bool:
    """Erase a channel's credentials and free its number; its messages stay. False when there is no such channel."""
    return connection.execute(_DISCONNECT, {"tenant_id": tenant_id, "id": channel_id}).rowcount > 0


@dataclass(slots=True, frozen=True)
class ChannelToCheck:
    """A channel whose token is to be looked at."""

    id: UUID
    tenant_id: UUID
    phone_number_id: str
    access_token: str
    """Encrypted."""
    app_secret: str | None
    """Encrypted; of its own Meta app."""
    unproved_waba_id: str | None = None
    """The account that the tenant has to prove yet; None: there is none, or it is proved."""


_TO_CHECK = text(f"""
SELECT c.id, c.tenant_id, c.phone_number_id, c.access_token, {OWN_APP_SECRET},
    CASE WHEN c.waba_unproved_since IS NOT NULL THEN c.waba_id END AS unproved_waba_id
FROM channels c
WHERE c.disconnected_at IS NULL AND {_IS_METAS}
    AND (c.token_checked_at IS NULL OR c.token_checked_at < now() - interval '1 day')
ORDER BY c.token_checked_at NULLS FIRST, c.id LIMIT 20
""")
"""As many as a task has time for when Meta is slow; it runs every ten minutes."""


def to_check(connection: Connection) -> list[ChannelToCheck]:
    """Return connected channels whose token was not checked for a day."""
    return [ChannelToCheck(*row) for row in connection.execute(_TO_CHECK)]


@dataclass(slots=True, frozen=True)
class TokenKnowledge:
    """What a look at the token came to; `is_valid` None: Meta could not be asked, what was known stays."""

    is_valid: bool | None
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    app_id: str | None = None
    problem: str | None = None


_NOTE_PROBLEM = text("UPDATE channels SET token_problem = :problem WHERE id = :id")
_NOTE_INVALID = text("""
UPDATE channels SET token_checked_at = now(), token_is_valid = false, token_problem = :problem WHERE id = :id
""")
_NOTE_TOKEN = text("""
UPDATE channels SET token_checked_at = now(), token_is_valid = true, token_expires_at = :expires_at,
    token_data_access_expires_at = :data_access_expires_at, token_scopes = :scopes, token_app_id = :app_id,
    token_problem = :problem
WHERE id = :id
""")


def note_token(connection: Connection, channel_id: UUID, known: TokenKnowledge) -> None:
    """Keep what is known of a channel's token."""
    if known.is_valid is None:
        connection.execute(_NOTE_PROBLEM, {"id": channel_id, "problem": known.problem})
    elif not known.is_valid:
        connection.execute(_NOTE_INVALID, {"id": channel_id, "problem": known.problem})
    else:
        values = {
            "id": channel_id,
            "expires_at": known.expires_at,
            "data_access_expires_at": known.data_access_expires_at,
            "scopes": list(known.scopes),
            "app_id": known.app_id,
            "problem": known.problem,
        }
        connection.execute(_NOTE_TOKEN, values)


_NOTE_NUMBER = text("""
UPDATE channels SET number_checked_at = now(), verified_name = :verified_name, quality_rating = :quality_rating,
    throughput_level = :throughput_level,
    display_phone_number = coalesce(:display_phone_number, display_phone_number)
WHERE id = :id
""")


def note_number(
    connection: Connection,
    channel_id: UUID,
    *,
    display_phone_number: str | None,
    verified_name: str | None,
    quality_rating: str | None,
    throughput_level: str | None,
) -> None:
    """Keep what Meta says of a channel's number."""
    values = {
        "id": channel_id,
        "display_phone_number": display_phone_number,
        "verified_name": verified_name,
        "quality_rating": quality_rating,
        "throughput_level": throughput_level,
    }
    connection.execute(_NOTE_NUMBER, values)


_NOTE_FIELDS = text("UPDATE channels SET fields_subscribed = :fields WHERE id = :id")


def note_fields(connection: Connection, channel_id: UUID, fields: Sequence[str]) -> None:
    """Keep which webhook fields the channel's app is subscribed to."""
    connection.execute(_NOTE_FIELDS, {"id": channel_id, "fields": list(fields)})


@dataclass(slots=True, frozen=True)
class TokenLife:
    """How long a channel's token lives, for the metrics."""

    phone_number_id: str
    is_valid: bool
    days_left: float | None
    """None: it never expires."""


_TOKEN_LIVES = text("""
SELECT phone_number_id, token_is_valid,
    (extract(epoch FROM LEAST(token_expires_at, token_data_access_expires_at) - now()) / 86400)::float8 AS days_left
FROM channels
WHERE disconnected_at IS NULL AND number_unproved_since IS NULL AND token_is_valid IS NOT NULL ORDER BY phone_number_id
""")


def token_lives(connection: Connection) -> list[TokenLife]:
    """Return how long the tokens live that were checked."""
    return [TokenLife(*row) for row in connection.execute(_TOKEN_LIVES)]
