"""Users: people of a tenant. A login is unique in the installation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ids import new_id

_SHOWN = """
u.id, u.tenant_id, u.login, u.name, u.role, u.language, u.is_active, u.password_hash IS NOT NULL AS has_password,
u.failed_logins, CASE WHEN u.locked_until > now() THEN u.locked_until END AS locked_until, u.last_login_at,
u.created_at, u.updated_at
"""

_ADD = text(f"""
INSERT INTO users AS u (id, tenant_id, login, name, role, language, password_hash)
VALUES (:id, :tenant_id, :login, :name, :role, :language, :password_hash)
ON CONFLICT (login) DO NOTHING RETURNING {_SHOWN}
""")


def add(
    connection: Connection,
    tenant_id: UUID,
    *,
    login: str,
    name: str,
    role: str,
    language: str,
    password_hash: str | None = None,
) -> Row[Any] | None:
    """Add a user; None when the login is taken.

    Args:
        connection: in a transaction.
        tenant_id: whose user.
        login: as `messaging.people.canonical_login` makes it.
        name: for people.
        role: owner, operator or viewer.
        language: en or es.
        password_hash: from db.passwords; None: an invitation will bring it.
    """
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "login": login,
        "name": name,
        "role": role,
        "language": language,
        "password_hash": password_hash,
    }
    return connection.execute(_ADD, values).first()


_CREDENTIALS = text("""
SELECT u.id, u.tenant_id, u.login, u.password_hash, u.is_active AND t.is_active AS may_log_in
FROM users u JOIN tenants t ON t.id = u.tenant_id WHERE u.login = :login
""")


def credentials(connection: Connection, login: str) -> Row[Any] | None:
    """Return what a login is checked against."""
    return connection.execute(_CREDENTIALS, {"login": login}).first()


_IN_SESSION = text("""
SELECT u.id, u.tenant_id, t.name AS tenant_name, u.login, u.name, u.role, u.language, u.session_epoch
FROM users u JOIN tenants t ON t.id = u.tenant_id
WHERE u.id = :id AND u.session_epoch = :epoch AND u.is_active AND t.is_active AND u.password_hash IS NOT NULL
""")


def in_session(connection: Connection, user_id: UUID, epoch: int) -> Row[Any] | None:
    """Return the user of a session; None when the session has ended."""
    return connection.execute(_IN_SESSION, {"id": user_id, "epoch": epoch}).first()


_LIST = f"SELECT {_SHOWN} FROM users u WHERE u.tenant_id = :tenant_id {{conditions}} ORDER BY u.id DESC LIMIT :limit"


def list_newest(connection: Connection, tenant_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` users of the tenant, newest first; only those below `before` when it is given."""
    conditions = "AND u.id < :before" if before is not None else ""
    query = text(_LIST.format(conditions=conditions))
    return connection.execute(query, {"tenant_id": tenant_id, "before": before, "limit": limit}).all()


_FIND = text(f"SELECT {_SHOWN} FROM users u WHERE u.tenant_id = :tenant_id AND u.id = :id")


def find(connection: Connection, tenant_id: UUID, user_id: UUID) -> Row[Any] | None:
    """Return a user of the tenant."""
    return connection.execute(_FIND, {"tenant_id": tenant_id, "id": user_id}).first()


_BY_LOGIN = text(f"SELECT {_SHOWN}, u.password_hash FROM users u WHERE u.login = :login")


def find_by_login(connection: Connection, login: str) -> Row[Any] | None:
    """Return the user with this login, whatever the tenant, with the hash of the password."""
    return connection.execute(_BY_LOGIN, {"login": login}).first()


_CHANGE = text(f"""
UPDATE users AS u SET
    role = coalesce(:role, role), is_active = coalesce(:is_active, is_active), name = coalesce(:name, name),
    language = coalesce(:language, language),
    session_epoch = session_epoch + CASE WHEN is_active AND NOT coalesce(:is_active, is_active) THEN 1 ELSE 0 END,
    updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id RETURNING {_SHOWN}
""")


def change(
    connection: Connection,
    tenant_id: UUID,
    user_id: UUID,
    *,
    role: str | None = None,
    is_active: bool | None = None,
    name: str | None = None,
    language: str | None = None,
) -> Row[Any] | None:
    """Change what is given; switching somebody off ends their sessions. None when there is no such user."""
    values = {"role": role, "is_active": is_active, "name": name, "language": language}
    return connection.execute(_CHANGE, {"tenant_id": tenant_id, "id": user_id, **values}).first()


_OTHER_OWNERS = text("""
SELECT count(*) FROM users
WHERE tenant_id = :tenant_id AND id <> :id AND role = 'owner' AND is_active AND password_hash IS NOT NULL
""")


def other_owners(connection: Connection, tenant_id: UUID, user_id: UUID) -> int:
    """Return how many others could act as owner; ask after `tenants.lock`."""
    return int(connection.execute(_OTHER_OWNERS, {"tenant_id": tenant_id, "id": user_id}).scalar_one())


_SET_PASSWORD = text("""
UPDATE users SET password_hash = :hash, session_epoch = session_epoch + 1, failed_logins = 0, locked_until = NULL,
    name = coalesce(:name, name), updated_at = now()
WHERE tenant_id = :tenant_id AND id = :id RETURNING session_epoch
""")


def set_password(
    connection: Connection, tenant_id: UUID, user_id: UUID, password_hash: str, *, name: str | None = None
) -> int | None:
    """Set a password, which ends all sessions; return the epoch of new ones, None when there is no such user."""
    values = {"tenant_id": tenant_id, "id": user_id, "hash": password_hash, "name": name}
    epoch: int | None = connection.execute(_SET_PASSWORD, values).scalar()
    return epoch


_LOGGED_IN = text("""
UPDATE users SET failed_logins = 0, locked_until = NULL, last_login_at = now(),
    password_hash = coalesce(:new_hash, password_hash)
WHERE id = :id AND password_hash = :old_hash AND is_active RETURNING session_epoch
""")


def note_login(connection: Connection, user_id: UUID, *, old_hash: str, new_hash: str | None) -> int | None:
    """Note a login and return the epoch of its session; None when the password was changed meanwhile.

    Args:
        connection: to Postgres.
        user_id: who.
        old_hash: what the password was compared with.
        new_hash: the same password hashed with today's parameters, when they have changed.
    """
    values = {"id": user_id, "old_hash": old_hash, "new_hash": new_hash}
    epoch: int | None = connection.execute(_LOGGED_IN, values).scalar()
    return epoch


_FAILED = text("""
UPDATE users SET failed_logins = failed_logins + 1, locked_until = coalesce(:locked_until, locked_until)
WHERE login = :login
""")


def note_failure(connection: Connection, login: str, locked_until: datetime | None) -> None:
    """Note a failed login, when there is such a user."""
    connection.execute(_FAILED, {"login": login, "locked_until": locked_until})


_END_SESSIONS = text("""
UPDATE users SET session_epoch = session_epoch + 1 WHERE tenant_id = :tenant_id AND id = :id
""")


def end_sessions(connection: Connection, tenant_id: UUID, user_id: UUID) -> None:
    """End all sessions of a user."""
    connection.execute(_END_SESSIONS, {"tenant_id": tenant_id, "id": user_id})
