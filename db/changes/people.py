"""Making, changing and switching off users."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db.changes.refusal import NotFoundError, Refusal
from db.queries import audit, invitations, login_throttle, tenants, users
from messaging.people import canonical_login
from messaging.sentences import Sentence


def create(
    connection: Connection,
    tenant_id: UUID,
    *,
    actor: str,
    login: str,
    name: str,
    role: str,
    password_hash: str,
    language: str = "en",
) -> Row[Any]:
    """Make a user who can log in at once.

    Raises:
        Violation: the login is malformed.
        Refusal: it is taken.
    """
    added = users.add(
        connection, tenant_id, login=canonical_login(login), name=name, role=role, language=language,
        password_hash=password_hash,
    )  # fmt: skip
    if added is None:
        raise login_taken()
    _note(connection, tenant_id, actor, "user.created", added, role=role)
    return added


def change(
    connection: Connection,
    tenant_id: UUID,
    user_id: UUID,
    *,
    actor: str,
    role: str | None = None,
    is_active: bool | None = None,
    name: str | None = None,
    language: str | None = None,
) -> Row[Any]:
    """Change what is given of a user; what is None stays.

    Switching somebody off ends their sessions and revokes their invitations.

    Raises:
        NotFoundError: the tenant has no such user.
        Refusal: nobody would be left who can act as owner.
    """
    tenants.lock(connection, tenant_id)
    before = _found(connection, tenant_id, user_id)
    if _takes_ownership(before, role, is_active) and not users.other_owners(connection, tenant_id, user_id):
        raise Refusal("last_owner", Sentence("This is the last owner: make somebody else an owner first."))
    after = users.change(connection, tenant_id, user_id, role=role, is_active=is_active, name=name, language=language)
    assert after is not None, "the tenant is locked"
    if not after.is_active:
        invitations.revoke_open(connection, tenant_id, after.login)
    changed = _difference(before, after)
    if changed:
        _note(connection, tenant_id, actor, "user.changed", after, **changed)
    return after


def set_password(connection: Connection, tenant_id: UUID, user_id: UUID, password_hash: str, *, actor: str) -> int:
    """Set a checked and hashed password; return the epoch of new sessions.

    All sessions end, open invitations are revoked, and a locked login is unlocked.

    Raises:
        NotFoundError: the tenant has no such user.
    """
    user = _found(connection, tenant_id, user_id)
    epoch = users.set_password(connection, tenant_id, user_id, password_hash)
    assert epoch is not None, "found in this transaction; users are never deleted"
    invitations.revoke_open(connection, tenant_id, user.login)
    login_throttle.forget(connection, login_throttle.subject("login", user.login))
    _note(connection, tenant_id, actor, "user.password_changed", user)
    return epoch


def end_sessions(connection: Connection, tenant_id: UUID, user_id: UUID, *, actor: str) -> None:
    """End all sessions of a user.

    Raises:
        NotFoundError: the tenant has no such user.
    """
    user = _found(connection, tenant_id, user_id)
    users.end_sessions(connection, tenant_id, user_id)
    _note(connection, tenant_id, actor, "user.sessions_ended", user)


def by_login(connection: Connection, login: str) -> Row[Any]:
    """Return the user with a login.

    Raises:
        NotFoundError: there is none.
    """
    found = users.find_by_login(connection, login.strip().lower())
    if found is None:
        raise NotFoundError("user_not_found", "There is no user with this login.")
    return found


def login_taken() -> Refusal:
    """Return the refusal of a login that somebody has."""
    return Refusal("login_taken", Sentence("This login is taken: choose another one."))


def _found(connection: Connection, tenant_id: UUID, user_id: UUID) -> Row[Any]:
    found = users.find(connection, tenant_id, user_id)
    if found is None:
        raise NotFoundError("user_not_found", Sentence("There is no such user."))
    return found


def _takes_ownership(user: Row[Any], role: str | None, is_active: bool | None) -> bool:
    is_owner = user.role == "owner" and user.is_active and user.has_password
    return is_owner and (role not in (None, "owner") or is_active is False)


def _difference(before: Row[Any], after: Row[Any]) -> dict[str, Any]:
    names = ("role", "is_active", "name", "language")
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _note(connection: Connection, tenant_id: UUID, actor: str, action: str, user: Row[Any], **details: Any) -> None:
    audit.write(connection, tenant_id, actor=actor, action=action, target=str(user.id), login=user.login, **details)
