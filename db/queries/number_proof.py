"""Which tenant a number and an account belong to: the one whose token has read them at Meta."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(phone_number_id, 0)) FROM channels WHERE id = :id")
_PROVED_BY_ANOTHER = text("""
SELECT EXISTS (
    SELECT FROM channels WHERE phone_number_id = :phone_number_id AND tenant_id <> :tenant_id
        AND disconnected_at IS NULL AND number_unproved_since IS NULL
)
""")


def is_proved_by_another(connection: Connection, tenant_id: UUID, phone_number_id: str) -> bool:
    """Tell whether another tenant has proved that a number is its own."""
    values = {"tenant_id": tenant_id, "phone_number_id": phone_number_id}
    return bool(connection.execute(_PROVED_BY_ANOTHER, values).scalar_one())


_PROVE_NUMBER = text("""
UPDATE channels c SET number_unproved_since = NULL
WHERE c.id = :id AND c.disconnected_at IS NULL AND c.number_unproved_since IS NOT NULL AND NOT EXISTS (
    SELECT FROM channels o WHERE o.phone_number_id = c.phone_number_id AND o.tenant_id <> c.tenant_id
        AND o.disconnected_at IS NULL AND o.number_unproved_since IS NULL
) RETURNING c.tenant_id
""")
_PROVE_WABA = text("""
UPDATE channels SET waba_unproved_since = NULL
WHERE id = :id AND waba_id = :waba_id AND waba_unproved_since IS NOT NULL RETURNING tenant_id
""")


def prove_number(connection: Connection, channel_id: UUID) -> UUID | None:
    """Note that the channel's token has read its number; the number stays another tenant's that proved it before.

    Args:
        connection: in a transaction; those who prove the same number take turns until its end.
        channel_id: which.

    Returns:
        The tenant whose it is from now on; None: that was known before, or it is another's.
    """
    connection.execute(_LOCK, {"id": channel_id})
    tenant_id: UUID | None = connection.execute(_PROVE_NUMBER, {"id": channel_id}).scalar()
    return tenant_id


MOST_WAITING = 1000
"""Events replayed at once; more can only be a number that sent for days before anybody proved it: a person decides."""
_WAITING = text("""
SELECT e.id, e.tenant_id, e.envelope FROM events e JOIN channels c ON c.phone_number_id = e.phone_number_id
WHERE c.id = :id AND e.state = 'unhandled' AND e.reason = :reason AND e.envelope IS NOT NULL
ORDER BY e.id LIMIT :most FOR UPDATE OF e
""")


def waiting_events(connection: Connection, channel_id: UUID, reason: str) -> Sequence[Row[Any]]:
    """Return what came for a channel's number before it was proved, oldest first, whoever's list it stands in.

    Args:
        connection: in a transaction.
        channel_id: which.
        reason: under which such events are kept.
    """
    values = {"id": channel_id, "reason": reason, "most": MOST_WAITING}
    return connection.execute(_WAITING, values).all()


def prove_waba(connection: Connection, channel_id: UUID, waba_id: str) -> UUID | None:
    """Note that Meta listed the channel's number among those of an account that its token may read.

    Returns:
        The tenant whose it is from now on; None: that was known before.
    """
    tenant_id: UUID | None = connection.execute(_PROVE_WABA, {"id": channel_id, "waba_id": waba_id}).scalar()
    return tenant_id
