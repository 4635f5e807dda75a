"""Changing people: the last owner stays, sessions end, each change has its line."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from db.changes import invitations, keys, people, tenants
from db.changes.refusal import NotFoundError, Refusal
from db.queries import users
from messaging.violations import Violation

HASH = "$argon2id$not-compared-here"


@pytest.fixture
def tenant_id(engine: Engine) -> UUID:
    with engine.begin() as connection:
        return tenants.create(connection, "acme", "Acme", actor="test")


@pytest.fixture
def other_tenant_id(engine: Engine) -> UUID:
    with engine.begin() as connection:
        return tenants.create(connection, "other", "Other", actor="test")


def add(engine: Engine, tenant_id: UUID, login: str = "ana", role: str = "owner") -> Any:
    with engine.begin() as connection:
        return people.create(
            connection, tenant_id, actor="test", login=login, name=login, role=role, password_hash=HASH
        )


def audit_lines(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT action, details FROM audit_log ORDER BY id"))
        return [(row.action, row.details) for row in rows]


def epoch_of(engine: Engine, user_id: UUID) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT session_epoch FROM users WHERE id = :id"), {"id": user_id}).scalar())


@pytest.mark.parametrize("change", [{"role": "operator"}, {"is_active": False}])
def test_the_last_owner_stays_owner(engine: Engine, tenant_id: UUID, change: dict[str, Any]) -> None:
    ana = add(engine, tenant_id)
    with engine.begin() as connection:
        invitations.invite(connection, tenant_id, actor="test", login="eva", role="owner")
    with engine.begin() as connection, pytest.raises(Refusal, match="last owner"):
        people.change(connection, tenant_id, ana.id, actor="test", **change)
    add(engine, tenant_id, "bob")
    with engine.begin() as connection:
        people.change(connection, tenant_id, ana.id, actor="test", **change)


def test_switching_off_ends_sessions_and_revokes_invitations(engine: Engine, tenant_id: UUID) -> None:
    add(engine, tenant_id)
    with engine.begin() as connection:
        invited = invitations.invite(connection, tenant_id, actor="test", login="eva", role="viewer")
    before = epoch_of(engine, invited.user.id)
    with engine.begin() as connection:
        people.change(connection, tenant_id, invited.user.id, actor="test", is_active=False)
    assert epoch_of(engine, invited.user.id) == before + 1
    with engine.begin() as connection:
        people.change(connection, tenant_id, invited.user.id, actor="test", is_active=True)
        with pytest.raises(NotFoundError):
            invitations.accept(connection, invited.token, HASH)


def test_a_line_tells_what_has_changed_and_no_change_has_no_line(engine: Engine, tenant_id: UUID) -> None:
    add(engine, tenant_id)
    bob = add(engine, tenant_id, "bob", "viewer")
    for _ in range(2):
        with engine.begin() as connection:
            people.change(connection, tenant_id, bob.id, actor="user:ana", role="operator", name="bob")
    assert audit_lines(engine)[3:] == [("user.changed", {"login": "bob", "role": "operator"})]


def test_a_login_belongs_to_one_person_of_the_installation(
    engine: Engine, tenant_id: UUID, other_tenant_id: UUID
) -> None:
    add(engine, tenant_id)
    for tenant in (tenant_id, other_tenant_id):
        with pytest.raises(Refusal, match="taken"):
            add(engine, tenant, " ANA ")
        with engine.begin() as connection, pytest.raises(Refusal, match="taken"):
            invitations.invite(connection, tenant, actor="test", login="ana", role="viewer")


def test_nothing_of_another_tenant_is_changed(engine: Engine, tenant_id: UUID, other_tenant_id: UUID) -> None:
    ana = add(engine, tenant_id)
    with engine.begin() as connection:
        made = keys.create(connection, tenant_id, actor="test", name="erp", scopes=["send"])
    before = epoch_of(engine, ana.id)
    with engine.begin() as connection:
        for refused in (
            lambda: people.change(connection, other_tenant_id, ana.id, actor="test", role="viewer"),
            lambda: people.set_password(connection, other_tenant_id, ana.id, HASH, actor="test"),
            lambda: people.end_sessions(connection, other_tenant_id, ana.id, actor="test"),
            lambda: keys.revoke(connection, other_tenant_id, made.row.id, actor="test"),
        ):
            with pytest.raises(NotFoundError):
                refused()
    assert epoch_of(engine, ana.id) == before


def test_an_invitation_is_accepted_once(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection:
        made = invitations.invite(connection, tenant_id, actor="test", login="eva", role="viewer")
    with engine.begin() as connection:
        user_id, epoch = invitations.accept(connection, made.token, HASH, name="Eva")
    with engine.begin() as connection:
        assert users.in_session(connection, user_id, epoch).name == "Eva"
        with pytest.raises(NotFoundError):
            invitations.accept(connection, made.token, HASH)


def test_another_invitation_ends_the_one_before_it(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection:
        first, second = (
            invitations.invite(connection, tenant_id, actor="test", login="eva", role=role)
            for role in ("viewer", "operator")
        )
        with pytest.raises(NotFoundError):
            invitations.accept(connection, first.token, HASH)
        user_id, _ = invitations.accept(connection, second.token, HASH)
        assert users.find(connection, tenant_id, user_id).role == "operator"


def test_an_expired_invitation_is_not_accepted(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection:
        made = invitations.invite(connection, tenant_id, actor="test", login="eva", role="viewer")
        connection.execute(text("UPDATE invitations SET expires_at = now()"))
    with engine.begin() as connection, pytest.raises(NotFoundError):
        invitations.accept(connection, made.token, HASH)


def test_only_digests_are_kept(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection:
        invited = invitations.invite(connection, tenant_id, actor="test", login="eva", role="viewer")
        made = keys.create(connection, tenant_id, actor="test", name="erp", scopes=["send"])
        kept = "".join(
            str(row)
            for table in ("invitations", "users", "api_keys", "audit_log")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        )
    assert invited.token not in kept
    assert made.key not in kept
    assert invited.token not in repr(invited)
    assert made.key not in repr(made)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["send", "x"]])
def test_a_key_has_scopes_that_exist(engine: Engine, tenant_id: UUID, scopes: list[str]) -> None:
    with engine.begin() as connection, pytest.raises(Violation):
        keys.create(connection, tenant_id, actor="test", name="erp", scopes=scopes)


def test_a_tenant_s_short_name_is_its_own(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection, pytest.raises(Refusal, match="already"):
        tenants.create(connection, "acme", "Again", actor="test")
