"""Inviting people by a link, letting them set a new password by one, and the link's use."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from db.changes.people import login_taken
from db.changes.refusal import NotFoundError, Refusal
from db.queries import audit, invitations, login_throttle, tenants, users
from messaging.people import canonical_login
from messaging.sentences import Sentence
from settings import Settings

ACCEPTED: Final = {"invitation": "invitation.accepted", "reset": "user.password_reset"}
"""What the audit log calls the use of a link, by its purpose."""
TOKEN_PREFIX: Final = "pbi_"
VALID_FOR: Final = timedelta(days=7)
RESET_VALID_FOR: Final = timedelta(hours=24)
"""Shorter than an invitation: it opens what is there already, and the person is waiting for it."""


@dataclass(slots=True, frozen=True, repr=False)
class NewInvitation:
    """An invitation just made: the one moment at which its token can be shown."""

    token: str
    expires_at: datetime
    user: Row[Any]


def invite(
    connection: Connection,
    tenant_id: UUID,
    *,
    actor: str,
    login: str,
    role: str,
    name: str = "",
    language: str = "en",
) -> NewInvitation:
    """Make a user who sets the password by a link.

    Somebody who was invited before and never came gets another link; the one before it ends.

    Raises:
        Violation: the login is malformed.
        Refusal: somebody has it.
    """
    tenants.lock(connection, tenant_id)
    wanted = canonical_login(login)
    user = users.add(
        connection, tenant_id, login=wanted, name=name or wanted, role=role, language=language
    ) or _invited_again(connection, tenant_id, wanted, role)
    made = _add(connection, user, actor, "invitation", VALID_FOR)
    audit.write(connection, tenant_id, actor=actor, action="user.invited", target=str(user.id), login=wanted, role=role)
    return made


def reset(connection: Connection, tenant_id: UUID, user_id: UUID, *, actor: str) -> NewInvitation:
    """Make a link with which a person who forgot the password sets a new one; the password of now goes on working.

    A link that was made before ends.

    Raises:
        NotFoundError: the tenant has no such user.
        Refusal: the person is switched off, or never came.
    """
    tenants.lock(connection, tenant_id)
    user = users.find(connection, tenant_id, user_id)
    if user is None:
        raise NotFoundError("user_not_found", Sentence("There is no such user."))
    if not user.is_active:
        raise Refusal("user_inactive", Sentence("This person is switched off: switch them on first."))
    if not user.has_password:
        raise Refusal("user_invited", Sentence("This person has set no password yet: invite them again."))
    made = _add(connection, user, actor, "reset", RESET_VALID_FOR)
    audit.write(
        connection, tenant_id, actor=actor, action="user.reset_link_made", target=str(user.id), login=user.login
    )
    return made


def accept(connection: Connection, token: str, password_hash: str, *, name: str | None = None) -> tuple[UUID, int]:
    """Set the password of the person whom a link is for; return the user's id and the epoch of new sessions.

    All sessions end, and a locked login is unlocked.

    Args:
        connection: in a transaction.
        token: of the link.
        password_hash: of a password that keeps to the rules.
        name: as the person wants to be called; None: as invited.

    Raises:
        NotFoundError: the link is used, revoked or expired.
    """
    invitation = invitations.lock_open(connection, digest_of(token))
    if invitation is None:
        raise NotFoundError("invitation_not_found", "This link is used or has expired: ask for another one.")
    epoch = users.set_password(connection, invitation.tenant_id, invitation.user_id, password_hash, name=name)
    assert epoch is not None, "the invitation was found with its user"
    invitations.mark_accepted(connection, invitation.id)
    login_throttle.forget(connection, login_throttle.subject("login", invitation.login))
    audit.write(
        connection, invitation.tenant_id, actor=f"user:{invitation.login}", action=ACCEPTED[invitation.purpose],
        target=str(invitation.user_id), login=invitation.login,
    )  # fmt: skip
    return invitation.user_id, epoch


def link(settings: Settings, token: str) -> str:
    """Return the address that is given to the person."""
    return f"{settings.own_url}/invitation/{token}"


def digest_of(token: str) -> bytes:
    """Return what is stored of a token: SHA-256, enough for random ones of this length."""
    return hashlib.sha256(token.encode()).digest()


def _add(connection: Connection, user: Row[Any], actor: str, purpose: str, valid_for: timedelta) -> NewInvitation:
    """The links of the person before it end."""
    invitations.revoke_open(connection, user.tenant_id, user.login)
    token, expires_at = TOKEN_PREFIX + secrets.token_urlsafe(32), datetime.now(UTC) + valid_for
    invitations.add(
        connection, user.tenant_id, login=user.login, role=user.role, purpose=purpose, digest=digest_of(token),
        expires_at=expires_at, invited_by=actor,
    )  # fmt: skip
    return NewInvitation(token, expires_at, user)


def _invited_again(connection: Connection, tenant_id: UUID, login: str, role: str) -> Row[Any]:
    there = users.find_by_login(connection, login)
    if there is None or there.tenant_id != tenant_id or there.has_password or not there.is_active:
        raise login_taken()
    changed = users.change(connection, tenant_id, there.id, role=role)
    assert changed is not None, "the tenant is locked; users are never deleted"
    return changed
