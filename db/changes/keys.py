"""Making and revoking API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db.api_keys import ALL_SCOPES, new_key
from db.changes.refusal import NotFoundError
from db.queries import api_keys, audit
from messaging.sentences import Sentence
from messaging.violations import Violation


@dataclass(slots=True, frozen=True, repr=False)
class NewKey:
    """A key just made: the one moment at which it can be shown."""

    key: str
    row: Row[Any]


def create(
    connection: Connection,
    tenant_id: UUID,
    *,
    actor: str,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> NewKey:
    """Make an API key.

    Args:
        connection: in a transaction.
        tenant_id: whose key.
        actor: for the audit log.
        name: for people.
        scopes: of db.api_keys.ALL_SCOPES.
        expires_at: aware; None: never.

    Raises:
        Violation: `at` "scopes" or "expires_at".
    """
    chosen = _checked(scopes)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Violation(Sentence("the key would have expired already; give a time to come"), "expires_at")
    key = new_key()
    row = api_keys.add(connection, tenant_id, key, name=name, scopes=chosen, expires_at=expires_at, created_by=actor)
    audit.write(
        connection, tenant_id, actor=actor, action="key.created", target=str(row.id),
        name=name, prefix=row.prefix, scopes=chosen, expires_at=expires_at,
    )  # fmt: skip
    return NewKey(key, row)


def revoke(connection: Connection, tenant_id: UUID, key_id: UUID, *, actor: str) -> None:
    """Revoke a key; one that is revoked already stays so.

    Raises:
        NotFoundError: the tenant has no such key.
    """
    if api_keys.find_shown(connection, tenant_id, key_id) is None:
        raise NotFoundError("key_not_found", Sentence("There is no such API key."))
    name = api_keys.revoke(connection, tenant_id, key_id)
    if name is not None:
        audit.write(connection, tenant_id, actor=actor, action="key.revoked", target=str(key_id), name=name)


def _checked(scopes: Sequence[str]) -> list[str]:
    if not scopes or set(scopes) - set(ALL_SCOPES):
        raise Violation(Sentence("give at least one of {scopes}", scopes=tuple(ALL_SCOPES)), "scopes")
    return [scope for scope in ALL_SCOPES if scope in scopes]
