"""Invitations by the digest of their token."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_ADD = text("""
INSERT INTO invitations (id, tenant_id, login, role, digest, expires_at, invited_by)
VALUES (:id, :tenant_id, :login, :role, :digest, :expires_at, :invited_by)
""")


def add(
    connection: Connection,
    tenant_id: UUID,
    *,
    login: str,
    role: str,
    digest: bytes,
    expires_at: datetime,
    invited_by: str,
) -> UUID:
    """Store an invitation and return its id."""
    invitation_id = new_id()
    values = {
        "id": invitation_id,
        "tenant_id": tenant_id,
        "login": login,
        "role": role,
        "digest": digest,
        "expires_at": expires_at,
        "invited_by": invited_by,
    }
    connection.execute(_ADD, values)
    return invitation_id


_OPEN = """
i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now() AND u.is_active AND t.is_active
"""
_FIND = f"""
SELECT i.id, i.tenant_id, t.name AS tenant_name, u.id AS user_id, i.login, i.role, u.name, u.language, i.expires_at
FROM invitations i JOIN users u ON u.tenant_id = i.tenant_id AND u.login = i.login JOIN tenants t ON t.id = i.tenant_id
WHERE i.digest = :digest AND {_OPEN}
"""
_FIND_OPEN = text(_FIND)
_LOCK_OPEN = text(_FIND + " FOR UPDATE OF i")


def find_open(connection: Connection, digest: bytes) -> Row[Any] | None:
    """Return the invitation that this token opens; None when it is used, revoked, expired or was never made."""
    return connection.execute(_FIND_OPEN, {"digest": digest}).first()


def lock_open(connection: Connection, digest: bytes) -> Row[Any] | None:
    """The same, and nobody else can accept it until the transaction ends."""
    return connection.execute(_LOCK_OPEN, {"digest": digest}).first()


_ACCEPTED = text("UPDATE invitations SET accepted_at = now() WHERE id = :id")


def mark_accepted(connection: Connection, invitation_id: UUID) -> None:
    """Note that an invitation was used."""
    connection.execute(_ACCEPTED, {"id": invitation_id})


_REVOKE = text("""
UPDATE invitations SET revoked_at = now()
WHERE tenant_id = :tenant_id AND login = :login AND accepted_at IS NULL AND revoked_at IS NULL
""")


def revoke_open(connection: Connection, tenant_id: UUID, login: str) -> None:
    """Revoke what was not accepted of a login's invitations."""
    connection.execute(_REVOKE, {"tenant_id": tenant_id, "login": login})
